package apiclient

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"phonechatbot/apiclient/wire"
)

var (
	errNoDirectChat  = errors.New("DirectChat switched on without its settings")
	errNotDirectChat = errors.New("DirectChat settings that are no object")
	errNoPrice       = errors.New("no price")
	errTooFine       = errors.New("credits with more than two places")
	errNumber        = errors.New("number without plus and country code")
)

// Settings is how a performer offers phone chat (schema PhoneChatSettings).
type Settings struct {
	OfferDirectChat bool
	DirectChat      DirectChat // there only while OfferDirectChat is on
	Number          string     // that clients may ring once confirmed; empty: only the performer rings
	ShowNumber      *bool      // it stands on the profile, which costs; nil: not told. Cannot be set
	Price           Credits    // credits a minute, presumably before VAT; meaningless unless HasPrice
	HasPrice        bool
	More            Rest // what the contract does not know
}

// Rest is what a reply holds that the contract does not know. It is kept and sent back as it came.
type Rest struct{ raw wire.More }

// IsZero reports whether there was nothing more.
func (r Rest) IsZero() bool { return len(r.raw) == 0 }

// Equal reports whether both are spelt alike.
func (r Rest) Equal(other Rest) bool { return bytes.Equal(r.raw, other.raw) }

// DirectChat is the platform's settings for unbooked calls. Their layout is not documented: they are
// kept and sent back as they came.
type DirectChat struct{ raw wire.Opaque }

// IsZero reports whether no settings were there.
func (d DirectChat) IsZero() bool { return len(d.raw) == 0 }

// Equal reports whether both are spelt alike.
func (d DirectChat) Equal(other DirectChat) bool { return bytes.Equal(d.raw, other.raw) }

// Bytes are the settings as they came, to be kept for ParseDirectChat; nil for none. They may hold a phone
// number.
func (d DirectChat) Bytes() []byte { return bytes.Clone(d.raw) }

// ParseDirectChat takes settings that Bytes gave. Its error does not quote them.
func ParseDirectChat(kept []byte) (DirectChat, error) {
	raw := wire.Opaque(bytes.Clone(kept))
	if raw.Kind() != '{' || !raw.IsValid() {
		return DirectChat{}, errNotDirectChat
	}
	return DirectChat{raw}, nil
}

// DirectChatOnly reports whether the performer takes no bookings at all. The name of the member is a
// guess of the contract: known is false where there is none of that name.
func (d DirectChat) DirectChatOnly() (only, known bool) {
	w, err := decode[struct{ DirectChatOnly *bool }](d.raw)
	if err != nil || w.DirectChatOnly == nil {
		return false, false
	}
	return *w.DirectChatOnly, true
}

// PhoneChatSettings reads how a performer offers phone chat (docs: GetPhoneChatSettings). Managers may.
//
// Scope: account_phonechat_bookings. Errors: those of every call.
func (c *Client) PhoneChatSettings(ctx context.Context, as Caller) (Settings, error) {
	return ask(ctx, c, as, request{route: routeSettings}, readSettings)
}

// SaveSettings replaces all settings and answers them as they are stored (docs: SavePhoneChatSettings):
// read them, change them, save them. Managers may. A price is needed, with two places at most. An empty
// Number is left out, which presumably clears it; any other must have a plus and its country code, in
// digits, even if the one that was read had not. DirectChat can only be switched on with settings that
// were read, and is sent back only while it is on. ShowNumber is not sent; More is. On ErrUnknownOutcome
// read the settings.
//
// Scope: account_phonechat_bookings. Errors: ErrInvalid, ErrUnknownOutcome.
func (c *Client) SaveSettings(ctx context.Context, as Caller, s Settings) (Settings, error) {
	switch {
	case s.OfferDirectChat && s.DirectChat.IsZero():
		return Settings{}, refuse(routeSaveSettings, errNoDirectChat)
	case !s.HasPrice:
		return Settings{}, refuse(routeSaveSettings, errNoPrice)
	case s.Price.Less(Credits{}):
		return Settings{}, refuse(routeSaveSettings, errNegative)
	case s.Price.Places() > 2: // rounding would set a price that nobody named
		return Settings{}, refuse(routeSaveSettings, errTooFine)
	case s.Number != "" && !international(s.Number):
		return Settings{}, refuse(routeSaveSettings, errNumber)
	}
	body := wire.SaveSettings{
		OfferDirectChat: s.OfferDirectChat, PhoneChatPPM: s.Price.number(), More: s.More.raw,
	}
	if s.OfferDirectChat {
		body.DirectChat = s.DirectChat.raw
	}
	if s.Number != "" {
		body.PhoneChatNumber = &s.Number
	}
	return ask(ctx, c, as, request{route: routeSaveSettings, body: body}, readSettings)
}

// international reports whether a number has a plus and a country code, which never begins with 0.
func international(number string) bool {
	digits, plus := strings.CutPrefix(number, "+")
	return plus && digits != "" && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// readSettings reads settings. Saving replaces them all, so an answer that does not even say whether
// DirectChat is offered, as it always should, is not taken for settings that are all empty.
func readSettings(body []byte) (Settings, error) {
	w, err := decode[struct {
		wire.Settings

		Offers *bool `json:"OfferDirectChat"` // stands before the one that cannot be nil
	}](body)
	if err != nil {
		return Settings{}, err
	}
	if w.Offers == nil {
		return Settings{}, misread{at: "OfferDirectChat"}
	}
	s := Settings{
		OfferDirectChat: *w.Offers, Number: orZero(w.PhoneChatNumber), ShowNumber: w.ShowPhoneChatNumber,
		More: Rest{w.More},
	}
	if w.DirectChat.Kind() != 'n' {
		s.DirectChat.raw = w.DirectChat
	}
	if w.PhoneChatPPM != nil {
		if s.Price, err = amount(*w.PhoneChatPPM, "PhoneChatPPM"); err != nil {
			return Settings{}, err
		}
		s.HasPrice = true
	}
	return s, nil
}
