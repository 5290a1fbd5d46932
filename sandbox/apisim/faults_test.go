package apisim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wired is a world behind a real socket.
type wired struct {
	world
	client *http.Client
	url    string
}

func behindSocket(t *testing.T, w world) wired {
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	// Without reuse of connections net/http repeats nothing by itself.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return wired{w, client, server.URL}
}

func (w wired) send(ctx context.Context, method, target, body string) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.url+target, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Authorization", "bearer "+w.token(owl))
	r.Header.Set("Content-Type", "application/json")
	reply, err := w.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = reply.Body.Close() }()
	got, err := io.ReadAll(reply.Body)
	return reply, string(got), err
}

func (w wired) create(ctx context.Context) (*http.Response, string, error) {
	return w.send(ctx, http.MethodPost, "/v1/PhoneChat/CreateBooking", order(nil))
}

func (w wired) list(ctx context.Context) (*http.Response, string, error) {
	return w.send(ctx, http.MethodGet, "/v1/PhoneChat/MadeBookings", "")
}

func holds(parts ...string) func(string) bool {
	return func(body string) bool {
		for _, part := range parts {
			if !strings.Contains(body, part) {
				return false
			}
		}
		return json.Valid([]byte(body))
	}
}

// struck is what a kind of fault does to a reply that holds one booking.
type struck struct {
	status int // 0 if there is no reply
	body   func(string) bool
}

func everyKind() map[FaultKind]struck {
	sound := holds(`"Status":"Pending"`, `"Comments":"Evening`, `"LastUpdated":"2027-03-02T08:15:09.25"`)
	return map[FaultKind]struck{
		FaultDown:             {0, nil},
		FaultReset:            {0, nil},
		FaultStatus:           {503, hasMessage},
		FaultError:            {500, hasMessage},
		FaultUnauthorized:     {401, hasMessage},
		FaultForbidden:        {403, hasMessage},
		FaultNotFound:         {404, hasMessage},
		FaultRateLimited:      {429, hasMessage},
		FaultHTML:             {403, func(s string) bool { return strings.HasPrefix(s, "<!DOCTYPE html>") }},
		FaultHangBefore:       {200, sound},
		FaultHangAfter:        {200, sound},
		FaultSlow:             {200, sound},
		FaultErrorAfterCommit: {500, hasMessage},
		FaultResetAfterCommit: {0, nil},
		FaultEmptyBody:        {200, func(s string) bool { return s == "" }},
		FaultTruncated:        {200, func(s string) bool { return s != "" && !json.Valid([]byte(s)) }},
		FaultWrongTypes:       {200, holds(`"BookingID":"48213"`, `"Status":{"Value":"Pending"}`, `"LastUpdated":1803975309,`)},
		FaultUnknownStatus:    {200, holds(`"Status":"Mislaid"`, `"Comments":"Evening`)},
		FaultExtraFields:      {200, holds(`"NotInTheContract":{`, `"Status":"Pending"`)},
		FaultNulls:            {200, holds(`"Comments":null`, `"PhoneNumber":null`, `"Status":"Pending"`)},
		FaultShiftingList:     {200, sound},
		FaultClockSkew:        {200, holds(`"LastUpdated":"2027-03-02T09:15:09.25"`, `"SessionDate":"2027-03-04T09:15:00"`)},
	}
}

