package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
	"phonechatbot/sandbox/apisim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The seeded members that tests act as, and the group of the manager.
const (
	owl     = apiclient.MemberID(660031) // client, 250 credits
	velvet  = apiclient.MemberID(771204) // performer, 1.2 a minute, methods 1 and 2, in the group
	harbour = apiclient.MemberID(771318) // performer, in the group
	lark    = apiclient.MemberID(771422) // performer, 2.25 a minute, all methods, in no group
	moth    = apiclient.MemberID(771530) // performer without a price
	water   = apiclient.MemberID(771750) // DirectChat only
	desk    = apiclient.MemberID(880015) // manager
	studio  = 312
	nobody  = apiclient.MemberID(1)
)

// A group of more than one page, whose members do nothing else.
const (
	choir     = 977
	choirSize = 130
)

func choirMembers() []apisim.Member {
	all := make([]apisim.Member, choirSize)
	for i := range all {
		all[i] = apisim.Member{
			ID: 900001 + int64(i), Nickname: fmt.Sprintf("Chorister%03d", i), GroupID: choir, GroupName: "Long Choir",
		}
	}
	return all
}

const (
	projectSecret = "demo-project-secret"
	clientID      = "demo-client-id"
	clientSecret  = "demo-client-secret"
	redirectURL   = "http://127.0.0.1/back"
)

// start is a Tuesday morning in winter, when British time is UTC.
var start = time.Date(2027, 3, 2, 8, 15, 9, 250e6, time.UTC)

// world is a platform behind a real socket, and a client that reaches it through the referee.
type world struct {
	sim *apisim.Platform
	*apiclient.Client
	referee *referee
	url     string
}

type settings struct {
	sim    apisim.Config
	client apiclient.Config
	hasty  bool // calls that a fault holds are given up at once
	spoilt bool // replies are spoilt on purpose
}

func newWorld(t *testing.T, book *rulebook, counts *tally, change func(*settings)) *world {
	t.Helper()
	s := settings{
		sim: apisim.Config{
			Clock: apisim.NewClock(func() time.Time { return start }), Members: append(apisim.SeedMembers(), choirMembers()...), APISecret: projectSecret,
			Projects: []apisim.Project{{ClientID: clientID, ClientSecret: clientSecret, RedirectURLs: []string{redirectURL}, Name: "Contract"}},
		},
		client: apiclient.Config{
			Key: secret.New(apisim.DemoAPIKey), KeySecret: secret.New(projectSecret),
			Rate: rate.Inf, Retries: -1, BreakAfter: -1,
		},
	}
	if change != nil {
		change(&s)
	}
	platform := apisim.New(s.sim)
	server := httptest.NewServer(platform.Handler())
	// Without reuse of connections net/http repeats nothing by itself.
	ref := &referee{
		rulebook: book, tally: counts, trusting: s.spoilt, next: &http.Transport{DisableKeepAlives: true},
		complain: func(err error) { t.Helper(); t.Error(err) },
	}
	if s.hasty {
		ref.next = platform.Impatient(ref.next)
	}
	w := &world{sim: platform, referee: ref, url: server.URL}
	w.Client = w.connect(t, s.client, ref)
	t.Cleanup(func() {
		platform.ClearFaults()
		server.Close()
	})
	return w
}

// connect builds another client of the world.
func (w *world) connect(t *testing.T, cfg apiclient.Config, by http.RoundTripper) *apiclient.Client {
	t.Helper()
	cfg.BaseURL, cfg.Location, cfg.Transport = w.url, w.sim.Location(), by
	c, err := apiclient.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// as is a member with all scopes.
func (w *world) as(id apiclient.MemberID) apiclient.Caller {
	for _, m := range w.sim.Members() {
		if m.ID == int64(id) {
			return apiclient.With(secret.New(m.Token))
		}
	}
	return apiclient.Caller{}
}

// managing is the manager acting for a member.
func (w *world) managing(id apiclient.MemberID) apiclient.Caller {
	caller := w.as(desk)
	caller.For = id
	return caller
}

// having is a member with nothing but these scopes.
func (w *world) having(id apiclient.MemberID, scopes ...string) apiclient.Caller {
	access, _ := w.sim.GrantPair(int64(id), scopes...)
	return apiclient.With(secret.New(access))
}

// in is the moment that lies so far from now, to the minute.
func (w *world) in(d time.Duration) time.Time {
	return w.sim.Clock().Now().Add(d).Truncate(time.Minute).In(w.sim.Location())
}

// wish is a booking that velvet may be asked for.
func (w *world) wish() apiclient.NewBooking {
	return apiclient.NewBooking{
		Performer: velvet, Session: w.in(48 * time.Hour), AcceptBy: w.in(24 * time.Hour), Duration: 20,
		Method: apiclient.MethodPerformerRings, PhoneNumber: "07700900123", Credits: apiclient.WholeCredits(25),
		Comments: "Evening suits me best.",
	}
}

// planted puts a booking of the owl's with velvet into any state.
func (w *world) planted(s apisim.Seed) apiclient.BookingID {
	s.Client, s.Performer = int64(owl), int64(velvet)
	return apiclient.BookingID(w.sim.AddBooking(s))
}

func sentinels() map[string]error {
	return map[string]error{
		"unauthorized": apiclient.ErrUnauthorized, "forbidden": apiclient.ErrForbidden, "not found": apiclient.ErrNotFound,
		"conflict": apiclient.ErrConflict, "invalid": apiclient.ErrInvalid, "rate limited": apiclient.ErrRateLimited,
		"unavailable": apiclient.ErrUnavailable, "network edge": apiclient.ErrEdge, "unknown outcome": apiclient.ErrUnknownOutcome,
	}
}

// must is the value of a call that has to work.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// refusedBy wants an error of one kind that came from the platform with this status.
func refusedBy(t *testing.T, err, kind error, status int) {
	t.Helper()
	var e *apiclient.Error
	if !errors.As(err, &e) {
		t.Errorf("got %v, want %v", err, kind)
		return
	}
	if !errors.Is(err, kind) || e.Status != status {
		t.Errorf("got %v, want %v, %d", err, kind, status)
	}
	for name, other := range sentinels() {
		if !errors.Is(kind, other) && errors.Is(err, other) {
			t.Errorf("%v is %s as well", err, name)
		}
	}
}

// fails leaves of a call its error.
func fails[T any](_ T, err error) error { return err }

// call is one operation with any input that the client itself would send.
type call func(ctx context.Context, as apiclient.Caller) error
