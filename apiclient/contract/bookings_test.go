package contract

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/sandbox/apisim"
)

// seedFor is a Pending booking with a number of its own.
func seedFor(client, performer apiclient.MemberID, id apiclient.BookingID) apisim.Seed {
	return apisim.Seed{ID: int64(id), Client: int64(client), Performer: int64(performer)}
}

// both reads a booking from both sides.
func (w *world) both(t *testing.T, id apiclient.BookingID) (made, received apiclient.Booking) {
	t.Helper()
	return must[apiclient.Booking](t)(w.Booking(t.Context(), w.as(owl), apiclient.Made, id)),
		must[apiclient.Booking](t)(w.Booking(t.Context(), w.as(velvet), apiclient.Received, id))
}

// balances wants both to hold so much.
func (w *world) balances(t *testing.T, client, performer string) {
	t.Helper()
	for id, want := range map[apiclient.MemberID]string{owl: client, velvet: performer} {
		if got := must[apiclient.Credits](t)(w.Balance(t.Context(), w.as(id))); got.String() != want {
			t.Errorf("%s holds %s, want %s", id, got, want)
		}
	}
}

// life goes from create over accept, for other credits, and confirm to cancel, and follows the credits.
func life(t *testing.T, w *world) {
	ctx := t.Context()
	created := must[apiclient.Booking](t)(w.CreateBooking(ctx, w.as(owl), w.wish()))
	want := apiclient.Booking{
		ID: 48213, Side: apiclient.Made, Duration: 20, Credits: apiclient.WholeCredits(25), Status: apiclient.StatusPending,
		Other:  apiclient.Party{ID: velvet, Nickname: "VelvetVoice", Rating: 56, Ratings: 60},
		Method: apiclient.MethodPerformerRings, PhoneNumber: "07700900123", Comments: "Evening suits me best.",
		Created: start, Session: w.in(48 * hour), AcceptBy: w.in(24 * hour), LastUpdated: start,
		NextStep: "VelvetVoice has to accept or decline",
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("created (-want +got)\n%s", diff)
	}
	_, seen := w.both(t, created.ID)
	if seen.PhoneNumber != "" || seen.Other.PhoneNumber != "" || seen.Other.ID != owl || seen.Comments != want.Comments {
		t.Errorf("before it is confirmed the performer sees %+v", seen)
	}
	accepted := must[apiclient.Booking](t)(w.Accept(ctx, w.as(velvet), created.ID, apiclient.WholeCredits(30)))
	if accepted.Status != apiclient.StatusAccepted || accepted.Credits.String() != "30.00" || !accepted.Accepted.After(start) {
		t.Errorf("accepted: %+v", accepted)
	}
	w.balances(t, "250.00", "40.00")
	confirmed := must[apiclient.Booking](t)(w.Confirm(ctx, w.as(owl), created.ID))
	if confirmed.Status != apiclient.StatusConfirmed || confirmed.Confirmed.IsZero() {
		t.Errorf("confirmed: %+v", confirmed)
	}
	w.balances(t, "220.00", "70.00")
	if _, seen = w.both(t, created.ID); seen.Other.PhoneNumber != "07700900123" {
		t.Errorf("the performer does not see whom to ring: %+v", seen.Other)
	}
	refusedBy(t, fails(w.Confirm(ctx, w.as(owl), created.ID)), apiclient.ErrConflict, http.StatusBadRequest)
	cancelled := must[apiclient.Booking](t)(w.CancelMade(ctx, w.as(owl), created.ID, "Plans changed."))
	if cancelled.Status != apiclient.StatusCancelled || cancelled.CancelledReason != "Plans changed." || cancelled.CancelledBy != "NightOwl77" {
		t.Errorf("cancelled: %+v", cancelled)
	}
	w.balances(t, "250.00", "40.00")
	made, received := w.both(t, created.ID)
	if diff := cmp.Diff(cancelled, made); diff != "" {
		t.Errorf("read again (-want +got)\n%s", diff)
	}
	if received.Status != made.Status || !received.LastUpdated.Equal(made.LastUpdated) {
		t.Errorf("the sides differ: %+v, %+v", made, received)
	}
}

