package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
)

// What an answer under way does is waited for, also when its connection was cut.
func TestServeWaitsForItsHandlers(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	begun, goOn, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-goOn
		close(over)
	})
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, patient(handler)) }()
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String(), http.NoBody)
		if err != nil {
			return
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
	}()
	<-begun
	stop()
	<-asked // the connection was cut, after a while
	select {
	case err := <-ended:
		t.Errorf("it ended before its handler: %v", err)
	default:
	}
	close(goOn)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	select {
	case <-over:
	default:
		t.Error("it ended before its handler")
	}
	http.DefaultClient.CloseIdleConnections()
}
