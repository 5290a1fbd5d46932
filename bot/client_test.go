package bot

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// TestEditOrSend is the table of decisions: what is known of the chat, what is shown, what goes out.
func TestEditOrSend(t *testing.T) {
	const chat, card = flow.ChatID(5), 100
	plain := view("Hello")
	protected := view("0161 496 0000")
	protected.Protect = true
	share := view("Your number?")
	share.ShareNumber = say("Share my number")
	drop := view("Thanks")
	drop.DropKeyboard = true
	dropAndKeys := drop
	dropAndKeys.Rows = [][]flow.Button{{{Label: say("Home"), Press: flow.Press{Of: "a", Action: "home"}}}}

	sent := []string{"sendMessage", "editMessageReplyMarkup"}
	edited := []string{"editMessageText"}
	for name, tc := range map[string]struct {
		known   func(*tails)
		edit    bool // Edit instead of Show
		card    int
		view    flow.View
		fault   map[string]*reply
		methods []string
		want    int // message in force
		kind    Kind
	}{
		"no card":                 {card: 0, view: plain, methods: []string{"sendMessage"}, want: 1001},
		"edit without a card":     {edit: true, card: 0, view: plain, methods: []string{"sendMessage"}, want: 1001},
		"last":                    {known: func(t *tails) { t.note(chat, card, false) }, card: card, view: plain, methods: edited, want: card},
		"nothing known":           {card: card, view: plain, methods: edited, want: card},
		"only older ones known":   {known: func(t *tails) { t.note(chat, card-1, false) }, card: card, view: plain, methods: edited, want: card},
		"not the last":            {known: func(t *tails) { t.note(chat, card+1, false) }, card: card, view: plain, methods: sent, want: 1001},
		"another chat's messages": {known: func(t *tails) { t.note(6, card+1, false) }, card: card, view: plain, methods: edited, want: card},
		"not the last, but Edit":  {known: func(t *tails) { t.note(chat, card+1, false) }, edit: true, card: card, view: plain, methods: edited, want: card},
		"what followed was deleted": {known: func(t *tails) {
			t.note(chat, card, false)
			t.note(chat, card+1, false)
			t.forget(chat, card+1)
		}, card: card, view: plain, methods: edited, want: card},
		"share number":       {card: card, view: share, methods: sent, want: 1001},
		"share number, Edit": {edit: true, card: card, view: share, methods: sent, want: 1001},
		"drop keyboard":      {card: card, view: drop, methods: sent, want: 1001},
		"drop keyboard with keys": {
			card: card, view: dropAndKeys,
			methods: []string{"sendMessage", "sendMessage", "deleteMessage", "editMessageReplyMarkup"}, want: 1002,
		},
		"protected, card was not": {card: card, view: protected, methods: sent, want: 1001},
		"protected, Edit":         {edit: true, card: card, view: protected, methods: sent, want: 1001},
		"protected, card was too": {known: func(t *tails) { t.note(chat, card, true) }, card: card, view: protected, methods: edited, want: card},
		"not modified": {
			card: card, view: plain, methods: edited, want: card,
			fault: map[string]*reply{"editMessageText": refusal(400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")},
		},
		"gone": {
			card: card, view: plain, methods: []string{"editMessageText", "sendMessage"}, want: 1001,
			fault: map[string]*reply{"editMessageText": refusal(400, "Bad Request: message to edit not found")},
		},
		"can't be edited": {
			edit: true, card: card, view: plain, methods: []string{"editMessageText", "sendMessage"}, want: 1001,
			fault: map[string]*reply{"editMessageText": refusal(400, "Bad Request: message can't be edited")},
		},
		"a file": {
			card: card, view: plain, methods: []string{"editMessageText", "sendMessage", "editMessageReplyMarkup"}, want: 1001,
			fault: map[string]*reply{"editMessageText": refusal(400, "Bad Request: there is no text in the message to edit")},
		},
		"a file, and the chat is lost": {
			edit: true, card: card, view: plain, methods: []string{"editMessageText", "sendMessage"}, want: card, kind: Forbidden,
			fault: map[string]*reply{
				"editMessageText": refusal(400, "Bad Request: there is no text in the message to edit"),
				"sendMessage":     refusal(403, "Forbidden: bot was blocked by the user"),
			},
		},
		"refused for another reason": {
			card: card, view: plain, methods: edited, want: card, kind: Permanent,
			fault: map[string]*reply{"editMessageText": refusal(400, "Bad Request: can't parse entities")},
		},
		"edit of unknown outcome": {
			card: card, view: plain, methods: edited, want: card, kind: Unknown,
			fault: map[string]*reply{"editMessageText": {502, "<html>"}},
		},
		"blocked": {
			known: func(t *tails) { t.note(chat, card+1, false) }, card: card, view: plain,
			methods: []string{"sendMessage"}, want: card, kind: Forbidden,
			fault: map[string]*reply{"sendMessage": refusal(403, "Forbidden: bot was blocked by the user")},
		},
		"strip fails": {
			known: func(t *tails) { t.note(chat, card+1, false) }, card: card, view: plain, methods: sent, want: 1001,
			fault: map[string]*reply{"editMessageReplyMarkup": refusal(400, "Bad Request: message can't be edited")},
		},
		"view without text": {card: card, view: flow.View{}, want: card, kind: Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.setFault(func(c call) *reply { return tc.fault[c.Method] })
				r := newRig(t, api, newFakeInbox())
				if tc.known != nil {
					tc.known(r.tails)
				}
				place := r.Show
				if tc.edit {
					place = r.Edit
				}
				got, err := place(t.Context(), chat, tc.card, tc.view)
				synctest.Wait()
				if got != tc.want || Sort(err).Kind != tc.kind {
					t.Errorf("= %d, %v (%s); want %d, %s", got, err, Sort(err).Kind, tc.want, tc.kind)
				}
				inAnyOrder := cmpopts.SortSlices(func(a, b string) bool { return a < b }) // of the errands
				if diff := cmp.Diff(tc.methods, api.methods(), inAnyOrder); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestCardFollowsTheConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		var cards []int
		r := newRig(t, api, newFakeInbox())
		pass := func() { time.Sleep(time.Second); synctest.Wait() }
		r.start(t, func(ctx context.Context, e flow.Event) error {
			card := 0
			if len(cards) > 0 {
				card = cards[len(cards)-1]
			}
			card, err := r.Show(ctx, e.Chat, card, view("After "+e.Text))
			cards = append(cards, card)
			return err
		})
		first := api.takeID()
		api.push(1, textFrom(5, first, "one"))
		pass()
		api.push(2, pressFrom(5, first+1, "cb", "a.0.x."))
		pass()
		api.push(3, textFrom(5, api.takeID(), "two"))
		pass()
		api.push(4, pressFrom(5, first+3, "cb", "a.0.x."))
		pass()
		if diff := cmp.Diff([]int{first + 1, first + 1, first + 3, first + 3}, cards); diff != "" {
			t.Errorf("cards: sent, edited, sent below the text, edited (-want +got):\n%s", diff)
		}
		_ = r.halt()
	})
}

// silent is a connection on which no answer ever comes.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestFloodIsSatOutOnceAndBriefly(t *testing.T) {
	for name, tc := range map[string]struct {
		replies []*reply // then success
		took    time.Duration
		calls   int
		want    Verdict
	}{
		"short":       {[]*reply{flood(5)}, 5 * time.Second, 2, Verdict{}},
		"short twice": {[]*reply{flood(2), flood(3)}, 2 * time.Second, 2, Verdict{Kind: Later, After: 3 * time.Second}},
		"long":        {[]*reply{flood(6)}, 0, 1, Verdict{Kind: Later, After: 6 * time.Second}},
		"unnamed":     {[]*reply{refusal(429, "Too Many Requests")}, time.Second, 2, Verdict{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				n := 0
				api.setFault(func(call) *reply {
					if n++; n <= len(tc.replies) {
						return tc.replies[n-1]
					}
					return nil
				})
				r := newRig(t, api, newFakeInbox())
				began := time.Now()
				_, err := r.Send(t.Context(), 5, view("x"))
				if took := time.Since(began); took != tc.took {
					t.Errorf("took %v, want %v", took, tc.took)
				}
				if len(api.called("sendMessage")) != tc.calls {
					t.Errorf("%d calls, want %d", len(api.called("sendMessage")), tc.calls)
				}
				got := Sort(err)
				got.Reason = ""
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestCallsHaveADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newFakeAPI(), newFakeInbox(), func(c *Config) { c.Transport = silent{} })
		began := time.Now()
		_, err := r.Send(t.Context(), 5, view("x"))
		if took := time.Since(began); took != callTimeout || !errors.Is(err, context.DeadlineExceeded) || Sort(err).Kind != Unknown {
			t.Errorf("after %v: %v", took, err)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Send(over, 5, view("x")); !errors.Is(err, context.Canceled) || Sort(err).Kind != Transient {
			t.Errorf("with a context that is done: %v", err)
		}
	})
}

func TestDelete(t *testing.T) {
	for name, tc := range map[string]struct {
		answer *reply
		kind   Kind
	}{
		"deleted":      {nil, ""},
		"already gone": {refusal(400, "Bad Request: message to delete not found"), ""},
		"too old":      {refusal(400, "Bad Request: message can't be deleted for everyone"), Permanent},
	} {
		t.Run(name, func(t *testing.T) {
			api := newFakeAPI()
			api.setFault(func(call) *reply { return tc.answer })
			r := newRig(t, api, newFakeInbox())
			if err := r.Delete(t.Context(), 5, 77); Sort(err).Kind != tc.kind {
				t.Errorf("Delete = %v", err)
			}
			want := []call{{"deleteMessage", map[string]string{"chat_id": "5", "message_id": "77"}}}
			if diff := cmp.Diff(want, api.called("")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCommandMenus(t *testing.T) {
	api := newFakeAPI()
	r := newRig(t, api, newFakeInbox())
	book := []Command{{"book", wording.Message{English: "<b>Book</b> & more"}.Text()}}
	if err := errors.Join(r.SetCommands(t.Context(), book), r.SetChatCommands(t.Context(), 5, book), r.SetChatCommands(t.Context(), 5, nil)); err != nil {
		t.Fatal(err)
	}
	menu := `[{"command":"book","description":"Book \u0026 more"}]`
	want := []call{
		{"setMyCommands", map[string]string{"commands": menu, "scope": `{"type":"all_private_chats"}`}},
		{"setMyCommands", map[string]string{"commands": menu, "scope": `{"type":"chat","chat_id":5}`}},
		{"deleteMyCommands", map[string]string{"scope": `{"type":"chat","chat_id":5}`}},
	}
	if diff := cmp.Diff(want, api.called("")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, bad := range map[string]Command{
		"capital":        {"Book", say("x")},
		"slash":          {"/book", say("x")},
		"no description": {"book", wording.Text{}},
	} {
		if err := r.SetCommands(t.Context(), []Command{bad}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
