package apiclient

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// probeWait is how long to leave the API alone while another call finds out whether it is back.
const probeWait = time.Second

// breaker gives the platform a rest after several failed tries in a row: calls fail at once, unsent. When
// the rest is over one call goes ahead; its outcome ends the rest or begins another. A nil breaker never
// does anything.
type breaker struct {
	circuit *gobreaker.CircuitBreaker[*http.Response]
	until   atomic.Pointer[time.Time] // when the last rest ends
	fair    time.Duration             // the least time a try must have had for its running out of it to count
}

// newBreaker makes a breaker that opens after that many failures in a row, for the time of a rest.
func newBreaker(failures int, rest, fair time.Duration) *breaker {
	b := &breaker{fair: fair}
	b.circuit = gobreaker.NewCircuitBreaker[*http.Response](gobreaker.Settings{ //nolint:bodyclose // nothing answers here
		MaxRequests: 1,
		Timeout:     rest - 1, // it opens after, not at, that time
		ReadyToTrip: func(counts gobreaker.Counts) bool { return int64(counts.ConsecutiveFailures) >= int64(failures) },
		IsExcluded:  func(err error) bool { return errors.Is(err, errNoVerdict) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				b.until.Store(new(time.Now().Add(rest)))
			}
		},
	})
	return b
}

// resting is a call that the client itself did not send, because the platform is given a rest.
type resting struct{ after time.Duration }

func (e resting) Error() string { return errOpen.Error() }

// guard is the link that refuses calls during a rest.
func (b *breaker) guard(next http.RoundTripper) http.RoundTripper {
	if b == nil {
		return next
	}
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		state, counts := b.circuit.State(), b.circuit.Counts()
		probing := state == gobreaker.StateHalfOpen && counts.Requests > counts.TotalExclusions
		if state == gobreaker.StateOpen || probing {
			return nil, b.refusal()
		}
		return next.RoundTrip(req)
	})
}

// watch is the link that learns from every try, and stops those that queued when the rest began.
func (b *breaker) watch(next http.RoundTripper) http.RoundTripper {
	if b == nil {
		return next
	}
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		var failure error
		resp, err := b.circuit.Execute(func() (resp *http.Response, _ error) {
			start := time.Now()
			resp, failure = next.RoundTrip(req)
			return resp, verdict(req.Context(), resp, failure, time.Since(start) >= b.fair)
		})
		if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
			return nil, b.refusal()
		}
		return resp, failure
	})
}

func (b *breaker) refusal() error {
	after := probeWait
	if until := b.until.Load(); until != nil && time.Until(*until) > 0 {
		after = time.Until(*until)
	}
	return notSent{resting{after}}
}

var (
	errSick      = errors.New("the platform is not well")
	errNoVerdict = errors.New("nothing learnt about the platform")
)

// verdict is what one try tells about the platform: nil for well, errSick, or errNoVerdict. Refusals
// (4xx) are the work of a platform that is well; server errors, pages of the network's edge, broken
// lines and silence are not. A caller who gave up says nothing, nor does a try that had no fair time.
func verdict(ctx context.Context, resp *http.Response, err error, fair bool) error {
	overdue := errors.Is(context.Cause(ctx), errOverdue)
	switch {
	case err == nil && (resp.StatusCode >= 500 || isHTML(resp)):
		return errSick
	case err == nil:
		return nil
	case ctx.Err() != nil && (!overdue || !fair):
		return errNoVerdict
	default:
		return errSick
	}
}
