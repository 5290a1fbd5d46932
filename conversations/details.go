package conversations

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgDetailsTitle   = msg("details.title", "<b>Call details, booking #{id}</b> with <b>{name}</b>")
	msgDetailsRingsMe = msg("details.they_ring", "They ring you on <tg-spoiler>{number}</tg-spoiler>.")
	msgDetailsMine    = msg("details.they_ring_settings", "They ring you on the number of your phone chat settings.")
	msgDetailsIRing   = msg("details.you_ring", "You ring them on <tg-spoiler>{number}</tg-spoiler>.")
	msgDetailsRung    = msg("details.they_ring_member", "They ring {member} on <tg-spoiler>{number}</tg-spoiler>.")
	msgDetailsRungSet = msg("details.they_ring_member_settings", "They ring {member} on the number of the phone chat settings.")
	msgDetailsRings   = msg("details.member_rings", "{member} rings them on <tg-spoiler>{number}</tg-spoiler>.")
	msgDetailsNumber  = msg("details.number", "The number on this booking: <tg-spoiler>{number}</tg-spoiler>")
	msgDetailsSkype   = msg("details.skype_theirs", "You talk by Skype. Their name: <tg-spoiler>{name}</tg-spoiler>")
	msgDetailsSkypeMe = msg("details.skype_yours", "Your Skype name: <tg-spoiler>{name}</tg-spoiler>")
	msgDetailsSkypeOn = msg("details.skype", "The Skype name on this booking: <tg-spoiler>{name}</tg-spoiler>")
	msgDetailsHidden  = msg("details.hidden", "{how}. The site does not show the number or name for it yet: press Call details again {again}.")
	msgDetailsUnknown = msg("details.unknown", "I don't know this way of calling. Please look at the booking on the site.")
	msgDetailsAt      = msg("details.again_at", "at {when}")
	msgDetailsSoon    = msg("details.again_soon", "in a few minutes")
	msgDetailsGoes    = msg("details.goes", "<i>This message goes at {when}.</i>")
	msgDetailsHid     = msg("details.hid", "Hidden. This message goes by itself.")
	msgKeyHide        = msg("details.key_hide", "Hide now")
)

// hideAction takes a message with contact details out of the chat at once.
const hideAction = "hide"

const (
	detailsLife = 5 * time.Minute
	// shownBefore is how long before a call its numbers are looked for again.
	shownBefore = 15 * time.Minute
)

// details shows who rings whom, and where, in a message of its own that does not last. What is sent first
// holds nothing and is filled once it is written down that it has to go: however the program ends, no number
// stays in the chat for good.
func (v *visit) details(ref cardRef) error {
	b, ok, err := v.allowed(actDetails, ref)
	if !ok {
		return err
	}
	goes := v.clock.now().Add(detailsLife)
	message, err := v.Desk.chat.Send(v.ctx, v.event.Chat, flow.View{Body: []wording.Text{msgWorking.Text()}, Protect: true})
	if err != nil {
		return fmt.Errorf("make room for call details: %w", err)
	}
	if err := v.expires(message, goes); err != nil {
		return err
	}
	shown, err := v.Desk.chat.Edit(v.ctx, v.event.Chat, message, v.detailsView(b, goes))
	if err != nil {
		return fmt.Errorf("show call details: %w", err)
	}
	if shown != message { // it was sent anew: if the program ends here, this one stays
		if err := v.expires(shown, goes); err != nil {
			return errors.Join(err, v.Desk.chat.Delete(v.ctx, v.event.Chat, shown))
		}
	}
	return v.putBack(b, ref)
}

// expires notes that a message is to be deleted.
func (v *visit) expires(message int, at time.Time) error {
	err := v.save(func(_ *store.Tx, chat *store.Chat) error {
		chat.Expiring = append(chat.Expiring, store.Expiring{Message: message, At: at})
		return nil
	})
	if err != nil {
		return fmt.Errorf("note that a message goes: %w", err)
	}
	return nil
}

// expiring: a message of ours that is to be deleted.
func (v *visit) expiring(message int) bool {
	return slices.ContainsFunc(v.chat.Expiring, func(e store.Expiring) bool { return e.Message == message })
}

// hide deletes the message with the call details. One that Telegram would not delete is emptied, and tried
// again when its time comes.
func (v *visit) hide(string) error {
	message := v.event.Message
	if message == 0 { // gone already
		return nil
	}
	if v.Desk.chat.Delete(v.ctx, v.event.Chat, message) != nil {
		emptied := flow.View{Body: []wording.Text{msgDetailsHid.Text()}, Protect: true}
		shown, err := v.Desk.chat.Edit(v.ctx, v.event.Chat, message, emptied)
		if err != nil || shown == message {
			return err
		}
		return v.expires(shown, v.clock.now().Add(detailsLife))
	}
	return v.save(func(_ *store.Tx, chat *store.Chat) error {
		chat.Expiring = slices.DeleteFunc(chat.Expiring, func(e store.Expiring) bool { return e.Message == message })
		return nil
	})
}

