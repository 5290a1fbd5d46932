package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

// GroupQuery names a group, by ID or else by name, and the page of its members.
type GroupQuery struct {
	ID      int64
	Name    string
	PerPage int // 1 to MaxPerPage; 0 for the API's default
	Page    int // from 1
}

// GroupMember is a member of a group as its public page shows it; only ID is certain.
type GroupMember struct {
	ID          MemberID
	Nickname    string
	IsPhoneChat bool
}

// GroupPage is a group and one page of its members. What was not told is zero.
type GroupPage struct {
	ID      int64
	Name    string
	Members []GroupMember
	Number  int
	Count   int // pages in all
	Total   int // members in all
}

var errNoGroup = errors.New("neither ID nor name of a group")

// Group reads one page of a group's members (docs: getGroupDetails). The answer is a guess of the
// contract, so it is searched: the members are the first array of objects that have a UserID. Members
// whom the public page hides may be missing.
//
// Scope: the project's key. Errors: ErrInvalid, ErrNotFound.
func (c *Client) Group(ctx context.Context, q GroupQuery) (GroupPage, error) {
	r, err := q.request()
	if err != nil {
		return GroupPage{}, refuse(routeGroup, err)
	}
	return ask(ctx, c, Caller{}, r, q.read)
}

// EachGroupMember goes through all members of a group, each once, in pages of MaxPerPage (docs:
// getGroupDetails); PerPage and Page of q are not used. When members vanish between two pages, the
// earlier page is read again. Where the answers do not count their pages, it ends with a page that has
// nobody new. An error ends it.
//
// Scope: the project's key. Errors: as Group: ErrInvalid, ErrNotFound.
func (c *Client) EachGroupMember(ctx context.Context, q GroupQuery) iter.Seq2[GroupMember, error] {
	return eachGroupMember(q, func(q GroupQuery) (GroupPage, error) { return c.Group(ctx, q) })
}

func eachGroupMember(q GroupQuery, read func(GroupQuery) (GroupPage, error)) iter.Seq2[GroupMember, error] {
	return func(yield func(GroupMember, error) bool) {
		seen := make(map[MemberID]bool)
		q.Page, q.PerPage = 1, MaxPerPage
		total := 0
		for range maxPages {
			page, err := read(q)
			if err != nil {
				yield(GroupMember{}, err)
				return
			}
			before := len(seen)
			for _, m := range page.Members {
				if !seen[m.ID] {
					seen[m.ID] = true
					if !yield(m, nil) {
						return
					}
				}
			}
			shrunk := page.Total < total
			total = page.Total
			switch {
			case shrunk && q.Page > 1:
				q.Page--
			case page.last(q.Page, len(seen), len(seen) > before):
				return
			default:
				q.Page++
			}
		}
		yield(GroupMember{}, &Error{Op: routeGroup.op, Kind: ErrUnavailable, err: errTooMany})
	}
}

// last reports whether nothing comes after this page, by the best of what the answer says.
func (p GroupPage) last(asked, seen int, anyNew bool) bool {
	switch {
	case p.Count > 0:
		return asked >= p.Count
	case p.Total > 0 && seen >= p.Total:
		return true
	default:
		return !anyNew
	}
}

func (q GroupQuery) request() (request, error) {
	query := url.Values{"ReturnMembers": {"true"}}
	switch name := strings.TrimSpace(q.Name); {
	case q.ID > 0:
		query.Set("GroupID", strconv.FormatInt(q.ID, 10))
	case q.ID == 0 && name != "":
		query.Set("GroupName", name)
	default:
		return request{}, errNoGroup
	}
	if q.PerPage < 0 || q.PerPage > MaxPerPage || q.Page < 0 {
		return request{}, errPaging
	}
	if q.PerPage > 0 {
		query.Set("MembersPerPage", strconv.Itoa(q.PerPage))
	}
	if q.Page > 0 {
		query.Set("PageNumber", strconv.Itoa(q.Page))
	}
	return request{route: routeGroup, query: query}, nil
}

// read reads the answer to a query. One without members is taken for an empty page only if it knows the
// group, and if it is not the first page of some. An answer about another group is refused.
func (q GroupQuery) read(body []byte) (GroupPage, error) {
	body = trimReply(body)
	if !json.Valid(body) {
		return GroupPage{}, misread{}
	}
	page := GroupPage{
		ID: first[int64](body, "GroupID"), Name: first[string](body, "GroupName"), Number: first[int](body, "PageNumber"),
		Count: first[int](body, "PageCount"), Total: first[int](body, "MembersTotal"),
	}
	if q.ID > 0 && page.ID != 0 && page.ID != q.ID {
		return GroupPage{}, misread{at: "GroupID"}
	}
	for row := range rowsOfMembers(body) {
		w, err := decode[wire.GroupMember](row)
		if err != nil {
			return GroupPage{}, err
		}
		if w.UserID <= 0 {
			return GroupPage{}, misread{at: "Members/UserID"}
		}
		page.Members = append(page.Members, GroupMember{
			ID: MemberID(w.UserID), Nickname: orZero(w.Nickname), IsPhoneChat: orZero(w.IsPhoneChat),
		})
	}
	promised := q.Page <= 1 && page.Total > 0
	if len(page.Members) == 0 && (promised || page.ID == 0 && page.Name == "") {
		return GroupPage{}, misread{at: "Members"}
	}
	return page, nil
}

// rowsOfMembers are the elements of the first array, seen from the top, of objects that have a UserID.
func rowsOfMembers(body []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		for _, value := range valuesOf(body) {
			if value[0] != '[' {
				continue
			}
			rows := 0
			for _, row := range partsOf(value) {
				if !hasUserID(row) {
					rows = 0
					break
				}
				rows++
			}
			if rows == 0 {
				continue
			}
			for _, row := range partsOf(value) {
				if !yield(row) {
					return
				}
			}
			return
		}
	}
}

func hasUserID(row json.RawMessage) bool {
	for name := range partsOf(row) {
		if strings.EqualFold(name, "UserID") {
			return true
		}
	}
	return false
}

// first is the value of the first member, seen from the top, that has this name in any case and is a T.
func first[T any](body []byte, name string) T {
	for got, value := range valuesOf(body) {
		if strings.EqualFold(got, name) && string(value) != "null" {
			if v := valueAs[T](value); v != nil {
				return *v
			}
		}
	}
	return *new(T)
}

// maxDepth is how deep an answer of unknown shape is searched.
const maxDepth = 5

// valuesOf are the values of a JSON document with the names they stand under: the document itself, what
// it holds, what that holds, down to maxDepth, in the order of the text.
func valuesOf(body []byte) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		if !yield("", body) {
			return
		}
		level := []json.RawMessage{body}
		for range maxDepth {
			var below []json.RawMessage
			for _, whole := range level {
				for name, value := range partsOf(whole) {
					if !yield(name, value) {
						return
					}
					below = append(below, value)
				}
			}
			level = below
		}
	}
}

// partsOf are the members of an object, or the elements of an array under no name; other values have none.
func partsOf(value json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		if len(value) == 0 || value[0] != '{' && value[0] != '[' {
			return
		}
		d := json.NewDecoder(bytes.NewReader(value))
		if _, err := d.Token(); err != nil { // the bracket
			return
		}
		for d.More() {
			name := ""
			if value[0] == '{' {
				token, err := d.Token()
				if err != nil {
					return
				}
				name, _ = token.(string)
			}
			var part json.RawMessage
			if d.Decode(&part) != nil || !yield(name, part) {
				return
			}
		}
	}
}
