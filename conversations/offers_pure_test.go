package conversations

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

func aCredit(t interface{ Fatal(...any) }, text string) apiclient.Credits {
	c, err := apiclient.ParseCredits(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func anOffer(t interface{ Fatal(...any) }) apiclient.Offer {
	return apiclient.Offer{
		ID: 9021, Number: 1, Title: "Late evening", Duration: 15, Mode: apiclient.ModePrivate, Price: aCredit(t, "30"),
		Available: true, ContinueAfter: true,
	}
}

func TestARateIsExactOrSaysThatItIsNot(t *testing.T) {
	for name, tc := range map[string]struct {
		price   string
		minutes int
		want    string
	}{
		"whole":                         {"30", 15, "2.00"},
		"the least rate":                {"60", 100, "0.60"},
		"just below the least rate":     {"59.99", 100, "0.5999"},
		"below it beyond four places":   {"863.99", 1440, "about 0.5999"},
		"three places":                  {"5.40", 48, "0.1125"},
		"a third":                       {"10", 3, "about 3.3333"},
		"four places in the price":      {"0.0001", 1, "0.0001"},
		"no length":                     {"30", 0, "?"},
		"the dearest there can be":      {"999999999.99", 1, "999999999.99"},
		"a half cent is not rounded up": {"0.01", 2, "0.005"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (wording.Catalogue{}).Plain(rateText(aCredit(t, tc.price), tc.minutes)); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestARateIsNeverShownAsMoreThanItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cents, minutes := rapid.Int64Range(0, 1e9).Draw(t, "cents"), rapid.IntRange(1, 3000).Draw(t, "minutes")
		price := aCredit(t, fmt.Sprintf("%d.%02d", cents/100, cents%100))
		text := (wording.Catalogue{}).Plain(rateText(price, minutes))
		number, about := strings.CutPrefix(text, "about ")
		shown, ok := new(big.Rat).SetString(number)
		if !ok {
			t.Fatalf("not a number: %q", text)
		}
		rest := new(big.Rat).Sub(big.NewRat(cents, 100*int64(minutes)), shown)
		if rest.Sign() < 0 || rest.Cmp(big.NewRat(1, 10_000)) >= 0 || (rest.Sign() == 0) == about {
			t.Errorf("%s for %d min is shown as %q", price, minutes, text)
		}
	})
}

// What the steps let through is what the client sends, and nothing else is refused.
func TestTheStepsHaveTheRulesOfTheClient(t *testing.T) {
	fifty := strings.Repeat("é", 50)
	for name, tc := range map[string]struct {
		change func(*apiclient.Offer)
		fits   bool
	}{
		"as it is":                      {func(*apiclient.Offer) {}, true},
		"50 characters of two bytes":    {func(o *apiclient.Offer) { o.Title = fifty }, true},
		"50 characters and spaces":      {func(o *apiclient.Offer) { o.Title = "  " + fifty + " " }, true},
		"51 characters":                 {func(o *apiclient.Offer) { o.Title = fifty + "s" }, false},
		"50 signs of several runes":     {func(o *apiclient.Offer) { o.Title = strings.Repeat("👩\u200d🎤", 50) }, false},
		"no title":                      {func(o *apiclient.Offer) { o.Title = " \n " }, false},
		"4 minutes":                     {func(o *apiclient.Offer) { o.Duration = 4 }, false},
		"5 minutes":                     {func(o *apiclient.Offer) { o.Duration = 5 }, true},
		"longer than a day":             {func(o *apiclient.Offer) { o.Duration, o.Price = 1441, aCredit(t, "864.60") }, true},
		"4.99 credits":                  {func(o *apiclient.Offer) { o.Duration, o.Price = 5, aCredit(t, "4.99") }, false},
		"5 credits":                     {func(o *apiclient.Offer) { o.Duration, o.Price = 5, aCredit(t, "5") }, true},
		"5 credits for 9 minutes":       {func(o *apiclient.Offer) { o.Duration, o.Price = 9, aCredit(t, "5") }, false},
		"0.5999 a minute":               {func(o *apiclient.Offer) { o.Duration, o.Price = 100, aCredit(t, "59.99") }, false},
		"0.60 a minute":                 {func(o *apiclient.Offer) { o.Duration, o.Price = 100, aCredit(t, "60") }, true},
		"a price of three places":       {func(o *apiclient.Offer) { o.Price = aCredit(t, "30.001") }, false},
		"a price of zeros":              {func(o *apiclient.Offer) { o.Price = aCredit(t, "30.0000") }, true},
		"group":                         {func(o *apiclient.Offer) { o.Mode = apiclient.ModeGroup }, true},
		"mode 1":                        {func(o *apiclient.Offer) { o.Mode = 1 }, false},
		"mode 4":                        {func(o *apiclient.Offer) { o.Mode = 4 }, false},
		"place 0 lets the site take it": {func(o *apiclient.Offer) { o.Number = 0 }, false},
		"a place beyond what is typed":  {func(o *apiclient.Offer) { o.Number = 123456 }, true},
	} {
		t.Run(name, func(t *testing.T) {
			o := anOffer(t)
			tc.change(&o)
			flaw := flawOf(o)
			if flaw.IsZero() != tc.fits {
				t.Errorf("the flaw is %q", wording.Catalogue{}.Plain(flaw))
			}
			if back := offerOf(offerAnswers(o)); tc.fits && !sameOffer(back, o) {
				t.Errorf("the answers make another offer: %+v", back)
			}
			if back := offerOfRecord(recordOfOffer(o)); !sameOffer(back, o) {
				t.Errorf("it is remembered as %+v", back)
			}
		})
	}
}

func TestParseOfferAnswers(t *testing.T) {
	steps := map[string]flow.Step{}
	for _, s := range offerSteps() {
		steps[s.ID] = s
	}
	scope := flow.Scope{Answers: flow.Answers{stepMinutes: "15"}}
	for name, tc := range map[string]struct{ step, in, want string }{ // want "": refused
		"number with its sign":   {stepOffer, " #9021 ", "9021"},
		"number zero":            {stepOffer, "0", ""},
		"number too large":       {stepOffer, "9223372036854775808", ""},
		"the largest number":     {stepOffer, "9223372036854775807", "9223372036854775807"},
		"number with zeros":      {stepOffer, "09021", ""},
		"place with its sign":    {stepPlace, "#2", "2"},
		"the last place":         {stepPlace, "999", "999"},
		"beyond the last place":  {stepPlace, "1000", ""},
		"title of two lines":     {stepTitle, " Late\nevening\u0007 ", "Late evening"},
		"title of a zero byte":   {stepTitle, "\x00", ""},
		"half an hour":           {stepMinutes, "half an hour", "30"},
		"nothing":                {stepMinutes, "", ""},
		"pounds":                 {stepPrice, "£45,50", "45.50"},
		"nothing for it":         {stepPrice, "0", ""},
		"less than nothing":      {stepPrice, "-30", ""},
		"in other digits":        {stepPrice, "٣٠", ""},
		"kind by its number":     {stepKind, "2", "2"},
		"kind of another number": {stepKind, "1", ""},
		"kind in capitals":       {stepKind, "PRIVATE", "3"},
		"available in words":     {stepSale, "not available", answerNo},
		"available, in short":    {stepSale, "Y", answerYes},
		"available, perhaps":     {stepSale, "perhaps", ""},
		"the end in words":       {stepAfter, "Ends", answerNo},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := steps[tc.step].Parse(scope, tc.in)
			if got.Value != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q, %v", got.Value, err)
			}
		})
	}
}

func TestSwitchPressesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anOffer(t)
		o.ID = apiclient.OfferID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "id"))
		p := switchPress{id: o.ID, on: rapid.Bool().Draw(t, "on"), print: printOf(o)}
		if back, ok := parseSwitchPress(p.String()); !ok || back != p {
			t.Errorf("%s comes back as %v", p, back)
		}
	})
}

func TestAPrintTellsOffersApart(t *testing.T) {
	prints := map[string]string{printOf(anOffer(t)): "as it is"}
	for name, change := range map[string]func(*apiclient.Offer){
		"number": func(o *apiclient.Offer) { o.ID++ }, "place": func(o *apiclient.Offer) { o.Number++ },
		"title": func(o *apiclient.Offer) { o.Title += "s" }, "length": func(o *apiclient.Offer) { o.Duration++ },
		"kind": func(o *apiclient.Offer) { o.Mode = apiclient.ModeGroup }, "price": func(o *apiclient.Offer) { o.Price = aCredit(t, "30.01") },
		"sale": func(o *apiclient.Offer) { o.Available = false }, "after": func(o *apiclient.Offer) { o.ContinueAfter = false },
	} {
		o := anOffer(t)
		change(&o)
		if other, same := prints[printOf(o)]; same {
			t.Errorf("%s looks as %s", name, other)
		}
		prints[printOf(o)] = name
	}
	o := anOffer(t)
	o.Price = aCredit(t, "30.0000")
	if prints[printOf(o)] != "as it is" {
		t.Error("the same price spelt otherwise looks like another offer")
	}
}

func FuzzParseSwitchPress(f *testing.F) {
	for _, seed := range []string{"9021:1:3fa9c2", "9021:0:3fa9c2", "9021:2:3fa9c2", "9021:1", "-1:1:3fa9c2", "09021:1:3fa9c2", "", "::", "9021:1:3fa9c2:x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if p, ok := parseSwitchPress(value); ok && (p.String() != value || p.id <= 0) {
			t.Errorf("%q is taken for %s", value, p)
		}
	})
}
