package apisim

import (
	"context"
	"net/http"
	"strconv"
)

// impatient is a way to the platform for callers who do not wait.
type impatient struct {
	platform *Platform
	next     http.RoundTripper
}

const impatientHeader = "X-Sandbox-Impatient" // the number of a call

// Impatient is a way to the platform on which a caller gives up at the moment at which a fault makes it wait: before
// anything is done or, where the fault's kind commits, after it. The error is context.DeadlineExceeded. On the way
// there a call may take as long as the machine does.
func (p *Platform) Impatient(next http.RoundTripper) http.RoundTripper { return impatient{p, next} }

// RoundTrip makes a call.
func (i impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, giveUp := context.WithCancelCause(r.Context())
	context.AfterFunc(r.Context(), func() { giveUp(nil) })
	asked := r.Clone(ctx)
	asked.Header.Set(impatientHeader, strconv.Itoa(i.platform.impatientCall(giveUp)))
	reply, err := i.next.RoundTrip(asked)
	if err != nil && context.Cause(ctx) == context.DeadlineExceeded { //nolint:errorlint // as held gave it
		err = context.DeadlineExceeded
	}
	return reply, err
}

func (p *Platform) impatientCall(giveUp context.CancelCauseFunc) (number int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.impatient = append(p.impatient, giveUp)
	return len(p.impatient) - 1
}

// held ends the call of an impatient caller.
func (p *Platform) held(r *http.Request) {
	number, err := strconv.Atoi(r.Header.Get(impatientHeader))
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && 0 <= number && number < len(p.impatient) {
		p.impatient[number](context.DeadlineExceeded)
	}
}
