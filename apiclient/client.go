package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"phonechatbot/internal/secret"
)

// Config says where the API is and how it is treated.
type Config struct {
	BaseURL   string            // "https://api-sandbox.adultwork.com"; plain http for this machine only
	Location  *time.Location    // the zone of the API's times; needed, for the API names none
	Transport http.RoundTripper // nil: a transport of our own with sensible limits
	Timeout   time.Duration     // of one call, waiting and repetitions included; default 15 s
	Rate      rate.Limit        // calls a second, over all tokens; default 1
	Burst     int               // calls at once after a pause; default 5
	UserAgent string            // default "phonechatbot"
	Retries   int               // repetitions of a failed read; default 2, negative for none
}

// Client calls the API. It is safe for concurrent use, and all calls share its rate. It holds no token.
// Every error it gives is an *Error.
type Client struct {
	base      *url.URL
	loc       *time.Location
	timeout   time.Duration
	userAgent string
	transport http.RoundTripper
	below     http.RoundTripper // the chain from retry downwards, shared by all calls
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
	cfg = cfg.withDefaults()
	turns := newGate(cfg.Rate, cfg.Burst)
	return &Client{
		base: base, loc: cfg.Location, timeout: cfg.Timeout, userAgent: cfg.UserAgent, transport: cfg.Transport,
		below: retry(cfg.Retries, turns.before(whole(maxReply, tracked(cfg.Transport)))),
	}, nil
}

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

// request is one call before it goes out: query for reads, body for writes.
type request struct {
	route
	query url.Values
	body  any
}

// ask sends one request and reads its answer, or sorts what went wrong.
func ask[T any](ctx context.Context, c *Client, token secret.String, q request, read func([]byte) (T, error)) (T, error) {
	var none T
	if !headerSafe(token.Reveal()) {
		return none, &Error{Op: q.op, Kind: ErrUnauthorized, err: errBadToken}
	}
	req, err := c.build(ctx, q)
	if err != nil {
		return none, refuse(q.route, err)
	}
	resp, err := deadline(c.timeout, headers(token, c.userAgent, c.below)).RoundTrip(req)
	if err != nil {
		return none, failed(q.route, err)
	}
	defer func() { _ = resp.Body.Close() }() // in memory: closing cannot fail
	html := isHTML(resp)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return none, failed(q.route, err)
	}
	if kind := kindOf(q.writes(), resp.StatusCode, html); kind != nil {
		return none, answered(q.route, kind, resp, html, messages(body, token))
	}
	value, err := read(body)
	if err != nil {
		return none, notUnderstood(q.route, resp.StatusCode, err)
	}
	return value, nil
}

// build makes the HTTP request, without headers of the chain.
func (c *Client) build(ctx context.Context, q request) (*http.Request, error) {
	u := *c.base
	u.Path += q.path
	u.RawQuery = q.query.Encode()
	var body io.Reader
	if q.writes() {
		data, err := json.Marshal(q.body)
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
	return req, nil
}
