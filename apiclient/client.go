package apiclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
)

// Config says where the API is and how it is treated.
type Config struct {
	BaseURL   string         // "https://api-sandbox.adultwork.com"; plain http for this machine only
	Location  *time.Location // the zone of the API's times; needed, for the API names none
	Key       secret.String  // of the project; public calls need it
	KeySecret secret.String  // goes with Key; it is not known whether it has to
	// KeyWithToken sends Key and KeySecret with the calls for members too. By the documentation a token
	// names its project by itself; nobody has tried.
	KeyWithToken bool
	Transport    http.RoundTripper // nil: a transport of our own with sensible limits
	Timeout      time.Duration     // of one call, waiting and repetitions included; default 15 s
	Rate         rate.Limit        // calls a second, over all tokens; default 1
	Burst        int               // calls at once after a pause; default 5
	UserAgent    string            // default "phonechatbot"
	Retries      int               // repetitions of a failed read; default 2, negative for none

	BreakAfter int           // failed tries in a row before the platform is given a rest; default 5, negative for never
	BreakFor   time.Duration // how long such a rest is; default 15 s

	// OffClock hears how far the API's times are off when Location cannot be right, once for each new
	// difference that two writes in a row have shown, and 0 when they are right again. It is called in the
	// middle of a call: it must not block.
	OffClock func(off time.Duration)
}

// Client calls the API. It is safe for concurrent use, and all calls share its rate. It holds no token.
// Every error it gives is an *Error.
type Client struct {
	base      *url.URL
	loc       *time.Location
	timeout   time.Duration
	userAgent string
	transport http.RoundTripper
	key       secret.String
	keySecret secret.String
	// keyWithToken: they go with every call, not only with public ones
	keyWithToken bool
	clock        clock
	marks        marker
	lanes        [lanes]http.RoundTripper // the chain from retry downwards, shared by all calls
}

// New checks the configuration and builds a client. Nothing is sent.
func New(cfg Config) (*Client, error) {
	base, err := baseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.Location == nil {
		return nil, errors.New("api client: no Location: say in which zone the API's times are")
	}
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < 32 || r > 126 }) {
		return nil, errors.New("api client: UserAgent cannot be a header")
	}
	for _, one := range []secret.String{cfg.Key, cfg.KeySecret} {
		if !one.IsZero() && !headerSafe(one.Reveal()) {
			return nil, errors.New("api client: Key or KeySecret cannot be a header")
		}
	}
	if cfg.Key.IsZero() && !cfg.KeySecret.IsZero() {
		return nil, errors.New("api client: KeySecret without Key")
	}
	if cfg.Key.IsZero() && cfg.KeyWithToken {
		return nil, errors.New("api client: KeyWithToken without Key")
	}
	cfg = cfg.withDefaults()
	marks, err := newMarker()
	if err != nil {
		return nil, err
	}
	c := &Client{
		base: base, loc: cfg.Location, timeout: cfg.Timeout, userAgent: cfg.UserAgent, transport: cfg.Transport,
		key: cfg.Key, keySecret: cfg.KeySecret, keyWithToken: cfg.KeyWithToken, clock: clock{tell: cfg.OffClock}, marks: marks,
	}
	turns := newGate(cfg.Rate, cfg.Burst)
	var rest *breaker
	if cfg.BreakAfter > 0 {
		rest = newBreaker(cfg.BreakAfter, cfg.BreakFor, min(time.Second, cfg.Timeout/2))
	}
	for l := range lanes {
		c.lanes[l] = shared(cfg, turns, rest, l)
	}
	return c, nil
}

// HasKey reports whether public calls can be made: those about members in general, which go in the name of
// the project. Without a key they are refused (ErrInvalid).
func (c *Client) HasKey() bool { return !c.key.IsZero() }

func (cfg Config) withDefaults() Config {
	if cfg.Transport == nil {
		cfg.Transport = defaultTransport()
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 15 * time.Second
	}
	if cfg.Rate <= 0 {
		cfg.Rate = 1
	}
	if cfg.Burst <= 0 {
		cfg.Burst = 5
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "phonechatbot"
	}
	if cfg.Retries == 0 {
		cfg.Retries = 2
	}
	if cfg.BreakAfter == 0 {
		cfg.BreakAfter = 5
	}
	if cfg.BreakFor <= 0 {
		cfg.BreakFor = 15 * time.Second
	}
	return cfg
}

