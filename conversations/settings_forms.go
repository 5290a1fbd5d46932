package conversations

import (
	"encoding/json"
	"errors"
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// The forms of /settings. Where the other of the two has to be mended before anything can be saved, the form
// asks for it as well: otherwise neither could ever be saved first.
const (
	setPriceName  = "setprice"
	setNumberName = "setnumber"

	stepRings    = "number" // E.164, or empty for none
	factSettings = "settings"
)

// settingsFact is what a form shows of the settings it is about to change.
type settingsFact struct {
	Price      string `json:"price"` // exact decimal; empty: none is set
	Number     string `json:"number"`
	MendPrice  bool   `json:"mend_price"`
	MendNumber bool   `json:"mend_number"`
}

var (
	msgSetPriceTitle = msg("settings.price.title", "<b>Price a minute</b>")
	msgSetPriceNow   = msg("settings.price.now", "Now: {price} credits a minute.")
	msgSetPriceNever = msg("settings.price.none", "No price is set.")
	msgSetPriceAsk   = msg("settings.price.ask", "<b>How many credits a minute</b> should a call cost? Type any amount, for example <code>1.50</code>.")
	msgSetPriceSame  = msg("settings.price.same", "{price} is the price already.")
	msgSetPriceSure  = msg("settings.price.sure", "Change the price from {before} to <b>{price} credits a minute</b>? It holds for new requests.")
	msgSetPriceFirst = msg("settings.price.sure_first", "Set the price to <b>{price} credits a minute</b>? It holds for new requests.")

	msgSetNumberTitle = msg("settings.number.title", "<b>Number callers ring</b>")
	msgSetNumberNow   = msg("settings.number.now", "Now: <tg-spoiler>{number}</tg-spoiler>")
	msgSetNumberNever = msg("settings.number.none_yet", "There is none now.")
	msgSetNumberAsk   = msg("settings.number.ask", "<b>Which number</b> should callers ring? Type it with its country code, for example <code>+44 7700 900123</code>. One without is taken for a UK number. Clients whose call is confirmed see it.")
	msgSetNumberSame  = msg("settings.number.same", "That is the number already.")
	msgSetNumberGone  = msg("settings.number.none_to_remove", "There is no number to remove.")
	msgSetNumberSure  = msg("settings.number.sure", "Shall callers ring <tg-spoiler>{number}</tg-spoiler>? Clients whose call is confirmed see it.")
	msgSetNumberDrop  = msg("settings.number.sure_remove", "Remove <tg-spoiler>{number}</tg-spoiler>? Then clients can't ring any more; new requests can only ask to be rung.")
	msgSetShareHow    = msg("settings.number.share_how", "Press the key below to share your own number. Nothing is saved before you say yes.")

	msgKeySetRemove = msg("settings.number.key_remove", "Remove the number")
	msgKeySetLeave  = msg("settings.key_leave", "Leave it unchanged")
	msgKeySetKeep   = msg("settings.key_keep", "Keep my answer")
	msgSetYes       = msg("settings.yes", "Yes, save it")
	msgSetYesDrop   = msg("settings.yes_remove", "Yes, remove it")
	msgSetMoved     = msg("settings.moved", "The settings changed on the site meanwhile. Please look this over again.")
	msgSetNothing   = msg("settings.closed", "Nothing was changed.")
	msgSetCutSaved  = msg("settings.cut_off_saved", "I was interrupted, and looked: <b>it is saved.</b>")
	msgSetCutOff    = msg("settings.cut_off", "I was interrupted, and looked: it was not saved. You can try again.")
)

func (d *Desk) settingsForms() []form {
	price, number := askPriceStep(), numberStep()
	number.Skip = func(s flow.Scope) bool { return !settingsOf(s).MendNumber }
	one := settingsForm(setPriceName, msgSetPriceTitle, price, number)
	price, number = askPriceStep(), numberStep()
	price.Skip = func(s flow.Scope) bool { return !settingsOf(s).MendPrice }
	return []form{one, settingsForm(setNumberName, msgSetNumberTitle, number, price)}
}

func settingsForm(name string, title wording.Message, steps ...flow.Step) form {
	w := words()
	w.Cancel, w.Keep = msgKeySetLeave.Text(), msgKeySetKeep.Text()
	f := flow.Flow{
		Name: name, Version: 1, Title: title.Text(), Words: w, Brief: true, Protect: true, Steps: steps,
		Facts:   map[string]func(flow.Scope) string{factSettings: func(flow.Scope) string { return "" }},
		Confirm: func(s flow.Scope) []wording.Text { return wishOf(name, s).question(settingsOf(s)) },
		Yes: func(s flow.Scope) wording.Text {
			if wish := wishOf(name, s); wish.setsNumber && wish.number == "" && !wish.setsPrice {
				return msgSetYesDrop.Text()
			}
			return msgSetYes.Text()
		},
	}
	return form{
		flow: f, share: msgSetShareHow,
		load: func(v *visit, _ flow.Want) (any, error) {
			s, err := v.readSettings()
			return factOfSettings(s), err
		},
		submit: func(v *visit, s flow.Session, _ string) (flow.Sent, error) { return v.submitSettings(name, s) },
		settle: func(v *visit, s flow.Session) (flow.Sent, error) { return v.settleSettings(name, s) },
		closed: closedSettings,
	}
}

func factOfSettings(s apiclient.Settings) settingsFact {
	fact := settingsFact{Number: s.Number, MendPrice: needsPrice(s), MendNumber: needsNumber(s)}
	if s.HasPrice {
		fact.Price = priceText(s.Price)
	}
	return fact
}

func settingsOf(s flow.Scope) (fact settingsFact) {
	s.Fact(factSettings, &fact)
	return fact
}

func (f settingsFact) facts() (map[string]flow.Fact, error) {
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("keep settings: %w", err)
	}
	return map[string]flow.Fact{factSettings: {Data: data}}, nil
}