// methods are the ways of contact: what goes with each is sent, and nothing else.
func methods(t *testing.T, w *world) {
	for method, want := range map[apiclient.Method]apiclient.Booking{
		apiclient.MethodPerformerRings: {PhoneNumber: "07700900123"},
		apiclient.MethodClientRings:    {},
		apiclient.MethodSkype:          {SkypeName: "live:nightowl77.demo"},
	} {
		wish := w.wish()
		wish.Performer, wish.Method, wish.Credits = lark, method, apiclient.WholeCredits(45)
		wish.SkypeName, wish.Comments = "live:nightowl77.demo", ""
		got := must[apiclient.Booking](t)(w.CreateBooking(t.Context(), w.as(owl), wish))
		if got.Method != method || got.PhoneNumber != want.PhoneNumber || got.SkypeName != want.SkypeName || got.Comments != "" {
			t.Errorf("%d: got %+v", method, got)
		}
		must[apiclient.Booking](t)(w.Accept(t.Context(), w.as(lark), got.ID, got.Credits))
		got = must[apiclient.Booking](t)(w.Confirm(t.Context(), w.as(owl), got.ID))
		if (got.Other.PhoneNumber != "") != (method == apiclient.MethodClientRings) || (got.Other.SkypeName != "") != (method == apiclient.MethodSkype) {
			t.Errorf("%d: of the performer is shown %+v", method, got.Other)
		}
	}
}

// ends are the ways out: declined, called off by either side before it is confirmed.
func ends(t *testing.T, w *world) {
	ctx := t.Context()
	rejected := must[apiclient.Booking](t)(w.Reject(ctx, w.as(velvet), w.planted(apisim.Seed{}), " Not free. "))
	if rejected.Status != apiclient.StatusRejected || rejected.RejectedReason != "Not free." {
		t.Errorf("rejected: %+v", rejected)
	}
	accepted := w.planted(apisim.Seed{Status: apisim.StatusAccepted})
	letDown := must[apiclient.Booking](t)(w.CancelReceived(ctx, w.as(velvet), accepted, "Unwell."))
	if letDown.Status != apiclient.StatusCancelled || letDown.CancelledBy != "VelvetVoice" || letDown.CancelledReason != "Unwell." {
		t.Errorf("called off by the performer: %+v", letDown)
	}
	withdrawn := must[apiclient.Booking](t)(w.CancelMade(ctx, w.as(owl), w.planted(apisim.Seed{}), "Never mind."))
	if withdrawn.Status != apiclient.StatusCancelled || withdrawn.CancelledBy != "NightOwl77" {
		t.Errorf("called off by the client: %+v", withdrawn)
	}
	w.balances(t, "250.00", "40.00")
	for name, err := range map[string]error{
		"accept":          fails(w.Accept(ctx, w.as(velvet), rejected.ID, rejected.Credits)),
		"reject":          fails(w.Reject(ctx, w.as(velvet), rejected.ID, "x")),
		"re-invite":       fails(w.ReInvite(ctx, w.as(velvet), rejected.ID, "")),
		"cancel received": fails(w.CancelReceived(ctx, w.as(velvet), rejected.ID, "x")),
		"confirm":         fails(w.Confirm(ctx, w.as(owl), rejected.ID)),
		"cancel made":     fails(w.CancelMade(ctx, w.as(owl), rejected.ID, "x")),
		"reschedule":      fails(w.Reschedule(ctx, w.as(owl), rejected.ID)), // it still lies ahead
	} {
		t.Log(name)
		refusedBy(t, err, apiclient.ErrConflict, http.StatusBadRequest)
	}
}

