package conversations

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// maxTurns bounds how often one event may go through the engine: an answer, its reading, a recheck, a
// submission and its outcome are five.
const maxTurns = 8

// DefaultSlow is after how long a reading shows "Working…" on the card.
const DefaultSlow = 700 * time.Millisecond

// open begins a form in this chat, on the card that was pressed. The form in front is set aside for it.
func (v *visit) open(name string, given flow.Answers, facts map[string]flow.Fact) error {
	if name != linkName && v.crowded() {
		return v.screen(v.textView(msgTooMany.Text()))
	}
	if given = maps.Clone(given); given == nil {
		given = flow.Answers{}
	}
	if v.as.Member != 0 {
		given[answerAs], given[answerAsName] = strconv.FormatInt(v.as.Member, 10), v.as.Nickname
	}
	if v.clock.elsewhere() {
		given[answerZone] = v.clock.zone.String()
	}
	f := v.Desk.forms[name]
	turn := flow.Open(f.flow, v.newID(), given, facts, v.clock.now())
	v.chat.Card = 0
	if v.event.Kind == flow.EventPress && f.flow.Brief {
		v.chat.Card = cmp.Or(v.working, v.event.Message)
	}
	return v.play(f, turn)
}

// advance plays one input through the form that stands open.
func (v *visit) advance(in flow.Input) error {
	f, ok := v.Desk.forms[v.chat.Session.Flow]
	if !ok {
		return v.closeForm()
	}
	if v.as = actingIn(*v.chat.Session); v.as.Member != 0 {
		if now := v.acting(); now.Member == v.as.Member {
			v.as = now
		} else if !inFlight(*v.chat.Session) { // nothing is done for that member now
			return v.partForm()
		}
	}
	switch version := v.chat.Session.Version; {
	case version > f.flow.Version && !inFlight(*v.chat.Session): // it can be gone on with when that program is back
		v.acknowledge(wording.Text{})
		return v.screen(v.textView(msgFormNewer.With(wording.Args{"title": f.flow.Title})))
	case version != f.flow.Version:
		return v.carryOver(f)
	}
	if inFlight(*v.chat.Session) {
		// A good moment to find out; while nobody can tell, the engine says so.
		v.acknowledge(msgChecked.Text())
		sent, err := f.settle(v, *v.chat.Session)
		if err != nil {
			return err
		}
		if sent.Outcome != flow.OutcomeUnsure {
			in = sent
		}
	}
	return v.play(f, flow.Advance(f.flow, *v.chat.Session, in, v.clock.now()))
}

// carryOver opens a form of another version of the program anew, with the answers and facts it had: what
// no longer fits is asked again by the steps' own checks.
func (v *visit) carryOver(f form) error {
	v.acknowledge(msgFormRenewed.Text())
	if inFlight(*v.chat.Session) {
		return v.settle(f)
	}
	if v.crowded() {
		return v.screen(v.textView(msgTooMany.Text()))
	}
	old := *v.chat.Session
	v.clock = v.clock.of(old.Answers) // they stay in their zone
	v.replaces = old.ID
	return v.open(f.flow.Name, old.Answers, old.Facts)
}

// play does what a turn asks for until the engine asks for nothing more.
func (v *visit) play(f form, turn flow.Turn) error {
	for range maxTurns {
		v.acknowledge(turn.Toast)
		if turn.Forget {
			v.forget()
		}
		switch {
		case turn.Draft:
			return v.putAway(f, turn.Session)
		case turn.Over:
			return v.finish(f, turn)
		}
		if len(turn.Load) == 0 { // what is read for it may come at once, and then the turn after that is kept
			if err := v.keep(turn.Session); err != nil {
				return err
			}
		}
		var next flow.Input
		switch {
		case len(turn.Load) > 0:
			loaded, err := v.load(f, turn)
			if err != nil {
				return v.unread(f, turn.Session, err)
			}
			next = loaded
		case turn.Submit:
			// The person has said yes: a card that can't be drawn does not hold it up.
			drawErr := v.drawDoing(turn)
			sent, err := f.submit(v, turn.Session, turn.Secret)
			if err != nil {
				return errors.Join(err, drawErr)
			}
			next = sent
		default:
			if err := v.draw(turn.View); err != nil {
				return err
			}
			if turn.Ask {
				return v.askNumber(f)
			}
			return nil
		}
		turn = flow.Advance(f.flow, turn.Session, next, v.clock.now())
	}
	return errors.New("form does not come to rest: " + f.flow.Name)
}

