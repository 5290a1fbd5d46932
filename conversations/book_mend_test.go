package conversations

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// factsFor are a performer and a balance; an empty text leaves one out, "-" is one that is not known.
func factsFor(price, methods, balance string) map[string]flow.Fact {
	facts := map[string]flow.Fact{}
	priced := price != "-"
	if !priced {
		price = "0"
	}
	if price != "" {
		facts[factPerformer] = flow.Fact{Data: []byte(`{"offered":true,"has_price":` + strconv.FormatBool(priced) +
			`,"price":"` + price + `","methods":[` + methods + `]}`)}
	}
	switch balance {
	case "":
	case "-":
		facts[factBalance] = flow.Fact{Data: []byte(`{"known":false,"credits":"999"}`)}
	default:
		facts[factBalance] = flow.Fact{Data: []byte(`{"known":true,"credits":"` + balance + `"}`)}
	}
	return facts
}

// mended is what a step makes of an answer that it refuses, and what it says; empty if it asks.
func mended(t *testing.T, step flow.Step, s flow.Scope, was string) (is, said string) {
	t.Helper()
	if step.Check(s, was) == nil {
		t.Fatalf("%s still holds", was)
	}
	is, ok := step.Mend(s, was)
	if !ok {
		return "", ""
	}
	if refusal := step.Check(s, is); refusal != nil {
		t.Errorf("mended to %s, which is refused: %s", is, wording.Catalogue{}.Plain(refusal.Why))
	}
	return is, wording.Catalogue{}.Plain(step.Mended(s, was, is))
}

func TestOffersAreRaisedToTheMinimumAndNeverLowered(t *testing.T) {
	for name, tc := range map[string]struct{ was, minutes, price, balance, want string }{
		"a longer call":                     {"36", "45", "1.20", "250", "54.00"},
		"more than the minimum was offered": {"45.00", "60", "1.20", "250", "72.00"},
		"a price of three places":           {"3", "25", "0.125", "250", "3.13"},
		"the balance is just enough":        {"36", "45", "1.20", "54", "54.00"},
		"the balance is not enough":         {"36", "45", "1.20", "53.99", ""},
		"nobody knows the balance":          {"36", "45", "1.20", "-", ""},
		"the balance fell below the offer":  {"90", "30", "1.20", "80", ""},
		"and there is no price":             {"90", "30", "-", "80", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := flow.Scope{Answers: flow.Answers{stepLength: tc.minutes}, Facts: factsFor(tc.price, "1", tc.balance)}
			is, said := mended(t, creditsStep(), s, tc.was)
			if is != tc.want {
				t.Fatalf("mended to %q, want %q", is, tc.want)
			}
			if from := creditsText(tc.was); is != "" && (!strings.Contains(said, from+" to "+is) || !strings.Contains(said, tc.minutes+" min")) {
				t.Errorf("says %q", said)
			}
		})
	}
}

// Whatever changes, an offer is kept, raised to exactly the minimum and covered, or asked; never less than it was.
func TestNoOfferIsLoweredOrRaisedTooFar(t *testing.T) {
	step := creditsStep()
	cents := func(r *rapid.T, name string) string {
		n := rapid.IntRange(1, 30000).Draw(r, name)
		return strconv.Itoa(n/100) + "." + strconv.Itoa(n/10%10) + strconv.Itoa(n%10)
	}
	rapid.Check(t, func(r *rapid.T) {
		s := flow.Scope{
			Answers: flow.Answers{stepLength: strconv.Itoa(rapid.IntRange(5, 90).Draw(r, "minutes"))},
			Facts:   factsFor(cents(r, "price"), "1", cents(r, "balance")),
		}
		was := cents(r, "offer")
		if step.Check(s, was) == nil {
			return
		}
		is, ok := step.Mend(s, was)
		if !ok {
			return
		}
		offer, _ := apiclient.ParseCredits(is)
		before, _ := apiclient.ParseCredits(was)
		if terms := termsOf(s); !before.Less(offer) || offer.Cmp(terms.minimum) != 0 || terms.balance.Less(offer) {
			r.Fatalf("%s became %s, the minimum is %s and the balance %s", was, is, terms.minimum, terms.balance)
		}
	})
}

