package flow

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"phonechatbot/internal/wording"
)

func (e *engine) title(notes []wording.Text) []wording.Text {
	body := []wording.Text{e.flow.Title}
	return append(append(body, notes...), e.mendedWords()...)
}

// note is a card without buttons: nothing can be pressed while we work.
func (e *engine) note(notes []wording.Text, text wording.Text) View {
	return View{Body: append(e.title(notes), text)}
}

func (e *engine) stepView(step Step, refusal *Refusal, notes []wording.Text) View {
	prompt := step.Ask(e.scope())
	v := View{Body: e.title(notes)}
	if refusal != nil && !refusal.Why.IsZero() {
		v.Body = append(v.Body, refusal.Why)
	}
	v.Body = append(v.Body, prompt.Body...)
	if refusal != nil {
		for _, option := range refusal.Fix {
			option.Style = StylePrimary
			v.Rows = appendRow(v.Rows, option)
		}
	}
	for _, options := range prompt.Options {
		v.Rows = appendRow(v.Rows, options...)
	}
	if step.Shares {
		v.Rows = append(v.Rows, []Button{{Label: e.flow.Words.ShareNumber, Press: Press{Action: actShare}}})
	}
	if prompt.Reload {
		v.Rows = append(v.Rows, []Button{{Label: e.flow.Words.Reload, Press: Press{Action: actAgain}}})
	}
	if _, answered := e.s.Answers[step.ID]; answered && !step.Secret && (refusal == nil || e.stands(step)) {
		v.Rows = append(v.Rows, []Button{{Label: e.flow.Words.Keep, Press: Press{Action: actReview}}})
	}
	v.Rows = append(v.Rows, e.wayOut(e.s.Editing || e.hasBefore(step)))
	return v
}

// appendRow adds a row of those options that a button can carry. A value that was cut would be another answer.
func appendRow(rows [][]Button, options ...Option) [][]Button {
	row := make([]Button, 0, len(options))
	for _, option := range options {
		if fits(option.Value) {
			row = append(row, pick(option))
		}
	}
	if len(row) == 0 {
		return rows
	}
	return append(rows, row)
}

func fits(value string) bool {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	return len(value) <= MaxValue && utf8.ValidString(value) && !strings.ContainsFunc(value, unprintable)
}

func pick(o Option) Button {
	action := actPick
	if o.Look {
		action = actLook
	}
	return Button{Label: o.Label, Style: o.Style, Press: Press{Action: action, Value: o.Value}}
}

func (e *engine) hasBefore(step Step) bool {
	for _, s := range e.flow.Steps {
		if s.ID == step.ID {
			return false
		}
		if !e.skipped(s) {
			return true
		}
	}
	return false
}

// wayOut is the last row of every card of a form.
func (e *engine) wayOut(back bool) []Button {
	var row []Button
	if back {
		row = append(row, Button{Label: e.flow.Words.Back, Press: Press{Action: actBack}})
	}
	return append(row, Button{Label: e.flow.Words.Cancel, Press: Press{Action: actCancel}})
}

func (e *engine) reviewView(notes []wording.Text) View {
	v := View{Body: append(e.title(notes), e.flow.Review(e.scope())...)}
	v.Rows = append(v.Rows, []Button{{Label: e.flow.Words.Send, Style: StyleSuccess, Press: Press{Action: actSend}}})
	var row []Button
	for _, s := range e.flow.Steps {
		if s.Label.IsZero() || e.skipped(s) {
			continue
		}
		row = append(row, Button{
			Label: e.flow.Words.Edit.With(wording.Args{"label": s.Label}),
			Press: Press{Action: actEdit, Value: s.ID},
		})
		if len(row) == 3 {
			v.Rows, row = append(v.Rows, row), nil
		}
	}
	if len(row) > 0 {
		v.Rows = append(v.Rows, row)
	}
	v.Rows = append(append(v.Rows, e.draftRow()...), e.wayOut(true))
	return v
}

// draftRow offers to put the form away, where it can be.
func (e *engine) draftRow() [][]Button {
	if !e.flow.Drafts {
		return nil
	}
	return [][]Button{{{Label: e.flow.Words.SaveDraft, Press: Press{Action: actDraft}}}}
}

func (e *engine) confirmView(notes []wording.Text) View {
	yes := Button{Label: e.flow.Yes(e.scope()), Style: e.flow.YesStyle, Press: Press{Action: actYes}}
	if yes.Style == StylePlain {
		yes.Style = StyleSuccess
	}
	out := []Button{
		{Label: e.flow.Words.GoBack, Press: Press{Action: actBack}},
		{Label: e.flow.Words.Cancel, Press: Press{Action: actCancel}},
	}
	if e.flow.Review == nil && !e.hasBefore(Step{ID: AtConfirm}) { // nothing lies behind the question
		out = []Button{{Label: e.flow.Words.GoBack, Press: Press{Action: actCancel}}}
	}
	return View{Body: append(e.title(notes), e.flow.Confirm(e.scope())...), Rows: [][]Button{{yes}, out}}
}

func (e *engine) cancelView() View {
	return View{
		Body: append(e.title(nil), e.flow.Words.CancelAsk),
		Rows: append(e.draftRow(), []Button{
			{Label: e.flow.Words.Discard, Style: StyleDanger, Press: Press{Action: actDiscard}},
			{Label: e.flow.Words.KeepGoing, Press: Press{Action: actReview}},
		}),
	}
}

// stuckView says what could not be read; all answers stand.
func (e *engine) stuckView(problem wording.Text) View {
	return View{
		Body: append(e.title(nil), problem),
		Rows: [][]Button{
			{{Label: e.flow.Words.Again, Style: StylePrimary, Press: Press{Action: actAgain}}},
			e.wayOut(len(e.s.Answers) > 0),
		},
	}
}

// flightView is the card while nothing may be sent again.
func (e *engine) flightView() View {
	if e.s.At == AtUnsure {
		return e.note(nil, e.flow.Words.Unsure)
	}
	return e.note(nil, e.flow.Words.Sending)
}
