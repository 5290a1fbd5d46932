package apiclient

import (
	"context"
	"time"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
)

// PIN is the member's way to ring one performer without a booking (DirectChat), through a number of the
// platform. Whoever knows the code can spend the member's credits.
type PIN struct {
	Performer  MemberID
	Nickname   string
	Code       secret.String // to be keyed in during the call
	Created    time.Time
	LastCall   time.Time // zero is never
	Calls      int
	InProgress bool // a call is running now
}

// PINs lists the member's DirectChat PINs, all at once (docs: GetAllDirectChatPINs). It is the only call
// about DirectChat; that the last call of an unused PIN is null is inferred.
//
// Scope: account_phonechat_bookings. Errors: those of every call.
func (c *Client) PINs(ctx context.Context, as Caller) ([]PIN, error) {
	return ask(ctx, c, as, request{route: routePINs}, func(body []byte) ([]PIN, error) {
		return readRows(body, c.loc, pinFrom)
	})
}

func pinFrom(w wire.PIN, loc *time.Location) (PIN, error) {
	switch {
	case w.User.ID <= 0:
		return PIN{}, misread{at: "User/Id"}
	case w.PIN == "":
		return PIN{}, misread{at: "PIN"}
	}
	created, err := replyTime(w.CreatedDate, loc)
	if err != nil {
		return PIN{}, misread{at: "CreatedDate"}
	}
	last, err := replyTime(orZero(w.LastCallDate), loc)
	if err != nil {
		return PIN{}, misread{at: "LastCallDate"}
	}
	return PIN{
		Performer: MemberID(w.User.ID), Nickname: w.User.Username, Code: secret.New(w.PIN),
		Created: created, LastCall: last, Calls: w.NumberOfCalls, InProgress: w.InProgress,
	}, nil
}

// readRows reads an answer that is a bare array. Null is not taken for an empty one.
func readRows[W, T any](body []byte, loc *time.Location, from func(W, *time.Location) (T, error)) ([]T, error) {
	rows, err := decode[[]W](body)
	if err != nil {
		return nil, err
	}
	if rows == nil {
		return nil, misread{}
	}
	all := make([]T, 0, len(rows))
	for _, row := range rows {
		one, err := from(row, loc)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// ignored reads an answer whose content the contract does not know: that it was a success is enough.
func ignored([]byte) (struct{}, error) { return struct{}{}, nil }
