package apisim

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

// bodyLimit is the most a request body may hold, in bytes.
const bodyLimit = 64 << 10

// answer is a reply before it is written.
type answer struct {
	status int
	header map[string]string
	body   []byte
}

// Handler is the REST API and, on the same host, the Unified Login. Paths and query names are matched
// in any case; the API speaks only JSON. Every reply carries the platform's own time in its Date header. Where a fault breaks a connection that is
// not a plain one (a response recorder, say), the handler panics with http.ErrAbortHandler.
func (p *Platform) Handler() http.Handler { return http.HandlerFunc(p.serve) }

func (p *Platform) serve(w http.ResponseWriter, r *http.Request) {
	op, known := p.routes[strings.ToLower(r.URL.Path)]
	p.count(op.name)
	// The body is read first: only then does net/http notice a caller who goes away.
	body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	fault := p.faults.take(op.name)
	if p.failBefore(w, r, fault) {
		return
	}
	reply := p.answer(r, op, known, body, readErr)
	if known && p.beforeReply != nil {
		p.beforeReply(op.name)
	}
	p.replyWith(w, r, op.name, fault, reply)
}

func (p *Platform) count(op string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[op]++
}

// answer does what was asked and says how it went.
func (p *Platform) answer(r *http.Request, op operation, known bool, body []byte, readErr error) answer {
	switch {
	case !known:
		return refused(refusal(http.StatusNotFound, "No HTTP resource was found that matches the request."))
	case r.Method != op.method && r.Method != op.also:
		reply := refused(refusal(http.StatusMethodNotAllowed, "The requested resource does not support this method."))
		reply.header["Allow"] = strings.TrimSuffix(op.method+", "+op.also, ", ")
		return reply
	case tooLarge(readErr):
		return refused(refusal(http.StatusRequestEntityTooLarge, "The request is too large."))
	case readErr != nil:
		return refused(refusal(http.StatusBadRequest, "The request could not be read."))
	case op.page != nil:
		return op.page(p, r, body)
	case !takesJSON(r):
		return refused(refusal(http.StatusNotAcceptable, "Only JSON is spoken here."))
	case r.Method != http.MethodGet && !isJSON(r):
		return refused(refusal(http.StatusUnsupportedMediaType, "The request must be JSON."))
	}
	var reply answer
	if value, err := p.run(r, op, body); err != nil {
		reply = refused(err)
	} else {
		reply = written(http.StatusOK, value)
	}
	if strings.EqualFold(r.Header.Get("X-CaseType"), "camelcase") {
		reply.body = camelCase(reply.body)
	}
	return reply
}

// run finds out who asks and lets the operation work on the locked platform.
func (p *Platform) run(r *http.Request, op operation, body []byte) (any, error) {
	defer p.lock()()
	c, err := p.admit(r, op, body)
	if err != nil {
		return nil, err
	}
	return op.run(p, c)
}

// bearer is the token of the Authorization header, the word before it in any case.
func bearer(r *http.Request) string {
	word, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(word, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// takesJSON reports whether the Accept header, if any, leaves room for JSON. The entry that fits JSON
// most closely decides.
func takesJSON(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return true
	}
	closeness := []string{"*/*", "application/*", "application/json"}
	closest, taken := -1, false
	for entry := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(entry)
		if fit := slices.Index(closeness, kind); err == nil && fit > closest {
			quality, unreadable := strconv.ParseFloat(params["q"], 64)
			closest, taken = fit, unreadable != nil || quality > 0
		}
	}
	return taken
}

func tooLarge(err error) bool {
	var limit *http.MaxBytesError
	return errors.As(err, &limit)
}

// refused turns an error into its reply. What is not a refusal is a fault of the platform.
func refused(err error) answer {
	var no *RefusalError
	if !errors.As(err, &no) {
		no = refusal(http.StatusInternalServerError, "An error has occurred.")
	}
	reply := written(no.Status, no.body())
	if no.Status == http.StatusUnauthorized {
		reply.header["WWW-Authenticate"] = "Bearer"
	}
	return reply
}

func written(status int, value any) answer {
	body, err := wire.Encode(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"Message":"An error has occurred."}`)
	}
	return answer{status, map[string]string{"Content-Type": "application/json; charset=utf-8"}, body}
}

// send writes a reply with the platform's date.
func (p *Platform) send(w http.ResponseWriter, reply answer) {
	w.Header().Set("Cache-Control", "no-cache")
	for name, value := range reply.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Date", p.clock.Now().UTC().Format(http.TimeFormat))
	if reply.status != http.StatusNotModified { // which has none to measure
		w.Header().Set("Content-Length", strconv.Itoa(len(reply.body)))
	}
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // a caller who has gone away misses it, as on any platform
}
