package bot

import (
	"context"
	"strings"

	tg "github.com/go-telegram/bot"

	"phonechatbot/internal/wording"
)

// Acknowledge answers a press at once and in the background, so that the button stops spinning while
// its work begins. A text is shown as a toast, cut to 200 characters. Only the first answer to a press
// counts; a press that its handler left unanswered is answered without a text.
func (b *Bot) Acknowledge(callback string, text wording.Text) {
	if callback == "" || !b.answered.add(callback) {
		return
	}
	toast := ""
	if !text.IsZero() {
		toast = cutPlain(strings.TrimSpace(b.cfg.Catalogue.Plain(text)), longestToast)
	}
	b.errands.run(func() { b.answer(callback, toast) })
}

func (b *Bot) answer(callback, toast string) {
	err := b.call(b.life, "answerCallbackQuery", func(ctx context.Context) error {
		_, err := b.api.AnswerCallbackQuery(ctx, &tg.AnswerCallbackQueryParams{CallbackQueryID: callback, Text: toast})
		return err
	})
	if err != nil { // most often "query is too old": the person has long stopped waiting
		b.log.Debug().Str("err", err.Error()).Msg("a press stays unanswered")
	}
}
