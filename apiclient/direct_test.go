package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/secret"
)

// trip is one call of a member or a manager: what leaves, what is answered, what is made of it.
type trip struct {
	call   func(context.Context, *Client) (any, error)
	target string // "GET /path?query"
	body   string // of the request, as JSON; "" for none
	answer string
	want   any // nil: only that it succeeds
}

func (tc trip) run(t *testing.T) {
	t.Helper()
	c, p := connect(t, says(200, asJSON, tc.answer))
	got, err := tc.call(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if tc.want != nil {
		if diff := cmp.Diff(tc.want, got, cmp.Comparer(secret.String.Equal)); diff != "" {
			t.Error(diff)
		}
	}
	req := p.requests[0]
	if target := req.Method + " " + req.URL.RequestURI(); target != tc.target {
		t.Errorf("sent %s, want %s", target, tc.target)
	}
	switch {
	case tc.body == "" && p.bodies[0] != "":
		t.Errorf("sent a body: %s", p.bodies[0])
	case tc.body != "":
		if diff := cmp.Diff(document(t, tc.body), document(t, p.bodies[0])); diff != "" {
			t.Error(diff)
		}
	}
}

const pinJSON = `{"User":{"Id":771204,"Username":"VelvetVoice"},"PIN":"40817","CreatedDate":"2027-01-11T10:02:33.41",
"NumberOfCalls":2,"LastCallDate":"2027-02-20T22:10:05.1","InProgress":true}`

func TestPINs(t *testing.T) {
	loc := london(t)
	used := PIN{
		Performer: 771204, Nickname: "VelvetVoice", Code: secret.New("40817"),
		Created: time.Date(2027, 1, 11, 10, 2, 33, 410e6, loc), LastCall: time.Date(2027, 2, 20, 22, 10, 5, 100e6, loc),
		Calls: 2, InProgress: true,
	}
	unused := used
	unused.LastCall, unused.Calls, unused.InProgress = time.Time{}, 0, false
	fresh := strings.NewReplacer(`"2027-02-20T22:10:05.1"`, `null`, `true`, `false`, `Calls":2`, `Calls":0`).Replace(pinJSON)
	for name, tc := range map[string]struct {
		answer string
		want   []PIN
	}{
		"none":      {`[]`, []PIN{}},
		"two":       {`[` + pinJSON + `,` + fresh + `]`, []PIN{used, unused}},
		"year 1":    {`[` + strings.Replace(fresh, `null`, `"0001-01-01T00:00:00"`, 1) + `]`, []PIN{unused}},
		"camelCase": {`[` + strings.NewReplacer(`"Id"`, `"id"`, `"PIN"`, `"pin"`, `"User"`, `"user"`).Replace(pinJSON) + `]`, []PIN{used}},
	} {
		t.Run(name, func(t *testing.T) {
			trip{
				call:   func(ctx context.Context, c *Client) (any, error) { return c.PINs(ctx, caller) },
				target: "GET /v1/DirectChat/GetAllPINs", answer: tc.answer, want: tc.want,
			}.run(t)
		})
	}
}

func TestPINsNotUnderstood(t *testing.T) {
	for name, tc := range map[string]struct{ answer, place string }{
		"null":       {`null`, "reply not understood"},
		"an object":  {`{}`, "reply not understood"},
		"nobody's":   {`[` + strings.Replace(pinJSON, `771204`, `0`, 1) + `]`, "at User/Id"},
		"no code":    {`[` + strings.Replace(pinJSON, `"40817"`, `null`, 1) + `]`, "at PIN"},
		"a bad time": {`[` + strings.Replace(pinJSON, `2027-01-11T`, `11/1/2027 `, 1) + `]`, "at CreatedDate"},
		"a bad call": {`[` + strings.Replace(pinJSON, `2027-02-20T`, `yesterday `, 1) + `]`, "at LastCallDate"},
	} {
		c, _ := connect(t, says(200, asJSON, tc.answer))
		_, err := c.PINs(t.Context(), caller)
		check(t, name, err, ErrUnavailable, http.StatusOK)
		if !strings.HasSuffix(err.Error(), tc.place) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPINDoesNotPrintItsCode(t *testing.T) {
	c, _ := connect(t, says(200, asJSON, `[`+pinJSON+`]`))
	pins, err := c.PINs(t.Context(), caller)
	if err != nil || pins[0].Code.Reveal() != "40817" {
		t.Fatalf("%v, %v", pins, err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, pins); strings.Contains(text, "40817") {
			t.Errorf("%s tells it: %s", verb, text)
		}
	}
}

func TestCallsWithoutATwinRefuseManagers(t *testing.T) {
	c, p := connect(t, says(200, asJSON, `[]`))
	manager := caller
	manager.For = 771204
	for name, err := range map[string]error{
		"PINs":      second(c.PINs(t.Context(), manager)),
		"offers":    second(c.Offers(t.Context(), manager)),
		"add offer": second(c.AddOffer(t.Context(), manager, quarterHour(t))),
		"delete":    c.DeleteOffer(t.Context(), manager, 9021),
		"hot list":  second(c.HotList(t.Context(), manager, 55)),
		"hot lists": second(c.HotLists(t.Context(), manager)),
		"add":       c.AddToHotList(t.Context(), manager, 55, 1),
		"remove":    c.RemoveFromHotList(t.Context(), manager, 55, 1),
	} {
		check(t, name, err, ErrInvalid, 0)
	}
	if p.count() != 0 {
		t.Errorf("%d requests", p.count())
	}
}

func second[T any](_ T, err error) error { return err }
