package tgsim

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
)

// newBot is the real library talking to the server over HTTP.
func newBot(t *testing.T, w *world, options ...tg.Option) *tg.Bot {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	options = append(options, tg.WithServerURL(w.http.URL), tg.WithHTTPClient(time.Minute, client), tg.WithNotAsyncHandlers(),
		tg.WithErrorsHandler(func(error) {}))
	b, err := tg.New(testToken, options...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLibraryConversation(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	handled := make(chan struct{}, 2)
	b := newBot(t, w, tg.WithDefaultHandler(func(ctx context.Context, b *tg.Bot, u *models.Update) {
		defer func() { handled <- struct{}{} }()
		var err error
		switch {
		case u.Message != nil:
			_, err = b.SendMessage(ctx, &tg.SendMessageParams{
				ChatID: u.Message.Chat.ID, Text: "<b>Hello</b> " + u.Message.From.FirstName, ParseMode: models.ParseModeHTML,
				ProtectContent: true, DisableNotification: true,
				ReplyMarkup: &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{
					{Text: "Yes", CallbackData: "yes", Style: "success"}, {Text: "Site", URL: "https://a.example"},
				}}},
			})
		case u.CallbackQuery != nil:
			press := u.CallbackQuery
			_, answerErr := b.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: press.ID, Text: "Noted"})
			_, err = b.EditMessageText(ctx, &tg.EditMessageTextParams{
				ChatID: press.From.ID, MessageID: press.Message.Message.ID, Text: "You said " + press.Data,
			})
			err = errors.Join(err, answerErr)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	stopped := make(chan struct{})
	go func() { defer close(stopped); b.Start(ctx) }()

	w.Send(alice, "/start")
	var card Message
	if err := w.WaitFor(ctx, alice, func(chat []Message) bool {
		card = chat[len(chat)-1]
		return card.FromBot
	}); err != nil {
		t.Fatal(err)
	}
	want := Message{
		ID: card.ID, FromBot: true, Kind: "text", Text: "Hello Alice", HTML: "<b>Hello</b> Alice",
		Entities: []Entity{{Type: "bold", Length: 5}}, Protected: true, Silent: true, At: w.clock.Now(),
		Rows: [][]Button{{{Label: "Yes", Data: "yes", Style: "success"}, {Label: "Site", URL: "https://a.example"}}},
	}
	if diff := cmp.Diff(want, card); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}
	query, err := w.Press(alice, card.ID, "Yes")
	if err != nil {
		t.Fatal(err)
	}
	if toast, err := w.WaitAnswered(ctx, query); err != nil || toast.Text != "Noted" {
		t.Errorf("toast %+v, %v", toast, err)
	}
	if err := w.WaitFor(ctx, alice, func(chat []Message) bool { return chat[1].Text == "You said yes" }); err != nil {
		t.Error(err)
	}
	<-handled // the library cancels its handlers' last sends, so they must be through
	<-handled
	cancel()
	<-stopped
}

func TestLibraryMethods(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	b, ctx := newBot(t, w), t.Context()
	ok := func(what string, done bool, err error) {
		t.Helper()
		if err != nil || !done {
			t.Errorf("%s: %v, %v", what, done, err)
		}
	}
	me, err := b.GetMe(ctx)
	if err != nil || me.Username != "sim_bot" || me.ID != 123456 {
		t.Errorf("GetMe = %+v, %v", me, err)
	}
	done, err := b.SetMyCommands(ctx, &tg.SetMyCommandsParams{
		Commands: []models.BotCommand{{Command: "help", Description: "What I can do"}}, Scope: &models.BotCommandScopeAllPrivateChats{},
	})
	ok("SetMyCommands", done, err)
	if diff := cmp.Diff([]Command{{"help", "What I can do"}}, w.Commands(alice)); diff != "" {
		t.Error(diff)
	}
	commands, err := b.GetMyCommands(ctx, &tg.GetMyCommandsParams{Scope: &models.BotCommandScopeAllPrivateChats{}})
	if err != nil || len(commands) != 1 || commands[0].Command != "help" {
		t.Errorf("GetMyCommands = %+v, %v", commands, err)
	}
	done, err = b.DeleteMyCommands(ctx, &tg.DeleteMyCommandsParams{Scope: &models.BotCommandScopeAllPrivateChats{}})
	ok("DeleteMyCommands", done, err)
	done, err = b.SendChatAction(ctx, &tg.SendChatActionParams{ChatID: alice, Action: models.ChatActionTyping})
	ok("SendChatAction", done, err)
	done, err = b.SetChatMenuButton(ctx, &tg.SetChatMenuButtonParams{MenuButton: models.MenuButtonCommands{Type: models.MenuButtonTypeCommands}})
	ok("SetChatMenuButton", done, err)
	done, err = b.SetMyDescription(ctx, &tg.SetMyDescriptionParams{Description: "Long"})
	ok("SetMyDescription", done, err)
	done, err = b.SetMyShortDescription(ctx, &tg.SetMyShortDescriptionParams{ShortDescription: "Short"})
	ok("SetMyShortDescription", done, err)
	if w.Description("") != "Long" || w.ShortDescription("") != "Short" {
		t.Errorf("descriptions %q, %q", w.Description(""), w.ShortDescription(""))
	}
	done, err = b.DeleteWebhook(ctx, &tg.DeleteWebhookParams{})
	ok("DeleteWebhook", done, err)
	info, err := b.GetWebhookInfo(ctx)
	if err != nil || info.PendingUpdateCount != 1 {
		t.Errorf("GetWebhookInfo = %+v, %v", info, err)
	}
}

func TestLibraryMessages(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	b, ctx := newBot(t, w), t.Context()
	doc, err := b.SendDocument(ctx, &tg.SendDocumentParams{
		ChatID: alice, Document: &models.InputFileUpload{Filename: "export.csv", Data: strings.NewReader("a,b\n")}, Caption: "Your data",
	})
	if err != nil || doc.Document == nil || doc.Document.FileName != "export.csv" || doc.Caption != "Your data" {
		t.Fatalf("SendDocument = %+v, %v", doc, err)
	}
	if got := w.Chat(alice)[1]; string(got.File.Content) != "a,b\n" || got.Text != "Your data" || got.Kind != "document" {
		t.Errorf("document %+v", got)
	}
	if _, err := b.SendDocument(ctx, &tg.SendDocumentParams{ChatID: alice, Document: &models.InputFileString{Data: doc.Document.FileID}}); err != nil {
		t.Errorf("send the kept file again: %v", err)
	}
	keyboard := &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{{{Text: "A", CallbackData: "a"}}}}
	card, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: alice, Text: "card", ReplyMarkup: keyboard})
	if err != nil || len(card.ReplyMarkup.InlineKeyboard) != 1 {
		t.Fatalf("SendMessage = %+v, %v", card, err)
	}
	edit := &tg.EditMessageReplyMarkupParams{ChatID: alice, MessageID: card.ID, ReplyMarkup: keyboard}
	if _, err := b.EditMessageReplyMarkup(ctx, edit); !errors.Is(err, tg.ErrorBadRequest) || !strings.Contains(err.Error(), "message is not modified") {
		t.Errorf("unchanged edit: %v", err)
	}
	keyboard.InlineKeyboard[0][0].Text = "B"
	if got, err := b.EditMessageReplyMarkup(ctx, edit); err != nil || got.EditDate == 0 {
		t.Errorf("edit: %+v, %v", got, err)
	}
	if done, err := b.DeleteMessage(ctx, &tg.DeleteMessageParams{ChatID: alice, MessageID: card.ID}); err != nil || !done {
		t.Errorf("DeleteMessage: %v", err)
	}
	if done, err := b.DeleteMessages(ctx, &tg.DeleteMessagesParams{ChatID: alice, MessageIDs: []int{doc.ID, card.ID}}); err != nil || !done {
		t.Errorf("DeleteMessages: %v", err)
	}
	for name, markup := range map[string]models.ReplyMarkup{
		"a nil keyboard":      (*models.InlineKeyboardMarkup)(nil),
		"a keyboard of nulls": &models.InlineKeyboardMarkup{},
	} {
		if _, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: alice, Text: "x", ReplyMarkup: markup}); !errors.Is(err, tg.ErrorBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.SendMessage(ctx, &tg.SendMessageParams{Text: "x"}); err == nil || !strings.Contains(err.Error(), "chat not found") {
		t.Errorf("a nil chat id: %v", err)
	}
	w.Block(alice)
	if _, err := b.SendMessage(ctx, &tg.SendMessageParams{ChatID: alice, Text: "x"}); !errors.Is(err, tg.ErrorForbidden) {
		t.Errorf("blocked: %v", err)
	}
}
