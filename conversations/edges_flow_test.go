package conversations_test

import (
	"context"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// closing is a platform whose performers can stop taking calls.
type closing struct {
	*apiclient.Client
	closed atomic.Bool
	ways   []apiclient.Method // nil: as ever
}

func (c *closing) Requirements(ctx context.Context, as apiclient.Caller, of apiclient.MemberID) (apiclient.Requirements, error) {
	if c.closed.Load() {
		return apiclient.Requirements{}, &apiclient.Error{Kind: apiclient.ErrInvalid, Messages: []string{"This member takes no calls any more."}}
	}
	req, err := c.Client.Requirements(ctx, as, of)
	if c.ways != nil {
		req.Methods = c.ways
	}
	return req, err
}

// What changes on the site while the form is open is seen before it is sent: said, and asked again where it no longer fits.
func TestTheSiteChangesWhileTheFormIsOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(*rig, *closing)
		after     string // "Send request" or "Yes, send": what is pressed once it happened
		says      []string
		mends     string   // the one answer that may change, with a word
		fix       []string // keys that lead on to the last question, and through it
		at        string
	}{
		"the performer closes before the review is sent": {
			meanwhile: func(_ *rig, c *closing) { c.closed.Store(true) }, after: "Send request",
			says: []string{"The site says of VelvetVoice: This member takes no calls any more.", "Whom would you like to call?"}, at: "who",
		},
		"the performer closes before the yes": {
			meanwhile: func(r *rig, c *closing) {
				c.closed.Store(true)
				r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 400, Message: "Not available.", Times: 1})
			}, after: "Yes, send",
			says: []string{"The site refused this: Not available. Nothing was changed.", "Nothing has been sent yet"}, at: "@review",
		},
		"the price goes up": {
			meanwhile: func(r *rig, _ *closing) { r.platform.SetPrice(performerID, "1.5") }, after: "Send request",
			says: []string{"it is now 1.50 credits a minute", "Your offer went up from 36.00 to 45.00 credits"}, mends: "credits", fix: []string{"Send request"}, at: "@review",
		},
		"the price goes down": {
			meanwhile: func(r *rig, _ *closing) { r.platform.SetPrice(performerID, "1") }, after: "Send request",
			says: []string{"it is now 1.00 credits a minute", "Nothing has been sent yet"}, fix: []string{"Send request"}, at: "@review",
		},
		"the balance falls below the offer": {
			meanwhile: func(r *rig, _ *closing) { r.platform.SetBalance(clientID, "35.99") }, after: "Send request",
			says: []string{"Your balance is 35.99, and 30 min cost at least 36.00"}, at: "credits",
		},
		"the way of calling is given up": {
			meanwhile: func(_ *rig, c *closing) { c.ways = []apiclient.Method{apiclient.MethodClientRings} }, after: "Send request",
			says: []string{"You ring them instead of “They ring you”"}, mends: "method", fix: []string{"Send request"}, at: "@review",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monday)
			c := &closing{Client: r.api}
			r.judge(c)
			r.link(clientToken)
			r.fillBooking()
			if tc.after == "Yes, send" {
				r.press("Send request")
			}
			before := maps.Clone(r.session().Answers)
			tc.meanwhile(r, c)
			r.press(tc.after)
			for _, words := range tc.says {
				r.wantSaid(words)
			}
			s := r.session()
			if tc.mends != "" && before[tc.mends] == s.Answers[tc.mends] {
				t.Errorf("%s is still %s", tc.mends, before[tc.mends])
			}
			delete(before, tc.mends)
			for id, answer := range before {
				if s.Answers[id] != answer {
					t.Errorf("%s was %q and is %q", id, answer, s.Answers[id])
				}
			}
			if s.At != tc.at {
				t.Errorf("at %s, answers %v", s.At, s.Answers)
			}
			r.wantCreated(0)
			if tc.fix == nil {
				return
			}
			for _, key := range append(tc.fix, "Yes, send") {
				r.press(key)
			}
			r.wantSaid("Request sent")
			r.wantCreated(1)
		})
	}
}

