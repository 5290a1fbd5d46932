package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Mermaid draws the flow as a Mermaid stateDiagram-v2: the steps in order with what each needs and loads, what may be
// left out, and the ways on, back and out of every place. The same flow is always drawn the same.
func (f Flow) Mermaid() string {
	d := &diagram{flow: f, lines: []string{"stateDiagram-v2"}, deep: "    "}
	if len(f.Steps) > 0 {
		d.answers()
		d.arrow(outside, "answers", "")
		d.arrow("answers", d.after(), "")
	} else {
		d.arrow(outside, d.after(), "")
	}
	d.review()
	d.question()
	d.sending()
	d.leaving()
	return strings.Join(d.lines, "\n") + "\n"
}

// outside is where a diagram begins and ends.
const outside = "[*]"

type diagram struct {
	flow  Flow
	lines []string
	deep  string // the indent
}

func (d *diagram) add(format string, args ...any) {
	d.lines = append(d.lines, d.deep+fmt.Sprintf(format, args...))
}

func (d *diagram) arrow(from, to, label string) {
	if label != "" {
		label = " : " + label
	}
	d.add("%s --> %s%s", from, to, label)
}

// after is where the last answer leads.
func (d *diagram) after() string {
	switch {
	case d.flow.Review != nil:
		return "review"
	case d.flow.Confirm != nil:
		return "question"
	}
	return "sending"
}

// before is where a form stands again that was not sent: it looks for an answer that does not hold, first.
func (d *diagram) before() string {
	if d.after() == "sending" {
		return "answers"
	}
	return d.after()
}

// answers are the steps, in a frame of their own: each leads to the next that is asked, and back to the one before.
func (d *diagram) answers() {
	d.add("state answers {")
	d.deep = "        "
	steps := d.flow.Steps
	d.ways(-1)
	for i, s := range steps {
		d.add("state %q as %s", s.ID, at(s))
		d.facing(s)
		d.ways(i)
		for j := i - 1; j >= 0; j-- {
			d.arrow(at(s), at(steps[j]), "back")
			if steps[j].Skip == nil {
				break
			}
		}
	}
	d.deep = "    "
	d.add("}")
}

// ways lead from the step at i (-1: from the beginning) to each that can be the next.
func (d *diagram) ways(i int) {
	from := outside
	if i >= 0 {
		from = at(d.flow.Steps[i])
	}
	var without []string
	for _, next := range d.flow.Steps[i+1:] {
		d.arrow(from, at(next), leftOut(without))
		if next.Skip == nil {
			return
		}
		without = append(without, next.ID)
	}
	d.arrow(from, outside, leftOut(without))
}

func leftOut(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return "without " + strings.Join(ids, ", ")
}

// facing is what stands in the box of a step.
func (d *diagram) facing(s Step) {
	line := func(on bool, text string) {
		if on {
			d.add("%s : %s", at(s), text)
		}
	}
	line(len(s.Needs) > 0, "needs "+strings.Join(s.Needs, ", "))
	line(len(s.Load) > 0, "loads "+strings.Join(s.Load, ", "))
	line(s.Mend != nil, "mended where that can be done")
	line(s.Skip != nil, "may be left out")
	line(s.Shares, "one's own number can be shared")
	line(s.Secret, "secret, never kept")
}

// at names a step's box: some words mean something to Mermaid.
func at(s Step) string { return "step_" + s.ID }

func (d *diagram) review() {
	f := d.flow
	if f.Review == nil {
		return
	}
	if len(f.Steps) > 0 {
		d.arrow("review", "answers", "back")
		if ids := f.editable(); len(ids) > 0 {
			d.arrow("review", "answers", "edit "+strings.Join(ids, ", "))
		}
	}
	next := "question"
	if f.Confirm == nil {
		next = "sending"
	}
	if len(f.Recheck) == 0 {
		d.arrow("review", next, "send")
		return
	}
	d.add("checking : loads %s again", strings.Join(f.Recheck, ", "))
	d.arrow("review", "checking", "send")
	d.arrow("checking", next, "")
	d.arrow("checking", "review", "something changed, or could not be read")
	if len(f.Steps) > 0 {
		d.arrow("checking", "answers", "an answer does not hold")
	}
}

func (d *diagram) question() {
	f := d.flow
	if f.Confirm == nil {
		return
	}
	d.arrow("question", "sending", "yes")
	switch {
	case f.Review != nil:
		d.arrow("question", "review", "back")
	case len(f.Steps) > 0:
		d.arrow("question", "answers", "back")
		d.arrow("question", "answers", "another last answer, typed")
	}
	if len(f.Steps) > 0 {
		d.arrow("question", "answers", "an answer does not hold any more")
	}
	if f.Review != nil && slices.ContainsFunc(f.Steps, func(s Step) bool { return s.Mend != nil }) {
		d.arrow("question", "review", "an answer was mended")
	}
}

func (d *diagram) sending() {
	d.arrow("sending", outside, "done")
	d.arrow("sending", d.before(), "refused")
	d.arrow("sending", "unsure", "outcome unknown")
	d.arrow("unsure", outside, "it was done")
	d.arrow("unsure", d.before(), "it was not")
}

// leaving is possible everywhere but while a request is on its way.
func (d *diagram) leaving() {
	f := d.flow
	var places []string
	if len(f.Steps) > 0 {
		places = append(places, "answers")
	}
	if f.Review != nil {
		places = append(places, "review")
	}
	if f.Confirm != nil {
		places = append(places, "question")
	}
	to := outside
	if f.asksToLeave() {
		to = "leaving"
	}
	for _, place := range places {
		d.arrow(place, to, "cancel")
	}
	if to == outside {
		return
	}
	d.arrow("leaving", outside, "discard, or cancel again")
	d.arrow("leaving", "answers", "keep going, to what is missing")
	if d.before() != "answers" {
		d.arrow("leaving", d.before(), "keep going, nothing is missing")
	}
}
