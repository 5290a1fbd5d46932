package conversations

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
)

// What the form reads to help with the choice of a performer. All of it is a convenience: where it can't be read, a
// member number can still be typed.
const (
	factRecent     = "recent"
	factFavourites = "favourites"
	factFound      = "found"
	factMember     = "member"
)

// recentFact is one member who can be chosen: booked before, a favourite, or found.
type recentFact struct {
	ID       int64  `json:"id"`
	Nickname string `json:"nickname"`
	Rating   int    `json:"rating"`
	Ratings  int    `json:"ratings"` // 0 where the rating is not known
}

// foundFact is what the search for a nickname found.
type foundFact struct {
	Failed bool         `json:"failed"`
	Hits   []recentFact `json:"hits"`
	Total  int          `json:"total"` // as the platform counts them; more than the hits where these are cut off
}

// memberFact is what the platform tells everybody about the chosen member.
type memberFact struct {
	ID         int64  `json:"id"`
	Known      bool   `json:"known"` // the platform was asked, and answered
	Gone       bool   `json:"gone"`  // it said that there is no such member
	Nickname   string `json:"nickname"`
	Rating     int    `json:"rating"`
	Ratings    int    `json:"ratings"`
	PhoneChat  bool   `json:"phone_chat"`
	DirectChat bool   `json:"direct_chat"`
}

const (
	recentCount    = 4  // buttons
	mostFavourites = 96 // they are kept with the form
	mostFound      = 24
	searchedPages  = 3 // of 100: the platform asks for tight filters

	asideTime = 3 * time.Second // for what the form can do without
)

// whoFacts names what the choice is read for.
func whoFacts() map[string]func(flow.Scope) string {
	chosen := func(s flow.Scope) string { return s.Answers[stepWho] }
	return map[string]func(flow.Scope) string{
		factRecent:     func(flow.Scope) string { return "" },
		factFavourites: func(flow.Scope) string { return "" },
		factFound:      func(s flow.Scope) string { return s.Answers[answerSearch] },
		factPerformer:  chosen,
		factMember:     chosen,
	}
}

func (v *visit) recentPerformers() ([]recentFact, error) {
	page, err := v.api.ListBookings(v.ctx, v.caller(), apiclient.Made,
		apiclient.ListQuery{OrderBy: apiclient.NewestFirst, PerPage: 20, Page: 1})
	if err != nil {
		if errors.Is(err, apiclient.ErrUnauthorized) || errors.Is(err, context.Canceled) {
			return nil, err
		}
		return []recentFact{}, nil
	}
	recents := []recentFact{}
	for _, b := range page.Bookings {
		if !slices.ContainsFunc(recents, sameMember(b.Other.ID)) && len(recents) < recentCount {
			recents = append(recents, recentFact{ID: int64(b.Other.ID), Nickname: b.Other.Nickname})
		}
	}
	return recents, nil
}

// favourites are the members on the hot lists, each once. The list of the lists is an inferred path: without it
// there is the one that the platform picks.
func (v *visit) favourites() ([]recentFact, error) {
	ctx, cancel := context.WithTimeout(v.ctx, asideTime)
	defer cancel()
	lists, err := v.api.HotLists(ctx, v.caller())
	if apiclient.Missing(err) {
		var one apiclient.HotList
		one, err = v.api.HotList(ctx, v.caller(), 0)
		lists = []apiclient.HotList{one}
	}
	if err != nil {
		return []recentFact{}, v.ctx.Err()
	}
	all := []recentFact{}
	for _, list := range lists {
		for _, m := range list.Members {
			known := slices.ContainsFunc(all, sameMember(m.ID)) || int64(m.ID) == v.account.Member
			if !known && len(all) < mostFavourites {
				all = append(all, recentFact{ID: int64(m.ID), Nickname: nickname(m.Nickname)})
			}
		}
	}
	return all, nil
}

// find searches for a nickname among those who take phone chat. Somebody of exactly that name who does not is found
// too, so that it can be said.
func (v *visit) find(name string) (foundFact, error) {
	found, err := v.search(apiclient.SearchQuery{Nickname: name, IsPhoneChat: true}, name)
	if err == nil && len(called(name, found.Hits)) == 0 {
		if others, err := v.search(apiclient.SearchQuery{Nickname: name}, name); err == nil {
			exact := called(name, others.Hits)
			found.Hits, found.Total = append(exact, found.Hits...), found.Total+len(exact)
		}
	}
	if err != nil {
		return foundFact{Failed: true}, v.ctx.Err()
	}
	return found, nil
}

// search reads pages until somebody has exactly that name. The nearest come first.
func (v *visit) search(q apiclient.SearchQuery, name string) (foundFact, error) {
	q.PerPage = apiclient.MaxPerPage
	found := foundFact{Hits: []recentFact{}}
	for q.Page = 1; q.Page <= searchedPages; q.Page++ {
		page, err := v.api.Search(v.ctx, q)
		if err != nil && q.Page == 1 {
			return foundFact{}, err
		}
		for _, m := range page.Profiles {
			if !slices.ContainsFunc(found.Hits, sameMember(m.ID)) { // rows shift between pages
				found.Hits = append(found.Hits, recentFact{
					ID: int64(m.ID), Nickname: nickname(m.Nickname), Rating: m.Rating, Ratings: m.Ratings,
				})
			}
		}
		found.Total = max(found.Total, page.Total, len(found.Hits))
		if err != nil || q.Page >= page.Count || len(called(name, found.Hits)) > 0 {
			break
		}
	}
	slices.SortStableFunc(found.Hits, func(a, b recentFact) int { return distance(a, name) - distance(b, name) })
	found.Hits = found.Hits[:min(len(found.Hits), mostFound)]
	return found, nil
}

// distance is 0 for the name itself, 1 for one that begins with it, 2 for the rest.
func distance(r recentFact, name string) int {
	have, want := strings.ToLower(oneLine(r.Nickname)), strings.ToLower(name)
	switch {
	case have == want:
		return 0
	case strings.HasPrefix(have, want):
		return 1
	}
	return 2
}

// nickname is one that fits on a button.
func nickname(given string) string {
	name := []rune(oneLine(given))
	return string(name[:min(len(name), longestNickname)])
}

// publicCard is what everybody may see of the member.
func (v *visit) publicCard(member string) (memberFact, error) {
	id, ok := memberNumber(member)
	if !ok || !v.api.HasKey() {
		return memberFact{ID: id}, nil
	}
	ctx, cancel := context.WithTimeout(v.ctx, asideTime)
	defer cancel()
	card, err := v.api.UserSummary(ctx, apiclient.MemberID(id))
	switch {
	case errors.Is(err, apiclient.ErrNotFound):
		return memberFact{ID: id, Gone: true}, nil
	case err != nil:
		return memberFact{ID: id}, v.ctx.Err()
	}
	return memberFact{
		ID: id, Known: true, Nickname: nickname(card.Nickname), Rating: card.Rating, Ratings: card.Ratings,
		PhoneChat: card.IsPhoneChat, DirectChat: card.IsDirectChat,
	}, nil
}
