package conversations

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// Config is what a Desk works with. All fields but SignIns, Tokens, Acted, Queued and Slow are required.
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
	// Queued is told that notifications were queued, or are due at another time; nil tells nobody.
	Queued func()
	// Slow is after how long a reading shows "Working…" on the card; zero for DefaultSlow.
	Slow time.Duration
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
	queued  func()
	tokens  func(store.Account) apiclient.Tokens
	signIns SignIns
	slow    time.Duration
	forms   map[string]form
	screens map[string]screen
	lists   listCache
	cards   *openCards
	turns   sync.Map // a channel of one for each thing that is done one at a time

	mu        sync.Mutex
	unsettled map[flow.ChatID]unsettled
	drawings  map[flow.ChatID]*drawing      // not on disk yet
	visited   map[flow.ChatID]int           // chats in which something is being answered
	tested    map[store.AccountID]time.Time // when accounts had a test alert, if that is not long ago
}

// New builds a Desk and refuses flows that could not be played to their end.
func New(cfg Config) (*Desk, error) {
	cards := newOpenCards(maxOpenCards)
	d := &Desk{
		db: cfg.Store, api: cfg.API, chat: watched{cfg.Chat, cards}, cards: cards, clock: clock{now: cfg.Now, zone: cfg.Zone}, bot: cfg.Bot,
		newID: cfg.NewID, newUUID: cfg.NewUUID, acted: cfg.Acted, queued: cfg.Queued, tokens: cfg.Tokens, signIns: cfg.SignIns, slow: cmp.Or(cfg.Slow, DefaultSlow),
		forms: map[string]form{}, screens: screens(), unsettled: map[flow.ChatID]unsettled{}, drawings: map[flow.ChatID]*drawing{}, visited: map[flow.ChatID]int{},
		tested: map[store.AccountID]time.Time{},
	}
	if d.tokens == nil {
		d.tokens = func(a store.Account) apiclient.Tokens { return apiclient.With(a.Token).Tokens }
	}
	if d.acted == nil {
		d.acted = func(store.AccountID) {}
	}
	if d.queued == nil {
		d.queued = func() {}
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
	return slices.Concat([]form{d.linkForm(), d.bookForm(), d.byNumberForm()}, d.deedForms(), d.settingsForms(), d.offerForms(), d.actingForms(), d.alertForms(), []form{d.zoneForm()})
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
