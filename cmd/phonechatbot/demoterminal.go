package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/tgsim"
)

// terminal shows one person's chat at a time, line by line. All of it but turns belongs to one goroutine.
type terminal struct {
	sims   *simulators
	out    io.Writer
	failed error // of the first write that went wrong
	echo   bool  // what is typed stands nowhere else
	turns  *turns
	people []*chatter
	who    *chatter
	news   []string // what was shown since the person last did something
}

const (
	turnPatience = 10 * time.Second // how long a line waits for the bot
	waitPatience = 30 * time.Second // how long :wait waits
)

func newTerminal(sims *simulators, out io.Writer) *terminal {
	return &terminal{sims: sims, out: out, turns: newTurns(), people: chatters(sims)}
}

// play does line after line, and shows what happens meanwhile.
func (t *terminal) play(ctx context.Context, lines <-chan typed) error {
	t.printf("Type as in Telegram. :1 presses button 1 of the last card; :help lists the rest.\n")
	t.arrive(ctx)
	for ctx.Err() == nil && t.failed == nil {
		changed := t.draw()
		select {
		case l := <-lines:
			if errors.Is(l.err, io.EOF) {
				return nil
			}
			if l.err != nil {
				return fmt.Errorf("read a line: %w", l.err)
			}
			if quit := t.line(ctx, l.line); quit {
				return nil
			}
		case <-changed:
		case <-ctx.Done():
		}
	}
	return t.failed
}

// line does what one line says; true ends it.
func (t *terminal) line(ctx context.Context, line string) (quit bool) {
	if t.echo && line != "" {
		t.printf("> %s\n", printable(line))
	}
	o, err := parseOrder(line)
	if err != nil {
		t.printf("! %v\n", err)
		return false
	}
	switch o.do {
	case "say":
		t.say(ctx, o.text)
	case "press":
		err = t.press(ctx, o.card, o.button)
	case "contact":
		t.news = nil
		t.await(ctx, turn{message: t.sims.telegram.ShareContact(t.who.user, t.who.phone, t.who.user)})
	case "wait":
		t.wait(ctx, o.text)
	case "who":
		err = t.goOver(ctx, o.text)
	case "world":
		t.printf("%s", t.sims.worldText())
	case "faults":
		t.printf("%s", t.sims.faultsText())
	case "hands":
		if err = t.sims.hands(ctx, o.hands); err == nil {
			t.printf("* done\n")
		}
	case "help":
		t.printf("%s", chatHelp)
	case "quit":
		return true
	}
	if err != nil {
		t.printf("! %v\n", err)
	}
	return false
}

func (t *terminal) say(ctx context.Context, text string) {
	t.news = nil
	t.await(ctx, turn{message: t.sims.telegram.Send(t.who.user, text)})
}

// press presses a button of a card as it was last shown.
func (t *terminal) press(ctx context.Context, card, button int) error {
	if card == 0 {
		card = t.who.last
	}
	if card < 1 || card > len(t.who.cards) {
		return errors.New("there is no such card")
	}
	m := t.who.cards[card-1]
	buttons := slices.Concat(m.Rows...)
	switch {
	case m.Deleted:
		return errors.New("this card is gone")
	case button < 1 || button > len(buttons):
		return errors.New("this card has no such button")
	}
	b := buttons[button-1]
	if b.Data == "" {
		t.printf("* the app does it: %s\n", buttonText(b))
		return nil
	}
	t.news = nil
	query := t.sims.telegram.PressData(t.who.user, m.ID, b.Data)
	if !t.await(ctx, turn{callback: query}) {
		return nil
	}
	answered, cancel := context.WithTimeout(ctx, turnPatience)
	defer cancel()
	toast, err := t.sims.telegram.WaitAnswered(answered, query)
	if err == nil && toast.Text != "" {
		t.show("toast: %s\n", printable(toast.Text))
	}
	return err
}

// await shows what happens until the bot is done with what the person did.
func (t *terminal) await(ctx context.Context, done turn) bool {
	if done == (turn{}) {
		return true // nothing was sent
	}
	if t.until(ctx, turnPatience, func() bool { return t.turns.take(done) }) {
		return true
	}
	if ctx.Err() == nil {
		t.printf("* no end yet; what comes is shown when it comes\n")
	}
	return false
}

// wait shows what happens until something says the text.
func (t *terminal) wait(ctx context.Context, text string) {
	said := func() bool {
		return slices.ContainsFunc(t.news, func(line string) bool { return strings.Contains(line, text) })
	}
	if !t.until(ctx, waitPatience, said) && ctx.Err() == nil {
		t.printf("! nothing new says %q\n", text)
	}
}

// until shows what happens until done, and tells whether it came to that in time.
func (t *terminal) until(ctx context.Context, patience time.Duration, done func() bool) bool {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		turned := t.turns.next()
		changed := t.draw()
		if done() {
			t.draw() // what came just before
			return true
		}
		select {
		case <-turned:
		case <-changed:
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// draw shows what is new in the chat. The channel is closed when there may be more.
func (t *terminal) draw() <-chan struct{} {
	changes, more := t.sims.telegram.Changes(t.who.user, t.who.seen)
	t.who.seen += len(changes)
	for _, c := range changes {
		t.drawOne(c)
	}
	return more
}

func (t *terminal) drawOne(c tgsim.Change) {
	m := c.Message
	if !m.FromBot {
		if c.Kind == tgsim.Deleted {
			t.show("your message was deleted\n")
		}
		return // the rest was typed here
	}
	number, before := t.who.keep(m)
	notes := ""
	if m.Protected {
		notes = " (protected)"
	}
	text := strings.Join(cardLines(m), "\n  ")
	switch {
	case c.Kind == tgsim.Deleted:
		t.show("card %d deleted\n", number)
	case c.Kind == tgsim.Posted:
		t.show("card %d%s:\n  %s\n", number, notes, text)
	case len(m.Rows) == 0 && m.HTML == before.HTML && m.Text == before.Text:
		t.show("card %d has no buttons any more\n", number)
	default:
		t.show("card %d changed%s:\n  %s\n", number, notes, text)
	}
	if c.Keyboard != nil {
		t.show("%s\n", keyboardLine(*c.Keyboard))
	}
}

// show is printf for what :wait listens to.
func (t *terminal) show(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.news = append(t.news, text)
	t.printf("%s", text)
}

func (t *terminal) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(t.out, format, args...); err != nil && t.failed == nil {
		t.failed = fmt.Errorf("write to the terminal: %w", err)
	}
}

// turn is something a person did that the bot has to deal with: a message or a press.
type turn struct {
	message  int
	callback string
}

// turns remembers what the bot is done with. It is safe for concurrent use.
type turns struct {
	mu      sync.Mutex
	done    map[turn]bool
	changed chan struct{}
}

func newTurns() *turns {
	return &turns{done: map[turn]bool{}, changed: make(chan struct{})}
}

// over hears of an event that the bot is done with.
func (t *turns) over(e flow.Event) {
	done := turn{message: e.Message}
	if e.Callback != "" {
		done = turn{callback: e.Callback}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[done] = true
	close(t.changed)
	t.changed = make(chan struct{})
}

// take tells whether the bot is done with it, once.
func (t *turns) take(it turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := t.done[it]
	delete(t.done, it)
	return done
}

// next is closed when the bot is done with something more.
func (t *turns) next() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}
