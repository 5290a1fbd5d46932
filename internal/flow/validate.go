package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxValue is how many bytes the value of an option may have. Callback data has 64 (Bot API:
// InlineKeyboardButton.callback_data) and is written Of.Rev.Action.Value: 16 for Of, 6 for the revision in base 36
// (more than two thousand million turns), 4 for "pick" or "look", 3 for the dots; 35 are left.
const MaxValue = maxData - maxOf - maxRev - len(actPick) - len("...")

const (
	maxData = 64
	maxOf   = 16
	maxRev  = 6
	maxName = 12 // of a step, and of a flow, which names buttons that open it: the longest action
)

// Validate refuses a flow that could not be played to its end, or left on the way.
func (f Flow) Validate() error {
	var all []error
	for _, problem := range slices.Concat(f.frame(), f.deadEnds(), f.badSteps(), f.badFacts(), f.badNeeds()) {
		all = append(all, fmt.Errorf("flow %s: %s", f.Name, problem))
	}
	return errors.Join(all...)
}

// frame is what is wrong with the flow as a whole.
func (f Flow) frame() []string {
	var wrong []string
	if !isName(f.Name, "") {
		wrong = append(wrong, "the name must be 1 to 12 lower-case letters")
	}
	if f.Version < 1 || len(f.Steps) == 0 && f.Confirm == nil {
		wrong = append(wrong, "needs a version from 1, and a step or a question")
	}
	if f.Title.IsZero() {
		wrong = append(wrong, "has no title: some cards would be empty")
	}
	if f.Drafts && f.Review == nil {
		wrong = append(wrong, "can be put away, and has no review to do it from")
	}
	if f.Confirm != nil && f.Yes == nil {
		wrong = append(wrong, "asks for a second press without a label for it")
	}
	return wrong
}

// deadEnds are places without a way on or out. A form that is sent by its last answer has to come back to that
// step when the sending fails, and must not be sent by going on after "cancel?".
func (f Flow) deadEnds() []string {
	var wrong []string
	last := len(f.Steps) - 1
	if f.Review == nil && f.Confirm == nil && last >= 0 {
		switch end := f.Steps[last]; {
		case end.Skip != nil:
			wrong = append(wrong, "neither review nor question, and the last step may be left out: a failure leads nowhere")
		case !end.Secret && !f.Brief:
			wrong = append(wrong, "neither review nor question: the last answer has to be secret or the form brief")
		}
	}
	w := f.Words
	loads := len(f.Recheck) > 0 || slices.ContainsFunc(f.Steps, func(s Step) bool { return len(s.Load)+len(s.Sought) > 0 })
	for _, word := range []struct {
		name          string
		needed, given bool
	}{
		{"Cancel", f.Review != nil || last >= 0, !w.Cancel.IsZero()},
		{"Back", f.Review != nil || last > 0, !w.Back.IsZero()},
		{"Send", f.Review != nil, !w.Send.IsZero()},
		{"GoBack", f.Confirm != nil, !w.GoBack.IsZero()},
		{"Keep", last >= 0, !w.Keep.IsZero()},
		{"Again", loads, !w.Again.IsZero()},
		{"SaveDraft", f.Drafts, !w.SaveDraft.IsZero()},
		{"Discard", f.asksToLeave(), !w.Discard.IsZero()},
		{"KeepGoing", f.asksToLeave(), !w.KeepGoing.IsZero()},
		{"ShareNumber", slices.ContainsFunc(f.Steps, func(s Step) bool { return s.Shares }), !w.ShareNumber.IsZero()},
		{"Edit", f.Review != nil && len(f.editable()) > 0, w.Edit.English != ""},
	} {
		if word.needed && !word.given {
			wrong = append(wrong, "no label for the button "+word.name)
		}
	}
	return wrong
}

// asksToLeave reports whether there can be anything to lose by closing the form.
func (f Flow) asksToLeave() bool {
	return !f.Brief && slices.ContainsFunc(f.Steps, func(s Step) bool { return !s.Secret })
}

// editable are the steps that the review has a button for.
func (f Flow) editable() []string {
	var ids []string
	for _, s := range f.Steps {
		if !s.Label.IsZero() {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (f Flow) badSteps() []string {
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	seen := map[string]bool{}
	for i, s := range f.Steps {
		switch {
		case !isName(s.ID, "0123456789"):
			complain("step %d: the id %q must be 1 to 12 lower-case letters or digits", i, s.ID)
		case seen[s.ID]:
			complain("two steps called %s", s.ID)
		case s.Ask == nil || s.Parse == nil:
			complain("step %s: needs Ask and Parse", s.ID)
		case s.Secret && i != len(f.Steps)-1:
			complain("step %s: a secret step stands last", s.ID)
		case s.Secret && (f.Review != nil || f.Confirm != nil):
			complain("step %s: a secret answer cannot wait for a review", s.ID)
		case (s.Mend == nil) != (s.Mended == nil):
			complain("step %s: Mend and Mended go together", s.ID)
		case s.Mend != nil && (s.Check == nil || s.Secret):
			complain("step %s: mends what nothing refuses", s.ID)
		case s.Mend != nil && f.Review == nil && f.Confirm == nil:
			complain("step %s: what it mends would be sent unseen", s.ID)
		case s.Secret && s.Seek != nil:
			complain("step %s: a secret answer cannot wait to be looked up", s.ID)
		}
		seen[s.ID] = true
	}
	return wrong
}

// badFacts are facts that cannot be read, or would be read again without ever having been shown. One that no
// step loads is right: it was read before the form was opened.
func (f Flow) badFacts() []string {
	var wrong []string
	loaded := map[string]bool{}
	for _, s := range f.Steps {
		for _, name := range slices.Concat(s.Load, s.Sought) {
			loaded[name] = true
			if f.Facts[name] == nil {
				wrong = append(wrong, fmt.Sprintf("step %s loads unknown fact %s", s.ID, name))
			}
		}
	}
	for _, name := range f.Recheck {
		switch {
		case f.Facts[name] == nil:
			wrong = append(wrong, "rechecks unknown fact "+name)
		case !loaded[name]:
			wrong = append(wrong, "rechecks fact "+name+", which no step loads")
		}
	}
	if len(f.Recheck) > 0 && f.Review == nil {
		wrong = append(wrong, "rechecks facts, but there is no review to do it after")
	}
	return wrong
}

func (f Flow) badNeeds() []string {
	var wrong []string
	for _, s := range f.Steps {
		for i, need := range s.Needs {
			_, known := f.step(need)
			switch {
			case need == s.ID:
				wrong = append(wrong, "step "+s.ID+" needs itself")
			case !known:
				wrong = append(wrong, fmt.Sprintf("step %s needs unknown step %s", s.ID, need))
			case slices.Contains(s.Needs[:i], need):
				wrong = append(wrong, fmt.Sprintf("step %s needs %s twice", s.ID, need))
			}
		}
	}
	if circle := f.circle(); len(circle) > 0 {
		wrong = append(wrong, "steps need each other in a circle: "+strings.Join(circle, ", "))
	}
	return wrong
}

// circle is what is left when steps whose needs are met are taken away for as long as there are any: the steps of
// a circle, and those that hang on them. Needs that badNeeds names already are not counted.
func (f Flow) circle() []string {
	open := slices.Clone(f.Steps)
	for {
		rest := slices.DeleteFunc(slices.Clone(open), func(s Step) bool {
			return !slices.ContainsFunc(s.Needs, func(need string) bool {
				return need != s.ID && slices.ContainsFunc(open, func(o Step) bool { return o.ID == need })
			})
		})
		if len(rest) == len(open) {
			break
		}
		open = rest
	}
	var ids []string
	for _, s := range open {
		ids = append(ids, s.ID)
	}
	return ids
}

// isName reports whether a name is 1 to 12 lower-case letters, or of the signs named besides.
func isName(name, besides string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && !strings.ContainsRune(besides, r)
	})
}
