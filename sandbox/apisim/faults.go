package apisim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// FaultKind is a way to go wrong.
type FaultKind string

// The ways to go wrong. Those that commit do what was asked, if the rules allow it, and then lose or
// spoil the reply; the others do nothing.
const (
	FaultDown             FaultKind = "down"               // the connection, once made, closes without a reply
	FaultStatus           FaultKind = "status"             // Fault.Status with a JSON body
	FaultHTML             FaultKind = "html"               // 403 with an HTML challenge page
	FaultHangBefore       FaultKind = "hang-before"        // waits, then goes on as if nothing had been
	FaultHangAfter        FaultKind = "hang-after"         // commits, waits, then replies
	FaultErrorAfterCommit FaultKind = "error-after-commit" // commits, replies 500
	FaultResetAfterCommit FaultKind = "reset-after-commit" // commits, resets the connection
	FaultEmptyBody        FaultKind = "empty-body"         // commits, replies with nothing in it
	FaultTruncated        FaultKind = "truncated"          // commits, replies with half of the JSON
)

// Fault is one thing to go wrong with an operation.
type Fault struct {
	Kind       FaultKind
	Times      int           // how many requests it hits; 0 for all until it is cleared
	Status     int           // for FaultStatus
	RetryAfter time.Duration // for FaultStatus: header Retry-After in whole seconds; 0 for none
	Message    string        // for FaultStatus; empty for a stock sentence
}

// faults are what is switched on, by operation.
type faults struct {
	mu      sync.Mutex
	active  map[string]Fault
	cleared chan struct{} // closed when everything is cleared
}

// SetFault makes an operation (or OpAny) go wrong from the next request on. It replaces the fault
// that the operation had; an operation's own fault goes before the one of OpAny. Hanging requests
// wait until their caller goes away or ClearFaults is called.
//
// Mind that net/http repeats a GET by itself if a reused connection breaks: with Times, FaultDown and
// FaultResetAfterCommit may then be spent on one call of the client.
func (p *Platform) SetFault(op string, f Fault) {
	p.mustKnow(op, f)
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.active[op] = f
}

// ClearFaults makes everything work again and lets go of the requests that hang.
func (p *Platform) ClearFaults() {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	clear(p.faults.active)
	close(p.faults.cleared)
	p.faults.cleared = make(chan struct{})
}

// Faults are what is switched on now, by operation.
func (p *Platform) Faults() map[string]Fault {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	return maps.Clone(p.faults.active)
}

// mustKnow panics on a fault that would never do anything.
func (p *Platform) mustKnow(op string, f Fault) {
	known := op == OpAny
	for _, route := range p.routes {
		known = known || route.name == op
	}
	switch f.Kind {
	case FaultDown, FaultHTML, FaultHangBefore, FaultHangAfter, FaultErrorAfterCommit,
		FaultResetAfterCommit, FaultEmptyBody, FaultTruncated:
	case FaultStatus:
		known = known && f.Status >= 200 && f.Status <= 599
	default:
		known = false
	}
	if !known {
		panic(fmt.Sprintf("apisim: no operation %q, or a malformed fault %q", op, f.Kind))
	}
}

// hit is a fault that a request has run into, and what ends its waiting.
type hit struct {
	Fault
	cleared <-chan struct{}
}

// take finds the fault of an operation and uses it up once.
func (fs *faults) take(op string) hit {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f, ok := fs.active[op]
	if !ok {
		op = OpAny
		f = fs.active[op]
	}
	if f.Times == 1 {
		delete(fs.active, op)
	} else if f.Times > 1 {
		spent := f
		spent.Times--
		fs.active[op] = spent
	}
	return hit{f, fs.cleared}
}

// wait reports whether the fault was cleared before the caller went away.
func (h hit) wait(r *http.Request) bool {
	select {
	case <-h.cleared:
		return true
	case <-r.Context().Done():
		return false
	}
}

// failBefore plays the faults that commit nothing, and reports whether that was all.
func (p *Platform) failBefore(w http.ResponseWriter, r *http.Request, h hit) (over bool) {
	switch h.Kind {
	case FaultDown:
		hangUp(w, false)
	case FaultStatus:
		p.send(w, h.refusal())
	case FaultHTML:
		p.send(w, challenge())
	case FaultHangBefore:
		if h.wait(r) {
			return false
		}
		hangUp(w, false)
	default:
		return false
	}
	return true
}

// half is JSON cut in two; of a bare number, half of which is a number as well, nothing is left.
func half(body []byte) []byte {
	if cut := body[:len(body)/2]; !json.Valid(cut) {
		return cut
	}
	return nil
}

// replyWith writes the reply of what is done, or spoils it.
func (p *Platform) replyWith(w http.ResponseWriter, r *http.Request, h hit, reply answer) {
	switch h.Kind {
	case FaultHangAfter:
		if !h.wait(r) {
			hangUp(w, false)
			return
		}
	case FaultErrorAfterCommit:
		reply = refused(refusal(http.StatusInternalServerError, "An error has occurred."))
	case FaultResetAfterCommit:
		hangUp(w, true)
		return
	case FaultEmptyBody:
		reply.body = nil
	case FaultTruncated:
		reply.body = half(reply.body)
	default: // the others struck before anything was done
	}
	p.send(w, reply)
}

func (h hit) refusal() answer {
	message := h.Message
	if message == "" {
		message = http.StatusText(h.Status) + "."
	}
	reply := refused(refusal(h.Status, message))
	if h.RetryAfter > 0 {
		reply.header["Retry-After"] = strconv.Itoa(int(h.RetryAfter / time.Second))
	}
	return reply
}

// challenge is what the network edge shows to callers that it takes for robots.
func challenge() answer {
	return answer{
		status: http.StatusForbidden,
		header: map[string]string{"Content-Type": "text/html; charset=UTF-8", "Server": "edge"},
		body: []byte("<!DOCTYPE html><html lang=\"en\"><head><title>One moment</title></head>" +
			"<body><h1>Checking your browser</h1><p>Please enable scripts and cookies.</p></body></html>"),
	}
}

// hangUp ends the connection without a reply: with a reset, or by closing it.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // not a plain connection: the server's own way to break off
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
