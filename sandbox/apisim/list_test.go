package apisim

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient/wire"
)

// shelf is a world with four bookings made by one member, who received none, ids 1 to 4.
//
//	id  created        session   performer
//	1   24 Feb 10:00   6 March   VelvetVoice
//	2   28 Feb 23:59   4 March   CopperLark
//	3   1 March 00:00  5 March   SilverMoth
//	4   1 March 09:00  4 March   CopperLark
func shelf(t *testing.T) world {
	w := newWorld(t)
	for i, s := range []struct {
		performer int64
		created   string
		day       int
	}{{velvet, "2027-02-24 10:00", 6}, {lark, "2027-02-28 23:59", 4}, {moth, "2027-03-01 00:00", 5}, {lark, "2027-03-01 09:00", 4}} {
		created, err := time.ParseInLocation(wire.RequestTime, s.created, w.Location())
		if err != nil {
			t.Fatal(err)
		}
		w.AddBooking(Seed{
			ID: int64(i + 1), Client: owl, Performer: s.performer, Created: created,
			Session: time.Date(2027, 3, s.day, 20, 0, 0, 0, time.UTC),
		})
	}
	return w
}

func ids[B wire.MadeBooking | wire.ReceivedBooking](page wire.PageOf[B], id func(B) int64) []int64 {
	list := []int64{}
	for _, b := range page.Bookings {
		list = append(list, id(b))
	}
	return list
}

func TestLists(t *testing.T) {
	type page struct {
		Count, Number, Total, Size int
		IDs                        []int64
	}
	for query, want := range map[string]page{
		"":                               {1, 1, 4, 50, []int64{4, 3, 2, 1}},
		"OrderBy=date-desc":              {1, 1, 4, 50, []int64{4, 3, 2, 1}},
		"OrderBy=date-asc":               {1, 1, 4, 50, []int64{1, 2, 3, 4}},
		"OrderBy=nickname-asc":           {1, 1, 4, 50, []int64{2, 4, 3, 1}},
		"OrderBy=nickname-desc":          {1, 1, 4, 50, []int64{1, 3, 4, 2}},
		"OrderBy=sessiondate-asc":        {1, 1, 4, 50, []int64{2, 4, 3, 1}},
		"OrderBy=sessiondate-desc":       {1, 1, 4, 50, []int64{1, 3, 4, 2}},
		"BookingsPerPage=3":              {2, 1, 4, 3, []int64{4, 3, 2}},
		"BookingsPerPage=3&PageNumber=2": {2, 2, 4, 3, []int64{1}},
		"bookingsperpage=3&PAGENUMBER=3": {2, 3, 4, 3, []int64{}},
		"BookingsPerPage=1&PageNumber=4": {4, 4, 4, 1, []int64{1}},
		"BookingsPerPage=4&PageNumber=2": {1, 2, 4, 4, []int64{}}, // a full last page
		"BookingsPerPage=100":            {1, 1, 4, 100, []int64{4, 3, 2, 1}},
		"PageNumber=1000000000":          {1, 1000000000, 4, 50, []int64{}},
		"StartDate=2027-03-01":           {1, 1, 2, 50, []int64{4, 3}},
		"StartDate=2027-02-28&BookingsPerPage=2&PageNumber=2&OrderBy=sessiondate-asc": {2, 2, 3, 2, []int64{3}}, // pages of what is left
		"BookingsPerPage=2&bookingsperpage=2&PageNumber=2":                            {2, 2, 4, 2, []int64{2, 1}},
		"StartDate=2027-02-28":             {1, 1, 3, 50, []int64{4, 3, 2}},
		"startdate=2027-03-02":             {0, 1, 0, 50, []int64{}},
		"StartDate=2027-03-01&Nonsense=no": {1, 1, 2, 50, []int64{4, 3}},
	} {
		t.Run(query, func(t *testing.T) {
			status, body := shelf(t).get(owl, "/v1/PhoneChat/MadeBookings?"+query)
			if status != http.StatusOK {
				t.Fatalf("got %d: %s", status, body)
			}
			got := read[wire.PageOf[wire.MadeBooking]](t, body)
			listed := ids(got, func(b wire.MadeBooking) int64 { return b.BookingID })
			if diff := cmp.Diff(want, page{got.PageCount, got.PageNumber, got.BookingsTotal, got.BookingsPerPage, listed}); diff != "" {
				t.Errorf("page (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsRefuse(t *testing.T) {
	for query, blame := range map[string]string{
		"BookingsPerPage=0":               "BookingsPerPage",
		"BookingsPerPage=101":             "BookingsPerPage",
		"BookingsPerPage=many":            "BookingsPerPage",
		"BookingsPerPage=":                "BookingsPerPage",
		"PageNumber=0":                    "PageNumber",
		"PageNumber=-1":                   "PageNumber",
		"PageNumber=99999999999999999999": "PageNumber",
		"StartDate=01/03/2027":            "StartDate",
		"StartDate=2027-3-1":              "StartDate",
		"StartDate=":                      "StartDate",
		"OrderBy=price":                   "OrderBy",
		"OrderBy=":                        "OrderBy",
		"OrderBy=date-asc,date-desc":      "OrderBy",
		"PageNumber=1.5":                  "PageNumber",
		"StartDate=2027-02-30":            "StartDate",
		"StartDate=2027-03-01T00:00:00":   "StartDate",
	} {
		t.Run(query, func(t *testing.T) {
			for _, list := range []string{"MadeBookings", "ReceivedBookings"} {
				status, body := shelf(t).get(owl, "/v1/PhoneChat/"+list+"?"+query)
				if got := blamed(t, body); status != http.StatusBadRequest || got != "request."+blame {
					t.Errorf("%s: got %d blaming %q", list, status, got)
				}
			}
		})
	}
}

func TestEachSideHasItsOwnList(t *testing.T) {
	w := shelf(t)
	_, body := w.get(lark, "/v1/PhoneChat/ReceivedBookings?OrderBy=nickname-asc")
	received := ids(read[wire.PageOf[wire.ReceivedBooking]](t, body), func(b wire.ReceivedBooking) int64 { return b.BookingID })
	if diff := cmp.Diff([]int64{2, 4}, received); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	for _, target := range []string{"/v1/PhoneChat/MadeBookings", "/v1/PhoneChat/ReceivedBookings"} {
		_, body := w.get(water, target)
		if !strings.Contains(body, `"Bookings":[]`) || !strings.Contains(body, `"BookingsTotal":0`) {
			t.Errorf("%s of somebody without bookings: %s", target, body)
		}
	}
	for _, target := range []string{"/v1/PhoneChat/ReceivedBookingDetails?BookingID=2", "/v1/PhoneChat/MadeBookingDetails?BookingID=7"} {
		if status, _ := w.get(owl, target); status != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", target, status)
		}
	}
}
