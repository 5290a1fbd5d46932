package apiclient

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

const camJSON = `{"DoesFree":true,"AllowGuestFreePreview":false,"FreeTimeMins":5,"FreeTimePeriod":60,"DoesGroup":true,
"GroupPPM":1.5,"DoesPrivate":false,"PrivatePPM":null,"ChatOnly":false,"DoesAudioPrivate":true,"DoesAudioGroup":false,
"DoesAudioFree":false,"WebcamCategoryID":7,"ShowLiveThumb":true,"Rooms":[{"Name":"Attic","Price":2.50}]}`

func camSettings(t *testing.T) CamSettings {
	return CamSettings{
		Free: new(true), GuestPreview: new(false), FreeTime: new(5), FreeTimePeriod: new(60),
		Group: new(true), GroupPrice: new(credits(t, "1.5")), Private: new(false),
		ChatOnly: new(false), PrivateAudio: new(true), GroupAudio: new(false), FreeAudio: new(false), WebcamCategoryID: new(int64(7)),
		More: wire.More(`{"ShowLiveThumb":true,"Rooms":[{"Name":"Attic","Price":2.50}]}`),
	}
}

func managed() Caller {
	as := caller
	as.For = 771204
	return as
}

func TestCamSettings(t *testing.T) {
	changed := camSettings(t)
	changed.Private, changed.PrivatePrice = new(true), new(credits(t, "2.25"))
	sent := strings.NewReplacer(`"DoesPrivate":false`, `"DoesPrivate":true`, `"PrivatePPM":null`, `"PrivatePPM":2.25`).Replace(camJSON)
	read := func(as Caller) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.CamSettings(ctx, as) }
	}
	save := func(as Caller) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.SaveCamSettings(ctx, as, changed) }
	}
	for name, tc := range map[string]trip{
		"read":            {call: read(caller), target: "GET /v1/DirectCam/GetSettings", answer: camJSON, want: camSettings(t)},
		"read, manager":   {call: read(managed()), target: "GET /v1/Groups/DirectCam/GetSettings?UserID=771204", answer: camJSON, want: camSettings(t)},
		"save":            {call: save(caller), target: "POST /v1/DirectCam/SaveSettings", body: sent, answer: sent, want: changed},
		"save, manager":   {call: save(managed()), target: "POST /v1/Groups/DirectCam/SaveSettings", body: `{"UserID":771204,` + sent[1:], answer: sent, want: changed},
		"read, camelCase": {call: read(caller), target: "GET /v1/DirectCam/GetSettings", answer: `{"doesFree":true,"groupPPM":1.50}`, want: CamSettings{Free: new(true), GroupPrice: new(credits(t, "1.5"))}},
	} {
		t.Run(name, tc.run)
	}
}

// What is read and saved unchanged leaves as it came, to the digit.
func TestUnknownCamSettingsTravelUntouched(t *testing.T) {
	c, p := connect(t, says(200, asJSON, camJSON))
	s, err := c.CamSettings(t.Context(), caller)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SaveCamSettings(t.Context(), caller, s); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.bodies[1], `"ShowLiveThumb":true,"Rooms":[{"Name":"Attic","Price":2.50}]`) {
		t.Errorf("sent %s", p.bodies[1])
	}
}

