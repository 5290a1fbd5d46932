package conversations

import (
	"errors"
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgSetSaved     = msg("settings.saved", "<b>Saved.</b>")
	msgSetFound     = msg("settings.found", "The site gave no clear answer, so I looked: <b>it is saved.</b>")
	msgSetAlready   = msg("settings.already", "It was so already; nothing had to be changed.")
	msgSetOdd       = msg("settings.odd", "The site took it, but shows something else. This is how the settings stand:")
	msgSetFailed    = msg("settings.failed", "<b>Couldn't save.</b> This is how the settings stand:")
	msgSetStillOn   = msg("settings.still_on", "<b>Couldn't save.</b> Still on.")
	msgSetStillOff  = msg("settings.still_off", "<b>Couldn't save.</b> Still off.")
	msgSetLate      = msg("settings.late", "The site gave no clear answer: it may still come through. Refresh in a minute shows how it ended.")
	msgSetNoDetails = msg("settings.no_details", "<b>Nothing was changed.</b> DirectChat is on, but the site does not tell me its details, and the settings can only be saved as a whole. Change it on the site this time.")
	msgSetNot       = msg("settings.not_saved", "<b>Couldn't save.</b>")
	msgSetHidden    = msg("settings.why_hidden", "<tg-spoiler>{why}</tg-spoiler>")
	msgSetUnsure    = msg("settings.unsure", "<b>I can't tell whether it was saved:</b> the site gave no clear answer, and I could not look. Nothing is sent again; Refresh shows how the settings stand.")
)

// change is one thing to be changed in the settings.
type change struct {
	what, detail string // for the list of what was done for a member: a word, and never a phone number

	claim func() error // writes down that it is about to be sent; nil where nobody asks later
	apply func(*apiclient.Settings)
	shows func(apiclient.Settings) bool // the settings are as this change wants them
	// held says why the change is not made to settings like these; zero if it is.
	held func(apiclient.Settings) wording.Text
	// failed says how the settings stand after a save that failed.
	failed func(apiclient.Settings) wording.Text
	hidden bool // the platform's own words may quote a number
}

// saving is what became of a change.
type saving struct {
	now   apiclient.Settings // as the platform last told them, if known
	known bool
	held  bool           // nothing was sent: change.held spoke against it
	said  []wording.Text // about it
}

// saveSettings makes one change: settings are replaced as a whole, so they are read, changed in this one thing
// and saved, once, and nobody else in this program saves in between. What became of a save that failed is
// looked up by one reading, and nothing is sent again. An error means that nothing was sent.
func (v *visit) saveSettings(c change) (saving, error) {
	member := v.as.Member
	if member == 0 {
		member = v.account.Member
	}
	release, err := v.turnTo(saveTurn{member})
	if err != nil {
		return saving{}, err
	}
	defer release()
	before, err := v.readSettings()
	switch {
	case err != nil:
		return saving{}, err
	case c.shows(before):
		return saving{now: before, known: true, said: []wording.Text{msgSetAlready.Text()}}, nil
	}
	if why := c.held(before); !why.IsZero() {
		return saving{now: before, known: true, held: true, said: []wording.Text{why}}, nil
	}
	wanted := before
	wanted.DirectChat = v.directDetails(before) // not always told while it is on
	c.apply(&wanted)
	if wanted.OfferDirectChat && wanted.DirectChat.IsZero() {
		return saving{now: before, known: true, held: true, said: []wording.Text{msgSetNoDetails.Text()}}, nil
	}
	if c.claim != nil {
		if err := c.claim(); err != nil {
			return saving{}, err
		}
	}
	var after apiclient.Settings
	noted, err := v.logged(c.what, c.detail, func() (err error) {
		after, err = v.api.SaveSettings(v.ctx, v.caller(), wanted)
		after.Number = asE164(after.Number)
		return err
	})
	switch {
	case err == nil:
		return v.tookSettings(c, wanted, after), nil
	case errors.Is(err, apiclient.ErrUnknownOutcome), !certainlyNot(err):
		return v.lookForSettings(c, noted)
	}
	return v.refusedSettings(c, before, err)
}

// saveTurn is the turn to change a member's settings.
type saveTurn struct{ member int64 }

