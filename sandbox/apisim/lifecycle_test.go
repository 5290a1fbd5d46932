package apisim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestCreateReplyToTheLetter(t *testing.T) {
	w := newWorld(t)
	status, body := w.post(owl, OpCreateBooking, order(nil))
	want := `{"BookingID":48213,"Duration":20,"Credits":24.5,"Status":"Pending","Method":1,` +
		`"PhoneNumber":"07700900123","SkypeName":null,"CreateDate":"2027-03-02T08:15:09.25",` +
		`"SessionDate":"2027-03-04T08:15:00","AcceptBy":"2027-03-03T08:15:00","AcceptedDate":null,` +
		`"ConfirmedDate":null,"CancelledDate":null,"CancelledReason":null,"CancelledBy":null,` +
		`"RejectedReason":null,"LastUpdated":"2027-03-02T08:15:09.25","Comments":"Evening suits me best.",` +
		`"ActionClient":"VelvetVoice has to accept or decline","Candidate":{"UserID":771204,` +
		`"Nickname":"VelvetVoice","PhoneNumber":null,"SkypeName":null,"Total":56,"Positive":57,` +
		`"Neutral":2,"Negative":1,"Ratings":60,"Disputes":0}}`
	if diff := cmp.Diff(want, body); status != http.StatusOK || diff != "" {
		t.Errorf("got %d (-want +got):\n%s", status, diff)
	}
}

// TestLifeCycle walks a booking from creation over a changed price to cancellation.
func TestLifeCycle(t *testing.T) {
	w := newWorld(t)
	_, body := w.post(owl, OpCreateBooking, order(nil))
	id := read[wire.MadeBooking](t, body).BookingID
	body = w.mustPost(velvet, OpAcceptReceivedBooking, fmt.Sprintf(`{"BookingID":%d,"Credits":30.00}`, id))
	accepted := read[wire.ReceivedBooking](t, body)
	if accepted.Status != StatusAccepted || accepted.Credits != "30" || accepted.AcceptedDate == nil ||
		*accepted.AcceptedDate != accepted.LastUpdated || *accepted.ActionCandidate != "NightOwl77 has to confirm" {
		t.Errorf("accepted: %s", body)
	}
	if strings.Contains(body, "07700900123") {
		t.Error("the client's number is out before the booking is confirmed")
	}
	_, body = w.get(owl, fmt.Sprintf("/v1/PhoneChat/MadeBookingDetails?BookingID=%d", id))
	if got := *read[wire.MadeBooking](t, body).ActionClient; got != "VelvetVoice changed the credits to 30: confirm or cancel" {
		t.Errorf("ActionClient %q", got)
	}
	if got := w.Balance(owl); got != "250" {
		t.Errorf("balance %s before confirming", got)
	}

	w.Clock().Advance(time.Minute)
	confirmed := read[wire.MadeBooking](t, w.mustPost(owl, OpConfirmMadeBooking, fmt.Sprintf(`{"BookingID":%d}`, id)))
	if confirmed.Status != StatusConfirmed || *confirmed.ConfirmedDate != "2027-03-02T08:16:09.25" {
		t.Errorf("confirmed: %+v", confirmed.Booking)
	}
	if _, balance := w.get(owl, "/v1/CreditHistory/GetCurrentCreditBalance"); balance != "220" {
		t.Errorf("balance %s after confirming, want 220", balance)
	}

	cancelled := read[wire.MadeBooking](t, w.mustPost(owl, OpCancelMadeBooking, fmt.Sprintf(`{"BookingID":%d,"Reason":"Plans changed."}`, id)))
	want := []string{StatusCancelled, "Plans changed.", "NightOwl77", "2027-03-02T08:16:09.251"}
	got := []string{cancelled.Status, *cancelled.CancelledReason, *cancelled.CancelledBy, *cancelled.CancelledDate}
	if diff := cmp.Diff(want, got); diff != "" || cancelled.ActionClient != nil {
		t.Errorf("cancelled (-want +got):\n%s", diff)
	}
	if a, b := w.Balance(owl), w.Balance(velvet); a != "250" || b != "40" {
		t.Errorf("balances %s and %s after cancelling", a, b)
	}
}

func (w world) mustPost(as int64, op, body string) string {
	w.t.Helper()
	status, reply := w.post(as, op, body)
	if status != http.StatusOK {
		w.t.Fatalf("%s: got %d: %s", op, status, reply)
	}
	return reply
}

