package apiclient

import (
	"context"
	"errors"
	"slices"
	"strings"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
)

// MaxDeletions is how many bookings one call deletes. The bound is ours: the API documents none.
const MaxDeletions = 100

var (
	errHowMany = errors.New("no bookings, or too many at once")
	errTwice   = errors.New("the same ID twice")
)

// DeleteMade takes finished bookings (rejected, cancelled or confirmed) off the client's list (docs:
// PhoneChatDeleteMadeBookings). There is one Deletion for each ID, in the order of the IDs; a booking
// that the platform left alone is no error, but an answer that leaves one out is ErrUnknownOutcome: read
// the list. The other side's list is believed to stay as it is.
//
// Scope: account_phonechat_bookings. Errors: ErrInvalid for no IDs, one twice or more than MaxDeletions;
// ErrUnknownOutcome.
func (c *Client) DeleteMade(ctx context.Context, as Caller, ids ...BookingID) ([]Deletion, error) {
	return c.remove(ctx, as, routeDeleteMade, ids)
}

// DeleteReceived is DeleteMade for the performer's list (docs: PhoneChatDeleteReceivedBookings).
//
// Scope: account_phonechat_bookings. Errors: as DeleteMade: ErrInvalid, ErrUnknownOutcome.
func (c *Client) DeleteReceived(ctx context.Context, as Caller, ids ...BookingID) ([]Deletion, error) {
	return c.remove(ctx, as, routeDeleteReceived, ids)
}

func (c *Client) remove(ctx context.Context, as Caller, r route, ids []BookingID) ([]Deletion, error) {
	if len(ids) == 0 || len(ids) > MaxDeletions {
		return nil, refuse(r, errHowMany)
	}
	for i, id := range ids {
		switch {
		case id <= 0:
			return nil, refuse(r, errNoID)
		case slices.Contains(ids[:i], id):
			return nil, refuse(r, errTwice)
		}
	}
	body := wire.BookingIDs{BookingIDs: joined(ids)}
	return askHushed(ctx, c, as, request{route: r, body: body}, func(body []byte, hush []secret.String) ([]Deletion, error) {
		return readDeletions(body, ids, hush)
	})
}

// deleted is a row whose Deleted may have been left out.
type deleted struct {
	wire.Deleted

	Told *bool `json:"Deleted"` // stands before the one that cannot be nil
}

// readDeletions reads what became of the ids. Each must have a row that tells; rows about other bookings
// are ignored, and of two rows about one booking the more cautious is believed.
func readDeletions(body []byte, ids []BookingID, hush []secret.String) ([]Deletion, error) {
	rows, err := decode[[]deleted](body)
	if err != nil {
		return nil, err
	}
	found := make(map[BookingID]deleted, len(rows))
	for _, row := range rows {
		if before, twice := found[BookingID(row.BookingID)]; !twice || orZero(before.Told) {
			found[BookingID(row.BookingID)] = row
		}
	}
	deletions := make([]Deletion, len(ids))
	for i, id := range ids {
		row, there := found[id]
		switch {
		case !there:
			return nil, misread{at: "BookingID"}
		case row.Told == nil:
			return nil, misread{at: "Deleted"}
		}
		deletions[i] = Deletion{
			Booking: id, Deleted: *row.Told,
			Message: strings.Join(tidy([]string{row.Message}, hush...), ""),
		}
	}
	return deletions, nil
}
