package apisim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// bodyLimit is the most a request body may hold, in bytes.
const bodyLimit = 64 << 10

// answer is a reply before it is written.
type answer struct {
	status int
	header map[string]string
	body   []byte
}

// Handler is the REST API. Paths and query names are matched in any case; only JSON is spoken. Every
// reply carries the platform's own time in its Date header. Where a fault breaks a connection that is
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
	p.replyWith(w, r, fault, reply)
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
	case r.Method != op.method:
		reply := refused(refusal(http.StatusMethodNotAllowed, "The requested resource does not support this method."))
		reply.header["Allow"] = op.method
		return reply
	case tooLarge(readErr):
		return refused(refusal(http.StatusRequestEntityTooLarge, "The request is too large."))
	case readErr != nil:
		return refused(refusal(http.StatusBadRequest, "The request could not be read."))
	case op.method == http.MethodPost && !isJSON(r):
		return refused(refusal(http.StatusUnsupportedMediaType, "The request must be JSON."))
	}
	value, err := p.run(r, op, body)
	if err != nil {
		return refused(err)
	}
	return written(http.StatusOK, value)
}

// run finds out who asks and lets the operation work on the locked platform.
func (p *Platform) run(r *http.Request, op operation, body []byte) (any, error) {
	defer p.lock()()
	id, ok := p.tokens[bearer(r)]
	if !ok {
		return nil, refusal(http.StatusUnauthorized, "Authorization has been denied for this request.")
	}
	return op.run(p, call{by: p.members[id], query: readQuery(r.URL.Query()), body: body})
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

func tooLarge(err error) bool {
	var limit *http.MaxBytesError
	return errors.As(err, &limit)
}

// decode reads one JSON object. Names are matched in any case, unknown ones ignored; credits in
// quotes are refused, because the contract wants a number.
func decode(body []byte, into any) error {
	malformed := func(field string) error {
		return problems{{field, "The request is malformed."}}.err()
	}
	var quoted struct{ Credits json.RawMessage }
	for _, target := range []any{&quoted, into} {
		decoder := json.NewDecoder(bytes.NewReader(body))
		err := decoder.Decode(target)
		var wrongType *json.UnmarshalTypeError
		switch {
		case errors.As(err, &wrongType) && wrongType.Field != "":
			return malformed(wrongType.Field)
		case err != nil || bytes.HasPrefix(bytes.TrimSpace(body), []byte("null")):
			return refusal(http.StatusBadRequest, "The request is not valid JSON.")
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return refusal(http.StatusBadRequest, "The request is not valid JSON.")
		}
	}
	if bytes.HasPrefix(quoted.Credits, []byte(`"`)) {
		return malformed("Credits")
	}
	return nil
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
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"Message":"An error has occurred."}`)
	}
	return answer{status, map[string]string{"Content-Type": "application/json; charset=utf-8"}, body}
}

// send writes a reply with the platform's date.
func (p *Platform) send(w http.ResponseWriter, reply answer) {
	for name, value := range reply.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Date", p.clock.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Length", strconv.Itoa(len(reply.body)))
	w.WriteHeader(reply.status)
	_, _ = w.Write(reply.body) // a caller who has gone away misses it, as on any platform
}
