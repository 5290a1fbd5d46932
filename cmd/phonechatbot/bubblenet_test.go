package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"syscall"
	"time"
)

// inProcess is a network without sockets: what is asked of a host is answered by its handler, in a goroutine of its own.
// It works in a bubble, whose clock stands still while anything is on a real wire. An answer that breaks off
// (http.ErrAbortHandler) is a connection that was reset, and a caller who gives up is gone for the handler too.
type inProcess struct {
	hosts   map[string]http.Handler
	latency time.Duration // of every call, before it is answered
	failed  func(error)   // hears what cannot be: a handler that panics otherwise

	mu   sync.Mutex
	gone map[string]bool // hosts that nothing listens at
}

var errCut = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// unplug has connections to a host be refused, or be made again.
func (n *inProcess) unplug(host string, gone bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gone[host] = gone
}

func (n *inProcess) refuses(host string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.gone[host]
}

func (n *inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(req.Context())
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		if err = errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
	}
	handler := n.hosts[req.URL.Host]
	if handler == nil || n.refuses(req.URL.Host) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Reused: true})
	}
	ctx, gone := context.WithCancel(req.Context())
	answered := make(chan *http.Response, 1) // nil: it broke off
	go func() {
		defer gone()
		answered <- n.answer(ctx, handler, req, body)
	}()
	select {
	case resp := <-answered:
		if resp == nil {
			return nil, errCut
		}
		return resp, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// answer is what the handler says, nil if it broke off.
func (n *inProcess) answer(ctx context.Context, handler http.Handler, req *http.Request, body []byte) (resp *http.Response) {
	defer func() {
		if thrown := recover(); thrown != nil {
			if thrown != http.ErrAbortHandler { //nolint:errorlint // it is thrown as it is
				n.failed(fmt.Errorf("%s %s: a handler panicked: %v", req.Method, req.URL.Path, thrown))
			}
			resp = nil
		}
	}()
	if n.latency > 0 {
		timer := time.NewTimer(n.latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
	}
	asked := req.Clone(ctx)
	asked.Body, asked.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	asked.Host, asked.RequestURI, asked.RemoteAddr = req.URL.Host, req.URL.RequestURI(), "192.0.2.1:1234"
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, asked)
	return w.Result()
}

// noListener is where nobody ever connects.
type noListener struct {
	closed chan struct{}
	once   sync.Once
}

func newNoListener() *noListener { return &noListener{closed: make(chan struct{})} }

func (l *noListener) Accept() (net.Conn, error) {
	<-l.closed
	return nil, net.ErrClosed
}

func (l *noListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *noListener) Addr() net.Addr { return &net.UnixAddr{Name: "nowhere", Net: "none"} }
