package main

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/secret"
	"phonechatbot/outbox"
	"phonechatbot/store"
)

func TestVerdict(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want outbox.Verdict
	}{
		"blocked":      {&bot.Error{Code: 403}, outbox.Verdict{Kind: outbox.Blocked, Reason: ": 403 "}},
		"unknown chat": {&bot.Error{Code: 400, Description: "Bad Request: chat not found"}, outbox.Verdict{Kind: outbox.Blocked, Reason: ": 400 Bad Request: chat not found"}},
		"bad message":  {&bot.Error{Code: 400}, outbox.Verdict{Kind: outbox.Permanent, Reason: ": 400 "}},
		"too many":     {&bot.Error{Code: 429, RetryAfter: time.Second}, outbox.Verdict{Kind: outbox.Later, After: time.Second, Reason: ": 429 "}},
		"not sent":     {&bot.Error{Unsent: true}, outbox.Verdict{Kind: outbox.Transient, Reason: ": "}},
		"no answer":    {errors.New("NightOwl77"), outbox.Verdict{Kind: outbox.Doubtful, Reason: "call: the answer cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, verdict(tc.err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func keyring(t *testing.T) *secret.Keyring {
	t.Helper()
	text, err := secret.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := secret.ParseKey(text.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// What could not be made did not arrive: nobody has to wonder.
func TestAnAlertThatCannotBeMade(t *testing.T) {
	db, err := store.Open(filepath.Join(t.TempDir(), "test.db"), keyring(t))
	if err != nil {
		t.Fatal(err)
	}
	desk, err := conversations.New(conversations.Config{Store: db, Now: time.Now, NewID: newID})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // and nothing can be read
		t.Fatal(err)
	}
	err = (&alerts{desk: desk, db: db}).Send(t.Context(), outbox.Message{News: []store.Notification{{Nickname: "NightOwl77"}}})
	if got := verdict(err); err == nil || got != (outbox.Verdict{Kind: outbox.Transient, Reason: "make an alert"}) {
		t.Errorf("%v: %+v", err, got)
	}
}
