package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// asProgram makes the test binary the program itself: a process of our own that can be killed.
const asProgram = "PHONECHATBOT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(crashAt) != "" {
		os.Exit(crashProgram())
	}
	if os.Getenv(asProgram) != "" {
		os.Exit(runWith(func(*settings) {}))
	}
	goleak.VerifyTestMain(m)
}

const (
	clientToken    = "demo-client-nightowl-4b7e2f90"
	performerToken = "demo-performer-velvet-91c3d6a8"
	clientID       = 660031
	performerID    = 771204
	testClient     = "test-client"
	testSecret     = hush + "client-secret-77"
	hush           = "hush-" // begins what must be seen nowhere
	clientUser     = 42
	performerUser  = 43
	patience       = 60 * time.Second // of one wait, where time does not depend on the machine
	hung           = 5 * time.Minute  // of a test whose time does: only one that does not end takes so long
)

// world is both simulators over HTTP, and a program between them that can be killed and started again.
type world struct {
	t        *testing.T
	ctx      context.Context
	telegram *tgsim.Server
	platform *apisim.Platform
	env      []string
	address  string   // where the program serves HTTP
	door     *door    // through which the webhook is reached
	login    []string // further environment: signing in on the site
	tokens   int      // calls for tokens, when last counted
	data     string
	log      *lockedBuffer
	program  *exec.Cmd
	exited   chan error
}

type lockedBuffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

func newWorld(t *testing.T, beforeReply func(op string)) *world {
	t.Helper()
	t.Parallel() // most of the time all of them wait
	w := &world{t: t, log: &lockedBuffer{}, data: filepath.Join(t.TempDir(), "data")}
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	t.Cleanup(cancel)
	w.ctx = ctx
	w.door = newDoor(t)
	w.telegram = tgsim.New(tgsim.Config{Token: demoToken, Webhook: w.door})
	w.address = "http://" + w.door.address
	w.platform = apisim.New(apisim.Config{Members: apisim.SeedMembers(), BeforeReply: beforeReply, Projects: []apisim.Project{{
		ClientID: testClient, ClientSecret: testSecret, RedirectURLs: []string{w.address + callbackPath},
	}}, NewToken: func(prefix string) string { return hush + prefix + rand.Text() }})
	for _, user := range []int64{clientUser, performerUser} {
		w.telegram.AddUser(tgsim.User{ID: user, FirstName: "Someone"})
	}
	telegram, platform := httptest.NewServer(w.telegram.Handler()), httptest.NewServer(w.platform.Handler())
	t.Cleanup(func() {
		w.telegram.ClearFaults()
		w.platform.ClearFaults()
		w.telegram.Close()
		telegram.Close()
		platform.Close()
	})
	w.env = []string{
		asProgram + "=1", "GORACE=atexit_sleep_ms=0", "TELEGRAM_BOT_TOKEN=" + demoToken, "TELEGRAM_API_URL=" + telegram.URL, "ADULTWORK_API_URL=" + platform.URL,
		"PHONECHATBOT_DATA=" + w.data, "PHONECHATBOT_HTTP=" + strings.TrimPrefix(w.address, "http://"), "PHONECHATBOT_POLL_MIN=1s", "PHONECHATBOT_POLL_MAX=1s",
		"PHONECHATBOT_LOG_LEVEL=debug", "ADULTWORK_API_RATE=1000", "ADULTWORK_API_REST=100ms",
	}
	w.login = []string{
		"ADULTWORK_LOGIN_URL=" + platform.URL, "ADULTWORK_CLIENT_ID=" + testClient, "ADULTWORK_CLIENT_SECRET=" + testSecret,
		"PHONECHATBOT_PUBLIC_URL=" + w.address,
	}
	return w
}

