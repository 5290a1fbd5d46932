package outbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	chatA = flow.ChatID(770001)
	chatB = flow.ChatID(770002)
)

// hush must never be logged: it is in each notification and in each raw error.
const hush = "VelvetVoice"

// failure is an error of the messenger below, and carries its verdict.
type failure struct{ Verdict }

func (f failure) Error() string { return string(f.Kind) + " " + hush }

func sortFailure(err error) Verdict {
	var f failure
	if errors.As(err, &f) {
		return f.Verdict
	}
	return Verdict{Kind: Doubtful, Reason: "no answer"}
}

// refusal says why a try, from 1, of a message that begins so does not arrive; nil if it does.
type refusal func(n store.Notification, try int) error

func nothing(store.Notification, int) error { return nil }

// fails has the first tries of what begins with a letter end so.
func fails(letter byte, tries int, v Verdict) refusal {
	return func(n store.Notification, try int) error {
		if n.ID[15] == letter && try <= tries {
			return failure{v}
		}
		return nil
	}
}

// always has every try end so.
func always(v Verdict) refusal { return func(store.Notification, int) error { return failure{v} } }

// logbook is a log that may be read while it is written.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// messenger is a Sender that shows what arrived in which chat.
type messenger struct {
	mu      sync.Mutex
	arrived map[flow.ChatID][]string // of each message, the last bytes of the ids of what it told
	tries   map[byte]int
	refuse  refusal
	takes   time.Duration // of a send
	sending map[flow.ChatID]int
	most    int      // chats served at once
	twice   bool     // one chat was sent to twice at once
	told    []string // what arrived anywhere, in order
}

func newMessenger() *messenger {
	return &messenger{refuse: nothing, arrived: map[flow.ChatID][]string{}, tries: map[byte]int{}, sending: map[flow.ChatID]int{}}
}

func (m *messenger) Send(ctx context.Context, message Message) error {
	n := message.News[0]
	try, takes, refuse := m.begin(n)
	defer m.end(n.Chat)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(takes):
	}
	if err := refuse(n, try); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	text := letters(message.News)
	if message.Silent {
		text += "~"
	}
	m.arrived[n.Chat] = append(m.arrived[n.Chat], text)
	m.told = append(m.told, text)
	return nil
}

func (m *messenger) begin(n store.Notification) (try int, takes time.Duration, refuse refusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tries[n.ID[15]]++
	m.sending[n.Chat]++
	m.twice = m.twice || m.sending[n.Chat] > 1
	m.most = max(m.most, len(m.sending))
	return m.tries[n.ID[15]], m.takes, m.refuse
}

// takesTime makes each send take that long.
func (m *messenger) takesTime(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.takes = d
}

// refuses sets what does not arrive.
func (m *messenger) refuses(refuse refusal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = refuse
}

// tried is how often a notification was tried.
func (m *messenger) tried(letter byte) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tries[letter]
}

// crowd is how many chats were served at once, and whether one was sent to twice at once.
func (m *messenger) crowd() (most int, twice bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.most, m.twice
}

func (m *messenger) end(chat flow.ChatID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sending[chat]--; m.sending[chat] == 0 {
		delete(m.sending, chat)
	}
}

// got is what arrived in a chat, in order: "a bc" is a message of one and a message of two, and "a~" came silently.
func (m *messenger) got(chat flow.ChatID) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.arrived[chat], " ")
}

// all is what arrived anywhere, in order.
func (m *messenger) all() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.told)
}

// house is a store with accounts of both chats, a messenger, and an outbox between them. It lives in a
// bubble, whose clock it goes by.
type house struct {
	t         *testing.T
	path      string
	store     *store.Store
	keys      []byte // of the ring; the oldest last
	messenger *messenger
	outbox    *Outbox
	log       logbook
	config    func(*Config) // nil: as usual
	options   []store.Option
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, path: filepath.Join(t.TempDir(), "data", "test.db"), keys: []byte{7}, messenger: newMessenger()}
	h.open()
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
		for _, hidden := range []string{hush, "770001", "770002"} {
			if strings.Contains(h.log.String(), hidden) {
				t.Errorf("the log shows what it must not: %s", h.log.String())
			}
		}
	})
	h.link(chatA)
	h.link(chatB)
	return h
}

