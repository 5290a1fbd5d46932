package conversations_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"phonechatbot/conversations"
	"phonechatbot/internal/flow"
)

// seen is everything that a step makes of a scope: its question, whether it is left out, what it reads about, and what
// it says to each of some answers.
func seen(step flow.Step, s flow.Scope, values []string) []any {
	made := []any{step.Ask(s)}
	if step.Skip != nil {
		made = append(made, step.Skip(s))
	}
	for _, value := range values {
		if step.Check != nil {
			made = append(made, step.Check(s, value))
		}
		if step.Mend != nil {
			is, ok := step.Mend(s, value)
			made = append(made, is, ok, step.Mended(s, value, values[0]))
		}
		if step.Again != nil {
			made = append(made, step.Again(s, value))
		}
		answer, err := step.Parse(s, value)
		made = append(made, answer, err)
	}
	return made
}

// A step needs the steps whose answers it reads: a change of another is nothing to it, and one of these is.
func TestStepsNeedWhatTheyRead(t *testing.T) {
	facts := map[string]flow.Fact{
		"recent":    {Data: []byte(`[{"id":771204,"nickname":"VelvetVoice"}]`)},
		"performer": {Data: []byte(`{"offered":true,"price":"1.20","has_price":true,"methods":[1]}`)},
		"balance":   {Data: []byte(`{"known":true,"credits":"40"}`)},
		"settings":  {Data: []byte(`{"price":"1.50","number":"447700900123"}`)},
	}
	answers := map[string]map[string][]string{ // of each flow with more steps than one, the plain answers first
		"book": {
			"who": {"771204", "771205"}, "day": {"2027-02-16", "2027-02-15", "2027-02-20"}, "time": {"21:00", "10:00", "09:00"},
			"length": {"30", "60"}, "method": {"1", "2", "3"}, "phone": {"7700900123", "7700900124"}, "skype": {"night.owl", "day.owl"},
			"credits": {"36", "72", "90"}, "replyby": {"2027-02-15 14:00", "2027-02-16 20:30"}, "comment": {"", "hello"},
		},
		"offer": {
			"offer": {"9021", "9022"}, "place": {"1", "2"}, "title": {"A", "B"}, "minutes": {"15", "45"}, "price": {"30", "5"},
			"kind": {"1", "2"}, "sale": {"yes", "no"}, "after": {"yes", "no"},
		},
		"bynumber":   {"request": {"48213", "48214"}, "how": {"accept", "decline", "reinvite"}, "amount": {"36", "40"}, "reason": {"", "away"}},
		"setprice":   {"amount": {"2", "3"}, "number": {"447700900124", ""}},
		"quiettimes": {"from": {"22:30", "07:00"}, "till": {"07:00", "22:30"}},
		"setnumber":  {"amount": {"2", "3"}, "number": {"447700900124", ""}},
	}
	now := time.Date(2027, 2, 15, 9, 30, 0, 0, time.UTC)
	for _, f := range conversations.Flows() {
		if len(f.Steps) < 2 {
			continue
		}
		for _, step := range f.Steps {
			t.Run(f.Name+" "+step.ID, func(t *testing.T) {
				if len(answers[f.Name][step.ID]) < 2 {
					t.Fatal("the test knows no answers to it")
				}
				plain := flow.Answers{}
				for id, values := range answers[f.Name] {
					plain[id] = values[0]
				}
				for _, other := range f.Steps {
					if other.ID == step.ID {
						continue
					}
					reads := false
					for _, how := range answers[f.Name]["how"] {
						plain["how"] = how // what is asked by number differs from one to the other
						reads = reads || differs(f, step, other, plain, facts, answers[f.Name], now)
					}
					if len(answers[f.Name]["how"]) == 0 {
						reads = differs(f, step, other, plain, facts, answers[f.Name], now)
					}
					if declared := slices.Contains(step.Needs, other.ID); reads != declared {
						t.Errorf("reads the answer to %s: %v, says so: %v", other.ID, reads, declared)
					}
				}
			})
		}
	}
}

// differs reports whether another answer to a step changes anything for this one.
func differs(f flow.Flow, step, other flow.Step, plain flow.Answers, facts map[string]flow.Fact, values map[string][]string, now time.Time) bool {
	facts = maps.Clone(facts)
	maps.DeleteFunc(facts, func(name string, _ flow.Fact) bool { return f.Facts[name] == nil })
	before := flow.Scope{Answers: plain, Facts: facts, Now: now}
	for _, value := range values[other.ID] {
		after := before
		after.Answers = maps.Clone(plain)
		after.Answers[other.ID] = value
		// What a line fills besides the step belongs to it: the reference of a request, beside its number.
		if answer, err := other.Parse(before, value); err == nil {
			for id, also := range answer.Also {
				if !slices.ContainsFunc(f.Steps, func(s flow.Step) bool { return s.ID == id }) {
					after.Answers[id] = also
				}
			}
		}
		after.Facts = maps.Clone(facts)
		maps.DeleteFunc(after.Facts, func(name string, _ flow.Fact) bool { // what was read for the other answer is not known
			return f.Facts[name](before) != f.Facts[name](after)
		})
		if !reflect.DeepEqual(seen(step, before, values[step.ID]), seen(step, after, values[step.ID])) {
			return true
		}
	}
	return false
}
