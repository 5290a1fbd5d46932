package conversations

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// maxTurns bounds how often one event may go through the engine: an answer, its reading, a recheck, a
// submission and its outcome are five.
const maxTurns = 8

// slow is after how long a reading shows "Working..." on the card.
const slow = 700 * time.Millisecond

// open begins a form in this chat. A form that stood open is replaced, for which the caller asked first;
// but one whose outcome is unknown is shown instead, and linking sets the other form aside.
func (v *visit) open(name string, given flow.Answers, facts map[string]flow.Fact) error {
	if name != linkName {
		switch s := v.chat.Session; {
		case s != nil && inFlight(*s):
			return v.advance(flow.Redraw{})
		case v.chat.Parked != nil: // only linking stands before it
			if err := v.clear(*s); err != nil {
				return err
			}
			return v.advance(flow.Redraw{})
		}
	}
	f := v.forms[name]
	turn := flow.Open(f.flow, v.newID(), given, facts, v.clock.now())
	v.chat.Card = 0
	return v.play(f, turn)
}

// advance plays one input through the form that stands open.
func (v *visit) advance(in flow.Input) error {
	f, ok := v.forms[v.chat.Session.Flow]
	if !ok {
		return v.closeForm()
	}
	if v.chat.Session.Version != f.flow.Version {
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
	return v.open(f.flow.Name, v.chat.Session.Answers, v.chat.Session.Facts)
}

// play does what a turn asks for until the engine asks for nothing more.
func (v *visit) play(f form, turn flow.Turn) error {
	for range maxTurns {
		v.acknowledge(turn.Toast)
		if turn.Forget {
			v.forget()
		}
		if turn.Over {
			return v.finish(turn)
		}
		if err := v.keep(turn.Session); err != nil {
			return err
		}
		var next flow.Input
		switch {
		case len(turn.Load) > 0:
			loaded, err := v.load(f, turn)
			if err != nil {
				return err
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
				return v.askNumber()
			}
			return nil
		}
		turn = flow.Advance(f.flow, turn.Session, next, v.clock.now())
	}
	return errors.New("form does not come to rest: " + f.flow.Name)
}

// askNumber puts the phone's own key for sharing a number below the text field. The next card takes it
// away again.
func (v *visit) askNumber() error {
	if err := v.say(flow.View{Body: []wording.Text{msgShareHow.Text()}, ShareNumber: msgShareKey.Text()}); err != nil {
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
			switch {
			case before != nil && s.Flow == linkName && before.Flow != linkName:
				chat.Parked = before // set aside while the chat is linked anew
			case before != nil && inFlight(*before):
				return errInFlight
			}
			chat.Drawn = store.NotDrawn
		}
		chat.Session, chat.Card = &s, card
		return nil
	})
}

// errInFlight guards what the ways into a form see to: a send of unknown outcome is never thrown away.
var errInFlight = errors.New("a form whose outcome is unknown would be replaced")

// drawDoing shows that a submission is under way. One that is not in flight (a token being checked) owes
// its real card: cut off, it is drawn anew.
func (v *visit) drawDoing(turn flow.Turn) error {
	if inFlight(turn.Session) {
		return v.draw(turn.View)
	}
	return v.show(turn.View, func(*store.Chat) {})
}

// draw shows the session's card and notes that it was drawn.
func (v *visit) draw(view flow.View) error {
	if s := v.chat.Session; s != nil && s.At == flow.AtUnsure {
		view = v.unsureView(view)
	}
	hinted := v.stopped()
	return v.show(view, func(chat *store.Chat) {
		chat.Hinted = hinted
		if chat.Session != nil {
			chat.Drawn = chat.Session.Rev
		}
	})
}

// show puts a view on the live card. Whether the turn counts as drawn is the caller's to note: a card that
// only says "Working…" leaves the real one owed.
func (v *visit) show(view flow.View, note func(*store.Chat)) error {
	view.DropKeyboard = v.chat.Asked
	card, err := v.Desk.chat.Show(v.ctx, v.event.Chat, v.chat.Card, view)
	if err != nil {
		return fmt.Errorf("show form: %w", err)
	}
	v.noteShown(view)
	return v.save(func(_ *store.Tx, chat *store.Chat) error {
		chat.Card, chat.Asked = card, false
		note(chat)
		return nil
	})
}

// finish closes the form; its last card says how it ended. A form that sent something is closed only
// after its card was shown: a crash in between shows the card again rather than never.
func (v *visit) finish(turn flow.Turn) error {
	view := turn.View
	if len(view.Body) == 0 {
		v.chat.Session = nil
		closed := msgFormClosed
		if turn.Session.Flow == linkName {
			closed = msgLinkCancelled
		}
		view = v.homeView(closed.Text())
	}
	card := v.chat.Card
	sent := inFlight(turn.Session)
	if !sent {
		if err := v.clear(turn.Session); err != nil {
			return err
		}
	}
	if _, err := v.Desk.chat.Show(v.ctx, v.event.Chat, card, view); err != nil {
		return fmt.Errorf("show how the form ended: %w", err)
	}
	v.noteShown(view)
	if sent {
		if err := v.clear(turn.Session); err != nil {
			return err
		}
	}
	if v.chat.Session != nil && !v.waitsForYes() { // a form that was set aside comes back
		return v.advance(flow.Redraw{})
	}
	return nil
}

// clear takes the form off the chat, with the claim of its send; a form that was set aside takes its place.
func (v *visit) clear(s flow.Session) error {
	return v.save(func(tx *store.Tx, chat *store.Chat) error {
		chat.Session, chat.Parked, chat.Card, chat.Drawn = chat.Parked, nil, 0, store.NotDrawn
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
	return v.finish(flow.Turn{Session: s, Over: true, View: v.homeView(note.Text())})
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
	timer := time.NewTimer(slow)
	defer timer.Stop()
	var r result
	select {
	case r = <-done:
	case <-timer.C:
		drawErr := v.show(turn.View, func(*store.Chat) {})
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
