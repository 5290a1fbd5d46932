package apiclient

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func directChat(raw string) DirectChat { return DirectChat{[]byte(raw)} }

func TestReadSettings(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want Settings
		ok   bool
	}{
		"as documented": {
			`{"OfferDirectChat":false,"DirectChat":null,"PhoneChatNumber":"+447700900456","ShowPhoneChatNumber":false,"PhoneChatPPM":1.0}`,
			Settings{Number: "+447700900456", ShowNumber: new(false), Price: WholeCredits(1), HasPrice: true},
			true,
		},
		"with DirectChat": {
			`{"offerDirectChat":true,"directChat":{"A":1.2000,"b":null},"ShowPhoneChatNumber":true,"PhoneChatPPM":0,"New":[1]}`,
			Settings{OfferDirectChat: true, DirectChat: directChat(`{"A":1.2000,"b":null}`), ShowNumber: new(true), HasPrice: true, More: Rest{[]byte(`{"New":[1]}`)}},
			true,
		},
		"all null":         {`{"OfferDirectChat":false,"PhoneChatNumber":null,"ShowPhoneChatNumber":null,"PhoneChatPPM":null}`, Settings{}, true},
		"nothing told":     {`{"OfferDirectChat":false}`, Settings{}, true},
		"another reply":    {`{"Message":"Oops"}`, Settings{}, false},
		"DirectChat, null": {`{"OfferDirectChat":null}`, Settings{}, false},
		"null":             {`null`, Settings{}, false},
		"empty":            {``, Settings{}, false},
		"a list":           {`[]`, Settings{}, false},
		"hostile price":    {`{"OfferDirectChat":false,"PhoneChatPPM":1e999999}`, Settings{}, false},
	} {
		got, err := readSettings([]byte(tc.body))
		if diff := cmp.Diff(tc.want, got); (err == nil) != tc.ok || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestDirectChatOnly(t *testing.T) {
	for raw, want := range map[string][2]bool{
		``:                                  {false, false},
		`{}`:                                {false, false},
		`{"DirectChatPPM":2}`:               {false, false},
		`{"DirectChatOnly":null}`:           {false, false},
		`{"DirectChatOnly":"yes"}`:          {false, false},
		`{"DirectChatOnly":false}`:          {false, true},
		`{"directChatOnly":true,"More":{}}`: {true, true},
	} {
		only, known := directChat(raw).DirectChatOnly()
		if only != want[0] || known != want[1] {
			t.Errorf("%q: %t, %t", raw, only, known)
		}
	}
}

func TestSaveSettings(t *testing.T) {
	const object = `{"A":1.2000,"b":[null,"x<y"],"DirectChatOnly":false}`
	fine := Settings{Number: "+447700900456", ShowNumber: new(true), Price: credits(t, "1.50"), HasPrice: true}
	with := func(change func(*Settings)) Settings {
		s := fine
		change(&s)
		return s
	}
	manager := Caller{Tokens: caller.Tokens, For: 771204}
	for name, tc := range map[string]struct {
		as   Caller
		s    Settings
		path string
		body string
	}{
		"plain":     {caller, fine, "/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":false,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.5}`},
		"no number": {caller, with(func(s *Settings) { s.Number = "" }), "/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":false,"PhoneChatPPM":1.5}`},
		"free":      {caller, with(func(s *Settings) { s.Number, s.Price = "", Credits{} }), "/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":false,"PhoneChatPPM":0}`},
		"DirectChat, untouched": {
			caller, with(func(s *Settings) { s.OfferDirectChat, s.DirectChat, s.Number = true, directChat(object), "" }),
			"/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":true,"DirectChat":` + object + `,"PhoneChatPPM":1.5}`,
		},
		"DirectChat, switched off": {
			caller, with(func(s *Settings) { s.DirectChat, s.Number = directChat(object), "" }),
			"/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":false,"PhoneChatPPM":1.5}`,
		},
		"what is not known": {
			caller, with(func(s *Settings) { s.Number, s.More = "", Rest{[]byte(`{"Tariff":{"Night":1.50}}`)} }),
			"/v1/PhoneChat/SaveSettings", `{"OfferDirectChat":false,"PhoneChatPPM":1.5,"Tariff":{"Night":1.50}}`,
		},
		"for a member": {manager, with(func(s *Settings) { s.Number = "" }), "/v1/Groups/PhoneChat/SaveSettings", `{"UserID":771204,"OfferDirectChat":false,"PhoneChatPPM":1.5}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, says(200, asJSON, `{"OfferDirectChat":true,"DirectChat":`+object+`,"PhoneChatPPM":9}`))
			stored, err := c.SaveSettings(t.Context(), tc.as, tc.s)
			want := Settings{OfferDirectChat: true, DirectChat: directChat(object), Price: WholeCredits(9), HasPrice: true}
			if diff := cmp.Diff(want, stored); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if req := p.requests[0]; req.Method != "POST" || req.URL.RequestURI() != tc.path || p.bodies[0] != tc.body {
				t.Errorf("%s %s %s", req.Method, req.URL.RequestURI(), p.bodies[0])
			}
		})
	}
	t.Run("nonsense is not sent", func(t *testing.T) {
		c, p := connect(t, says(200, asJSON, `{}`))
		for name, change := range map[string]func(*Settings){
			"DirectChat from nothing": func(s *Settings) { s.OfferDirectChat = true },
			"no price":                func(s *Settings) { s.HasPrice = false },
			"negative":                func(s *Settings) { s.Price = WholeCredits(-1) },
			"a price too fine":        func(s *Settings) { s.Price = credits(t, "1.005") },
			"a number at home":        func(s *Settings) { s.Number = hushPhone },
			"no plus":                 func(s *Settings) { s.Number = "447700900456" },
			"a trunk zero":            func(s *Settings) { s.Number = "+07700900123" },
			"only a plus":             func(s *Settings) { s.Number = "+" },
			"blanks":                  func(s *Settings) { s.Number = "+44 7700 900456" },
			"other digits":            func(s *Settings) { s.Number = "+٤٤" },
		} {
			_, err := c.SaveSettings(t.Context(), caller, with(change))
			check(t, name, err, ErrInvalid, 0)
			if strings.Contains(err.Error(), "00") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if p.count() != 0 {
			t.Errorf("%d requests", p.count())
		}
	})
	t.Run("an answer that is none leaves it open", func(t *testing.T) {
		c, _ := connect(t, says(200, asJSON, `{}`))
		_, err := c.SaveSettings(t.Context(), caller, fine)
		check(t, "saved?", err, ErrUnknownOutcome, 200)
	})
}