func TestNumbersAreShownOnlyWhenConfirmedAndNeeded(t *testing.T) {
	const clientPhone, performerPhone = "07700900123", "07700900472"
	const clientSkype, performerSkype = "live:nightowl77.demo", "live:copperlark.demo"
	for method, tc := range map[int]struct{ client, performer string }{ // what each side learns
		MethodPerformerRings: {"", clientPhone},
		MethodClientRings:    {performerPhone, ""},
		MethodSkype:          {performerSkype, clientSkype},
	} {
		for _, status := range []string{StatusPending, StatusAccepted, StatusConfirmed, StatusCancelled, StatusRejected} {
			t.Run(fmt.Sprint(method, status), func(t *testing.T) {
				w := newWorld(t)
				id := w.AddBooking(Seed{Client: owl, Performer: lark, Method: method, Status: status})
				_, made := w.get(owl, fmt.Sprintf("/v1/PhoneChat/MadeBookingDetails?BookingID=%d", id))
				_, received := w.get(lark, fmt.Sprintf("/v1/PhoneChat/ReceivedBookingDetails?BookingID=%d", id))
				candidate, client := read[wire.MadeBooking](t, made).Candidate, read[wire.ReceivedBooking](t, received).Client
				want := [2]string{}
				if status == StatusConfirmed {
					want = [2]string{tc.client, tc.performer}
				}
				got := [2]string{
					text(candidate.PhoneNumber) + text(candidate.SkypeName), text(client.PhoneNumber) + text(client.SkypeName),
				}
				if got != want {
					t.Errorf("shown %q, want %q", got, want)
				}
				onBooking := read[wire.ReceivedBooking](t, received)
				if got := text(onBooking.PhoneNumber) + text(onBooking.SkypeName); got != want[1] {
					t.Errorf("on the booking: shown %q, want %q", got, want[1])
				}
			})
		}
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestReInvite(t *testing.T) {
	for reason, want := range map[string]string{"": inviteText, "  ": inviteText, "I was ill.": "I was ill."} {
		w := newWorld(t)
		id := w.AddBooking(Seed{Client: owl, Performer: velvet, Session: start.Add(-time.Hour)})
		body, err := json.Marshal(wire.Reason{BookingID: id, Reason: reason})
		if err != nil {
			t.Fatal(err)
		}
		got := read[wire.ReceivedBooking](t, w.mustPost(velvet, OpReInvite, string(body)))
		if got.Status != StatusRejected || text(got.RejectedReason) != want {
			t.Errorf("reason %q: got %s, %q", reason, got.Status, text(got.RejectedReason))
		}
		_, made := w.get(owl, fmt.Sprintf("/v1/PhoneChat/MadeBookingDetails?BookingID=%d", id))
		if got := text(read[wire.MadeBooking](t, made).ActionClient); got != "VelvetVoice invites you to book again" {
			t.Errorf("ActionClient %q", got)
		}
	}
}

func TestCancelReceived(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusAccepted})
	if err := w.CancelReceived(id, "Something came up."); err != nil {
		t.Fatal(err)
	}
	got, _ := w.Booking(id)
	if got.Status != StatusCancelled || got.CancelledBy != "VelvetVoice" || got.CancelledReason != "Something came up." {
		t.Errorf("got %s by %q", got.Status, got.CancelledBy)
	}
}

func TestAutoReject(t *testing.T) {
	deadline := start.Add(time.Hour)
	for name, tc := range map[string]struct {
		delay *time.Duration
		after time.Duration // from the deadline
		want  string
	}{
		"never, unless asked for":  {nil, 240 * time.Hour, StatusPending},
		"on the dot":               {new(time.Duration(0)), 0, StatusRejected},
		"a moment before":          {new(time.Duration(0)), -time.Millisecond, StatusPending},
		"late, and not due":        {new(time.Hour), 59 * time.Minute, StatusPending},
		"late, and long since due": {new(time.Hour), 9 * time.Hour, StatusRejected},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) { c.AutoReject = tc.delay })
			id := w.AddBooking(Seed{Client: owl, Performer: velvet, AcceptBy: deadline})
			w.Clock().Set(deadline.Add(tc.after))
			got, _ := w.Booking(id)
			if got.Status != tc.want {
				t.Fatalf("got %s, want %s", got.Status, tc.want)
			}
			if got.Status == StatusRejected && (got.RejectedReason == "" || !got.LastUpdated.Equal(deadline.Add(*tc.delay))) {
				t.Errorf("rejected at %v, reason %q", got.LastUpdated, got.RejectedReason)
			}
		})
	}
}

func TestTimesAreBritishAndZoneless(t *testing.T) {
	w := newWorld(t)
	w.Clock().Set(time.Date(2027, 7, 1, 9, 30, 0, 0, time.UTC)) // 10:30 in summer
	change := func(m map[string]any) {
		m["SessionDate"], m["AcceptBy"] = "2027-07-01 12:00", "2027-07-01 10:31"
	}
	booked := read[wire.MadeBooking](t, w.mustPost(owl, OpCreateBooking, order(change)))
	want := []string{"2027-07-01T10:30:00", "2027-07-01T12:00:00", "2027-07-01T10:31:00"}
	if diff := cmp.Diff(want, []string{booked.CreateDate, booked.SessionDate, booked.AcceptBy}); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
	held, _ := w.Booking(booked.BookingID)
	if !held.Session.Equal(time.Date(2027, 7, 1, 11, 0, 0, 0, time.UTC)) {
		t.Errorf("session %v", held.Session)
	}
}

