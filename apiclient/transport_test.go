package apiclient

import (
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
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
