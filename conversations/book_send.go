package conversations

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgSentTitle    = msg("book.sent", "<b>Request sent, #{id}.</b>\n{name}, {when}, {minutes} min, {credits} credits. They have until {reply_by} to answer; I will tell you when they do.")
	msgSentFound    = msg("book.sent_found", "The site did not answer in time, so I looked: your request arrived.")
	msgSentShort    = msg("book.sent_short", "<b>Request sent, #{id}.</b> I will tell you when they answer.")
	msgSentAnswered = msg("book.sent_answered", "<b>Your request arrived, and has been answered already.</b>")
	msgSentNext     = msg("book.sent_next", "Next: {step}")
	msgSentTime     = msg("book.sent_other_time", "<b>Note:</b> the site recorded another time than you asked for, which was {asked}. Look on the site before you rely on it.")
	msgSentDiffers  = msg("book.sent_differs", "<b>Note:</b> the site recorded {credits} credits, not the {offer} you offered.")
	msgSentAlready  = msg("book.sent_already", "You already have request #{id} with {name} at that time, so I did not send another. Change the day or time, or look at it in /bookings.")
	msgSentAbsent   = msg("book.sent_absent", "I looked it up: your request did not arrive, and nothing was charged. You can send it again.")
	msgNotSent      = msg("form.not_sent", "I was interrupted before anything was sent. Please look it over, and send it again.")
	msgSentNoToken  = msg("book.sent_no_token", "The account was unlinked while a request was under way. Please look on the site whether it arrived.")
	msgKeyView      = msg("book.key_view", "View")
)

// settleAfter is how long after a send of unknown outcome the bookings must still lack it before it
// counts as never carried out. It is several times the client's deadline: a request that the platform
// held longer than that is the limit of what can be told (docs/adr/0003).
const settleAfter = 60 * time.Second

// sendKey is the single-use key of one send: it survives restarts, and another press cannot make a second.
func sendKey(s flow.Session) string { return s.ID + "/" + strconv.Itoa(s.Attempt) }

// submitBooking creates the booking exactly once. What looks like it already is noted first; the claim
// is on disk before the request leaves; an unknown outcome is settled by reading, never by sending.
func submitBooking(v *visit, s flow.Session, _ string) (flow.Sent, error) {
	d := draft(flow.Scope{Answers: s.Answers, Facts: s.Facts, Now: v.clock.now()}, v.clock)
	release, err := v.turnTo(askTurn{v.account.Member, d.member})
	if err != nil {
		return v.notSent(err)
	}
	defer release()
	alike, err := v.alike(d, time.Time{})
	if err != nil {
		return v.notSent(err)
	}
	if i := slices.IndexFunc(alike, isOpen); i >= 0 {
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgSentAlready.With(wording.Args{
			"id": int64(alike[i].ID), "name": memberName(alike[i].Other.Nickname, int64(alike[i].Other.ID)),
		})}, nil
	}
	claim := store.Send{
		Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now(),
		Performer: d.member, Session: d.session, Duration: d.minutes, Credits: d.credits.String(),
	}
	for _, b := range alike {
		claim.Known = append(claim.Known, int64(b.ID))
	}
	if err := v.claim(claim); err != nil {
		return flow.Sent{}, err
	}
	booking, err := v.api.CreateBooking(v.ctx, v.caller(), apiclient.NewBooking{
		Performer: apiclient.MemberID(d.member), Session: d.session, Duration: d.minutes, Method: d.method,
		PhoneNumber: d.phoneFor(apiclient.MethodPerformerRings), SkypeName: d.skypeFor(apiclient.MethodSkype),
		Credits: d.credits, AcceptBy: d.acceptBy, Comments: d.comment,
	})
	switch {
	case err == nil:
		return v.sentBooking(claim, booking, d, nil)
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if dropErr := v.drop(claim.Key); dropErr != nil {
		return flow.Sent{}, dropErr
	}
	return v.notSent(err)
}

// phoneFor is the number if the method needs it; an answer from before a change of method stays here.
func (d bookDraft) phoneFor(m apiclient.Method) string {
	if d.method == m {
		return d.phone
	}
	return ""
}

func (d bookDraft) skypeFor(m apiclient.Method) string {
	if d.method == m {
		return d.skype
	}
	return ""
}

