package bot

import (
	"fmt"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

const (
	longestText        = 4096 // UTF-16 units after parsing (Bot API: sendMessage)
	longestToast       = 200  // Bot API: answerCallbackQuery
	longestDescription = 256  // Bot API: BotCommand.description
)

// message is a View as Telegram takes it.
type message struct {
	text    string             // HTML; the caption of a file
	file    *File              // nil for a text alone
	markup  models.ReplyMarkup // nil, or one of the library's keyboards, never empty
	protect bool
	silent  bool
	// dropFirst: the keyboard below the text field has to go, but this message carries buttons; a
	// message can only do one of the two.
	dropFirst bool
	sendOnly  bool // an edit cannot bring it about
}

// render writes a view in one language. A zero Text in the body is an empty line. The error wraps
// ErrView.
func render(words wording.Catalogue, v flow.View) (message, error) {
	m, err := renderUpTo(words, v, longestText)
	if err == nil && strings.TrimSpace(m.text) == "" {
		return message{}, fmt.Errorf("%w: it has no text", ErrView)
	}
	return m, err
}

// renderUpTo is render with a limit in UTF-16 units; it takes a view without a text.
func renderUpTo(words wording.Catalogue, v flow.View, limit int) (message, error) {
	m := message{
		protect: v.Protect, silent: v.Silent,
		sendOnly: v.DropKeyboard || !v.ShareNumber.IsZero(),
	}
	paragraphs := make([]string, len(v.Body))
	for i, p := range v.Body {
		paragraphs[i] = words.HTML(p)
	}
	m.text = cutHTML(strings.Trim(strings.Join(paragraphs, "\n"), "\n"), limit)
	rows, err := keyboard(words, v.Rows)
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", ErrView, err)
	}
	switch {
	case !v.ShareNumber.IsZero():
		m.markup = shareKeyboard(words.Plain(v.ShareNumber))
	case len(rows) > 0:
		m.markup = &models.InlineKeyboardMarkup{InlineKeyboard: rows}
		m.dropFirst = v.DropKeyboard
	case v.DropKeyboard:
		m.markup = dropKeyboard()
	}
	return m, nil
}

func keyboard(words wording.Catalogue, rows [][]flow.Button) ([][]models.InlineKeyboardButton, error) {
	var keys [][]models.InlineKeyboardButton
	for _, row := range rows {
		if len(row) == 0 {
			continue
		}
		line := make([]models.InlineKeyboardButton, len(row))
		for i, button := range row {
			var err error
			if line[i], err = key(words, button); err != nil {
				return nil, err
			}
		}
		keys = append(keys, line)
	}
	return keys, nil
}

func key(words wording.Catalogue, button flow.Button) (models.InlineKeyboardButton, error) {
	k := models.InlineKeyboardButton{Text: words.Plain(button.Label), Style: string(button.Style), URL: button.URL}
	if strings.TrimSpace(k.Text) == "" {
		return k, fmt.Errorf("button %q has no label", button.Press.Action)
	}
	if button.URL != "" {
		return k, nil
	}
	var err error
	k.CallbackData, err = EncodePress(button.Press)
	return k, err
}

func shareKeyboard(label string) *models.ReplyKeyboardMarkup {
	return &models.ReplyKeyboardMarkup{
		Keyboard:        [][]models.KeyboardButton{{{Text: label, RequestContact: true}}},
		ResizeKeyboard:  true,
		OneTimeKeyboard: true,
	}
}

func dropKeyboard() *models.ReplyKeyboardRemove {
	return &models.ReplyKeyboardRemove{RemoveKeyboard: true}
}

// noButtons is what takes the buttons off a card: an empty list, written out.
func noButtons() *models.InlineKeyboardMarkup {
	return &models.InlineKeyboardMarkup{InlineKeyboard: [][]models.InlineKeyboardButton{}}
}

func (m message) send(chat flow.ChatID) *tg.SendMessageParams {
	return &tg.SendMessageParams{
		ChatID: int64(chat), Text: m.text, ParseMode: models.ParseModeHTML,
		LinkPreviewOptions:  noPreview(),
		DisableNotification: m.silent, ProtectContent: m.protect,
		ReplyMarkup: m.markup,
	}
}

func (m message) edit(chat flow.ChatID, card int) *tg.EditMessageTextParams {
	return &tg.EditMessageTextParams{
		ChatID: int64(chat), MessageID: card, Text: m.text, ParseMode: models.ParseModeHTML,
		LinkPreviewOptions: noPreview(),
		ReplyMarkup:        m.markup,
	}
}

func noPreview() *models.LinkPreviewOptions { return &models.LinkPreviewOptions{IsDisabled: tg.True()} }