func TestTheReviewNamesTheMinimumBesideAHigherOffer(t *testing.T) {
	s := flow.Scope{Answers: flow.Answers{stepLength: "10"}, Facts: factsFor("1.20", "1", "250")}
	for offer, want := range map[string]string{"72": "Credits: 72.00 (the minimum is 12.00)", "12": "Credits: 12.00"} {
		credits, err := apiclient.ParseCredits(offer)
		if err != nil {
			t.Fatal(err)
		}
		if got := (wording.Catalogue{}).Plain(offerLine(s, credits)); got != want {
			t.Errorf("%s: %q, want %q", offer, got, want)
		}
	}
}

func TestTheOnlyWayOfCallingIsTakenUnlessItIsSkype(t *testing.T) {
	for name, tc := range map[string]struct{ was, methods, want string }{
		"one is left":              {"1", "2", "2"},
		"two are left":             {"3", "1,2", ""},
		"only Skype is left":       {"1", "3", ""},
		"one beside Skype":         {"2", "1,3", "1"},
		"Skype, and a phone now":   {"3", "2,3", "2"},
		"none is left":             {"1", "", ""},
		"one that nobody knows of": {"1", "7", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := flow.Scope{Answers: flow.Answers{stepWho: "771204"}, Facts: factsFor("1.20", tc.methods, "")}
			is, said := mended(t, methodStep(), s, tc.was)
			if is != tc.want {
				t.Fatalf("mended to %q, want %q", is, tc.want)
			}
			if is != "" && !strings.Contains(said, "instead of") {
				t.Errorf("says %q", said)
			}
		})
	}
	only := flow.Scope{Answers: flow.Answers{stepWho: "771204"}, Facts: factsFor("1.20", "3", "")}
	if methodStep().Check(only, "3") != nil {
		t.Error("Skype is refused where there is nothing else")
	}
}

// On Monday 15 February 2027 at noon, unless a case names another moment.
func TestReplyByMovesToAPresetOfItsKind(t *testing.T) {
	c := clock{now: func() time.Time { return time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC) }, zone: london(t)}
	for name, tc := range map[string]struct{ was, call, now, want, why string }{
		"the call was moved before it":             {"2027-02-16 20:00", "2027-02-16 19:00", "", "2027-02-16 18:00", "not before the call"},
		"to within the hour":                       {"2027-02-16 20:00", "2027-02-15 12:40", "", "2027-02-15 12:20", "not before the call"},
		"it is the very moment of the call":        {"2027-02-16 20:00", "2027-02-16 20:00", "", "2027-02-16 19:00", "not before the call"},
		"it passed":                                {"2027-02-15 11:00", "2027-02-18 20:00", "", "2027-02-15 13:00", "passed"},
		"it passed, and the call is near":          {"2027-02-15 11:00", "2027-02-15 12:30", "", "2027-02-15 12:15", "passed"},
		"it is this very minute":                   {"2027-02-15 12:00", "2027-02-15 20:00", "", "2027-02-15 13:00", "passed"},
		"over midnight":                            {"2027-02-15 11:00", "2027-02-16 00:45", "2027-02-15 23:30", "2027-02-16 00:30", "passed"},
		"there is no minute left":                  {"2027-02-15 11:00", "2027-02-15 12:01", "", "", ""},
		"an hour before would be a repeated hour":  {"2027-10-31 09:00", "2027-10-31 02:30", "2027-10-30 20:00", "2027-10-30 23:45", "not before the call"},
		"an hour before is beyond the skipped one": {"2027-03-28 09:00", "2027-03-28 02:30", "2027-03-27 20:00", "2027-03-28 00:30", "not before the call"},
		"in an hour the clocks have gone forward":  {"2027-03-28 00:10", "2027-03-28 09:00", "2027-03-28 00:30", "2027-03-28 02:30", "passed"},
		"in an hour is a repeated one":             {"2027-10-31 00:10", "2027-11-14 20:00", "2027-10-31 00:30", "2027-10-31 02:30", "passed"},
		"in an hour and in three is too late":      {"2027-10-31 00:10", "2027-10-31 02:20", "2027-10-31 00:30", "2027-10-31 02:00", "passed"},
		"no moment before the call comes once":     {"2027-10-31 00:10", "2027-10-31 02:00", "2027-10-31 00:30", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			now := c.Now()
			if tc.now != "" {
				now, _ = time.ParseInLocation(momentLayout, tc.now, c.zone)
			}
			day, at, _ := strings.Cut(tc.call, " ")
			s := flow.Scope{Answers: flow.Answers{stepDay: day, stepTime: at}, Now: now}
			is, said := mended(t, acceptByStep(c), s, tc.was)
			if is != tc.want || !strings.Contains(said, tc.why) {
				t.Errorf("mended to %q, saying %q; want %q", is, said, tc.want)
			}
		})
	}
}

