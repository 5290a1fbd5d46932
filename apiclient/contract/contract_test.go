package contract

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"phonechatbot/apiclient"
	"phonechatbot/internal/secret"
)

// TestEveryOperationIsSeenDoneAndRefused plays the scenes, each in a world of its own, and then asks for
// what none of them has shown.
func TestEveryOperationIsSeenDoneAndRefused(t *testing.T) {
	book, counts := readRulebook(t), newTally()
	scenes := map[string]func(*testing.T, *world){
		"account": account, "services": services, "dashboard": dashboard,
		"settings": phoneChatSettings, "DirectChat settings": directChatSettings,
		"life of a booking": life, "methods": methods, "ends of a booking": ends, "missed sessions": missed,
		"deletions": deletions, "rules of a booking": bookingRules, "orders": orders, "pages": pages,
		"managers and bookings": managers, "camelCase": camelCase,
		"PINs": pins, "cam": cam, "offers": offers, "hot lists": hotLists,
		"group": group, "search": search, "profile": profile, "rankings": rankings,
		"login": login, "login refused": loginRefused,
		"refused to everybody": refusals, "foreign bookings": foreign, "foreign members": foreignMembers,
	}
	played := 0
	for name, scene := range scenes {
		t.Run(name, func(t *testing.T) {
			played++
			scene(t, newWorld(t, book, counts, nil))
		})
	}
	if played < len(scenes) {
		return // only some were asked for
	}
	for operation := range book.operations() {
		if counts.done[operation] == 0 {
			t.Errorf("%s was never seen done", operation)
		}
		if counts.refused[operation] == 0 {
			t.Errorf("%s was never seen refused", operation)
		}
	}
}

// entry is an operation by its name in the document, the one of its twin for managers, "" if it has none,
// and a call of it that the client itself does not refuse.
type entry struct {
	operation, twin string
	call            call
}

// memberCalls are all operations that act for a member.
func memberCalls(w *world) []entry {
	offer := apiclient.Offer{ID: 9021, Number: 1, Title: "Ten minutes", Duration: 10, Mode: apiclient.ModeGroup, Price: apiclient.WholeCredits(6)}
	cam := apiclient.CamSettings{
		Free: new(true), GuestPreview: new(false), FreeTime: new(5), FreeTimePeriod: new(60), ChatOnly: new(false),
		PrivateAudio: new(true), GroupAudio: new(false), FreeAudio: new(false), WebcamCategoryID: new(int64(1)),
	}
	const id = apiclient.BookingID(1)
	return slices.Concat(listCalls(w), []entry{
		{"accountVerifyCredentials", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.VerifyCredentials(ctx, as)) }},
		{"accountGetPermissions", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Permissions(ctx, as)) }},
		{"accountGetServices", "groupsAccountGetServices", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Services(ctx, as)) }},
		{"accountUpdateServices", "groupsAccountUpdateServices", func(ctx context.Context, as apiclient.Caller) error {
			return w.UpdateServices(ctx, as, apiclient.Services{})
		}},
		{"creditHistoryGetCurrentCreditBalance", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Balance(ctx, as)) }},
		{"dashboardGetDashboard", "", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.Dashboard(ctx, as, apiclient.DashboardBalance))
		}},
		{"phoneChatGetSettings", "groupsPhoneChatGetSettings", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.PhoneChatSettings(ctx, as))
		}},
		{"phoneChatSaveSettings", "groupsPhoneChatSaveSettings", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.SaveSettings(ctx, as, apiclient.Settings{HasPrice: true}))
		}},
		{"phoneChatGetUserBookingRequirements", "", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.Requirements(ctx, as, velvet))
		}},
		{"phoneChatCreateBooking", "", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.CreateBooking(ctx, as, w.wish()))
		}},
		{"phoneChatConfirmMadeBooking", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Confirm(ctx, as, id)) }},
		{"phoneChatCancelMadeBooking", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.CancelMade(ctx, as, id, "x")) }},
		{"phoneChatRescheduleMadeBooking", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Reschedule(ctx, as, id)) }},
		{"phoneChatDeleteMadeBookings", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.DeleteMade(ctx, as, id)) }},
		{"phoneChatAcceptReceivedBooking", "", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.Accept(ctx, as, id, apiclient.WholeCredits(1)))
		}},
		{"phoneChatRejectReceivedBooking", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Reject(ctx, as, id, "x")) }},
		{"phoneChatReInvite", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.ReInvite(ctx, as, id, "")) }},
		{"phoneChatCancelReceivedBooking", "", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.CancelReceived(ctx, as, id, "x"))
		}},
		{"phoneChatDeleteReceivedBooking", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.DeleteReceived(ctx, as, id)) }},
		{"directChatGetAllPINs", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.PINs(ctx, as)) }},
		{"directCamGetSettings", "groupsDirectCamGetSettings", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.CamSettings(ctx, as))
		}},
		{"directCamSaveSettings", "groupsDirectCamSaveSettings", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.SaveCamSettings(ctx, as, cam))
		}},
		{"directCamUpdateSpecialOffer", "groupsDirectCamUpdateSpecialOffer", func(ctx context.Context, as apiclient.Caller) error {
			return fails(w.UpdateOffer(ctx, as, offer))
		}},
		{"directCamGetSpecialOffers", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.Offers(ctx, as)) }},
		{"directCamAddSpecialOffer", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.AddOffer(ctx, as, offer)) }},
		{"directCamDeleteSpecialOffer", "", func(ctx context.Context, as apiclient.Caller) error { return w.DeleteOffer(ctx, as, offer.ID) }},
		{"hotListsGetHotList", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.HotList(ctx, as, 0)) }},
		{"hotListsGetHotLists", "", func(ctx context.Context, as apiclient.Caller) error { return fails(w.HotLists(ctx, as)) }},
		{"hotListsAddUser", "", func(ctx context.Context, as apiclient.Caller) error { return w.AddToHotList(ctx, as, 1, moth) }},
		{"hotListsRemoveUser", "", func(ctx context.Context, as apiclient.Caller) error { return w.RemoveFromHotList(ctx, as, 1, moth) }},
	})
}

