package conversations

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// deed is an action that changes a booking by one call. All go the same way: the booking is read again, what
// is about to happen is asked, the second press reads it once more, acts once, and the card is drawn from
// the reply. A reply that is lost is looked up, and nothing is sent again before it is known.
type deed struct {
	action action
	title  wording.Message
	steps  []flow.Step
	ask    func(s flow.Scope, at bookingFact) []wording.Text // the second question
	yes    func(s flow.Scope, at bookingFact) wording.Text
	style  flow.Style

	overlaps bool // point out calls at the same time
	pays     bool // the balance must cover the credits

	// ready judges what was read just before the call against what the person said yes to: a text holds
	// the call back, and the question is asked again.
	ready func(s flow.Scope, was bookingFact, b apiclient.Booking) wording.Text
	call  func(v *visit, id apiclient.BookingID, answers flow.Answers) (apiclient.Booking, error)
	// done reports whether a booking shows that the call was carried out.
	done func(b apiclient.Booking, answers flow.Answers) bool
	said wording.Message // {name}: it is done
}

// Answers and facts of a deed's form besides its steps.
const (
	answerBooking = "booking" // a cardRef
	stepReason    = "reason"
	factBooking   = "booking"
)

// bookingFact is what the form shows of the booking it is about, as it was when it was asked.
type bookingFact struct {
	Name      string            `json:"name"`
	Member    int64             `json:"member"`
	Session   time.Time         `json:"session"`
	Minutes   int               `json:"minutes"`
	Credits   apiclient.Credits `json:"credits"`
	Confirmed bool              `json:"confirmed"`
	Offered   string            `json:"offered"`   // by the client, where it is another amount
	Balance   balanceFact       `json:"balance"`   // read for what pays
	Overlaps  []overlap         `json:"overlaps"`  // read for what binds the time
	Unchecked bool              `json:"unchecked"` // overlaps could not be looked for
}

var (
	msgDeedFound   = msg("deed.found", "The site did not answer in time, so I looked: <b>it is done.</b>")
	msgDeedAbsent  = msg("deed.absent", "I looked it up: nothing was done, the booking is as it was. You can try again.")
	msgDeedNotNow  = msg("deed.changed", "That is not possible any more: the booking has changed meanwhile. Here is how it stands.")
	msgDeedLate    = msg("deed.late", "<b>Too late:</b> the time for that has passed. Nothing was done. Here is how it stands.")
	msgDeedOverlap = msg("deed.overlap", "<b>There is another call at that time by now.</b> Please look it over again.")
	msgDeedBusy    = msg("deed.busy", "Something else that you pressed for this booking is still being looked up. Nothing was sent now; I will tell you here as soon as I know.")
	msgDeedEither  = msg("deed.either", "The site did not answer in time, and the booking has changed since. <b>I can't tell whether what you pressed came first.</b> Here is how it stands.")
	msgDeedGone    = msg("deed.gone", "The site did not answer in time, and does not know this booking any more. <b>I can't tell whether what you pressed arrived.</b>")
	msgDeedSince   = msg("deed.changed_at", "<b>Changed elsewhere: {status} at {when}.</b> Nothing was done from here. Here is how it stands.")
	msgDeedOdd     = msg("deed.odd", "The site took it, but shows another state than expected. Here is how it stands.")
	msgDeedNothing = msg("deed.closed", "Nothing was done.")
	msgDeedLeave   = msg("deed.leave", "Back to the booking")
	msgDeedUnlink  = msg("deed.unlinked", "The account was unlinked; nothing more was done.")
)

// deedForms are the forms of all deeds.
func (d *Desk) deedForms() []form {
	var all []form
	for _, one := range d.deeds() {
		all = append(all, d.deedForm(one))
	}
	return append(all, d.removeForm())
}

func (d *Desk) deedForm(one deed) form {
	said := words()
	said.Cancel = msgDeedLeave.Text()
	f := flow.Flow{
		Name: string(one.action), Version: 1, Title: one.title.Text(), Words: said, Brief: true,
		Steps: one.steps, YesStyle: one.style,
		Facts: map[string]func(flow.Scope) string{factBooking: func(s flow.Scope) string { return s.Answers[answerBooking] }},
		Confirm: func(s flow.Scope) []wording.Text {
			return append(one.ask(s, bookingOf(s)), warnings(bookingOf(s), d.clock.of(s.Answers))...)
		},
		Yes: func(s flow.Scope) wording.Text { return one.yes(s, bookingOf(s)) },
	}
	return form{
		flow: f, load: noFacts,
		submit: func(v *visit, s flow.Session, _ string) (flow.Sent, error) { return v.do(one, s) },
		settle: func(v *visit, s flow.Session) (flow.Sent, error) { return v.settleDeed(one, s) },
		closed: closedDeed,
	}
}