// unread keeps a form for which something could not be read, unless there is no more to be done in it.
func (v *visit) unread(f form, s flow.Session, err error) error {
	if kept := v.keep(s); kept != nil {
		return errors.Join(err, kept)
	}
	if last := (*enough)(nil); errors.As(err, &last) {
		return last.end(v, f, s)
	}
	return err
}

// askNumber puts the phone's own key for sharing a number below the text field. The next card takes it
// away again.
func (v *visit) askNumber(f form) error {
	how := msgShareHow
	if f.share.ID != "" {
		how = f.share
	}
	if err := v.say(flow.View{Body: []wording.Text{how.Text()}, ShareNumber: msgShareKey.Text()}); err != nil {
		return err
	}
	return v.save(func(_ *store.Tx, chat *store.Chat) error {
		chat.Asked = true
		return nil
	})
}

// keep writes a turn to disk before the person sees it.
func (v *visit) keep(s flow.Session) error {
	card := v.chat.Card
	return v.save(func(_ *store.Tx, chat *store.Chat) error {
		if before := chat.Session; before == nil || before.ID != s.ID {
			if before != nil && before.ID == v.replaces {
				chat.Session = nil
			}
			v.setAside(chat)
		}
		chat.Session, chat.Card = &s, card
		return nil
	})
}

// drawDoing shows that a submission is under way. One that is not in flight (a token being checked) owes
// its real card: cut off, it is drawn anew.
func (v *visit) drawDoing(turn flow.Turn) error {
	if inFlight(turn.Session) {
		return v.draw(turn.View)
	}
	return v.show(turn.View, false)
}

// draw shows the session's card and notes that it was drawn.
func (v *visit) draw(view flow.View) error {
	if s := v.chat.Session; s != nil && s.At == flow.AtUnsure {
		view = v.unsureView(view)
	}
	return v.show(v.withForget(view), true)
}

// show puts a view on the live card. A card that only says "Working…" leaves the real one owed.
func (v *visit) show(view flow.View, drawn bool) error {
	view = v.dressed(view)
	view.DropKeyboard = v.chat.Asked
	card, err := v.Desk.chat.Show(v.ctx, v.event.Chat, v.chat.Card, view)
	if err != nil {
		return fmt.Errorf("show form: %w", err)
	}
	v.noteShown(view)
	s := v.chat.Session
	v.noteDrawn(drawing{form: s.ID, card: card, drawn: drawn, rev: s.Rev, hinted: v.stopped()})
	return nil
}

// finish closes the form; its last card says how it ended. It is closed only after that card was shown: a crash in
// between shows the card again rather than never.
func (v *visit) finish(f form, turn flow.Turn) error {
	v.acknowledge(turn.Toast)
	view := turn.View
	card := v.chat.Card
	if len(view.Body) == 0 {
		view = v.closedView(f, turn.Session)
	}
	if turn.Session.Flow != linkName {
		view = v.withFormAfter(turn.Session, view)
	}
	view = v.dressed(view)
	if _, err := v.Desk.chat.Show(v.ctx, v.event.Chat, card, view); err != nil {
		return fmt.Errorf("show how the form ended: %w", err)
	}
	v.noteShown(view)
	if v.working != 0 && v.working != card {
		_ = v.Desk.chat.Delete(v.ctx, v.event.Chat, v.working) // left standing, it has a way home
	}
	if err := v.clear(turn.Session); err != nil {
		return err
	}
	if turn.Session.Flow == linkName && v.chat.Session != nil && !v.waitsForYes() { // what was set aside comes back
		return v.advance(flow.Redraw{})
	}
	return nil
}

