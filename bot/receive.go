package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-telegram/bot/models"
)

const (
	batchSize  = 100 // Bot API: getUpdates, limit
	pollMargin = 10 * time.Second
)

// allowedUpdates is narrow on purpose: left out, Telegram keeps the previous setting.
func allowedUpdates() []string {
	return []string{
		models.AllowedUpdateMessage, models.AllowedUpdateEditedMessage,
		models.AllowedUpdateCallbackQuery, models.AllowedUpdateMyChatMember,
	}
}

// receive polls until ctx is done (nil) or Telegram refuses the token. An answer without updates says that
// all before it is confirmed, and the next call names no offset: after a week of silence Telegram numbers
// anew, perhaps below it.
func (b *Bot) receive(ctx context.Context) error {
	var offset int64
	var t trouble
	for ctx.Err() == nil {
		batch, err := b.poll(ctx, offset)
		var next int64
		if err == nil {
			next, err = b.take(ctx, batch)
		}
		if err == nil {
			offset = next
			b.recovered(&t)
			continue
		}
		if ctx.Err() != nil {
			break
		}
		wait, err := b.troubled(ctx, &t, err)
		if err != nil {
			return err
		}
		_ = b.sleep(ctx, wait) // cut short by the stop: the loop sees it
	}
	return nil
}

// poll asks for updates from offset on, which confirms all before it.
func (b *Bot) poll(ctx context.Context, offset int64) ([]json.RawMessage, error) {
	const method = "getUpdates"
	ctx, cancel := context.WithTimeout(ctx, b.cfg.PollTimeout+pollMargin)
	defer cancel()
	body, err := json.Marshal(struct {
		Offset  int64    `json:"offset,omitempty"`
		Limit   int      `json:"limit"`
		Timeout int      `json:"timeout"` // seconds
		Allowed []string `json:"allowed_updates"`
	}{offset, batchSize, max(1, int(b.cfg.PollTimeout/time.Second)), allowedUpdates()})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	address := b.cfg.URL + "/bot" + b.wire.token + "/" + method
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, describe(method, err, b.wire.token)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := b.wire.Do(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // in memory
	if err != nil {
		return nil, describe(method, err, b.wire.token)
	}
	var result struct {
		Updates []json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return nil, &Error{Method: method, Description: "the list of updates cannot be read"}
	}
	return result.Updates, nil
}
