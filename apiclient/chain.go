package apiclient

import (
	"context"
	"errors"
	"net/http"
	"time"

	"phonechatbot/internal/secret"
)

// The chain under every call, outermost link first:
//
//	deadline -> headers -> retry -> gate -> whole -> tracked -> the transport
//
// Each link is a function over http.RoundTripper and knows no other. Redirects are not followed because
// no link does. An answer that leaves the chain is read to its end: its body is in memory.

// roundTrip makes a function an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// deadline bounds one call, waiting and repetitions included.
func deadline(limit time.Duration, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithTimeout(req.Context(), limit)
		defer cancel()
		resp, err := next.RoundTrip(req.WithContext(ctx))
		if err != nil && ctx.Err() != nil {
			// A transport may answer with the context's cause instead, which can be anything.
			return nil, errors.Join(ctx.Err(), err)
		}
		return resp, err
	})
}

// headers puts on what every call carries: whom it acts for, what may come back, who asks.
func headers(token secret.String, userAgent string, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "bearer "+token.Reveal())
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", userAgent)
		return next.RoundTrip(req)
	})
}

// headerSafe reports whether a token can be the value of a header: printable ASCII without spaces.
func headerSafe(token string) bool {
	for i := range len(token) {
		if token[i] <= ' ' || token[i] > '~' {
			return false
		}
	}
	return token != ""
}
