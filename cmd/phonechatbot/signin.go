package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"github.com/rs/zerolog"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/login"
	"phonechatbot/store"
)

// newLogin wires signing in on the site. Without a host it only hands out the tokens that were pasted.
func newLogin(s settings, db *store.Store, host *apiclient.Login, told func(flow.ChatID), telegram *bot.Bot, log zerolog.Logger) (*login.Login, error) {
	cfg := login.Config{
		Store: db, Now: s.now, NewState: rand.Text, NewCode: newCode, Told: told,
		BackLink: backLink(s.chatURL, telegram), Log: log.With().Str("room", "login").Logger(),
	}
	if host != nil { // a nil pointer in an interface is not nil
		cfg.Host = host
	}
	return login.New(cfg)
}

// newCode is eight letters and digits that nobody mistakes for each other: 40 random bits.
func newCode() string { return rand.Text()[:8] }

// backLink makes addresses that open the bot's chat (Bot API: deep links); chat is the address of the
// demo's page, empty for Telegram's own.
func backLink(chat string, telegram *bot.Bot) func(code string) string {
	return func(code string) string {
		base := chat
		if base == "" {
			ctx, cancel := context.WithTimeout(context.Background(), nameTime)
			defer cancel()
			name, err := telegram.Username(ctx)
			if err != nil || name == "" {
				return "" // the page tells the person to go back by hand
			}
			base = "https://t.me/" + url.PathEscape(name)
		}
		if code == "" {
			return base
		}
		return base + "?start=" + url.QueryEscape(conversations.CodePayload(code))
	}
}

// nameTime is how long the page waits for the bot's own name, which is asked for once.
const nameTime = 3 * time.Second

// signIns is the login as conversations know it.
type signIns struct{ *login.Login }

// signInsOf is nil where signing in is not set up.
func signInsOf(l *login.Login, host *apiclient.Login) conversations.SignIns {
	if host == nil {
		return nil
	}
	return signIns{l}
}

func (s signIns) Begin(ctx context.Context, chat flow.ChatID, user int64, after string) (conversations.SignInLink, error) {
	begun, err := s.Login.Begin(ctx, chat, user, after)
	return conversations.SignInLink{URL: begun.URL, Ends: begun.Ends}, err
}

func (s signIns) Claim(ctx context.Context, chat flow.ChatID, code string) (conversations.Claim, error) {
	claimed, err := s.Login.Claim(ctx, chat, code)
	outcomes := map[login.ClaimOutcome]conversations.ClaimOutcome{
		login.ClaimNone: conversations.ClaimNone, login.ClaimWrong: conversations.ClaimWrong,
		login.ClaimForeign: conversations.ClaimForeign, login.ClaimDone: conversations.ClaimGood,
	}
	return conversations.Claim{Outcome: outcomes[claimed.Outcome], Left: claimed.Left, SignIn: claimed.SignIn}, err
}

// signedIn reports whether any account needs the login to be renewed.
func signedIn(ctx context.Context, db *store.Store) bool {
	found := false
	err := db.View(ctx, func(tx *store.Tx) error {
		for account, err := range tx.Accounts() {
			if found = err == nil && !account.Refresh.IsZero(); found || ctx.Err() != nil {
				break
			}
		}
		return nil
	})
	return err == nil && found
}
