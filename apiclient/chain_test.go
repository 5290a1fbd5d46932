package apiclient

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func newRequest(t *testing.T, method string) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), method, "/x", nil)
}

func TestDeadlineEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stuck := roundTrip(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, errors.New("whatever the transport says")
		})
		_, err := deadline(3*time.Second, stuck).RoundTrip(newRequest(t, "GET"))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want deadline exceeded", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestDeadlineKeepsTheCallersCancel(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("a cause of their own"))
	stuck := roundTrip(func(req *http.Request) (*http.Response, error) { return nil, context.Cause(req.Context()) })
	_, err := deadline(time.Minute, stuck).RoundTrip(newRequest(t, "GET").WithContext(ctx))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled visible", err)
	}
}

func TestHeaders(t *testing.T) {
	var got http.Header
	next := roundTrip(func(req *http.Request) (*http.Response, error) {
		got = req.Header
		return reply(200, ""), nil
	})
	req := newRequest(t, "GET")
	if _, err := headers("agent/1", next).RoundTrip(req); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Accept": "application/json", "User-Agent": "agent/1", "X-MaskImages": "1",
		"Authorization": "", "X-ApiKey": "", "X-CaseType": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, got.Get(name), want)
		}
	}
	if len(req.Header) != 0 {
		t.Error("the caller's request was changed")
	}
}

func TestHeaderSafe(t *testing.T) {
	for in, want := range map[string]bool{
		"abc-._~+/=": true, "": false, "a b": false, "a\nb": false, "a\r": false, "é": false, "a\x7f": false,
	} {
		if got := headerSafe(in); got != want {
			t.Errorf("headerSafe(%q) = %t", in, got)
		}
	}
}

type brokenBody struct{ io.Reader }

func (brokenBody) Close() error { return nil }

func TestWhole(t *testing.T) {
	for name, tc := range map[string]struct {
		body io.Reader
		want error
	}{
		"fits":        {strings.NewReader("12345678"), nil},
		"one over":    {strings.NewReader("123456789"), errTooLong},
		"breaks off":  {io.MultiReader(strings.NewReader("1"), errReader{io.ErrUnexpectedEOF}), io.ErrUnexpectedEOF},
		"never ends":  {endless{}, errTooLong},
		"nothing":     {strings.NewReader(""), nil},
		"reset early": {errReader{net.ErrClosed}, net.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			next := roundTrip(func(*http.Request) (*http.Response, error) {
				resp := reply(200, "")
				resp.Body = brokenBody{tc.body}
				return resp, nil
			})
			resp, err := whole(8, next).RoundTrip(newRequest(t, "GET"))
			if !errors.Is(err, tc.want) {
				t.Fatalf("err = %v, want %v", err, tc.want)
			}
			if err == nil {
				if _, err := io.ReadAll(resp.Body); err != nil {
					t.Errorf("read again: %v", err)
				}
			}
		})
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestTracked(t *testing.T) {
	fail := errors.New("boom")
	for name, tc := range map[string]struct {
		next    roundTrip
		notSent bool
	}{
		"dial failed": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: fail}
		}, true},
		"ended while connecting": {func(req *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(req.Context()).GetConn("")
			return nil, fail
		}, true},
		"connected": {func(req *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(req.Context()).GetConn("")
			httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
			return nil, fail
		}, false},
		"no second connection": {func(req *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(req.Context())
			trace.GetConn("")
			trace.GotConn(httptrace.GotConnInfo{Reused: true})
			return nil, &net.OpError{Op: "dial", Err: fail}
		}, false},
		"written, by whatever line": {func(req *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(req.Context())
			trace.GetConn("")
			trace.WroteHeaders()
			return nil, &net.OpError{Op: "dial", Err: fail}
		}, false},
		"sent, by whatever line": {func(req *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(req.Context())
			trace.GetConn("")
			trace.WroteRequest(httptrace.WroteRequestInfo{})
			return nil, fail
		}, false},
		"a transport that tells nothing": {func(*http.Request) (*http.Response, error) { return nil, fail }, false},
		"broke while writing": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "write", Err: fail}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tracked(tc.next).RoundTrip(newRequest(t, "POST"))
			if got := errors.As(err, new(notSent)); got != tc.notSent || err == nil {
				t.Errorf("not sent = %t, want %t (%v)", got, tc.notSent, err)
			}
		})
	}
}

func TestIsHTML(t *testing.T) {
	for name, tc := range map[string]struct {
		contentType, body string
		want              bool
	}{
		"page":                {"text/html; charset=UTF-8", "", true},
		"shouted":             {"TEXT/HTML", "", true},
		"broken parameter":    {"text/html; charset", "", true},
		"xhtml":               {"application/xhtml+xml", "", true},
		"json":                {asJSON, "<html>", false},
		"plain":               {"text/plain", "<html>", false},
		"untyped page":        {"", " \n<!DOCTYPE html><html>", true},
		"untyped json":        {"", `{"a":1}`, false},
		"untyped and nothing": {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			resp := reply(200, tc.body)
			resp.Header.Set("Content-Type", tc.contentType)
			resp, err := whole(maxReply, roundTrip(func(*http.Request) (*http.Response, error) { return resp, nil })).RoundTrip(newRequest(t, "GET"))
			if err != nil {
				t.Fatal(err)
			}
			if got := isHTML(resp); got != tc.want {
				t.Errorf("isHTML = %t", got)
			}
			if body, _ := io.ReadAll(resp.Body); string(body) != tc.body {
				t.Errorf("body afterwards = %q", body)
			}
		})
	}
}
