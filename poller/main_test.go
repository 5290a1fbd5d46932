package poller

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What must never be logged.
const (
	hushToken    = "tok3n-HUSH-0451"
	hushNickname = "VelvetVoice"
	hushPhone    = "07700900123"
	hushComment  = "call me Petal"
)

const (
	chat      = flow.ChatID(77)
	otherChat = flow.ChatID(88)
)

var noon = time.Date(2027, 3, 2, 12, 0, 0, 0, time.UTC)

// platform is an API that keeps bookings by token and side. A token it has not been told of is refused.
type platform struct {
	mu       sync.Mutex
	bookings map[string]map[apiclient.Side][]apiclient.Booking
	failing  map[apiclient.Side]error
	refusing map[string]error // by token
	during   func(apiclient.Side)
	calls    int
	reading  map[string]int // lists under way, by token
	most     int            // lists under way at once
	decoded  atomic.Int64   // lists that had changed
	twice    bool           // a token was being read twice at once
	from     time.Time      // the day from which on the last list was asked for
}

func newPlatform() *platform {
	return &platform{
		bookings: map[string]map[apiclient.Side][]apiclient.Booking{hushToken: {}},
		failing:  map[apiclient.Side]error{}, refusing: map[string]error{}, reading: map[string]int{}, during: nothing,
	}
}

func (p *platform) ReadBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery, known []apiclient.Digest) (apiclient.Reading, error) {
	token, err := as.Tokens.Token(ctx)
	if err != nil {
		return apiclient.Reading{}, err
	}
	if !as.Background {
		return apiclient.Reading{}, errors.New("a poll in the way of people")
	}
	who := token.Reveal()
	if as.For != 0 {
		who = fmt.Sprint(who, "/", as.For)
	}
	list, during, err := p.begin(ctx, who, side, q)
	defer p.end(who)
	during(side)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return apiclient.Reading{}, err
	}
	digests := []apiclient.Digest{{Tag: fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, list)))}}
	if slices.Equal(known, digests) {
		return apiclient.Reading{Digests: digests, Unchanged: true}, nil
	}
	p.decoded.Add(1)
	return apiclient.Reading{Bookings: list, Digests: digests}, nil
}

func (p *platform) begin(ctx context.Context, token string, side apiclient.Side, q apiclient.ListQuery) ([]apiclient.Booking, func(apiclient.Side), error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	p.reading[token]++
	p.twice = p.twice || p.reading[token] > 1
	p.most = max(p.most, len(p.reading))
	sides, known := p.bookings[token]
	switch {
	case ctx.Err() != nil:
		return nil, p.during, ctx.Err()
	case !known && !strings.Contains(token, "/"): // of a member it says nothing by then
		return nil, p.during, refusal(apiclient.ErrUnauthorized)
	}
	if err := p.refusing[token]; err != nil {
		return nil, p.during, err
	}
	p.from = q.StartDate
	list := slices.DeleteFunc(slices.Clone(sides[side]), func(b apiclient.Booking) bool {
		return b.Created.Before(q.StartDate.Truncate(24 * time.Hour))
	})
	return list, p.during, p.failing[side]
}

func (p *platform) end(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reading[token]--; p.reading[token] == 0 {
		delete(p.reading, token)
	}
}

// set lists a booking, or changes it if it is there.
func (p *platform) set(side apiclient.Side, b apiclient.Booking) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.setFor(hushToken, side, b)
}

// setFor is set with the list of somebody else; the lock is held.
func (p *platform) setFor(token string, side apiclient.Side, b apiclient.Booking) {
	if p.bookings[token] == nil {
		p.bookings[token] = map[apiclient.Side][]apiclient.Booking{}
	}
	list := p.bookings[token][side]
	i := slices.IndexFunc(list, func(other apiclient.Booking) bool { return other.ID == b.ID })
	if i < 0 {
		p.bookings[token][side] = append(list, b)
		return
	}
	list[i] = b
}

// refuseFor has the platform refuse somebody; nil: no longer.
func (p *platform) refuseFor(token string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing[token] = err
}

// meanwhile sets what happens while a list is on its way: after it was made, before it arrives.
func (p *platform) meanwhile(during func(apiclient.Side)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.during = during
}

func nothing(apiclient.Side) {}

// crowd is how many accounts were read at once, and whether one was read twice at once.
func (p *platform) crowd() (most int, twice bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most, p.twice
}