// link makes an account for a chat.
func (h *house) link(chat flow.ChatID) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		return tx.PutAccount(store.Account{ID: accountOf(chat), Chat: chat, State: store.AccountActive})
	})
}

// wants sets what the person of a chat chose, and where they live.
func (h *house) wants(chat flow.ChatID, p alert.Prefs, zone string) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		account, err := tx.Account(accountOf(chat))
		account.Alerts, account.Zone = p, zone
		return errors.Join(err, tx.PutAccount(account))
	})
}

// paused is since when an account is paused.
func (h *house) paused(chat flow.ChatID) (since time.Time) {
	h.t.Helper()
	if err := h.store.View(h.t.Context(), func(tx *store.Tx) error {
		account, err := tx.Account(accountOf(chat))
		since = account.Paused
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return since
}

// isBack is what happens when the person writes.
func (h *house) isBack(chat flow.ChatID) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		_, err := tx.ResumeAccount(accountOf(chat), time.Now())
		return err
	})
	h.outbox.Wake()
}

func (h *house) stats() Stats {
	h.t.Helper()
	s, err := h.outbox.Stats(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// ring is a keyring; the oldest key last.
func ring(t testing.TB, of ...byte) *secret.Keyring {
	t.Helper()
	var parsed []secret.Key
	for _, b := range of {
		key, err := secret.ParseKey(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, secret.KeySize)))
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, key)
	}
	keys, err := secret.NewKeyring(parsed...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (h *house) open() {
	h.t.Helper()
	var err error
	if h.store, err = store.Open(h.path, ring(h.t, h.keys...), h.options...); err != nil {
		h.t.Fatal(err)
	}
	cfg := Config{
		Store: h.store, Sender: h.messenger, Sort: sortFailure, Now: time.Now, Tick: time.Hour,
		Random: func() float64 { return 0.5 }, Log: zerolog.New(&h.log),
	}
	if h.config != nil {
		h.config(&cfg)
	}
	if h.outbox, err = New(cfg); err != nil {
		h.t.Fatal(err)
	}
}

// reopen is a crash and a new start: nothing is left but the file.
func (h *house) reopen() {
	h.t.Helper()
	if err := h.store.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

func (h *house) update(work func(*store.Tx) error) {
	h.t.Helper()
	if err := h.store.Update(h.t.Context(), work); err != nil {
		h.t.Fatalf("update: %v", err)
	}
}

func accountOf(chat flow.ChatID) store.AccountID { return store.AccountID{15: byte(chat)} }

// note is a notification that shows as one letter, about a booking of its own.
func note(chat flow.ChatID, letter byte) store.Notification {
	return store.Notification{
		ID: uuid.UUID{6: 0x70, 15: letter}, Account: accountOf(chat), Chat: chat, Kind: "accepted",
		Side: store.SideMade, Booking: int64(letter), Nickname: hush,
	}
}

// enqueue queues notifications that are due at once, and wakes the outbox.
func (h *house) enqueue(list ...store.Notification) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		for _, n := range list {
			n.Made = time.Now()
			if n.Due.IsZero() {
				n.Due = n.Made
			}
			if err := tx.Enqueue(n); err != nil {
				return err
			}
		}
		return nil
	})
	h.outbox.Wake()
}

// queued is what still waits.
func (h *house) queued() (list []store.Notification) {
	h.t.Helper()
	err := h.store.View(h.t.Context(), func(tx *store.Tx) (err error) {
		list, err = tx.Due(store.Parked(), 1e5)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// run starts the outbox; the returned function stops it and waits.
func (h *house) run() (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error)
	go func() { done <- h.outbox.Run(ctx) }()
	return func() {
		h.t.Helper()
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run = %v", err)
		}
	}
}

func (h *house) wantGot(chat flow.ChatID, want string) {
	h.t.Helper()
	if got := h.messenger.got(chat); got != want {
		h.t.Errorf("arrived: %q, want %q", got, want)
	}
}

func (h *house) wantQueued(want int) {
	h.t.Helper()
	if got := len(h.queued()); got != want {
		h.t.Errorf("%d are queued, want %d", got, want)
	}
}