func noFacts(_ *visit, want flow.Want) (any, error) {
	return nil, fmt.Errorf("unknown fact %s", want.Name)
}

func bookingOf(s flow.Scope) (fact bookingFact) {
	s.Fact(factBooking, &fact)
	return fact
}

func refOf(answers flow.Answers) cardRef {
	ref, _ := parseCardRef(answers[answerBooking])
	return ref
}

func (v *visit) deed(a action) (deed, bool) {
	for _, one := range v.deeds() {
		if one.action == a {
			return one, true
		}
	}
	return deed{}, false
}

// begin reads the booking again and asks what is about to happen, if that is still allowed.
func (v *visit) begin(one deed, ref cardRef) error {
	switch found, err := v.front(sentFor(ref.id, "")); {
	case err != nil:
		return err
	case found: // whatever was pressed for it, it comes first
		return v.advance(flow.Redraw{})
	}
	same := func(s flow.Session) bool { return s.Flow == string(one.action) && refOf(s.Answers).id == ref.id }
	switch found, err := v.front(same); {
	case err != nil:
		return err
	case found: // asked before, and left: what it showed may be old
		if err := v.leave(); err != nil {
			return err
		}
	}
	var b apiclient.Booking
	var fact bookingFact
	err := v.slowly(func() (err error) {
		if b, err = v.booking(ref.side, ref.id); err != nil {
			return fmt.Errorf("read booking: %w", err)
		}
		fact, err = v.factOf(one, b, false)
		return err
	})
	if err != nil {
		return v.sorry(err, string(one.action), ref.String())
	}
	if !may(one.action, b, v.clock.now()) {
		return v.screen(v.cardView(b, ref, v.changed(one.action, b)))
	}
	if !tooShort(fact).IsZero() { // which the card says
		return v.screen(v.cardView(b, ref, msgDeedNothing.Text()))
	}
	data, err := json.Marshal(fact)
	if err != nil {
		return fmt.Errorf("keep booking: %w", err)
	}
	answers := flow.Answers{answerBooking: ref.String()}
	if one.action == actAccept {
		answers[stepAmount] = b.Credits.RoundUp().String()
	}
	return v.open(string(one.action), answers, map[string]flow.Fact{factBooking: {For: ref.String(), Data: data}})
}

// sentFor is what was sent for a booking and is being looked up, other than by one form.
func sentFor(id apiclient.BookingID, but string) func(flow.Session) bool {
	return func(s flow.Session) bool {
		return inFlight(s) && s.ID != but && s.Answers[answerBooking] != "" && refOf(s.Answers).id == id
	}
}

// factOf reads what the question has to show, fresh before the call.
func (v *visit) factOf(one deed, b apiclient.Booking, fresh bool) (bookingFact, error) {
	fact := bookingFact{
		Name: b.Other.Nickname, Member: int64(b.Other.ID), Session: b.Session, Minutes: b.Duration, Credits: b.Credits,
		Confirmed: b.Status == apiclient.StatusConfirmed,
	}
	if b.Side == made {
		fact.Offered = v.offered(b)
	}
	if one.pays {
		var err error
		if fact.Balance, err = v.balance(); errors.Is(err, apiclient.ErrUnauthorized) {
			return bookingFact{}, fmt.Errorf("read balance: %w", err)
		}
	}
	if one.overlaps {
		var err error
		if fact.Overlaps, err = v.overlapping(b, fresh); err != nil {
			if errors.Is(err, apiclient.ErrUnauthorized) {
				return bookingFact{}, err
			}
			fact.Unchecked = true
		}
	}
	return fact, nil
}