// keyLines are the labels and values of a prompt's buttons, a row a line.
func keyLines(rows [][]flow.Option) []string {
	var lines []string
	for _, row := range rows {
		var line []string
		for _, o := range row {
			look := ""
			if o.Look {
				look = "?"
			}
			line = append(line, wording.Catalogue{}.Plain(o.Label)+"="+look+o.Value)
		}
		lines = append(lines, strings.Join(line, " | "))
	}
	return lines
}

func TestReplyByPresets(t *testing.T) {
	c := clock{now: func() time.Time { return time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC) }, zone: london(t)}
	for name, tc := range map[string]struct {
		now, call string
		want      []string // when, in the order of the keys
	}{
		"days ahead":                        {"2027-02-15 12:00", "2027-02-18 20:00", []string{"15 13:00", "15 15:00", "15 22:00", "18 19:00"}},
		"tonight is past":                   {"2027-02-15 22:00", "2027-02-18 20:00", []string{"15 23:00", "16 01:00", "18 19:00"}},
		"tonight is in an hour":             {"2027-02-15 21:00", "2027-02-18 20:00", []string{"15 22:00", "16 00:00", "18 19:00"}},
		"just after midnight":               {"2027-02-15 00:01", "2027-02-15 23:30", []string{"15 01:01", "15 03:01", "15 22:00", "15 22:30"}},
		"in an hour is an hour before":      {"2027-02-15 12:00", "2027-02-15 14:00", []string{"15 13:00"}},
		"within the hour":                   {"2027-02-15 12:00", "2027-02-15 13:00", []string{"15 12:30"}},
		"in three minutes":                  {"2027-02-15 12:00", "2027-02-15 12:03", []string{"15 12:01"}},
		"in a minute":                       {"2027-02-15 12:00", "2027-02-15 12:01", nil},
		"an hour ahead comes twice":         {"2027-10-31 00:30", "2027-10-31 09:00", []string{"31 02:30", "31 08:00"}},
		"an hour before the call is twice":  {"2027-10-30 23:30", "2027-10-31 02:10", []string{"31 00:30"}},
		"the clocks go forward in the hour": {"2027-03-28 00:30", "2027-03-28 09:00", []string{"28 02:30", "28 04:30", "28 08:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			now, err := time.ParseInLocation(momentLayout, tc.now, c.zone)
			if err != nil {
				t.Fatal(err)
			}
			day, at, _ := strings.Cut(tc.call, " ")
			s := flow.Scope{Answers: flow.Answers{stepDay: day, stepTime: at}, Now: now}
			step := acceptByStep(c)
			p := step.Ask(s)
			var got []string
			for _, row := range p.Options {
				got = append(got, strings.TrimPrefix(row[0].Value, tc.now[:8]))
				answer, err := step.Parse(s, row[0].Value)
				if err != nil || step.Check(s, answer.Value) != nil {
					t.Errorf("the key %s is refused: %v", row[0].Value, err)
				}
			}
			if strings.Join(got, ",") != strings.Join(tc.want, ",") {
				t.Errorf("offered %v, want %v", got, tc.want)
			}
			none := strings.Contains(wording.Catalogue{}.Plain(p.Body[0]), "no time left")
			if none != (tc.want == nil) {
				t.Errorf("says %q", wording.Catalogue{}.Plain(p.Body[0]))
			}
		})
	}
}

