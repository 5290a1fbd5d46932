package apisim

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

func TestRescheduleBooksAgain(t *testing.T) {
	for _, status := range []string{StatusPending, StatusAccepted, StatusRejected, StatusConfirmed, StatusCancelled} {
		t.Run(status, func(t *testing.T) {
			w := newWorld(t)
			id := w.AddBooking(Seed{
				Client: owl, Performer: lark, Status: status, Session: start.Add(-time.Hour), Method: MethodSkype,
				Duration: 15, Credits: "33.75", Comments: "Ring twice.", SkypeName: "live:elsewhere", Reason: "Ill.",
			})
			before, _ := w.Booking(id)
			body := w.mustPost(owl, OpRescheduleMadeBooking, fmt.Sprintf(`{"BookingID":%d}`, id))
			reply := read[wire.MadeBooking](t, body)
			// The clock stands at 08:15:09.25.
			want := Booking{
				ID: id + 1, Client: owl, Performer: lark, Status: StatusPending, Method: MethodSkype, Duration: 15, Credits: "33.75",
				SkypeName: "live:elsewhere", Comments: "Ring twice.", Created: start, LastUpdated: start,
				Session:  time.Date(2027, 3, 2, 8, 21, 0, 0, time.UTC),
				AcceptBy: time.Date(2027, 3, 2, 8, 20, 0, 0, time.UTC),
			}
			got, _ := w.Booking(reply.BookingID)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the new booking (-want +got):\n%s", diff)
			}
			if after, _ := w.Booking(id); after != before {
				t.Errorf("the old booking changed:\n%s", cmp.Diff(before, after))
			}
			if reply.SessionDate != "2027-03-02T08:21:00" || reply.Status != StatusPending || w.Balance(owl) != "250" {
				t.Errorf("reply: %s", body)
			}
		})
	}
}

func TestRescheduledOnTheMinute(t *testing.T) {
	w := newWorld(t)
	w.Clock().Set(start.Truncate(time.Minute))
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Session: w.Clock().Now()}) // on the very moment counts as passed
	again, err := w.Reschedule(id)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Booking(again); !got.Session.Equal(w.Clock().Now().Add(5 * time.Minute)) {
		t.Errorf("session at %v", got.Session)
	}
	if w.CreatedCount() != 0 {
		t.Error("it counts as a CreateBooking")
	}
	if err := w.Accept(again, ""); err != nil {
		t.Errorf("it cannot be accepted: %v", err)
	}
}

func TestRescheduleIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		as      int64
		seed    Seed
		balance string
		body    string
		want    int
		blame   string
	}{
		"session ahead":    {owl, Seed{Session: start.Add(time.Minute), AcceptBy: start.Add(-time.Hour)}, "", `{"BookingID":%d}`, 400, "request.BookingID"},
		"too poor":         {owl, Seed{Session: start.Add(-time.Hour), Credits: "12"}, "11.9999", `{"BookingID":%d}`, 400, "request.BookingID"},
		"just rich enough": {owl, Seed{Session: start.Add(-time.Hour), Credits: "12"}, "12", `{"BookingID":%d}`, 200, ""},
		"the performer":    {velvet, Seed{Session: start.Add(-time.Hour)}, "", `{"BookingID":%d}`, 404, ""},
		"in quotes":        {owl, Seed{Session: start.Add(-time.Hour)}, "", `{"BookingID":"%d"}`, 400, "request.BookingID"},
		"none named":       {owl, Seed{Session: start.Add(-time.Hour)}, "", `{"Booking":%d}`, 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.seed.Client, tc.seed.Performer = owl, velvet
			id := w.AddBooking(tc.seed)
			if tc.balance != "" {
				w.SetBalance(owl, tc.balance)
			}
			status, body := w.post(tc.as, OpRescheduleMadeBooking, fmt.Sprintf(tc.body, id))
			if status != tc.want {
				t.Fatalf("got %d, want %d: %s", status, tc.want, body)
			}
			if status == http.StatusOK {
				return
			}
			if got := blamed(t, body); got != tc.blame || len(w.Bookings(owl)) != 1 {
				t.Errorf("blamed %q; %d bookings", got, len(w.Bookings(owl)))
			}
		})
	}
}

