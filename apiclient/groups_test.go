package apiclient

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGroupRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		q    GroupQuery
		want url.Values // nil: refused
	}{
		"by ID":           {GroupQuery{ID: 312}, url.Values{"ReturnMembers": {"true"}, "GroupID": {"312"}}},
		"by name":         {GroupQuery{Name: " North Studio "}, url.Values{"ReturnMembers": {"true"}, "GroupName": {"North Studio"}}},
		"by both":         {GroupQuery{ID: 312, Name: "North Studio"}, url.Values{"ReturnMembers": {"true"}, "GroupID": {"312"}}},
		"a page":          {GroupQuery{ID: 312, PerPage: 100, Page: 2}, url.Values{"ReturnMembers": {"true"}, "GroupID": {"312"}, "MembersPerPage": {"100"}, "PageNumber": {"2"}}},
		"of none":         {GroupQuery{Name: " "}, nil},
		"below none":      {GroupQuery{ID: -1, Name: "North Studio"}, nil},
		"too large":       {GroupQuery{ID: 312, PerPage: 101}, nil},
		"a page below 1":  {GroupQuery{ID: 312, Page: -1}, nil},
		"a size below it": {GroupQuery{ID: 312, PerPage: -1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := tc.q.request()
			if tc.want == nil {
				c, p := connect(t, says(200, asJSON, `{}`))
				check(t, name, second(c.Group(t.Context(), tc.q)), ErrInvalid, 0)
				if err == nil || p.count() != 0 {
					t.Errorf("%v, %d requests", err, p.count())
				}
				return
			}
			if diff := cmp.Diff(tc.want, r.query); err != nil || diff != "" || r.path != routeGroup.path || !r.public {
				t.Errorf("%s: %v %s", r.path, err, diff)
			}
		})
	}
}

