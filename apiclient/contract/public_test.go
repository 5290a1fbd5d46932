package contract

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/apiclient"
	"phonechatbot/apiclient/wire"
)

func group(t *testing.T, w *world) {
	ctx := t.Context()
	want := []apiclient.GroupMember{
		{ID: velvet, Nickname: "VelvetVoice", IsPhoneChat: true},
		{ID: harbour, Nickname: "QuietHarbour", IsPhoneChat: true},
		{ID: desk, Nickname: "NorthDesk"},
	}
	for name, q := range map[string]apiclient.GroupQuery{"by number": {ID: studio}, "by name, in another case": {Name: "north studio"}} {
		got := must[apiclient.GroupPage](t)(w.Group(ctx, q))
		if diff := cmp.Diff(apiclient.GroupPage{ID: studio, Name: "North Studio", Members: want, Number: 1, Count: 1, Total: 3}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	got := must[apiclient.GroupPage](t)(w.Group(ctx, apiclient.GroupQuery{ID: studio, PerPage: 2, Page: 2}))
	if diff := cmp.Diff(apiclient.GroupPage{ID: studio, Name: "North Studio", Members: want[2:], Number: 2, Count: 2, Total: 3}, got); diff != "" {
		t.Errorf("second page (-want +got)\n%s", diff)
	}
	seen := map[apiclient.MemberID]bool{}
	for m, err := range w.EachGroupMember(ctx, apiclient.GroupQuery{ID: choir}) {
		if err != nil || seen[m.ID] {
			t.Fatalf("%s once more, or %v", m.ID, err)
		}
		seen[m.ID] = true
	}
	if len(seen) != choirSize {
		t.Errorf("walked through %d of %d", len(seen), choirSize)
	}
	refusedBy(t, fails(w.Group(ctx, apiclient.GroupQuery{ID: 5})), apiclient.ErrNotFound, http.StatusNotFound)
}

// search finds by each filter for which there are data, and is let send the others, by GET and by POST.
func search(t *testing.T, w *world) {
	ctx := t.Context()
	for _, byPost := range []bool{false, true} {
		for name, tc := range map[string]struct {
			q    apiclient.SearchQuery
			want []apiclient.MemberID
		}{
			"part of a name": {apiclient.SearchQuery{Nickname: "VOICE"}, []apiclient.MemberID{velvet}},
			"number":         {apiclient.SearchQuery{Member: lark}, []apiclient.MemberID{lark}},
			"phone chat":     {apiclient.SearchQuery{IsPhoneChat: true, PerPage: 2, Page: 2}, []apiclient.MemberID{lark, moth}},
			"nobody":         {apiclient.SearchQuery{Nickname: "nobody at all"}, nil},
			"all the rest": {apiclient.SearchQuery{
				Nickname: "voice", IsWebcam: true, Genders: []int{1, 2}, Orientations: []int{3}, CountryID: apiclient.CountryUK,
				RegionID: 4, Town: "Leeds", MinAge: 21, MaxAge: 60, Postcode: "LS1 1AA", Miles: 25, OrderBy: "lastupdated",
				PerPage: apiclient.MaxPerPage, Page: 1,
			}, []apiclient.MemberID{velvet}},
		} {
			tc.q.ByPost = byPost
			page := must[apiclient.ProfilePage](t)(w.Search(ctx, tc.q))
			var got []apiclient.MemberID
			for _, card := range page.Profiles {
				got = append(got, card.ID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, by POST %v (-want +got)\n%s", name, byPost, diff)
			}
		}
	}
	old := apiclient.SearchQuery{MinAge: 1 << 31}
	refusedBy(t, fails(w.Search(ctx, old)), apiclient.ErrInvalid, http.StatusBadRequest)
	old.ByPost = true
	refusedBy(t, fails(w.Search(ctx, old)), apiclient.ErrInvalid, http.StatusBadRequest)
}

// profile shows what is known of a member, and no number.
func profile(t *testing.T, w *world) {
	ctx := t.Context()
	card := must[apiclient.MemberCard](t)(w.UserSummary(ctx, velvet))
	if card.ID != velvet || card.Nickname != "VelvetVoice" || !card.IsPhoneChat || card.Rating != 56 || card.Ratings != 60 {
		t.Errorf("card: %+v", card)
	}
	page := must[apiclient.ProfilePage](t)(w.Search(ctx, apiclient.SearchQuery{Member: velvet}))
	if diff := cmp.Diff(card, page.Profiles[0]); diff != "" {
		t.Errorf("summary and search differ (-summary +search)\n%s", diff)
	}
	for _, o := range []apiclient.ProfileOptions{{}, {Images: true}, {Contact: true}, {Images: true, Contact: true}} {
		got := must[apiclient.ProfileDetails](t)(w.Profile(ctx, velvet, o))
		if got.ID != velvet || got.Nickname != "VelvetVoice" || !got.IsPhoneChat || len(got.Pictures) > 0 || got.MobileNumber != "" {
			t.Errorf("%+v: %+v", o, got)
		}
	}
	refusedBy(t, fails(w.UserSummary(ctx, nobody)), apiclient.ErrNotFound, http.StatusNotFound)
	refusedBy(t, fails(w.Profile(ctx, nobody, apiclient.ProfileOptions{})), apiclient.ErrNotFound, http.StatusNotFound)
}

// rankings come as they are: their layouts are the local platform's own.
func rankings(t *testing.T, w *world) {
	ctx := t.Context()
	for _, order := range []apiclient.RatingsOrder{
		"", apiclient.NewestRatingFirst, apiclient.OldestRatingFirst, apiclient.RatingsByNickname, apiclient.RatingsByNicknameDesc,
	} {
		got := must[wire.Opaque](t)(w.Ratings(ctx, apiclient.RatingsQuery{
			Member: velvet, Overview: true, Ratings: true, Feedback: true, PhoneChatFeedback: true, OrderBy: order,
			PerPage: apiclient.MaxFeedbackPerPage, Page: 1,
		}))
		for _, part := range []string{`"UserID":771204`, `"Overview":{"Total":56`, `"Feedback":[]`, `"PhoneChatFeedback":[]`} {
			if !strings.Contains(string(got), part) {
				t.Errorf("%q: no %s in %s", order, part, got)
			}
		}
	}
	if got := must[wire.Opaque](t)(w.Ratings(ctx, apiclient.RatingsQuery{Member: velvet})); strings.Contains(string(got), "Overview") {
		t.Errorf("unasked: %s", got)
	}
	refusedBy(t, fails(w.Ratings(ctx, apiclient.RatingsQuery{Member: nobody})), apiclient.ErrNotFound, http.StatusNotFound)
	heads := []apiclient.MemberID{lark, velvet}
	for _, by := range []apiclient.TopListType{apiclient.TopPhoneChatViews, apiclient.TopPhoneChatRatings} {
		for _, of := range []apiclient.TopListRange{
			apiclient.AllTime, apiclient.LastYear, apiclient.LastMonth, apiclient.LastWeek, apiclient.ThisYear,
			apiclient.ThisMonth, apiclient.ThisWeek, apiclient.Today, apiclient.Yesterday,
		} {
			var rows []struct{ UserID apiclient.MemberID }
			if err := json.Unmarshal(must[wire.Opaque](t)(w.TopList(ctx, apiclient.TopListQuery{Type: by, Range: of, Count: 2})), &rows); err != nil {
				t.Fatal(err)
			}
			got := make([]apiclient.MemberID, len(rows))
			for i, row := range rows {
				got[i] = row.UserID
			}
			if !slices.Equal(got, heads) {
				t.Errorf("%s, %s: got %v", by, of, got)
			}
		}
	}
	refusedBy(t, fails(w.TopList(ctx, apiclient.TopListQuery{Type: "PictureVotes", Range: apiclient.AllTime})), apiclient.ErrInvalid, http.StatusBadRequest)
}