// closedView is the card of a form that is closed without sending anything: what else is open, it says.
func (v *visit) closedView(f form, s flow.Session) flow.View {
	return v.afterForm(func() flow.View {
		switch {
		case s.Flow == linkName:
			return v.homeView(msgLinkCancelled.Text())
		case f.closed != nil:
			return f.closed(v, s)
		}
		return v.homeView(msgFormClosed.Text())
	})
}

// afterForm draws a view as it is once the form in front is over.
func (v *visit) afterForm(draw func() flow.View) flow.View {
	return v.after(v.next, draw)
}

// after draws what there will be once a change is written down. It is shown first: cut off in between, it is shown
// and written once more, rather than never.
func (v *visit) after(change func(*store.Chat), draw func() flow.View) flow.View {
	still := v.chat
	defer func() { v.chat = still }()
	v.chat.Parked, v.chat.Drafts = slices.Clone(still.Parked), slices.Clone(still.Drafts)
	change(&v.chat)
	return draw()
}

// withFormAfter offers another form that waits, once this one is over.
func (v *visit) withFormAfter(over flow.Session, view flow.View) flow.View {
	if offers(view, "resume") {
		return view
	}
	waits := false
	for _, f := range forms(v.chat) {
		waits = waits || f.Session.ID != over.ID && v.waits(f.Session)
	}
	if waits {
		view.Rows = append(view.Rows, []flow.Button{v.button(msgContinue, "resume", "")})
	}
	return view
}

// offers reports whether a view has a button that does something.
func offers(view flow.View, action string) bool {
	return slices.ContainsFunc(view.Rows, func(row []flow.Button) bool {
		return slices.ContainsFunc(row, func(b flow.Button) bool { return b.Press.Action == action })
	})
}

// clear takes the form off the chat, with the claim of its send; a form that was set aside takes its place.
func (v *visit) clear(s flow.Session) error {
	return v.save(func(tx *store.Tx, chat *store.Chat) error {
		v.next(chat)
		if s.Flow == linkName { // what it has to tell was told
			chat.Linked, chat.After = false, ""
		}
		if err := tx.DeleteSend(sendKey(s)); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	})
}

// closeForm ends a form that this version of the program does not know.
func (v *visit) closeForm() error {
	s := *v.chat.Session
	note := msgFormGone
	if inFlight(s) {
		note = msgFormGoneSent
	}
	return v.finish(form{}, flow.Turn{Session: s, Over: true, View: v.homeView(note.Text())})
}

// load reads the wanted facts, and shows the working card only when that takes long enough to be noticed.
func (v *visit) load(f form, turn flow.Turn) (flow.Loaded, error) {
	type result struct {
		facts map[string]flow.Fact
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = guarded(func() (err error) {
			r.facts, err = v.read(f, turn.Load)
			return err
		})
		done <- r
	}()
	timer := time.NewTimer(v.slow)
	defer timer.Stop()
	var r result
	select {
	case r = <-done:
	case <-timer.C:
		drawErr := v.keep(turn.Session)
		if drawErr == nil {
			drawErr = v.show(turn.View, false)
		}
		r = <-done
		if drawErr != nil {
			return flow.Loaded{}, errors.Join(r.err, drawErr)
		}
	}
	if r.err == nil {
		return flow.Loaded{Facts: r.facts}, nil
	}
	problem, known := v.explain(r.err)
	if !known {
		return flow.Loaded{}, r.err
	}
	return flow.Loaded{Problem: problem}, nil
}

func (v *visit) read(f form, wants []flow.Want) (map[string]flow.Fact, error) {
	facts := map[string]flow.Fact{}
	for _, want := range wants {
		value, err := f.load(v, want)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", want.Name, err)
		}
		data, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("keep %s: %w", want.Name, err)
		}
		facts[want.Name] = flow.Fact{For: want.For, Data: data}
	}
	return facts, nil
}

// forget deletes the person's message; where Telegram will not, the person is told how.
func (v *visit) forget() {
	if v.event.Message == 0 {
		return
	}
	if err := v.Desk.chat.Delete(v.ctx, v.event.Chat, v.event.Message); err != nil {
		v.kept = true
	}
}
