package apiclient

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// maxReply is how much of an answer is read, after decompression.
const maxReply = 4 << 20

// roomAtOnce is the most that is set aside for an answer by what it says of its own length: more has to come first.
// A buffer that grew beyond keptRoom is not used again.
const (
	roomAtOnce = 256 << 10
	keptRoom   = 1 << 20
)

// whole reads every answer to its end, so that nothing above waits on the wire. More than limit bytes
// are errTooLong; an answer that breaks off is a failure of the transport. What it lets pass is held.
func whole(limit int64, next http.RoundTripper) http.RoundTripper {
	spare := &sync.Pool{New: func() any { return new(bytes.Buffer) }}
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		buffer := spare.Get().(*bytes.Buffer) //nolint:forcetypeassert // nothing else is in the pool
		buffer.Grow(int(min(max(resp.ContentLength, 0), limit, roomAtOnce)) + bytes.MinRead)
		_, err = buffer.ReadFrom(io.LimitReader(resp.Body, limit+1))
		closeErr := resp.Body.Close()
		body := &held{Reader: bytes.NewReader(buffer.Bytes()), buffer: buffer, spare: spare}
		switch {
		case err != nil:
			err = fmt.Errorf("read answer: %w", err)
		case int64(buffer.Len()) > limit:
			err = errTooLong
		case closeErr != nil:
			err = fmt.Errorf("close answer: %w", closeErr)
		}
		if err != nil {
			body.release()
			return nil, err
		}
		resp.Body, resp.ContentLength = body, int64(buffer.Len())
		return resp, nil
	})
}

// held is the body of an answer, in memory.
type held struct {
	*bytes.Reader

	buffer *bytes.Buffer
	spare  *sync.Pool // of buffers
}

// Close does nothing: who may have kept a piece of it is not known here.
func (*held) Close() error { return nil }

// bytes are the whole body, however much of it was read. They are worth nothing once it is released.
func (r *held) bytes() []byte { return r.buffer.Bytes() }

// release gives the memory to another answer. Whoever calls it knows that no piece of the body is kept; if nobody does,
// nothing is lost. It is called once.
func (r *held) release() {
	if r.buffer.Cap() <= keptRoom {
		r.buffer.Reset()
		r.spare.Put(r.buffer)
	}
	r.Reader, r.buffer = nil, nil
}

// textOf is the body of an answer that went through whole.
func textOf(resp *http.Response) (*held, error) {
	if body, ok := resp.Body.(*held); ok {
		return body, nil
	}
	return nil, errNotWhole
}

// tracked marks failures as notSent when it is certain that nothing of the request left: the connection
// could not be made, or was not there yet when the call ended. Certainty needs evidence; a transport
// that tells nothing gives none. A transport may make several attempts of its own, so one connection
// that was had is enough to be uncertain, however the last attempt failed.
func tracked(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		var asked, got atomic.Bool
		ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GetConn:      func(string) { asked.Store(true) },
			GotConn:      func(httptrace.GotConnInfo) { got.Store(true) },
			WroteHeaders: func() { got.Store(true) },
			WroteRequest: func(httptrace.WroteRequestInfo) { got.Store(true) },
		})
		resp, err := next.RoundTrip(req.WithContext(ctx))
		if err == nil {
			return resp, nil
		}
		var op *net.OpError
		dialling := errors.As(err, &op) && op.Op == "dial"
		if !got.Load() && (dialling || asked.Load()) {
			return nil, notSent{err}
		}
		return nil, err
	})
}

// once takes off a request what a transport needs to send its body a second time. net/http does that
// unasked when the peer resets a stream of HTTP/2 or says goodbye, and by then the first one may have
// been carried out.
func once(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.GetBody != nil {
			req = req.WithContext(req.Context()) // a copy: authorise rewinds by the original
			req.GetBody = nil
		}
		return next.RoundTrip(req)
	})
}

// atOnce is how many calls may be under way and find their lines kept for the next ones.
const atOnce = 64

// defaultTransport is net/http's with limits that fit one small API. It speaks HTTP/1 only: a request
// that is repeated by itself, see once, is not in its nature, unless it is a GET.
func defaultTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		Protocols:              protocols,
		MaxIdleConns:           atOnce,
		MaxIdleConnsPerHost:    atOnce,
		IdleConnTimeout:        30 * time.Second, // short: a write on a line gone stale has an unknown outcome
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// isHTML reports whether an answer is a page: by its type or, when it names none, by its beginning.
// The answer went through whole; its body stays readable.
func isHTML(resp *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind != "" {
		return kind == "text/html" || kind == "application/xhtml+xml"
	}
	body, err := textOf(resp)
	if err != nil {
		return false
	}
	kind, _, _ = mime.ParseMediaType(http.DetectContentType(body.bytes())) // it looks at the beginning only
	return kind == "text/html"
}