// turnTo waits until nobody else here does what must be done one at a time, from whichever chat.
func (v *visit) turnTo(what any) (release func(), err error) {
	kept, _ := v.turns.LoadOrStore(what, make(chan struct{}, 1))
	turn, _ := kept.(chan struct{})
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-v.ctx.Done():
		return nil, fmt.Errorf("wait for one's turn: %w", v.ctx.Err())
	}
}

// tookSettings believes a reply that says what was sent; where it says something else, a reading decides.
func (v *visit) tookSettings(c change, wanted, after apiclient.Settings) saving {
	if !sameSettings(wanted, after) {
		if now, err := v.readSettings(); err == nil {
			after = now
		}
	}
	said := msgSetSaved
	if !sameSettings(wanted, after) && !c.shows(after) {
		said = msgSetOdd
	}
	return saving{now: after, known: true, said: []wording.Text{said.Text()}}
}

func sameSettings(a, b apiclient.Settings) bool {
	return a.OfferDirectChat == b.OfferDirectChat && a.HasPrice == b.HasPrice && a.Price.Equal(b.Price) && a.Number == b.Number
}

// lookForSettings finds out whether a save of unknown outcome came through.
func (v *visit) lookForSettings(c change, noted store.Deed) (saving, error) {
	now, err := v.readSettings()
	switch {
	case err != nil:
		if _, known := v.explain(err); !known {
			return saving{}, err
		}
		said := []wording.Text{msgSetUnsure.Text()}
		if v.stopped() {
			said = append(said, msgStopped.With(wording.Args{"name": v.accountName()}))
		}
		return saving{said: said}, nil
	case c.shows(now):
		return saving{now: now, known: true, said: []wording.Text{msgSetFound.Text()}}, v.foundDone(noted)
	}
	return saving{now: now, known: true, said: []wording.Text{c.failed(now), msgSetLate.Text()}}, nil
}

// settingsRefusal is why a save certainly did not happen.
func (v *visit) settingsRefusal(refusal error) (wording.Text, bool) {
	if errors.Is(refusal, apiclient.ErrConflict) { // of which the general words speak of bookings
		return inTheirWords(refusal, msgInvalid, msgInvalidMute), true
	}
	return v.explain(refusal)
}

// refusedSettings: nothing was changed, and the true state is shown with the reason. Where it can't be read
// again, it is as it was read just before.
func (v *visit) refusedSettings(c change, now apiclient.Settings, refusal error) (saving, error) {
	why, known := v.settingsRefusal(refusal)
	if !known {
		return saving{}, refusal
	}
	if c.hidden && errors.Is(refusal, apiclient.ErrInvalid) {
		why = msgSetHidden.With(wording.Args{"why": why})
	}
	if v.stopped() {
		return saving{said: []wording.Text{msgSetNot.Text(), why}}, nil
	}
	if again, err := v.readSettings(); err == nil {
		now = again
	}
	return saving{now: now, known: true, said: []wording.Text{c.failed(now), why}}, nil
}

// setDirect switches DirectChat on or off, as the pressed button says.
func (v *visit) setDirect(value string) error {
	if value != "on" && value != "off" {
		return v.showSettings()
	}
	var became saving
	err := v.slowly(func() (err error) {
		became, err = v.saveSettings(v.directChange(value == "on"))
		return err
	})
	if err != nil {
		return v.noSettings(err)
	}
	if !became.known {
		return v.screen(v.unreadView(became.said...))
	}
	return v.screen(v.settingsView(became.now, became.said...))
}

// directChange switches DirectChat. Its details go back as they came: those that stand with the settings, or
// those that were last told.
func (v *visit) directChange(on bool) change {
	detail := "off"
	if on {
		detail = "on"
	}
	return change{
		what: "directchat", detail: detail,
		shows: func(s apiclient.Settings) bool { return s.OfferDirectChat == on },
		held: func(s apiclient.Settings) wording.Text {
			if needsPrice(s) || needsNumber(s) || on && v.directDetails(s).IsZero() { // the screen says so
				return msgSetNothing.Text()
			}
			return wording.Text{}
		},
		apply: func(s *apiclient.Settings) { s.OfferDirectChat, s.DirectChat = on, v.directDetails(*s) },
		failed: func(s apiclient.Settings) wording.Text {
			if s.OfferDirectChat {
				return msgSetStillOn.Text()
			}
			return msgSetStillOff.Text()
		},
	}
}
