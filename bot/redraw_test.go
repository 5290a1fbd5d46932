package bot

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

// A card is drawn anew where it stands, or not at all: nothing is ever sent.
func TestRedraw(t *testing.T) {
	const chat, card = flow.ChatID(5), 100
	protected := view("0161 496 0000")
	protected.Protect = true
	edited := []string{"editMessageText"}
	for name, tc := range map[string]struct {
		card    int
		view    flow.View
		fault   *reply
		methods []string
		shown   bool
		kind    Kind
	}{
		"not the last":         {card: card, view: view("Hello"), methods: edited, shown: true},
		"no card":              {view: view("Hello")},
		"says so already":      {card: card, view: view("Hello"), methods: edited, shown: true, fault: refusal(400, "Bad Request: message is not modified")},
		"gone":                 {card: card, view: view("Hello"), methods: edited, fault: refusal(400, "Bad Request: message to edit not found")},
		"a file":               {card: card, view: view("Hello"), methods: edited, fault: refusal(400, "Bad Request: there is no text in the message to edit")},
		"was not protected":    {card: card, view: protected},
		"blocked":              {card: card, view: view("Hello"), methods: edited, fault: refusal(403, "Forbidden: bot was blocked by the user"), kind: Forbidden},
		"not a view":           {card: card, view: flow.View{}, kind: Permanent},
		"of an unknown answer": {card: card, view: view("Hello"), methods: edited, fault: &reply{502, "<html>"}, kind: Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.setFault(func(call) *reply { return tc.fault })
				r := newRig(t, api, newFakeInbox())
				r.tails.note(chat, card+1, false)
				shown, err := r.Redraw(t.Context(), chat, tc.card, tc.view)
				synctest.Wait()
				if shown != tc.shown || Sort(err).Kind != tc.kind {
					t.Errorf("= %v, %v (%s); want %v, %s", shown, err, Sort(err).Kind, tc.shown, tc.kind)
				}
				if diff := cmp.Diff(tc.methods, api.methods()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}
