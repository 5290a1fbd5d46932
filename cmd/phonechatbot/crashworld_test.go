package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
	"phonechatbot/store"
)

// crashWorld is a world whose program kills itself at one point of its first life, and is started again.
type crashWorld struct {
	*chat   // of the client
	point   string
	lives   [2]*lockedBuffer // the points that were passed in each, a line each
	first   *exec.Cmd
	second  chan struct{} // closed once the second life has begun
	fail    context.CancelCauseFunc
	arrived atomic.Int64 // changes in the chat when the booking was made
	over    atomic.Bool  // the first life may end in order
}

func newCrashWorld(t *testing.T, point string, hooked bool) *crashWorld {
	t.Helper()
	w := makeCrashWorld(t, point, hooked)
	w.link()
	w.live()
	return w
}

// makeCrashWorld makes one in which nobody is linked and nothing runs yet.
func makeCrashWorld(t *testing.T, point string, hooked bool) *crashWorld {
	t.Helper()
	door := newDoor(t)
	w := &crashWorld{point: point, lives: [2]*lockedBuffer{{}, {}}, second: make(chan struct{})}
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	t.Cleanup(cancel)
	ctx, w.fail = context.WithCancelCause(ctx)
	telegram := tgsim.New(tgsim.Config{Token: demoToken, Webhook: door})
	telegram.AddUser(tgsim.User{ID: clientUser, FirstName: "Someone"})
	platform := apisim.New(apisim.Config{Clock: apisim.NewClock(nil), Members: apisim.SeedMembers(), BeforeReply: func(op string) {
		if op == apisim.OpCreateBooking {
			changes, _ := telegram.Changes(clientUser, 0)
			w.arrived.Store(int64(len(changes)))
		}
	}})
	w.chat = &chat{user: clientUser, world: &world{
		t: t, ctx: ctx, telegram: telegram, platform: platform, log: &lockedBuffer{}, data: filepath.Join(t.TempDir(), "data"),
	}}
	telegramServer, platformServer := httptest.NewServer(telegram.Handler()), httptest.NewServer(platform.Handler())
	t.Cleanup(func() {
		telegram.Close()
		telegramServer.Close()
		platformServer.Close()
	})
	w.env = []string{
		"GORACE=atexit_sleep_ms=0", "TELEGRAM_BOT_TOKEN=" + demoToken, "TELEGRAM_API_URL=" + telegramServer.URL,
		"ADULTWORK_API_URL=" + platformServer.URL, "PHONECHATBOT_DATA=" + w.data, "PHONECHATBOT_HTTP=127.0.0.1:0",
		"PHONECHATBOT_POLL_MIN=1s", "PHONECHATBOT_POLL_MAX=1s", "PHONECHATBOT_LOG_LEVEL=debug", "ADULTWORK_API_RATE=1000",
	}
	if hooked {
		w.env = append(w.env, door.env()...)
	}
	return w
}

// open opens the program's database, while the program does not run.
func (w *crashWorld) open() *store.Store {
	w.t.Helper()
	db, err := openStore(settings{data: w.data, keyFile: filepath.Join(w.data, "key")})
	if err != nil {
		w.t.Fatal(err)
	}
	return db
}

// link has the person linked before the story begins.
func (w *crashWorld) link() {
	w.t.Helper()
	db := w.open()
	account := store.Account{
		ID: store.AccountID(newUUID()), Chat: flow.ChatID(w.user), Member: clientID, Nickname: "NightOwl77",
		Token: secret.New(clientToken), State: store.AccountActive, Linked: time.Now(),
	}
	err := db.Update(w.ctx, func(tx *store.Tx) error {
		return errors.Join(tx.PutAccount(account), tx.PutChat(store.Chat{ID: account.Chat, Account: account.ID, Drawn: store.NotDrawn}))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// live runs the program until it kills itself, and then once more, until the test ends.
func (w *crashWorld) live() {
	w.t.Helper()
	over := make(chan struct{})
	w.t.Cleanup(func() {
		w.fail(nil) // it ends both
		<-over
	})
	first := w.command(w.point, w.lives[0])
	if err := first.Start(); err != nil {
		close(over)
		w.t.Fatal(err)
	}
	w.first, w.program, w.exited = first, first, make(chan error, 1)
	go func() {
		defer close(over)
		err := first.Wait()
		switch {
		case w.ctx.Err() != nil:
			return
		case w.point == nowhere, w.over.Load() && !killed(first):
			w.exited <- err
			return
		case !killed(first):
			w.fail(fmt.Errorf("the program ended by itself: %w", err))
			return
		}
		second := w.command(nowhere, w.lives[1])
		if err := second.Start(); err != nil {
			w.fail(err)
			return
		}
		w.program = second
		close(w.second)
		w.exited <- second.Wait()
	}()
}

func (w *crashWorld) command(point string, points *lockedBuffer) *exec.Cmd {
	program := exec.CommandContext(w.ctx, os.Args[0], "run") //nolint:gosec // the test binary itself
	program.Env = append(slices.Clone(w.env), crashAt+"="+point)
	program.Stdout, program.Stderr = points, w.log
	return program
}

func killed(program *exec.Cmd) bool {
	status, ok := program.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signal() == syscall.SIGKILL // -1 for one that was not
}

// reborn waits for the second life, and reports whether there is one. Where the first has not come to its point yet, it
// is stopped, which may bring it there.
func (w *crashWorld) reborn() bool {
	w.t.Helper()
	w.over.Store(true)
	_ = w.first.Process.Signal(syscall.SIGTERM) // it may be dead already
	select {
	case <-w.second:
		return true
	case err := <-w.exited:
		if err != nil {
			w.t.Fatalf("the program ended badly: %v\n%s", err, w.story())
		}
	case <-w.ctx.Done():
		w.t.Fatalf("the program does not stop: %v\n%s", context.Cause(w.ctx), w.story())
	}
	return false
}

// later puts both clocks forward.
func (w *crashWorld) later(by time.Duration) {
	w.t.Helper()
	w.platform.Clock().Advance(by)
	if err := writeWhole(filepath.Join(filepath.Dir(w.data), clockFile), []byte(by.String())); err != nil {
		w.t.Fatal(err)
	}
}

// story is what the program did, for a test that failed.
func (w *crashWorld) story() string {
	return fmt.Sprintf("%v\nthe points of the first life:\n%s\nof the second:\n%s\nthe log:\n%s", context.Cause(w.ctx), w.lives[0], w.lives[1], w.log)
}
