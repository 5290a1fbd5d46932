package conversations

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// Drafts are forms that were put away for another day: by a button, or because nobody went on with them. A draft
// keeps the form's own id, and so the single-use key of its next send.

const (
	maxDrafts  = 5
	draftLife  = 7 * 24 * time.Hour
	nudgeAfter = time.Hour      // without anything done to a form
	awayAfter  = 24 * time.Hour // and then it becomes a draft
)

var (
	msgDraftSaved    = msg("draft.saved", "Saved as a draft, for seven days. /book brings it back. Nothing was sent.")
	msgDraftsFull    = msg("draft.full", "Five drafts are kept already. Delete one of them, and save this form then: nothing in it is lost.")
	msgDrafts        = msg("draft.list", "<b>Your drafts</b>\nNothing of them was sent. Each is deleted seven days after it was saved.")
	msgDraftLine     = msg("draft.line", "{number}. {name}, {when} (until {until})")
	msgDraftNoName   = msg("draft.nobody", "nobody chosen yet")
	msgDraftNoTime   = msg("draft.no_time", "no time yet")
	msgDraftGone     = msg("draft.gone", "That draft is not there any more.")
	msgDraftDeleted  = msg("draft.deleted", "Draft deleted.")
	msgDraftAway     = msg("draft.put_away", "A form that you had open was put away as a draft. Nothing was sent; /book brings it back.")
	msgDraftNudge    = msg("draft.nudge", "A form is still open. Nothing has been sent.")
	msgKeyDraftFirst = msg("draft.key_first", "Keep it as a draft, start afresh")
	msgKeyDraftDrop  = msg("draft.key_delete", "Delete {number}")
	msgKeyDraftOpen  = msg("draft.key_open", "Go on with {number}")
	msgKeyDrafts     = msg("draft.key_list", "Your drafts")
	msgKeyNewBooking = msg("draft.key_new", "New booking")
)

func draftScreens() map[string]screen {
	return map[string]screen{
		"draft":      (*visit).openDraft,
		"draftdrop":  (*visit).dropDraft,
		"draftfirst": (*visit).draftFirst,
		"drafts":     func(v *visit, _ string) error { return v.showDrafts() },
		"booknew":    func(v *visit, _ string) error { return v.newBooking() },
	}
}

// newBooking opens a form beside the drafts; the key for it stays on its card, and another may be open by then.
func (v *visit) newBooking() error {
	if _, open := v.form(ofFlow(bookName)); open {
		return v.bookWith(nil, "")
	}
	return v.open(bookName, nil, nil)
}

// drafts are those that have not had their time, the latest first.
func (v *visit) drafts() []store.Draft {
	kept := live(v.chat.Drafts, v.clock.now())
	slices.Reverse(kept)
	return kept
}

func live(drafts []store.Draft, now time.Time) []store.Draft {
	return slices.DeleteFunc(slices.Clone(drafts), func(d store.Draft) bool { return !now.Before(d.Saved.Add(draftLife)) })
}

