package apiclient

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Frames of HTTP/2 (RFC 9113, section 6) and what they need here.
const (
	frameData, frameReset, frameSettings, frameGoAway = 0, 3, 4, 7
	flagEnd, flagAck                                  = 1, 1
	protocolError                                     = 1
	preface                                           = 24 // bytes that a client begins with
)

func frame(kind, flags byte, stream uint32, payload ...byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload)))[1:]
	head = binary.BigEndian.AppendUint32(append(head, kind, flags), stream)
	return append(head, payload...)
}

// forgetful is a platform of HTTP/2 that carries out whatever arrives whole, and resets the stream instead
// of answering: net/http takes that for "not processed" and sends it again.
type forgetful struct {
	net.Listener
	goodbye bool // it says that it goes away, too
	done    atomic.Int32
	serving sync.WaitGroup
}

func (f *forgetful) serve() {
	for {
		conn, err := f.Accept()
		if err != nil {
			return
		}
		f.serving.Go(func() {
			defer func() { _ = conn.Close() }()
			f.talk(conn)
		})
	}
}

func (f *forgetful) talk(conn net.Conn) {
	_, err := io.ReadFull(conn, make([]byte, preface))
	answer := frame(frameSettings, 0, 0)
	for head := make([]byte, 9); err == nil; {
		if _, err = conn.Write(answer); err != nil {
			return
		}
		if _, err = io.ReadFull(conn, head); err != nil {
			return
		}
		_, err = io.CopyN(io.Discard, conn, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
		answer = nil
		switch kind, flags := head[3], head[4]; {
		case kind == frameSettings && flags&flagAck == 0:
			answer = frame(frameSettings, flagAck, 0)
		case kind == frameData && flags&flagEnd != 0:
			f.done.Add(1)
			if f.goodbye {
				_ = f.Close()
				answer = frame(frameGoAway, 0, 0, append(append([]byte{}, head[5:]...), 0, 0, 0, 0)...)
			}
			answer = append(answer, frame(frameReset, 0, binary.BigEndian.Uint32(head[5:]), 0, 0, 0, protocolError)...)
		}
	}
}

// dialForgetful starts such a platform, and gives a transport of HTTP/2 that trusts it.
func dialForgetful(t *testing.T, goodbye bool) (*forgetful, *http.Transport) {
	t.Helper()
	issuer := httptest.NewTLSServer(nil)
	trust := issuer.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	certificates := issuer.TLS.Certificates
	issuer.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	f := &forgetful{Listener: listener, goodbye: goodbye}
	f.serving.Go(f.serve)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: trust, ServerName: "example.com", MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}
	t.Cleanup(func() {
		_ = listener.Close()
		transport.CloseIdleConnections()
		f.serving.Wait()
	})
	return f, transport
}

// Whatever transport there is, a write is handed to it once and arrives once.
func TestAWriteIsNotReplayedBelowUs(t *testing.T) {
	for name, goodbye := range map[string]bool{"the stream is reset": false, "the platform goes away": true} {
		t.Run(name, func(t *testing.T) {
			f, transport := dialForgetful(t, goodbye)
			c := newClient(t, Config{BaseURL: "https://" + f.Addr().String(), Transport: transport, Timeout: 10 * time.Second})
			_, err := c.CreateBooking(t.Context(), caller, NewBooking{
				Performer: 771204, Session: utc("2027-03-04T19:45:00Z"), AcceptBy: utc("2027-03-04T12:00:00Z"), Method: MethodClientRings,
			})
			check(t, "create", err, ErrUnknownOutcome, 0)
			if n := f.done.Load(); n != 1 {
				t.Errorf("carried out %d times", n)
			}
		})
	}
}

func TestARefreshTokenIsNotReplayedBelowUs(t *testing.T) {
	f, transport := dialForgetful(t, false)
	l, err := NewLogin(LoginConfig{
		URL: "https://" + f.Addr().String(), ClientID: "x", ClientSecret: key, RedirectURL: "https://example.com/back",
		Scopes: Scopes(), Transport: transport, Timeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Refresh(t.Context(), token)
	check(t, "renew", err, ErrUnknownOutcome, 0)
	if n := f.done.Load(); n != 1 {
		t.Errorf("used %d times", n)
	}
}

// A server that would rather speak HTTP/2 is spoken to in HTTP/1.1.
func TestOurOwnTransportSpeaksHTTP1(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Proto != "HTTP/1.1" {
			t.Errorf("spoken to in %s", r.Proto)
		}
		says(200, asJSON, `299`)(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	transport := defaultTransport()
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	transport.TLSClientConfig.NextProtos = nil
	c := newClient(t, Config{BaseURL: server.URL, Transport: transport})
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	if _, err := c.Balance(t.Context(), caller); err != nil {
		t.Error(err)
	}
}

// A line that was used before and breaks under a write is no reason to write again: the platform may have
// read everything. For a read it is.
func TestAWriteOnAUsedLineIsNotReplayed(t *testing.T) {
	for name, tc := range map[string]struct {
		call func(c *Client) error
		kind error
		want int
	}{
		"a write": {func(c *Client) error { _, err := c.Accept(t.Context(), caller, 48213, WholeCredits(25)); return err }, ErrUnknownOutcome, 2},
		"a read":  {func(c *Client) error { _, err := c.Booking(t.Context(), caller, Made, 48213); return err }, ErrUnavailable, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var p *platform
			var c *Client
			c, p = connect(t, func(w http.ResponseWriter, r *http.Request) {
				if p.count() > 1 {
					cut("")(w, r)
					return
				}
				says(200, asJSON, `299`)(w, r)
			})
			if _, err := c.Balance(t.Context(), caller); err != nil {
				t.Fatal(err)
			}
			err := tc.call(c)
			check(t, name, err, tc.kind, 0)
			if p.count() != tc.want {
				t.Errorf("%d requests", p.count())
			}
		})
	}
}