// certainlyNot reports whether a failure says for certain that nothing was carried out.
func certainlyNot(err error) bool {
	return slices.ContainsFunc([]error{
		apiclient.ErrUnauthorized, apiclient.ErrForbidden, apiclient.ErrNotFound, apiclient.ErrInvalid,
		apiclient.ErrConflict, apiclient.ErrRateLimited, apiclient.ErrUnavailable, apiclient.ErrEdge,
	}, func(kind error) bool { return errors.Is(err, kind) })
}

// isOpen: a status that nobody knows counts as open, which errs on the side of not sending.
func isOpen(b apiclient.Booking) bool {
	return b.Status != apiclient.StatusRejected && b.Status != apiclient.StatusCancelled
}

// alike lists this client's bookings with the same performer at the same time, whatever their state, and
// created since a day if one is given. The list is read to its end: its order is not to be relied on.
func (v *visit) alike(d bookDraft, since time.Time) ([]apiclient.Booking, error) {
	var found []apiclient.Booking
	query := apiclient.ListQuery{StartDate: since, OrderBy: apiclient.NewestFirst, PerPage: apiclient.MaxPerPage}
	for b, err := range v.api.EachBooking(v.ctx, v.caller(), apiclient.Made, query) {
		if err != nil {
			return nil, fmt.Errorf("look for the same booking: %w", err)
		}
		if int64(b.Other.ID) == d.member && b.Session.Equal(d.session) {
			found = append(found, b)
		}
	}
	return found, nil
}

func (v *visit) claim(c store.Send) error {
	err := v.save(func(tx *store.Tx, _ *store.Chat) error {
		if _, err := tx.Send(c.Key); !errors.Is(err, store.ErrNotFound) {
			return errors.Join(errClaimed, err)
		}
		return tx.PutSend(c)
	})
	if err != nil {
		return fmt.Errorf("claim send: %w", err)
	}
	return nil
}

// claimOf reads the claim of a form's send; store.ErrNotFound if the form was cut off before it was made.
func (v *visit) claimOf(s flow.Session) (claim store.Send, err error) {
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		claim, err = tx.Send(sendKey(s))
		return err
	})
	return claim, err
}

// errClaimed means that this very send was begun before: it must be settled, not repeated.
var errClaimed = errors.New("send was begun already")

func (v *visit) drop(key string) error {
	err := v.save(func(tx *store.Tx, _ *store.Chat) error { return tx.DeleteSend(key) })
	if err != nil {
		return fmt.Errorf("release send: %w", err)
	}
	return nil
}

// notSent turns a failure that left nothing behind into words; the form stays at its review.
func (v *visit) notSent(err error) (flow.Sent, error) {
	problem, known := v.explain(err)
	if !known {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeRefused, Note: problem}, nil
}

// sentBooking records the new booking as seen, so that it raises no alert, keeps the number that was given for it, and
// ends the form.
func (v *visit) sentBooking(claim store.Send, b apiclient.Booking, d bookDraft, notes []wording.Text) (flow.Sent, error) {
	number := d.phoneFor(apiclient.MethodPerformerRings)
	if claim.State == store.SendDone { // kept already, and perhaps forgotten since
		number = ""
	}
	err := v.save(func(tx *store.Tx, chat *store.Chat) error {
		if err := errors.Join(v.seen(tx, b), v.keepNumber(tx, chat, number, b)); err != nil {
			return err
		}
		claim.State, claim.Booking = store.SendDone, int64(b.ID)
		return tx.PutSend(claim) // gone when the form is closed
	})
	if err != nil {
		return flow.Sent{}, fmt.Errorf("record booking: %w", err)
	}
	v.lists.forget(v.account.Member)
	v.acted(v.account.ID)
	ref := cardRef{side: made, id: b.ID}
	if b.Status != apiclient.StatusPending { // answered already: the card says how
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, msgSentAnswered.Text())}, nil
	}
	body := append(notes, msgSentTitle.With(wording.Args{
		"id": int64(b.ID), "name": memberName(b.Other.Nickname, int64(b.Other.ID)), "when": v.clock.moment(b.Session),
		"minutes": b.Duration, "credits": b.Credits.String(), "reply_by": v.clock.moment(b.AcceptBy),
	}))
	if b.Credits.Cmp(d.credits) != 0 {
		body = append(body, msgSentDiffers.With(wording.Args{"credits": b.Credits.String(), "offer": d.credits.String()}))
	}
	if !claim.Session.IsZero() && !b.Session.Equal(claim.Session) {
		body = append(body, msgSentTime.With(wording.Args{"asked": v.clock.moment(claim.Session)}))
	}
	body = append(body, quoted(msgSentNext, "step", b.NextStep)...)
	view := v.button(msgKeyView, "card", ref.String())
	return flow.Sent{Outcome: flow.OutcomeDone, View: flow.View{
		Body: body,
		Rows: [][]flow.Button{{view, v.button(msgKeyMade, "list", listPlace{side: made, page: 1, order: newest}.String())}, v.homeRow()},
	}}, nil
}

