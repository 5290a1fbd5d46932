package conversations_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
	"phonechatbot/login"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// The people of the tests, from the simulator's cast.
const (
	clientToken    = "demo-client-nightowl-4b7e2f90"
	performerToken = "demo-performer-velvet-91c3d6a8"
	clientID       = 660031
	performerID    = 771204
	theUser        = 42
)

// monday is a Monday at noon, far from any clock change.
var monday = time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC)

// rig is a desk with a real store, the real client, and the local platform behind it.
type rig struct {
	t        *testing.T
	clock    *apisim.Clock
	platform *apisim.Platform
	api      *apiclient.Client
	path     string
	ring     *secret.Keyring
	db       *store.Store
	desk     *conversations.Desk
	chat     *fakeChat
	update   int64
	ids      int
	acted    int // how often somebody was told to look at the account
	woken    int // how often somebody was told to look at what is due

	server   *httptest.Server
	asked    sync.WaitGroup   // requests under way
	host     *apiclient.Login // nil: tokens are pasted
	login    *login.Login
	slow     time.Duration // after which a reading says so
	dieAtID  bool
	dieAtNow int

	toldOf  []flow.ChatID // sign-ins that the desk has not heard of yet
	toldNow func(flow.ChatID)
	states  int
	codes   int
}

func newRig(t *testing.T, at time.Time) *rig {
	t.Helper()
	const never = time.Hour // however slow the machine is
	r := &rig{t: t, chat: &fakeChat{t: t}, path: filepath.Join(t.TempDir(), "test.db"), slow: never}
	r.clock = apisim.NewClock(func() time.Time { return at })
	r.platform = apisim.New(apisim.Config{Clock: r.clock, Members: apisim.SeedMembers()})
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked.Add(1)
		defer r.asked.Done()
		r.platform.Handler().ServeHTTP(w, req)
	}))
	t.Cleanup(r.server.Close)
	api, err := apiclient.New(apiclient.Config{
		BaseURL: r.server.URL, Location: r.platform.Location(), Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	r.api = api
	key, err := secret.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	if r.ring, err = secret.NewKeyring(key); err != nil {
		t.Fatal(err)
	}
	r.start()
	t.Cleanup(r.close)
	return r
}

// hasty puts a desk before the platform that says at once that it reads.
func (r *rig) hasty() {
	r.t.Helper()
	r.slow = time.Millisecond
	r.platformOf(r.api)
}

// impatient is a client that gives up a request at the moment at which a fault makes it wait; on the way there it may
// take as long as the machine does.
func (r *rig) impatient() *apiclient.Client {
	r.t.Helper()
	wire := &http.Transport{}
	r.t.Cleanup(wire.CloseIdleConnections)
	api, err := apiclient.New(apiclient.Config{
		BaseURL: r.server.URL, Location: r.platform.Location(), Rate: 1e6, Burst: 1e6, Retries: -1, BreakAfter: -1,
		Transport: r.platform.Impatient(wire),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(api.Close)
	return api
}

// close ends the rig; once more does nothing.
func (r *rig) close() {
	if r.db == nil {
		return
	}
	if err := r.db.Close(); err != nil {
		r.t.Error(err)
	}
	r.db = nil
	r.api.Close()
	r.server.Close()
}

func (r *rig) start() {
	r.t.Helper()
	var err error
	if r.db, err = store.Open(r.path, r.ring); err != nil {
		r.t.Fatal(err)
	}
	if r.host != nil {
		r.openLogin()
	}
	r.desk = nil
	r.platformOf(r.api)
}

// platformOf puts a desk before another platform.
func (r *rig) platformOf(api conversations.Platform) {
	r.t.Helper()
	r.flush()
	cfg := conversations.Config{
		Store: r.db, API: api, Chat: r.chat, Zone: r.platform.Location(), Now: func() time.Time {
			if r.dieAtNow > 0 {
				if r.dieAtNow--; r.dieAtNow == 0 {
					r.dieAtNow = -1
					panic("killed")
				}
			}
			return r.clock.Now()
		},
		NewID: func() string {
			if r.dieAtID {
				r.dieAtID = false
				panic("killed")
			}
			r.ids++
			return fmt.Sprintf("form%08d", r.ids)
		},
		NewUUID: func() [16]byte { return uuid.Must(uuid.NewV7()) }, // as in production: two of one moment begin alike
		Acted:   func(store.AccountID) { r.acted++ },
		Queued:  func() { r.woken++ },
		Slow:    r.slow,
	}
	if r.login != nil {
		cfg.SignIns, cfg.Tokens = signIns{r.login}, r.login.Tokens
	}
	var err error
	if r.desk, err = conversations.New(cfg); err != nil {
		r.t.Fatal(err)
	}
}

// restart stops the program in order, or a while after the last turn, and starts it again.
func (r *rig) restart() {
	r.t.Helper()
	r.flush()
	r.kill()
}

// flush is one tick of whoever has what was shown written down.
func (r *rig) flush() {
	r.t.Helper()
	if r.desk == nil {
		return
	}
	if err := r.desk.Flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// kill leaves what a process leaves that was killed: the file, and nothing else. It is started again.
func (r *rig) kill() {
	r.t.Helper()
	if err := r.db.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
	chats, err := r.desk.Interrupted(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, chat := range chats {
		r.handle(flow.Event{Kind: flow.EventResume, Chat: chat})
	}
}

// settle is one tick of whoever takes up what is owed.
func (r *rig) settle() {
	for _, chat := range r.desk.Unsettled() {
		r.handle(flow.Event{Kind: flow.EventResume, Chat: chat})
	}
}

func (r *rig) handle(e flow.Event) {
	r.t.Helper()
	if err := r.try(e); err != nil {
		r.t.Errorf("%s: %v", e.Kind, err)
	}
}

func (r *rig) try(e flow.Event) error {
	if e.Chat == 0 {
		e.Chat = theUser
	}
	e.User, e.Private, e.At = int64(e.Chat), true, r.clock.Now()
	if e.Kind != flow.EventResume && e.Update == 0 {
		r.update++
		e.Update = r.update
	}
	return r.desk.Handle(r.t.Context(), e)
}

// say types a line, as a command if it begins with a slash.
func (r *rig) say(text string) {
	r.t.Helper()
	message := r.chat.receive()
	if name, ok := strings.CutPrefix(text, "/"); ok {
		name, rest, _ := strings.Cut(name, " ")
		r.handle(flow.Event{Kind: flow.EventCommand, Command: name, Text: rest, Message: message})
		return
	}
	r.handle(flow.Event{Kind: flow.EventText, Text: text, Message: message})
}

func (r *rig) press(label string) {
	r.t.Helper()
	message, press, ok := r.chat.find(label)
	if !ok {
		r.t.Fatalf("no button %q; the last message is\n%s", label, r.chat.last())
	}
	r.pressed(message, press)
}

func (r *rig) pressed(message int, press flow.Press) {
	r.t.Helper()
	r.handle(flow.Event{Kind: flow.EventPress, Message: message, Press: press, Callback: fmt.Sprint("q", r.update+1)})
}

func (r *rig) link(token string) {
	r.t.Helper()
	r.say("/start")
	r.press("Paste an access token")
	r.say(token)
	r.wantSaid("Linked as")
}

func (r *rig) wantSaid(text string) {
	r.t.Helper()
	if !strings.Contains(r.chat.last(), text) {
		r.t.Fatalf("the last message should say %q; it is\n%s", text, r.chat.last())
	}
}

// fillBooking answers every step up to the review.
func (r *rig) fillBooking() {
	r.t.Helper()
	r.say("/book")
	for _, answer := range bookingAnswers {
		r.say(answer)
	}
	r.wantSaid("Nothing has been sent yet")
}

var bookingAnswers = []string{"771204", "tomorrow 9:30pm", "30", "1", "07700 900123", "36", "in 3 hours", "Evening suits me best."}

// tag is what this account's buttons carry.
func (r *rig) tag() string { return r.tagOf(theUser) }

func (r *rig) tagOf(chat flow.ChatID) string {
	r.t.Helper()
	id := r.accountOf(chat).ID.String()
	return id[len(id)-12:]
}

// bearer is a caller with a token that was pasted.
func bearer(token string) apiclient.Caller { return apiclient.With(secret.New(token)) }

func (r *rig) account() store.Account { return r.accountOf(theUser) }

func (r *rig) accountOf(id flow.ChatID) store.Account {
	r.t.Helper()
	var account store.Account
	err := r.db.View(r.t.Context(), func(tx *store.Tx) error {
		chat, err := tx.Chat(id)
		if err != nil {
			return err
		}
		account, err = tx.Account(chat.Account)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return account
}

// fakeChat is a chat in memory with the rules of the real one: a card is edited while it is the last
// message, and replaced otherwise.
type fakeChat struct {
	mu       sync.Mutex // of messages, where a test looks on
	t        *testing.T
	messages []*message
	log      []string // what happened, as transcripts write it
	nextID   int
	bottom   int
	noDelete bool
	dropped  bool // the phone's own keyboard was taken away
	broken   bool // nothing can be shown
	acked    map[string]bool
	files    []conversations.File
}

type message struct {
	id   int
	text string
	html string
	rows [][]flow.Button
	gone bool
}

func (c *fakeChat) receive() int {
	c.nextID++
	c.bottom = c.nextID
	return c.nextID
}

// shown is last, for a test that looks on while something is being shown.
func (c *fakeChat) shown() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last()
}

// all is what every message says that is still there.
func (c *fakeChat) all() string {
	var said []string
	for _, m := range c.messages {
		if !m.gone {
			said = append(said, m.text)
		}
	}
	return strings.Join(said, "\n")
}

func (c *fakeChat) last() string {
	for i := len(c.messages) - 1; i >= 0; i-- {
		if !c.messages[i].gone {
			return c.messages[i].text
		}
	}
	return ""
}

func (c *fakeChat) find(label string) (int, flow.Press, bool) {
	for i := len(c.messages) - 1; i >= 0; i-- {
		for _, row := range c.messages[i].rows {
			for _, b := range row {
				if labelOf(b) == label {
					return c.messages[i].id, b.Press, true
				}
			}
		}
	}
	return 0, flow.Press{}, false
}

func (c *fakeChat) message(id int) *message {
	for _, m := range c.messages {
		if m.id == id && !m.gone {
			return m
		}
	}
	return nil
}

func (c *fakeChat) Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	old := c.message(card)
	if old != nil && c.bottom == card && v.ShareNumber.IsZero() && !v.DropKeyboard {
		return c.Edit(ctx, chat, card, v)
	}
	id, err := c.Send(ctx, chat, v)
	if old != nil && err == nil {
		old.rows = nil
	}
	return id, err
}

func (c *fakeChat) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	m := c.message(card)
	if m == nil {
		return c.Send(ctx, chat, v)
	}
	if c.broken {
		return card, errBroken
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m.text, m.html, m.rows = viewText(v), viewHTML(v), v.Rows
	c.record("=", v)
	return card, nil
}

func (c *fakeChat) Redraw(_ context.Context, _ flow.ChatID, card int, v flow.View) (bool, error) {
	m := c.message(card)
	switch {
	case c.broken:
		return false, errBroken
	case m == nil:
		return false, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m.text, m.html, m.rows = viewText(v), viewHTML(v), v.Rows
	c.record("=", v)
	return true, nil
}

// labelOf is a button as a person reads it.
func labelOf(b flow.Button) string { return plainText(wording.Catalogue{}.Plain(b.Label)) }

var errBroken = fmt.Errorf("telegram does not answer")

func (c *fakeChat) Send(_ context.Context, _ flow.ChatID, v flow.View) (int, error) {
	if c.broken {
		return 0, errBroken
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.receive()
	c.messages = append(c.messages, &message{id: id, text: viewText(v), html: viewHTML(v), rows: v.Rows})
	c.record("<", v)
	return id, nil
}

func (c *fakeChat) SendFile(ctx context.Context, chat flow.ChatID, file conversations.File, v flow.View) (int, error) {
	if c.broken {
		return 0, errBroken
	}
	c.log = append(c.log, "f "+file.Name)
	c.files = append(c.files, file)
	return c.Send(ctx, chat, v)
}

func (c *fakeChat) Delete(_ context.Context, _ flow.ChatID, message int) error {
	if c.noDelete {
		return fmt.Errorf("message can't be deleted")
	}
	c.log = append(c.log, "x the person's message is deleted")
	if m := c.message(message); m != nil {
		m.gone = true
	}
	return nil
}

func (c *fakeChat) Acknowledge(callback string, text wording.Text) {
	if c.acked == nil {
		c.acked = map[string]bool{}
	}
	if !c.acked[callback] && !text.IsZero() {
		c.log = append(c.log, "~ "+wording.Catalogue{}.Plain(text))
	}
	c.acked[callback] = true
}

func (c *fakeChat) Menu(_ context.Context, _ flow.ChatID, commands []conversations.Command) {
	names := make([]string, len(commands))
	for i, command := range commands {
		names[i] = "/" + command.Name
	}
	c.log = append(c.log, "m "+strings.Join(names, " "))
}

func (c *fakeChat) record(mark string, v flow.View) {
	c.dropped = c.dropped || v.DropKeyboard
	lines := strings.Split(viewText(v), "\n")
	for i, line := range lines {
		if i > 0 {
			mark = " "
		}
		c.log = append(c.log, strings.TrimRight(mark+" "+line, " "))
	}
	for _, row := range v.Rows {
		var keys []string
		for _, b := range row {
			if b.URL != "" {
				keys = append(keys, "["+plainText(wording.Catalogue{}.Plain(b.Label))+" ↗]")
				continue
			}
			data, err := bot.EncodePress(b.Press)
			if back, decodeErr := bot.DecodePress(data); err != nil || decodeErr != nil || back != b.Press {
				c.t.Errorf("the button %v does not travel: %v %v", b.Press, err, decodeErr)
			}
			keys = append(keys, "["+plainText(wording.Catalogue{}.Plain(b.Label))+"]")
		}
		c.log = append(c.log, "  "+strings.Join(keys, " "))
	}
	if v.Protect {
		c.log = append(c.log, "  (protected)")
	}
	if !v.ShareNumber.IsZero() {
		c.log = append(c.log, "  ("+wording.Catalogue{}.Plain(v.ShareNumber)+")")
	}
}

var tags = regexp.MustCompile(`</?[a-z-]+>`)

// viewText is a view as a person reads it; what is behind a spoiler stands between bars.
func viewText(v flow.View) string {
	var lines []string
	for _, paragraph := range v.Body {
		text := wording.Catalogue{}.HTML(paragraph)
		text = strings.NewReplacer("<tg-spoiler>", "||", "</tg-spoiler>", "||").Replace(text)
		lines = append(lines, plainText(html.UnescapeString(tags.ReplaceAllString(text, ""))))
	}
	return strings.Join(lines, "\n")
}

// viewHTML is a view's text as Telegram gets it.
func viewHTML(v flow.View) string {
	var lines []string
	for _, paragraph := range v.Body {
		lines = append(lines, wording.Catalogue{}.HTML(paragraph))
	}
	return strings.Join(lines, "\n")
}

func plainText(s string) string { return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s) }