func TestGroupFindsItsMembers(t *testing.T) {
	both := []GroupMember{{ID: 771204, Nickname: "VelvetVoice", IsPhoneChat: true}, {ID: 8}}
	rows := `[{"UserID":771204,"Nickname":"VelvetVoice","IsPhoneChat":true},{"UserID":8}]`
	for name, tc := range map[string]struct {
		answer string
		want   GroupPage
	}{
		"as guessed": {
			`{"GroupID":312,"GroupName":"North Studio","PageCount":3,"PageNumber":1,"MembersPerPage":2,"MembersTotal":5,"Members":` + rows + `}`,
			GroupPage{ID: 312, Name: "North Studio", Members: both, Number: 1, Count: 3, Total: 5},
		},
		"camelCase":   {`{"groupID":312,"members":[{"userID":771204,"nickName":"VelvetVoice","isPhoneChat":true},{"userID":8}]}`, GroupPage{ID: 312, Members: both}},
		"bare":        {rows, GroupPage{Members: both}},
		"wrapped":     {`{"Group":{"GroupID":312,"Details":{"GroupName":"N"},"Page":{"Rows":` + rows + `,"PageCount":2}}}`, GroupPage{ID: 312, Name: "N", Members: both, Count: 2}},
		"other lists": {`{"Days":["Mon"],"Hours":[{"Day":1}],"Empty":[],"Mixed":[{"UserID":9},{"Day":1}],"People":` + rows + `}`, GroupPage{Members: both}},
		"the top one": {`{"Staff":{"Managers":[{"UserID":1}]},"Members":` + rows + `}`, GroupPage{Members: both}},
		"pictures":    {`{"Members":[{"UserID":8,"Fans":[{"UserID":9}]}]}`, GroupPage{Members: []GroupMember{{ID: 8}}}},
		"nulls":       {`{"GroupID":312,"PageCount":null,"GroupName":null,"Members":[{"UserID":8,"Nickname":null}]}`, GroupPage{ID: 312, Members: []GroupMember{{ID: 8}}}},
		"null on top": {`{"PageCount":null,"Pages":{"PageCount":2},"Members":[{"UserID":8}]}`, GroupPage{Members: []GroupMember{{ID: 8}}, Count: 2}},
		"nobody":      {`{"GroupID":312,"Members":[]}`, GroupPage{ID: 312}},
		"null nobody": {`{"GroupName":"North Studio","Members":null}`, GroupPage{Name: "North Studio"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := GroupQuery{ID: 312, Page: 1}.read([]byte(tc.answer))
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestGroupNotUnderstood(t *testing.T) {
	for name, tc := range map[string]struct{ answer, at string }{
		"broken":           {`{"GroupID":312,`, ""},
		"empty":            {``, ""},
		"nothing known":    {`{"Message":"hello"}`, "Members"},
		"a number":         {`312`, "Members"},
		"promised":         {`{"GroupID":312,"MembersTotal":2,"Members":[]}`, "Members"},
		"another group":    {`{"GroupID":313,"Members":[{"UserID":8}]}`, "GroupID"},
		"nobody's row":     {`{"Members":[{"UserID":0}]}`, "Members/UserID"},
		"a text for an ID": {`{"Members":[{"UserID":"x"}]}`, "UserID"},
		"too deep":         {`{"a":{"a":{"a":{"a":{"a":{"a":{"Members":[{"UserID":8}]}}}}}}}`, "Members"},
	} {
		_, err := GroupQuery{ID: 312}.read([]byte(tc.answer))
		var wrong misread
		if !errors.As(err, &wrong) || wrong.at != tc.at {
			t.Errorf("%s: %v, want it at %q", name, err, tc.at)
		}
	}
	if _, err := (GroupQuery{ID: 312, Page: 2}).read([]byte(`{"GroupID":312,"MembersTotal":2,"Members":[]}`)); err != nil {
		t.Errorf("past the end: %v", err)
	}
}

func TestEachGroupMember(t *testing.T) {
	page := func(count, total int, ids ...MemberID) GroupPage {
		p := GroupPage{ID: 312, Count: count, Total: total}
		for _, id := range ids {
			p.Members = append(p.Members, GroupMember{ID: id})
		}
		return p
	}
	for name, tc := range map[string]struct {
		answers []GroupPage // in the order of the requests
		want    []MemberID
		pages   []int
	}{
		"nobody":              {[]GroupPage{page(0, 0)}, nil, []int{1}},
		"counted pages":       {[]GroupPage{page(2, 3, 1, 2), page(2, 3, 3)}, []MemberID{1, 2, 3}, []int{1, 2}},
		"counted members":     {[]GroupPage{page(0, 3, 1, 2), page(0, 3, 3)}, []MemberID{1, 2, 3}, []int{1, 2}},
		"nothing counted":     {[]GroupPage{page(0, 0, 1, 2), page(0, 0, 3), page(0, 0)}, []MemberID{1, 2, 3}, []int{1, 2, 3}},
		"the same page again": {[]GroupPage{page(0, 0, 1, 2), page(0, 0, 1, 2)}, []MemberID{1, 2}, []int{1, 2}},
		"one comes in":        {[]GroupPage{page(2, 4, 1, 2), page(2, 5, 2, 3)}, []MemberID{1, 2, 3}, []int{1, 2}},
		"one leaves":          {[]GroupPage{page(2, 4, 1, 2), page(2, 3, 4), page(2, 3, 2, 3), page(2, 3, 4)}, []MemberID{1, 2, 4, 3}, []int{1, 2, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []MemberID
			var pages []int
			read := func(q GroupQuery) (GroupPage, error) {
				if q.PerPage != MaxPerPage || q.ID != 312 || len(pages) == len(tc.answers) {
					t.Fatalf("asked for %+v after %v", q, pages)
				}
				pages = append(pages, q.Page)
				return tc.answers[len(pages)-1], nil
			}
			for m, err := range eachGroupMember(GroupQuery{ID: 312, Page: 7, PerPage: 3}, read) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, m.ID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if !slices.Equal(tc.pages, pages) {
				t.Errorf("pages %v, want %v", pages, tc.pages)
			}
		})
	}
}

func TestEachGroupMemberStops(t *testing.T) {
	calls := 0
	endless := func(q GroupQuery) (GroupPage, error) {
		calls++
		return GroupPage{Count: 1 << 20, Members: []GroupMember{{ID: MemberID(q.Page)}}}, nil
	}
	last := error(nil)
	for _, err := range eachGroupMember(GroupQuery{ID: 1}, endless) {
		last = err
	}
	if !errors.Is(last, ErrUnavailable) || calls != maxPages {
		t.Errorf("a group without end: %v after %d pages", last, calls)
	}
	calls = 0
	for _, err := range eachGroupMember(GroupQuery{ID: 1}, endless) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if calls != 1 {
		t.Errorf("told to stop, it read %d pages", calls)
	}
	c, _ := connect(t, says(200, asJSON, `{}`))
	for _, err := range c.EachGroupMember(t.Context(), GroupQuery{}) {
		last = err
	}
	check(t, "no group", last, ErrInvalid, 0)
}

func FuzzGroupAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"GroupID":312,"Members":[{"UserID":8,"Nickname":"x"}]}`, `[{"userid":1},{"UserID":2}]`, `[[[[[[[[]]]]]]]]`,
		`{"a":[{"UserID":"x"}],"b":[{}],"":null}`, "\ufeff[{\"UserID\":1e2}]", `{"UserID":1`, "{\"\xff\":[{\"UserID\":1}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		page, err := GroupQuery{Page: 2}.read(body)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "reply not understood") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		if len(page.Members) == 0 && page.ID == 0 && page.Name == "" {
			t.Errorf("%q was understood as nothing", body)
		}
		for _, m := range page.Members {
			if m.ID <= 0 {
				t.Errorf("%q has a member without ID", body)
			}
		}
	})
}