// Time passes while the form stands at its review or its last question: what it overtook is asked again, the rest stays.
func TestTimePassesWhileTheFormIsOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		day, reply string
		passes     time.Duration
		says, at   string
	}{
		"the reply-by time":        {"today 18:00", "in 2 hours", 2 * time.Hour, "which has passed: it is now", "@review"},
		"not quite":                {"today 18:00", "in 2 hours", 2*time.Hour - time.Minute, "", ""},
		"the call itself":          {"today 18:00", "in 2 hours", 6 * time.Hour, "That moment has passed.", "time"},
		"the day of the call":      {"today 18:00", "in 2 hours", 13 * time.Hour, "That day is over.", "day"},
		"a week":                   {"tomorrow 18:00", "tomorrow 17:00", 7 * 24 * time.Hour, "That day is over.", "day"},
		"midnight before the call": {"tomorrow 18:00", "tomorrow 17:00", 13 * time.Hour, "", ""},
	} {
		for _, place := range []string{"Send request", "Yes, send"} {
			t.Run(name+", "+place, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, monday)
				r.link(clientToken)
				r.say("/book 771204")
				for _, answer := range []string{tc.day, "30", "2", "36", tc.reply, "-"} {
					r.say(answer)
				}
				if place == "Yes, send" {
					r.press("Send request")
				}
				r.clock.Advance(tc.passes) // nobody settles: the form is not put away
				r.press(place)
				if tc.says == "" {
					if place == "Send request" {
						r.press("Yes, send")
					}
					r.wantSaid("Request sent")
					return
				}
				r.wantSaid(tc.says)
				if s := r.session(); s.At != tc.at || s.Answers["credits"] == "" || s.Answers["method"] != "2" {
					t.Errorf("at %s, answers %v", s.At, s.Answers)
				}
				if r.platform.Calls(apisim.OpCreateBooking) != 0 {
					t.Error("it was left to the site to refuse it")
				}
			})
		}
	}
}

// Amounts as people write them, where a booking's credits are asked for: 30 minutes at 1.20, a balance of 2,000.
func TestWhatPeopleTypeAsAmounts(t *testing.T) {
	r := newRig(t, monday)
	r.platform.SetBalance(clientID, "2000")
	r.link(clientToken)
	r.say("/book 771204")
	for _, answer := range []string{"tomorrow 21:00", "30", "2"} {
		r.say(answer)
	}
	for typed, want := range map[string]string{ // the answer, or what is wrong
		"£135": "135", "135,50": "135.50", "1,350": "1350", "1,350.00": "1350.00", "36": "36", "36.00": "36.00", "０３６": "36",
		"1e3": "I could not read that amount", "-5": "The offer must be above zero", "٣٦": "I could not read that amount",
		"1.350": "I could not read that amount", "0": "The offer must be above zero", "35.99": "35.99 is below the minimum of 36.00",
		"2000.01": "2000.01 is more than your balance of 2000.00", "lots": "I could not read that amount",
	} {
		r.say(typed)
		s := r.session()
		if refused := strings.ContainsAny(want, " "); refused != (s.At == "credits") {
			t.Errorf("%q: at %s, %q", typed, s.At, s.Answers["credits"])
		} else if refused {
			r.wantSaid(want)
		} else if s.Answers["credits"] != want {
			t.Errorf("%q was taken as %q, want %q", typed, s.Answers["credits"], want)
		}
		if s.At != "credits" {
			r.press("Back")
		}
	}
	t.Run("no amount is a little less than it is", func(t *testing.T) { // 0.1+0.2
		r := newRig(t, monday)
		r.platform.SetPrice(performerID, "0.1")
		r.link(clientToken)
		r.say("/book 771204")
		for _, answer := range []string{"tomorrow 21:00", "7", "2", "0.70"} {
			r.say(answer)
		}
		r.wantSaid("Reply by when?")
		r.press("Back")
		r.say("0.69")
		r.wantSaid("0.69 is below the minimum of 0.70 (7 min at 0.10 a minute)")
	})
}

