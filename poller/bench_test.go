package poller

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/apiclient/wire"
	"phonechatbot/store"
)

// canned answers every request with the same page of bookings.
type canned []byte

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(c)), ContentLength: int64(len(c)),
	}, nil
}

// BenchmarkPollPage is one look at a side with a page of 100 bookings, the network left out: read and
// compared with what the store holds of them, as after a restart; and read when it is as it was.
func BenchmarkPollPage(b *testing.B) {
	for name, forget := range map[string]bool{"compared": true, "unchanged": false} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b)
			page := pageOf(b, 100)
			api, err := apiclient.New(apiclient.Config{
				BaseURL: "http://localhost", Location: time.UTC, Transport: canned(page), Rate: rate.Inf, Retries: -1,
			})
			if err != nil {
				b.Fatal(err)
			}
			h.configure(func(cfg *Config) { cfg.API = api })
			l := look{Poller: h.poller}
			h.view(func(tx *store.Tx) (err error) {
				l.account, err = tx.Account(h.account)
				return err
			})
			if err := l.readSide(b.Context(), apiclient.Made); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				if forget {
					h.poller.memory.forget(nil)
				}
				l.bookings = l.bookings[:0]
				if err := l.readSide(b.Context(), apiclient.Made); err != nil {
					b.Fatal(err)
				}
				if len(l.bookings) != 100 {
					b.Fatalf("%d bookings", len(l.bookings))
				}
			}
		})
	}
}

func pageOf(tb testing.TB, rows int) []byte {
	tb.Helper()
	page := wire.PageOf[wire.MadeBooking]{PageCount: 1, PageNumber: 1, BookingsTotal: rows, BookingsPerPage: 100}
	for i := range rows {
		page.Bookings = append(page.Bookings, wire.MadeBooking{
			Booking: wire.Booking{
				BookingID: int64(i + 1), Duration: 20, Credits: "24.5", Status: "Pending", Method: 1,
				CreateDate: "2027-03-02T08:15:09.25", SessionDate: "2027-03-04T19:45:00", AcceptBy: "2027-03-04T12:00:00",
				LastUpdated: "2027-03-02T08:15:09.25", Comments: new("Evening suits me best."),
			},
			ActionClient: new("VelvetVoice has to accept or decline"),
			Candidate:    wire.Party{UserID: 771204, Nickname: fmt.Sprint("Voice", i)},
		})
	}
	data, err := wire.Encode(page)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
