package conversations

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// Chat is the messenger's side of a conversation.
type Chat interface {
	// Show draws a view on the live card, or on a new one when the card is no longer the last message
	// (its buttons are then taken away). It returns the id of the message now in force.
	Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error)
	// Edit draws a view on the card that was pressed, wherever it stands.
	Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error)
	Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error)
	// SendFile sends a file with the view as its caption; it returns the message's id.
	SendFile(ctx context.Context, chat flow.ChatID, file File, v flow.View) (int, error)
	Delete(ctx context.Context, chat flow.ChatID, message int) error
	// Acknowledge answers a press, at most once, without waiting.
	Acknowledge(callback string, text wording.Text)
	// Menu sets the commands that this chat offers; a failure is no more than a longer menu.
	Menu(ctx context.Context, chat flow.ChatID, commands []Command)
}

// File is something to be saved on the phone.
type File struct {
	Name    string // with its ending
	Type    string // media type
	Content []byte
}

// Platform is the part of the REST API that conversations use.
type Platform interface {
	VerifyCredentials(ctx context.Context, as apiclient.Caller) (apiclient.Member, error)
	Permissions(ctx context.Context, as apiclient.Caller) ([]apiclient.Permission, error)
	Balance(ctx context.Context, as apiclient.Caller) (apiclient.Credits, error)
	Requirements(ctx context.Context, as apiclient.Caller, performer apiclient.MemberID) (apiclient.Requirements, error)

	CreateBooking(ctx context.Context, as apiclient.Caller, b apiclient.NewBooking) (apiclient.Booking, error)
	ListBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) (apiclient.Page, error)
	EachBooking(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) iter.Seq2[apiclient.Booking, error]
	ReadBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery, known []apiclient.Digest) (apiclient.Reading, error)
	Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error)

	Accept(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, credits apiclient.Credits) (apiclient.Booking, error)
	Reject(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	ReInvite(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	Confirm(ctx context.Context, as apiclient.Caller, id apiclient.BookingID) (apiclient.Booking, error)
	CancelMade(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	CancelReceived(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	Reschedule(ctx context.Context, as apiclient.Caller, id apiclient.BookingID) (apiclient.Booking, error)
	DeleteMade(ctx context.Context, as apiclient.Caller, ids ...apiclient.BookingID) ([]apiclient.Deletion, error)
	DeleteReceived(ctx context.Context, as apiclient.Caller, ids ...apiclient.BookingID) ([]apiclient.Deletion, error)

	PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error)
	SaveSettings(ctx context.Context, as apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error)
	Offers(ctx context.Context, as apiclient.Caller) ([]apiclient.Offer, error)
	UpdateOffer(ctx context.Context, as apiclient.Caller, o apiclient.Offer) (apiclient.Offer, error)

	EachGroupMember(ctx context.Context, q apiclient.GroupQuery) iter.Seq2[apiclient.GroupMember, error]
	HotLists(ctx context.Context, as apiclient.Caller) ([]apiclient.HotList, error)
	HotList(ctx context.Context, as apiclient.Caller, id apiclient.HotListID) (apiclient.HotList, error)
	Search(ctx context.Context, q apiclient.SearchQuery) (apiclient.ProfilePage, error)
	UserSummary(ctx context.Context, id apiclient.MemberID) (apiclient.MemberCard, error)
	HasKey() bool
}

// Config is what a Desk works with. All fields but SignIns, Tokens and Acted are required.
type Config struct {
	Store *store.Store
	API   Platform
	Chat  Chat
	Zone  *time.Location // of the API, and of everybody who has not named another
	Bot   int64          // whose update ids these are: another bot numbers its own
	Now   func() time.Time
	NewID func() string // 12 or more random letters and digits, for forms and incidents
	// NewUUID makes ids of accounts and notices, in the order of making (version 7).
	NewUUID func() [16]byte
	// SignIns is the site's own login; nil where it is not set up, and tokens can only be pasted.
	SignIns SignIns
	// Tokens hands out the access tokens of an account; nil: the one it was linked with, and no other.
	Tokens func(store.Account) apiclient.Tokens
	// Acted is told of an account that was linked or acted for just now, so that it is looked at soon;
	// nil tells nobody.
	Acted func(store.AccountID)
}

// Desk answers what happens in chats. It is safe for concurrent use by different chats; the events of
// one chat must come one at a time and in order.
type Desk struct {
	db      *store.Store
	api     Platform
	chat    Chat
	clock   clock
	bot     int64
	newID   func() string
	newUUID func() [16]byte
	acted   func(store.AccountID)
	tokens  func(store.Account) apiclient.Tokens
	signIns SignIns
	forms   map[string]form
	screens map[string]screen
	lists   listCache
	turns   sync.Map // a channel of one for each thing that is done one at a time

	mu        sync.Mutex
	unsettled map[flow.ChatID]unsettled
	drawings  map[flow.ChatID]*drawing // not on disk yet
}

// New builds a Desk and refuses flows that could not be played to their end.
func New(cfg Config) (*Desk, error) {
	d := &Desk{
		db: cfg.Store, api: cfg.API, chat: cfg.Chat, clock: clock{now: cfg.Now, zone: cfg.Zone}, bot: cfg.Bot,
		newID: cfg.NewID, newUUID: cfg.NewUUID, acted: cfg.Acted, tokens: cfg.Tokens, signIns: cfg.SignIns,
		forms: map[string]form{}, screens: screens(), unsettled: map[flow.ChatID]unsettled{}, drawings: map[flow.ChatID]*drawing{},
	}
	if d.tokens == nil {
		d.tokens = func(a store.Account) apiclient.Tokens { return apiclient.With(a.Token).Tokens }
	}
	if d.acted == nil {
		d.acted = func(store.AccountID) {}
	}
	for _, f := range d.allForms() {
		if err := f.flow.Validate(); err != nil {
			return nil, err
		}
		d.forms[f.flow.Name] = f
	}
	return d, nil
}

func (d *Desk) allForms() []form {
	return slices.Concat([]form{d.linkForm(), d.bookForm(), d.byNumberForm()}, d.deedForms(), d.settingsForms(), d.offerForms(), d.actingForms(), []form{d.zoneForm()})
}

// Flows are the flows of all forms, by name: to be looked at and drawn. Playing them takes a Desk.
func Flows() []flow.Flow {
	var flows []flow.Flow
	noTime := clock{now: func() time.Time { return time.Time{} }, zone: time.UTC}
	for _, f := range (&Desk{clock: noTime}).allForms() {
		flows = append(flows, f.flow)
	}
	slices.SortFunc(flows, func(a, b flow.Flow) int { return strings.Compare(a.Name, b.Name) })
	return flows
}

// form is a flow together with what the shell does for it.
type form struct {
	flow flow.Flow
	// load reads one fact. The value is kept as JSON in the session.
	load func(v *visit, want flow.Want) (any, error)
	// submit carries the form out, once. Its session is on disk as "sending" before it is called.
	submit func(v *visit, s flow.Session, secretAnswer string) (flow.Sent, error)
	// settle finds out what became of a submission whose outcome is unknown. It never sends.
	settle func(v *visit, s flow.Session) (flow.Sent, error)
	// share says how to share one's number, where it is not for a request.
	share wording.Message
	// closed is the card of a form that was closed without sending; nil for the menu.
	closed func(v *visit, s flow.Session) flow.View
}

// visit is one event being answered: what is known of the chat, and the shell's hands.
type visit struct {
	*Desk
	ctx     context.Context
	event   flow.Event
	chat    store.Chat
	account *store.Account // nil while not linked
	clock   clock          // in the person's zone

	as      store.Acting // for whom: zero for the account itself
	working int          // the message that says "Working…" now; 0 for none

	kept        bool // the pasted secret could not be deleted from the chat
	toldStopped bool // this visit has shown that the site refuses the sign-in
}

// Handle answers one event. What it returns is for the log: the person was told already, with the
// incident's number.
func (d *Desk) Handle(ctx context.Context, e flow.Event) error {
	ctx, cancel := context.WithTimeout(ctx, longestVisit)
	defer cancel()
	v := &visit{Desk: d, ctx: ctx, event: e, clock: d.clock}
	err := guarded(v.handle)
	if err == nil {
		return nil
	}
	incident := d.newID()[:8]
	v.acknowledge(wording.Text{})
	if e.Kind != flow.EventResume && e.Kind != flow.EventSignIn { // nobody waits for an answer to those, and they come again
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

// updateMemory is how long an update id tells a repetition: Telegram keeps updates for 24 hours, and after
// a week without any it starts numbering anew, so an old number proves nothing.
const updateMemory = 72 * time.Hour

func (v *visit) handle() error {
	if !v.event.Private {
		return v.publicChat()
	}
	if err := v.meet(); err != nil {
		return err
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
		if chat.Account == (store.AccountID{}) {
			return nil
		}
		account, err := tx.Account(chat.Account)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		v.account, v.clock = &account, v.clock.in(account.Zone)
		return err
	})
}

func (v *visit) repeated() bool {
	return v.event.Update != 0 && v.chat.Bot == v.bot && v.event.Update <= v.chat.LastUpdate &&
		v.clock.now().Sub(v.chat.LastUpdateAt) < updateMemory
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
	}
	return v.say(v.homeView(msgUseMenu.Text()))
}

// remember writes down that the update was answered, if no turn did so already.
func (v *visit) remember() error {
	if v.event.Update == 0 || v.event.Update == v.chat.LastUpdate && v.chat.Bot == v.bot {
		return nil
	}
	return v.save(nil)
}

// save changes the chat's record, and whatever belongs to the same moment, in one transaction. The update counts
// as answered from then on: what is not shown yet is owed.
func (v *visit) save(also func(tx *store.Tx, chat *store.Chat) error) error {
	return v.change(func(tx *store.Tx, chat *store.Chat) error {
		if v.event.Update != 0 {
			chat.Bot, chat.LastUpdate, chat.LastUpdateAt = v.bot, v.event.Update, v.clock.now()
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
		if err := how(tx, &changed); err != nil {
			return err
		}
		return tx.PutChat(changed)
	})
	if err != nil {
		return err
	}
	v.chat = changed
	v.noted(v.event.Chat, noted)
	return nil
}

// say sends a message that is not the live card.
func (v *visit) say(view flow.View) error {
	view = v.dressed(view)
	_, err := v.Desk.chat.Send(v.ctx, v.event.Chat, view)
	if err == nil {
		v.noteShown(view)
	}
	return err
}

// screen draws a screen: on the card that was pressed, or as a new message.
func (v *visit) screen(view flow.View) error {
	card := v.working
	if card == 0 && v.event.Kind == flow.EventPress {
		card = v.event.Message
	}
	if card == 0 {
		return v.say(view)
	}
	view = v.dressed(view)
	shown, err := v.Desk.chat.Edit(v.ctx, v.event.Chat, card, view)
	if err != nil {
		return err
	}
	v.noteShown(view)
	if seen := v.chat; undraw(&seen, shown, "") {
		return v.save(func(_ *store.Tx, chat *store.Chat) error {
			undraw(chat, shown, "")
			return nil
		})
	}
	return nil
}

// slowly reads from the platform for a screen. If that takes long enough to be noticed, the card says so
// meanwhile, with a way home.
func (v *visit) slowly(read func() error) error {
	over, told := make(chan struct{}), make(chan int, 1)
	view := v.dressed(flow.View{Body: []wording.Text{msgWorking.Text()}, Rows: [][]flow.Button{v.homeRow()}})
	card, pressed := v.working, v.event.Kind == flow.EventPress && v.event.Message != 0
	go func() {
		defer close(told)
		timer := time.NewTimer(slow)
		defer timer.Stop()
		select {
		case <-over:
			return
		case <-timer.C:
		}
		var err error
		switch {
		case card != 0: // it says so already
			return
		case pressed:
			card, err = v.Desk.chat.Edit(v.ctx, v.event.Chat, v.event.Message, view)
		default:
			card, err = v.Desk.chat.Send(v.ctx, v.event.Chat, view)
		}
		if err == nil {
			told <- card
		}
	}()
	defer func() { // also where reading panics: an apology comes after "Working…"
		close(over)
		if card, ok := <-told; ok {
			v.working = card
		}
	}()
	return read()
}

func (v *visit) acknowledge(text wording.Text) {
	if v.event.Callback != "" {
		v.Desk.chat.Acknowledge(v.event.Callback, text)
	}
}

func (v *visit) newAccount() store.AccountID { return store.AccountID(v.newUUID()) }

// caller is the linked account, for whomever it acts now, as calls to the platform need it.
func (v *visit) caller() apiclient.Caller {
	return apiclient.Caller{Tokens: v.tokens(*v.account), For: apiclient.MemberID(v.as.Member)}
}

// tag is what this account's screens carry in their buttons: a press from another account is stale, and so
// is one from the time when it acted for somebody else.
func (v *visit) tag() string {
	switch {
	case v.account == nil:
		return guest
	case v.as.Member != 0:
		return actingTag(v.account.ID, v.as.Member)
	}
	return accountTag(v.account.ID)
}

const guest = "guest"

// accountTag is the random end of the id: its beginning is a time, which accounts can share.
func accountTag(id store.AccountID) string {
	s := id.String()
	return s[len(s)-12:]
}

func (v *visit) button(label wording.Message, action, value string) flow.Button {
	return flow.Button{Label: label.Text(), Press: flow.Press{Of: v.tag(), Action: action, Value: value}}
}

// ownButton is of the account itself, for whomever the form in front is: it works when the acting is over, too.
func (v *visit) ownButton(label wording.Message, action, value string) flow.Button {
	key := v.button(label, action, value)
	if v.account != nil {
		key.Press.Of = accountTag(v.account.ID)
	}
	return key
}

func (v *visit) publicChat() error {
	v.acknowledge(msgPrivateOnly.Text())
	if v.event.Kind != flow.EventCommand {
		return nil
	}
	return v.say(flow.View{Body: []wording.Text{msgPrivateOnly.Text()}})
}
