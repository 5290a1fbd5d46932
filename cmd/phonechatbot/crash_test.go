package main

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
	"phonechatbot/store"
)

// The program is killed at each point of a booking in turn, and started again. The person notices no more than a
// card that comes twice, or that has to be pressed again: what was typed is never lost, and there is one booking.
func TestKilledAtEveryPoint(t *testing.T) {
	form := newCrashForm()
	points := form.count(t)
	t.Logf("%d points", len(points))
	if len(points) < leastPoints {
		t.Fatalf("only %d points:\n%s", len(points), strings.Join(points, "\n"))
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	form.surviveAll(t, points, step)
}

// surviveAll has the program killed at every step-th of these points, in a life each.
func (f *crashForm) surviveAll(t *testing.T, points []string, step int) {
	t.Helper()
	var next, played, reached atomic.Int64
	var lives sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) { // more than can run: most of the time they wait for the disk
		lives.Go(func() {
			for i := int(next.Add(1)-1) * step; i < len(points); i = int(next.Add(1)-1) * step {
				t.Run(points[i], func(t *testing.T) {
					played.Add(1)
					if f.survive(t, points[i]) {
						reached.Add(1)
					}
				})
			}
		})
	}
	lives.Wait()
	got, all := reached.Load(), played.Load()
	t.Logf("killed at %d of %d points", got, all)
	if got < all*9/10 && !t.Failed() {
		t.Errorf("only %d of %d points were reached again", got, all)
	}
}

