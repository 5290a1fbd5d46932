package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// The whole program in a bubble (testing/synctest): run itself, with its store on the disk, between both simulators,
// which are called without sockets. Its clock stands still while anything works, fsync too, and jumps to the next timer
// when all wait: hours pass in a second, and always the same way.

const (
	telegramHost = "telegram.test"
	platformHost = "localhost" // plain http goes to no other
)

// bubbleConfig is what a test may want to have otherwise.
type bubbleConfig struct {
	pairs            int           // clients and performers, as many of each
	pollMin, pollMax time.Duration // 0: 30 s and 15 min, as in life
	random           func() float64
	limits           bool      // Telegram refuses what is too much
	begins           time.Time // zero: monday
}

// bubble is the world of one test.
type bubble struct {
	t        *testing.T
	net      *inProcess
	telegram *tgsim.Server
	platform *apisim.Platform
	settings settings
	log      *lockedBuffer
	stop     func() // ends the program and waits for it; more than once does no harm

	clients, performers []*person
}

// person is somebody with a chat and an account on the platform.
type person struct {
	*bubble

	user   int64 // in Telegram
	member int64
	token  string
}

// monday is when the world of a bubble begins: a winter's morning, when British time is UTC.
var monday = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

const (
	firstClient    = 100_000 // members, and their chats
	firstPerformer = 200_000
)

// sized is how many there are of something: few under -short, and under the race detector, which takes several times as
// long.
func sized(full, small int) int {
	if hurried() {
		return small
	}
	return full
}

func hurried() bool { return testing.Short() || underRace }

// inBubble plays a test in a world of its own, in which the program runs.
func inBubble(t *testing.T, cfg bubbleConfig, play func(*bubble)) {
	t.Helper()
	t.Parallel() // much of the time only one goroutine has work
	began := time.Now()
	data := filepath.Join(inMemory(t), "data")
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(cmp.Or(cfg.begins, monday)))
		b := newBubble(t, cfg, data)
		b.start()
		play(b)
		b.stop()
		if t.Failed() {
			t.Logf("the end of the program's log:\n%s", b.tail())
		}
	})
	t.Logf("took %s", time.Since(began).Round(10*time.Millisecond))
}

// inMemory is a directory that costs no fsyncs, where the system has such a place: in a bubble nothing is killed.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "phonechatbot-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func newBubble(t *testing.T, cfg bubbleConfig, data string) *bubble {
	b := &bubble{t: t, log: &lockedBuffer{}, stop: func() {}}
	var members []apisim.Member
	for i := range max(cfg.pairs, 1) {
		client := &person{b, firstClient + int64(i), firstClient + int64(i), fmt.Sprintf("token-of-client-%d", i)}
		performer := &person{b, firstPerformer + int64(i), firstPerformer + int64(i), fmt.Sprintf("token-of-performer-%d", i)}
		b.clients, b.performers = append(b.clients, client), append(b.performers, performer)
		members = append(members, apisim.Member{
			ID: client.member, Nickname: nameOf(client.member), Token: client.token, Balance: "100000", Phone: "07700900123",
		}, apisim.Member{
			ID: performer.member, Nickname: nameOf(performer.member), Token: performer.token, PPM: "1.20", Methods: []int{1, 2},
			OffersPhoneChat: true, Phone: "+447700900456",
		})
	}
	b.telegram = tgsim.New(tgsim.Config{Token: demoToken, RateLimit: cfg.limits})
	b.platform = apisim.New(apisim.Config{Members: members, Random: cfg.random, ETags: true})
	b.net = &inProcess{
		hosts:   map[string]http.Handler{telegramHost: b.telegram.Handler(), platformHost: b.platform.Handler()},
		latency: 20 * time.Millisecond, failed: func(err error) { t.Error(err) }, gone: map[string]bool{},
	}
	b.settings = settings{
		telegramToken: secret.New(demoToken), telegramURL: "http://" + telegramHost, apiURL: "http://" + platformHost,
		zone: b.platform.Location(), data: data, keyFile: filepath.Join(data, "key"),
		pollMin: cmp.Or(cfg.pollMin, 30*time.Second), pollMax: cmp.Or(cfg.pollMax, 15*time.Minute),
		apiRate: rate.Limit(1000), apiBurst: 5, apiRest: 15 * time.Second, apiKey: secret.New(apisim.DemoAPIKey), transport: b.net,
	}
	return b
}

