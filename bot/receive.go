package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
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

// replay hands out what is kept and was not handed out by this run.
func (b *Bot) replay(ctx context.Context) error {
	pending, err := b.inbox.Pending(ctx)
	if err != nil {
		return fmt.Errorf("pending updates: %w", err)
	}
	for _, kept := range pending {
		if !b.seen.add(kept.ID) {
			continue
		}
		update, err := decodeUpdate(kept.Body)
		if err != nil {
			b.skip(kept.ID)
			b.done(kept.ID)
			continue
		}
		b.deliver(update) //nolint:contextcheck // works on the bot's own life: it outlives the stop signal on purpose
	}
	return nil
}

// receive polls until ctx is done (nil) or Telegram refuses the token.
func (b *Bot) receive(ctx context.Context) error {
	var offset int64
	var t trouble
	for ctx.Err() == nil {
		batch, err := b.poll(ctx, offset)
		if err == nil {
			b.lastPoll.Store(b.cfg.Now().UnixNano())
			offset, err = b.take(ctx, batch, offset, t.disk)
		}
		if err == nil {
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

var (
	errInbox     = errors.New("inbox")
	errNoUpdates = errors.New("a batch without one readable update id")
)

// take keeps a batch, hands out what is new in it, and says from where to ask next. Until Keep has
// succeeded nothing is handed out and the offset stays. inDoubt: an earlier Keep failed, perhaps
// after it had written, so the inbox is asked first.
func (b *Bot) take(ctx context.Context, batch []json.RawMessage, offset int64, inDoubt bool) (int64, error) {
	if inDoubt {
		if err := b.replay(ctx); err != nil {
			return offset, fmt.Errorf("%w: %w", errInbox, err)
		}
	}
	if len(batch) == 0 {
		return offset, nil
	}
	var keep []Update
	var skipped []int64
	updates := map[int64]*models.Update{}
	next := int64(0)
	for _, body := range batch {
		id, ok := updateID(body)
		if !ok {
			skipped = append(skipped, 0)
			continue
		}
		next = max(next, id+1)
		if _, twice := updates[id]; twice || b.seen.has(id) {
			continue
		}
		update, err := decodeUpdate(body)
		if err != nil {
			skipped = append(skipped, id)
			continue
		}
		updates[id] = update
		keep = append(keep, Update{ID: id, Body: body})
	}
	if next == 0 {
		return offset, errNoUpdates
	}
	if err := b.keep(ctx, keep, updates); err != nil {
		return offset, err
	}
	for _, id := range skipped {
		b.skip(id)
	}
	return next, nil
}

func (b *Bot) keep(ctx context.Context, keep []Update, updates map[int64]*models.Update) error {
	if len(keep) == 0 {
		return nil
	}
	handled := b.marks.take()
	fresh, err := b.inbox.Keep(ctx, keep, handled)
	if err != nil {
		b.done(handled...)
		return fmt.Errorf("%w: keep updates: %w", errInbox, err)
	}
	isFresh := map[int64]bool{}
	for _, update := range fresh {
		isFresh[update.ID] = true
	}
	for _, update := range keep {
		if b.seen.add(update.ID) && isFresh[update.ID] {
			b.deliver(updates[update.ID]) //nolint:contextcheck // works on the bot's own life: it outlives the stop signal on purpose
		}
	}
	return nil
}

func (b *Bot) skip(id int64) {
	b.skipped.Add(1)
	b.log.Error().Int64("update_id", id).Msg("skipped an update that cannot be decoded")
}

// updateID reads an update's id even where nothing else in it can be read.
func updateID(body []byte) (int64, bool) {
	var head struct {
		ID *int64 `json:"update_id"`
	}
	if err := json.Unmarshal(body, &head); err != nil || head.ID == nil {
		return 0, false
	}
	return *head.ID, true
}

// decodeUpdate decodes one update; what the library cannot digest is an error, a panic in it included.
func decodeUpdate(body []byte) (u *models.Update, err error) {
	defer func() {
		if recover() != nil {
			u, err = nil, errors.New("update: the decoder gave up")
		}
	}()
	u = &models.Update{}
	if err := json.Unmarshal(body, u); err != nil {
		return nil, fmt.Errorf("update: %w", err)
	}
	return u, nil
}

// deliver puts an update into its chat's mailbox. After the stop it stays in the inbox.
func (b *Bot) deliver(u *models.Update) {
	b.boxes.post(chatOf(u), job{run: func(ctx context.Context) { b.process(ctx, u) }})
}

// chatOf is the chat whose order an update belongs to; 0 for kinds that name none.
func chatOf(u *models.Update) flow.ChatID {
	switch {
	case u.Message != nil:
		return flow.ChatID(u.Message.Chat.ID)
	case u.EditedMessage != nil:
		return flow.ChatID(u.EditedMessage.Chat.ID)
	case u.CallbackQuery != nil:
		chat, _, _ := pressedIn(u.CallbackQuery)
		return chat
	case u.MyChatMember != nil:
		return flow.ChatID(u.MyChatMember.Chat.ID)
	default:
		return 0
	}
}