// settleBooking looks in the client's bookings for a request whose outcome is unknown.
func settleBooking(v *visit, s flow.Session) (flow.Sent, error) {
	claim, err := v.claimOf(s)
	switch {
	case errors.Is(err, store.ErrNotFound): // stopped before the claim: certainly not sent
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgNotSent.Text()}, nil
	case err != nil:
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	case v.account == nil:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.homeView(msgSentNoToken.Text())}, nil
	}
	d := draft(flow.Scope{Answers: s.Answers, Facts: s.Facts, Now: v.clock.now()}, v.clock)
	if claim.State == store.SendDone { // known to have arrived; only the card was not shown
		return v.sentBefore(claim, d)
	}
	if v.stopped() { // there is nothing to look with
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if !claim.Session.IsZero() { // which hangs on nothing any more
		d.session = claim.Session
	}
	looked := v.clock.now()                                      // the list says nothing about what arrives while it is read
	alike, err := v.alike(d, claim.Started.Add(-2*24*time.Hour)) // whole days, in whatever zone they are
	if err != nil {
		if _, known := v.explain(err); known {
			return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
		}
		return flow.Sent{}, err
	}
	for _, b := range alike {
		if !slices.Contains(claim.Known, int64(b.ID)) && b.Duration == claim.Duration {
			return v.sentBooking(claim, b, d, []wording.Text{msgSentFound.Text()})
		}
	}
	if looked.Sub(claim.Started) < settleAfter {
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgSentAbsent.Text()}, nil
}

// sentBefore ends a form whose request is known to have arrived; if it can't be read now, its number will do.
func (v *visit) sentBefore(claim store.Send, d bookDraft) (flow.Sent, error) {
	if !v.stopped() {
		b, err := v.booking(made, apiclient.BookingID(claim.Booking))
		if err == nil {
			return v.sentBooking(claim, b, d, nil)
		}
		if _, known := v.explain(err); !known {
			return flow.Sent{}, fmt.Errorf("read booking: %w", err)
		}
	}
	view := v.button(msgKeyView, "card", cardRef{side: made, id: apiclient.BookingID(claim.Booking)}.String())
	return flow.Sent{Outcome: flow.OutcomeDone, View: flow.View{
		Body: []wording.Text{msgSentShort.With(wording.Args{"id": claim.Booking})},
		Rows: [][]flow.Button{{view}, v.homeRow()},
	}}, nil
}

// seen notes what the person has seen of a booking, so that it raises no alert, and queues what is to come before its
// times: to the next look nothing of it is new. What the poller has read since stays.
func (v *visit) seen(tx *store.Tx, b apiclient.Booking) error {
	stored, err := tx.Snapshot(v.account.ID, string(b.Side), int64(b.ID))
	switch {
	case err == nil && stored.Updated.After(apiclient.Latest(b.LastUpdated, v.clock.now())):
		return nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	b.LastUpdated = apiclient.Latest(b.LastUpdated, v.clock.now())
	if err := tx.PutSnapshot(snapshotOf(v.account.ID, b)); err != nil {
		return err
	}
	return v.schedule(tx, string(b.Side), int64(b.ID))
}

// schedule queues what is to come before the times of a booking that is kept.
func (v *visit) schedule(tx *store.Tx, side string, booking int64) error {
	account, err := tx.Account(v.account.ID)
	if err != nil {
		return err
	}
	kept, err := tx.Snapshot(account.ID, side, booking)
	if err != nil {
		return err
	}
	v.queues = true
	return tx.Schedule(account, kept, v.clock.now(), store.IDs(v.newUUID))
}

// didThat takes news of a booking off the queue that says what the person has just done themselves: a look may have
// seen it before the answer came. What became of it since stays.
func didThat(tx *store.Tx, account store.AccountID, b apiclient.Booking) error {
	done := snapshotOf(account, b)
	for n, err := range tx.Notices(account) {
		if err != nil || !isAbout(n, done) || n.Kind.Timed() || n.Status != done.Status {
			continue // one that does not open is the outbox's to complain of
		}
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return err
		}
	}
	return nil
}
