package flow

import "phonechatbot/internal/wording"

// Input is what reaches a form: one of Typed, Pressed, Shared, Odd, Redraw, Cancel, Loaded, Sent.
type Input interface{ input() }

// The inputs.
type (
	// Typed is a line of text.
	Typed struct{ Text string }
	// Pressed is a button of this form, perhaps an old one.
	Pressed struct{ Press Press }
	// Shared is a contact; Own says that it is the sender's.
	Shared struct {
		Phone string
		Own   bool
	}
	// Odd is something a form cannot take: a photo, a voice note.
	Odd struct{}
	// Redraw shows the form where it stands, and takes up reading that was cut off.
	Redraw struct{ Note wording.Text }
	// Cancel asks to leave the form.
	Cancel struct{}
	// Loaded brings the facts that a Turn asked for, or why they could not be read.
	Loaded struct {
		Facts   map[string]Fact
		Problem wording.Text
	}
	// Sent brings the outcome of a submission.
	Sent struct {
		Outcome Outcome
		Note    wording.Text    // what to say about it
		View    View            // for OutcomeDone: the last card of the form
		Facts   map[string]Fact // read on the way, and newer than what the form knew
	}
)

func (Typed) input()   {}
func (Pressed) input() {}
func (Shared) input()  {}
func (Odd) input()     {}
func (Redraw) input()  {}
func (Cancel) input()  {}
func (Loaded) input()  {}
func (Sent) input()    {}

// Outcome of a submission.
type Outcome int

// The outcomes. Unsure means that the request may have been carried out; nothing is sent again before
// that is settled. Absent settles it: it was not. Refused was certainly not carried out.
const (
	OutcomeDone Outcome = iota
	OutcomeRefused
	OutcomeUnsure
	OutcomeAbsent
)

// Want is a fact to be read.
type Want struct{ Name, For string }

// Turn is what one input leads to: the new session, what to show, and what the shell must do.
type Turn struct {
	Session Session
	View    View
	Toast   wording.Text // a word for the press itself
	Load    []Want       // read these, come back with Loaded
	Submit  bool         // send it, come back with Sent; the session was moved on first
	Secret  string       // the secret answer that goes with Submit
	Forget  bool         // delete the person's message: it holds a secret
	Over    bool         // the form is closed: View is its last card
	Draft   bool         // with Over: it is to be kept as a draft
	Ask     bool         // ask for the person's number with the phone's own key
}