// freeAddress is one that nobody is served at, below the ports that systems give out by themselves: until the program
// listens there, no outgoing connection and no other server takes it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		address := fmt.Sprintf("127.0.0.1:%d", 15_000+mathrand.IntN(15_000)) //nolint:gosec // guards nothing
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err == nil {
			if err := listener.Close(); err != nil {
				t.Fatal(err)
			}
			return address
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

// start runs the program as a process; it is killed when the test ends.
func (w *world) start() {
	w.t.Helper()
	w.program = exec.Command(os.Args[0], "run") //nolint:gosec,noctx // the test binary itself, killed by hand
	w.program.Env = w.env
	w.program.Stdout, w.program.Stderr = w.log, w.log
	if err := w.program.Start(); err != nil {
		w.t.Fatal(err)
	}
	program, exited := w.program, make(chan error, 1)
	w.exited = exited
	done := make(chan struct{})
	go func() {
		defer close(done)
		exited <- program.Wait()
	}()
	w.t.Cleanup(func() {
		_ = program.Process.Kill() // it may be gone already
		<-done
		if w.t.Failed() {
			w.t.Logf("the program's log:\n%s", w.log)
			w.log = &lockedBuffer{}
		}
	})
}

// kill is kill -9: the program gets no word in.
func (w *world) kill() {
	w.t.Helper()
	if err := w.program.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	w.died()
}

// died waits for the end of a program that was killed.
func (w *world) died() {
	w.t.Helper()
	select {
	case err := <-w.exited:
		if err == nil {
			w.t.Fatal("the program ended by itself")
		}
	case <-w.ctx.Done():
		w.t.Fatal("the killed program lives on")
	}
}

// stop is SIGTERM, and waits for a clean exit.
func (w *world) stop() {
	w.t.Helper()
	if err := w.program.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	w.exit()
}

func (w *world) exit() {
	w.t.Helper()
	select {
	case err := <-w.exited:
		if err != nil {
			w.t.Fatalf("the program ended badly: %v\n%s", err, w.log)
		}
	case <-w.ctx.Done():
		w.t.Fatalf("the program does not stop:\n%s", w.log)
	}
}

func (w *world) restart() {
	w.t.Helper()
	w.kill()
	w.start()
}

// chat is one person's side of the conversation.
type chat struct {
	*world
	user int64
}

func (w *world) person(user int64) *chat { return &chat{world: w, user: user} }

func visible(messages []tgsim.Message) []tgsim.Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m tgsim.Message) bool { return m.Deleted || !m.FromBot })
}

func (c *chat) say(text string) { c.telegram.Send(c.user, text) }

// reads waits until the last message says this.
func (c *chat) reads(text string) tgsim.Message {
	c.t.Helper()
	var found tgsim.Message
	err := c.telegram.WaitFor(c.ctx, c.user, func(messages []tgsim.Message) bool {
		shown := visible(messages)
		if len(shown) == 0 || !strings.Contains(clean(shown[len(shown)-1].Text), text) {
			return false
		}
		found = shown[len(shown)-1]
		return true
	})
	if err != nil {
		c.t.Fatalf("waited for %q at the end, the chat shows:\n%s\nthe log:\n%s", text, c.transcript(), c.log)
	}
	return found
}

func (c *chat) press(m tgsim.Message, label string) {
	c.t.Helper()
	if _, err := c.telegram.Press(c.user, m.ID, label); err != nil {
		c.t.Fatalf("press %q: %v; the chat shows:\n%s", label, err, c.transcript())
	}
}

// insist presses the newest button of that label until a card says what should follow. A card that a
// killed program had drawn, and not noted as drawn, is out of date: the person presses the new one.
func (c *chat) insist(label, then string) tgsim.Message {
	c.t.Helper()
	for {
		query := ""
		err := c.telegram.WaitFor(c.ctx, c.user, func(messages []tgsim.Message) bool { // between two cards there is none
			for _, m := range slices.Backward(visible(messages)) {
				var err error
				if query, err = c.telegram.Press(c.user, m.ID, label); err == nil {
					return true
				}
			}
			return false
		})
		if err != nil {
			c.t.Fatalf("no button %q: %v; the chat shows:\n%s", label, err, c.transcript())
		}
		toast, err := c.telegram.WaitAnswered(c.ctx, query)
		if err != nil {
			c.t.Fatalf("press %q: %v", label, err)
		}
		if !strings.Contains(toast.Text, "out of date") {
			return c.reads(then)
		}
	}
}

func (c *chat) transcript() string {
	var lines []string
	for _, m := range c.telegram.Chat(c.user) {
		lines = append(lines, fmt.Sprintf("#%d bot=%v deleted=%v %s", m.ID, m.FromBot, m.Deleted, m.Text))
	}
	return strings.Join(lines, "\n")
}

// count is how many messages of the bot say this.
func (c *chat) count(text string) int {
	n := 0
	for _, m := range visible(c.telegram.Chat(c.user)) {
		if strings.Contains(clean(m.Text), text) {
			n++
		}
	}
	return n
}

func clean(s string) string { return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s) }

// link pastes a token.
func (c *chat) link(token string) {
	c.t.Helper()
	c.say("/start")
	c.press(c.reads("Not linked yet"), "Paste an access token")
	c.reads("Paste your access token here")
	c.say(token)
	c.reads("Linked as")
}

// step is one answer of the booking form and what the next card says.
type step struct{ answer, then string }

func bookingSteps() []step {
	return []step{
		{"/book", "Whom would you like to call"},
		{"771204", "Which day"},
		{"tomorrow 9:30pm", "How long"},
		{"30", "How shall the call be made"},
		{"1", "Which number"},
		{"07700 900123", "How many credits"},
		{"36", "Reply by when"},
		{"in 3 hours", "A comment for them"},
		{"Evening suits me best.", "Nothing has been sent yet"},
	}
}

func (c *chat) fill() tgsim.Message {
	c.t.Helper()
	for _, s := range bookingSteps() {
		c.say(s.answer)
		c.reads(s.then)
	}
	return c.reads("Nothing has been sent yet")
}