func TestSaveCamSettingsRefusesHalfOfThem(t *testing.T) {
	c, p := connect(t, says(200, asJSON, camJSON))
	for name, change := range map[string]func(*CamSettings){
		"nothing":          func(s *CamSettings) { *s = CamSettings{} },
		"no free":          func(s *CamSettings) { s.Free = nil },
		"no guests":        func(s *CamSettings) { s.GuestPreview = nil },
		"no free time":     func(s *CamSettings) { s.FreeTime = nil },
		"no period":        func(s *CamSettings) { s.FreeTimePeriod = nil },
		"no chat only":     func(s *CamSettings) { s.ChatOnly = nil },
		"no private audio": func(s *CamSettings) { s.PrivateAudio = nil },
		"no group audio":   func(s *CamSettings) { s.GroupAudio = nil },
		"no free audio":    func(s *CamSettings) { s.FreeAudio = nil },
		"no category":      func(s *CamSettings) { s.WebcamCategoryID = nil },
		"negative group":   func(s *CamSettings) { s.GroupPrice = new(WholeCredits(-1)) },
		"too fine a group": func(s *CamSettings) { s.GroupPrice = new(credits(t, "1.225")) },
		"too fine a price": func(s *CamSettings) { s.PrivatePrice = new(credits(t, "1.225")) },
		"negative private": func(s *CamSettings) { s.PrivatePrice = new(WholeCredits(-1)) },
	} {
		s := camSettings(t)
		change(&s)
		check(t, name, second(c.SaveCamSettings(t.Context(), caller, s)), ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

const offerJSON = `{"OfferID":9021,"OfferNumber":2,"Title":"Quarter hour","Duration":15,"ModeID":3,"DoesPrivate":true,
"PrivatePPM":2.5,"DoesGroup":false,"GroupPPM":null,"TotalPrice":30.5000,"AllowRateContinue":true,"Incomplete":true,"CanPurchase":true}`

func quarterHour(t *testing.T) Offer {
	return Offer{
		ID: 9021, Number: 2, Title: "Quarter hour", Duration: 15, Mode: ModePrivate, Price: credits(t, "30.5"),
		Available: true, ContinueAfter: true, Incomplete: true, Private: true, PrivatePrice: new(credits(t, "2.5")),
	}
}

func TestOffers(t *testing.T) {
	offer := quarterHour(t)
	sparse := Offer{ID: 5, Title: "x", Duration: 5, Mode: 4, Price: WholeCredits(5)}
	update := func(as Caller, o Offer) func(context.Context, *Client) (any, error) {
		return func(ctx context.Context, c *Client) (any, error) { return c.UpdateOffer(ctx, as, o) }
	}
	input := `"CurrentlyAvailable":true,"Title":"Quarter hour","Duration":15,"TotalCredits":30.5,"ModeID":3,"AllowRateContinue":true}`
	closed := offer
	closed.Title, closed.Number, closed.Available, closed.ContinueAfter, closed.Price = " Quarter hour\n", 0, false, false, credits(t, "30.4900")
	for name, tc := range map[string]trip{
		"update":          {update(caller, offer), "PUT /v1/DirectCam/UpdateDirectCamSpecialOffer", `{"OfferID":9021,"OfferNumber":2,` + input, offerJSON, offer},
		"update, manager": {update(managed(), offer), "PUT /v1/Groups/DirectCam/UpdateDirectCamSpecialOffer", `{"UserID":771204,"OfferID":9021,"OfferNumber":2,` + input, offerJSON, offer},
		"update, closed": {
			update(caller, closed), "PUT /v1/DirectCam/UpdateDirectCamSpecialOffer",
			`{"OfferID":9021,"CurrentlyAvailable":false,"Title":"Quarter hour","Duration":15,"TotalCredits":30.49,"ModeID":3,"AllowRateContinue":false}`,
			offerJSON, offer,
		},
		"list": {
			func(ctx context.Context, c *Client) (any, error) { return c.Offers(ctx, caller) },
			"GET /v1/DirectCam/GetDirectCamSpecialOffers", "",
			`[` + offerJSON + `,{"OfferID":5,"Title":"x","Duration":5,"ModeID":4,"TotalPrice":"5"}]`,
			[]Offer{offer, sparse},
		},
		"add": {
			func(ctx context.Context, c *Client) (any, error) { return c.AddOffer(ctx, caller, offer) },
			"POST /v1/DirectCam/AddDirectCamSpecialOffer", `{"OfferNumber":2,` + input, offerJSON, offer,
		},
		"delete": {
			func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteOffer(ctx, caller, 9021) },
			"POST /v1/DirectCam/DeleteDirectCamSpecialOffer", `{"OfferID":9021}`, `whatever`, nil,
		},
	} {
		t.Run(name, tc.run)
	}
}

func TestOffersAgainstTheRules(t *testing.T) {
	c, p := connect(t, says(200, asJSON, offerJSON))
	for name, tc := range map[string]struct {
		change func(*Offer)
		fine   bool
	}{
		"no title":                   {func(o *Offer) { o.Title = "" }, false},
		"blank title":                {func(o *Offer) { o.Title = " \t" }, false},
		"title of 50, many bytes":    {func(o *Offer) { o.Title = strings.Repeat("é", 50) }, true},
		"title of 51":                {func(o *Offer) { o.Title = strings.Repeat("x", 51) }, false},
		"too short":                  {func(o *Offer) { o.Duration = 4 }, false},
		"shortest, cheapest":         {func(o *Offer) { o.Duration, o.Price = 5, WholeCredits(5) }, true},
		"below five credits":         {func(o *Offer) { o.Duration, o.Price = 5, credits(t, "4.99") }, false},
		"0.6 a minute":               {func(o *Offer) { o.Duration, o.Price = 19, credits(t, "11.4") }, true},
		"a hair below 0.6":           {func(o *Offer) { o.Duration, o.Price = 19, credits(t, "11.3999") }, false},
		"a fraction of a penny":      {func(o *Offer) { o.Price = credits(t, "30.495") }, false},
		"for nothing":                {func(o *Offer) { o.Price = Credits{} }, false},
		"group":                      {func(o *Offer) { o.Mode = ModeGroup }, true},
		"mode 1":                     {func(o *Offer) { o.Mode = 1 }, false},
		"mode 4":                     {func(o *Offer) { o.Mode = 4 }, false},
		"no number":                  {func(o *Offer) { o.Number = 0 }, true},
		"number below 1":             {func(o *Offer) { o.Number = -1 }, false},
		"as long as a number can be": {func(o *Offer) { o.Duration = 1<<62 + 1 }, false},
	} {
		o := quarterHour(t)
		tc.change(&o)
		before, want := p.count(), error(nil)
		if !tc.fine {
			want = ErrInvalid
		}
		check(t, name+", update", second(c.UpdateOffer(t.Context(), caller, o)), want, 0)
		check(t, name+", add", second(c.AddOffer(t.Context(), caller, o)), want, 0)
		if sent := p.count() - before; tc.fine != (sent == 2) || !tc.fine && sent != 0 {
			t.Errorf("%s: %d requests", name, sent)
		}
	}
	o := quarterHour(t)
	o.ID = 0
	before := p.count()
	check(t, "update of none", second(c.UpdateOffer(t.Context(), caller, o)), ErrInvalid, 0)
	check(t, "delete none", c.DeleteOffer(t.Context(), caller, 0), ErrInvalid, 0)
	if p.count() != before {
		t.Error("a call about no offer was sent")
	}
}

func TestMinOfferPrice(t *testing.T) {
	got := map[int]string{}
	for _, minutes := range []int{0, 5, 8, 9, 15, 61} {
		got[minutes] = MinOfferPrice(minutes).Exact()
	}
	if diff := cmp.Diff(map[int]string{0: "5", 5: "5", 8: "5", 9: "5.4", 15: "9", 61: "36.6"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCamAnswersNotUnderstood(t *testing.T) {
	offer := func(old, now string) string { return strings.Replace(offerJSON, old, now, 1) }
	for name, tc := range map[string]struct {
		answer, place string
		settings      bool
	}{
		"no settings":      {`{"Message":"Saved"}`, "DoesFree", true},
		"null":             {`null`, "DoesFree", true},
		"a huge price":     {strings.Replace(camJSON, `1.5`, `1e999`, 1), "GroupPPM", true},
		"a huge private":   {strings.Replace(camJSON, `"PrivatePPM":null`, `"PrivatePPM":1e999`, 1), "PrivatePPM", true},
		"a text":           {strings.Replace(camJSON, `"FreeTimeMins":5`, `"FreeTimeMins":"five"`, 1), "FreeTimeMins", true},
		"no offer":         {`{}`, "OfferID", false},
		"another offer":    {offer(`9021`, `9022`), "OfferID", false},
		"no price":         {offer(`30.5000`, `null`), "TotalPrice", false},
		"a huge total":     {offer(`30.5000`, `1e999`), "TotalPrice", false},
		"huge a minute":    {offer(`2.5,`, `1e999,`), "PrivatePPM", false},
		"huge for a group": {offer(`"GroupPPM":null`, `"GroupPPM":1e999`), "GroupPPM", false},
	} {
		c, _ := connect(t, says(200, asJSON, tc.answer))
		var written error
		if tc.settings {
			_, read := c.CamSettings(t.Context(), caller)
			check(t, name, read, ErrUnavailable, http.StatusOK)
			_, written = c.SaveCamSettings(t.Context(), caller, camSettings(t))
		} else {
			_, written = c.UpdateOffer(t.Context(), caller, quarterHour(t))
		}
		check(t, name+", write", written, ErrUnknownOutcome, http.StatusOK)
		if !strings.HasSuffix(written.Error(), "at "+tc.place) {
			t.Errorf("%s: %v", name, written)
		}
	}
}
