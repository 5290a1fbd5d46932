package conversations_test

import (
	"context"
	"fmt"
	"html"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// Chats beside that of the client.
const (
	asPerformerUser = 43
	asManagerUser   = 44
)

// What strangers chose, on every card that shows it.
func TestHostileTextOnEveryCard(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"markup":        "<b>&_*[x](y)</tg-spoiler>",
		"an entity":     "&lt;b&gt; &amp;amp;",
		"right to left": "Am\u202eber\u2069\u2066",
		"hebrew":        "ענבר 12:00",
		"a place":       "{name} {when} {credits}",
		"lines":         "Am\n\nber",
		"nothing seen":  "\u200b\u202e",
		"endless":       strings.Repeat("Amber & <b>", 400),
		"pictures":      strings.Repeat("👩\u200d🚀", 1500),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, j := edgeRig(t, monday, func(m *apisim.Member) {
				m.Nickname, m.GroupName = text, strings.ReplaceAll(m.GroupName, "North Studio", text)
			})
			r.withKey()
			j.platformOf(named{r.api, text})
			r.asClient(text)
			r.asPerformer(text)
			r.asManager()
			if want := html.EscapeString("<b>&_*[x](y)</tg-spoiler>"); name == "markup" && !j.saw(want) {
				t.Errorf("nowhere shown as it is: %s", want)
			}
			for _, said := range j.shown {
				if strings.Contains(said, "incident") {
					t.Errorf("an incident: %s", said)
				}
			}
		})
	}
}

// asClient looks at every card of somebody who books.
func (r *rig) asClient(text string) {
	r.t.Helper()
	asked := apisim.Seed{Client: clientID, Performer: performerID, Comments: text}
	for i, status := range []string{"Pending", "Accepted", "Confirmed", "Rejected", "Cancelled", text} {
		asked.Status, asked.Reason = status, ""
		if i == 3 || i == 4 {
			asked.Reason = text
		}
		asked.Session = r.clock.Now().Add(time.Duration(24+i) * time.Hour)
		asked.AcceptBy = asked.Session.Add(-time.Hour)
		r.platform.AddBooking(asked)
	}
	r.linkAs(theUser, clientToken)
	for i := range 6 {
		r.sayIn(theUser, "/bookings")
		r.pressIn(theUser, "All 6")
		if i == 5 {
			r.pressIn(theUser, "Next ›")
		}
		r.pressIn(theUser, fmt.Sprint(i+1))
		for _, key := range []string{"Call details", "Confirm for 12.00 credits", "Cancel booking", "Remove from list", "Book again"} {
			if r.offeredIn(theUser, key) {
				r.pressIn(theUser, key)
				break
			}
		}
		r.sayIn(theUser, "/cancel")
		if r.offeredIn(theUser, "Discard") {
			r.pressIn(theUser, "Discard")
		}
	}
	r.sayIn(theUser, "/book")
	for _, answer := range bookingAnswers[:7] {
		r.sayIn(theUser, answer)
	}
	r.sayIn(theUser, text)
	r.sayIn(theUser, "Evening suits me best.")
	r.pressIn(theUser, "Save draft")
	r.sayIn(theUser, "/book")
	r.pressIn(theUser, "Go on with 1")
	r.pressIn(theUser, "Send request")
	r.platform.SetFault(apisim.OpCreateBooking, apisim.Fault{Kind: apisim.FaultStatus, Status: 400, Times: 1, Message: text})
	r.pressIn(theUser, "Yes, send")
	r.pressIn(theUser, "Send request")
	r.pressIn(theUser, "Yes, send")
	r.sayIn(theUser, "/account")
}

// asPerformer looks at every card of somebody who is booked.
func (r *rig) asPerformer(text string) {
	r.t.Helper()
	const me = asPerformerUser
	r.linkAs(me, performerToken)
	for _, deed := range []string{"Accept for 12.00 credits", "Other amount", "Decline"} {
		r.sayIn(me, "/requests")
		r.pressIn(me, "All 7")
		r.pressIn(me, "Next ›")
		r.pressIn(me, "7")
		r.pressIn(me, deed)
		r.sayIn(me, text)
		r.sayIn(me, "/cancel")
		if r.offeredIn(me, "Discard") {
			r.pressIn(me, "Discard")
		}
	}
	r.sayIn(me, "/settings")
	r.sayIn(me, "/offers")
	r.wantSaid("30 min")
	r.sayIn(me, "/account")
}

