package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/outbox"
	"phonechatbot/store"
)

// Rooms on one floor do not know each other: here they are introduced.

// messenger is the bot as conversations know it.
type messenger struct {
	*bot.Bot
	log zerolog.Logger
}

// SendFile sends a file to be saved on the phone.
func (m messenger) SendFile(ctx context.Context, chat flow.ChatID, f conversations.File, v flow.View) (int, error) {
	return m.Bot.SendFile(ctx, chat, bot.File{Name: f.Name, Type: f.Type, Content: f.Content}, v)
}

// Menu sets one chat's commands. A menu that could not be set shows the longer one: logged, no more.
func (m messenger) Menu(ctx context.Context, chat flow.ChatID, commands []conversations.Command) {
	if err := m.SetChatCommands(ctx, chat, menu(commands)); err != nil {
		m.log.Warn().Err(err).Int64("chat_id", int64(chat)).Msg("could not set the chat's menu")
	}
}

func menu(commands []conversations.Command) []bot.Command {
	entries := make([]bot.Command, len(commands))
	for i, c := range commands {
		entries[i] = bot.Command{Name: c.Name, Description: c.Description}
	}
	return entries
}

// heard is a handler that tells of each event once it is done with it.
type heard struct {
	bot.Handler
	done func(flow.Event) // nil: nobody asks
}

func (h heard) Handle(ctx context.Context, e flow.Event) error {
	if h.done != nil {
		defer h.done(e)
	}
	return h.Handler.Handle(ctx, e)
}

// alerts sends what the outbox hands out in the words of conversations.
type alerts struct {
	bot  *bot.Bot
	desk *conversations.Desk // set before anything is sent
	db   *store.Store
	now  func() time.Time
}

func (a *alerts) Send(ctx context.Context, m outbox.Message) error {
	before, err := a.basis(ctx, m)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnmade, err)
	}
	view, say, err := a.desk.Alert(ctx, m.Account, m.News)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnmade, err)
	}
	if !say {
		return nil
	}
	lane := bot.Alerts
	if m.Digest {
		lane = bot.Digests
	}
	view.Silent = m.Silent
	_, err = a.bot.SendIf(ctx, lane, m.Chat, view, func(ctx context.Context) error {
		now, err := a.basis(ctx, m)
		switch {
		case err != nil:
			return fmt.Errorf("%w: %w", errUnmade, err)
		case !reflect.DeepEqual(before, now), slices.ContainsFunc(m.News, a.late):
			return errOvertaken
		}
		return nil
	})
	return err
}

// late reports whether something to come would come after what it was to come before.
func (a *alerts) late(n store.Notification) bool { return n.Kind.Timed() && !n.Before().After(a.now()) }

// basis is what an alert rests on, beside what the platform says: who unlinks, mutes, answers or wants no names while it
// waits for its turn is not told what was right before.
type basis struct {
	linked bool
	zone   string
	prefs  alert.Prefs
	kept   []store.Snapshot     // of the bookings
	queued []store.Notification // about the same bookings
}

func (a *alerts) basis(ctx context.Context, m outbox.Message) (b basis, err error) {
	about := func(n store.Notification) bool {
		return slices.ContainsFunc(m.News, func(other store.Notification) bool {
			return n.ID == other.ID || n.Booking != 0 && n.Booking == other.Booking && n.Side == other.Side && !n.Kind.Timed()
		})
	}
	err = a.db.View(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(m.Account)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		b = basis{linked: err == nil, zone: account.Zone, prefs: account.Alerts}
		for _, n := range m.News {
			if kept, err := tx.Snapshot(n.Account, n.Side, n.Booking); err == nil {
				b.kept = append(b.kept, kept)
			}
		}
		for n, err := range tx.Notices(m.Account) {
			if err == nil && about(n) { // one that does not open is the outbox's to complain of
				b.queued = append(b.queued, n)
			}
		}
		return err
	})
	return b, err
}

// errOvertaken is an alert that rests on what was so before its turn came: it is made anew.
var errOvertaken = errors.New("overtaken while it waited for its turn")

// errUnmade is an alert that could not be made: nothing of it has left.
var errUnmade = errors.New("make an alert")

// verdict translates the bot's judgement of a failed send for the outbox.
func verdict(err error) outbox.Verdict {
	var notYet conversations.NotYet
	if errors.As(err, &notYet) {
		return outbox.Verdict{Kind: outbox.Later, After: notYet.After, Reason: notYet.Error()}
	}
	if errors.Is(err, errUnmade) {
		return outbox.Verdict{Kind: outbox.Transient, Reason: errUnmade.Error()}
	}
	if errors.Is(err, errOvertaken) {
		return outbox.Verdict{Kind: outbox.Later, After: time.Millisecond, Reason: errOvertaken.Error()}
	}
	v := bot.Sort(err)
	kinds := map[bot.Kind]outbox.Kind{
		bot.Permanent: outbox.Permanent, bot.Forbidden: outbox.Blocked, bot.Later: outbox.Later, bot.Transient: outbox.Transient, bot.Unknown: outbox.Doubtful,
	}
	return outbox.Verdict{Kind: kinds[v.Kind], After: v.After, Reason: v.Reason}
}

// inbox keeps the bot's updates in the store.
type inbox struct {
	db   *store.Store
	log  zerolog.Logger
	told *sync.Map // ids of updates that do not open, and were told of
}

func newInbox(db *store.Store, log zerolog.Logger) inbox {
	return inbox{db: db, log: log, told: &sync.Map{}}
}

func (i inbox) Keep(ctx context.Context, updates []bot.Update, handled []int64) ([]bot.Update, error) {
	var fresh []bot.Update
	err := i.db.Update(ctx, func(tx *store.Tx) error {
		fresh = nil
		if err := drop(tx, handled); err != nil {
			return err
		}
		for _, u := range updates {
			isNew, err := tx.KeepUpdate(store.Update{ID: u.ID, Arrived: u.Arrived, Body: u.Body})
			if err != nil {
				return err
			}
			if isNew {
				fresh = append(fresh, u)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep updates: %w", err)
	}
	return fresh, nil
}

func (i inbox) Pending(ctx context.Context) ([]bot.Update, error) {
	var pending []bot.Update
	err := i.db.View(ctx, func(tx *store.Tx) error {
		pending = nil
		for u, err := range tx.Updates() {
			if err != nil { // one update that cannot be read keeps no other waiting
				if _, known := i.told.LoadOrStore(u.ID, true); !known {
					i.log.Error().Err(err).Int64("update_id", u.ID).Msg("a kept update cannot be read; if Telegram sends it again, it is taken")
				}
				continue
			}
			pending = append(pending, bot.Update{ID: u.ID, Arrived: u.Arrived, Starts: u.Starts, Body: u.Body})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read kept updates: %w", err)
	}
	return pending, nil
}

func (i inbox) Tried(ctx context.Context, starts map[int64]int) error {
	err := i.db.Update(ctx, func(tx *store.Tx) error {
		for id, n := range starts {
			if err := tx.TryUpdate(id, n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note tries: %w", err)
	}
	return nil
}

func (i inbox) Done(ctx context.Context, ids ...int64) error {
	return i.db.Update(ctx, func(tx *store.Tx) error { return drop(tx, ids) })
}

func drop(tx *store.Tx, ids []int64) error {
	for _, id := range ids {
		if err := tx.DropUpdate(id); err != nil {
			return err
		}
	}
	return nil
}
