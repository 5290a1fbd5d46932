package conversations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// What is owed to a chat: the outcome of a submission that nobody knows yet, or a card that was never shown.

// resume takes up what a restart or a time-out left open, in each of the chat's forms.
func (v *visit) resume() error {
	if v.chat.Linked && v.account != nil {
		return v.sayLinked()
	}
	owed, inFront := forms(v.chat), ""
	if v.chat.Session != nil {
		inFront = v.chat.Session.ID
	}
	var failures []error
	for _, f := range owed {
		if v.event.Kind == flow.EventResume && !owesForm(f) {
			continue
		}
		found, err := v.front(withID(f.Session.ID))
		if err == nil && found {
			err = v.takeUpForm()
		}
		failures = append(failures, err)
		if v.event.Kind != flow.EventResume {
			break // the one in front will do
		}
	}
	_, err := v.front(func(s flow.Session) bool { return s.ID == inFront && !v.apart(v.chat, s) })
	if err != nil {
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

func (v *visit) takeUpForm() error {
	s := v.chat.Session
	f, ok := v.Desk.forms[s.Flow]
	switch {
	case !ok:
		return v.closeForm()
	case inFlight(*s):
		return v.settle(f)
	case s.Version > f.flow.Version: // nobody asked for it, and it can't be shown
		return nil
	}
	return v.advance(flow.Redraw{})
}

// settle asks what became of a submission. While nobody can tell, the card says so and nothing moves.
func (v *visit) settle(f form) error {
	v.as = actingIn(*v.chat.Session)
	sent, err := f.settle(v, *v.chat.Session)
	if err != nil {
		return err
	}
	known := v.chat.Session.At == flow.AtUnsure && v.chat.Drawn == v.chat.Session.Rev &&
		v.chat.Hinted == v.stopped()
	if sent.Outcome == flow.OutcomeUnsure && known {
		return nil
	}
	return v.play(f, flow.Advance(f.flow, *v.chat.Session, sent, v.clock.now()))
}

// unsureView gives the card of a send of unknown outcome its ways out: a new token where that is what
// stands in the way, home, and closing it by hand.
func (v *visit) unsureView(view flow.View) flow.View {
	if v.stopped() {
		view.Body = append(view.Body, msgUnsureToken.Text())
		view.Rows = append(view.Rows, v.linkRows("")...)
	}
	view.Rows = append(view.Rows, []flow.Button{v.ownButton(msgKeyHome, "home", ""), v.ownButton(msgKeyGiveUp, "giveup", sendKey(*v.chat.Session))})
	return view
}

// giveUp asks before a form is closed whose outcome nobody knows; the second press closes it, unless one
// more look settles it. The buttons are good for one send only.
func (v *visit) giveUp(key string, sure bool) error {
	found, err := v.front(func(s flow.Session) bool { return inFlight(s) && sendKey(s) == key })
	if err != nil {
		return err
	}
	if !found {
		return v.continueForm("")
	}
	s := v.chat.Session
	v.as = actingIn(*s) // to look it up for whom it was sent
	if f, ok := v.Desk.forms[s.Flow]; ok && sure {
		sent, err := f.settle(v, *s)
		if err != nil {
			return err
		}
		if sent.Outcome != flow.OutcomeUnsure {
			return v.play(f, flow.Advance(f.flow, *s, sent, v.clock.now()))
		}
	}
	if !sure {
		yes := v.ownButton(msgKeyGiveUpYes, "giveupyes", key)
		yes.Style = flow.StyleDanger
		return v.screen(flow.View{
			Body: []wording.Text{msgGiveUpAsk.Text()},
			Rows: [][]flow.Button{{yes}, {v.ownButton(msgKeepLooking, "resume", key)}},
		})
	}
	if err := v.clear(*v.chat.Session); err != nil {
		return err
	}
	return v.screen(v.homeView(msgGaveUp.Text()))
}

// Interrupted lists the chats in which a start of the program has something to take up: a submission of
// unknown outcome, a turn that was written down but never drawn, something whose time has come meanwhile. What is to be
// done later in a chat comes with Unsettled. With an error come those that could be read.
func (d *Desk) Interrupted(ctx context.Context) ([]flow.ChatID, error) {
	var chats []flow.ChatID
	var unread error
	err := d.db.View(ctx, func(tx *store.Tx) error {
		for chat, err := range tx.Chats() {
			if err != nil { // one record that cannot be read keeps nobody else waiting
				unread = errors.Join(unread, err)
				continue
			}
			d.cards.adopt(chat.ID, chat.Shown)
			account, err := tx.Account(chat.Account)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				unread = errors.Join(unread, err)
			}
			switch due := d.due(chat, account.Number); {
			case owes(chat), !due.IsZero() && !due.After(d.clock.now()):
				chats = append(chats, chat.ID)
			case !due.IsZero():
				d.noteLater(chat.ID, due)
			}
		}
		return nil
	})
	if err := errors.Join(err, unread); err != nil {
		return chats, fmt.Errorf("look for interrupted forms: %w", err)
	}
	return chats, nil
}

// unsettled is a chat in which something is owed, and when to try next.
type unsettled struct {
	next  time.Time
	delay time.Duration
}

// How often a chat in which something is owed is taken up again, at first and at most.
const (
	firstRetry = 3 * time.Second
	lastRetry  = time.Hour
)

// Unsettled lists the chats that want an EventResume now, each once until that was handled: a submission
// has an unknown outcome, or a turn could not be shown.
func (d *Desk) Unsettled() []flow.ChatID {
	d.mu.Lock()
	defer d.mu.Unlock()
	var due []flow.ChatID
	for chat, u := range d.unsettled {
		if !u.next.After(d.clock.now()) {
			due = append(due, chat)
			u.next = d.clock.now().Add(max(u.delay, longestVisit)) // or sooner, once this attempt is over
			d.unsettled[chat] = u
		}
	}
	return due
}

// noteLater adds a chat in which something is to be done at a time, unless more is known of it already.
func (d *Desk) noteLater(chat flow.ChatID, due time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.unsettled[chat]; !known {
		d.unsettled[chat] = unsettled{next: due}
	}
}

// noteUnsettled keeps the list after an event. Only our own attempts make the next one wait longer.
func (v *visit) noteUnsettled(chat store.Chat, attempt bool) {
	d, number := v.Desk, store.SavedNumber{}
	if v.account != nil {
		number = v.account.Number
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	owed, expires := owes(chat), d.due(chat, number)
	u, known := d.unsettled[chat.ID]
	switch {
	case !owed && expires.IsZero():
		delete(d.unsettled, chat.ID)
		return
	case !owed:
		u = unsettled{next: expires}
	case !known || u.delay == 0 || attempt:
		u.delay = min(max(2*u.delay, firstRetry), lastRetry)
		u.next = d.clock.now().Add(u.delay)
	}
	if !expires.IsZero() && expires.Before(u.next) {
		u.next = expires
	}
	d.unsettled[chat.ID] = u
}

// owes: there is something that this chat has not been shown, or that nobody knows yet.
func owes(chat store.Chat) bool { return chat.Linked || slices.ContainsFunc(forms(chat), owesForm) }

func owesForm(f store.Form) bool { return inFlight(f.Session) || f.Drawn != f.Session.Rev }

// due is when something is to be done about a chat that nobody did anything in, and about the number that is kept for
// it; zero for never.
func (d *Desk) due(chat store.Chat, number store.SavedNumber) (first time.Time) {
	for _, at := range append(d.idleTimes(chat), expiry(chat), number.Until) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// expiry is when the first message is to be deleted; zero for none.
func expiry(chat store.Chat) (first time.Time) {
	for _, e := range chat.Expiring {
		if first.IsZero() || e.At.Before(first) {
			first = e.At
		}
	}
	return first
}

// expire deletes what has had its time.
func (v *visit) expire() error { return errors.Join(v.expireMessages(), v.expireNumber()) }

// expireMessages deletes messages. One that Telegram would not delete now is tried again a few times.
func (v *visit) expireMessages() error {
	now := v.clock.now()
	if first := expiry(v.chat); first.IsZero() || first.After(now) {
		return nil
	}
	var left []store.Expiring
	for _, e := range v.chat.Expiring {
		switch {
		case e.At.After(now):
			left = append(left, e)
		case v.Desk.chat.Delete(v.ctx, v.event.Chat, e.Message) != nil && e.Tries < lastTry:
			e.Tries, e.At = e.Tries+1, now.Add(time.Minute<<e.Tries)
			left = append(left, e)
		}
	}
	return v.save(func(_ *store.Tx, chat *store.Chat) error {
		chat.Expiring = left
		return nil
	})
}

// lastTry is how often a message is tried to be deleted again, over most of a day.
const lastTry = 10

func inFlight(s flow.Session) bool { return s.At == flow.AtSending || s.At == flow.AtUnsure }
