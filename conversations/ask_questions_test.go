package conversations

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// refusalOf is what a refused answer is told, with the values of its fixes behind it; empty for one that was taken.
func refusalOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *flow.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("%v is no refusal", err)
	}
	said := wording.Catalogue{}.Plain(refusal.Why)
	for _, fix := range refusal.Fix {
		said += " [" + fix.Value + "]"
	}
	return said
}

var mondayNoon = time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC)

// withSaved is a scope at mondayNoon in which a number is kept.
func withSaved(t testing.TB, national string, until time.Time) flow.Scope {
	t.Helper()
	data, err := json.Marshal(store.SavedNumber{National: national, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	return flow.Scope{Now: mondayNoon, Facts: map[string]flow.Fact{factSaved: {Data: data}}}
}

func TestAskNumber(t *testing.T) {
	british := numberQuestion{saved: true}
	anyones := numberQuestion{abroad: true, drop: func(flow.Scope) bool { return false }}
	kept := withSaved(t, "07700900123", mondayNoon.Add(time.Hour))
	const likeUK, likeAny = " A UK number has 10 or 11 digits, for example 07700 900123.", " For example +44 7700 900123."
	for name, tc := range map[string]struct {
		q            numberQuestion
		scope        flow.Scope
		in           string
		want, refuse string
	}{
		"national":                   {british, kept, "07700 900456", "07700900456", ""},
		"with (0)":                   {british, kept, "+44 (0)7700 900456", "07700900456", ""},
		"a landline with 0044":       {british, kept, "0044 20 7946 0018", "02079460018", ""},
		"too short":                  {british, kept, "07700 900", "", "That number is too short." + likeUK},
		"too long":                   {british, kept, "07700 900123 4", "", "That number is too long." + likeUK},
		"foreign":                    {british, kept, "+33 6 12 34 56 78", "", "The site takes UK numbers only." + likeUK},
		"premium rate":               {british, kept, "0909 879 0123", "", "That is not a phone number that can be rung." + likeUK},
		"nothing":                    {british, kept, "", "", "That is not a phone number that can be rung." + likeUK},
		"none, where one is needed":  {british, kept, "none", "", "That is not a phone number that can be rung." + likeUK},
		"the one that was kept":      {british, kept, "saved", "07700900123", ""},
		"the one that was kept, odd": {british, kept, " Saved ", "07700900123", ""},
		"kept, but its time is over": {british, withSaved(t, "07700900123", mondayNoon), "saved", "", gone},
		"nothing was ever kept":      {british, withSaved(t, "", time.Time{}), "saved", "", gone},
		"never looked up":            {british, flow.Scope{Now: mondayNoon}, "saved", "", gone},
		"kept, and not asked for":    {anyones, kept, "saved", "", "That is not a phone number that can be rung." + likeAny},
		"kept, and no number":        {british, withSaved(t, "12", mondayNoon.Add(time.Hour)), "saved", "", "That number is too short." + likeUK},
		"of any country":             {anyones, kept, "+353 1 234 5678", "+35312345678", ""},
		"of any country, British":    {anyones, kept, "07700 900456", "+447700900456", ""},
		"of any country, too short":  {anyones, kept, "+1 555 0123", "", "That number is too short." + likeAny},
		"of any country, too long":   {anyones, kept, "+1 212 555 01234", "", "That number is too long." + likeAny},
		"none":                       {anyones, kept, "None", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := askNumber(flow.Step{ID: "x"}, tc.q).Parse(tc.scope, tc.in)
			if said := refusalOf(t, err); got.Value != tc.want || said != tc.refuse {
				t.Errorf("got %q, %q", got.Value, said)
			}
		})
	}
}

const gone = "No number is kept here. Please type it, for example 07700 900123."

// A key has nothing of the number but its end, and its press nothing at all.
func TestTheKeyOfTheSavedNumber(t *testing.T) {
	step := phoneStep()
	for name, tc := range map[string]struct {
		scope flow.Scope
		want  []string
	}{
		"kept":          {withSaved(t, "07700900123", mondayNoon.Add(time.Second)), []string{"Use the number ending 0123|saved"}},
		"its time over": {withSaved(t, "07700900123", mondayNoon), nil},
		"none":          {withSaved(t, "", time.Time{}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, row := range step.Ask(tc.scope).Options {
				for _, o := range row {
					got = append(got, wording.Catalogue{}.Plain(o.Label)+"|"+o.Value)
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q", got)
			}
		})
	}
	if !slices.Contains(step.Load, factSaved) {
		t.Error("it is never looked up")
	}
	if step := numberStep(); slices.Contains(step.Load, factSaved) {
		t.Error("it is looked up for the settings")
	}
}

// Whatever is typed, an answer is a number in canonical form, and the same when it is read again.
func FuzzAskNumber(f *testing.F) {
	for _, seed := range []string{"07700 900123", "+44 (0)7700 900123", "+33 6 12 34 56 78", "saved", "none", "٠٧٧٠٠", "", "0044"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, abroad bool) {
		q := numberQuestion{abroad: abroad, saved: true, drop: func(flow.Scope) bool { return true }}
		answer, err := q.parse(withSaved(t, "07700900123", mondayNoon.Add(time.Hour)), text)
		if err != nil {
			if text != "" && strings.Contains(refusalOf(t, err), text) && len(text) > 12 {
				t.Errorf("the refusal of %q quotes it", text)
			}
			return
		}
		read := phone.Parse
		if abroad {
			read = phone.ParseInternational
		}
		if again, err := read(answer.Value); answer.Value != "" && (err != nil || again != answer.Value) {
			t.Errorf("%q becomes %q, and that %q", text, answer.Value, again)
		}
	})
}

func TestAskAmount(t *testing.T) {
	step := askAmount(flow.Step{ID: "x"}, amountQuestion{
		example: func(flow.Scope) string { return "18.00" }, fix: true,
		check: func(_ flow.Scope, c apiclient.Credits) *flow.Refusal {
			if c.Less(apiclient.WholeCredits(18)) {
				return refuse(msgAmountZero.Text())
			}
			return nil
		},
	})
	const bad = "I could not read that amount. Type credits with at most two decimal places, for example 18.00. [18.00]"
	const zero = "The amount must be above zero, for example 18.00. [18.00]"
	for in, want := range map[string]string{ // a refusal, or the answer
		"£135": "135", "135,50": "135.50", "1,350": "1350", "0.30": "0.30",
		"1e3": bad, "٣٠": bad, "1.005": bad, "lots": bad, "": bad, "1234567890": bad,
		"0": zero, "-5": zero, "0.00": zero,
	} {
		answer, err := step.Parse(flow.Scope{}, in)
		if got := answer.Value + refusalOf(t, err); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for value, fits := range map[string]bool{"18": true, "18.00": true, "17.99": false, "": false, "twenty": false} {
		if got := step.Check(flow.Scope{}, value) == nil; got != fits {
			t.Errorf("%q holds: %v", value, got)
		}
	}
	if got := creditsIn(flow.Answers{"x": "18.50"}, "x").String() + creditsIn(nil, "x").String(); got != "18.500.00" {
		t.Errorf("read as %s", got)
	}
	plain := askAmount(flow.Step{ID: "x"}, amountQuestion{example: func(flow.Scope) string { return "1.50" }})
	if _, err := plain.Parse(flow.Scope{}, "0"); refusalOf(t, err) != "The amount must be above zero, for example 1.50." {
		t.Errorf("without a fix: %q", refusalOf(t, err))
	}
}

func TestAskMinutes(t *testing.T) {
	for in, want := range map[string]string{
		"25": "25", "half an hour": "30", "1h": "60",
		"":     "I could not read that length. Type minutes, for example 30.",
		"ages": "I could not read that length. Type minutes, for example 30.",
	} {
		answer, err := parseMinutes(flow.Scope{}, in)
		if got := answer.Value + refusalOf(t, err); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for _, row := range minutesKeys(plainMinutes) {
		for _, o := range row {
			answer, err := parseMinutes(flow.Scope{}, o.Value)
			label := wording.Catalogue{}.Plain(o.Label)
			if err != nil || answer.Value != o.Value || label != o.Value+" min" || minutesIn(flow.Answers{"x": answer.Value}, "x") == 0 {
				t.Errorf("the key %q gives %q, %v", label, answer.Value, err)
			}
		}
	}
}

func TestAskChoice(t *testing.T) {
	step := yesNoStep("x", msgLabelSale, msgSaAsk, msgSaYes, msgSaNo)
	for in, want := range map[string]string{
		"yes": answerYes, " Y ": answerYes, "ON": answerYes, "available": answerYes, "Not available": answerNo, "off": answerNo,
		"": "", "yesno": "", "2": "",
	} {
		answer, err := step.Parse(flow.Scope{}, in)
		if answer.Value != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", in, answer.Value, err)
		}
	}
	for value, fits := range map[string]bool{answerYes: true, answerNo: true, "": false, "Available": false} {
		if got := step.Check(flow.Scope{}, value) == nil; got != fits {
			t.Errorf("%q holds: %v", value, got)
		}
	}
}

func TestAskNote(t *testing.T) {
	ask := func(flow.Scope) []wording.Text { return []wording.Text{msgOffReason.Text()} }
	chips := []wording.Message{msgOffCameUp, msgOffOther}
	needed := askNote(flow.Step{ID: "x"}, noteQuestion{ask: ask, chips: chips, missing: msgReasonNone, long: msgReasonLong})
	free := askNote(flow.Step{ID: "x"}, noteQuestion{ask: ask, chips: chips, none: msgReNone, long: msgReasonLong})
	tooLong := "That is 501 characters; a reason can have 500. Please shorten it, for example to one sentence."
	for name, tc := range map[string]struct {
		step             flow.Step
		in, want, refuse string
	}{
		"said":             {needed, " I am ill. ", "I am ill.", ""},
		"a chip":           {needed, msgOffCameUp.English, msgOffCameUp.English, ""},
		"not said":         {needed, " ", "", "Please give a reason, or choose one below."},
		"only controls":    {needed, "\x00\x1b", "", "Please give a reason, or choose one below."},
		"left out":         {free, "", "", ""},
		"its key, typed":   {free, strings.ToUpper(msgReNone.English), "", ""},
		"no such key":      {needed, msgReNone.English, msgReNone.English, ""},
		"too long":         {needed, strings.Repeat("é", 501), "", tooLong},
		"free, too long":   {free, strings.Repeat("é", 501), "", tooLong},
		"free, just fits":  {free, strings.Repeat("é", 500), strings.Repeat("é", 500), ""},
		"free, of a chip":  {free, msgOffOther.English, msgOffOther.English, ""},
		"two lines, a tab": {needed, "a\nb\tc", "a\nbc", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := tc.step.Parse(flow.Scope{}, tc.in)
			if said := refusalOf(t, err); answer.Value != tc.want || said != tc.refuse {
				t.Errorf("got %q, %q", answer.Value, said)
			}
		})
	}
	if n, m := len(needed.Ask(flow.Scope{}).Options), len(free.Ask(flow.Scope{}).Options); n != 2 || m != 3 {
		t.Errorf("%d and %d keys", n, m)
	}
}
