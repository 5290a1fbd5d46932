package apiclient

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"phonechatbot/internal/secret"
)

// The memory of an answer as long as few are is not held on to.
func TestALongAnswerIsNotHeldOnTo(t *testing.T) {
	spare := &sync.Pool{}
	long := bytes.NewBuffer(make([]byte, keptRoom+1))
	(&held{buffer: long, spare: spare}).release()
	if spare.Get() != nil {
		t.Error("it is used again")
	}
}

// Many lists that change all the time are read at once, and each reader gets what is its own: no memory is given away
// that somebody still reads.
func TestAnswersDoNotRunIntoEachOther(t *testing.T) {
	c, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", asJSON)
		id, page := strings.TrimPrefix(r.Header.Get("Authorization"), "bearer "), r.URL.Query().Get("PageNumber")
		row := strings.Replace(bookingJSON, `"BookingID":48213`, fmt.Sprintf(`"BookingID":%s%s`, id, page), 1)
		_, _ = fmt.Fprintf(w, `{"PageCount":3,"PageNumber":%s,"BookingsTotal":3,"BookingsPerPage":1,"Bookings":[%s]}`, page, row)
	})
	var all sync.WaitGroup
	for reader := range 8 {
		all.Go(func() {
			as := With(secret.New(fmt.Sprint(reader + 1)))
			first, err := c.ReadBookings(t.Context(), as, Made, ListQuery{}, nil)
			if err != nil || len(first.Digests) != 3 {
				t.Error(len(first.Digests), err)
				return
			}
			first.Digests[2] = Digest{Sum: Mark{1}} // the last page has changed: the two before it are decoded late
			for range 20 {
				again, err := c.ReadBookings(t.Context(), as, Made, ListQuery{}, first.Digests)
				if err != nil || len(again.Bookings) != 3 {
					t.Error(len(again.Bookings), err)
					return
				}
				for i, b := range again.Bookings {
					if want := BookingID(10*(reader+1) + i + 1); b.ID != want || b.Comments != first.Bookings[i].Comments {
						t.Errorf("booking %d where %d was to be", b.ID, want)
					}
				}
			}
		})
	}
	all.Wait()
}

// Many who ask at once, again and again, do so over the lines that are there.
func TestLinesAreKept(t *testing.T) {
	var dialled, asked atomic.Int32
	round := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%atOnce == 0 {
			for range atOnce - 1 {
				round <- struct{}{}
			}
		} else { // they are all under way at once
			<-round
		}
		says(200, asJSON, emptyPage)(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			dialled.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := newClient(t, Config{BaseURL: server.URL, Retries: -1})
	defer c.Close()
	for range 5 {
		var all sync.WaitGroup
		for range atOnce {
			all.Go(func() {
				if _, err := c.ListBookings(t.Context(), caller, Made, ListQuery{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	if got := dialled.Load(); got > atOnce*3/2 { // one that is just being given back may be overlooked
		t.Errorf("%d lines for %d callers", got, atOnce)
	}
}