// Settings that are saved as they were read lose nothing but what is no input.
func TestSettingsThereAndBack(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{"UserID":5,"OfferDirectChat":false,"ShowPhoneChatNumber":true,"PhoneChatPPM":2.25,"Tariff":{"Night":[1.50,null]},"Voicemail":false}`))
	manager := Caller{Tokens: caller.Tokens, For: 771204}
	s, err := c.PhoneChatSettings(t.Context(), manager)
	if err != nil {
		t.Fatal(err)
	}
	if s.More.IsZero() || s.More.Equal(Rest{}) {
		t.Error("nothing more was kept")
	}
	if _, err := c.SaveSettings(t.Context(), manager, s); err != nil {
		t.Fatal(err)
	}
	want := `{"UserID":771204,"OfferDirectChat":false,"PhoneChatPPM":2.25,"Tariff":{"Night":[1.50,null]},"Voicemail":false}`
	if p.bodies[1] != want {
		t.Error(p.bodies[1])
	}
}

func TestSettingsOfAMember(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `{"OfferDirectChat":false,"PhoneChatPPM":2.25}`))
	s, err := c.PhoneChatSettings(t.Context(), Caller{Tokens: caller.Tokens, For: 771204})
	if diff := cmp.Diff(Settings{Price: credits(t, "2.25"), HasPrice: true}, s); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if uri := p.requests[0].URL.RequestURI(); uri != "/v1/Groups/PhoneChat/GetSettings?UserID=771204" {
		t.Error(uri)
	}
}

func TestDirectChatIsKeptAsItCame(t *testing.T) {
	const raw = `{"A": 1.2000, "b":null,"<c>":["&",1e2]}`
	back, err := ParseDirectChat(directChat(raw).Bytes())
	if err != nil || string(back.raw) != raw {
		t.Errorf("%v: %s", err, back.raw)
	}
	if got := (DirectChat{}).Bytes(); got != nil {
		t.Errorf("none is kept as %q", got)
	}
	for _, raw := range []string{``, ` `, `null`, `[]`, `"+447700900456"`, `{"A":`, `{} {}`, `{"A":1}x`} {
		if d, err := ParseDirectChat([]byte(raw)); err == nil || !d.IsZero() || strings.Contains(err.Error(), "7700") {
			t.Errorf("%q: %v, %s", raw, err, d.raw)
		}
	}
}
