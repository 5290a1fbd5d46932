package outbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// stale is the age from which nobody waits for news any more.
const stale = 5 * time.Minute

// ready is what can be told now.
type ready struct {
	store.Notification
	silent bool
}

// The order of sending.
const (
	first = iota // somebody has to act, or asked for it
	timed        // it is of no use later
	near         // of a call that is about to begin
	news
	digest // nobody waits for it
)

func rank(n store.Notification, now time.Time) int {
	soon := n.Session.After(now) && !n.Session.After(now.Add(alert.Soon))
	switch {
	case n.Kind == alert.SignIn, n.Kind == alert.NoAccess, n.Kind == alert.Test:
		return first
	case n.Kind.Timed():
		return timed
	case soon:
		return near
	case n.Kind == alert.Summary, now.Sub(n.Made) >= stale:
		return digest
	}
	return news
}

// messages makes what is ready into messages, one for a chat, the chat that has waited longest first. News of an
// account's bookings goes together; everything else by itself, and before it.
func messages(list []ready, alone map[uuid.UUID]bool, now time.Time) []Message {
	type ranked struct {
		Message
		rank int
	}
	var chats []flow.ChatID
	of := map[flow.ChatID][]ready{}
	for _, r := range list {
		if of[r.Chat] == nil {
			chats = append(chats, r.Chat)
		}
		of[r.Chat] = append(of[r.Chat], r)
	}
	all := make([]ranked, 0, len(chats))
	for _, chat := range chats {
		lead := slices.MinFunc(of[chat], func(a, b ready) int { return order(a.Notification, b.Notification, now) })
		m := ranked{Message{Account: lead.Account, Chat: chat, Silent: true}, digest}
		together := of[chat]
		if !grouped(lead, alone) {
			together = []ready{lead}
		}
		for _, r := range together {
			if r.Account == lead.Account && (r.ID == lead.ID || grouped(r, alone)) {
				m.News = append(m.News, r.Notification)
				m.Silent = m.Silent && r.silent
				m.rank = min(m.rank, rank(r.Notification, now))
			}
		}
		m.Digest = m.rank == digest
		slices.SortFunc(m.News, byAge)
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	sorted := make([]Message, len(all))
	for i, m := range all {
		sorted[i] = m.Message
	}
	return sorted
}

func grouped(r ready, alone map[uuid.UUID]bool) bool { return r.Kind.OfBooking() && !alone[r.ID] }

// order is how what is due for one chat goes out: by what comes first, and then as it was made.
func order(a, b store.Notification, now time.Time) int {
	class := func(n store.Notification) int { return min(rank(n, now), news) }
	if by := cmp.Compare(class(a), class(b)); by != 0 {
		return by
	}
	return cmp.Or(a.Before().Compare(b.Before()), byAge(a, b)) // only what is to come has a Before
}

func byAge(a, b store.Notification) int { return slices.Compare(a.ID[:], b.ID[:]) }