// putAway keeps the form in front as a draft.
func (v *visit) putAway(f form, s flow.Session) error {
	if len(v.drafts()) >= maxDrafts {
		if err := v.play(f, flow.Advance(f.flow, s, flow.Redraw{}, v.clock.now())); err != nil {
			return err
		}
		return v.say(v.draftsView(msgDraftsFull.Text()))
	}
	card, now := v.chat.Card, v.clock.now()
	keep := func(chat *store.Chat) {
		chat.Drafts = append(live(chat.Drafts, now), store.Draft{Session: s, Saved: now})
		v.next(chat)
	}
	view := v.after(keep, func() flow.View { return v.dressed(v.homeView(msgDraftSaved.Text())) })
	if _, err := v.Desk.chat.Show(v.ctx, v.event.Chat, card, view); err != nil {
		return fmt.Errorf("show that the draft is kept: %w", err)
	}
	v.noteShown(view)
	err := v.save(func(_ *store.Tx, chat *store.Chat) error {
		keep(chat)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	return nil
}

// showDrafts lists them, with a new form beside.
func (v *visit) showDrafts(notes ...wording.Text) error { return v.screen(v.draftsView(notes...)) }

func (v *visit) draftsView(notes ...wording.Text) flow.View {
	drafts := v.drafts()
	if len(drafts) == 0 {
		return v.homeView(msgDraftGone.Text())
	}
	view := flow.View{Body: append(notes, msgDrafts.Text())}
	if v.clock.elsewhere() {
		view.Body = append(view.Body, msgListZone.With(wording.Args{"zone": v.clock.zoneName()}))
	}
	for i, d := range drafts {
		view.Body = append(view.Body, v.draftLine(i+1, d))
		number := wording.Args{"number": i + 1}
		open, drop := v.button(msgKeyDraftOpen, "draft", d.Session.ID), v.button(msgKeyDraftDrop, "draftdrop", d.Session.ID)
		open.Label, drop.Label = msgKeyDraftOpen.With(number), msgKeyDraftDrop.With(number)
		view.Rows = append(view.Rows, []flow.Button{open, drop})
	}
	last := []flow.Button{v.button(msgKeyNewBooking, "booknew", "")}
	if _, open := v.form(ofFlow(bookName)); open {
		last = []flow.Button{v.button(msgContinue, "resume", "")}
	}
	view.Rows = append(view.Rows, last, v.homeRow())
	return view
}

func (v *visit) draftLine(number int, d store.Draft) wording.Text {
	args := wording.Args{
		"number": number, "name": msgDraftNoName.Text(), "when": msgDraftNoTime.Text(), "until": v.clock.short(d.Saved.Add(draftLife)),
	}
	answers := draft(flow.Scope{Answers: d.Session.Answers, Facts: d.Session.Facts}, v.clock)
	if answers.member != 0 {
		args["name"] = answers.name
	}
	if !answers.session.IsZero() {
		args["when"] = v.clock.short(answers.session)
	}
	return msgDraftLine.With(args)
}

// openDraft takes a draft up again; the form in front is set aside for it.
func (v *visit) openDraft(id string) error {
	i := slices.IndexFunc(v.drafts(), func(d store.Draft) bool { return d.Session.ID == id })
	if i < 0 {
		return v.screen(v.homeView(msgDraftGone.Text()))
	}
	if v.crowded() {
		return v.screen(v.textView(msgTooMany.Text()))
	}
	err := v.save(func(_ *store.Tx, chat *store.Chat) error {
		for j, d := range chat.Drafts {
			if d.Session.ID == id {
				chat.Drafts = slices.Delete(chat.Drafts, j, j+1)
				v.setAside(chat)
				takeUp(chat, store.Form{Session: d.Session, Drawn: store.NotDrawn})
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take up draft: %w", err)
	}
	return v.advance(flow.Redraw{})
}

func (v *visit) dropDraft(id string) error {
	drop := func(chat *store.Chat) {
		chat.Drafts = slices.DeleteFunc(live(chat.Drafts, v.clock.now()), func(d store.Draft) bool { return d.Session.ID == id })
	}
	view := v.after(drop, func() flow.View {
		if len(v.drafts()) == 0 {
			return v.homeView(msgDraftDeleted.Text())
		}
		return v.draftsView(msgDraftDeleted.Text())
	})
	if err := v.screen(view); err != nil {
		return err
	}
	err := v.save(func(_ *store.Tx, chat *store.Chat) error {
		drop(chat)
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete draft: %w", err)
	}
	return nil
}

// draftFirst puts the form away that the person was asked about, and no other, and opens the next.
func (v *visit) draftFirst(value string) error {
	id, again, _ := strings.Cut(value, ":")
	found, err := v.front(withID(id))
	switch {
	case err != nil:
		return err
	case !found || inFlight(*v.chat.Session) || !v.forms[v.chat.Session.Flow].flow.Drafts:
		return v.askBook(again)
	case len(v.drafts()) >= maxDrafts:
		return v.showDrafts(msgDraftsFull.Text())
	}
	now := v.clock.now()
	err = v.arrange(func(chat *store.Chat) error {
		s := *chat.Session
		s.At = flow.AtReview // or what is still open before it
		chat.Drafts = append(live(chat.Drafts, now), store.Draft{Session: s, Saved: now})
		v.next(chat)
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep draft: %w", err)
	}
	return v.beginBook(again)
}

// idles reports whether a form can be left lying about, and since when it is.
func (d *Desk) idles(s flow.Session) (since time.Time, ok bool) {
	f, known := d.forms[s.Flow]
	since = s.Touched
	if since.IsZero() { // begun before this was written down
		since = s.Opened
	}
	return since, known && f.flow.Drafts && !inFlight(s) && s.Version <= f.flow.Version
}

// idleTimes are when a chat's forms are to be reminded of or put away, and its drafts deleted.
func (d *Desk) idleTimes(chat store.Chat) (times []time.Time) {
	full := len(live(chat.Drafts, d.clock.now())) >= maxDrafts
	for _, f := range forms(chat) {
		since, ok := d.idles(f.Session)
		switch {
		case ok && !f.Session.Nudged:
			times = append(times, since.Add(nudgeAfter))
		case ok && !full:
			times = append(times, since.Add(awayAfter))
		}
	}
	for _, draft := range chat.Drafts {
		times = append(times, draft.Saved.Add(draftLife))
	}
	return times
}

// idle deletes old drafts, reminds once of a form that was left, and in the end puts it away. What is done is on
// disk before it is said: it is said at most once.
func (v *visit) idle() error {
	now := v.clock.now()
	var said []flow.View
	if at := v.idleTimes(v.chat); !slices.ContainsFunc(at, func(t time.Time) bool { return !t.After(now) }) {
		return nil
	}
	err := v.save(func(_ *store.Tx, chat *store.Chat) error {
		said = nil
		chat.Drafts = live(chat.Drafts, now)
		for _, f := range forms(*chat) {
			since, ok := v.idles(f.Session)
			switch {
			case !ok:
			case !now.Before(since.Add(awayAfter)) && len(chat.Drafts) < maxDrafts:
				v.takeAway(chat, f.Session)
				said = append(said, flow.View{Body: []wording.Text{msgDraftAway.Text()}, Rows: [][]flow.Button{{v.button(msgKeyBook, "book", "")}}})
			case !f.Session.Nudged && !now.Before(since.Add(nudgeAfter)):
				nudged(chat, f.Session.ID)
				said = append(said, flow.View{Body: []wording.Text{msgDraftNudge.Text()}, Rows: [][]flow.Button{{v.button(msgContinue, "resume", "")}}})
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look after forms: %w", err)
	}
	for _, view := range said {
		view.Silent = true
		if err := v.say(view); err != nil {
			return err
		}
	}
	return nil
}

// takeAway makes a draft of a form of the chat.
func (v *visit) takeAway(chat *store.Chat, s flow.Session) {
	if chat.Session != nil && chat.Session.ID == s.ID {
		v.next(chat)
	} else {
		chat.Parked = slices.DeleteFunc(chat.Parked, func(f store.Form) bool { return f.Session.ID == s.ID })
	}
	if s.At == flow.AtConfirm || s.At == flow.AtCancel || s.At == flow.AtChecking {
		s.At = flow.AtReview
	}
	chat.Drafts = append(chat.Drafts, store.Draft{Session: s, Saved: v.clock.now()})
}

func nudged(chat *store.Chat, id string) {
	if chat.Session != nil && chat.Session.ID == id {
		chat.Session.Nudged = true
	}
	for i := range chat.Parked {
		if chat.Parked[i].Session.ID == id {
			chat.Parked[i].Session.Nudged = true
		}
	}
}
