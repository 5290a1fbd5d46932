package poller

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
	"phonechatbot/store"
)

// The benchmarks go over loopback HTTP, with a store on disk. Compare their cpu-ns/op: the process's own time, the
// server's included, for one look at two lists of a hundred bookings each.

// pages is a platform that serves the same two pages; with moving, each answer has another time of change in one row,
// and with tagged an ETag.
type pages struct {
	made, received []byte
	moving, tagged bool
	served         atomic.Int64
}

const (
	stamp = "2027-03-02T08:15:09.250000"
	tag   = `"b0f1c2d3e4f5a6b7"`
)

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := p.made
	if strings.Contains(r.URL.Path, "Received") {
		page = p.received
	}
	if p.moving {
		n := p.served.Add(1)
		page = bytes.Replace(page, []byte(stamp), fmt.Appendf(nil, "2027-03-02T08:%02d:%02d.%06d", 20+n/60_000_000, n/1_000_000%60, n%1_000_000), 1)
	}
	if p.tagged {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(page)
}

func pageOf[B any](tb testing.TB, row func(wire.Booking) B) []byte {
	tb.Helper()
	const rows = 100
	page := wire.PageOf[B]{PageCount: 1, PageNumber: 1, BookingsTotal: rows, BookingsPerPage: rows}
	for i := range rows {
		page.Bookings = append(page.Bookings, row(wire.Booking{
			BookingID: int64(i + 1), Duration: 20, Credits: "24.5", Status: "Pending", Method: 1,
			CreateDate: "2027-03-02T08:15:09.25", SessionDate: "2027-03-04T19:45:00", AcceptBy: "2027-03-04T12:00:00",
			LastUpdated: stamp, Comments: new("Evening suits me best."),
		}))
	}
	data, err := wire.Encode(page)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// benchHouse is a house that polls a served platform.
func benchHouse(b *testing.B, moving, tagged bool) (h *house, api *apiclient.Client, server *httptest.Server) {
	b.Helper()
	other := wire.Party{UserID: 771204, Nickname: hushNickname}
	server = httptest.NewServer(&pages{
		made:     pageOf(b, func(row wire.Booking) wire.MadeBooking { return wire.MadeBooking{Booking: row, Candidate: other} }),
		received: pageOf(b, func(row wire.Booking) wire.ReceivedBooking { return wire.ReceivedBooking{Booking: row, Client: other} }),
		moving:   moving, tagged: tagged,
	})
	b.Cleanup(server.Close)
	api, err := apiclient.New(apiclient.Config{BaseURL: server.URL, Location: time.UTC, Rate: rate.Inf, Retries: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(api.Close)
	h = newHouse(b)
	h.configure(func(cfg *Config) { cfg.API = api })
	for range 3 { // at everything, at what is open, and once more
		h.look()
	}
	if text := h.log.String(); text != "" {
		b.Fatal(text)
	}
	return h, api, server
}

// perCPU runs work for as long as the benchmark takes, and reports the process's time for each turn.
func perCPU(b *testing.B, work func()) {
	b.Helper()
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
}

func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkPollUnchanged is a look at lists that have not changed: plain, and where the platform gives ETags.
func BenchmarkPollUnchanged(b *testing.B) {
	for name, tagged := range map[string]bool{"plain": false, "tagged": true} {
		b.Run(name, func(b *testing.B) {
			h, _, _ := benchHouse(b, false, tagged)
			before := h.poller.Stats()
			perCPU(b, func() { h.lookWith(b.Context()) })
			after := h.poller.Stats()
			if after.Polls-before.Polls != after.Unchanged-before.Unchanged {
				b.Fatalf("%+v", after)
			}
		})
	}
}

// BenchmarkReadAndDrop is the same two pages read over a kept connection, and dropped.
func BenchmarkReadAndDrop(b *testing.B) {
	_, _, server := benchHouse(b, false, false)
	client := server.Client()
	get := func(path string) {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+path+"?BookingsPerPage=100&OrderBy=CREATED_ASC&PageNumber=1&StartDate=2027-02-22", nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+hushToken)
		req.Header.Set("Accept", "application/json")
		resp, err := client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			b.Fatal(err)
		}
	}
	perCPU(b, func() {
		get("/v1/PhoneChat/MadeBookings")
		get("/v1/PhoneChat/ReceivedBookings")
	})
}

// BenchmarkPollChanged is a look at lists in each of which one booking has changed.
func BenchmarkPollChanged(b *testing.B) {
	h, _, _ := benchHouse(b, true, false)
	before := h.poller.Stats()
	perCPU(b, h.look)
	if after := h.poller.Stats(); after.Polls-before.Polls != after.Changed-before.Changed {
		b.Fatalf("%+v", after)
	}
}

// BenchmarkNaiveChanged is the same without any art: everything is decoded, and everything is written.
func BenchmarkNaiveChanged(b *testing.B) {
	h, api, _ := benchHouse(b, true, false)
	perCPU(b, func() {
		var rows []store.Snapshot
		for _, side := range []apiclient.Side{apiclient.Made, apiclient.Received} {
			as := apiclient.Caller{Tokens: noRenewal(), Background: true}
			read, err := api.ReadBookings(b.Context(), as, side, apiclient.ListQuery{OrderBy: apiclient.OldestFirst}, nil)
			if err != nil || len(read.Bookings) != 100 {
				b.Fatal(len(read.Bookings), err)
			}
			for _, booking := range read.Bookings {
				rows = append(rows, snapshotOf(h.account, string(side), booking))
			}
		}
		h.update(func(tx *store.Tx) error {
			for _, row := range rows {
				if err := tx.PutSnapshot(row); err != nil {
					return err
				}
			}
			return tx.PutPoll(store.Poll{Account: h.account, PrimedMade: true, PrimedReceived: true, Every: time.Minute})
		})
	})
}

func noRenewal() apiclient.Tokens { return apiclient.With(secret.New(hushToken)).Tokens }