func TestEveryKindHitsAReadAndAWrite(t *testing.T) {
	table := everyKind()
	if len(table) != len(FaultKinds()) {
		t.Errorf("%d kinds are tried, %d are known", len(table), len(FaultKinds()))
	}
	for _, known := range FaultKinds() {
		fault := Fault{Kind: known.Kind, Delay: time.Hour}
		switch known.Kind {
		case FaultStatus:
			fault.Status = 503
		case FaultSlow:
			fault.Delay = time.Millisecond
		default:
		}
		for _, op := range []string{OpCreateBooking, OpMadeBookings} {
			t.Run(string(known.Kind)+" "+op, func(t *testing.T) {
				w := behindSocket(t, newWorld(t))
				want, send, committed := table[known.Kind], w.create, 0
				if known.Commits || op == OpMadeBookings || known.Kind == FaultHangBefore {
					committed = 1
				}
				if op == OpMadeBookings {
					send = w.list
					if _, _, err := w.create(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if known.Does == "" {
					t.Error("it is not said what it does")
				}
				w.SetFault(op, fault)
				got := w.strike(t, op, send)
				if n := w.CreatedCount(); n != committed {
					t.Errorf("%d committed, want %d", n, committed)
				}
				if got.status() != want.status || want.status != 0 && !want.body(got.body) {
					t.Errorf("got %d: %q, %v", got.status(), got.body, got.err)
				}
				if date := "Tue, 02 Mar 2027 08:15:09 GMT"; want.status != 0 && got.reply.Header.Get("Date") != date {
					t.Errorf("the platform's date is %s", got.reply.Header.Get("Date"))
				}
				if status, _ := w.get(velvet, "/v1/PhoneChat/ReceivedBookings"); status != http.StatusOK {
					t.Errorf("another operation suffers too: %d", status)
				}
				w.ClearFaults()
				if reply, _, err := send(t.Context()); err != nil || reply.StatusCode != http.StatusOK {
					t.Errorf("cleared, but: %v", err)
				}
			})
		}
	}
}

// strike sends a request into the fault of an operation, and clears the fault if that is what it waits for.
func (w wired) strike(t *testing.T, op string, send func(context.Context) (*http.Response, string, error)) outcome {
	t.Helper()
	if kind := w.Faults()[op].Kind; kind == FaultHangBefore || kind == FaultHangAfter {
		done := w.hang(t.Context(), op, Fault{Kind: kind}, send)
		w.ClearFaults()
		return <-done
	}
	reply, body, err := send(t.Context())
	return outcome{reply, body, err}
}

func TestFaultOptions(t *testing.T) {
	for name, tc := range map[string]struct {
		fault      Fault
		status     int
		retryAfter string
		body       string
	}{
		"own words":              {Fault{Kind: FaultStatus, Status: 403, Message: "No."}, 403, "", "No."},
		"asked to wait":          {Fault{Kind: FaultStatus, Status: 429, RetryAfter: 7 * time.Second}, 429, "7", ""},
		"not told how long":      {Fault{Kind: FaultStatus, Status: 429}, 429, "", ""},
		"preset":                 {Fault{Kind: FaultRateLimited}, 429, "5", ""},
		"preset with own wait":   {Fault{Kind: FaultRateLimited, RetryAfter: time.Minute}, 429, "60", ""},
		"preset knows better":    {Fault{Kind: FaultNotFound, Status: 500}, 404, "", ""},
		"zone behind":            {Fault{Kind: FaultClockSkew, Delay: -8 * time.Hour}, 200, "", `"LastUpdated":"2027-03-02T00:15:09.25"`},
		"zone nobody asked for":  {Fault{Kind: FaultClockSkew}, 200, "", `"LastUpdated":"2027-03-02T09:15:09.25"`},
		"status that is no help": {Fault{Kind: FaultTruncated, Status: 500}, 200, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := behindSocket(t, newWorld(t))
			w.SetFault(OpCreateBooking, tc.fault)
			reply, body, err := w.create(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if reply.StatusCode != tc.status || reply.Header.Get("Retry-After") != tc.retryAfter || !strings.Contains(body, tc.body) {
				t.Errorf("got %d, Retry-After %q: %s", reply.StatusCode, reply.Header.Get("Retry-After"), body)
			}
		})
	}
}

func hasMessage(body string) bool {
	var refused struct{ Message string }
	return json.Unmarshal([]byte(body), &refused) == nil && refused.Message != ""
}

func TestFaultsAreCountedAndOwnGoesFirst(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpAny, Fault{Kind: FaultStatus, Status: 500, Times: 1})
	w.SetFault(OpMadeBookings, Fault{Kind: FaultStatus, Status: 429, Times: 2})
	for i, want := range []int{429, 429, 500, 200} {
		if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); got != want {
			t.Errorf("call %d: got %d, want %d", i, got, want)
		}
	}
	if got := len(w.Faults()); got != 0 {
		t.Errorf("%d faults are left", got)
	}
}

func TestTruncatedNumberIsNoNumber(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpGetCurrentCreditBalance, Fault{Kind: FaultTruncated})
	if _, body := w.get(owl, "/v1/CreditHistory/GetCurrentCreditBalance"); json.Valid([]byte(body)) {
		t.Errorf("%q can be mistaken for a balance", body)
	}
}

func TestFaultAfterCommitOfWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpCreateBooking, Fault{Kind: FaultErrorAfterCommit})
	status, _ := w.post(owl, OpCreateBooking, `{}`)
	if status != http.StatusInternalServerError || w.CreatedCount() != 0 {
		t.Errorf("got %d, %d created", status, w.CreatedCount())
	}
}

func TestChanceDecidesAndMissesAreNotCounted(t *testing.T) {
	rolls := []float64{0.9, 0.49, 0.5, 0}
	w := newWorld(t, func(c *Config) {
		c.Random = func() float64 {
			roll := rolls[0]
			rolls = rolls[1:]
			return roll
		}
	})
	w.SetFault(OpMadeBookings, Fault{Kind: FaultError, Chance: 0.5, Times: 2})
	for i, want := range []int{200, 500, 200, 500, 200} {
		if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); got != want {
			t.Errorf("call %d: got %d, want %d", i, got, want)
		}
	}
	if len(rolls) != 0 {
		t.Errorf("%d rolls are left", len(rolls))
	}
	for _, always := range []float64{0, 1} { // another roll would panic
		w.SetFault(OpMadeBookings, Fault{Kind: FaultError, Chance: always})
		if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); got != http.StatusInternalServerError {
			t.Errorf("chance %v: got %d", always, got)
		}
	}
}

func TestOwnFaultThatMissesStandsInForAny(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Random = func() float64 { return 0.9 } })
	w.SetFault(OpAny, Fault{Kind: FaultError})
	w.SetFault(OpMadeBookings, Fault{Kind: FaultNotFound, Chance: 0.5})
	if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); got != http.StatusOK {
		t.Errorf("got %d", got)
	}
}

func TestChanceByItself(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpAny, Fault{Kind: FaultError, Chance: 0.5})
	seen := map[int]int{}
	for range 200 {
		status, _ := w.get(owl, "/v1/account/verifyCredentials")
		seen[status]++
	}
	if len(seen) != 2 || seen[200] == 0 || seen[500] == 0 {
		t.Errorf("half of the time: %v", seen)
	}
}

func TestMalformedFaultsAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		op    string
		fault Fault
	}{
		"operation unknown":     {"Dance", Fault{Kind: FaultDown}},
		"operation missing":     {"", Fault{Kind: FaultDown}},
		"kind unknown":          {OpAny, Fault{Kind: "gremlins"}},
		"kind missing":          {OpAny, Fault{}},
		"status missing":        {OpAny, Fault{Kind: FaultStatus}},
		"status out of range":   {OpAny, Fault{Kind: FaultStatus, Status: 700}},
		"more than certain":     {OpAny, Fault{Kind: FaultDown, Chance: 1.1}},
		"less than impossible":  {OpAny, Fault{Kind: FaultDown, Chance: -0.1}},
		"no number as a chance": {OpAny, Fault{Kind: FaultDown, Chance: math.NaN()}},
		"times below zero":      {OpAny, Fault{Kind: FaultDown, Times: -1}},
		"early":                 {OpAny, Fault{Kind: FaultSlow, Delay: -time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.setFault(tc.op, tc.fault); err == nil || len(w.Faults()) > 0 {
				t.Errorf("got %v, %d faults are on", err, len(w.Faults()))
			}
		})
	}
}

type outcome struct {
	reply *http.Response
	body  string
	err   error
}

func (o outcome) status() int {
	if o.err != nil {
		return 0
	}
	return o.reply.StatusCode
}

// hang sends a request into a fault and comes back once it has run into it.
func (w wired) hang(ctx context.Context, op string, f Fault, send func(context.Context) (*http.Response, string, error)) <-chan outcome {
	f.Times = 1
	w.SetFault(op, f)
	done := make(chan outcome, 1)
	go func() {
		reply, body, err := send(ctx)
		done <- outcome{reply, body, err}
	}()
	for w.Faults()[op].Kind == f.Kind {
		runtime.Gosched()
	}
	return done
}

// waits are the faults that wait, long enough to be noticed, and what is committed meanwhile.
func waits() map[Fault]int {
	return map[Fault]int{{Kind: FaultHangBefore}: 0, {Kind: FaultHangAfter}: 1, {Kind: FaultSlow, Delay: time.Hour}: 1}
}