func listCalls(w *world) []entry {
	var all []entry
	for side, name := range map[apiclient.Side]string{apiclient.Made: "Made", apiclient.Received: "Received"} {
		all = append(all, entry{
			"phoneChat" + name + "Bookings", "groupsPhoneChat" + name + "Bookings",
			func(ctx context.Context, as apiclient.Caller) error {
				return fails(w.ListBookings(ctx, as, side, apiclient.ListQuery{}))
			},
		}, entry{
			"phoneChat" + name + "BookingDetails", "groupsPhoneChat" + name + "BookingDetails",
			func(ctx context.Context, as apiclient.Caller) error { return fails(w.Booking(ctx, as, side, 1)) },
		})
	}
	return all
}

// publicCalls are all operations that take the project's key.
func publicCalls(c *apiclient.Client) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"groupsGetGroupDetails": func(ctx context.Context) error { return fails(c.Group(ctx, apiclient.GroupQuery{ID: studio})) },
		"searchProfiles":        func(ctx context.Context) error { return fails(c.Search(ctx, apiclient.SearchQuery{Nickname: "v"})) },
		"searchProfilesPost": func(ctx context.Context) error {
			return fails(c.Search(ctx, apiclient.SearchQuery{Nickname: "v", ByPost: true}))
		},
		"profileGetProfileDetails": func(ctx context.Context) error { return fails(c.Profile(ctx, velvet, apiclient.ProfileOptions{})) },
		"newsfeedGetUserSummary":   func(ctx context.Context) error { return fails(c.UserSummary(ctx, velvet)) },
		"profileGetRatings":        func(ctx context.Context) error { return fails(c.Ratings(ctx, apiclient.RatingsQuery{Member: velvet})) },
		"listsGetTopList": func(ctx context.Context) error {
			return fails(c.TopList(ctx, apiclient.TopListQuery{Type: apiclient.TopPhoneChatViews, Range: apiclient.AllTime}))
		},
	}
}

