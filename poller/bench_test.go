package poller

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
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

// The benchmarks go over loopback HTTP, with a store on disk. Compare their cpu-ns: the process's own time, the
// server's included, for one look at two lists of a hundred bookings each.

// pages is a platform that serves the same two pages.
type pages struct {
	offers
	made, received []byte
	served         atomic.Int64
}

// offers is what a platform does with its pages.
type offers struct {
	moving bool // each answer has another time of change in one row
	tagged bool // it has an ETag, and none is sent to who knows it
	packed bool // it is gzipped
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
	if p.packed && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	_, _ = w.Write(page)
}

func gzipped(tb testing.TB, page []byte) []byte {
	tb.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(page); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return packed.Bytes()
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

// benchHouse is a house that polls a served platform, and a client that only reads and drops what that serves.
func benchHouse(b *testing.B, of offers) (h *house, api, dropping *apiclient.Client) {
	b.Helper()
	other := wire.Party{UserID: 771204, Nickname: hushNickname}
	platform := &pages{
		offers:   of,
		made:     pageOf(b, func(row wire.Booking) wire.MadeBooking { return wire.MadeBooking{Booking: row, Candidate: other} }),
		received: pageOf(b, func(row wire.Booking) wire.ReceivedBooking { return wire.ReceivedBooking{Booking: row, Client: other} }),
	}
	if of.packed {
		platform.made, platform.received = gzipped(b, platform.made), gzipped(b, platform.received)
	}
	server := httptest.NewServer(platform)
	b.Cleanup(server.Close)
	transport := &http.Transport{}
	clientOver := func(transport http.RoundTripper) *apiclient.Client {
		client, err := apiclient.New(apiclient.Config{BaseURL: server.URL, Location: time.UTC, Rate: rate.Inf, Transport: transport})
		if err != nil {
			b.Fatal(err)
		}
		return client
	}
	b.Cleanup(transport.CloseIdleConnections)
	api, dropping = clientOver(transport), clientOver(dropper{transport})
	h = newHouse(b)
	h.configure(func(cfg *Config) { cfg.API = api })
	for range 3 { // at everything, at what is open, and once more
		h.look()
	}
	if text := h.log.String(); text != "" {
		b.Fatal(text)
	}
	return h, api, dropping
}

// dropper reads each answer to its end and drops it. To the client it says that nothing has changed.
type dropper struct{ next http.RoundTripper }

func (d dropper) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Del("If-None-Match")
	resp, err := d.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || n < 10_000 {
		return nil, fmt.Errorf("status %d with %d bytes", resp.StatusCode, n)
	}
	resp.StatusCode, resp.Body, resp.ContentLength = http.StatusNotModified, http.NoBody, 0
	return resp, nil
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

// BenchmarkPollUnchanged compares a look at lists that have not changed (the account and its token read from the store
// and opened, both lists asked for, their bytes told from those of the look before, the next look planned) with the same
// two requests of the same client, of which it only reads the answers and drops them: that client has the same chain
// (deadline, headers, token, retries, breaker, gate) and the same kind of transport, which throws each body away as it
// comes and has the client believe that nothing changed. What it reads is always a whole page: with an ETag, the look
// beside it is sent none. Both take turns in one run; ratio is dropped/look: the looks that a second of the processor is
// good for, as a part of the readings it is good for. Both include the server's part.
func BenchmarkPollUnchanged(b *testing.B) {
	for _, tc := range []struct {
		name string
		offers
	}{{"plain", offers{}}, {"gzip", offers{packed: true}}, {"ETag", offers{tagged: true}}} {
		b.Run(tc.name, func(b *testing.B) {
			h, _, dropping := benchHouse(b, tc.offers)
			before := h.poller.Stats()
			compared(b, func() { h.lookWith(b.Context()) }, func() { drop(b, dropping) })
			after := h.poller.Stats()
			if after.Polls-before.Polls != after.Unchanged-before.Unchanged {
				b.Fatalf("%+v", after)
			}
		})
	}
}

// drop reads both lists as a look does, and drops them.
func drop(b *testing.B, dropping *apiclient.Client) {
	as := apiclient.Caller{Tokens: noRenewal(), Background: true}
	q := apiclient.ListQuery{OrderBy: apiclient.OldestFirst, StartDate: noon.AddDate(0, 0, -8)}
	for _, side := range []apiclient.Side{apiclient.Made, apiclient.Received} {
		read, err := dropping.ReadBookings(b.Context(), as, side, q, []apiclient.Digest{{Tag: tag}})
		if err != nil || !read.Unchanged {
			b.Fatal(read.Unchanged, err)
		}
	}
}

// turns is how often each of two works is done before it is the other's turn: long enough for each to pay for its own
// garbage.
const turns = 300

// compared has two works take turns, and reports the process's time for each, and what part the first is of the second.
func compared(b *testing.B, work, least func()) {
	b.Helper()
	var took, leastTook time.Duration
	measure := func(work func()) time.Duration {
		before := cpu(b)
		for range turns {
			work()
		}
		return cpu(b) - before
	}
	for b.Loop() {
		took += measure(work)
		leastTook += measure(least)
	}
	looks := float64(b.N * turns)
	b.ReportMetric(float64(took)/looks, "look-cpu-ns")
	b.ReportMetric(float64(leastTook)/looks, "dropped-cpu-ns")
	b.ReportMetric(float64(leastTook)/float64(took), "ratio")
}

// BenchmarkPollChanged is a look at lists in each of which one booking has changed.
func BenchmarkPollChanged(b *testing.B) {
	h, _, _ := benchHouse(b, offers{moving: true})
	before := h.poller.Stats()
	perCPU(b, h.look)
	if after := h.poller.Stats(); after.Polls-before.Polls != after.Changed-before.Changed {
		b.Fatalf("%+v", after)
	}
}

// BenchmarkNaiveChanged is the same without any art: everything is decoded, and everything is written.
func BenchmarkNaiveChanged(b *testing.B) {
	h, api, _ := benchHouse(b, offers{moving: true})
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
