package conversations

import (
	"errors"
	"fmt"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgSetTitle       = msg("settings.title", "<b>Phone chat settings</b>")
	msgSetDirectOn    = msg("settings.direct_on", "DirectChat: <b>on</b>. Clients can call without a booking.")
	msgSetDirectOff   = msg("settings.direct_off", "DirectChat: <b>off</b>")
	msgSetDirectOnly  = msg("settings.direct_only", "DirectChat only: no booking requests are taken.")
	msgSetDirectKept  = msg("settings.direct_kept", "Switched on again, it has the details that the site last told me.")
	msgSetDirectAlone = msg("settings.direct_kept_only", "Switched on again, it has the details that the site last told me: <b>DirectChat only, no booking requests.</b>")
	msgSetDirectNever = msg("settings.direct_never", "It can't be switched on here: the site tells me the details of DirectChat only while it is on, and I have not seen it on yet. Switch it on once on the site, then press Refresh.")
	msgSetPrice       = msg("settings.price", "Price: <b>{price} credits a minute</b>")
	msgSetPriceNone   = msg("settings.price_none", "Price: <b>not set</b>")
	msgSetVAT         = msg("settings.vat", "Clients see the price with VAT, as the site works it out.")
	msgSetNumber      = msg("settings.number", "Number callers ring: <tg-spoiler>{number}</tg-spoiler>")
	msgSetNumberNone  = msg("settings.number_none", "Number callers ring: <b>none</b>, only you ring.")
	msgSetNumberTheir = msg("settings.number_none_member", "Number callers ring: <b>none</b>, only {name} rings.")
	msgSetShown       = msg("settings.shown", "Number on the profile: {shown}. Only the site itself can change that.")
	msgSetShownYes    = msg("settings.shown_yes", "shown")
	msgSetShownNo     = msg("settings.shown_no", "not shown")
	msgSetShownQuiet  = msg("settings.shown_not_told", "the site does not say")
	msgSetMendPrice   = msg("settings.mend_price", "⚠ <b>Set the price first.</b> The site takes no change of any setting without a price of at most two decimal places.")
	msgSetMendNumber  = msg("settings.mend_number", "⚠ <b>Correct the number first.</b> It has no country code that I can make out, and with such a number the site takes no change of any setting.")

	msgKeySetOn     = msg("settings.key_on", "Switch DirectChat on")
	msgKeySetOff    = msg("settings.key_off", "Switch DirectChat off")
	msgKeySetPrice  = msg("settings.key_price", "Change the price")
	msgKeySetNumber = msg("settings.key_number", "Change the number")
	msgKeyAddPrice  = msg("settings.key_price_new", "Set a price")
	msgKeyAddNumber = msg("settings.key_number_new", "Add a number")

	msgSetNone      = msg("settings.none", "The site has no phone chat settings for this account. They are for performers with phone chat among their services.")
	msgSetForbidden = msg("settings.forbidden", "The site does not show me the phone chat settings of this account. They are for performers; if you are one, my permission for phone chat bookings is missing: sign in again in /account.")
	msgSetNotTheirs = msg("settings.not_theirs", "The site does not show me phone chat settings of <b>{name}</b>: they offer no phone chat, or are not in your group any more.")
)

// settingsScreens are /settings and what is changed there.
func settingsScreens() map[string]screen {
	return map[string]screen{
		"settings":    func(v *visit, _ string) error { return v.showSettings() },
		"setdirect":   (*visit).setDirect,
		setPriceName:  func(v *visit, _ string) error { return v.beginSetting(setPriceName) },
		setNumberName: func(v *visit, _ string) error { return v.beginSetting(setNumberName) },
	}
}

// showSettings reads how phone chat is offered, and shows it.
func (v *visit) showSettings() error {
	var s apiclient.Settings
	err := v.slowly(func() (err error) {
		s, err = v.readSettings()
		return err
	})
	if err != nil {
		return v.noSettings(err)
	}
	return v.screen(v.settingsView(s))
}

// readSettings reads the settings, and keeps the details of DirectChat: without them it could not be
// switched on again once it is off.
func (v *visit) readSettings() (apiclient.Settings, error) {
	s, err := v.api.PhoneChatSettings(v.ctx, v.caller())
	if err != nil {
		return apiclient.Settings{}, fmt.Errorf("read settings: %w", err)
	}
	s.Number = asE164(s.Number)
	if s.DirectChat.IsZero() {
		return s, nil
	}
	if kept, err := v.keptDirectChat(); err == nil && kept.Equal(s.DirectChat) {
		return s, nil
	}
	err = v.db.Update(v.ctx, func(tx *store.Tx) error {
		return tx.PutDirectChat(store.DirectChat{Account: v.account.ID, Member: v.as.Member, Details: s.DirectChat.Bytes()})
	})
	if err != nil {
		return apiclient.Settings{}, fmt.Errorf("keep DirectChat: %w", err)
	}
	return s, nil
}

// asE164 is a number that has its country's code, with a plus and without spaces: the contract does not say
// whether the platform keeps it so. Others stay as they are.
func asE164(number string) string {
	if number == "" || number[0] == '0' {
		return number
	}
	digits := strings.ReplaceAll(strings.TrimPrefix(number, "+"), " ", "")
	if e164, err := phone.ParseInternational("+" + digits); err == nil && e164 == "+"+digits {
		return e164
	}
	return number
}

// keptDirectChat is what the platform last told; store.ErrNotFound if it never did.
func (v *visit) keptDirectChat() (apiclient.DirectChat, error) {
	var kept store.DirectChat
	err := v.db.View(v.ctx, func(tx *store.Tx) (err error) {
		kept, err = tx.DirectChat(v.account.ID, v.as.Member)
		return err
	})
	if err != nil {
		return apiclient.DirectChat{}, err
	}
	return apiclient.ParseDirectChat(kept.Details)
}