// asManager looks at the members of a group, and acts for one.
func (r *rig) asManager() {
	r.t.Helper()
	const me = asManagerUser
	r.linkAs(me, managerToken)
	r.sayIn(me, "/account")
	r.sayIn(me, "/actas")
	m := r.chat.messages[len(r.chat.messages)-1]
	r.handle(flow.Event{Kind: flow.EventPress, Chat: me, Message: m.id, Press: m.rows[0][0].Press, Callback: fmt.Sprint("q", r.update+1)})
	r.wantSaid("From now on you act for")
	r.pressIn(me, "Their bookings")
}

// named is a platform whose special offers have a title.
type named struct {
	*apiclient.Client
	title string
}

func (n named) Offers(context.Context, apiclient.Caller) ([]apiclient.Offer, error) {
	price, err := apiclient.ParseCredits("30")
	return []apiclient.Offer{{ID: 9021, Number: 4, Title: n.title, Duration: 30, Price: price}}, err
}

func (r *rig) linkAs(chat flow.ChatID, token string) {
	r.t.Helper()
	r.sayIn(chat, "/start")
	r.pressIn(chat, "Paste an access token")
	r.sayIn(chat, token)
	r.wantSaid("Linked as")
}

func (r *rig) sayIn(chat flow.ChatID, text string) {
	r.t.Helper()
	e := flow.Event{Kind: flow.EventText, Text: text, Chat: chat, Message: r.chat.receive()}
	if name, ok := strings.CutPrefix(text, "/"); ok {
		e.Kind = flow.EventCommand
		e.Command, e.Text, _ = strings.Cut(name, " ")
	}
	r.handle(e)
}

// offeredIn reports whether the last message has this button.
func (r *rig) offeredIn(_ flow.ChatID, label string) bool {
	m, _, ok := r.chat.find(label)
	return ok && m == r.chat.messages[len(r.chat.messages)-1].id
}

func (r *rig) pressIn(chat flow.ChatID, label string) {
	r.t.Helper()
	message, press, ok := r.chat.find(label)
	if !ok {
		r.t.Fatalf("no button %q; the last message is\n%s", label, r.chat.last())
	}
	r.handle(flow.Event{Kind: flow.EventPress, Chat: chat, Message: message, Press: press, Callback: fmt.Sprint("q", r.update+1)})
}

// A text of the site's that is longer than a message: the card says that it is cut, and all the rest of it stands.
func TestALongCommentIsCutWithAWord(t *testing.T) {
	for name, text := range map[string]string{
		"letters":  strings.Repeat("a", 5000),
		"markup":   strings.Repeat("<b>&", 1250),
		"pictures": strings.Repeat("🙂", 2500), // two of Telegram's units each
		"lines":    strings.Repeat("a\n", 2500),
	} {
		t.Run(name, func(t *testing.T) {
			r, j := edgeRig(t, monday, nil)
			booking := apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusRejected, Comments: text, Reason: text}
			r.platform.AddBooking(booking)
			r.linkAs(theUser, clientToken)
			r.say("/bookings")
			r.press("1")
			for _, words := range []string{"Comment: ||", "…||\nThat is cut here; the whole of it is on the site.\nReason: ", "\nRating: 56"} {
				r.wantSaid(words)
			}
			_, comment, _ := strings.Cut(r.chat.last(), "||")
			comment, _, _ = strings.Cut(comment, "||")
			if n := len(utf16.Encode([]rune(comment))); n < 790 || n > 801 {
				t.Errorf("%d units of it are shown", n)
			}
			booking.Status, booking.Reason = apisim.StatusConfirmed, ""
			booking.Session = monday.Add(time.Hour)
			r.platform.AddBooking(booking)
			r.clock.Advance(time.Minute) // a new list
			r.say("/bookings")
			r.press("1")
			r.wantSaid("\nNext: ")
			r.press("Call details")
			r.wantSaid("…||\nThat is cut here; the whole of it is on the site.\nThis message goes at")
			if html := j.shown[len(j.shown)-1]; strings.Count(html, "<tg-spoiler>") != strings.Count(html, "</tg-spoiler>") {
				t.Error(html)
			}
		})
	}
	t.Run("as long as the site says it can be", func(t *testing.T) {
		r, _ := edgeRig(t, monday, nil)
		text := strings.Repeat("é", 500)
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Comments: text})
		r.linkAs(theUser, clientToken)
		r.say("/bookings")
		r.press("1")
		r.wantSaid(text + "||")
		if strings.Contains(r.chat.last(), "cut here") {
			t.Error("it is said to be cut")
		}
	})
}