// do reads the booking once more, acts once, and shows the card from the reply.
func (v *visit) do(one deed, s flow.Session) (flow.Sent, error) {
	ref := refOf(s.Answers)
	if _, busy := v.form(sentFor(ref.id, s.ID)); busy {
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: msgDeedBusy.Text()}, nil
	}
	b, err := v.booking(ref.side, ref.id)
	if err != nil {
		return v.notSent(fmt.Errorf("read booking: %w", err))
	}
	if !may(one.action, b, v.clock.now()) {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, v.changed(one.action, b))}, nil
	}
	scope := flow.Scope{Answers: s.Answers, Facts: s.Facts, Now: v.clock.now()}
	switch held, free, err := v.hold(one, scope, b); {
	case err != nil:
		return v.notSent(err)
	case !free:
		return held, nil
	}
	claim := v.claimFor(s, b)
	if one.action == actAgain { // it makes a booking, so what is there already counts
		release, err := v.turnTo(askTurn{v.account.Member, int64(b.Other.ID)})
		if err != nil {
			return v.notSent(err)
		}
		defer release()
		with, err := v.bookingsWith(b.Other.ID)
		if err != nil {
			return v.notSent(err)
		}
		if other, open := v.openSoon(with); open {
			return v.openAlready(ref, b, other), nil
		}
		for _, other := range with {
			claim.Known = append(claim.Known, int64(other.ID))
		}
	}
	if err := v.claim(claim); err != nil {
		return flow.Sent{}, err
	}
	after, err := one.call(v, ref.id, s.Answers)
	switch {
	case err == nil:
		return v.didIt(one, after, ref, s.Answers, one.said)
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	return v.notDone(claim, ref, err)
}

// claimFor is what is written down before a booking is changed.
func (v *visit) claimFor(s flow.Session, b apiclient.Booking) store.Send {
	return store.Send{
		Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now(),
		Booking: int64(refOf(s.Answers).id), Credits: b.Credits.String(), Duration: b.Duration, Performer: int64(b.Other.ID),
	}
}

// notDone takes a claim back after a call that certainly did nothing, and says why.
func (v *visit) notDone(claim store.Send, ref cardRef, why error) (flow.Sent, error) {
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	if errors.Is(why, apiclient.ErrConflict) || errors.Is(why, apiclient.ErrInvalid) {
		return v.refusedNow(ref, why)
	}
	return v.notSent(why)
}

// openSoon finds a call that is open for the time at which another would be.
func (v *visit) openSoon(with []apiclient.Booking) (apiclient.Booking, bool) {
	i := slices.IndexFunc(with, func(b apiclient.Booking) bool {
		soon := b.Session.Sub(v.clock.now())
		return isOpen(b) && soon > 0 && soon < againWithin
	})
	if i < 0 {
		return apiclient.Booking{}, false
	}
	return with[i], true
}

// askTurn is the turn of a member to ask somebody for a call, by a form or for the same call again.
type askTurn struct{ member, other int64 }

// openAlready refuses a second call with the same person at the same time.
func (v *visit) openAlready(ref cardRef, b, other apiclient.Booking) flow.Sent {
	note := msgAgainOpen.With(wording.Args{
		"id": int64(other.ID), "name": memberName(other.Other.Nickname, int64(other.Other.ID)), "when": v.clock.moment(other.Session),
	})
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, note)}
}

// hold keeps a call back: it shows the card where the balance does not cover the call, and asks again where
// the booking is not what the person said yes to. It is free to be made otherwise.
func (v *visit) hold(one deed, s flow.Scope, b apiclient.Booking) (held flow.Sent, free bool, err error) {
	fact, err := v.factOf(one, b, true)
	if err != nil {
		return flow.Sent{}, false, err
	}
	if !tooShort(fact).IsZero() { // which the card says
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, refOf(s.Answers), msgDeedNothing.Text())}, false, nil
	}
	var note wording.Text
	switch was := bookingOf(s); {
	case unseen(fact.Overlaps, was.Overlaps):
		note = msgDeedOverlap.Text()
	case one.ready != nil:
		note = one.ready(s, was, b)
	}
	if note.IsZero() {
		return flow.Sent{}, true, nil
	}
	data, err := json.Marshal(fact)
	if err != nil {
		return flow.Sent{}, false, fmt.Errorf("keep booking: %w", err)
	}
	fresh := map[string]flow.Fact{factBooking: {For: s.Answers[answerBooking], Data: data}}
	return flow.Sent{Outcome: flow.OutcomeRefused, Note: note, Facts: fresh}, false, nil
}

