package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// chatScript books a call, has it accepted by the other side, confirms it, and looks at it from there.
const chatScript = `
:1.1
/book
771204
tomorrow 9:30pm
30
1
07700 900123
36
in 3 hours
Evening suits me best.
:3.1
:fault NoSuchOperation error
:fault CreateBooking reset-after-commit 1
:1
:1
:wait Request sent, #48213
:world accept 48213
:wait An appointment was updated.
:1
:1
:1
:world
:99
:who performer
/requests
:1
:who client
:wolrd
:quit
/help
`

// chatWanted is what it shows, each on a line of its own, in order.
func chatWanted() []string {
	return []string{
		"* you are the client: NightOwl77, member 660031",
		"> " + clientToken,
		"your message was deleted",
		"  [3] Book a call",
		"> :1.1",
		"toast: That card is out of date",
		"> /book",
		"> tomorrow 9:30pm",
		"> 07700 900123",
		"  Your number: ||07700 900123||",
		"  [1] Send request",
		"> :3.1",
		"! this card has no such button",
		"> :fault NoSuchOperation error",
		"! there is no such operation",
		"> :fault CreateBooking reset-after-commit 1",
		"* done",
		"  [1] Yes, send",
		"  Request sent, #48213.",
		"* done",
		"  An appointment was updated.",
		"  [1] Open",
		"  [1] Confirm for 36.00 credits",
		"  Status: ✅ Confirmed",
		"> :world",
		"> :99",
		"! this card has no such button",
		"* you are the performer: VelvetVoice, member 771204",
		"> " + performerToken,
		"> /requests",
		"* you are the client: NightOwl77, member 660031",
		"! there is no such command; :help lists them",
		"> :quit",
	}
}

func TestAConversationThroughPipes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	defer cancel()
	stdout, log := &lockedBuffer{}, &lockedBuffer{}
	root := command(stdout, log)
	root.Reader = strings.NewReader(chatScript)
	if err := root.Run(ctx, []string{"phonechatbot", "chat"}); err != nil {
		t.Fatalf("chat: %v\n%s", err, stdout)
	}
	rest := strings.Split(stdout.String(), "\n")
	for _, want := range chatWanted() {
		at := 0
		for at < len(rest) && !strings.Contains(rest[at], want) {
			at++
		}
		if at == len(rest) {
			t.Fatalf("%q is not there, or not in its place:\n%s\nthe log:\n%s", want, stdout, log)
		}
		rest = rest[at+1:]
	}
	if strings.Contains(stdout.String(), "> /help") {
		t.Error("it reads on after :quit")
	}
}

func TestTheChatEnds(t *testing.T) {
	t.Parallel()
	unknown := playChat(t.Context(), chatSettings{as: "nobody", logLevel: "error"}, strings.NewReader(""), io.Discard, io.Discard)
	if unknown == nil || !strings.Contains(unknown.Error(), "--as") {
		t.Errorf("as nobody: %v", unknown)
	}
	noReader := errors.New("no reader")
	broken := playChat(t.Context(), chatSettings{as: roleStranger, logLevel: "error"}, strings.NewReader("/start"), failing{noReader}, io.Discard)
	if !errors.Is(broken, noReader) {
		t.Errorf("with nobody to read it: %v", broken)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Ctrl+C while nothing is typed, with the platform silent in mid-answer: it ends well, and soon.
func TestTheChatEndsWithItsContext(t *testing.T) {
	t.Parallel()
	in, typing := io.Pipe()
	defer typing.Close() //nolint:errcheck // a pipe in memory
	limited, cancel := context.WithTimeout(t.Context(), hung)
	defer cancel()
	ctx, stop := context.WithCancel(limited)
	stdout := &lockedBuffer{}
	ended := make(chan error, 1)
	go func() {
		ended <- playChat(ctx, chatSettings{as: roleClient, logLevel: "error"}, in, stdout, io.Discard)
	}()
	for _, line := range []string{":fault * hang-before", "/account"} {
		if _, err := io.WriteString(typing, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	for !strings.Contains(stdout.String(), "Working…") || !strings.Contains(stdout.String(), "> /account") {
		select {
		case <-limited.Done():
			t.Fatalf("it does not get so far:\n%s", stdout)
		case <-time.After(10 * time.Millisecond):
		}
	}
	stop()
	if err := <-ended; err != nil || limited.Err() != nil {
		t.Errorf("it ended with %v", err)
	}
}
