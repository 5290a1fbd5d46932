package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"phonechatbot/store"
)

const (
	// crashAt makes the test binary the program, which prints every point it passes and kills itself at the one that
	// this names.
	crashAt = "PHONECHATBOT_TEST_CRASH_AT"
	nowhere = "nowhere"

	anybody   = "whoever's"
	clockFile = "clock" // in the directory above the data: how far the program's clock is ahead

	crashAfter = " points after the beginning" // of what armedFile, beside clockFile, begins
	armedFile  = "armed"
)

// crasher counts the points where a process can be cut off with something done and not told, or told and not done:
// right before and right after each commit to disk, each request, and each batch of updates. A point has the name of
// what is done, of the function that does it, and its number among those of the same name: people and the program's
// own errands get in each other's way, and still every run meets the same points.
type crasher struct {
	at     string
	next   http.RoundTripper
	counts bool   // with crashAfter: all points alike, once they have begun
	armed  string // the file that begins them

	mu        sync.Mutex
	passed    map[string]int
	left      int // points until the end, where they are counted
	confirmed int // update id that Telegram need not send again
}

// crashProgram is main with a crasher, and a clock that the test can put forward.
func crashProgram() int {
	c := &crasher{at: os.Getenv(crashAt), next: http.DefaultTransport, passed: map[string]int{}}
	if count, counted := strings.CutSuffix(c.at, crashAfter); counted {
		c.counts = true
		c.left, _ = strconv.Atoi(count)
	}
	return runWith(func(s *settings) {
		c.armed = filepath.Join(filepath.Dir(s.data), armedFile)
		s.now = clockAhead(filepath.Join(filepath.Dir(s.data), clockFile))
		s.transport = c
		s.disk = []store.Option{store.WatchCommits(func() { c.pass("before a commit") }, func() { c.pass("after a commit") })}
	})
}

// runWith is main with the command run, and settings that have no flag. The simulated Telegram has no limits to be kept
// to: the people in these tests press faster than anybody can.
func runWith(change func(*settings)) int {
	program := &cli.Command{Flags: runFlags(), Action: func(ctx context.Context, command *cli.Command) error {
		s, err := settingsFrom(command)
		if err != nil {
			return err
		}
		log, err := newLogger(os.Stderr, s.logLevel, s.logFormat)
		if err != nil {
			return err
		}
		s.unpaced = true
		change(&s)
		return run(ctx, s, log)
	}}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := program.Run(ctx, os.Args[:1]); err != nil {
		fmt.Fprintln(os.Stderr, "phonechatbot:", err)
		return 1
	}
	return 0
}

func clockAhead(file string) func() time.Time {
	return func() time.Time {
		text, _ := os.ReadFile(file) // none is a clock that is right
		ahead, _ := time.ParseDuration(string(text))
		return time.Now().Add(ahead)
	}
}

// RoundTrip passes a point before and after each exchange. A poll for updates is one where it confirms what came
// before, and where it brings something.
func (c *crasher) RoundTrip(r *http.Request) (*http.Response, error) {
	method := path.Base(r.URL.Path)
	poll := method == "getUpdates"
	if !poll || c.confirms(r) {
		c.pass("before " + method)
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close() // it is read
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if !poll || bytes.Contains(body, []byte(`"update_id"`)) {
		c.pass("after " + method)
	}
	return response, nil
}

func (c *crasher) confirms(r *http.Request) bool {
	body, err := r.GetBody()
	if err != nil {
		return false
	}
	var poll struct{ Offset int }
	if err := json.NewDecoder(body).Decode(&poll); err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := poll.Offset > c.confirmed
	c.confirmed = poll.Offset
	return fresh
}

// pass prints a point, and is the end at the one where it has to be: kill -9, and nothing goes on beside it.
func (c *crasher) pass(what string) {
	if c.counts {
		c.countDown(what)
		return
	}
	who, counts := caller()
	if !counts {
		return
	}
	if strings.HasSuffix(what, " a commit") && !strings.Contains(who, "inbox.Done") { // those that wait share one: whose it is, is chance
		who = anybody
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	name := what + ", " + who
	c.passed[name]++
	name = fmt.Sprintf("%s, %d", name, c.passed[name])
	fmt.Println(name) // the test reads it
	if name == c.at {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // cannot fail
		select {}
	}
}

// countDown is pass for a story that goes another way each time: all points count alike once it has begun.
func (c *crasher) countDown(what string) {
	if _, err := os.Stat(c.armed); err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Println(what)
	if c.left--; c.left == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // cannot fail
		select {}
	}
}

// caller names the function at whose wish something is written or sent; the layers below it are left out. What the
// poller does is no part of a conversation, and as often as time allows.
func caller() (name string, counts bool) {
	const module = "phonechatbot/"
	below := []string{
		"cmd/phonechatbot.caller", "cmd/phonechatbot.(*crasher)", "cmd/phonechatbot.crashProgram", "store.", "apiclient.", "bot.(*wire)", "bot.(*Bot).call", "bot.(*Bot).attempt",
		"conversations.(*visit).change", "conversations.(*visit).save", "conversations.(*visit).arrange",
	}
	var stack [128]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(1, stack[:])])
	for {
		frame, more := frames.Next()
		function, ours := strings.CutPrefix(frame.Function, module)
		switch {
		case !ours:
		case strings.HasPrefix(function, "poller."):
			return "", false
		case name == "" && !hasPrefix(function, below):
			name = function
		}
		if !more {
			return name, true
		}
	}
}

func hasPrefix(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
