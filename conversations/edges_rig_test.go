package conversations_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rs/zerolog"

	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/internal/wording"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
)

// edgeRig is the rig with members as a test wants them, behind a chat that is judged.
func edgeRig(t *testing.T, at time.Time, change func(*apisim.Member)) (*rig, *judged) {
	t.Helper()
	r := newRig(t, at)
	members := apisim.SeedMembers()
	for i := range members {
		if change != nil {
			change(&members[i])
		}
	}
	r.platform = apisim.New(apisim.Config{Clock: r.clock, Members: members})
	return r, r.judge(r.api)
}

// judged is a chat whose messages go through the real door to Telegram as well: what Telegram would refuse fails the
// test, and so does what the door would have to cut.
type judged struct {
	*fakeChat
	rig      *rig
	telegram *bot.Bot
	shown    []string // all that was shown, as HTML
	views    []flow.View
}

// judge puts the desk before such a chat.
func (r *rig) judge(api conversations.Platform) *judged {
	r.t.Helper()
	const token = "123456:edges"
	telegram := tgsim.New(tgsim.Config{Token: token})
	for _, user := range []int64{theUser, asPerformerUser, asManagerUser} {
		telegram.Send(user, "/start")
	}
	door, err := bot.New(bot.Config{Token: secret.New(token), URL: "http://telegram.invalid", Transport: indoors{telegram.Handler()}, Unpaced: true}, nil, zerolog.Nop())
	if err != nil {
		r.t.Fatal(err)
	}
	j := &judged{fakeChat: r.chat, rig: r, telegram: door}
	j.platformOf(api)
	return j
}

// platformOf puts another platform behind the desk.
func (j *judged) platformOf(api conversations.Platform) {
	j.t.Helper()
	var err error
	j.rig.desk, err = conversations.New(conversations.Config{
		Store: j.rig.db, API: api, Chat: j, Zone: j.rig.platform.Location(), Now: j.rig.clock.Now, NewUUID: newUUID, Slow: j.rig.slow,
		NewID: func() string {
			j.rig.ids++
			return fmt.Sprintf("form%08d", j.rig.ids)
		},
	})
	if err != nil {
		j.t.Fatal(err)
	}
}

// weigh judges one view: what it says, and on its buttons.
func (j *judged) weigh(v flow.View, send func() (int, error)) {
	j.t.Helper()
	said := viewHTML(v)
	j.shown, j.views = append(j.shown, said), append(j.views, v)
	if n := len(utf16.Encode([]rune(viewText(v)))); n > 4096 {
		j.t.Errorf("%d signs:\n%.300s", n, said)
	}
	for _, row := range v.Rows {
		for _, key := range row {
			if label := labelOf(key); len([]rune(label)) > 60 || strings.ContainsAny(label, "\n\u202e") {
				j.t.Errorf("a button says %q", label)
			}
		}
	}
	if strings.ContainsAny(said, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067") || strings.Count(said, "\u2068") != strings.Count(said, "\u2069") {
		j.t.Errorf("letters are turned round: %q", said)
	}
	if _, err := send(); err != nil {
		j.t.Errorf("Telegram refuses it: %v\n%.300s", err, said)
	}
}

func (j *judged) Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	j.weigh(v, func() (int, error) { return j.telegram.Send(ctx, chat, v) })
	return j.fakeChat.Show(ctx, chat, card, v)
}

func (j *judged) Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error) {
	j.weigh(v, func() (int, error) { return j.telegram.Send(ctx, chat, v) })
	return j.fakeChat.Edit(ctx, chat, card, v)
}

func (j *judged) Redraw(ctx context.Context, chat flow.ChatID, card int, v flow.View) (bool, error) {
	j.weigh(v, func() (int, error) { return j.telegram.Send(ctx, chat, v) })
	return j.fakeChat.Redraw(ctx, chat, card, v)
}

func (j *judged) Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error) {
	j.weigh(v, func() (int, error) { return j.telegram.Send(ctx, chat, v) })
	return j.fakeChat.Send(ctx, chat, v)
}

func (j *judged) SendFile(ctx context.Context, chat flow.ChatID, f conversations.File, v flow.View) (int, error) {
	j.weigh(v, func() (int, error) {
		return j.telegram.SendFile(ctx, chat, bot.File{Name: f.Name, Type: f.Type, Content: f.Content}, v)
	})
	return j.fakeChat.SendFile(ctx, chat, f, v)
}

func (j *judged) Acknowledge(callback string, text wording.Text) {
	if toast := (wording.Catalogue{}).Plain(text); len(utf16.Encode([]rune(toast))) > 200 {
		j.t.Errorf("a toast of more than 200 signs: %q", toast)
	}
	j.fakeChat.Acknowledge(callback, text)
}

// saw reports whether any card said this.
func (j *judged) saw(html string) bool {
	return slices.ContainsFunc(j.shown, func(said string) bool { return strings.Contains(said, html) })
}