// missed are sessions that are over: re-invited by the performer, booked again by the client.
func missed(t *testing.T, w *world) {
	ctx := t.Context()
	for given, want := range map[string]string{"": "Sorry, I missed this one. Please book again.", "Try me tonight.": "Try me tonight."} {
		id := w.planted(apisim.Seed{Session: start.Add(-hour)})
		got := must[apiclient.Booking](t)(w.ReInvite(ctx, w.as(velvet), id, given))
		if got.Status != apiclient.StatusRejected || got.RejectedReason != want {
			t.Errorf("re-invited: %+v", got)
		}
	}
	old := w.planted(apisim.Seed{Session: start.Add(-hour), Status: apisim.StatusConfirmed, Credits: "24.5", Duration: 20})
	again := must[apiclient.Booking](t)(w.Reschedule(ctx, w.as(owl), old))
	if again.ID == old || again.Status != apiclient.StatusPending || again.Duration != 20 || again.Credits.String() != "24.50" {
		t.Errorf("booked again: %+v", again)
	}
	if ahead := again.Session.Sub(start); ahead < 5*time.Minute || ahead > 10*time.Minute || !again.AcceptBy.Before(again.Session) {
		t.Errorf("begins in %v, to be accepted by %v", ahead, again.AcceptBy)
	}
	if made, _ := w.both(t, old); made.Status != apiclient.StatusConfirmed {
		t.Errorf("the old one is %s", made.Status)
	}
}

// deletions go row by row, and only off the caller's own list.
func deletions(t *testing.T, w *world) {
	ctx := t.Context()
	over, open := w.planted(apisim.Seed{Status: apisim.StatusRejected, Reason: "x"}), w.planted(apisim.Seed{})
	for side, remove := range map[apiclient.Side]func() ([]apiclient.Deletion, error){
		apiclient.Made:     func() ([]apiclient.Deletion, error) { return w.DeleteMade(ctx, w.as(owl), open, over, 1) },
		apiclient.Received: func() ([]apiclient.Deletion, error) { return w.DeleteReceived(ctx, w.as(velvet), open, over, 1) },
	} {
		rows := must[[]apiclient.Deletion](t)(remove())
		if len(rows) != 3 {
			t.Fatalf("%s: %+v", side, rows)
		}
		for i, want := range []apiclient.Deletion{{Booking: open}, {Booking: over, Deleted: true}, {Booking: 1}} {
			if rows[i].Booking != want.Booking || rows[i].Deleted != want.Deleted || rows[i].Message == "" {
				t.Errorf("%s: got %+v, want %+v and a message", side, rows[i], want)
			}
		}
		as := map[apiclient.Side]apiclient.Caller{apiclient.Made: w.as(owl), apiclient.Received: w.as(velvet)}[side]
		refusedBy(t, fails(w.Booking(ctx, as, side, over)), apiclient.ErrNotFound, http.StatusNotFound)
		must[apiclient.Booking](t)(w.Booking(ctx, as, side, open))
	}
}

// bookingRules are those of CreateBooking that only the platform can know: it blames the input.
func bookingRules(t *testing.T, w *world) {
	w.sim.SetBalance(int64(moth), "10")
	for name, tc := range map[string]struct {
		as    apiclient.MemberID
		spoil func(*apiclient.NewBooking)
	}{
		"below the price":       {owl, func(b *apiclient.NewBooking) { b.Credits = apiclient.WholeCredits(23) }},
		"more than there is":    {moth, func(*apiclient.NewBooking) {}},
		"oneself":               {velvet, func(*apiclient.NewBooking) {}},
		"takes DirectChat only": {owl, func(b *apiclient.NewBooking) { b.Performer = water }},
		"nobody":                {owl, func(b *apiclient.NewBooking) { b.Performer = nobody }},
		"a method that is not had": {owl, func(b *apiclient.NewBooking) {
			b.Performer, b.Method = moth, apiclient.MethodSkype
			b.SkypeName = "live:x"
		}},
		"session in the past":       {owl, func(b *apiclient.NewBooking) { b.Session = w.in(-hour) }},
		"answer after the session":  {owl, func(b *apiclient.NewBooking) { b.AcceptBy = b.Session }},
		"answer wanted in the past": {owl, func(b *apiclient.NewBooking) { b.AcceptBy = w.in(-hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			wish := w.wish()
			tc.spoil(&wish)
			err := fails(w.CreateBooking(t.Context(), w.as(tc.as), wish))
			refusedBy(t, err, apiclient.ErrInvalid, http.StatusBadRequest)
			var e *apiclient.Error
			if asError(err, &e) && (len(e.Messages) == 0 || strings.Contains(e.Error(), e.Messages[0])) {
				t.Errorf("messages %q, error %q", e.Messages, e)
			}
		})
	}
	if n := w.sim.CreatedCount(); n != 0 {
		t.Errorf("%d bookings were made", n)
	}
}