func TestLengthKeys(t *testing.T) {
	c := clock{now: func() time.Time { return time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC) }, zone: london(t)}
	const some, more = "10 min · 12.00=10 | 15 min · 18.00=15 | 20 min · 24.00=20", "30 min · 36.00=30 | 45 min · 54.00=45 | 60 min · 72.00=60"
	for name, tc := range map[string]struct {
		answer, look string
		nudge        string
		says, not    string
	}{
		"at first":               {"", "", "-5 min=?25 | +5 min=?35", "The lengths below end at 23:40, 23:45, 23:50, Wed 00:00, Wed 00:15, Wed 00:30.", "Chosen so far"},
		"back at it":             {"45", "", "-5 min=?40 | +5 min=?50", "Chosen so far: 45 min: until Wed 00:15, at least 54.00", ""},
		"a little less":          {"", "25", "-5 min=?20 | Take 25 min=25 | +5 min=?30", "25 min: until 23:55, at least 30.00", "The lengths below"},
		"the shortest":           {"", "5", "Take 5 min=5 | +5 min=?10", "5 min: until 23:35", ""},
		"under five of an old":   {"7", "", "+5 min=?12", "Chosen so far: 7 min", ""},
		"the longest":            {"", "1440", "-5 min=?1435 | Take 1440 min=1440", "1440 min: until Wed 23:30", ""},
		"a look from outside":    {"", "x<b>", "-5 min=?25 | +5 min=?35", "The lengths below end at 23:40,", "Chosen so far"},
		"a look beyond all":      {"", "-99999999999999999999", "-5 min=?25 | +5 min=?35", "The lengths below end at 23:40,", ""},
		"an answer of no length": {"oops", "", "-5 min=?25 | +5 min=?35", "The lengths below end at 23:40,", "Chosen so far"},
	} {
		t.Run(name, func(t *testing.T) {
			s := flow.Scope{
				Answers: flow.Answers{stepWho: "771204", stepDay: "2027-02-16", stepTime: "23:30"}, Look: tc.look,
				Facts: factsFor("1.20", "1", ""), Now: c.Now(),
			}
			if tc.answer != "" {
				s.Answers[stepLength] = tc.answer
			}
			step := lengthStep(c)
			p := step.Ask(s)
			if got := strings.Join(keyLines(p.Options), "\n"); got != some+"\n"+more+"\n"+tc.nudge {
				t.Errorf("keys\n%s", got)
			}
			var body []string
			for _, line := range p.Body {
				body = append(body, wording.Catalogue{}.Plain(line))
			}
			if said := strings.Join(body, "\n"); !strings.Contains(said, tc.says) || tc.not != "" && strings.Contains(said, tc.not) {
				t.Errorf("says\n%s", said)
			}
		})
	}
	t.Run("no price, and the clocks go back", func(t *testing.T) {
		s := flow.Scope{Answers: flow.Answers{stepDay: "2027-10-31", stepTime: "00:30"}, Facts: factsFor("-", "1", ""), Now: c.Now()}
		p := lengthStep(c).Ask(s)
		if got := wording.Catalogue.Plain(nil, p.Body[len(p.Body)-1]); got != "The lengths below end at 00:40, 00:45, 00:50, 01:00 BST, 01:15 BST, 01:30 BST." || keyLines(p.Options)[0] != "10 min=10 | 15 min=15 | 20 min=20" {
			t.Errorf("says %q with keys %v", got, keyLines(p.Options))
		}
	})
}

// The form's zone counts for what is mended too: an hour ahead is an hour ahead in New York.
func TestReplyByIsMendedInTheZoneOfTheForm(t *testing.T) {
	now := time.Date(2027, 2, 15, 17, 0, 0, 0, time.UTC)
	c := clock{now: func() time.Time { return now }, zone: london(t)}
	s := flow.Scope{Now: now, Answers: flow.Answers{answerZone: "America/New_York", stepDay: "2027-02-15", stepTime: "20:00"}}
	if is, said := mended(t, zoned(c, acceptByStep), s, "2027-02-15 11:00"); is != "2027-02-15 13:00" || !strings.Contains(said, "New York") {
		t.Errorf("mended to %q, saying %q", is, said)
	}
}
