package bot

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"

	"phonechatbot/internal/secret"
)

// Webhook has Telegram bring the updates, instead of being asked for them (Bot API: setWebhook).
type Webhook struct {
	URL  string // what Telegram calls and Bot.Hook answers; CheckWebhook says what it must be
	Keep bool   // leave it registered when Run ends
}

const (
	secretHeader  = "X-Telegram-Bot-Api-Secret-Token" //nolint:gosec // the header's name (Bot API: setWebhook)
	longestUpdate = 1 << 20                           // bytes; Telegram's are far below
)

// CheckWebhook says why Telegram would not call an address; it takes TLS on four ports only (Bot API: setWebhook).
func CheckWebhook(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New("must be an address such as https://bot.example")
	case u.Scheme != "https":
		return errors.New("must be https: Telegram calls no other")
	case !slices.Contains([]string{"", "443", "80", "88", "8443"}, u.Port()):
		return errors.New("must have the port 443, 80, 88 or 8443: Telegram calls no other")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must have no user, query or fragment")
	}
	return nil
}

// hook is what the webhook's two sides share: the requests that come, and the loop that looks after it.
type hook struct {
	secret secret.String // made at each start; Telegram proves with it who it is
	open   atomic.Bool   // what an earlier run left was handed out: requests are taken
	taken  atomic.Int64  // requests that were answered 200
}

// Hook answers Telegram's requests: 200 once the update is in the inbox or known to be of no use, before it is
// handled; 405, 401, 413 and 400 for what Telegram does not send; 503 before Run has handed out what an earlier
// run left, and 500 when the inbox fails: Telegram sends it again after both.
func (b *Bot) Hook() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := b.welcome(r)
		if status == http.StatusOK {
			status = b.bring(w, r)
		}
		switch status {
		case http.StatusMethodNotAllowed:
			w.Header().Set("Allow", http.MethodPost)
		case http.StatusServiceUnavailable:
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(status)
	})
}

// welcome judges a request without reading its body.
func (b *Bot) welcome(r *http.Request) int {
	given := []byte(r.Header.Get(secretHeader))
	switch {
	case b.cfg.Webhook.URL == "":
		return http.StatusNotFound
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed
	case subtle.ConstantTimeCompare(given, []byte(b.hook.secret.Reveal())) != 1:
		return http.StatusUnauthorized
	case !b.hook.open.Load():
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// bring takes the update of a request in.
func (b *Bot) bring(w http.ResponseWriter, r *http.Request) int {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longestUpdate))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		return http.StatusBadRequest
	}
	if _, ok := updateID(body); !ok {
		return http.StatusBadRequest
	}
	// Whether Telegram still listens makes no difference to what it wanted to say.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), callTimeout)
	defer cancel()
	if _, err := b.take(ctx, []json.RawMessage{body}); err != nil {
		if b.hearing.disk.begin(diskTrouble) {
			b.log.Error().Str("err", hide(err.Error(), b.wire.token)).Msg("cannot take updates in: Telegram is told to send them again")
		}
		return http.StatusInternalServerError
	}
	if b.hearing.disk.end() {
		b.log.Info().Msg("updates come in again")
	}
	b.hook.taken.Add(1)
	b.heard()
	return http.StatusOK
}
