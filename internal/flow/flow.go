package flow

import (
	"encoding/json"
	"time"

	"phonechatbot/internal/wording"
)

// Flow is a form as a value: its steps in order and the words around them. It names what must be
// read (Facts) and that something is to be sent; doing either is the shell's.
type Flow struct {
	Name    string // 1 to 12 lower-case letters, kept in sessions
	Version int    // raised when answers change their meaning
	Title   wording.Text
	Steps   []Step
	Words   Words
	Protect bool // its cards hold contact details: no forwarding, no saving

	// Facts names what the form reads, and for which answer: a fact read for another value is stale.
	Facts map[string]func(Scope) string
	// Recheck lists the facts that are read again between the review and the confirmation.
	Recheck []string
	// Changed says in words what such a reading changed, one text a line; empty if nothing that matters.
	Changed func(before, after Scope) []wording.Text

	// Review shows the form as a whole; nil for forms that have nothing to look over.
	Review func(Scope) []wording.Text
	// Confirm is the question of the second press, paragraph by paragraph; nil skips it. It names the
	// consequence, and so does Yes, the label of that press.
	Confirm  func(Scope) []wording.Text
	Yes      func(Scope) wording.Text
	YesStyle Style // StyleSuccess if none is given

	// Several reads an answer to more than one step out of a line that the step in front does not take as it is
	// ("NightOwl77 tomorrow 7pm 30 min"), in canonical form. They are taken only if the step in front is among
	// them, and checked like any others. nil: one line, one answer.
	Several func(Scope, string) Answers

	// Drafts lets the form be put away and taken up again another day.
	Drafts bool

	// Brief forms ask little: closing one asks nothing, and another form may take its place.
	Brief bool
}

// Step asks one thing.
type Step struct {
	ID    string       // 1 to 12 lower-case letters or digits, kept in sessions
	Label wording.Text // its name on the review's edit button; zero if it cannot be edited there

	Ask func(Scope) Prompt
	// Parse turns what was typed, or a button's value, into the canonical answer, or refuses with a *Refusal.
	Parse func(Scope, string) (Answer, error)
	// Check says whether an answer holds now, given the other answers, the facts and the time: nil, or why not.
	Check func(Scope, string) *Refusal
	// Mend puts another answer in the place of one that Check took before and refuses now, because an answer it
	// needs, a fact or the time has changed: ok is false where the person has to say. Never asked about what was
	// just typed or pressed. Mended says it in a line, what the answer was, what it is and why, on every card until
	// the person goes on. It takes effect only with such a line and if Check takes it, and leads to the review or
	// the question, which show it: nothing that was mended is sent unseen. Both or neither.
	Mend   func(s Scope, was string) (is string, ok bool)
	Mended func(s Scope, was, is string) wording.Text
	// Again says that an answer is what the person gave again. What was mended is measured anew from that when an answer
	// or a fact that the step needs or loads changes: it comes back if Check takes it, or else what Mend makes of it.
	// nil: what was mended stays for as long as it holds.
	Again func(s Scope, is string) wording.Text
	// Skip leaves the step out; its answer, if any, is kept but not used.
	Skip func(Scope) bool
	// Needs names the steps whose answers this one's functions read, by themselves or in a fact's name: when one
	// of them changes, the answer here may not hold any more. Never in a circle: no answer would settle it.
	Needs []string
	// Load names the facts that must be known before this step is asked.
	Load []string
	// Seek is for text that Parse can read only once something has been looked up for it (a name to search). Of what
	// Parse refuses it answers what to keep beside the steps' answers, by which the facts in Sought are keyed: they
	// are read anew, and Parse is asked again. Nothing to keep: the refusal stands.
	Seek   func(Scope, string) Answers
	Sought []string
	// Shares lets the answer be the person's own number, shared from their phone.
	Shares bool
	// Secret answers go straight to the submission: never kept, and the message is deleted. Last step only.
	Secret bool
}

// Answer is a parsed answer. Also fills other steps from the same words ("tomorrow 7pm").
type Answer struct {
	Value string
	Also  Answers
}

// Prompt is what a step shows: paragraphs and rows of options.
type Prompt struct {
	Body    []wording.Text
	Options [][]Option
	// Reload offers to read the step's facts again, for what can change outside the form.
	Reload bool
}

// Option is an answer that can be pressed. Value goes through the step's Parse and Check like typed text. It has
// at most MaxValue bytes, all printable; an option with another is not drawn.
type Option struct {
	Label wording.Text
	Value string
	Style Style
	// Look makes it no answer but another way to look at the same step (the next month): Value becomes the
	// scope's Look until the step is left. It comes back from outside, so Ask has to bear any.
	Look bool
}

// Refusal says why an answer cannot be taken, with the fix as buttons where there is one.
type Refusal struct {
	Why wording.Text
	Fix []Option
}

func (r *Refusal) Error() string { return "answer refused: " + r.Why.Message.ID }

// Words are the texts of the engine's own buttons and remarks.
type Words struct {
	Back, Cancel, Keep, Again, Send, GoBack    wording.Text
	Edit                                       wording.Message // place {label}
	CancelAsk, Discard, KeepGoing              wording.Text
	OutOfDate, TextOnly, Working, Sending      wording.Text
	UseButtons, NotYours, ShareNumber, Checked wording.Text
	Unsure, Reload, SaveDraft                  wording.Text
}

// Scope is what a step's functions may look at.
type Scope struct {
	Answers Answers
	Facts   map[string]Fact
	Now     time.Time
	Look    string // how the person looks at the step; empty at first
}

// Fact reads a fact into a value; false if it is not known.
func (s Scope) Fact(name string, into any) bool {
	fact, ok := s.Facts[name]
	return ok && json.Unmarshal(fact.Data, into) == nil
}

// Places of a session besides its steps.
const (
	AtReview   = "@review"
	AtChecking = "@checking" // facts are being read again
	AtConfirm  = "@confirm"
	AtSending  = "@sending"
	AtUnsure   = "@unsure" // sent, outcome unknown: nothing may be sent again before it is settled
	AtCancel   = "@cancel" // asked whether to throw the form away
)

func (f Flow) step(id string) (Step, bool) {
	for _, s := range f.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}