// detailsView leads nowhere: what is drawn on a message that goes would go with it.
func (v *visit) detailsView(b apiclient.Booking, goes time.Time) flow.View {
	body := []wording.Text{
		msgDetailsTitle.With(wording.Args{"id": int64(b.ID), "name": memberName(b.Other.Nickname, int64(b.Other.ID))}),
		msgCardWhen.With(wording.Args{"when": v.clock.moment(b.Session), "minutes": b.Duration}),
	}
	body = append(body, v.callLines(b)...)
	body = append(body, quoted(msgCardComment, "comment", b.Comments)...)
	view := v.dressed(flow.View{Body: append(body, msgDetailsGoes.With(wording.Args{"when": v.hourHere(goes)}))})
	view.Rows, view.Protect = [][]flow.Button{{v.button(msgKeyHide, hideAction, "")}}, true
	return view
}

// hourHere is a time of today with its zone.
func (v *visit) hourHere(t time.Time) wording.Text {
	return msgMoment.With(wording.Args{"when": v.clock.hour(t), "zone": v.clock.zoneName()})
}

// callLines say who rings whom, and on which number.
func (v *visit) callLines(b apiclient.Booking) []wording.Text {
	mine, theirs := numberText(b.PhoneNumber), numberText(b.Other.PhoneNumber)
	rung, rungSet, rings := msgDetailsRingsMe, msgDetailsMine, msgDetailsIRing
	if v.as.Member != 0 {
		rung, rungSet, rings = msgDetailsRung, msgDetailsRungSet, msgDetailsRings
	}
	switch {
	case b.Method == apiclient.MethodSkype:
		return v.skypeLines(b)
	case b.Method == apiclient.MethodPerformerRings && b.Side == made:
		return []wording.Text{v.orHidden(b, rung, "number", mine)}
	case b.Method == apiclient.MethodClientRings && b.Side == made:
		return []wording.Text{v.orHidden(b, rings, "number", theirs)}
	case b.Method == apiclient.MethodPerformerRings:
		return append([]wording.Text{v.orHidden(b, rings, "number", theirs)}, onBookingLine(msgDetailsNumber, "number", mine, theirs)...)
	case b.Method == apiclient.MethodClientRings:
		return append([]wording.Text{rungSet.With(wording.Args{"member": v.member()})}, onBookingLine(msgDetailsNumber, "number", mine, theirs)...)
	}
	return []wording.Text{msgDetailsUnknown.Text()}
}

func (v *visit) skypeLines(b apiclient.Booking) []wording.Text {
	on := msgDetailsSkypeMe
	if b.Side == received {
		on = msgDetailsSkypeOn
	}
	theirs := wording.Name(b.Other.SkypeName)
	return append([]wording.Text{v.orHidden(b, msgDetailsSkype, "name", theirs)}, onBookingLine(on, "name", wording.Name(b.SkypeName), theirs)...)
}

// onBookingLine shows what stands on the booking itself, if it says more. On the performer's side the contract
// leaves open whose it is (README, section 12).
func onBookingLine(line wording.Message, place string, on, known wording.Name) []wording.Text {
	if on == "" || on == known {
		return nil
	}
	return []wording.Text{line.With(wording.Args{place: on})}
}

// orHidden says what a call needs, or that the platform does not show it yet and when to look again.
func (v *visit) orHidden(b apiclient.Booking, line wording.Message, place string, value wording.Name) wording.Text {
	if value != "" {
		return line.With(wording.Args{place: value, "member": v.member()})
	}
	again := msgDetailsSoon.Text()
	if at := b.Session.Add(-shownBefore); at.After(v.clock.now()) {
		again = msgDetailsAt.With(wording.Args{"when": v.clock.moment(at)})
	}
	return msgDetailsHidden.With(wording.Args{"how": v.methodTextFor(b), "again": again})
}

// numberText is a number as the platform gave it, in the usual grouping if it is one.
func numberText(number string) wording.Name {
	if national, err := phone.Parse(number); err == nil {
		return wording.Name(phone.Format(national))
	}
	if e164, err := phone.ParseInternational(number); err == nil {
		return wording.Name(phone.FormatInternational(e164))
	}
	return wording.Name(number)
}