// didIt shows the card from the reply, and notes that the person has seen it.
func (v *visit) didIt(one deed, b apiclient.Booking, ref cardRef, answers flow.Answers, note wording.Message) (flow.Sent, error) {
	err := v.save(func(tx *store.Tx, _ *store.Chat) error {
		return errors.Join(v.seen(tx, b), didThat(tx, v.account.ID, b))
	})
	if err != nil {
		return flow.Sent{}, fmt.Errorf("record booking: %w", err)
	}
	v.lists.forget(v.account.Member)
	v.acted(v.account.ID)
	if !one.done(b, answers) {
		note = msgDeedOdd
	}
	ref.id = b.ID // a call made again has a number of its own
	name := wording.Args{"name": memberName(b.Other.Nickname, int64(b.Other.ID)), "id": int64(b.ID), "when": v.clock.moment(b.Session)}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, note.With(name))}, nil
}

// refusedNow shows how the booking stands after the platform refused, in its words if it gave any.
func (v *visit) refusedNow(ref cardRef, refusal error) (flow.Sent, error) {
	problem, _ := v.explain(refusal)
	b, err := v.booking(ref.side, ref.id)
	if err != nil {
		return v.notSent(refusal)
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, problem)}, nil
}

// settleDeed looks whether a call of unknown outcome was carried out. Somebody else may have done the same,
// so the card says only how it stands.
func (v *visit) settleDeed(one deed, s flow.Session) (flow.Sent, error) {
	ref := refOf(s.Answers)
	if v.account == nil {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(msgDeedUnlink.Text())}, nil
	}
	claim, err := v.claimOf(s)
	switch {
	case errors.Is(err, store.ErrNotFound): // stopped before the claim: certainly not sent
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgNotSent.Text()}, nil
	case err != nil:
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	}
	if v.stopped() { // there is nothing to look with
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	early := v.clock.now().Sub(claim.Started) < settleAfter // when the reading begins: what comes after that may not be in it
	b, carriedOut, err := v.outcome(one, ref, s.Answers, claim)
	switch {
	case isNotFound(err) && early: // one such answer proves nothing
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	case isNotFound(err):
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(msgDeedGone.Text())}, nil
	}
	if err != nil {
		if _, known := v.explain(err); known {
			return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
		}
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	}
	switch {
	case carriedOut:
		return v.didIt(one, b, ref, s.Answers, msgDeedFound)
	case v.untouched(one.action, b) && early:
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	case may(one.action, b, v.clock.now()):
		if err := v.drop(claim.Key); err != nil {
			return flow.Sent{}, err
		}
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgDeedAbsent.Text()}, nil
	case v.untouched(one.action, b):
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, msgDeedLate.Text())}, nil
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.cardView(b, ref, msgDeedEither.Text())}, nil
}

// outcome reads the booking that a call was about, or the one that it made.
func (v *visit) outcome(one deed, ref cardRef, answers flow.Answers, claim store.Send) (apiclient.Booking, bool, error) {
	if one.action == actAgain {
		if b, found, err := v.madeSince(claim); err != nil || found {
			return b, found, err
		}
	}
	b, err := v.booking(ref.side, ref.id)
	return b, err == nil && one.action != actAgain && one.done(b, answers), err
}

// closedDeed shows the booking again.
func closedDeed(v *visit, s flow.Session) flow.View {
	if v.account == nil {
		return v.homeView(msgDeedNothing.Text())
	}
	ref := refOf(s.Answers)
	var b apiclient.Booking
	err := v.slowly(func() (err error) {
		b, err = v.booking(ref.side, ref.id)
		return err
	})
	if err != nil {
		return v.homeView(msgDeedNothing.Text())
	}
	return v.cardView(b, ref, msgDeedNothing.Text())
}

// untouched: the booking is as it was when the action was possible, if only later.
func (v *visit) untouched(a action, b apiclient.Booking) bool {
	return may(a, b, v.clock.now()) || may(a, b, b.LastUpdated)
}

// changed says what became of a booking that does not allow any more what its card offered.
func (v *visit) changed(a action, b apiclient.Booking) wording.Text {
	if v.untouched(a, b) {
		return msgDeedLate.Text()
	}
	at := map[apiclient.Status]time.Time{
		apiclient.StatusAccepted: b.Accepted, apiclient.StatusConfirmed: b.Confirmed,
		apiclient.StatusCancelled: b.Cancelled, apiclient.StatusRejected: b.LastUpdated,
	}[b.Status]
	if at.IsZero() {
		return msgDeedNotNow.Text()
	}
	return msgDeedSince.With(wording.Args{"status": statusWord(b.Status), "when": v.clock.moment(at)})
}
