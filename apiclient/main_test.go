package apiclient

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"phonechatbot/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What must never show up in an error.
const (
	hushToken     = "tok3n-HUSH-0451"
	hushNewer     = hushToken + "-newer" // what it is renewed to
	hushKey       = "k3y-HUSH-7701"
	hushKeySecret = "s3cret-HUSH-9"
	hushPhone     = "07700900123"
	hushComment   = "call me Petal"
	hushSkype     = "live:petal"
)

var (
	token     = secret.New(hushToken)
	newer     = secret.New(hushNewer)
	key       = secret.New(hushKey)
	keySecret = secret.New(hushKeySecret)
	caller    = With(token)
)

// tokens is a Tokens of the test's making; renewals are counted.
type tokens struct {
	token, newer       secret.String
	tokenErr, renewErr error
	renewals           []secret.String // what was refused each time
}

func (t *tokens) Token(context.Context) (secret.String, error) { return t.token, t.tokenErr }

func (t *tokens) Renew(_ context.Context, refused secret.String) (secret.String, error) {
	t.renewals = append(t.renewals, refused)
	return t.newer, t.renewErr
}

func london(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// platform is a server that counts and keeps what reaches it.
type platform struct {
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
	answer   http.HandlerFunc
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.requests, p.bodies = append(p.requests, r), append(p.bodies, string(body))
	p.mu.Unlock()
	p.answer(w, r)
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

// says answers every request alike.
func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const asJSON = "application/json; charset=utf-8"

// connect builds a client of a platform on a real port, without repetitions and rests and in no hurry.
func connect(t *testing.T, answer http.HandlerFunc) (*Client, *platform) {
	t.Helper()
	p := &platform{answer: answer}
	server := httptest.NewServer(p)
	c := newClient(t, Config{BaseURL: server.URL, Retries: -1, Key: key, KeySecret: keySecret})
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	return c, p
}

// connectInBubble builds a client of a platform reached through memory, for tests with a fake clock.
func connectInBubble(t *testing.T, cfg Config, answer http.HandlerFunc) (*Client, *platform) {
	t.Helper()
	p := &platform{answer: answer}
	wires := &memory{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Hour}
	go func() { _ = server.Serve(wires) }()
	cfg.BaseURL, cfg.Transport = "http://localhost", &http.Transport{DialContext: wires.dial}
	c := newClient(t, cfg)
	t.Cleanup(func() {
		c.Close()
		_ = server.Close()
	})
	return c, p
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	cfg.Location = london(t)
	if cfg.Rate == 0 {
		cfg.Rate = rate.Inf
	}
	if cfg.BreakAfter == 0 {
		cfg.BreakAfter = -1
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// memory is a network of pipes.
type memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case m.conns <- far:
		return near, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "pipe"} }

// reply makes an answer for tests of single links.
func reply(status int, body string, header ...string) *http.Response {
	resp := &http.Response{
		StatusCode: status, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {asJSON}},
	}
	for i := 0; i+1 < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

// bookingJSON is a whole booking as the made and the received view both have it.
const bookingJSON = `{"BookingID":48213,"Duration":20,"Credits":24.5,"Status":"Pending","Method":1,
"PhoneNumber":"` + hushPhone + `","SkypeName":null,"CreateDate":"2027-03-02T08:15:09.25",
"SessionDate":"2027-03-04T19:45:00","AcceptBy":"2027-03-04T12:00:00","AcceptedDate":null,
"ConfirmedDate":null,"CancelledDate":"0001-01-01T00:00:00","CancelledReason":null,"CancelledBy":null,
"RejectedReason":null,"LastUpdated":"2027-03-02T08:15:09.2512345","Comments":"` + hushComment + `",
"ActionClient":"wait","ActionCandidate":"answer",
"Candidate":{"UserID":771204,"Nickname":"VelvetVoice","PhoneNumber":null,"SkypeName":null,"Total":11,
"Positive":12,"Neutral":1,"Negative":1,"Ratings":14,"Disputes":0},
"Client":{"UserID":660031,"Nickname":"NightOwl77","PhoneNumber":"` + hushPhone + `","SkypeName":null,
"Total":-1,"Positive":0,"Neutral":0,"Negative":1,"Ratings":1,"Disputes":0}}`

// calls are all operations of the client, each with input worth hiding.
func calls(c *Client, loc *time.Location) map[string]func(context.Context, Caller) error {
	booking := NewBooking{
		Performer: 771204, Session: time.Date(2027, 3, 4, 19, 45, 0, 0, loc), Duration: 20,
		Method: MethodPerformerRings, PhoneNumber: hushPhone, Credits: WholeCredits(25),
		AcceptBy: time.Date(2027, 3, 4, 12, 0, 0, 0, loc), Comments: hushComment,
	}
	bySkype := booking
	bySkype.Method, bySkype.SkypeName = MethodSkype, hushSkype
	list := ListQuery{StartDate: time.Date(2027, 3, 1, 0, 0, 0, 0, loc), OrderBy: OldestFirst, PerPage: 100, Page: 2}
	return map[string]func(context.Context, Caller) error{
		"verify":       func(ctx context.Context, s Caller) error { _, err := c.VerifyCredentials(ctx, s); return err },
		"balance":      func(ctx context.Context, s Caller) error { _, err := c.Balance(ctx, s); return err },
		"requirements": func(ctx context.Context, s Caller) error { _, err := c.Requirements(ctx, s, 771204); return err },
		"permissions":  func(ctx context.Context, s Caller) error { _, err := c.Permissions(ctx, s); return err },
		"services":     func(ctx context.Context, s Caller) error { _, err := c.Services(ctx, s); return err },
		"settings":     func(ctx context.Context, s Caller) error { _, err := c.PhoneChatSettings(ctx, s); return err },
		"save settings": func(ctx context.Context, s Caller) error {
			_, err := c.SaveSettings(ctx, s, Settings{Number: "+44" + hushPhone[1:], HasPrice: true})
			return err
		},
		"create": func(ctx context.Context, s Caller) error {
			_, err := c.CreateBooking(ctx, s, booking)
			return err
		},
		"create skype": func(ctx context.Context, s Caller) error {
			_, err := c.CreateBooking(ctx, s, bySkype)
			return err
		},
		"list made": func(ctx context.Context, s Caller) error {
			_, err := c.ListBookings(ctx, s, Made, list)
			return err
		},
		"list received": func(ctx context.Context, s Caller) error {
			_, err := c.ListBookings(ctx, s, Received, ListQuery{})
			return err
		},
		"read all": func(ctx context.Context, s Caller) error {
			_, err := c.ReadBookings(ctx, s, Made, list, []Digest{{}})
			return err
		},
		"confirm": func(ctx context.Context, s Caller) error { _, err := c.Confirm(ctx, s, 48213); return err },
		"cancel": func(ctx context.Context, s Caller) error {
			_, err := c.CancelMade(ctx, s, 48213, hushComment)
			return err
		},
		"cancel received": func(ctx context.Context, s Caller) error {
			_, err := c.CancelReceived(ctx, s, 48213, hushComment)
			return err
		},
		"reschedule": func(ctx context.Context, s Caller) error { _, err := c.Reschedule(ctx, s, 48213); return err },
		"delete": func(ctx context.Context, s Caller) error {
			_, err := c.DeleteReceived(ctx, s, 48213, 48214)
			return err
		},
		"made": func(ctx context.Context, s Caller) error { _, err := c.Booking(ctx, s, Made, 48213); return err },
		"received": func(ctx context.Context, s Caller) error {
			_, err := c.Booking(ctx, s, Received, 48213)
			return err
		},
		"accept": func(ctx context.Context, s Caller) error {
			_, err := c.Accept(ctx, s, 48213, WholeCredits(25))
			return err
		},
		"reject": func(ctx context.Context, s Caller) error {
			_, err := c.Reject(ctx, s, 48213, hushComment)
			return err
		},
		"re-invite": func(ctx context.Context, s Caller) error { _, err := c.ReInvite(ctx, s, 48213, ""); return err },
	}
}
