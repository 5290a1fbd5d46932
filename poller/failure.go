package poller

import (
	"context"
	"errors"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
)

// verdict is what a failed reading of a list means.
type verdict struct {
	kind   string        // for the counters
	wait   time.Duration // how long the platform, or the edge of its network, wants to be left alone
	unsent bool          // nothing was asked: all calls are held back for the wait
	dead   bool          // nobody answered who could have known
}

// judge says what a failed reading means. Noted says whether it failed for want of the account's own token; hi is
// how long to stay away from the edge, which tells nothing.
func judge(err error, noToken bool, hi time.Duration) verdict {
	var answer apiclient.Error
	if e := (*apiclient.Error)(nil); errors.As(err, &e) {
		answer = *e
	}
	v := verdict{kind: "other", wait: answer.RetryAfter}
	switch {
	case errors.Is(err, apiclient.ErrUnauthorized):
		v.kind = "unauthorized"
	case errors.Is(err, apiclient.ErrForbidden):
		v.kind = "forbidden"
	case errors.Is(err, apiclient.ErrNotFound):
		v.kind = "not_found"
	case errors.Is(err, apiclient.ErrEdge):
		v.kind, v.wait, v.dead = "edge", hi, true
	case errors.Is(err, apiclient.ErrRateLimited):
		v.kind, v.unsent = "rate_limited", answer.Status == 0 && v.wait > 0
	case errors.Is(err, apiclient.ErrUnavailable) && noToken:
		v.kind, v.dead = "no_token", true
	case errors.Is(err, apiclient.ErrUnavailable):
		v.kind, v.dead = "unavailable", true
		v.unsent = answer.Status == 0 && v.wait > 0
	}
	return v
}

// tokens notes whether the last call failed for want of a token: no fault of the platform's, and no reason to leave
// others alone.
type tokens struct {
	apiclient.Tokens
	lacking bool
}

func (t *tokens) Token(ctx context.Context) (secret.String, error) {
	token, err := t.Tokens.Token(ctx)
	t.lacking = err != nil
	return token, err
}

func (t *tokens) Renew(ctx context.Context, refused secret.String) (secret.String, error) {
	token, err := t.Tokens.Renew(ctx, refused)
	t.lacking = err != nil
	return token, err
}