// baseURL accepts https anywhere and http on this machine. Its errors do not quote the URL, which may
// hold a password by mistake.
func baseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, errors.New("api client: BaseURL must be http(s)://host")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("api client: BaseURL must be a plain address, without password, query or fragment")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("api client: plain http is for localhost and loopback addresses only, not for %s", u.Hostname())
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// Close lets go of idle connections. The client stays usable.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// request is one call before it goes out: query for GET, body for the others.
type request struct {
	route
	query url.Values
	body  any
	tag   string // the validator of what is known of the answer: if that still holds, none is sent; "" for nothing
}

var errNoTwin = errors.New("no such call for group managers")

// onBehalf is a body that a group manager can send for a member.
type onBehalf interface {
	OnBehalfOf(member int64) any
}

// actFor turns a request into its twin for group managers, if that is whom the caller is. The member
// goes into the query of a GET, and into the body of a write, which must have a place for it.
func (q request) actFor(as Caller) (request, error) {
	switch {
	case as.For == 0:
		return q, nil
	case q.twin == "" || as.For < 0:
		return q, errNoTwin
	}
	q.path = q.twin
	if q.method == get {
		query := url.Values{}
		maps.Copy(query, q.query)
		query.Set("UserID", as.For.String())
		q.query = query
		return q, nil
	}
	body, ok := q.body.(onBehalf)
	if !ok {
		return q, errNoTwin
	}
	q.body = body.OnBehalfOf(int64(as.For))
	return q, nil
}

// lists reports whether the request is for a list: a read that names no booking, member or other thing.
func (q request) lists() bool {
	for name := range q.query {
		if strings.HasSuffix(name, "ID") {
			return false
		}
	}
	return q.method == get
}

// ask sends one request and reads its answer, or sorts what went wrong.
func ask[T any](ctx context.Context, c *Client, as Caller, q request, read func([]byte) (T, error)) (T, error) {
	return askAll(ctx, c, as, q, func(h heard) (T, error) { return read(h.body) })
}

// askHushed is ask for answers that hold words for people: read is told which secrets to blot out of them.
func askHushed[T any](ctx context.Context, c *Client, as Caller, q request, read func([]byte, []secret.String) (T, error)) (T, error) {
	return askAll(ctx, c, as, q, func(h heard) (T, error) { return read(h.body, h.hush) })
}

// heard is an answer that may be read.
type heard struct {
	header http.Header
	body   []byte
	hush   []secret.String
	same   bool   // there is no body: what the tag of the request stands for still holds
	done   func() // may be called, once, by a reader that keeps no piece of the body: it is overwritten then
}

// askAll is ask for answers of which more than the body matters.
func askAll[T any](ctx context.Context, c *Client, as Caller, q request, read func(heard) (T, error)) (T, error) {
	var none T
	if q.public && !c.HasKey() {
		return none, refuse(q.route, errNoKey)
	}
	sent, err := q.actFor(as)
	if err != nil {
		return none, refuse(q.route, err)
	}
	req, err := c.build(ctx, sent)
	if err != nil {
		return none, refuse(q.route, err)
	}
	hush := []secret.String{c.key, c.keySecret}
	resp, err := c.chain(as, q.route, &hush).RoundTrip(req)
	if err != nil {
		return none, failed(q.route, err)
	}
	defer func() { _ = resp.Body.Close() }() // in memory: closing does nothing
	html := isHTML(resp)
	text, err := textOf(resp)
	if err != nil {
		return none, failed(q.route, err)
	}
	body := text.bytes()
	same := q.tag != "" && resp.StatusCode == http.StatusNotModified && !html
	if kind := kindOf(q.writes(), resp.StatusCode, html); kind != nil && !same {
		return none, refused(sent, kind, resp, html, body, hush)
	}
	value, err := read(heard{resp.Header, body, hush, same, text.release})
	if err != nil {
		return none, notUnderstood(q.route, resp.StatusCode, err)
	}
	if q.writes() {
		c.clock.check(value, resp.Header)
	}
	return value, nil
}

// build makes the HTTP request, without headers of the chain.
func (c *Client) build(ctx context.Context, q request) (*http.Request, error) {
	u := *c.base
	u.Path += q.path
	u.RawQuery = q.query.Encode()
	var body io.Reader
	if q.method != get {
		data, err := wire.Encode(q.body)
		if err != nil {
			return nil, errNotJSON
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), body)
	if err != nil {
		return nil, errTransport
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.tag != "" {
		req.Header.Set("If-None-Match", q.tag)
	}
	return req, nil
}