// Numbers as people write them, where the number to ring is asked for.
func TestWhatPeopleTypeAsNumbers(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	for _, answer := range []string{"tomorrow 21:00", "30", "1"} {
		r.say(answer)
	}
	for typed, want := range map[string]string{
		"07700 900123": "07700900123", "+44 (0)7700 900123": "07700900123", "0044 7700 900123": "07700900123", "447700900123": "07700900123",
		"020 7946 0018": "02079460018", "+447700900123": "07700900123",
		"12345": "That number is too short.", "07700 900123 456": "That number is too long.", "+33 1 42 68 53 00": "The site takes UK numbers only",
		"٠٧٧٠٠٩٠٠١٢٣": "That is not a phone number", "my usual one": "That is not a phone number", "0909 879 0123": "That is not a phone number",
	} {
		r.say(typed)
		s := r.session()
		if refused := strings.Contains(want, " "); refused != (s.At == "phone") {
			t.Errorf("%q: at %s:\n%s", typed, s.At, r.chat.last())
		} else if refused {
			r.wantSaid(want)
		} else if s.Answers["phone"] != want {
			t.Errorf("%q was taken as %q, want %q", typed, s.Answers["phone"], want)
		}
		if s.At != "phone" {
			r.press("Back")
		}
	}
}

// The manager loses the group while a form for a member is open: nothing is saved for anybody, and the form is over.
func TestTheGroupIsLostInTheMiddleOfAForm(t *testing.T) {
	for name, lose := range map[string]func(*rig){
		"the member left":            func(r *rig) { r.platform.LeaveGroup(harbourID) },
		"the manager left":           func(r *rig) { r.platform.LeaveGroup(performerID) },
		"the manager is one no more": func(r *rig) { r.platform.SetManager(performerID, false) },
		"the time is over":           func(r *rig) { r.clock.Advance(31 * time.Minute) },
		"stopped on another device":  func(r *rig) { r.press("Stop acting as QuietHarbour") },
	} {
		for _, typed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := managing(t)
				r.pressOn(r.actAs("QuietHarbour"), "setprobe", "")
				r.say("7.5")
				card, yes, _ := r.chat.find("Yes, save")
				before := r.prices()
				lose(r)
				if typed {
					r.say("8")
				}
				if _, again, ok := r.chat.find("Yes, save"); ok {
					yes = again
				}
				r.pressed(card, yes)
				r.wantChanged(before, 0, "")
				r.say("/start")
				r.wantSaid("Linked as VelvetVoice")
				r.say("8") // to a form that may still have to be told so
				r.say("8")
				r.wantSaid("I did not expect that here")
				r.wantChanged(before, 0, "")
			})
		}
	}
}

// The token ends at each step of the form: said once, the answers stay, and with a new one the form is sent.
func TestTheTokenEndsInTheMiddleOfAForm(t *testing.T) {
	const fresh = "demo-client-fresh-77aa0912"
	for _, p := range bookingPlaces() {
		if p.at == "@cancel" {
			continue
		}
		t.Run(p.at, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monday)
			r.judge(r.api)
			r.link(clientToken)
			ended := false
			for _, q := range bookingPlaces() {
				q.there(r)
				if q.at != p.at || ended {
					continue
				}
				ended = true
				r.platform.RevokeToken(clientToken)
				r.platform.GrantToken(clientID, fresh)
				answers := r.session().Answers
				r.say("/balance")
				r.wantSaid("The site no longer accepts your sign-in")
				r.say(fresh)
				if s := r.session(); !maps.Equal(s.Answers, answers) {
					t.Errorf("answers %v were %v", s.Answers, answers)
				}
				r.handle(flow.Event{Kind: flow.EventCommand, Command: "start"})
				r.press("Continue the form")
			}
			r.press("Yes, send")
			r.wantSaid("Request sent")
			r.wantCreated(1)
		})
	}
}

// Whoever was refused once can be asked about again: the site may know better by then.
func TestAPerformerWhoOpensAgain(t *testing.T) {
	r := newRig(t, monday)
	c := &closing{Client: r.api}
	r.judge(c)
	r.link(clientToken)
	r.fillBooking()
	c.closed.Store(true)
	r.press("Send request")
	r.wantSaid("This member takes no calls any more.")
	r.press("Check again")
	r.wantSaid("This member takes no calls any more.")
	c.closed.Store(false)
	r.press("Check again")
	r.wantSaid("Nothing has been sent yet")
	r.press("Send request")
	r.press("Yes, send")
	r.wantCreated(1)
	r.say("/book")
	r.say("660031") // oneself: no use in asking again
	if _, _, ok := r.chat.find("Check again"); ok {
		t.Error("it can be checked again whether one is oneself")
	}
}
