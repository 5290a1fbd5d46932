package conversations

import (
	"context"
	"errors"
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// What is kept of deeds for members of the group, other than what the rooms of settings and offers call theirs.
const (
	whatStart = "start"
	whatStop  = "stop"
	whatLost  = "lost"
)

const deedsPerPage = 10

var (
	msgLogTitle   = msg("log.title", "<b>What was done for members of your group</b>\n<i>The newest first; times are {zone}.</i>")
	msgLogNone    = msg("log.none", "Nothing yet. What you do for a member is noted here.")
	msgLogLine    = msg("log.line", "<b>{when}</b> {name}: {what}")
	msgLogDetail  = msg("log.detail", "<b>{when}</b> {name}: {what}, {detail}")
	msgLogEnd     = msg("log.end", "{line} – {outcome}")
	msgLogDone    = msg("log.done", "✅ done")
	msgLogRefused = msg("log.refused", "✖ refused, nothing was changed")
	msgLogUnknown = msg("log.unknown", "❔ not known: look at how it stands")
	msgLogAnyWord = msg("log.what_other", "{what}")

	msgLogStart    = msg("log.what_start", "you began to act for them")
	msgLogStop     = msg("log.what_stop", "you stopped")
	msgLogLost     = msg("log.what_lost", "the site no longer let you act for them")
	msgLogSettings = msg("log.what_settings", "phone chat settings")
	msgLogDirect   = msg("log.what_directchat", "DirectChat")
	msgLogPrice    = msg("log.what_price", "price a minute")
	msgLogNumber   = msg("log.what_number", "number to ring")
	msgLogOffer    = msg("log.what_offer", "special offer")
)

// deedWord names what a deed was; a word that is not known is shown as it is.
func deedWord(what string) wording.Text {
	known := map[string]wording.Message{
		whatStart: msgLogStart, whatStop: msgLogStop, whatLost: msgLogLost, "settings": msgLogSettings,
		"directchat": msgLogDirect, "price": msgLogPrice, "number": msgLogNumber, "offer": msgLogOffer,
	}
	if word, ok := known[what]; ok {
		return word.Text()
	}
	return msgLogAnyWord.With(wording.Args{"what": wording.Name(what)})
}

func (v *visit) deedFor(as store.Acting, what, detail, outcome string) store.Deed {
	return store.Deed{
		ID: v.newUUID(), Account: v.account.ID, Member: as.Member, Nickname: as.Nickname,
		What: what, Detail: detail, Outcome: outcome, At: v.clock.now(),
	}
}

// logged makes a call that changes something for a member of the group, and keeps what became of it. That it
// is about to be made is on disk before it is: a deed that stays at that may have been done or not. Detail says
// what is set, without phone numbers and secrets. For the account itself it makes the call and nothing else.
// It answers the call's error; without the note on disk no call is made. What was noted is for foundDone.
func (v *visit) logged(what, detail string, call func() error) (noted store.Deed, err error) {
	if v.as.Member == 0 {
		return noted, call()
	}
	deed := v.deedFor(v.as, what, detail, store.DeedBegun)
	if err := v.putDeed(v.ctx, deed); err != nil {
		return noted, fmt.Errorf("note what is to be done: %w", err)
	}
	called := call()
	deed.Outcome = outcomeOf(called)
	late, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), apologyTime) // the call may have used the visit's time up
	defer cancel()
	if err := v.putDeed(late, deed); err != nil {
		return deed, errors.Join(called, fmt.Errorf("note what was done: %w", err))
	}
	return deed, called
}

// foundDone notes of a deed of unknown outcome that it was done, as a look has shown.
func (v *visit) foundDone(noted store.Deed) error {
	if noted.Outcome != store.DeedUnknown {
		return nil
	}
	noted.Outcome = store.DeedDone
	if err := v.putDeed(v.ctx, noted); err != nil {
		return fmt.Errorf("note what was found: %w", err)
	}
	return nil
}

// outcomeOf sorts what became of a call: it is refused only where that is certain.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return store.DeedDone
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return store.DeedUnknown
	}
	return store.DeedRefused
}

func (v *visit) putDeed(ctx context.Context, deed store.Deed) error {
	return v.db.Update(ctx, func(tx *store.Tx) error { return tx.PutDeed(deed) })
}

// showLog shows a page of what was done for members of the group.
func (v *visit) showLog(page int) error {
	done, err := v.deedsDone()
	if err != nil {
		return err
	}
	return v.screen(v.logView(done, page))
}

// deedsDone are the deeds that are kept, the newest first.
func (v *visit) deedsDone() (done []store.Deed, err error) {
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		for deed, err := range tx.Deeds(v.account.ID) {
			if err != nil {
				return err
			}
			done = append(done, deed)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read deeds: %w", err)
	}
	return done, nil
}

func (v *visit) logView(done []store.Deed, page int) flow.View {
	view := flow.View{Body: []wording.Text{msgLogTitle.With(wording.Args{"zone": v.clock.zoneName()})}}
	shown, page, pages := cut(done, page, deedsPerPage)
	if len(shown) == 0 {
		view.Body = append(view.Body, msgLogNone.Text())
	}
	for _, deed := range shown {
		view.Body = append(view.Body, v.deedLine(deed))
	}
	if pages > 1 {
		view.Rows = append(view.Rows, v.pageKeys("actlog", page, pages))
	}
	view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyMembers, "actas", "")}, v.homeRow())
	return view
}

func (v *visit) deedLine(deed store.Deed) wording.Text {
	shape := msgLogLine
	if deed.Detail != "" {
		shape = msgLogDetail
	}
	line := shape.With(wording.Args{
		"when": v.clock.short(deed.At), "name": memberName(deed.Nickname, deed.Member), "what": deedWord(deed.What),
		"detail": wording.Name(deed.Detail),
	})
	outcome := msgLogUnknown
	switch deed.Outcome {
	case store.DeedRefused:
		outcome = msgLogRefused
	case store.DeedDone:
		if deed.What == whatStart || deed.What == whatStop || deed.What == whatLost {
			return line
		}
		outcome = msgLogDone
	}
	return msgLogEnd.With(wording.Args{"line": line, "outcome": outcome.Text()})
}
