package apisim

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

const madeList = "/v1/PhoneChat/MadeBookings"

// frugal is a world that offers what is set.
func frugal(t *testing.T, etags, packs bool) world {
	return newWorld(t, func(cfg *Config) { cfg.ETags, cfg.Gzip = etags, packs })
}

// fetch asks with further headers, given as name and value.
func (w world) fetch(as int64, target string, header ...string) *http.Response {
	w.t.Helper()
	r := w.request(as, http.MethodGet, target, "")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, r)
	return recorder.Result()
}

func bodyOf(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestAListThatIsKnownIsLeftOut(t *testing.T) {
	w := frugal(t, true, false)
	id := w.AddBooking(Seed{Client: owl, Performer: velvet})
	first := w.fetch(owl, madeList)
	tag := first.Header.Get("ETag")
	if first.StatusCode != http.StatusOK || tag == "" {
		t.Fatalf("got %d with tag %q", first.StatusCode, tag)
	}
	for name, tc := range map[string]struct {
		asked []string
		want  int
	}{
		"the tag":          {[]string{"If-None-Match", tag}, http.StatusNotModified},
		"as a strong one":  {[]string{"If-None-Match", tag[2:]}, http.StatusNotModified},
		"among others":     {[]string{"If-None-Match", `"x", ` + tag}, http.StatusNotModified},
		"in another line":  {[]string{"If-None-Match", `"x"`, "If-None-Match", tag}, http.StatusNotModified},
		"any":              {[]string{"If-None-Match", "*"}, http.StatusNotModified},
		"another":          {[]string{"If-None-Match", `"x"`}, http.StatusOK},
		"nothing in it":    {[]string{"If-None-Match", ""}, http.StatusOK},
		"without the sign": {[]string{"If-None-Match", tag[3 : len(tag)-1]}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			resp := w.fetch(owl, madeList, tc.asked...)
			left := resp.StatusCode == http.StatusNotModified
			if body := bodyOf(t, resp); resp.StatusCode != tc.want || resp.Header.Get("ETag") != tag || left != (body == "") || left && resp.ContentLength > 0 {
				t.Errorf("got %d, tag %q, %d bytes", resp.StatusCode, resp.Header.Get("ETag"), len(body))
			}
		})
	}
	if err := w.Accept(id, ""); err != nil {
		t.Fatal(err)
	}
	if resp := w.fetch(owl, madeList, "If-None-Match", tag); resp.StatusCode != http.StatusOK || resp.Header.Get("ETag") == tag {
		t.Errorf("after a change: got %d, tag %q", resp.StatusCode, resp.Header.Get("ETag"))
	}
	for _, target := range []string{"/v1/PhoneChat/MadeBookingDetails?BookingID=48213", madeList + "?PageNumber=0"} {
		if resp := w.fetch(owl, target, "If-None-Match", "*"); resp.Header.Get("ETag") != "" || resp.StatusCode == http.StatusNotModified {
			t.Errorf("%s: got %d, tag %q", target, resp.StatusCode, resp.Header.Get("ETag"))
		}
	}
}

func TestAListIsPackedForWhoTakesIt(t *testing.T) {
	w := frugal(t, true, true)
	w.AddBooking(Seed{Client: owl, Performer: velvet})
	plain := w.fetch(owl, madeList)
	want := bodyOf(t, plain)
	for accepts, packs := range map[string]bool{
		"": false, "gzip": true, "deflate, gzip;q=0.5": true, "gzip;q=0": false, "identity": false, "GZIP": true, "br": false,
	} {
		t.Run(accepts, func(t *testing.T) {
			resp := w.fetch(owl, madeList, "Accept-Encoding", accepts)
			if got := resp.Header.Get("Content-Encoding") == "gzip"; got != packs || resp.Header.Get("Vary") != "Accept-Encoding" {
				t.Fatalf("packed %t, varies by %q", got, resp.Header.Get("Vary"))
			}
			if packs {
				stream, err := gzip.NewReader(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body = stream
			}
			if got := bodyOf(t, resp); got != want || resp.Header.Get("ETag") != plain.Header.Get("ETag") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// Unless it is asked for, nothing of this is offered.
func TestEconomyIsOffByDefault(t *testing.T) {
	resp := frugal(t, false, false).fetch(owl, madeList, "Accept-Encoding", "gzip", "If-None-Match", "*")
	for _, name := range []string{"ETag", "Content-Encoding", "Vary"} {
		if got := resp.Header.Get(name); got != "" || resp.StatusCode != http.StatusOK {
			t.Errorf("got %d, %s %q", resp.StatusCode, name, got)
		}
	}
}

// A tag belongs to what was sent: a spoilt reply has one of its own.
func TestTagsOfSpoiltLists(t *testing.T) {
	w := frugal(t, true, true)
	w.AddBooking(Seed{Client: owl, Performer: velvet})
	tag := w.fetch(owl, madeList).Header.Get("ETag")
	w.SetFault(OpMadeBookings, Fault{Kind: FaultUnknownStatus})
	if resp := w.fetch(owl, madeList, "If-None-Match", tag); resp.StatusCode != http.StatusOK || resp.Header.Get("ETag") == tag {
		t.Errorf("got %d, tag %q", resp.StatusCode, resp.Header.Get("ETag"))
	}
	w.SetFault(OpMadeBookings, Fault{Kind: FaultError})
	if resp := w.fetch(owl, madeList, "If-None-Match", tag); resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("ETag") != "" {
		t.Errorf("got %d, tag %q", resp.StatusCode, resp.Header.Get("ETag"))
	}
}
