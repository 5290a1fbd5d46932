package conversations

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// visit is one event being answered: what is known of the chat, and the shell's hands.
type visit struct {
	*Desk
	ctx     context.Context
	event   flow.Event
	chat    store.Chat
	account *store.Account // nil while not linked
	clock   clock          // in the person's zone

	as       store.Acting // for whom: zero for the account itself
	begun    bool         // it has begun to act for that member just now
	replaces string       // the form that the one to be opened takes the place of; any other is set aside for it
	working  int          // the message that says "Working…" now; 0 for none

	resumes store.AccountID // whose alerts this visit's first write has go on; zero: nobody's
	queues  bool            // what is being written queues something, or has it due at another time

	kept        bool // the pasted secret could not be deleted from the chat
	toldStopped bool // this visit has shown that the site refuses the sign-in
}

// Handle answers one event. What it returns is for the log: the person was told already, with the
// incident's number.
func (d *Desk) Handle(ctx context.Context, e flow.Event) error {
	own, cancel := context.WithTimeout(ctx, longestVisit)
	defer cancel()
	d.visits(e.Chat, 1)
	defer d.visits(e.Chat, -1)
	v := &visit{Desk: d, ctx: own, event: e, clock: d.clock}
	err := guarded(v.handle)
	if err == nil {
		return nil
	}
	incident := d.newID()[:8]
	v.acknowledge(wording.Text{})
	// What nobody waits for needs no apology, and a resumption comes again; so does what a stop cuts off.
	if awaited(e.Kind) && ctx.Err() == nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), apologyTime)
		defer cancel()
		if _, told := d.chat.Send(late, e.Chat, v.incidentView(incident)); told != nil {
			err = errors.Join(err, fmt.Errorf("tell the person: %w", told))
		}
	}
	return &incidentError{id: incident, err: fmt.Errorf("%s: %w", e.Kind, err)}
}

// incidentError carries the number that the person was told.
type incidentError struct {
	id  string
	err error
}

func (e *incidentError) Error() string { return "incident " + e.id + ": " + e.err.Error() }

func (e *incidentError) Unwrap() error { return e.err }

// Incident is the number that the person was told, for the log.
func (e *incidentError) Incident() string { return e.id }

// guarded turns a panic into an error, so that the person hears of it. What was panicked with may quote
// personal data: only a runtime error is passed on as it is.
func guarded(work func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("panic: %w\n%s", p, debug.Stack())
		default:
			err = fmt.Errorf("panic with a %T\n%s", p, debug.Stack())
		}
	}()
	return work()
}

// longestVisit bounds one event: a submission and all that is read around it fit in several times over.
const longestVisit = 2 * time.Minute

// apologyTime is what an apology gets, even where the visit itself has no time left.
const apologyTime = 15 * time.Second

func (v *visit) handle() error {
	if !v.event.Private {
		return v.publicChat()
	}
	if err := v.meet(); err != nil {
		return err
	}
	switch v.event.Kind {
	case flow.EventChanged:
		return v.redraw()
	case flow.EventLeft, flow.EventBack:
		return v.comeOrGone()
	default:
	}
	if v.repeated() {
		v.event.Update = 0 // nothing is written down as answered by it: what came after it may be answered too
		v.acknowledge(wording.Text{})
		return v.redrawIfOwed()
	}
	defer func() { v.noteUnsettled(v.chat, v.event.Kind == flow.EventResume) }()
	if v.event.Kind == flow.EventResume { // whatever else the chat waits for
		if err := errors.Join(v.expire(), v.idle()); err != nil {
			return err
		}
	}
	if err := errors.Join(v.route(), v.remember()); err != nil {
		return err
	}
	return v.takeBackNotice()
}

// meet reads who this is.
func (v *visit) meet() error {
	return v.db.View(v.ctx, func(tx *store.Tx) error {
		chat, _, err := v.readChat(tx, v.event.Chat)
		if err != nil {
			return err
		}
		v.chat = chat
		v.cards.adopt(chat.ID, chat.Shown)
		if chat.Account == (store.AccountID{}) {
			return nil
		}
		account, err := tx.Account(chat.Account)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		v.account, v.clock = &account, v.clock.in(account.Zone)
		v.welcome()
		return err
	})
}