func TestDelete(t *testing.T) {
	const done, unfinished, unknown = "The booking has been deleted.", "The booking is not finished yet.", "No such booking."
	type row struct {
		ID      int64
		Deleted bool
		Message string
	}
	for name, tc := range map[string]struct {
		as   int64
		path string
		ids  string
		want []row
	}{
		"one":               {owl, "DeleteMadeBookings", "3", []row{{3, true, done}}},
		"every state":       {owl, "DeleteMadeBookings", "1,2,3,4,5", []row{{1, false, unfinished}, {2, false, unfinished}, {3, true, done}, {4, true, done}, {5, true, done}}},
		"twice":             {owl, "DeleteMadeBookings", "3,3", []row{{3, true, done}, {3, false, unknown}}},
		"nobody's":          {owl, "DeleteMadeBookings", "99,3", []row{{99, false, unknown}, {3, true, done}}},
		"other people's":    {lark, "DeleteMadeBookings", "3", []row{{3, false, unknown}}},
		"of the other side": {owl, "DeleteReceivedBooking", "3", []row{{3, false, unknown}}},
		"received":          {velvet, "DeleteReceivedBooking", "4,1", []row{{4, true, done}, {1, false, unfinished}}},
		"received, plural":  {velvet, "DeleteReceivedBookings", "5", []row{{5, true, done}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := finished(t)
			body := w.mustPost(tc.as, tc.path, fmt.Sprintf(`{"BookingIDs":%q}`, tc.ids))
			var got []row
			for _, r := range read[[]wire.Deleted](t, body) {
				got = append(got, row{r.BookingID, r.Deleted, r.Message})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

// finished is a world with a booking in every state, ids 1 to 5.
func finished(t *testing.T) world {
	w := newWorld(t)
	for i, status := range []string{StatusPending, StatusAccepted, StatusRejected, StatusConfirmed, StatusCancelled} {
		w.AddBooking(Seed{ID: int64(i + 1), Client: owl, Performer: velvet, Status: status, Session: start.Add(-time.Hour)})
	}
	return w
}

func TestDeletedIsGoneFromTheOwnListOnly(t *testing.T) {
	w := finished(t)
	w.mustPost(owl, OpDeleteMadeBookings, `{"BookingIDs":"3,4"}`)
	_, body := w.get(owl, "/v1/PhoneChat/MadeBookings?OrderBy=date-asc")
	page := read[wire.PageOf[wire.MadeBooking]](t, body)
	left := ids(page, func(b wire.MadeBooking) int64 { return b.BookingID })
	if diff := cmp.Diff([]int64{1, 2, 5}, left); diff != "" || page.BookingsTotal != 3 {
		t.Errorf("the client's list (-want +got):\n%s", diff)
	}
	_, body = w.get(velvet, "/v1/PhoneChat/ReceivedBookings")
	if got := read[wire.PageOf[wire.ReceivedBooking]](t, body).BookingsTotal; got != 5 {
		t.Errorf("the performer sees %d", got)
	}
	for target, want := range map[int64]int{owl: 404, velvet: 200} {
		list := map[int64]string{owl: "Made", velvet: "Received"}[target]
		if got, _ := w.get(target, "/v1/PhoneChat/"+list+"BookingDetails?BookingID=4"); got != want {
			t.Errorf("%s: details answer %d, want %d", list, got, want)
		}
	}
	if status, _ := w.post(owl, OpRescheduleMadeBooking, `{"BookingID":3}`); status != http.StatusNotFound {
		t.Errorf("what is deleted can be booked again: %d", status)
	}
	w.mustPost(velvet, OpDeleteReceivedBooking, `{"BookingIDs":"4"}`)
	if _, stays := w.Booking(4); !stays {
		t.Error("the platform has forgotten it")
	}
}

func TestDeleteIsRefused(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"BookingIDs":""}`, `{"BookingIDs":"3,"}`, `{"BookingIDs":"3, 4"}`, `{"BookingIDs":"3;4"}`, `{"BookingIDs":"-3"}`,
		`{"BookingIDs":"+3"}`, `{"BookingIDs":"99999999999999999999"}`, `{"BookingIDs":3}`, `{"BookingIDs":[3]}`, `{"BookingIDs":"3,x"}`,
	} {
		for as, op := range map[int64]string{owl: OpDeleteMadeBookings, velvet: OpDeleteReceivedBooking} {
			w := finished(t)
			status, reply := w.post(as, op, body)
			if got := blamed(t, reply); status != http.StatusBadRequest || got != "request.BookingIDs" {
				t.Errorf("%s of %s: got %d blaming %q", op, body, status, got)
			}
			if got, _ := w.get(owl, "/v1/PhoneChat/MadeBookingDetails?BookingID=3"); got != http.StatusOK {
				t.Errorf("%s of %s: half of it was done", op, body)
			}
		}
	}
}

func TestCancelReceivedByRequest(t *testing.T) {
	w := newWorld(t)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet, Status: StatusAccepted})
	got := read[wire.ReceivedBooking](t, w.mustPost(velvet, OpCancelReceivedBooking, fmt.Sprintf(`{"BookingID":%d,"Reason":"Ill."}`, id)))
	if got.Status != StatusCancelled || text(got.CancelledBy) != "VelvetVoice" || text(got.CancelledReason) != "Ill." {
		t.Errorf("got %s by %q", got.Status, text(got.CancelledBy))
	}
}

func TestAutoRejectIsSwitchedWhileRunning(t *testing.T) {
	w := newWorld(t)
	first := w.AddBooking(Seed{Client: owl, Performer: velvet, AcceptBy: start.Add(time.Hour)})
	second := w.AddBooking(Seed{Client: owl, Performer: velvet, AcceptBy: start.Add(2 * time.Hour)})
	status := func(id int64) string {
		b, _ := w.Booking(id)
		return b.Status
	}
	w.Clock().Advance(90 * time.Minute)
	if got := status(first); got != StatusPending {
		t.Errorf("by default: %s", got)
	}
	delay := 10 * time.Minute
	w.SetAutoReject(&delay)
	delay = 0 // the platform has a copy
	if got, _ := w.Booking(first); got.Status != StatusRejected || !got.LastUpdated.Equal(start.Add(70*time.Minute)) {
		t.Errorf("switched on: %s at %v", got.Status, got.LastUpdated)
	}
	w.Clock().Advance(39 * time.Minute)
	if got := status(second); got != StatusPending {
		t.Errorf("not late enough: %s", got)
	}
	w.SetAutoReject(nil)
	w.Clock().Advance(time.Hour)
	if a, b := status(first), status(second); a != StatusRejected || b != StatusPending {
		t.Errorf("switched off: %s, %s", a, b)
	}
}