func TestHangUntilTheCallerGivesUp(t *testing.T) {
	for fault, committed := range waits() {
		t.Run(string(fault.Kind), func(t *testing.T) {
			reached := make(chan struct{}, 1)
			w := behindSocket(t, newWorld(t, func(c *Config) { c.BeforeReply = func(string) { reached <- struct{}{} } }))
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			done := w.hang(ctx, OpCreateBooking, fault, w.create)
			if committed > 0 {
				<-reached
			}
			leave()
			if got := <-done; !errors.Is(got.err, context.Canceled) {
				t.Errorf("got %v", got.err)
			}
			if got := w.CreatedCount(); got != committed {
				t.Errorf("%d committed, want %d", got, committed)
			}
		})
	}
}

func TestHangUntilCleared(t *testing.T) {
	for fault := range waits() {
		for name, letGo := range map[string]func(*Platform){
			"all":       (*Platform).ClearFaults,
			"its own":   func(p *Platform) { p.ClearFault(OpCreateBooking) },
			"put anew":  func(p *Platform) { p.SetFault(OpCreateBooking, Fault{Kind: FaultDown}); p.ClearFaults() },
			"after all": func(p *Platform) { p.ClearFault(OpMadeBookings); p.ClearFaults() },
		} {
			t.Run(string(fault.Kind)+" "+name, func(t *testing.T) {
				w := behindSocket(t, newWorld(t))
				done := w.hang(t.Context(), OpCreateBooking, fault, w.create)
				select {
				case <-done:
					t.Fatal("it does not hang")
				default:
				}
				letGo(w.Platform)
				if got := <-done; got.status() != http.StatusOK || w.CreatedCount() != 1 {
					t.Errorf("got %v, %d created", got.err, w.CreatedCount())
				}
			})
		}
	}
}

func TestClearFaultLeavesTheOthers(t *testing.T) {
	w := newWorld(t)
	w.SetFault(OpAny, Fault{Kind: FaultError})
	w.SetFault(OpMadeBookings, Fault{Kind: FaultNotFound})
	w.ClearFault(OpMadeBookings)
	w.ClearFault(OpMadeBookings) // twice is no harm
	if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookings"); got != http.StatusInternalServerError {
		t.Errorf("got %d", got)
	}
}

func TestSlowIsAsSlowAsItIsTold(t *testing.T) {
	for told, want := range map[time.Duration]time.Duration{0: 3 * time.Second, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.SetFault(OpCreateBooking, Fault{Kind: FaultSlow, Delay: told})
			sent := time.Now()
			status, _ := w.post(owl, OpCreateBooking, order(nil))
			if took := time.Since(sent); took != want || status != http.StatusOK {
				t.Errorf("got %d after %v, want %v", status, took, want)
			}
		})
	}
}

func TestShiftingList(t *testing.T) {
	w := newWorld(t)
	for id := range int64(5) {
		w.AddBooking(Seed{ID: id + 1, Client: owl, Performer: velvet})
	}
	page := func(as int64, list string, number int) []int64 {
		_, body := w.get(as, fmt.Sprintf("/v1/PhoneChat/%s?BookingsPerPage=2&PageNumber=%d", list, number))
		var ids []int64
		for _, b := range read[struct{ Bookings []struct{ BookingID int64 } }](t, body).Bookings {
			ids = append(ids, b.BookingID)
		}
		return ids
	}
	w.SetFault(OpAny, Fault{Kind: FaultShiftingList})
	var got [][]int64
	got = append(got, page(owl, "MadeBookings", 1), page(velvet, "ReceivedBookings", 2)) // who has seen no page before
	for number := 2; number <= 4; number++ {
		got = append(got, page(owl, "MadeBookings", number))
	}
	got = append(got, page(owl, "MadeBookings", 1))
	want := [][]int64{{5, 4}, {3, 2}, {4, 2}, {2}, nil, {5, 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	w.ClearFaults()
	w.SetFault(OpMadeBookings, Fault{Kind: FaultShiftingList})
	if diff := cmp.Diff([]int64{3, 2}, page(owl, "MadeBookings", 2)); diff != "" {
		t.Errorf("a page is remembered after the fault was cleared (-want +got):\n%s", diff)
	}
}