func askPriceStep() flow.Step {
	return askAmount(flow.Step{ID: stepAmount, Load: []string{factSettings}}, amountQuestion{
		ask: func(s flow.Scope) flow.Prompt {
			now := msgSetPriceNever.Text()
			if price := settingsOf(s).Price; price != "" {
				now = msgSetPriceNow.With(wording.Args{"price": price})
			}
			body := []wording.Text{now}
			if settingsOf(s).MendPrice {
				body = append(body, msgSetMendPrice.Text())
			}
			return flow.Prompt{Body: append(body, msgSetPriceAsk.Text())}
		},
		example: func(flow.Scope) string { return "1.50" },
		check: func(s flow.Scope, price apiclient.Credits) *flow.Refusal {
			if fact := settingsOf(s); !fact.MendPrice && price.String() == fact.Price {
				return refuse(msgSetPriceSame.With(wording.Args{"price": fact.Price}))
			}
			return nil
		},
	})
}

func numberStep() flow.Step {
	return askNumber(flow.Step{
		ID: stepRings, Load: []string{factSettings},
		Check: func(s flow.Scope, value string) *flow.Refusal {
			switch fact := settingsOf(s); {
			case value == "" && fact.Number == "":
				return refuse(msgSetNumberGone.Text())
			case value == fact.Number:
				return refuse(msgSetNumberSame.Text())
			}
			return nil
		},
	}, numberQuestion{
		ask: func(s flow.Scope) []wording.Text {
			fact := settingsOf(s)
			if fact.Number == "" {
				return []wording.Text{msgSetNumberNever.Text(), msgSetNumberAsk.Text()}
			}
			body := []wording.Text{msgSetNumberNow.With(wording.Args{"number": phone.FormatInternational(fact.Number)})}
			if fact.MendNumber {
				body = append(body, msgSetMendNumber.Text())
			}
			return append(body, msgSetNumberAsk.Text())
		},
		abroad: true, drop: func(s flow.Scope) bool { return settingsOf(s).Number != "" }, remove: msgKeySetRemove,
	})
}

// wish is what a form's answers change.
type wish struct {
	setsPrice, setsNumber bool
	price                 apiclient.Credits
	number                string
}

func wishOf(name string, s flow.Scope) wish {
	fact := settingsOf(s)
	return wish{
		setsPrice: name == setPriceName || fact.MendPrice, setsNumber: name == setNumberName || fact.MendNumber,
		price: creditsIn(s.Answers, stepAmount), number: s.Answers[stepRings],
	}
}

func (w wish) question(fact settingsFact) []wording.Text {
	var lines []wording.Text
	if w.setsPrice {
		ask := msgSetPriceSure
		if fact.Price == "" {
			ask = msgSetPriceFirst
		}
		lines = append(lines, ask.With(wording.Args{"price": w.price.String(), "before": fact.Price}), msgSetVAT.Text())
	}
	if w.setsNumber {
		ask, number := msgSetNumberSure, w.number
		if number == "" {
			ask, number = msgSetNumberDrop, fact.Number
		}
		lines = append(lines, ask.With(wording.Args{"number": phone.FormatInternational(number)}))
	}
	return lines
}

