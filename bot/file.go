package bot

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

const (
	longestCaption = 1024 // UTF-16 units after parsing (Bot API: sendDocument)
	longestName    = 128  // bytes
	longestFile    = 1 << 20
)

// File is a small file for a person to keep. The name is shown and says by its ending what opens the file.
type File struct {
	Name    string // printable, without a path; at most 128 bytes
	Type    string // media type, for whoever reads the code: Telegram goes by the name
	Content []byte // 1 byte to 1 MB
}

// SendFile sends a file as a new message and returns its number. The view's body is the caption, which may
// be empty and is cut at 1,024 characters. The message is a card like others, but an edit cannot put a text
// in the file's place: Show and Edit send anew then. An error wraps ErrView or is an *Error.
func (b *Bot) SendFile(ctx context.Context, chat flow.ChatID, f File, v flow.View) (int, error) {
	m, err := renderFile(b.cfg.Catalogue, f, v)
	if err != nil {
		return 0, err
	}
	return b.send(ctx, chat, m)
}

func renderFile(words wording.Catalogue, f File, v flow.View) (message, error) {
	switch {
	case strings.Trim(f.Name, ". ") == "" || len(f.Name) > longestName:
		return message{}, fmt.Errorf("%w: the file has no name, or too long a one", ErrView)
	case !isPrintable(f.Name) || strings.ContainsAny(f.Name, `/\"`):
		return message{}, fmt.Errorf("%w: the file's name has signs in it that no name has", ErrView)
	case len(f.Content) == 0 || len(f.Content) > longestFile:
		return message{}, fmt.Errorf("%w: the file has %d bytes", ErrView, len(f.Content))
	}
	m, err := renderUpTo(words, v, longestCaption)
	m.file = &f
	return m, err
}

// document is the message for one attempt: the content is read as it is sent.
func (m message) document(chat flow.ChatID) *tg.SendDocumentParams {
	return &tg.SendDocumentParams{
		ChatID: int64(chat), Document: &models.InputFileUpload{Filename: m.file.Name, Data: bytes.NewReader(m.file.Content)},
		Caption: m.text, ParseMode: models.ParseModeHTML,
		DisableNotification: m.silent, ProtectContent: m.protect,
		ReplyMarkup: m.markup,
	}
}
