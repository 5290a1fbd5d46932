package tgsim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const (
	firstBring   = 100 * time.Millisecond // until an update that was not taken is brought again
	longestBring = 5 * time.Second
	bringTimeout = 30 * time.Second
)

// FaultWebhook is the name under which SetFault spoils the bringing of updates to a webhook: one is not brought, or
// with AfterCommit it is and the answer is lost. Of the kinds of fault FaultDown fits.
const FaultWebhook = "webhook"

// bringer brings the updates to the webhook that the bot has set, in order and one at a time, each until it is
// taken: answered with a 2xx.
type bringer struct {
	address, secret string
	lines           int64
	over            chan struct{} // closed when it is no longer the webhook
	errorAt         time.Time     // zero: no error yet
	problem         string
}

var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// hang puts a webhook in place of the one there was. Callers hold s.mu.
func (q *queue) hang(address string, by *bringer) {
	if q.bringer != nil {
		close(q.bringer.over)
	}
	q.webhook, q.bringer = address, by
}

// ended says why a poll was.
func (s *Server) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.webhook != "" {
		return conflict("terminated by setWebhook request")
	}
	return conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
}

func (s *Server) setWebhook(p params) (any, error) {
	address := p.text("url")
	if address == "" {
		return s.deleteWebhook(p)
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, refuse("invalid webhook URL specified")
	case u.Scheme != "https":
		return nil, refuse("bad webhook: An HTTPS URL must be provided for webhook")
	case !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()):
		return nil, refuse("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
	case !secretShape.MatchString(p.text("secret_token")):
		return nil, refuse("secret token contains unallowed characters")
	}
	if p.has("allowed_updates") {
		var kinds []string
		if err := p.decode("allowed_updates", &kinds); err != nil {
			return nil, refuse("can't parse allowed_updates")
		}
		s.queue.allow(kinds)
	}
	if p.flag("drop_pending_updates") {
		s.queue.updates = nil
	}
	if s.queue.poll != nil {
		close(s.queue.poll)
		s.queue.poll = nil
	}
	by := &bringer{address: address, secret: p.text("secret_token"), lines: p.number("max_connections", 40), over: make(chan struct{})}
	s.queue.hang(address, by)
	go s.bring(by)
	return true, nil
}

// bring runs until the webhook is another one or the server is closed.
func (s *Server) bring(by *bringer) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-by.over:
		case <-s.closed:
		case <-ctx.Done():
		}
		cancel()
	}()
	wait := firstBring
	for {
		update, arrived := s.oldest(by)
		if update == nil {
			select {
			case <-arrived:
				continue
			case <-ctx.Done():
				return
			}
		}
		if s.brought(ctx, by, *update) {
			wait = firstBring
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
			wait = min(2*wait, longestBring)
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// oldest is the update to be brought next, or nil and what to wait for: for ever, once the webhook is another's.
func (s *Server) oldest(by *bringer) (*queued, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.bringer != by {
		return nil, nil
	}
	s.queue.confirm(0, s.cfg.Now()) // forgets those too old
	if len(s.queue.updates) == 0 {
		return nil, s.queue.arrived
	}
	first := s.queue.updates[0] // a copy: the list moves
	return &first, nil
}

// brought makes one request, and forgets the update if it was taken; an answer counts even where the webhook was taken
// down while it was on its way.
func (s *Server) brought(ctx context.Context, by *bringer, u queued) bool {
	status, problem := 0, "Connection refused"
	f := s.takeFault(FaultWebhook, nil)
	if f == nil || f.AfterCommit {
		status, problem = s.knock(ctx, by, u.raw)
	}
	if f != nil {
		status = 0
	}
	if status == 0 && ctx.Err() != nil {
		return false
	}
	s.record(FaultWebhook, params{"update_id": {text: strconv.FormatInt(u.id, 10)}}, status)
	s.mu.Lock()
	defer s.mu.Unlock()
	if status/100 == 2 {
		s.queue.updates = slices.DeleteFunc(s.queue.updates, func(q queued) bool { return q.id == u.id })
		s.touch()
		return true
	}
	by.errorAt, by.problem = s.cfg.Now(), problem
	return false
}

// knock gives the status of the answer, and what Telegram would say of it.
func (s *Server) knock(ctx context.Context, by *bringer, update json.RawMessage) (status int, problem string) {
	ctx, cancel := context.WithTimeout(ctx, bringTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, by.address, bytes.NewReader(update))
	if err != nil {
		return 0, "Wrong URL"
	}
	request.Header.Set("Content-Type", "application/json")
	if by.secret != "" {
		request.Header.Set("X-Telegram-Bot-Api-Secret-Token", by.secret)
	}
	client := &http.Client{Transport: s.cfg.Webhook}
	response, err := client.Do(request)
	if err != nil {
		return 0, "Connection refused"
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // only the status counts
	_ = response.Body.Close()
	return response.StatusCode, "Wrong response from the webhook: " + response.Status
}

func (s *Server) getWebhookInfo(params) (any, error) {
	info := map[string]any{
		"url": s.queue.webhook, "has_custom_certificate": false, "pending_update_count": len(s.queue.updates),
	}
	if by := s.queue.bringer; by != nil {
		info["max_connections"] = by.lines
		if !by.errorAt.IsZero() {
			info["last_error_date"], info["last_error_message"] = by.errorAt.Unix(), by.problem
		}
	}
	if s.queue.allowed != nil {
		kinds := []string{}
		for kind := range s.queue.allowed {
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		info["allowed_updates"] = kinds
	}
	return info, nil
}