// start runs the program until stop.
func (b *bubble) start() {
	b.t.Helper()
	s := b.settings
	s.listener = newNoListener()
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	log := zerolog.New(b.log).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	go func() { ended <- run(ctx, s, log) }()
	stopped := false
	b.stop = func() {
		b.t.Helper()
		if cancel(); stopped {
			return
		}
		stopped = true
		if err := <-ended; err != nil {
			b.t.Errorf("the program ended badly: %v", err)
		}
	}
	b.t.Cleanup(func() { // of a test that broke off
		b.telegram.ClearFaults()
		b.platform.ClearFaults()
		b.stop()
	})
}

// restart stops the program in the ordinary way and starts it again.
func (b *bubble) restart() {
	b.t.Helper()
	b.stop()
	b.start()
}

// tail is the end of the log.
func (b *bubble) tail() string {
	const lines = 15
	all := strings.Split(strings.TrimSpace(b.log.String()), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// everybody is all people.
func (b *bubble) everybody() []*person { return slices.Concat(b.clients, b.performers) }

// link has people paste their tokens, as many at a time as Telegram's limits leave room for, and waits until each
// account was looked at.
func (b *bubble) link(people ...*person) {
	b.t.Helper()
	walk(people,
		func(p *person) { p.say("/start") },
		func(p *person) { p.press(p.reads("Not linked yet"), "Paste an access token") },
		func(p *person) { p.reads("Paste your access token here"); p.say(p.token) },
		func(p *person) { p.reads("Linked as") },
	)
	time.Sleep(time.Minute)
}

// openly has people ask for names and amounts in their alerts.
func openly(people ...*person) {
	walk(people, func(p *person) { p.chooses("How much they say", "Standard") })
	time.Sleep(time.Minute)
}

// walk has people take the same steps, as many people at a time as Telegram's limits leave room for.
func walk(people []*person, steps ...func(*person)) {
	const together = 10
	for some := range slices.Chunk(people, together) {
		for _, step := range steps {
			for _, p := range some {
				step(p)
			}
			time.Sleep(time.Second)
		}
	}
}

// chooses goes to a page of /alerts and presses one key after another, until each has its tick or has lost it.
func (p *person) chooses(page string, labels ...string) {
	p.t.Helper()
	p.say("/alerts")
	card := p.shows(page)
	p.press(card, page)
	for _, label := range labels {
		p.press(p.shows(label), label)
		pressed, off := strings.CutPrefix(label, "✓ ")
		if !off {
			pressed = "✓ " + label
		}
		p.shows(pressed)
	}
}

// shows waits until the last message has a key with that label, and gives up as reads does.
func (p *person) shows(label string) tgsim.Message {
	p.t.Helper()
	return p.awaits("key "+label, func(m tgsim.Message) bool {
		return slices.ContainsFunc(slices.Concat(m.Rows...), func(b tgsim.Button) bool { return clean(b.Label) == label })
	})
}

func (p *person) say(text string) { p.telegram.Send(p.user, text) }

// reads waits until the last message says this, and gives up after a minute of the bubble.
func (p *person) reads(text string) tgsim.Message {
	p.t.Helper()
	return p.awaits(text, func(m tgsim.Message) bool { return strings.Contains(clean(m.Text), text) })
}

func (p *person) awaits(what string, is func(tgsim.Message) bool) tgsim.Message {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var found tgsim.Message
	err := p.telegram.WaitFor(ctx, p.user, func(messages []tgsim.Message) bool {
		shown := visible(messages)
		if len(shown) == 0 || !is(shown[len(shown)-1]) {
			return false
		}
		found = shown[len(shown)-1]
		return true
	})
	if err != nil {
		p.t.Fatalf("%d waited for %q at the end, the chat shows:\n%s\nthe log:\n%s", p.user, what, p.transcript(), p.tail())
	}
	return found
}

func (p *person) press(m tgsim.Message, label string) {
	p.t.Helper()
	for _, b := range slices.Concat(m.Rows...) {
		if clean(b.Label) == label {
			label = b.Label
			break
		}
	}
	if _, err := p.telegram.Press(p.user, m.ID, label); err != nil {
		p.t.Fatalf("press %q: %v; the chat shows:\n%s", label, err, p.transcript())
	}
}

func (p *person) transcript() string {
	var lines []string
	for _, m := range p.telegram.Chat(p.user) {
		lines = append(lines, fmt.Sprintf("%s #%d bot=%v deleted=%v %s", m.At.UTC().Format(time.DateTime), m.ID, m.FromBot, m.Deleted, m.Text))
	}
	return strings.Join(lines, "\n")
}

// asks has a client ask a performer for a call, and gives the number of the booking.
func (b *bubble) asks(client, performer *person) int64 {
	return b.platform.AddBooking(apisim.Seed{Client: client.member, Performer: performer.member})
}

// must fails the test on a refusal of the platform: the test asked for what cannot be done.
func (b *bubble) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}