func (p *platform) fail(side apiclient.Side, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failing[side] = err
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func refusal(kind error) error { return &apiclient.Error{Op: "list bookings", Kind: kind} }

// booking is one that lies ahead and changed at noon.
func booking(id apiclient.BookingID, status apiclient.Status) apiclient.Booking {
	return apiclient.Booking{
		ID: id, Status: status, Credits: apiclient.WholeCredits(135), Duration: 30,
		Other: apiclient.Party{ID: 9, Nickname: hushNickname, PhoneNumber: hushPhone}, Comments: hushComment,
		Created: noon.Add(-time.Hour), Session: noon.Add(48 * time.Hour), AcceptBy: noon.Add(24 * time.Hour), LastUpdated: noon,
	}
}

// later is the same booking, changed a minute after.
func later(b apiclient.Booking, change func(*apiclient.Booking)) apiclient.Booking {
	b.LastUpdated = b.LastUpdated.Add(time.Minute)
	change(&b)
	return b
}

func to(status apiclient.Status) func(*apiclient.Booking) {
	return func(b *apiclient.Booking) { b.Status = status }
}

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

// house is a store with one linked account, a platform, and a poller between them.
type house struct {
	t        testing.TB
	path     string
	keys     []byte // of the ring; the oldest last
	store    *store.Store
	platform *platform
	poller   *Poller
	account  store.AccountID
	now      time.Time
	ids      uint32
	log      logbook
	queued   int
	config   func(*Config)
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{
		t: t, path: filepath.Join(t.TempDir(), "data", "test.db"), platform: newPlatform(),
		account: store.AccountID{15: 1}, now: noon, keys: []byte{7},
	}
	h.open()
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
		for _, hush := range []string{hushToken, hushNickname, hushPhone, hushComment} {
			if strings.Contains(h.log.String(), hush) {
				t.Error("the log shows what it must not")
			}
		}
	})
	h.link(h.account, chat, hushToken)
	return h
}

func ring(t testing.TB, of []byte) *secret.Keyring {
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
	opened, err := store.Open(h.path, ring(h.t, h.keys))
	if err != nil {
		h.t.Fatal(err)
	}
	h.store = opened
	cfg := Config{
		Store: opened, API: h.platform, Now: func() time.Time { return h.now }, NewID: h.newID,
		Random: func() float64 { return 0 }, Queued: func() { h.queued++ }, Log: zerolog.New(&h.log),
	}
	if h.config != nil {
		h.config(&cfg)
	}
	if h.poller, err = New(cfg); err != nil {
		h.t.Fatal(err)
	}
}

// configure builds the poller anew.
func (h *house) configure(change func(*Config)) {
	h.t.Helper()
	h.config = change
	h.reopen()
}

// reopen is a crash and a new start: nothing is left but the file.
func (h *house) reopen() {
	h.t.Helper()
	if err := h.store.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

func (h *house) newID() uuid.UUID {
	h.ids++
	return uuid.UUID{2: byte(h.ids >> 8), 3: byte(h.ids), 6: 0x70, 8: 0x80}
}

func (h *house) update(work func(*store.Tx) error) {
	h.t.Helper()
	if err := h.store.Update(h.t.Context(), work); err != nil {
		h.t.Fatalf("update: %v", err)
	}
}

func (h *house) view(work func(*store.Tx) error) {
	h.t.Helper()
	if err := h.store.View(h.t.Context(), work); err != nil {
		h.t.Fatalf("view: %v", err)
	}
}

func (h *house) link(id store.AccountID, to flow.ChatID, token string) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		return tx.PutAccount(store.Account{
			ID: id, Chat: to, Member: 5, Token: secret.New(token), State: store.AccountActive, Linked: h.now,
		})
	})
}

func (h *house) unlink() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error { return tx.DeleteAccount(h.account) })
}

// look looks at the account once.
func (h *house) look() {
	h.t.Helper()
	h.now = h.now.Add(time.Minute)
	h.lookWith(h.t.Context())
}

// lookWith looks at the account now.
func (h *house) lookWith(ctx context.Context) {
	h.t.Helper()
	p := h.poller
	e := p.schedule.add(h.account, p.cfg.Min, 2)
	if e.place == isLooking { // the one before ended with the program
		p.schedule.leave(e)
	}
	p.schedule.leave(e)
	p.schedule.put(e, isLooking)
	p.work(ctx, e)
}

// wait is how long the account is left alone now; zero if it is not looked at any more.
func (h *house) wait() time.Duration {
	h.t.Helper()
	e := h.poller.schedule.accounts[h.account]
	if e == nil {
		return 0
	}
	return e.next.Sub(h.now)
}

// plan is what is on disk about polling the account.
func (h *house) plan() (plan store.Poll) {
	h.t.Helper()
	h.view(func(tx *store.Tx) (err error) {
		plan, err = tx.Poll(h.account)
		return err
	})
	return plan
}

func (h *house) state() (state store.AccountState) {
	h.t.Helper()
	h.view(func(tx *store.Tx) error {
		account, err := tx.Account(h.account)
		state = account.State
		return err
	})
	return state
}

// told lists what waits to be told, what is to come left out: "received 7 request".
func (h *house) told() []string {
	h.t.Helper()
	told := []string{}
	h.view(func(tx *store.Tx) error {
		list, err := tx.Due(noon.Add(1000*time.Hour), 1000)
		for _, n := range list {
			if n.Kind.Timed() { // what is to come, and is not told yet
				continue
			}
			if n.Account != h.account || n.Chat != chat || n.Due.IsZero() || !n.Due.Equal(n.Made) {
				err = errors.Join(err, errors.New("a notification is for nobody, or has no time"))
			}
			told = append(told, strings.TrimSpace(fmt.Sprintf("%s %d %s", n.Side, n.Booking, n.Kind)))
		}
		return err
	})
	return told
}
