package conversations_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

var update = flag.Bool("update", false, "write transcripts anew from what the bot says now")

// Transcripts are whole conversations, read like a play:
//
//	> text       the person types; /word is a command
//	> [label]    presses the newest button of that label; a number before it, as in 2[label], is an older card
//	> @contact 07700 900123    shares their own number (@stranger: somebody else's)
//	> @photo, > @edit text
//	! ...        the world: clock, accept, reject, confirm, cancel, price, balance, revoke, fault, restart, ...
//	# ...        a remark
//
// All other lines are what the bot did: "<" a new message, "@" what the platform holds, "=" an edit of the card that was there, "~" a
// toast, "x" a deletion, "m" the chat's menu; "(protected)" a card that cannot be forwarded. go test ./conversations -update writes them anew.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.chat")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".chat"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(script))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(script), got); diff != "" {
				t.Errorf("the conversation went otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

// play reads the inputs of a script, plays them, and writes the whole conversation down.
func play(t *testing.T, script string) string {
	r := newRig(t, monday)
	var out strings.Builder
	blank := false
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		input := strings.HasPrefix(line, "> ") || strings.HasPrefix(line, "! ")
		if !input && !strings.HasPrefix(line, "#") {
			continue
		}
		if blank {
			out.WriteString("\n")
		}
		out.WriteString(line + "\n")
		r.chat.log = nil
		switch {
		case strings.HasPrefix(line, "> "):
			r.person(line[2:])
		case strings.HasPrefix(line, "! "):
			r.world(strings.Fields(line[2:]))
		}
		for _, said := range r.chat.log {
			out.WriteString(said + "\n")
		}
		blank = input && len(r.chat.log) > 0
	}
	return out.String()
}

func (r *rig) person(line string) {
	r.t.Helper()
	switch word, rest, _ := strings.Cut(line, " "); {
	case strings.HasPrefix(line, "["):
		r.press(strings.Trim(line, "[]"))
	case word == "@contact":
		r.handle(flow.Event{Kind: flow.EventContact, Phone: rest, ContactUser: theUser, Message: r.chat.receive()})
	case word == "@stranger":
		r.handle(flow.Event{Kind: flow.EventContact, Phone: rest, ContactUser: 77, Message: r.chat.receive()})
	case word == "@photo":
		r.handle(flow.Event{Kind: flow.EventOther, Media: "photo", Message: r.chat.receive()})
	case word == "@edit":
		r.handle(flow.Event{Kind: flow.EventEdited, Text: rest, Message: 1})
	default:
		r.say(line)
	}
}

func (r *rig) world(words []string) {
	r.t.Helper()
	arg := func(i int) string {
		if i >= len(words) {
			r.t.Fatalf("%v: too few words", words)
		}
		return words[i]
	}
	id := func(i int) (n int64) {
		if _, err := fmt.Sscan(arg(i), &n); err != nil {
			r.t.Fatalf("%v: %v", words, err)
		}
		return n
	}
	var err error
	switch arg(0) {
	case "clock":
		var d time.Duration
		d, err = time.ParseDuration(strings.TrimPrefix(arg(1), "+"))
		r.clock.Advance(d)
	case "accept":
		err = r.platform.Accept(id(1), strings.Join(words[2:], "")) // for the credits offered, unless it says how many
	case "reject":
		err = r.platform.Reject(id(1), strings.Join(words[2:], " "))
	case "cancel":
		err = r.platform.CancelMade(id(1), strings.Join(words[2:], " "))
	case "calloff":
		err = r.platform.CancelReceived(id(1), strings.Join(words[2:], " "))
	case "confirm":
		err = r.platform.Confirm(id(1))
	case "balance":
		r.platform.SetBalance(id(1), arg(2))
	case "price":
		r.platform.SetPrice(id(1), arg(2))
	case "revoke":
		r.platform.RevokeToken(arg(1))
	case "grant":
		r.platform.GrantToken(id(1), arg(2))
	case "missed": // a request that the performer never answered
		r.platform.AddBooking(apisim.Seed{
			Client: clientID, Performer: performerID, Session: r.clock.Now().Add(-time.Hour),
			AcceptBy: r.clock.Now().Add(-2 * time.Hour), Comments: "Evening suits me best.",
		})
	case "request": // a request that waits for its answer
		r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	case "alert": // of a request to a member of the group
		member := id(1)
		r.tell(store.Notification{
			Account: r.account().ID, Kind: alert.Request, Side: store.SideReceived, Member: member, Made: r.clock.Now(),
			Booking: r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: member}),
		})
	case "made": // so many earlier bookings by the client
		for i := range id(1) {
			r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Status: apisim.StatusConfirmed,
				Created: r.clock.Now().Add(-time.Duration(i+1) * 24 * time.Hour),
				Session: r.clock.Now().Add(-time.Duration(i) * 23 * time.Hour),
			})
		}
	case "fault":
		f := apisim.Fault{Kind: apisim.FaultKind(arg(2))}
		if len(words) > 3 {
			f.Times = int(id(3))
		}
		if len(words) > 4 {
			f.Status = int(id(4))
		}
		r.platform.SetFault(arg(1), f)
	case "clear":
		r.platform.ClearFaults()
	case "signin": // the operator has set up signing in on the site
		r.withSignIn()
	case "browser": // allow NAME, cancel
		name := ""
		if len(words) > 2 {
			name = arg(2)
		}
		r.chat.log = append([]string{"@ the last page: " + r.browser(arg(1), name)}, r.chat.log...)
	case "expire": // every access token of the login
		r.platform.ExpireTokens(id(1))
	case "withdraw": // the person takes the permission back on the site
		r.platform.WithdrawScopes(id(1), testClient)
	case "guessed": // the paths for special offers that the contract only guesses: on, off
		r.platform.HideGuessed(arg(1) == "off")
	case "key": // the operator has set up the project's key
		r.withKey()
	case "join": // the group of the demo
		r.platform.JoinGroup(id(1), groupID, "North Studio")
	case "withdrawall": // of all tokens, pasted ones too
		r.platform.WithdrawScopes(id(1), "")
	case "leave":
		r.platform.LeaveGroup(id(1))
	case "manager": // ID true|false
		r.platform.SetManager(id(1), arg(2) == "true")
	case "undeletable":
		r.chat.noDelete = true
	case "restart":
		r.restart()
	case "kill":
		r.kill()
	case "settle":
		r.settle()
	case "created":
		r.chat.log = append(r.chat.log, fmt.Sprintf("@ bookings created on the platform: %d", r.platform.CreatedCount()))
	default:
		r.t.Fatalf("unknown: %v", words)
	}
	if err != nil {
		r.t.Fatalf("%v: %v", words, err)
	}
}

// The README shows a part of a transcript: it is what the bot says today.
func TestTheReadmeQuotesATranscript(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	transcript, err := os.ReadFile("testdata/book_once.chat")
	if err != nil {
		t.Fatal(err)
	}
	_, quote, _ := strings.Cut(string(readme), "## A conversation")
	quote, _, _ = strings.Cut(quote, "## Run it")
	said := strings.ReplaceAll(string(transcript), "  (protected)\n", "")
	var lines []string
	for line := range strings.Lines(quote) {
		if quoted, ok := strings.CutPrefix(line, "    "); ok || line == "\n" && len(lines) > 0 {
			lines = append(lines, strings.TrimRight(quoted, "\n"))
		}
	}
	if got := strings.TrimSpace(strings.Join(lines, "\n")); len(lines) < 10 || !strings.Contains(said, got) {
		t.Errorf("not in the transcript:\n%s", got)
	}
}
