package login

import (
	"bytes"
	"crypto/rand"
	"net/http"
)

// maxForm is how much of a posted form is read. A code and a state are far below it.
const maxForm = 16 << 10

// Handler serves the address that the platform sends browsers back to, GET and POST /login/callback.
//
// GET and HEAD touch nothing and know nothing: the page is the same for any code. It posts what the
// address held back to where it came from, by itself or by its button, and POST redeems.
func (l *Login) Handler() http.Handler { return l.pages }

func (l *Login) routes() http.Handler {
	post := http.NewCrossOriginProtection()
	post.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.show(w, r, pageFor(ending{word: endForeignForm}))
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/callback", l.comeBack)
	mux.Handle("POST /login/callback", nullOrigin(post.Handler(http.HandlerFunc(l.post))))
	return mux
}

// comeBack answers the platform's redirect with the form.
func (l *Login) comeBack(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	b := brought{query.Get("state"), query.Get("code"), query.Get("status"), query.Get("error")}
	if b.State == "" {
		l.show(w, r, pageFor(ending{word: endUnknown}))
		return
	}
	p := formPage()
	p.Form = &b
	l.show(w, r, p)
}

func (l *Login) post(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || r.PostForm.Get("state") == "" {
		l.show(w, r, pageFor(ending{word: endUnknown}))
		return
	}
	form := r.PostForm
	end := l.receive(r.Context(), brought{form.Get("state"), form.Get("code"), form.Get("status"), form.Get("error")})
	p := pageFor(end)
	p.Link = l.cfg.BackLink(end.code)
	l.show(w, r, p)
}

// nullOrigin helps browsers that do not say with Sec-Fetch-Site where a form comes from: as our pages
// send no referrer, all these have to say is that the origin is null. Where it is sent, it decides.
func nullOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "null" {
			r = r.Clone(r.Context())
			r.Header.Del("Origin")
		}
		next.ServeHTTP(w, r)
	})
}

// show writes a page that nobody keeps, frames, or learns the address of.
func (l *Login) show(w http.ResponseWriter, r *http.Request, p page) {
	p.Nonce = rand.Text()
	var text bytes.Buffer
	if err := p.write(&text); err != nil {
		l.log.Error().Msg("a page of signing in does not render")
		http.Error(w, "Something went wrong here. Please go back to the chat.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+p.Nonce+"'; style-src 'nonce-"+p.Nonce+
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text.Bytes()) // a browser that has left is no concern of ours
	}
}
