package apiclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// script answers one try after the other; the last one stands for all that follow.
type script struct {
	steps []func() (*http.Response, error)
	tries int
}

func (s *script) RoundTrip(*http.Request) (*http.Response, error) {
	step := s.steps[min(s.tries, len(s.steps)-1)]
	s.tries++
	return step()
}

func answer(status int, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, "", header...), nil }
}

func fail(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

func TestRetry(t *testing.T) {
	type steps = []func() (*http.Response, error)
	for name, tc := range map[string]struct {
		method string
		steps  steps
		tries  int
		status int
		err    error
	}{
		"fine at once":           {"GET", steps{answer(200)}, 1, 200, nil},
		"recovers":               {"GET", steps{answer(503), fail(io.ErrUnexpectedEOF), answer(200)}, 3, 200, nil},
		"stays broken":           {"GET", steps{answer(502)}, 3, 502, nil},
		"stays silent":           {"GET", steps{fail(io.EOF)}, 3, 0, io.EOF},
		"504":                    {"GET", steps{answer(504), answer(200)}, 2, 200, nil},
		"505 will not change":    {"GET", steps{answer(505)}, 1, 505, nil},
		"501 will not change":    {"GET", steps{answer(501)}, 1, 501, nil},
		"refused":                {"GET", steps{answer(400)}, 1, 400, nil},
		"401":                    {"GET", steps{answer(401)}, 1, 401, nil},
		"redirect":               {"GET", steps{answer(302)}, 1, 302, nil},
		"page of the edge":       {"GET", steps{answer(503, "Content-Type", "text/html")}, 1, 503, nil},
		"429, wait a moment":     {"GET", steps{answer(429, "Retry-After", "2"), answer(200)}, 2, 200, nil},
		"429, wait long":         {"GET", steps{answer(429, "Retry-After", "60")}, 1, 429, nil},
		"429 without a word":     {"GET", steps{answer(429)}, 1, 429, nil},
		"503, wait long":         {"GET", steps{answer(503, "Retry-After", "60")}, 1, 503, nil},
		"too long an answer":     {"GET", steps{fail(errTooLong)}, 1, 0, errTooLong},
		"held back":              {"GET", steps{fail(notSent{heldBack{time.Minute}})}, 1, 0, heldBack{time.Minute}},
		"platform at rest":       {"GET", steps{fail(notSent{resting{time.Minute}})}, 1, 0, resting{time.Minute}},
		"a write, server error":  {"POST", steps{answer(503)}, 1, 503, nil},
		"a write, broken line":   {"POST", steps{fail(io.EOF)}, 1, 0, io.EOF},
		"a write, too many":      {"POST", steps{answer(429, "Retry-After", "1")}, 1, 429, nil},
		"PUT is a write as well": {"PUT", steps{answer(500)}, 1, 500, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: tc.steps}
				resp, err := retry(2, s).RoundTrip(newRequest(t, tc.method))
				if !errors.Is(err, tc.err) || s.tries != tc.tries {
					t.Fatalf("err = %v after %d tries, want %v after %d", err, s.tries, tc.err, tc.tries)
				}
				if err == nil && resp.StatusCode != tc.status {
					t.Errorf("status = %d, want %d", resp.StatusCode, tc.status)
				}
			})
		})
	}
}

func TestRetrySwitchedOff(t *testing.T) {
	s := &script{steps: []func() (*http.Response, error){answer(503)}}
	if _, err := retry(-1, s).RoundTrip(newRequest(t, "GET")); err != nil || s.tries != 1 {
		t.Errorf("err = %v after %d tries", err, s.tries)
	}
}

func TestRetryPausesGrowAndVary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := &script{steps: []func() (*http.Response, error){fail(io.EOF)}}
		_, err := retry(2, s).RoundTrip(newRequest(t, "GET"))
		if took := time.Since(start); err == nil || took < 375*time.Millisecond || took > 1125*time.Millisecond {
			t.Errorf("took %v (%v)", took, err)
		}
	})
}

func TestRetryHeedsTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &script{steps: []func() (*http.Response, error){func() (*http.Response, error) {
			time.AfterFunc(time.Millisecond, cancel)
			return nil, io.EOF
		}}}
		_, err := retry(2, s).RoundTrip(newRequest(t, "GET").WithContext(ctx))
		if !errors.Is(err, context.Canceled) || s.tries != 1 {
			t.Errorf("err = %v after %d tries", err, s.tries)
		}
	})
}

// A platform that says when to come back is not asked before.
func TestRetryComesBackWhenAsked(t *testing.T) {
	for name, tc := range map[string]struct {
		wait  string
		least time.Duration
		most  time.Duration
	}{
		"not said":       {"", 125 * time.Millisecond, 375 * time.Millisecond},
		"a while":        {"4", 4 * time.Second, 4 * time.Second},
		"as long as may": {"5", 5 * time.Second, 5 * time.Second},
		"past":           {"Mon, 01 Mar 1999 08:00:00 GMT", 125 * time.Millisecond, 375 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := &script{steps: []func() (*http.Response, error){answer(503, "Retry-After", tc.wait), answer(200)}}
				resp, err := retry(2, s).RoundTrip(newRequest(t, "GET"))
				if took := time.Since(start); err != nil || resp.StatusCode != 200 || took < tc.least || took > tc.most {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
	}
}

// Whoever gives up while an answer waits to be bettered hears that, and not the answer.
func TestRetryGivenUpInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := connectInBubble(t, Config{}, says(500, asJSON, `{}`))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		_, err := c.Balance(ctx, caller)
		check(t, "given up", err, ErrUnavailable, 0)
		if !errors.Is(err, context.Canceled) || p.count() != 1 {
			t.Errorf("%v after %d requests", err, p.count())
		}
		ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err = c.Balance(ctx, caller)
		check(t, "out of time", err, ErrUnavailable, 500)
	})
}
