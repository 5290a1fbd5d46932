package conversations_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/bot"
	"phonechatbot/conversations"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// The alerts of the tests are told on a Thursday at ten, in London.
var toldAt = time.Date(2026, 3, 12, 10, 0, 0, 0, time.UTC)

func levels() []alert.Level { return []alert.Level{alert.Standard, alert.Discreet, alert.Minimal} }

func kindsOfBookings() []alert.Kind {
	return []alert.Kind{
		alert.Request, alert.Accepted, alert.Confirmed, alert.Rejected, alert.Expired, alert.Cancelled, alert.Credits, alert.Changed,
		alert.ReplyBy, alert.Reminder,
	}
}

func kindsOfNone() []alert.Kind {
	return []alert.Kind{alert.SignIn, alert.NoAccess, alert.Down, alert.Back, alert.Test}
}

// newsAbout is news of a call that evening.
func newsAbout(kind alert.Kind, side string) store.Notification {
	n := store.Notification{
		Kind: kind, Side: side, Booking: 48213, Nickname: "NameA", Credits: "135.00", Duration: 30,
		Session: time.Date(2026, 3, 12, 19, 0, 0, 0, time.UTC), AcceptBy: time.Date(2026, 3, 12, 16, 0, 0, 0, time.UTC),
		Status: map[alert.Kind]string{
			alert.Request: "Pending", alert.Accepted: "Accepted", alert.Confirmed: "Confirmed", alert.Rejected: "Rejected", alert.Expired: "Rejected",
			alert.Cancelled: "Cancelled", alert.Credits: "Accepted", alert.Changed: "Pending", alert.ReplyBy: "Accepted", alert.Reminder: "Accepted",
		}[kind],
	}
	if side == store.SideReceived && kind == alert.ReplyBy {
		n.Status = "Pending"
	}
	return n
}

// drawn is a view as a person reads it, with its buttons; they all travel.
func drawn(t *testing.T, v flow.View) string {
	t.Helper()
	said := viewText(v) + "\n"
	for _, row := range v.Rows {
		for _, b := range row {
			if data, err := bot.EncodePress(b.Press); err != nil || len(data) > 64 {
				t.Errorf("the button %v does not travel: %v", b.Press, err)
			}
			said += "[" + labelOf(b) + "] "
		}
		said = strings.TrimSpace(said) + "\n"
	}
	return said
}

