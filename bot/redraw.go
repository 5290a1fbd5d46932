package bot

import (
	"context"

	"phonechatbot/internal/flow"
)

// Redraw puts a view onto a card that stands in the chat, which nobody has asked for: it waits with the Alerts. It
// never sends. It is false if the card is not there to be changed, or if an edit cannot show all of the view.
func (b *Bot) Redraw(ctx context.Context, chat flow.ChatID, card int, v flow.View) (bool, error) {
	m, err := render(b.cfg.Catalogue, v)
	if err != nil || card == 0 || !b.editable(chat, card, m) {
		return false, err
	}
	shown, _, err := b.edit(inLane(ctx, Alerts), chat, card, m)
	return shown, err
}
