package conversations

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// A turn is on disk before it is shown. That it was shown, and on which card, is noted here and goes to disk with
// the chat's next turn, or with the next Flush: one write a turn. A process that is killed in between has forgotten
// it, and shows the form once more.

// drawing is what is known of a chat's card beyond what is on disk.
type drawing struct {
	form   string // the session that was shown
	card   int
	drawn  bool // revision rev was shown; else only that it is being worked on
	rev    int
	hinted bool
}

// apply brings a chat's record up to what was shown in it.
func (n drawing) apply(chat *store.Chat) {
	switch {
	case chat.Session != nil && chat.Session.ID == n.form:
		chat.Card, chat.Asked = n.card, false
		if n.drawn {
			chat.Drawn, chat.Hinted = n.rev, n.hinted
		}
	default:
		for i := range chat.Parked {
			if f := &chat.Parked[i]; f.Session.ID == n.form {
				f.Card = n.card
				if n.drawn {
					f.Drawn, f.Hinted = n.rev, n.hinted
				}
			}
		}
	}
	undraw(chat, n.card, n.form)
}

// noteDrawn remembers what was shown until it is on disk.
func (v *visit) noteDrawn(n drawing) {
	n.apply(&v.chat)
	v.Desk.mu.Lock()
	defer v.Desk.mu.Unlock()
	v.drawings[v.event.Chat] = &n
}

// readChat is the chat's record with what was shown since it was written.
func (d *Desk) readChat(tx *store.Tx, id flow.ChatID) (store.Chat, *drawing, error) {
	chat, err := tx.Chat(id)
	if err != nil {
		return chat, nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	note := d.drawings[id]
	if note != nil {
		note.apply(&chat)
	}
	return chat, note, nil
}

// noted forgets a note that is on disk, unless another has taken its place.
func (d *Desk) noted(id flow.ChatID, note *drawing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if note != nil && d.drawings[id] == note {
		delete(d.drawings, id)
	}
}

// flushAtOnce bounds how many chats one write of Flush takes in.
const flushAtOnce = 500

// Flush writes down what was shown since. It is called every now and then, and before the store is closed.
func (d *Desk) Flush(ctx context.Context) error {
	var unread error
	d.mu.Lock()
	waiting := slices.Collect(maps.Keys(d.drawings))
	d.mu.Unlock()
	for some := range slices.Chunk(waiting, flushAtOnce) {
		notes := map[flow.ChatID]*drawing{}
		err := d.db.Update(ctx, func(tx *store.Tx) error {
			for _, id := range some {
				if d.isVisited(id) { // it writes its note itself, and this one may be old by then
					continue
				}
				chat, note, err := d.readChat(tx, id)
				if err != nil {
					unread = errors.Join(unread, err) // and keeps no other waiting
					continue
				}
				if note == nil {
					continue
				}
				if err := tx.PutChat(chat); err != nil {
					return err
				}
				notes[id] = note
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("note what was shown: %w", err)
		}
		for id, note := range notes {
			d.noted(id, note)
		}
	}
	if unread != nil {
		return fmt.Errorf("note what was shown: %w", unread)
	}
	return nil
}

// visits counts those who answer something in a chat.
func (d *Desk) visits(chat flow.ChatID, more int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.visited[chat] += more; d.visited[chat] == 0 {
		delete(d.visited, chat)
	}
}

func (d *Desk) isVisited(chat flow.ChatID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.visited[chat] > 0
}
