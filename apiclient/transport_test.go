package apiclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// zipped answers with a gzip stream, if that is what is accepted.
func zipped(write func(io.Writer)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			says(400, asJSON, `{"Message":"Nothing compressed is accepted."}`)(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", asJSON)
		stream := gzip.NewWriter(w)
		write(stream)
		_ = stream.Close()
	}
}

func TestAnswersMayBeCompressed(t *testing.T) {
	c, _ := connect(t, zipped(func(w io.Writer) { _, _ = io.WriteString(w, `299.5`) }))
	if got, err := c.Balance(t.Context(), caller); err != nil || got.Exact() != "299.5" {
		t.Errorf("%s, %v", got.Exact(), err)
	}
}

// A few kilobytes on the wire can be endless once they are unpacked.
func TestTheLimitCountsWhatIsUnpacked(t *testing.T) {
	c, _ := connect(t, zipped(func(w io.Writer) {
		blanks := strings.Repeat(" ", 1<<20)
		for range maxReply >> 20 {
			_, _ = io.WriteString(w, blanks)
		}
		_, _ = io.WriteString(w, `299.5`)
	}))
	_, err := c.Balance(t.Context(), caller)
	check(t, "read", err, ErrUnavailable, 0)
	if !errors.Is(err, errTooLong) {
		t.Error(err)
	}
}

// What is packed wrongly, cut off, or never comes to an end is an error.
func TestSpoiltCompression(t *testing.T) {
	var whole, empty bytes.Buffer
	stream := gzip.NewWriter(&whole)
	_, _ = io.WriteString(stream, `299.5`+strings.Repeat(" ", 1000))
	_ = stream.Close()
	_ = gzip.NewWriter(&empty).Close()
	wrongSum := slices.Clone(whole.Bytes())
	wrongSum[len(wrongSum)-5]++
	packed := func(send func(w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", asJSON)
			send(w, r)
		}
	}
	says := func(data []byte) http.HandlerFunc {
		return packed(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) })
	}
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		why    error
	}{
		"whole":                {says(whole.Bytes()), nil},
		"cut in the middle":    {says(whole.Bytes()[:whole.Len()/2]), errCutShort},
		"without its checksum": {says(whole.Bytes()[:whole.Len()-8]), errCutShort},
		"only the beginning":   {says(whole.Bytes()[:10]), errCutShort},
		"a wrong checksum":     {says(wrongSum), errTransport},
		"not packed at all":    {says([]byte(`299.5 and no more than that`)), errTransport},
		"nothing, without end": {packed(func(w http.ResponseWriter, r *http.Request) {
			for many := bytes.Repeat(empty.Bytes(), 1000); r.Context().Err() == nil; {
				if _, err := w.Write(many); err != nil {
					return
				}
			}
		}), context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tc.answer)
			c := newClient(t, Config{BaseURL: server.URL, Retries: -1, Timeout: time.Second})
			t.Cleanup(func() {
				c.Close()
				server.Close()
			})
			_, err := c.Balance(t.Context(), caller)
			if !errors.Is(err, tc.why) {
				t.Errorf("got %v, want %v", err, tc.why)
			}
			if tc.why != nil {
				check(t, name, err, ErrUnavailable, 0)
			}
		})
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	var opened atomic.Int32
	refusing := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusing = !refusing; refusing {
			says(400, asJSON, `{"Message":"No."}`)(w, r)
			return
		}
		says(200, asJSON, `299`)(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	c := newClient(t, Config{BaseURL: server.URL, Retries: -1})
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	for i := range 20 {
		if _, err := c.Balance(t.Context(), caller); (err == nil) != (i%2 == 1) {
			t.Fatal(err)
		}
	}
	if got := opened.Load(); got != 1 {
		t.Errorf("%d connections for 20 calls", got)
	}
}
