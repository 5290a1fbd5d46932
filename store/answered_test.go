package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswered(t *testing.T) {
	day := 24 * time.Hour
	chat := func(updates ...int64) Chat {
		c := Chat{ID: 1, Bot: 9}
		for _, id := range updates {
			c.Answer(9, id, noon)
		}
		return c
	}
	long := func() Chat {
		c := chat()
		for id := int64(100); id < 200; id++ {
			c.Answer(9, id, noon)
		}
		return c
	}
	for name, tc := range map[string]struct {
		chat   Chat
		bot    int64
		update int64
		sent   time.Time
		want   bool
	}{
		"a new one":                    {chat(10, 11), 9, 12, noon, false},
		"the latest":                   {chat(10, 11), 9, 11, noon, true},
		"an earlier one":               {chat(10, 11), 9, 10, noon, true},
		"one that was overtaken":       {chat(10, 12), 9, 11, noon, false},
		"the first, overtaken":         {chat(12), 9, 11, noon, false},
		"overtaken, and answered then": {chat(10, 12, 11), 9, 11, noon, true},
		"after it, the latest":         {chat(10, 12, 11), 9, 12, noon, true},
		"far below, and forgotten":     {long(), 9, 150, noon, true},
		"among many":                   {long(), 9, 199, noon, true},
		"a fresh chat":                 {Chat{ID: 1, Bot: 9}, 9, 10, noon, false},
		"another bot's":                {chat(10, 11), 8, 11, noon, false},
		"long ago":                     {chat(10, 11), 9, 11, noon.Add(3 * day), false},
		"not so long ago":              {chat(10, 11), 9, 11, noon.Add(3*day - 1), true},
		"an older record, answered":    {Chat{ID: 1, Bot: 9, LastUpdate: 11, LastUpdateAt: noon}, 9, 10, noon, true},
		"an older record, new":         {Chat{ID: 1, Bot: 9, LastUpdate: 11, LastUpdateAt: noon}, 9, 12, noon, false},
	} {
		if got := tc.chat.Answered(tc.bot, tc.update, tc.sent); got != tc.want {
			t.Errorf("%s: %v of %+v", name, got, tc.chat)
		}
	}
}

func TestAnswer(t *testing.T) {
	c := Chat{ID: 1, Bot: 9, LastUpdate: 11, LastUpdateAt: noon} // as an older program left it
	c.Answer(9, 14, noon)
	c.Answer(9, 13, noon.Add(time.Hour))
	c.Answer(9, 13, noon.Add(time.Hour))
	want := Chat{ID: 1, Bot: 9, LastUpdate: 14, LastUpdateAt: noon.Add(time.Hour), Updates: []int64{11, 13, 14}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Answered(9, 10, noon) != true {
		t.Error("what an older program answered counts as new")
	}
	for id := int64(20); id < 60; id++ {
		c.Answer(9, id, noon)
	}
	if len(c.Updates) != mostAnswered || c.LastUpdate != 59 {
		t.Errorf("%d ids up to %d", len(c.Updates), c.LastUpdate)
	}
	before := c
	c.Answer(9, 3, noon.Add(UpdateMemory)) // numbered anew
	if diff := cmp.Diff([]int64{0, 3}, c.Updates); diff != "" || c.LastUpdate != 3 {
		t.Errorf("last %d (-want +got):\n%s", c.LastUpdate, diff)
	}
	c = before
	c.Answer(8, 3, noon)
	if diff := cmp.Diff([]int64{0, 3}, c.Updates); diff != "" || c.Bot != 8 {
		t.Errorf("bot %d (-want +got):\n%s", c.Bot, diff)
	}
	a, b := before, before // a record is a value: what is done to a copy is not done to it
	a.Answer(9, 50, noon)
	b.Answer(9, 61, noon)
	a.Answer(9, 60, noon)
	if diff := cmp.Diff([2]int64{60, 61}, [2]int64{a.Updates[len(a.Updates)-1], b.Updates[len(b.Updates)-1]}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
