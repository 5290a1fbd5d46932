package conversations

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"phonechatbot/apiclient"
	"phonechatbot/bot"
	"phonechatbot/internal/flow"
)

var noon = time.Date(2027, 2, 15, 12, 0, 0, 0, time.UTC)

func TestTabsOf(t *testing.T) {
	const (
		pending, accepted, confirmed = apiclient.StatusPending, apiclient.StatusAccepted, apiclient.StatusConfirmed
		rejected, cancelled, other   = apiclient.StatusRejected, apiclient.StatusCancelled, apiclient.Status("On hold")
	)
	type when struct{ session, acceptBy time.Duration } // from noon; calls take 30 minutes
	ahead := when{time.Hour, 30 * time.Minute}
	late := when{time.Hour, -time.Minute} // the reply-by time has passed, the call has not begun
	running := when{-10 * time.Minute, -time.Hour}
	ending := when{-30 * time.Minute, -time.Hour} // the call ends this moment
	over := when{-time.Hour, -2 * time.Hour}
	for name, tc := range map[string]struct {
		side   apiclient.Side
		status apiclient.Status
		at     when
		want   tab
	}{
		"received, pending":                        {received, pending, ahead, tabNeeds},
		"received, pending, too late":              {received, pending, late, tabNeeds},
		"received, pending, call over":             {received, pending, over, tabNeeds},
		"received, accepted":                       {received, accepted, ahead, tabUpcoming},
		"received, accepted, call running":         {received, accepted, running, tabUpcoming},
		"received, accepted, never confirmed":      {received, accepted, over, tabPast},
		"received, confirmed":                      {received, confirmed, ahead, tabUpcoming},
		"received, confirmed, call running":        {received, confirmed, running, tabUpcoming},
		"received, confirmed, ends this moment":    {received, confirmed, ending, tabPast},
		"received, rejected, call ahead":           {received, rejected, ahead, tabPast},
		"received, cancelled, call ahead":          {received, cancelled, ahead, tabPast},
		"received, unknown status":                 {received, other, ahead, tabUpcoming},
		"received, unknown status, call running":   {received, other, running, tabUpcoming},
		"received, unknown status, call over":      {received, other, over, tabPast},
		"made, pending":                            {made, pending, ahead, tabUpcoming},
		"made, pending, nobody answered":           {made, pending, late, tabPast},
		"made, pending, call running":              {made, pending, running, tabPast},
		"made, accepted":                           {made, accepted, ahead, tabNeeds},
		"made, accepted, reply-by passed":          {made, accepted, late, tabNeeds},
		"made, accepted, begins this moment":       {made, accepted, when{0, -time.Hour}, tabPast},
		"made, accepted, never confirmed":          {made, accepted, running, tabPast},
		"made, confirmed":                          {made, confirmed, ahead, tabUpcoming},
		"made, confirmed, call running":            {made, confirmed, running, tabUpcoming},
		"made, confirmed, ends this moment":        {made, confirmed, ending, tabPast},
		"made, rejected, call ahead":               {made, rejected, ahead, tabPast},
		"made, cancelled, call ahead":              {made, cancelled, ahead, tabPast},
		"made, unknown status":                     {made, other, ahead, tabUpcoming},
		"made, unknown status, call over":          {made, other, over, tabPast},
		"made, a status that came empty":           {made, "", running, tabUpcoming},
		"made, a known status in other letters":    {made, "pending", over, tabPast},
		"received, a known status, other letters":  {received, "PENDING", ahead, tabUpcoming},
		"received, pending at the very reply-by":   {received, pending, when{time.Hour, 0}, tabNeeds},
		"made, pending at the very reply-by":       {made, pending, when{time.Hour, 0}, tabPast},
		"made, pending, a moment before reply-by":  {made, pending, when{time.Hour, 1}, tabUpcoming},
		"received, confirmed, a moment before end": {received, confirmed, when{-30*time.Minute + 1, -time.Hour}, tabUpcoming},
	} {
		t.Run(name, func(t *testing.T) {
			b := apiclient.Booking{Side: tc.side, Status: tc.status, Session: noon.Add(tc.at.session), AcceptBy: noon.Add(tc.at.acceptBy), Duration: 30}
			if diff := cmp.Diff([]tab{tc.want, tabAll}, tabsOf(b, noon)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func anyBooking(rt *rapid.T) apiclient.Booking {
	statuses := []apiclient.Status{
		apiclient.StatusPending, apiclient.StatusAccepted, apiclient.StatusConfirmed, apiclient.StatusRejected, apiclient.StatusCancelled, "On hold", "",
	}
	hour := func(name string) time.Time {
		return noon.Add(time.Duration(rapid.IntRange(-3, 3).Draw(rt, name)) * time.Hour)
	}
	return apiclient.Booking{
		Side: rapid.SampledFrom([]apiclient.Side{made, received}).Draw(rt, "side"), Status: rapid.SampledFrom(statuses).Draw(rt, "status"),
		Duration: rapid.IntRange(5, 90).Draw(rt, "minutes"), Session: hour("session"), AcceptBy: hour("accept by"), Created: hour("created"),
	}
}

// Whatever is in a list: every booking is under All and in one other tab, what needs somebody allows them
// something, and the order of a tab hangs on nothing but the bookings.
func TestTabsShareOutEveryList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(anyBooking), 0, 20).Draw(rt, "bookings")
		for i := range all {
			all[i].ID = apiclient.BookingID(i + 1)
		}
		given := slices.Clone(all)
		counts := inTabs(all, noon)
		if sum := counts[tabNeeds] + counts[tabUpcoming] + counts[tabPast]; sum != len(all) || counts[tabAll] != len(all) {
			rt.Fatalf("%d bookings are counted as %v", len(all), counts)
		}
		shuffled := rapid.Permutation(all).Draw(rt, "shuffled")
		for _, t := range tabs() {
			for _, o := range []order{newest, byCallTime} {
				list := shown(all, t, o, noon)
				if len(list) != counts[t] {
					rt.Fatalf("tab %s counts %d and shows %d", t, counts[t], len(list))
				}
				if diff := cmp.Diff(ids(list), ids(shown(shuffled, t, o, noon))); diff != "" {
					rt.Fatalf("tab %s, order %s depends on how the list came:\n%s", t, o, diff)
				}
			}
		}
		for _, b := range shown(all, tabNeeds, byCallTime, noon) {
			if len(actions(b, noon)) == 0 {
				rt.Fatalf("%+v needs somebody and allows nothing", b)
			}
		}
		if diff := cmp.Diff(ids(given), ids(all)); diff != "" {
			rt.Fatalf("the list itself was changed:\n%s", diff)
		}
	})
}

func ids(list []apiclient.Booking) []int64 {
	numbers := []int64{}
	for _, b := range list {
		numbers = append(numbers, int64(b.ID))
	}
	return numbers
}

func TestTheOrdersOfTabs(t *testing.T) {
	booking := func(id int, session, created time.Duration, status apiclient.Status) apiclient.Booking {
		return apiclient.Booking{
			ID: apiclient.BookingID(id), Side: received, Status: status, Duration: 30,
			Session: noon.Add(session), AcceptBy: noon.Add(session), Created: noon.Add(created),
		}
	}
	all := []apiclient.Booking{
		booking(1, 3*time.Hour, -3*time.Hour, apiclient.StatusPending),
		booking(2, time.Hour, -2*time.Hour, apiclient.StatusPending),
		booking(3, time.Hour, -2*time.Hour, apiclient.StatusPending), // ties with the one before
		booking(4, -5*time.Hour, -6*time.Hour, apiclient.StatusCancelled),
		booking(5, -4*time.Hour, -7*time.Hour, apiclient.StatusRejected),
		booking(6, -4*time.Hour, -7*time.Hour, apiclient.StatusRejected),
	}
	for name, tc := range map[string]struct {
		tab   tab
		order order
		want  []int64
	}{
		"what waits, by call time": {tabNeeds, byCallTime, []int64{2, 3, 1}},
		"what waits, newest":       {tabNeeds, newest, []int64{3, 2, 1}},
		"past, by call time":       {tabPast, byCallTime, []int64{6, 5, 4}},
		"past, newest":             {tabPast, newest, []int64{4, 6, 5}},
		"all, by call time":        {tabAll, byCallTime, []int64{1, 3, 2, 6, 5, 4}},
		"all, newest":              {tabAll, newest, []int64{3, 2, 1, 4, 6, 5}},
		"nothing":                  {tabUpcoming, byCallTime, []int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, ids(shown(all, tc.tab, tc.order, noon))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhereAListOpens(t *testing.T) {
	for name, tc := range map[string]struct {
		counts map[tab]int
		want   tab
	}{
		"something waits":      {map[tab]int{tabNeeds: 1, tabUpcoming: 2, tabAll: 3}, tabNeeds},
		"something is ahead":   {map[tab]int{tabUpcoming: 2, tabPast: 1, tabAll: 3}, tabUpcoming},
		"everything is over":   {map[tab]int{tabPast: 3, tabAll: 3}, tabAll},
		"there is nothing":     {nil, tabAll},
		"waiting and past one": {map[tab]int{tabNeeds: 1, tabPast: 3, tabAll: 4}, tabNeeds},
	} {
		t.Run(name, func(t *testing.T) {
			if got := firstTab(tc.counts); got != tc.want {
				t.Errorf("opens at %q, want %q", got, tc.want)
			}
		})
	}
}

func TestParseListPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want listPlace
		ok   bool
	}{
		"a tab":                   {"rn2c", listPlace{side: received, tab: tabNeeds, page: 2, order: byCallTime}, true},
		"past, page twelve":       {"mp12n", listPlace{side: made, tab: tabPast, page: 12, order: newest}, true},
		"read anew":               {"ru1c!", listPlace{side: received, tab: tabUpcoming, page: 1, order: byCallTime, fresh: true}, true},
		"from before tabs":        {"m2n", listPlace{side: made, tab: tabAll, page: 2, order: newest}, true},
		"from before tabs, calls": {"r7c", listPlace{side: received, tab: tabAll, page: 7, order: byCallTime}, true},
		"an unknown tab":          {"rx2c", listPlace{}, false},
		"an unknown side":         {"xn2c", listPlace{}, false},
		"an unknown order":        {"rn2x", listPlace{}, false},
		"no page":                 {"rnc", listPlace{}, false},
		"page zero":               {"rn0c", listPlace{}, false},
		"page below zero":         {"rn-1c", listPlace{}, false},
		"too many pages":          {"rn100000c", listPlace{}, false},
		"too many, without a tab": {"r100000c", listPlace{}, false},
		"two marks":               {"rn1c!!", listPlace{}, false},
		"nothing":                 {"", listPlace{}, false},
		"only a mark":             {"!", listPlace{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := parseListPlace(tc.in)
			if ok != tc.ok || ok && got != tc.want {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func TestParseCardRefWithATab(t *testing.T) {
	got, ok := parseCardRef("r48213:rn2c")
	want := cardRef{side: received, id: 48213, from: listPlace{side: received, tab: tabNeeds, page: 2, order: byCallTime}}
	if !ok || got != want || got.String() != "r48213:rn2c" {
		t.Errorf("got %+v, %v, %s", got, ok, got)
	}
}

// Whatever comes from outside: no panic, the same place when it is written and read again, and a button of it
// fits, whoever it is for.
func FuzzListPlaces(f *testing.F) {
	long := cardRef{side: received, id: math.MaxInt64, from: listPlace{side: received, tab: tabNeeds, page: maxListPage, order: byCallTime, fresh: true}}
	for _, seed := range []string{"rn2c", "m2n", "mp12n!", "r48213:rn2c", "r48213:m2n", "rn99999c!", long.String(), "r1:rn1c:rn1c", "rnnn", "m+1n", "ra01n"} {
		f.Add(seed)
	}
	fits := func(t *testing.T, action, value string) {
		t.Helper()
		if _, err := bot.EncodePress(flow.Press{Of: strings.Repeat("a", 16), Action: action, Value: value}); err != nil || len(value) > 30 {
			t.Errorf("%q does not fit: %v", value, err)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if place, ok := parseListPlace(text); ok {
			if again, ok := parseListPlace(place.String()); !ok || again != place {
				t.Errorf("%q becomes %q", text, place)
			}
			fits(t, "list", place.anew().String())
		}
		if ref, ok := parseCardRef(text); ok {
			if again, ok := parseCardRef(ref.String()); !ok || again != ref {
				t.Errorf("%q becomes %q", text, ref)
			}
			fits(t, "card", ref.String())
		}
	})
}