// directDetails are those that DirectChat is saved with: as they stand, or as they were last told; none if they
// never were.
func (v *visit) directDetails(s apiclient.Settings) apiclient.DirectChat {
	if !s.DirectChat.IsZero() {
		return s.DirectChat
	}
	kept, err := v.keptDirectChat()
	if err != nil {
		return apiclient.DirectChat{}
	}
	return kept
}

// settingsView shows the settings, with what is to be said about them first.
func (v *visit) settingsView(s apiclient.Settings, notes ...wording.Text) flow.View {
	view := flow.View{Body: append([]wording.Text{msgSetTitle.Text()}, notes...), Protect: s.Number != ""}
	if s.HasPrice {
		view.Body = append(view.Body, msgSetPrice.With(wording.Args{"price": priceText(s.Price)}), msgSetVAT.Text())
	} else {
		view.Body = append(view.Body, msgSetPriceNone.Text())
	}
	view.Body = append(view.Body, v.numberLine(s), msgSetShown.With(wording.Args{"shown": shownText(s.ShowNumber)}))
	price, number := v.button(msgKeySetPrice, setPriceName, ""), v.button(msgKeySetNumber, setNumberName, "")
	if !s.HasPrice {
		price.Label = msgKeyAddPrice.Text()
	}
	if s.Number == "" {
		number.Label = msgKeyAddNumber.Text()
	}
	direct, toggle := v.directLines(s)
	view.Body = append(view.Body, direct...)
	if needsPrice(s) {
		view.Body, price.Style = append(view.Body, msgSetMendPrice.Text()), flow.StylePrimary
	}
	if needsNumber(s) {
		view.Body, number.Style = append(view.Body, msgSetMendNumber.Text()), flow.StylePrimary
	}
	if !needsPrice(s) && !needsNumber(s) && len(toggle) > 0 {
		view.Rows = append(view.Rows, toggle)
	}
	view.Rows = append(view.Rows, []flow.Button{price, number}, []flow.Button{v.button(msgKeyRefresh, "settings", "")}, v.homeRow())
	return view
}

func (v *visit) numberLine(s apiclient.Settings) wording.Text {
	switch {
	case s.Number != "":
		return msgSetNumber.With(wording.Args{"number": phone.FormatInternational(s.Number)})
	case v.as.Member != 0:
		return msgSetNumberTheir.With(wording.Args{"name": memberName(v.as.Nickname, v.as.Member)})
	}
	return msgSetNumberNone.Text()
}

func shownText(shown *bool) wording.Text {
	switch {
	case shown == nil:
		return msgSetShownQuiet.Text()
	case *shown:
		return msgSetShownYes.Text()
	}
	return msgSetShownNo.Text()
}

// directLines say how DirectChat stands and what switching it would do, with the button that does it. The
// button carries the state that it leads to: pressed twice, on one phone or two, it leads there once.
func (v *visit) directLines(s apiclient.Settings) ([]wording.Text, []flow.Button) {
	if s.OfferDirectChat {
		lines := []wording.Text{msgSetDirectOn.Text()}
		if only, _ := s.DirectChat.DirectChatOnly(); only {
			lines = append(lines, msgSetDirectOnly.Text())
		}
		return lines, []flow.Button{v.button(msgKeySetOff, "setdirect", "off")}
	}
	kept := v.directDetails(s)
	if kept.IsZero() {
		return []wording.Text{msgSetDirectOff.Text(), msgSetDirectNever.Text()}, nil
	}
	after := msgSetDirectKept
	if only, _ := kept.DirectChatOnly(); only {
		after = msgSetDirectAlone
	}
	return []wording.Text{msgSetDirectOff.Text(), after.Text()}, []flow.Button{v.button(msgKeySetOn, "setdirect", "on")}
}

// noSettings says why there is nothing to show.
func (v *visit) noSettings(err error) error {
	problem, known := v.settingsProblem(err)
	if !known {
		return err
	}
	return v.screen(v.unreadView(problem))
}

// unreadView is the screen while the settings are not known.
func (v *visit) unreadView(notes ...wording.Text) flow.View {
	rows := [][]flow.Button{{v.button(msgKeyRefresh, "settings", "")}}
	if v.stopped() {
		rows = v.linkRows("settings")
	}
	return flow.View{Body: append([]wording.Text{msgSetTitle.Text()}, notes...), Rows: append(rows, v.homeRow())}
}

// settingsProblem puts into words why settings can't be read: of somebody who is no performer there are none.
func (v *visit) settingsProblem(err error) (wording.Text, bool) {
	forbidden := errors.Is(err, apiclient.ErrForbidden)
	none := errors.Is(err, apiclient.ErrNotFound) || errors.Is(err, apiclient.ErrInvalid)
	switch {
	case v.as.Member != 0 && (forbidden || none):
		return msgSetNotTheirs.With(wording.Args{"name": memberName(v.as.Nickname, v.as.Member)}), true
	case forbidden:
		return msgSetForbidden.Text(), true
	case none:
		return msgSetNone.Text(), true
	}
	return v.explain(err)
}

// needsPrice and needsNumber: as long as this is so the client refuses to save anything.
func needsPrice(s apiclient.Settings) bool {
	return !s.HasPrice || s.Price.Places() > 2 || s.Price.Less(apiclient.Credits{})
}

func needsNumber(s apiclient.Settings) bool {
	digits, plus := strings.CutPrefix(s.Number, "+")
	ours := plus && digits != "" && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
	return s.Number != "" && !ours
}