// refusals has each operation refused for a token that was revoked and for want of its scope, which the
// error has to name as the document does; public ones for a wrong key; and twins for both.
func refusals(t *testing.T, w *world) {
	documented := w.referee.operations()
	listed := map[string]bool{"oauthAuthorize": true, "oauthToken": true} // see loginRefused
	revoked := apiclient.With(secret.New("revoked"))
	w.sim.GrantToken(int64(desk), "revoked")
	w.sim.RevokeToken("revoked")
	poor := w.having(desk, "userid")
	for _, e := range memberCalls(w) {
		for _, operation := range []string{e.operation, e.twin} {
			if operation == "" {
				continue
			}
			listed[operation] = true
			gone, lacking := revoked, poor
			if operation == e.twin {
				gone.For, lacking.For = velvet, velvet
			}
			refusedBy(t, e.call(t.Context(), gone), apiclient.ErrUnauthorized, http.StatusUnauthorized)
			scopes := (*documented[operation].Security)[0]["unifiedLogin"]
			if len(scopes) == 0 {
				continue
			}
			err := e.call(t.Context(), lacking)
			refusedBy(t, err, apiclient.ErrForbidden, http.StatusForbidden)
			if got := scopeOf(err); len(scopes) != 1 || string(got) != scopes[0] {
				t.Errorf("%s: the error names scope %q, the document %v", operation, got, scopes)
			}
		}
	}
	for key, keySecret := range map[string]string{"not-the-key": projectSecret, "demo-project-key": "not-the-secret"} {
		foreigner := w.connect(t, apiclient.Config{
			Key: secret.New(key), KeySecret: secret.New(keySecret), Rate: rate.Inf, Retries: -1, BreakAfter: -1,
		}, w.referee)
		for operation, call := range publicCalls(foreigner) {
			listed[operation] = true
			refusedBy(t, call(t.Context()), apiclient.ErrForbidden, http.StatusUnauthorized)
		}
	}
	for operation := range documented {
		if !listed[operation] {
			t.Errorf("%s is not among the calls", operation)
		}
	}
}

func scopeOf(err error) apiclient.Scope {
	var e *apiclient.Error
	if !asError(err, &e) {
		return ""
	}
	return e.Scope
}

// foreign has each step of a booking's life refused for a booking of other people, which is not told from
// none, and each read as well.
func foreign(t *testing.T, w *world) {
	w.sim.AddBooking(seedFor(lark, velvet, 1))
	deleted := must[[]apiclient.Deletion](t)(w.DeleteMade(t.Context(), w.as(owl), 1))
	if len(deleted) != 1 || deleted[0].Deleted || deleted[0].Message == "" {
		t.Errorf("a booking of other people: %+v", deleted)
	}
	for _, e := range memberCalls(w) {
		switch e.operation {
		case "phoneChatMadeBookingDetails", "phoneChatConfirmMadeBooking", "phoneChatCancelMadeBooking", "phoneChatRescheduleMadeBooking":
			refusedBy(t, e.call(t.Context(), w.as(owl)), apiclient.ErrNotFound, http.StatusNotFound)
		case "phoneChatReceivedBookingDetails", "phoneChatAcceptReceivedBooking", "phoneChatRejectReceivedBooking",
			"phoneChatReInvite", "phoneChatCancelReceivedBooking":
			refusedBy(t, e.call(t.Context(), w.as(harbour)), apiclient.ErrNotFound, http.StatusNotFound)
		}
	}
	if b, _ := w.sim.Booking(1); b.Status != string(apiclient.StatusPending) {
		t.Errorf("strangers made the booking %s", b.Status)
	}
}

// foreignMembers has a manager refused for members of no group or of none that exists, and a member who
// is no manager for everybody.
func foreignMembers(t *testing.T, w *world) {
	plain := w.as(harbour)
	plain.For = velvet
	for _, as := range []apiclient.Caller{w.managing(lark), w.managing(nobody), plain} {
		for _, e := range memberCalls(w) {
			err := e.call(t.Context(), as)
			if e.twin == "" {
				refusedBy(t, err, apiclient.ErrInvalid, 0) // unsent: there is no such call
				continue
			}
			refusedBy(t, err, apiclient.ErrForbidden, http.StatusForbidden)
		}
	}
}

// sorted reports whether bookings stand in the order of a key.
func sorted[K cmp.Ordered](rows []apiclient.Booking, descending bool, key func(apiclient.Booking) K) bool {
	return slices.IsSortedFunc(rows, func(a, b apiclient.Booking) int {
		if descending {
			a, b = b, a
		}
		return cmp.Compare(key(a), key(b))
	})
}

const hour = time.Hour
