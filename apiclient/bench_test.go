package apiclient

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/time/rate"
)

// fullPage is a page of MaxPerPage bookings as the platform sends it.
func fullPage(b *testing.B) []byte {
	b.Helper()
	rows := make([]json.RawMessage, MaxPerPage)
	for i := range rows {
		var row map[string]any
		if err := json.Unmarshal([]byte(bookingJSON), &row); err != nil {
			b.Fatal(err)
		}
		row["BookingID"] = 48213 + i
		data, err := json.Marshal(row)
		if err != nil {
			b.Fatal(err)
		}
		rows[i] = data
	}
	data, err := json.Marshal(rows)
	if err != nil {
		b.Fatal(err)
	}
	return fmt.Appendf(nil, `{"PageCount":1,"PageNumber":1,"BookingsTotal":%d,"BookingsPerPage":%d,"Bookings":%s}`, MaxPerPage, MaxPerPage, data)
}

// differing counts the bookings that are not as they were.
func differing(was, is []Booking) int {
	before := make(map[BookingID]Booking, len(was))
	for _, b := range was {
		before[b.ID] = b
	}
	n := 0
	for _, b := range is {
		old, ok := before[b.ID]
		if !ok || old.Status != b.Status || !old.Credits.Equal(b.Credits) || !old.LastUpdated.Equal(b.LastUpdated) {
			n++
		}
	}
	return n
}

func benchClient(b *testing.B) *Client {
	b.Helper()
	c, err := New(Config{BaseURL: "https://example.com", Location: london(b)})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// A page that is decoded and compared with what is known of it.
func BenchmarkDecodePage(b *testing.B) {
	body, c := fullPage(b), benchClient(b)
	known, err := c.readSheet(Received, body, "", Digest{}, 1)
	if err != nil || len(known.Bookings) != MaxPerPage {
		b.Fatal(len(known.Bookings), err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s, err := c.readSheet(Received, body, "", Digest{}, 1)
		if err != nil || differing(known.Bookings, s.Bookings) != 0 {
			b.Fatal(err)
		}
	}
}

// The same page when its digest is known.
func BenchmarkUnchangedPage(b *testing.B) {
	body, c := fullPage(b), benchClient(b)
	known, err := c.readSheet(Received, body, "", Digest{}, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		s, err := c.readSheet(Received, body, "", known.Digest, 1)
		if err != nil || !s.Unchanged || s.Bookings != nil {
			b.Fatal(err)
		}
	}
}

// What a look at a page costs over loopback, by what tells that it is unchanged, packed and unpacked, beside
// one that is decoded each time. Wire is what the body of one answer takes.
func BenchmarkLook(b *testing.B) {
	body := fullPage(b)
	const tag = `W/"v1"`
	for name, tc := range map[string]struct{ tags, packs, decode bool }{
		"unchanged by its bytes":         {},
		"unchanged by its bytes, packed": {packs: true},
		"unchanged by its ETag":          {tags: true},
		"decoded":                        {decode: true},
		"decoded, packed":                {packs: true, decode: true},
	} {
		b.Run(name, func(b *testing.B) {
			sent := body
			if tc.packs {
				var out bytes.Buffer
				stream := gzip.NewWriter(&out)
				_, _ = stream.Write(body)
				_ = stream.Close()
				sent = out.Bytes()
			}
			wire := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", asJSON)
				if wire = len(sent); tc.tags {
					w.Header().Set("ETag", tag)
					if r.Header.Get("If-None-Match") == tag {
						wire = 0
						w.WriteHeader(http.StatusNotModified)
						return
					}
				}
				if tc.packs {
					w.Header().Set("Content-Encoding", "gzip")
				}
				_, _ = w.Write(sent)
			}))
			defer server.Close()
			c, err := New(Config{BaseURL: server.URL, Location: london(b), Rate: rate.Inf})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			first, err := c.ListBookings(b.Context(), caller, Received, ListQuery{})
			if err != nil {
				b.Fatal(err)
			}
			var q ListQuery
			if !tc.decode {
				q.Known = first.Digest
			}
			b.ReportAllocs()
			for b.Loop() {
				page, err := c.ListBookings(b.Context(), caller, Received, q)
				if err != nil || page.Unchanged == tc.decode {
					b.Fatal(page.Unchanged, err)
				}
			}
			b.ReportMetric(float64(wire), "wire-B/op")
		})
	}
}
