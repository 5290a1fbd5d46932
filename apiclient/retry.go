package apiclient

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	firstPause = 250 * time.Millisecond // before the first repetition, give or take a half
	longPause  = 4 * time.Second        // between repetitions at most
	// shortWait is the longest Retry-After that a call sits out itself.
	shortWait = 5 * time.Second
)

// errAgain is why an answer is not good enough to stop.
var errAgain = errors.New("worth another try")

// retry repeats reads, and only reads, up to extra times: after transport failures, after 500, 502, 503
// and 504 of the API itself, and after 429 when the wait is short. A Retry-After is sat out, if it is
// short, or else obeyed by not trying again. The last answer or failure stands, unless the caller gave up.
func retry(extra int, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.Method != http.MethodGet || extra <= 0 {
			return next.RoundTrip(req)
		}
		pauses := backoff.NewExponentialBackOff()
		pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = firstPause, longPause, 2
		var failure error
		resp, err := backoff.Retry(req.Context(), func() (*http.Response, error) { //nolint:contextcheck // the request carries it
			resp, err := next.RoundTrip(req.Clone(req.Context()))
			failure = err
			return resp, worthAgain(req.Context(), resp, err)
		}, backoff.WithBackOff(pauses), backoff.WithMaxTries(uint(extra)+1), backoff.WithMaxElapsedTime(0))
		if givenUp := err != nil && errors.Is(req.Context().Err(), context.Canceled); resp != nil && !givenUp {
			return resp, nil
		}
		if ctxErr := req.Context().Err(); ctxErr != nil {
			err = ctxErr
		}
		return nil, errors.Join(err, failure)
	})
}

// worthAgain is nil when the answer stands, and tells backoff otherwise whether and when to try again.
func worthAgain(ctx context.Context, resp *http.Response, err error) error {
	switch {
	case err != nil:
		if ctx.Err() != nil || errors.As(err, new(heldBack)) || errors.As(err, new(resting)) || errors.Is(err, errTooLong) {
			return backoff.Permanent(err)
		}
		return err
	case isHTML(resp):
		return nil
	case resp.StatusCode == http.StatusTooManyRequests:
		// The gate knows when: it lets the next try through then.
		if wait := retryAfter(resp.Header, time.Now()); wait > 0 && wait <= shortWait {
			return errAgain
		}
		return nil
	case resp.StatusCode >= 500 && resp.StatusCode <= 504 && resp.StatusCode != http.StatusNotImplemented:
		switch wait := retryAfter(resp.Header, time.Now()); {
		case wait > shortWait:
			return nil
		case wait > 0:
			return &backoff.RetryAfterError{Duration: wait}
		}
		return errAgain
	default:
		return nil
	}
}
