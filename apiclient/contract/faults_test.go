package contract

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/sandbox/apisim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// kind is a kind of call, as faults tell them apart.
type kind struct {
	name, op string
	write    bool
	page     int                                // which request of the call the fault strikes; 0 for the first
	prepare  func(w *world) apiclient.BookingID // what the call is about
	call     func(context.Context, *world, apiclient.BookingID) (any, error)
	done     func(t *testing.T, w *world, id apiclient.BookingID) bool // whether the platform has done it; of a read: nil
}

// reading is what was read of a list, and whether the next reading may rely on it.
type reading struct {
	bookings []apiclient.Booking
	whole    bool
}

const listed = 130 // bookings of the list: two pages

func kinds() []kind {
	pending := func(w *world) apiclient.BookingID { return w.planted(apisim.Seed{Comments: "Evening."}) }
	accepted := func(w *world) apiclient.BookingID { return w.planted(apisim.Seed{Status: apisim.StatusAccepted}) }
	many := func(w *world) apiclient.BookingID {
		for range listed - 1 {
			pending(w)
		}
		return pending(w)
	}
	list := func(ctx context.Context, w *world, _ apiclient.BookingID) (any, error) {
		r, err := w.ReadBookings(ctx, w.as(owl), apiclient.Made, apiclient.ListQuery{OrderBy: apiclient.OldestFirst}, nil)
		return reading{r.Bookings, len(r.Digests) > 0}, err
	}
	const favourites = 6600312
	return []kind{
		{name: "read one", op: apisim.OpMadeBookingDetails, prepare: pending, call: func(ctx context.Context, w *world, id apiclient.BookingID) (any, error) {
			return w.Booking(ctx, w.as(owl), apiclient.Made, id)
		}},
		{name: "read list, first page", op: apisim.OpMadeBookings, prepare: many, call: list},
		{name: "read list, second page", op: apisim.OpMadeBookings, page: 1, prepare: many, call: list},
		{name: "read number", op: apisim.OpGetCurrentCreditBalance, call: func(ctx context.Context, w *world, _ apiclient.BookingID) (any, error) {
			return w.Balance(ctx, w.as(owl))
		}},
		{name: "read in public", op: apisim.OpGetUserSummary, call: func(ctx context.Context, w *world, _ apiclient.BookingID) (any, error) {
			return w.UserSummary(ctx, velvet)
		}},
		{name: "search by POST", op: apisim.OpSearchProfiles, call: func(ctx context.Context, w *world, _ apiclient.BookingID) (any, error) {
			return w.Search(ctx, apiclient.SearchQuery{Member: velvet, ByPost: true})
		}},
		{name: "create", op: apisim.OpCreateBooking, write: true, call: func(ctx context.Context, w *world, _ apiclient.BookingID) (any, error) {
			return w.CreateBooking(ctx, w.as(owl), w.wish())
		}, done: func(_ *testing.T, w *world, _ apiclient.BookingID) bool { return w.sim.CreatedCount() > 0 }},
		{name: "write to one", op: apisim.OpConfirmMadeBooking, write: true, prepare: accepted, call: func(ctx context.Context, w *world, id apiclient.BookingID) (any, error) {
			return w.Confirm(ctx, w.as(owl), id)
		}, done: func(_ *testing.T, w *world, id apiclient.BookingID) bool {
			b, _ := w.sim.Booking(int64(id))
			return b.Status == apisim.StatusConfirmed
		}},
		{name: "write without a reply", op: apisim.OpAddUserToHotList, write: true, call: func(ctx context.Context, w *world, _ apiclient.BookingID) (any, error) {
			return nil, w.AddToHotList(ctx, w.as(owl), favourites, moth)
		}, done: func(t *testing.T, w *world, _ apiclient.BookingID) bool {
			other := w.connect(t, apiclient.Config{}, w.referee) // which has not been told to wait
			return len(must[apiclient.HotList](t)(other.HotList(t.Context(), w.as(owl), favourites)).Members) > 0
		}},
	}
}

// struck is a world in which a kind of call meets a kind of fault.
type struck struct {
	w     *world
	value any
	err   error
	calls int
}

// strike makes the call, with the fault or, without one, as it should be.
func strike(t *testing.T, book *rulebook, k kind, fault *apisim.Fault) struck {
	t.Helper()
	var w *world
	var once sync.Once
	w = newWorld(t, book, newTally(), func(s *settings) {
		s.spoilt = true
		s.sim.BeforeReply = func(op string) {
			if fault != nil && op == k.op && k.page == 1 {
				once.Do(func() { w.sim.SetFault(op, *fault) })
			}
		}
		// Reads are repeated in other tests, for hours of a fake clock; writes must not be, however much may.
		if s.client.Timeout = time.Minute; k.write {
			s.client.Retries = 3
		}
		if fault != nil && (fault.Kind == apisim.FaultHangBefore || fault.Kind == apisim.FaultHangAfter) {
			s.hasty = true
		}
	})
	var id apiclient.BookingID
	if k.prepare != nil {
		id = k.prepare(w)
	}
	if fault != nil && k.page == 0 {
		w.sim.SetFault(k.op, *fault)
	}
	s := struck{w: w}
	s.value, s.err = k.call(t.Context(), w, id)
	s.calls = w.sim.Calls(k.op)
	w.sim.ClearFaults()
	s.judge(t, k, id, fault)
	return s
}

