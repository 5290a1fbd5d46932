package apiclient

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

var (
	errUntold       = errors.New("flags that were not told")
	errExclusive    = errors.New("other services exclude all the rest")
	errNoOthers     = errors.New("other services without their IDs")
	errAlternatives = errors.New("alternative services without their settings")
	errOtherMember  = errors.New("services of another member")
)

// Services is what a member offers (schema AccountServices). Of a reply only Member is documented; the
// flags are inferred from what UpdateServices takes.
type Services struct {
	Member MemberID // whose they are; sent by group managers only, who must act for the same

	Offering    bool // false: a seeking member
	Escort      bool
	Webcam      bool // the webcam and DirectCam calls need it
	PhoneChat   bool // the phone chat calls of a performer need it
	SMSChat     bool
	Content     bool
	Alternative bool // needs Alternatives
	Other       bool // needs OtherServices, excludes all the rest, and costs 1.00 credit a day

	Alternatives  Alternatives
	OtherServices []int64

	// Untold names the flags, as the platform spells them, that a reply left out: they are unknown, not off.
	Untold []string

	More Rest // what the contract does not know
}

// Alternatives is the platform's settings for alternative services. Their layout is not documented: they
// are kept and sent back as they came.
type Alternatives struct{ raw wire.Opaque }

// IsZero reports whether no settings were there.
func (a Alternatives) IsZero() bool { return len(a.raw) == 0 }

// Equal reports whether both are spelt alike.
func (a Alternatives) Equal(other Alternatives) bool { return bytes.Equal(a.raw, other.raw) }

// Services reads what a member offers (docs: GetAccountServices). Managers may. An answer about another
// member than the one a manager asked for is ErrUnavailable.
//
// Scope: profile_services. Errors: those of every call.
func (c *Client) Services(ctx context.Context, as Caller) (Services, error) {
	return ask(ctx, c, as, request{route: routeServices}, func(body []byte) (Services, error) {
		s, err := readServices(body)
		if err == nil && as.For != 0 && s.Member != as.For {
			return Services{}, misread{at: "UserID"}
		}
		return s, err
	})
}

// UpdateServices replaces what a member offers (docs: UpdateAccountServices; its scope is inferred from
// GetAccountServices). Managers may, with services that were read of the same member. All flags and More
// are sent while Offering is on, so no flag may be Untold. What the platform answers is not documented
// and is not read: read the services again.
//
// Scope: profile_services. Errors: ErrInvalid, ErrUnknownOutcome.
func (c *Client) UpdateServices(ctx context.Context, as Caller, s Services) error {
	if as.For != 0 && s.Member != 0 && s.Member != as.For {
		return refuse(routeUpdateServices, errOtherMember)
	}
	body, err := servicesBody(s)
	if err != nil {
		return refuse(routeUpdateServices, err)
	}
	_, err = ask(ctx, c, as, request{route: routeUpdateServices, body: body}, ignored)
	return err
}

// servicesBody is services as a request carries them, or why it cannot. A seeking member has no flags,
// known or unknown.
func servicesBody(s Services) (wire.Services, error) {
	w := wire.Services{IsOfferingServices: &s.Offering}
	rest := s.Escort || s.Webcam || s.PhoneChat || s.SMSChat || s.Content || s.Alternative
	switch {
	case !s.Offering && !slices.Contains(s.Untold, "IsOfferingServices"):
		return w, nil
	case len(s.Untold) > 0:
		return w, errUntold
	case s.Other && rest:
		return w, errExclusive
	case s.Other && len(s.OtherServices) == 0:
		return w, errNoOthers
	case s.Alternative && s.Alternatives.IsZero():
		return w, errAlternatives
	}
	for _, f := range flags(&w, &s) {
		*f.wire = f.ours
	}
	w.More = s.More.raw
	if s.Alternative {
		w.Alternatives = s.Alternatives.raw
	}
	if s.Other {
		w.OtherServices = new(joined(s.OtherServices))
	}
	return w, nil
}

func readServices(body []byte) (Services, error) {
	w, err := decode[wire.Services](body)
	if err != nil {
		return Services{}, err
	}
	if w.UserID <= 0 {
		return Services{}, misread{at: "UserID"}
	}
	s := Services{Member: MemberID(w.UserID), More: Rest{w.More}}
	for _, f := range flags(&w, &s) {
		if *f.wire == nil {
			s.Untold = append(s.Untold, f.name)
			continue
		}
		*f.ours = **f.wire
	}
	if w.Alternatives.Kind() != 'n' {
		s.Alternatives.raw = w.Alternatives
	}
	if s.OtherServices, err = parted(orZero(w.OtherServices)); err != nil {
		return Services{}, err
	}
	return s, nil
}

// flag is one truth value in both of its shapes.
type flag struct {
	name string
	wire **bool
	ours *bool
}

func flags(w *wire.Services, s *Services) []flag {
	return []flag{
		{"IsOfferingServices", &w.IsOfferingServices, &s.Offering},
		{"IsEscort", &w.IsEscort, &s.Escort},
		{"IsWebcam", &w.IsWebcam, &s.Webcam},
		{"IsPhoneChat", &w.IsPhoneChat, &s.PhoneChat},
		{"IsSMSChat", &w.IsSMSChat, &s.SMSChat},
		{"IsContent", &w.IsContent, &s.Content},
		{"IsAlternative", &w.IsAlternative, &s.Alternative},
		{"IsOtherServices", &w.IsOtherServices, &s.Other},
	}
}

// joined writes IDs as the API takes them: "1,2,3".
func joined[ID ~int | ~int64](ids []ID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(int64(id), 10)
	}
	return strings.Join(words, ",")
}

// parted reads IDs as joined writes them.
func parted(list string) ([]int64, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	var ids []int64
	for word := range strings.SplitSeq(list, ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64)
		if err != nil {
			return nil, misread{at: "OtherServices"}
		}
		ids = append(ids, id)
	}
	return ids, nil
}
