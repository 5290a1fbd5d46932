package conversations

import (
	"errors"
	"fmt"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var (
	msgBalanceTitle = msg("balance.title", "<b>Balance:</b> {credits} credits")
	msgBalanceOpen  = msg("balance.open", "Offered in {count} requests that are still open: {credits} credits. They leave your balance when you confirm.")
	msgBalanceOne   = msg("balance.open_one", "Offered in a request that is still open: {credits} credits. They leave your balance when you confirm.")
	msgBalanceGrant = msg("balance.forbidden", "I can't show your balance: the permission for the credit balance is missing.")
)

// showBalance reads what can be spent, and what is offered already. Pressed, it reads the bookings anew.
func (v *visit) showBalance() error {
	var balance, offered apiclient.Credits
	var open int
	err := v.slowly(func() (err error) {
		if balance, err = v.api.Balance(v.ctx, v.ownCaller()); err != nil {
			return fmt.Errorf("read balance: %w", err)
		}
		list, listErr := v.bookings(made, v.event.Kind == flow.EventPress)
		if listErr == nil { // without them the balance is still worth showing
			offered, open = stillOffered(list, v.clock.now())
		}
		return nil
	})
	switch {
	case errors.Is(err, apiclient.ErrForbidden):
		return v.screen(v.cannotSeeBalance())
	case err != nil:
		return v.sorry(err, "balance", "")
	}
	view := flow.View{Body: []wording.Text{msgBalanceTitle.With(wording.Args{"credits": balance.String()})}}
	if open > 0 {
		line := msgBalanceOpen
		if open == 1 {
			line = msgBalanceOne
		}
		view.Body = append(view.Body, line.With(wording.Args{"count": open, "credits": offered.String()}))
	}
	view.Rows = [][]flow.Button{
		{v.button(msgKeyRefresh, "balance", ""), v.button(msgKeyMade, "go", "bookings")}, v.homeRow(),
	}
	return v.screen(view)
}

// cannotSeeBalance says how to grant what is missing.
func (v *visit) cannotSeeBalance() flow.View {
	return flow.View{
		Body: []wording.Text{msgBalanceGrant.Text(), v.howToGrant()},
		Rows: [][]flow.Button{v.renewKeys(), v.homeRow()},
	}
}

// stillOffered adds up the bookings that may yet be confirmed: those that wait for an answer in time, and those
// that were accepted, for calls that are ahead.
func stillOffered(list []apiclient.Booking, now time.Time) (sum apiclient.Credits, count int) {
	for _, b := range list {
		waits := b.Status == apiclient.StatusPending && !lapsed(b, now)
		if (waits || b.Status == apiclient.StatusAccepted) && b.Session.After(now) {
			sum, count = sum.Add(b.Credits), count+1
		}
	}
	return sum, count
}