// Every kind of alert, from either side, at every level.
func TestWhatAlertsSay(t *testing.T) {
	var all strings.Builder
	for _, level := range levels() {
		fmt.Fprintf(&all, "==== %s\n", orDiscreet(level))
		for _, kind := range kindsOfBookings() {
			for _, side := range []string{store.SideMade, store.SideReceived} {
				fmt.Fprintf(&all, "-- %s, %s\n%s", kind, side, drawn(t, conversations.Words(level, "", toldAt, newsAbout(kind, side))))
			}
			ofMember := newsAbout(kind, store.SideReceived)
			ofMember.Member = 771204
			fmt.Fprintf(&all, "-- %s, a member's\n%s", kind, drawn(t, conversations.Words(level, "", toldAt, ofMember)))
		}
		for _, kind := range kindsOfNone() {
			fmt.Fprintf(&all, "-- %s\n%s", kind, drawn(t, conversations.Words(level, "", toldAt, store.Notification{Kind: kind})))
		}
		fmt.Fprintf(&all, "-- no_access, a member's\n%s", drawn(t, conversations.Words(level, "", toldAt, store.Notification{Kind: alert.NoAccess, Member: 771204})))
		fmt.Fprintf(&all, "-- several\n%s", drawn(t, conversations.Words(level, "", toldAt, several(7)...)))
		mixed := append(several(2), store.Notification{Kind: alert.Down})
		fmt.Fprintf(&all, "-- several, and one that is about no booking\n%s", drawn(t, conversations.Words(level, "", toldAt, mixed...)))
		fmt.Fprintf(&all, "-- unchecked\n%s", drawn(t, conversations.Unchecked(level, toldAt, newsAbout(alert.Reminder, store.SideMade))))
	}
	const file = "testdata/alerts.golden"
	if *update {
		if err := os.WriteFile(file, []byte(all.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), all.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func orDiscreet(level alert.Level) string {
	if level == alert.Discreet {
		return "discreet"
	}
	return string(level)
}

// several are news of so many bookings, one of them a member's.
func several(count int) (all []store.Notification) {
	for i := range count {
		n := newsAbout(kindsOfBookings()[i%8], store.SideMade)
		n.Booking, n.Nickname = int64(48213+i), fmt.Sprint("Name", string(rune('A'+i)))
		all = append(all, n)
	}
	all[1].Side, all[1].Member = store.SideReceived, 771204
	return all
}

// The proposal of the specification, and what its pieces become at other times and places.
func TestTheTimesOfAnAlert(t *testing.T) {
	for name, tc := range map[string]struct {
		zone   string
		at     time.Time
		change func(*store.Notification)
		want   string
	}{
		"at home": {want: "NameA accepted: Thu 12 Mar 19:00, 30 min, 135.00 credits. Confirm by 16:00."},
		"New York": {
			zone: "America/New_York",
			want: "NameA accepted: Thu 12 Mar 15:00 New York time (19:00 UK time), 30 min, 135.00 credits. Confirm by 12:00 New York time.",
		},
		"Kolkata, the next day": {
			zone: "Asia/Kolkata",
			want: "NameA accepted: Fri 13 Mar 00:30 India time (Thu 19:00 UK time), 30 min, 135.00 credits. Confirm by 21:30 India time.",
		},
		"another day": {
			change: func(n *store.Notification) { n.AcceptBy = n.AcceptBy.AddDate(0, 0, 1) },
			want:   "NameA accepted: Thu 12 Mar 19:00, 30 min, 135.00 credits. Confirm by Fri 13 Mar 16:00.",
		},
		"another year": {
			at:   toldAt.AddDate(-1, 0, 0),
			want: "NameA accepted: Thu 12 Mar 2026 19:00, 30 min, 135.00 credits. Confirm by Thu 12 Mar 2026 16:00.",
		},
		"the reply-by time has passed": {
			at:   toldAt.Add(7 * time.Hour),
			want: "NameA accepted: Thu 12 Mar 19:00, 30 min, 135.00 credits.",
		},
		"no reply-by time": {
			change: func(n *store.Notification) { n.AcceptBy = time.Time{} },
			want:   "NameA accepted: Thu 12 Mar 19:00, 30 min, 135.00 credits.",
		},
		"queued before there was a length": {
			change: func(n *store.Notification) { n.Duration = 0 },
			want:   "NameA accepted: Thu 12 Mar 19:00. Confirm by 16:00.",
		},
		"an hour that comes twice": {
			at: time.Date(2026, 10, 24, 10, 0, 0, 0, time.UTC),
			change: func(n *store.Notification) {
				n.AcceptBy, n.Session = time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)
			},
			want: "NameA accepted: Sun 25 Oct 01:30 GMT, 30 min, 135.00 credits. Confirm by Sun 25 Oct 01:30 BST.",
		},
		"a zone that is not known": {
			zone: "Mars/Olympus",
			want: "NameA accepted: Thu 12 Mar 19:00, 30 min, 135.00 credits. Confirm by 16:00.",
		},
		"nobody knows the name": {
			change: func(n *store.Notification) { n.Nickname = "\u200b" },
			want:   "(no name) accepted: Thu 12 Mar 19:00, 30 min, 135.00 credits. Confirm by 16:00.",
		},
		"a member nobody watches any more": {
			change: func(n *store.Notification) {
				n.Side, n.Member, n.Kind, n.Status = "received", 5, alert.Request, "Pending"
			},
			want: "For member 5: NameA asks for a call: Thu 12 Mar 19:00, 30 min, 135.00 credits. Reply-by time: 16:00.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			n, at := newsAbout(alert.Accepted, store.SideMade), toldAt
			if tc.change != nil {
				tc.change(&n)
			}
			if !tc.at.IsZero() {
				at = tc.at
			}
			if got := viewText(conversations.Words(alert.Standard, tc.zone, at, n)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// Names are the choice of strangers: they are no markup, and cannot turn the sentence round.
func TestHostileNamesInAlerts(t *testing.T) {
	for _, name := range []string{"<b>&_", "\u202eemaN", "{details}", "a\nConfirm by 99:99."} {
		n, ofMember := newsAbout(alert.Accepted, store.SideMade), newsAbout(alert.Request, store.SideReceived)
		n.Nickname, ofMember.Nickname, ofMember.Member = name, name, 771204
		for _, view := range []flow.View{
			conversations.Words(alert.Standard, "", toldAt, n), conversations.Words(alert.Standard, "", toldAt, ofMember),
			conversations.Words(alert.Standard, "", toldAt, n, ofMember),
		} {
			got := viewHTML(view)
			switch {
			case strings.Contains(got, "<b>&"), strings.Contains(got, "\u202e"), strings.Contains(got, "135.00 credits accepted"):
				t.Errorf("%q is not escaped: %q", name, got)
			case strings.Contains(got, "\nConfirm by 99"):
				t.Errorf("%q makes a line: %q", name, got)
			case strings.Count(got, "\u2068") != strings.Count(got, "\u2069"), !strings.Contains(got, "\u2068"):
				t.Errorf("%q is not isolated: %q", name, got)
			}
		}
	}
}

// On a lock screen, discreet and minimal alerts tell nobody anything.
func TestAlertsSayNothing(t *testing.T) {
	clock := regexp.MustCompile(`[0-9]:[0-9]|(Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mar) `)
	for _, level := range []alert.Level{alert.Discreet, alert.Minimal} {
		var all [][]store.Notification
		for _, kind := range append(kindsOfBookings(), "of a version to come") {
			for _, side := range []string{store.SideMade, store.SideReceived} {
				for _, member := range []int64{0, 771204} {
					n := newsAbout(kind, side)
					n.Member = member
					all = append(all, []store.Notification{n})
				}
			}
		}
		for _, kind := range kindsOfNone() {
			all = append(all, []store.Notification{{Kind: kind}}, []store.Notification{{Kind: kind, Member: 771204}})
		}
		for _, news := range append(all, several(7)) {
			said := drawn(t, conversations.Words(level, "America/New_York", toldAt, news...))
			for _, personal := range []string{"Name", "Velvet", "771204", "135", "30 min,", "credits", "48213", "York", "phone", "chat ", "call"} {
				if strings.Contains(said, personal) {
					t.Errorf("%s at level %s says %s:\n%s", news[0].Kind, orDiscreet(level), personal, said)
				}
			}
			if found := clock.FindString(said); found != "" {
				t.Errorf("%s at level %s says when: %q\n%s", news[0].Kind, orDiscreet(level), found, said)
			}
		}
	}
}

// The buttons carry whose they are, and fit, whatever the numbers.
func TestTheButtonsOfAnAlert(t *testing.T) {
	for _, member := range []int64{0, 1<<63 - 1} {
		n := newsAbout(alert.Accepted, store.SideReceived)
		n.Booking, n.Member, n.Account = 1<<63-1, member, store.AccountID{15: 9}
		view := conversations.Words(alert.Standard, "", toldAt, n)
		drawn(t, view)
		for _, b := range []flow.Button{view.Rows[0][0], view.Rows[1][0], view.Rows[1][1]} {
			if b.Press.Of != "000000000009" || len(b.Press.Value) > 30 {
				t.Errorf("%s is %v", wording.Catalogue{}.Plain(b.Label), b.Press)
			}
		}
	}
	member := newsAbout(alert.Request, store.SideReceived)
	member.Member = 771204
	view := conversations.Words(alert.Discreet, "", toldAt, member)
	want := flow.Press{Of: "000000000000", Action: "actopen", Value: "gj2c:1179"}
	if got := view.Rows[0][0].Press; got != want {
		t.Errorf("a member's booking is opened by %v, want %v", got, want)
	}
}

func FuzzParseNewsRef(f *testing.F) {
	for _, seed := range []string{"am48213", "ir1", "", "a", "zm1", "am01", "am1:m2n", "bm-1", "qr99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if again, ok := conversations.ParseNewsRef(value); ok && again != value {
			t.Errorf("%q is read as %q", value, again)
		}
	})
}

func TestParseNewsRef(t *testing.T) {
	for value, want := range map[string]bool{
		"am48213": true, "ir1": true, "": false, "a": false, "zm1": false, "am01": false, "am1:m2n": false, "bm-1": false, "m48213": false,
	} {
		if _, ok := conversations.ParseNewsRef(value); ok != want {
			t.Errorf("%q is read: %v", value, ok)
		}
	}
}
