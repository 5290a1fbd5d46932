package flow_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
)

const cakeDrawn = `stateDiagram-v2
    state answers {
        [*] --> step_kind
        state "kind" as step_kind
        step_kind --> step_size
        state "size" as step_size
        step_size : needs kind
        step_size : loads limit
        step_size --> step_candles
        step_size --> step_note : without candles
        step_size --> step_kind : back
        state "candles" as step_candles
        step_candles : needs size
        step_candles : may be left out
        step_candles : one's own number can be shared
        step_candles --> step_note
        step_candles --> step_size : back
        state "note" as step_note
        step_note --> [*]
        step_note --> step_candles : back
        step_note --> step_size : back
    }
    [*] --> answers
    answers --> review
    review --> answers : back
    review --> answers : edit kind, size, note
    checking : loads limit again
    review --> checking : send
    checking --> question
    checking --> review : something changed, or could not be read
    checking --> answers : an answer does not hold
    question --> sending : yes
    question --> review : back
    question --> answers : an answer does not hold any more
    sending --> [*] : done
    sending --> review : refused
    sending --> unsure : outcome unknown
    unsure --> [*] : it was done
    unsure --> review : it was not
    answers --> leaving : cancel
    review --> leaving : cancel
    question --> leaving : cancel
    leaving --> [*] : discard, or cancel again
    leaving --> answers : keep going, to what is missing
    leaving --> review : keep going, nothing is missing
`

func TestAFlowIsDrawn(t *testing.T) {
	f := cake()
	f.Steps[1].Needs, f.Steps[2].Needs = []string{"kind"}, []string{"size"}
	if diff := cmp.Diff(cakeDrawn, f.Mermaid()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAFlowLacksIsNotDrawn(t *testing.T) {
	noReview, noQuestion, none := cake(), cake(), cake()
	noReview.Review, noReview.Recheck = nil, nil
	noQuestion.Confirm, noQuestion.Recheck = nil, nil
	none.Review, none.Confirm, none.Recheck, none.Brief = nil, nil, nil, true
	for name, tc := range map[string]struct {
		flow        flow.Flow
		has, hasNot []string
	}{
		"no review":   {noReview, []string{"answers --> question", "question --> answers : back", "sending --> question : refused"}, []string{"review", "checking"}},
		"no question": {noQuestion, []string{"review --> sending : send"}, []string{"question", "checking"}},
		"neither":     {none, []string{"answers --> sending", "sending --> answers : refused", "answers --> [*] : cancel"}, []string{"question", "review", "leaving"}},
		"no step":     {question(), []string{"[*] --> question", "question --> [*] : cancel"}, []string{"answers", "review", "leaving"}},
	} {
		t.Run(name, func(t *testing.T) {
			drawn := tc.flow.Mermaid()
			for _, want := range tc.has {
				if !strings.Contains(drawn, "    "+want+"\n") {
					t.Errorf("%q is not in\n%s", want, drawn)
				}
			}
			for _, place := range tc.hasNot {
				if strings.Contains(drawn, place) {
					t.Errorf("%q is in\n%s", place, drawn)
				}
			}
		})
	}
}

// Steps that may be left out at the beginning and at the end open ways past them.
func TestStepsLeftOutAtTheEndsAreDrawn(t *testing.T) {
	f := cake()
	f.Steps[0].Skip = func(flow.Scope) bool { return true }
	f.Steps[3].Skip = f.Steps[0].Skip
	drawn := f.Mermaid()
	for _, want := range []string{
		"[*] --> step_kind", "[*] --> step_size : without kind", "step_candles --> [*] : without note",
		"step_size --> [*] : without candles, note", "step_size --> step_note : without candles",
	} {
		if !strings.Contains(drawn, "        "+want+"\n") {
			t.Errorf("%q is not in\n%s", want, drawn)
		}
	}
}

func TestWhatCanBeMendedIsDrawn(t *testing.T) {
	const atStep, atQuestion = "step_day : mended where that can be done\n", "question --> review : an answer was mended\n"
	f := parcel()
	if drawn := f.Mermaid(); !strings.Contains(drawn, atStep) || !strings.Contains(drawn, atQuestion) {
		t.Error(drawn)
	}
	f.Review, f.Recheck = nil, nil
	if drawn := f.Mermaid(); strings.Contains(drawn, atQuestion) {
		t.Error("a review that is not there is drawn: " + drawn)
	}
}