// judge holds what came of it against what the errors promise.
func (s struck) judge(t *testing.T, k kind, id apiclient.BookingID, fault *apisim.Fault) {
	t.Helper()
	matched := 0
	for _, sentinel := range sentinels() {
		if errors.Is(s.err, sentinel) {
			matched++
		}
	}
	if s.err != nil && (matched != 1 || !errors.As(s.err, new(*apiclient.Error))) {
		t.Errorf("%v matches %d sentinels", s.err, matched)
	}
	if s.calls != k.page+1 && (k.write || fault == nil && k.page == 0 && k.op != apisim.OpMadeBookings) {
		t.Errorf("%d requests arrived", s.calls)
	}
	if k.done == nil {
		return
	}
	done := k.done(t, s.w, id)
	switch {
	case done && s.err != nil && !errors.Is(s.err, apiclient.ErrUnknownOutcome):
		t.Errorf("it was done, and the error says that it was not: %v", s.err)
	case !done && s.err == nil:
		t.Error("it was not done, and there is no error")
	case fault != nil && commits(fault.Kind) != done && fault.Kind != apisim.FaultHangBefore:
		t.Errorf("done: %v", done)
	}
}

func commits(kind apisim.FaultKind) bool {
	return slices.ContainsFunc(apisim.FaultKinds(), func(f apisim.KnownFault) bool { return f.Kind == kind && f.Commits })
}

func (s struck) same(sound struck) bool {
	return cmp.Equal(s.value, sound.value, cmp.AllowUnexported(reading{}))
}

// line tells what the client answered: a value as it should be, another one, or an error.
func (s struck) line(sound struck) string {
	var e *apiclient.Error
	switch {
	case s.err == nil && s.same(sound):
		return "as it should be"
	case s.err == nil:
		return "another value"
	case !errors.As(s.err, &e):
		return "not an *Error"
	}
	for name, sentinel := range sentinels() {
		if errors.Is(s.err, sentinel) {
			return strings.TrimSuffix(fmt.Sprintf("%s %d", name, e.Status), " 0")
		}
	}
	return "no sentinel"
}

// TestEveryFaultHasItsAnswer strikes each kind of call with each kind of fault. What the client answers
// stands in testdata/faults.golden.
func TestEveryFaultHasItsAnswer(t *testing.T) {
	book := readRulebook(t)
	var mu sync.Mutex
	lines := map[string]string{}
	t.Run("", func(t *testing.T) {
		for _, k := range kinds() {
			sound := strike(t, book, k, nil)
			if sound.err != nil {
				t.Fatalf("%s: %v", k.name, sound.err)
			}
			for _, known := range apisim.FaultKinds() {
				fault := apisim.Fault{Kind: known.Kind}
				switch known.Kind {
				case apisim.FaultStatus:
					fault.Status = 503
				case apisim.FaultSlow:
					fault.Delay = time.Millisecond
				default: // as it is
				}
				name := fmt.Sprintf("%-20s %s", known.Kind, k.name)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s := strike(t, book, k, &fault)
					survives(t, known.Kind, s, sound)
					mu.Lock()
					defer mu.Unlock()
					lines[name] = fmt.Sprintf("%-20s %-24s %s\n", known.Kind, k.name, s.line(sound))
				})
			}
		}
	})
	if want := len(kinds()) * len(apisim.FaultKinds()); len(lines) < want {
		return // only some were asked for
	}
	var text strings.Builder
	for _, known := range apisim.FaultKinds() {
		for _, k := range kinds() {
			text.WriteString(lines[fmt.Sprintf("%-20s %s", known.Kind, k.name)])
		}
	}
	golden(t, "faults.golden", text.String())
}

// survives wants what the contract lets a client survive to be survived, and nothing made up.
func survives(t *testing.T, fault apisim.FaultKind, s, sound struck) {
	t.Helper()
	switch fault {
	case apisim.FaultSlow, apisim.FaultExtraFields:
		if s.err != nil || !s.same(sound) {
			t.Errorf("%v, got %+v", s.err, s.value)
		}
	case apisim.FaultUnknownStatus:
		for _, b := range bookingsOf(s.value) {
			if b.Status != "Mislaid" && b.Status != apiclient.StatusPending { // of two pages one is struck
				t.Errorf("the status is %q", b.Status)
			}
		}
		if got, want := len(bookingsOf(s.value)), len(bookingsOf(sound.value)); s.err != nil || got != want {
			t.Errorf("%v, %d bookings, want %d", s.err, got, want)
		}
	case apisim.FaultNulls:
		if got, want := len(bookingsOf(s.value)), len(bookingsOf(sound.value)); s.err != nil || got != want {
			t.Errorf("%v, %d bookings, want %d", s.err, got, want)
		}
	case apisim.FaultClockSkew:
		was := bookingsOf(sound.value)
		for i, b := range bookingsOf(s.value) {
			if ahead := b.Session.Sub(was[i].Session); ahead != time.Hour && ahead != 0 {
				t.Errorf("the session is %v off", ahead)
			}
		}
	case apisim.FaultShiftingList:
		if list, ok := s.value.(reading); ok && list.whole != (len(list.bookings) == listed) {
			t.Errorf("%d bookings of %d are taken for the whole: %v", len(list.bookings), listed, list.whole)
		}
	default: // the golden file says what they become
	}
	if list, ok := s.value.(reading); s.err != nil && ok && len(list.bookings) > 0 {
		t.Errorf("%d bookings beside an error", len(list.bookings))
	}
}

func bookingsOf(value any) []apiclient.Booking {
	switch v := value.(type) {
	case apiclient.Booking:
		return []apiclient.Booking{v}
	case reading:
		return v.bookings
	}
	return nil
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}