func (w wish) shows(s apiclient.Settings) bool {
	return (!w.setsPrice || s.HasPrice && s.Price.Equal(w.price)) && (!w.setsNumber || s.Number == w.number)
}

// change saves the wish, if the settings are still those that the person was shown.
func (w wish) change(was settingsFact) change {
	c := change{
		hidden: w.setsNumber,
		shows:  w.shows,
		held: func(s apiclient.Settings) wording.Text {
			if factOfSettings(s) != was {
				return msgSetMoved.Text()
			}
			return wording.Text{}
		},
		apply: func(s *apiclient.Settings) {
			if w.setsPrice {
				s.Price, s.HasPrice = w.price, true
			}
			if w.setsNumber {
				s.Number = w.number
			}
		},
		failed: func(apiclient.Settings) wording.Text { return msgSetFailed.Text() },
	}
	became := "changed"
	if w.number == "" {
		became = "removed"
	}
	switch {
	case w.setsPrice && w.setsNumber:
		c.what, c.detail = "settings", w.price.String()+", number "+became
	case w.setsPrice:
		c.what, c.detail = "price", w.price.String()
	case w.setsNumber:
		c.what, c.detail = "number", became
	}
	return c
}

// beginSetting reads the settings and opens one of the forms.
func (v *visit) beginSetting(name string) error {
	same := func(s flow.Session) bool { return s.Flow == name && actingIn(s).Member == v.as.Member }
	switch found, err := v.front(same); {
	case err != nil:
		return err
	case found && inFlight(*v.chat.Session):
		return v.advance(flow.Redraw{})
	case found: // begun before, and left: what it showed may be old
		if err := v.leave(); err != nil {
			return err
		}
	}
	var s apiclient.Settings
	err := v.slowly(func() (err error) {
		s, err = v.readSettings()
		return err
	})
	if err != nil {
		return v.noSettings(err)
	}
	facts, err := factOfSettings(s).facts()
	if err != nil {
		return err
	}
	return v.open(name, nil, facts)
}

func (v *visit) submitSettings(name string, s flow.Session) (flow.Sent, error) {
	scope := flow.Scope{Answers: s.Answers, Facts: s.Facts, Now: v.clock.now()}
	c := wishOf(name, scope).change(settingsOf(scope))
	c.claim = func() error {
		return v.claim(store.Send{Key: sendKey(s), Chat: v.event.Chat, Account: v.account.ID, State: store.SendStarted, Started: v.clock.now()})
	}
	became, err := v.saveSettings(c)
	switch {
	case err != nil:
		problem, known := v.settingsProblem(err)
		if !known {
			return flow.Sent{}, err
		}
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: problem}, nil
	case became.held:
		facts, err := factOfSettings(became.now).facts()
		return flow.Sent{Outcome: flow.OutcomeRefused, Note: became.said[0], Facts: facts}, err
	case !became.known:
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.unreadView(became.said...)}, nil
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.settingsView(became.now, became.said...)}, nil
}

// settleSettings takes up a form that was cut off while it saved. A save may yet arrive for a while: until then
// nobody is told that it did not.
func (v *visit) settleSettings(name string, s flow.Session) (flow.Sent, error) {
	if v.account == nil {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.homeView(msgDeedUnlink.Text())}, nil
	}
	claim, err := v.claimOf(s)
	switch {
	case errors.Is(err, store.ErrNotFound): // stopped before the claim: certainly not sent
		return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgNotSent.Text()}, nil
	case err != nil:
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	case v.stopped():
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	now, err := v.readSettings()
	if err != nil {
		if _, known := v.explain(err); known {
			return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
		}
		return flow.Sent{}, fmt.Errorf("settle: %w", err)
	}
	if wishOf(name, flow.Scope{Answers: s.Answers, Facts: s.Facts, Now: v.clock.now()}).shows(now) {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.settingsView(now, msgSetCutSaved.Text())}, nil
	}
	if v.clock.now().Sub(claim.Started) < settleAfter {
		return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
	}
	if err := v.drop(claim.Key); err != nil {
		return flow.Sent{}, err
	}
	facts, err := factOfSettings(now).facts()
	return flow.Sent{Outcome: flow.OutcomeAbsent, Note: msgSetCutOff.Text(), Facts: facts}, err
}

// closedSettings shows the settings again.
func closedSettings(v *visit, _ flow.Session) flow.View {
	if v.account == nil {
		return v.homeView(msgSetNothing.Text())
	}
	s, err := v.readSettings()
	if err != nil {
		return v.homeView(msgSetNothing.Text())
	}
	return v.settingsView(s, msgSetNothing.Text())
}
