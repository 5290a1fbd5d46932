package login

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	chat      = flow.ChatID(77)
	otherChat = flow.ChatID(88)
	user      = int64(7700)
)

// What must never be logged or stand in an error. The code of the browser is made of it too.
const hush = "HUSH"

// host is a login host that behaves: codes and refresh tokens work once, and access tokens live for
// twenty minutes.
type host struct {
	mu        sync.Mutex
	codes     map[string]bool
	refreshes map[string]bool
	issued    int
	exchanges int
	renewals  int
	most, now int // calls under way at once

	// What goes wrong. Lost: the call takes effect, and the answer does not arrive.
	err    error
	lost   bool
	during func()
}

func newHost() *host {
	return &host{codes: map[string]bool{}, refreshes: map[string]bool{}, during: func() {}}
}

func (h *host) AuthorizeURL(state string) string { return "https://login.example/?state=" + state }

func (h *host) Exchange(ctx context.Context, code string) (apiclient.Grant, error) {
	return h.grant(ctx, &h.exchanges, h.codes, code)
}

func (h *host) Refresh(ctx context.Context, refresh secret.String) (apiclient.Grant, error) {
	return h.grant(ctx, &h.renewals, h.refreshes, refresh.Reveal())
}

func (h *host) grant(ctx context.Context, count *int, good map[string]bool, shown string) (apiclient.Grant, error) {
	h.mu.Lock()
	*count++
	h.now++
	h.most = max(h.most, h.now)
	during := h.during
	h.mu.Unlock()
	during()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now--
	switch {
	case ctx.Err() != nil:
		return apiclient.Grant{}, &apiclient.Error{Kind: apiclient.ErrUnknownOutcome}
	case h.err != nil:
		return apiclient.Grant{}, h.err
	case !good[shown]:
		return apiclient.Grant{}, &apiclient.Error{Op: "renew tokens", Kind: apiclient.ErrUnauthorized, Status: 401}
	}
	delete(good, shown)
	g := h.issue()
	if h.lost {
		return apiclient.Grant{}, &apiclient.Error{Op: "renew tokens", Kind: apiclient.ErrUnknownOutcome}
	}
	return g, nil
}

// issue makes a pair. The caller holds the lock.
func (h *host) issue() apiclient.Grant {
	h.issued++
	refresh := fmt.Sprintf("rt-%s-%d", hush, h.issued)
	h.refreshes[refresh] = true
	return apiclient.Grant{
		Access: access(h.issued), Refresh: secret.New(refresh), Expires: time.Now().Add(19 * time.Minute),
	}
}

// access is the nth access token of a host.
func access(n int) secret.String { return secret.New(fmt.Sprintf("at-%s-%d", hush, n)) }

// set changes the host while nobody calls it.
func (h *host) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *host) counts() (exchanges, renewals int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.exchanges, h.renewals
}

// newCode lets somebody allow the sign-in on the platform's page, and answers what the browser is given.
func (h *host) newCode() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	code := fmt.Sprintf("code-%s-%d", hush, len(h.codes)+h.issued)
	h.codes[code] = true
	return code
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

// house is a Login with all that it needs, in a bubble with a clock of its own.
type house struct {
	t     *testing.T
	path  string
	store *store.Store
	host  *host
	login *Login
	log   logbook

	mu     sync.Mutex
	told   []flow.ChatID
	states int
}

// inBubble runs a test with a house.
func inBubble(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, path: filepath.Join(t.TempDir(), "test.db"), host: newHost()}
		h.store = h.openStore()
		h.login = h.newLogin(nil)
		test(t, h)
		h.login.Close()
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(h.log.String(), hush) {
			t.Error("the log shows what it must not")
		}
	})
}

func (h *house) openStore() *store.Store {
	h.t.Helper()
	key, err := secret.ParseKey(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, secret.KeySize)))
	if err != nil {
		h.t.Fatal(err)
	}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := store.Open(h.path, ring)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// newLogin makes another Login of the same store and host, as a restart does.
func (h *house) newLogin(change func(*Config)) *Login {
	h.t.Helper()
	cfg := Config{
		Store: h.store, Host: h.host, Now: time.Now, Log: zerolog.New(&h.log),
		NewState: h.numbered("state-" + hush + "-%d"), NewCode: h.numbered(hush + "%04d"),
		BackLink: func(code string) string { return "https://t.me/phonechatbot?start=" + code },
		Told: func(chat flow.ChatID) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.told = append(h.told, chat)
		},
		Random: func() float64 { return 0.5 },
	}
	if change != nil {
		change(&cfg)
	}
	l, err := New(cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

func (h *house) numbered(format string) func() string {
	return func() string {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.states++
		return fmt.Sprintf(format, h.states)
	}
}

// wantTold checks which chats were told since the last time.
func (h *house) wantTold(want ...flow.ChatID) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.told, want) {
		h.t.Errorf("told %v, want %v", h.told, want)
	}
	h.told = nil
}

func (h *house) update(work func(*store.Tx) error) {
	h.t.Helper()
	if err := h.store.Update(context.Background(), work); err != nil {
		h.t.Fatal(err)
	}
}

// begin begins a sign-in and answers its state.
func (h *house) begin(in flow.ChatID) string {
	h.t.Helper()
	begun, err := h.login.Begin(h.t.Context(), in, user, "book")
	if err != nil {
		h.t.Fatal(err)
	}
	_, state, _ := strings.Cut(begun.URL, "state=")
	return state
}

// signIns lists what the store holds.
func (h *house) signIns() (all []store.SignIn) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		all = signIns(tx)
		return nil
	})
	return all
}

// words reads what there is to say in a chat.
func (h *house) words(in flow.ChatID) []store.SignIn {
	h.t.Helper()
	all, err := h.login.Words(h.t.Context(), in)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, s := range all {
		if s.Code != "" || !s.Token.IsZero() || !s.Refresh.IsZero() {
			h.t.Error("words hold a secret")
		}
		if s.State == "" || s.Chat != in {
			h.t.Errorf("not a sign-in of %d to be dropped: %v", in, s)
		}
	}
	return all
}

// wantWord checks the one thing that Words has for a chat, or with no stage that it has none.
func (h *house) wantWord(in flow.ChatID, stage store.SignInStage, word string) {
	h.t.Helper()
	got := h.words(in)
	if stage == "" && len(got) == 0 {
		return
	}
	if len(got) != 1 || got[0].Stage != stage || got[0].Word != word {
		h.t.Errorf("words for %d: %v, want %q %q", in, got, stage, word)
	}
}

// drop forgets a sign-in, as the chat does when it has said its word or linked its tokens.
func (h *house) drop(state string) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error { return tx.DropSignIn(state) })
}

// claim shows a code in a chat.
func (h *house) claim(in flow.ChatID, code string) Claimed {
	h.t.Helper()
	got, err := h.login.Claim(h.t.Context(), in, code)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

// run starts the background work of a Login; the returned function stops it and waits.
func (h *house) run(l *Login) (stop func()) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	return func() {
		h.t.Helper()
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("Run = %v", err)
		}
	}
}