// A stop in the midst of a form leaves nothing owed: the next start shows nothing twice.
func TestAStopOwesNothing(t *testing.T) {
	w := newCrashWorld(t, nowhere, false)
	w.say("/book 771204")
	w.reads("Which day")
	w.stop()
	db := w.open()
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		c, err := tx.Chat(flow.ChatID(clientUser))
		if err == nil && (c.Session == nil || c.Drawn != c.Session.Rev) {
			t.Errorf("drawn %d of %+v", c.Drawn, c.Session)
		}
		for _, err := range tx.Updates() {
			t.Errorf("an update that was handled lies in the inbox (%v)", err)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// leastPoints says that the hooks hang where they should: for each of the ten things that the person does there are a
// batch, a commit of it, one of the turn, and a card, each with two sides.
const leastPoints = 10 * 8

// crashForm is what is typed, and what the booking must be.
type crashForm struct {
	hooked bool // updates are brought, not asked for
	steps  []step
	review []string // lines of it that hold the answers; known once it was seen
	want   apisim.Booking
}

const (
	reviewText  = "Nothing has been sent yet"
	confirmText = "Send this request to"
	unsureText  = "I am looking it up"
	sentText    = "Request sent, #48213"
)

func newCrashForm() *crashForm {
	zone := apisim.New(apisim.Config{}).Location()
	day := time.Now().In(zone).AddDate(0, 0, 3)
	at := func(days, hour, minute int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day()+days, hour, minute, 0, 0, zone)
	}
	session, acceptBy := at(0, 21, 30), at(-1, 18, 0)
	const layout = "02/01/2006 15:04"
	return &crashForm{
		steps: []step{
			{"/book 771204", "Which day"},
			{session.Format(layout), "How long"},
			{"30", "How shall the call be made"},
			{"1", "Which number"},
			{"07700 900123", "How many credits"},
			{"37.50", "Reply by when"},
			{acceptBy.Format(layout), "A comment for them"},
			{"Evening suits me best.", reviewText},
		},
		want: apisim.Booking{
			ID: 48213, Client: clientID, Performer: performerID, Status: apisim.StatusPending, Method: apisim.MethodPerformerRings,
			Duration: 30, Credits: "37.5", PhoneNumber: "07700900123", Comments: "Evening suits me best.", Session: session, AcceptBy: acceptBy,
		},
	}
}

// count plays the form undisturbed, and gives the points that were passed.
func (f *crashForm) count(t *testing.T) []string {
	w := newCrashWorld(t, nowhere, f.hooked)
	w.play(f)
	w.stop()
	for _, c := range w.shown() {
		if strings.Contains(c.Message.Text, reviewText) {
			f.review = strings.Split(clean(c.Message.Text), "\n")
			break
		}
	}
	w.check(f)
	return strings.Split(strings.TrimSpace(w.lives[0].String()), "\n")
}

// survive plays the form while the program is killed at a point. It reports whether it came to that: two commits that
// share one in this run make them fewer, and what is shown because a machine is slow is not always shown.
func (f *crashForm) survive(t *testing.T, point string) (reached bool) {
	w := newCrashWorld(t, point, f.hooked)
	w.play(f)
	w.rest()
	if reached = w.reborn(); reached {
		w.rest()
		w.stop()
	}
	w.check(f)
	return reached
}

// play is the person: types each answer once, presses what the last card shows, and waits as long as it takes.
func (w *crashWorld) play(f *crashForm) {
	w.t.Helper()
	for _, s := range f.steps {
		w.say(s.answer)
		w.reads(s.then)
	}
	pressed := map[string]bool{}
	for over := false; !over; {
		over = w.atTheEnd(pressed)
	}
}

// atTheEnd waits for something new at the end of the chat and does what it asks for; true is the end.
func (w *crashWorld) atTheEnd(pressed map[string]bool) bool {
	w.t.Helper()
	var last tgsim.Message
	var button tgsim.Button
	err := w.telegram.WaitFor(w.ctx, clientUser, func(messages []tgsim.Message) bool {
		shown := visible(messages)
		last, button = shown[len(shown)-1], tgsim.Button{}
		for _, b := range slices.Concat(last.Rows...) {
			if isSend(b) && !pressed[b.Data] {
				button = b
			}
		}
		unsure := strings.Contains(last.Text, unsureText) && !pressed[unsureText]
		return button.Data != "" || unsure || strings.Contains(last.Text, sentText)
	})
	switch {
	case err != nil:
		w.t.Fatalf("waited for a way on, the chat shows:\n%s\n%s", w.transcript(), w.story())
	case strings.Contains(last.Text, sentText):
		return true
	case strings.Contains(last.Text, unsureText):
		pressed[unsureText] = true
		w.later(2 * time.Minute)
		return false
	}
	pressed[button.Data] = true
	query, err := w.telegram.Press(clientUser, last.ID, button.Data)
	if err != nil { // it was taken away meanwhile
		return false
	}
	// Nobody presses again while the button still waits.
	if _, err := w.telegram.WaitAnswered(w.ctx, query); err != nil {
		w.t.Fatalf("%q is not answered: %v, the chat shows:\n%s\n%s", button.Label, err, w.transcript(), w.story())
	}
	return false
}

// rest has the program prove that it is awake and that nothing is left to do: home, and no form open.
func (w *crashWorld) rest() {
	w.t.Helper()
	for {
		asked := w.telegram.Send(w.user, "/start")
		var home tgsim.Message
		err := w.telegram.WaitFor(w.ctx, w.user, func(messages []tgsim.Message) bool { // not the home of before
			shown := visible(messages)
			home = shown[len(shown)-1]
			return home.ID > asked && strings.Contains(clean(home.Text), "Linked as")
		})
		if err != nil {
			w.t.Fatalf("there is no home: %v, the chat shows:\n%s\n%s", err, w.transcript(), w.story())
		}
		if !strings.Contains(home.Text, "A form is open") {
			return
		}
		w.reads(sentText) // it is told again that it is over
	}
}

// shown lists what happened to the newest message of the bot, from one to the next: an old card that loses its
// buttons does not count.
func (w *crashWorld) shown() []tgsim.Change {
	all, _ := w.telegram.Changes(clientUser, 0)
	newest := 0
	return slices.DeleteFunc(slices.Clone(all), func(c tgsim.Change) bool {
		newest = max(newest, c.Message.ID)
		return !c.Message.FromBot || c.Message.ID < newest || c.Kind == tgsim.Deleted
	})
}

// check compares how everything stands with what the person has typed.
func (w *crashWorld) check(f *crashForm) {
	w.t.Helper()
	if n := w.platform.CreatedCount(); n != 1 {
		w.t.Errorf("%d bookings were made", n)
	}
	got, _ := w.platform.Booking(f.want.ID)
	want := f.want
	want.Created, want.LastUpdated = got.Created, got.LastUpdated
	if diff := cmp.Diff(want, got, cmp.Comparer(time.Time.Equal)); diff != "" {
		w.t.Errorf("the booking is not as asked for (-want +got):\n%s", diff)
	}
	w.checkCards(f)
	w.checkDisk()
	if w.t.Failed() {
		w.t.Logf("the chat shows:\n%s\n%s", w.transcript(), w.story())
	}
}

// checkCards looks at every card that ever was the last: a step is never asked again once the next one was, a
// review has all answers, and what has arrived is not offered to be sent again.
func (w *crashWorld) checkCards(f *crashForm) {
	w.t.Helper()
	reached := 0
	for _, c := range w.shown() {
		text := clean(c.Message.Text)
		for i, s := range f.steps {
			if strings.Contains(text, s.then) && i < reached {
				w.t.Errorf("%q is asked again after %q", s.then, f.steps[reached].then)
			} else if strings.Contains(text, s.then) {
				reached = i
			}
		}
		if strings.Contains(text, reviewText) {
			for _, line := range f.review {
				if !strings.Contains(text, line) {
					w.t.Errorf("the review lacks %q:\n%s", line, text)
				}
			}
		}
		if strings.Contains(text, discreet) {
			w.t.Error("an alert tells of what the person did")
		}
	}
	changes, _ := w.telegram.Changes(clientUser, 0)
	for _, c := range changes[w.arrived.Load():] {
		text := clean(c.Message.Text)
		offered := slices.ContainsFunc(slices.Concat(c.Message.Rows...), isSend)
		if offered || strings.Contains(text, "did not arrive") || strings.Contains(text, "before anything was sent") {
			w.t.Errorf("the booking is made, and then the person reads:\n%s", text)
		}
	}
}

// isSend is a button on the way to a request.
func isSend(b tgsim.Button) bool { return b.Label == "Send request" || b.Label == "Yes, send" }

// checkDisk looks for what should not be left: a form, a claim, an update that was not handled, an alert.
func (w *crashWorld) checkDisk() {
	w.t.Helper()
	db := w.open()
	defer db.Close() //nolint:errcheck // it was only read
	err := db.View(context.Background(), func(tx *store.Tx) error {
		chat, err := tx.Chat(flow.ChatID(clientUser))
		if err != nil {
			return err
		}
		if chat.Session != nil || len(chat.Parked)+len(chat.Drafts) > 0 {
			w.t.Errorf("a form is left: %+v, %d aside, %d drafts", chat.Session, len(chat.Parked), len(chat.Drafts))
		}
		for send, err := range tx.Sends() {
			w.t.Errorf("a claim is left: %s, %v", send.Key, err)
		}
		for u, err := range tx.Updates() {
			w.t.Errorf("update %d is left, %v", u.ID, err)
		}
		for n, err := range tx.Notices(chat.Account) {
			w.t.Errorf("a notice is left: %s, %v", n.Kind, err)
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
}
