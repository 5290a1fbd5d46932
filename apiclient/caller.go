package apiclient

import (
	"context"

	"phonechatbot/internal/secret"
)

// Caller is on whose behalf a call is made, and how urgent it is.
type Caller struct {
	Tokens Tokens // nil only for public calls, which need none
	// For is the group member that the token's owner, a group manager, acts for: the call goes to its
	// /v1/Groups/... twin. 0 is the owner's own account. A call that has no twin is refused (ErrInvalid).
	For MemberID
	// Background calls go when no interactive one waits for its turn.
	Background bool
}

// Tokens hands out the access token of one account. Its methods may call the login host. An error that
// matches ErrUnauthorized means that the member has to log in; any other makes the call ErrUnavailable,
// for a time that an *Error may give as its RetryAfter. The contexts end with the call: what must be
// finished once begun, like a renewal, goes on without them.
type Tokens interface {
	// Token is the token to try.
	Token(ctx context.Context) (secret.String, error)
	// Renew is asked once a call when the platform refused a token (401). It answers a newer one, or
	// an error that matches ErrUnauthorized when there is none to be had without the person.
	Renew(ctx context.Context, refused secret.String) (secret.String, error)
}

// With is the caller who has nothing but an access token: when it is refused there is no other.
func With(token secret.String) Caller { return Caller{Tokens: pasted{token}} }

type pasted struct{ token secret.String }

func (p pasted) Token(context.Context) (secret.String, error) { return p.token, nil }

func (p pasted) Renew(context.Context, secret.String) (secret.String, error) {
	return secret.String{}, ErrUnauthorized
}
