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
//	deadline -> headers -> authorise | project -> retry -> guard -> gate -> watch -> whole -> tracked -> once -> the transport
//
// Each link is a function over http.RoundTripper and knows no other. The order is a choice:
//
//   - deadline stands first: waiting for a token, for a turn and for another try is the caller's time too.
//   - authorise stands above retry: a token that is renewed is a new call, with all its tries. Public calls
//     have project in its place, and KeyWithToken puts it below as well.
//   - guard and watch are the two halves of the breaker. It counts tries, not calls, because only a try
//     tells how the platform is; so watch stands below the gate, where a call that was held back never
//     comes. Guard stands above it, so that during a rest nobody queues for a turn only to be refused.
//   - whole stands below all who look at answers: what it lets pass is in memory, and every link above may
//     ask isHTML, which tells the pages of the network's edge from answers of the API.
//   - once stands below all who repeat on purpose, so that nothing else does.
//
// Redirects are not followed because no link does.

// roundTrip makes a function an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// shared builds the links that all calls of a lane go through, from retry downwards. The gate and the
// breaker are those of the whole client.
func shared(cfg Config, turns *gate, rest *breaker, l lane) http.RoundTripper {
	wire := whole(maxReply, tracked(once(cfg.Transport)))
	return retry(cfg.Retries, rest.guard(turns.before(l, rest.watch(wire))))
}

// chain is the whole chain for one call. The tokens it tries are noted in used.
func (c *Client) chain(as Caller, r route, used *[]secret.String) http.RoundTripper {
	link := c.lanes[laneOf(as)]
	if r.public || c.keyWithToken {
		link = project(c.key, c.keySecret, link)
	}
	if !r.public {
		link = authorise(as.Tokens, used, link)
	}
	return deadline(c.timeout, headers(c.userAgent, link))
}

// errOverdue tells the end of the client's own patience from that of its caller.
var errOverdue = errors.New("call took too long")

// deadline bounds one call, waiting and repetitions included.
func deadline(limit time.Duration, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithTimeoutCause(req.Context(), limit, errOverdue)
		defer cancel()
		resp, err := next.RoundTrip(req.WithContext(ctx))
		if err != nil && ctx.Err() != nil {
			// A transport may answer with the context's cause instead, which can be anything.
			return nil, errors.Join(ctx.Err(), err)
		}
		return resp, err
	})
}

// headers puts on what every call carries: what may come back, and who asks.
func headers(userAgent string, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", userAgent)
		req.Header.Set("X-MaskImages", "1") // only pictures that are safe for everybody (docs: AgeVerification)
		return next.RoundTrip(req)
	})
}

// project signs a public call with the key of the project.
func project(key, keySecret secret.String, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.Header.Set("X-ApiKey", key.Reveal())
		if !keySecret.IsZero() {
			req.Header.Set("X-ApiSecret", keySecret.Reveal())
		}
		return next.RoundTrip(req)
	})
}

// authorise signs a call with the token of an account. When the API refuses it (401), a newer one is asked
// for, once, and the call is made again with that: also a write, because a 401 has done nothing. A page
// of the network's edge says nothing about tokens. When there is no newer token the refusal stands.
func authorise(tokens Tokens, used *[]secret.String, next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if tokens == nil {
			return nil, noToken{ErrUnauthorized}
		}
		token, err := tokens.Token(req.Context())
		switch {
		case err != nil:
			return nil, noToken{err}
		case !headerSafe(token.Reveal()):
			return nil, noToken{errBadToken}
		}
		*used = append(*used, token)
		resp, err := next.RoundTrip(signed(req, token))
		if err != nil || resp.StatusCode != http.StatusUnauthorized || isHTML(resp) {
			return resp, err
		}
		newer, err := tokens.Renew(req.Context(), token)
		switch {
		case errors.Is(err, ErrUnauthorized):
			return resp, nil
		case err != nil:
			return nil, noToken{err}
		case newer.Equal(token), !headerSafe(newer.Reveal()):
			return resp, nil
		}
		*used = append(*used, newer)
		again := signed(req, newer)
		if req.GetBody != nil {
			if again.Body, err = req.GetBody(); err != nil {
				return nil, notSent{err}
			}
		}
		return next.RoundTrip(again)
	})
}

func signed(req *http.Request, token secret.String) *http.Request {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "bearer "+token.Reveal())
	return req
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
