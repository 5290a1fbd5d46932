package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
)

var (
	errInbox     = errors.New("inbox")
	errNoUpdates = errors.New("a batch without one readable update id")
)

// take keeps a batch, hands out what is new in it, and gives the number after its highest id; 0 for an empty
// one. Both ways of receiving come together here: getUpdates confirms a batch and a webhook is answered 200
// only after take has succeeded, and until Keep has succeeded nothing is handed out. Batches may be taken at
// the same time. After a Keep that failed, perhaps once it had written, the inbox is asked first.
func (b *Bot) take(ctx context.Context, batch []json.RawMessage) (int64, error) {
	if b.doubt.Swap(false) {
		if err := b.replay(ctx); err != nil {
			b.doubt.Store(true)
			return 0, fmt.Errorf("%w: %w", errInbox, err)
		}
	}
	if len(batch) == 0 {
		return 0, nil
	}
	sorted, ok := b.sift(batch)
	if !ok {
		return 0, errNoUpdates
	}
	if err := b.keep(ctx, sorted.keep, sorted.updates); err != nil {
		return 0, err
	}
	for _, id := range sorted.skipped {
		b.skip(id)
	}
	for _, pressed := range sorted.flood {
		b.seen.add(pressed.ID)
		b.Acknowledge(pressed.CallbackQuery.ID, b.cfg.Busy)
	}
	return sorted.next, nil
}

// sifted is a batch by what becomes of its updates.
type sifted struct {
	next    int64
	keep    []Update
	updates map[int64]*models.Update // of those to keep
	skipped []int64                  // that cannot be decoded; 0 for one whose id cannot be read
	flood   []*models.Update         // presses in a chat that has enough to do
}

// sift is not ok if no update of the batch has an id that can be read.
func (b *Bot) sift(batch []json.RawMessage) (s sifted, ok bool) {
	s.updates = map[int64]*models.Update{}
	before := map[flow.ChatID]int{}
	for _, body := range batch {
		id, readable := updateID(body)
		if !readable {
			s.skipped = append(s.skipped, 0)
			continue
		}
		s.next = max(s.next, id+1)
		if _, twice := s.updates[id]; twice || b.seen.has(id) {
			continue
		}
		update, err := decodeUpdate(body)
		if err != nil {
			s.skipped = append(s.skipped, id)
			continue
		}
		chat := chatOf(update)
		if update.CallbackQuery != nil && b.boxes.waiting(chat)+before[chat] >= mostWaiting {
			s.flood = append(s.flood, update)
			continue
		}
		before[chat]++
		s.updates[id] = update
		s.keep = append(s.keep, Update{ID: id, Arrived: b.cfg.Now(), Body: body})
	}
	return s, s.next > 0
}

// keep writes updates down and hands out those that the inbox did not have. The first to say that it saw an
// update hands it out: the same one may come twice at a time, and be read from the inbox besides.
func (b *Bot) keep(ctx context.Context, keep []Update, updates map[int64]*models.Update) error {
	if len(keep) == 0 {
		return nil
	}
	handled := b.marks.take()
	fresh, err := b.inbox.Keep(ctx, keep, handled)
	if err != nil {
		b.done(handled...)
		b.doubt.Store(true)
		return fmt.Errorf("%w: keep updates: %w", errInbox, err)
	}
	for _, update := range fresh {
		if b.seen.add(update.ID) {
			b.deliver(updates[update.ID], update.Arrived) //nolint:contextcheck // works on the bot's own life: it outlives the stop signal on purpose
		}
	}
	return nil
}

func (b *Bot) skip(id int64) {
	if id != 0 && !b.seen.add(id) {
		return // it was told
	}
	b.skipped.Add(1)
	b.log.Error().Int64("update_id", id).Msg("skipped an update that cannot be decoded")
}

// updateID reads an update's id even where nothing else in it can be read. Ids are positive (Bot API: Update).
func updateID(body []byte) (int64, bool) {
	var head struct {
		ID int64 `json:"update_id"`
	}
	if err := json.Unmarshal(body, &head); err != nil || head.ID <= 0 {
		return 0, false
	}
	return head.ID, true
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
func (b *Bot) deliver(u *models.Update, arrived time.Time) {
	b.boxes.post(chatOf(u), job{update: u.ID, run: func(ctx context.Context) { b.process(ctx, u, arrived) }})
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