// repeated tells by the time at which it was sent: what was handled may lie in the inbox for as long as the program
// is down.
func (v *visit) repeated() bool {
	sent := v.clock.now()
	if at := v.event.At; !at.IsZero() && at.Before(sent) {
		sent = at
	}
	return v.event.Update != 0 && v.chat.Answered(v.bot, v.event.Update, sent)
}

// redrawIfOwed shows what was written down but never reached the screen: that the chat is linked, a form.
func (v *visit) redrawIfOwed() error {
	if v.chat.Linked && v.account != nil {
		return v.sayLinked()
	}
	for _, f := range forms(v.chat) {
		if f.Drawn != f.Session.Rev {
			return v.resume()
		}
	}
	return nil
}

// route asks what goes before all else, and then answers the event as its kind is answered.
func (v *visit) route() error {
	if v.waitsForYes() && v.event.Kind != flow.EventSignIn { // whatever else is open: nothing is shown before the yes
		return v.unconfirmed()
	}
	if err := v.takesToken(); err != nil {
		return err
	}
	if v.holdsOwnToken() {
		return v.strayToken()
	}
	switch code, err := v.holdsCode(); {
	case err != nil:
		return err
	case code:
		return v.claimSignIn(v.event.Text)
	}
	if v.event.Kind != flow.EventPress { // a press says itself for whom it is
		v.as = v.acting()
	}
	return v.answer()
}

func (v *visit) answer() error {
	switch v.event.Kind {
	case flow.EventCommand:
		return v.command(v.event.Command, v.event.Text)
	case flow.EventPress:
		return v.press()
	case flow.EventResume:
		return v.resume()
	case flow.EventSignIn:
		return v.tellSignIn()
	case flow.EventEdited:
		if v.chat.Session == nil {
			return nil
		}
		return v.advance(flow.Redraw{Note: msgEdited.Text()})
	case flow.EventText:
		switch {
		case v.isStrayToken():
			return v.strayToken()
		case v.chat.Session != nil:
			if err := v.takesText(); err != nil {
				return err
			}
			return v.advance(flow.Typed{Text: v.event.Text})
		case v.account == nil:
			return v.say(v.homeView(wording.Text{}))
		}
	case flow.EventContact:
		v.forget() // a number has no business in the chat, whether a form takes it or not
		if v.chat.Session != nil {
			if err := v.takesNumber(); err != nil {
				return err
			}
			return v.advance(flow.Shared{Phone: v.event.Phone, Own: v.event.ContactUser != 0 && v.event.ContactUser == v.event.User})
		}
	case flow.EventOther:
		if v.chat.Session != nil {
			return v.advance(flow.Odd{})
		}
	case flow.EventLeft, flow.EventBack, flow.EventChanged: // before this
		return nil
	}
	return v.say(v.homeView(msgUseMenu.Text()))
}

// remember writes down that the update was answered, if no turn did so already.
func (v *visit) remember() error {
	if v.event.Update == 0 || v.chat.Answered(v.bot, v.event.Update, v.clock.now()) {
		return nil
	}
	return v.save(nil)
}

// save writes down what answers the update: it counts as answered from then on, and what is not shown yet is owed.
// What is only noted on the way is a change: cut off, the update is answered from the beginning.
func (v *visit) save(also func(tx *store.Tx, chat *store.Chat) error) error {
	return v.change(func(tx *store.Tx, chat *store.Chat) error {
		if v.event.Update != 0 {
			chat.Answer(v.bot, v.event.Update, v.clock.now())
		}
		if also == nil {
			return nil
		}
		return also(tx, chat)
	})
}

// arrange moves the chat's forms. It answers nothing: cut off here, the update is answered when it comes again.
func (v *visit) arrange(how func(chat *store.Chat) error) error {
	return v.change(func(_ *store.Tx, chat *store.Chat) error { return how(chat) })
}

func (v *visit) change(how func(tx *store.Tx, chat *store.Chat) error) error {
	var changed store.Chat
	var noted *drawing
	err := v.db.Update(v.ctx, func(tx *store.Tx) (err error) {
		changed, noted, err = v.readChat(tx, v.event.Chat)
		if err != nil {
			return err
		}
		if err := errors.Join(v.resumed(tx), how(tx, &changed)); err != nil {
			return err
		}
		v.keepCard(&changed)
		return tx.PutChat(changed)
	})
	if err != nil {
		return err
	}
	v.chat = changed
	v.noted(v.event.Chat, noted)
	v.wake()
	return nil
}
