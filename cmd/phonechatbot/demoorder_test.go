package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/sandbox/tgsim"
)

func TestParseOrder(t *testing.T) {
	hands := func(d panelDeed) order { return order{do: "hands", hands: d} }
	for name, tc := range map[string]struct {
		line string
		want order
		no   string // what a refusal says
	}{
		"a message":                    {line: " tomorrow 9:30pm ", want: order{do: "say", text: "tomorrow 9:30pm"}},
		"a command of the bot":         {line: "/book 771204", want: order{do: "say", text: "/book 771204"}},
		"nothing":                      {line: " \t"},
		"a message with a colon first": {line: "::1", want: order{do: "say", text: ":1"}},
		"the last card":                {line: ":12", want: order{do: "press", button: 12}},
		"an older card":                {line: ":2.1", want: order{do: "press", card: 2, button: 1}},
		"no button":                    {line: ":2.", no: "no such command"},
		"a number of nobody's":         {line: ":99999999999999999999", no: "no such command"},
		"wait":                         {line: ":wait  was updated ", want: order{do: "wait", text: "was updated"}},
		"wait for nothing":             {line: ":wait", no: "wait for what"},
		"who":                          {line: ":who", want: order{do: "who"}},
		"somebody":                     {line: ":who manager", want: order{do: "who", text: "manager"}},
		"quit":                         {line: ":quit", want: order{do: "quit"}},
		"quit with more":               {line: ":quit now", no: "nothing after it"},
		"nonsense":                     {line: ":wolrd", no: "no such command"},
		"a lone colon":                 {line: ":", no: "no such command"},
		"the world":                    {line: ":world", want: order{do: "world"}},
		"accept":                       {line: ":world accept 48213", want: hands(panelDeed{Action: "accept", Booking: 48213})},
		"accept for less":              {line: ":world accept 48213 30.50", want: hands(panelDeed{Action: "accept", Booking: 48213, Credits: "30.50"})},
		"accept nothing":               {line: ":world accept", no: "add the booking's number"},
		"accept a word":                {line: ":world accept it", no: "digits"},
		"accept below zero":            {line: ":world accept -1", no: "digits"},
		"reject":                       {line: ":world reject 48213  not  today", want: hands(panelDeed{Action: "reject", Booking: 48213, Reason: "not today"})},
		"the client cancels":           {line: ":world cancel 48213 ill", want: hands(panelDeed{Action: "cancelmade", Booking: 48213, Reason: "ill"})},
		"the performer cancels":        {line: ":world calloff 48213 ill", want: hands(panelDeed{Action: "cancelreceived", Booking: 48213, Reason: "ill"})},
		"confirm":                      {line: ":world confirm 48213", want: hands(panelDeed{Action: "confirm", Booking: 48213})},
		"a request":                    {line: ":world request 771204", want: hands(panelDeed{Action: "request", Member: 771204})},
		"a balance":                    {line: ":world balance 660031 1.5", want: hands(panelDeed{Action: "balance", Member: 660031, Credits: "1.5"})},
		"the clock":                    {line: ":world clock +1h30m", want: hands(panelDeed{Action: "advance", Minutes: 90})},
		"half a minute":                {line: ":world clock 30s", no: "whole minutes"},
		"the clock backwards":          {line: ":world clock -1h", no: "whole minutes"},
		"an unknown deed":              {line: ":world advance 5", no: "no such command"},
		"the kinds of fault":           {line: ":fault", want: order{do: "faults"}},
		"a fault":                      {line: ":fault * error", want: hands(panelDeed{Action: "fault", Operation: "*", Kind: "error"})},
		"a fault once":                 {line: ":fault CreateBooking slow 1", want: hands(panelDeed{Action: "fault", Operation: "CreateBooking", Kind: "slow", Times: 1})},
		"a fault never":                {line: ":fault CreateBooking slow 0", no: "a number from 1"},
		"no faults":                    {line: ":fault off", want: hands(panelDeed{Action: "up"})},
		"half a fault":                 {line: ":fault CreateBooking", no: "an operation and a kind"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseOrder(tc.line)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(order{})); diff != "" {
				t.Error(diff)
			}
			if (err != nil) != (tc.no != "") || err != nil && !strings.Contains(err.Error(), tc.no) {
				t.Errorf("error %v, want %q", err, tc.no)
			}
		})
	}
}

func FuzzParseOrder(f *testing.F) {
	for _, line := range []string{"/book", ":1", ":2.1", "::", ":world accept 48213", ":world clock 9m", ":fault * error 2", ":wait x"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		o, err := parseOrder(line)
		trimmed := strings.TrimSpace(line)
		switch {
		case err != nil && o != (order{}):
			t.Errorf("%q is refused, and is %+v", line, o)
		case err == nil && o.do == "" && trimmed != "":
			t.Errorf("%q does nothing", line)
		case !strings.HasPrefix(trimmed, ":") && trimmed != "" && o.text != trimmed:
			t.Errorf("%q is said as %q", line, o.text)
		case o.do == "hands" && (o.hands.Booking < 0 || o.hands.Minutes < 0 || o.hands.Times < 0):
			t.Errorf("%q is %+v", line, o.hands)
		}
	})
}

func TestCardLines(t *testing.T) {
	m := tgsim.Message{
		Text: "👍 \u2068Velvet\x1b[2JVoice\u2069\nNumber: 07700 900123, site",
		Entities: []tgsim.Entity{
			{Type: "bold", Offset: 0, Length: 2},
			{Type: "spoiler", Offset: 29, Length: 12},
			{Type: "text_link", Offset: 43, Length: 4, URL: "https://a.example/"},
			{Type: "spoiler", Offset: 40, Length: 900},
		},
		Rows: [][]tgsim.Button{
			{{Label: "Go", Data: "x"}, {Label: "Site", URL: "https://a.example/"}},
			{{Label: "Copy", CopyText: "07700 900123"}},
		},
	}
	want := []string{
		"👍 Velvet[2JVoice",
		"Number: ||07700 900123||, site (https://a.example/)",
		"[1] Go  [2] Site (opens https://a.example/)",
		"[3] Copy (copies 07700 900123)",
	}
	if diff := cmp.Diff(want, cardLines(m)); diff != "" {
		t.Error(diff)
	}
	file := tgsim.Message{File: tgsim.File{Name: "call.ics", Content: []byte("BEGIN")}}
	if diff := cmp.Diff([]string{"file call.ics, 5 bytes"}, cardLines(file)); diff != "" {
		t.Error(diff)
	}
}

// The last card is the one that was shown last and can be pressed.
func TestTheLastCard(t *testing.T) {
	keys := [][]tgsim.Button{{{Label: "Go", Data: "x"}}}
	c := &chatter{}
	for i, tc := range []struct {
		shown tgsim.Message
		want  int
	}{
		{tgsim.Message{ID: 10, Rows: keys}, 1},
		{tgsim.Message{ID: 11, Rows: keys}, 2},
		{tgsim.Message{ID: 12}, 2},
		{tgsim.Message{ID: 10, Rows: keys}, 1}, // edited
		{tgsim.Message{ID: 11, Rows: keys}, 2},
		{tgsim.Message{ID: 11}, 1}, // its buttons went
		{tgsim.Message{ID: 10, Rows: keys, Deleted: true}, 0},
	} {
		if c.keep(tc.shown); c.last != tc.want {
			t.Errorf("step %d: the last card is %d, want %d", i+1, c.last, tc.want)
		}
	}
}