func TestTwoCreatesAreTwoBookings(t *testing.T) {
	w := newWorld(t)
	w.mustPost(owl, OpCreateBooking, order(nil))
	w.mustPost(owl, OpCreateBooking, order(nil))
	if got := len(w.Bookings(owl)); got != 2 || w.CreatedCount() != 2 {
		t.Errorf("%d bookings, %d created, want 2", got, w.CreatedCount())
	}
}

func TestConcurrentRequests(t *testing.T) {
	const clients = 20
	w := newWorld(t)
	w.SetBalance(owl, "490") // pays for 20 bookings of 24.5, not for 21
	var all sync.WaitGroup
	ids := make(chan int64, clients)
	for range clients {
		all.Go(func() {
			_, body := w.post(owl, OpCreateBooking, order(nil))
			var booked wire.MadeBooking
			if json.Unmarshal([]byte(body), &booked) == nil {
				ids <- booked.BookingID
			}
			w.get(owl, "/v1/PhoneChat/MadeBookings")
		})
	}
	all.Wait()
	close(ids)
	seen := map[int64]bool{}
	for id := range ids {
		seen[id] = true
		if err := w.Accept(id, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != clients || w.CreatedCount() != clients {
		t.Fatalf("%d different ids, %d created", len(seen), w.CreatedCount())
	}
	won := make(chan bool, 2*clients)
	for id := range seen {
		for range 2 { // of two confirmations one wins
			all.Go(func() { won <- w.Confirm(id) == nil })
		}
	}
	all.Wait()
	close(won)
	wins := 0
	for ok := range won {
		if ok {
			wins++
		}
	}
	if wins != clients || w.Balance(owl) != "0" || w.Balance(velvet) != "530" {
		t.Errorf("%d confirmed, balances %s and %s", wins, w.Balance(owl), w.Balance(velvet))
	}
}

func TestSentences(t *testing.T) {
	const early, late, past = -48 * time.Hour, -90 * time.Minute, time.Minute // from the session; AcceptBy is 2 hours before it
	for name, tc := range map[string]struct {
		status            string
		method            int
		at                time.Duration
		client, performer string
	}{
		"pending":            {StatusPending, 1, early, "VelvetVoice has to accept or decline", "Accept or decline this booking"},
		"pending, late":      {StatusPending, 1, late, "VelvetVoice did not answer in time", "The deadline has passed: decline this booking"},
		"pending, past":      {StatusPending, 1, past, "VelvetVoice did not answer in time", "Decline this booking or invite NightOwl77 to book again"},
		"accepted":           {StatusAccepted, 1, late, "Confirm or cancel this booking", "NightOwl77 has to confirm"},
		"accepted, past":     {StatusAccepted, 1, past, "The session time has passed without your confirmation", ""},
		"confirmed, 1":       {StatusConfirmed, 1, late, "VelvetVoice will contact you at the agreed time", "Contact NightOwl77 at the agreed time"},
		"confirmed, 2":       {StatusConfirmed, 2, late, "Ring VelvetVoice at the agreed time", "NightOwl77 will ring you at the agreed time"},
		"confirmed and done": {StatusConfirmed, 1, past, "", ""},
		"rejected":           {StatusRejected, 1, late, "", ""},
		"cancelled":          {StatusCancelled, 1, late, "", ""},
		"unheard of":         {"Paused", 1, early, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.AddBooking(Seed{
				Client: owl, Performer: velvet, Status: tc.status, Method: tc.method,
				Session: start.Add(-tc.at), AcceptBy: start.Add(-tc.at - 2*time.Hour),
			})
			_, made := w.get(owl, fmt.Sprintf("/v1/PhoneChat/MadeBookingDetails?BookingID=%d", id))
			_, received := w.get(velvet, fmt.Sprintf("/v1/PhoneChat/ReceivedBookingDetails?BookingID=%d", id))
			got := []string{
				text(read[wire.MadeBooking](t, made).ActionClient), text(read[wire.ReceivedBooking](t, received).ActionCandidate),
			}
			if diff := cmp.Diff([]string{tc.client, tc.performer}, got); diff != "" {
				t.Errorf("sentences (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlantedBookingsAreFilledInAndVanish(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusCancelled, Reason: "Ill.", ByPerformer: true})
	created := start // all there is to know: the clock, the price and the client's number
	want := Booking{
		ID: 48213, Client: owl, Performer: velvet, Status: StatusCancelled, Method: 1, Duration: 10, Credits: "12",
		PhoneNumber: "07700900123", Created: created, LastUpdated: created, Cancelled: created,
		Session: start.Add(24 * time.Hour), AcceptBy: start.Add(23 * time.Hour),
		CancelledBy: "VelvetVoice", CancelledReason: "Ill.",
	}
	got, _ := w.Booking(id)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("planted (-want +got):\n%s", diff)
	}
	if w.CreatedCount() != 0 {
		t.Error("a planted booking counts as created")
	}
	w.Remove(id)
	if _, ok := w.Booking(id); ok || len(w.Bookings(owl)) != 0 {
		t.Error("the booking has not vanished")
	}
}
