package apisim

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"time"
)

// hit is a fault that a request has run into, and what ends its waiting.
type hit struct {
	Fault
	cleared <-chan struct{}
}

// wait holds a request back until the fault is cleared, or its delay is over if it is a slow one. It
// reports whether the caller is still there.
func (h hit) wait(r *http.Request) bool {
	var late <-chan time.Time
	if h.Kind == FaultSlow {
		timer := time.NewTimer(h.Delay)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-late:
		return true
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
	case FaultReset:
		hangUp(w, true)
	case FaultStatus, FaultError, FaultUnauthorized, FaultForbidden, FaultNotFound, FaultRateLimited:
		p.send(w, h.refusal())
	case FaultHTML:
		p.send(w, challenge())
	case FaultHangBefore:
		p.held(r)
		if h.wait(r) {
			return false
		}
		hangUp(w, false)
	default:
		return false
	}
	return true
}

// replyWith writes the reply of what is done, or loses or spoils it.
func (p *Platform) replyWith(w http.ResponseWriter, r *http.Request, op string, h hit, reply answer) {
	switch h.Kind {
	case FaultHangAfter, FaultSlow:
		p.held(r)
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
	case FaultShiftingList:
		reply.body = spoiled(reply.body, p.faults.shifter(r))
	default: // the others struck before anything was done
		reply.body = spoiled(reply.body, h.spoiler())
	}
	p.send(w, p.economy.reply(r, op, reply))
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

// half is JSON cut in two; of a bare number, half of which is a number as well, nothing is left.
func half(body []byte) []byte {
	if cut := body[:len(body)/2]; !json.Valid(cut) {
		return cut
	}
	return nil
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
