package conversations

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var (
	msgWhoAsk      = msg("book.who.ask", "<b>Whom</b> would you like to call? Type the member number, for example <code>771204</code>, or a whole line: <code>771204 tomorrow 7pm 30 min</code>.")
	msgWhoAskName  = msg("book.who.ask_name", "<b>Whom</b> would you like to call? Type a nickname to search, the member number, for example <code>771204</code>, or a whole line: <code>771204 tomorrow 7pm 30 min</code>.")
	msgWhoRecent   = msg("book.who.recent", "Or choose someone you have booked before.")
	msgWhoFavs     = msg("book.who.favourites", "Your favourites on the site:")
	msgWhoFound    = msg("book.who.found", "These members match <b>{search}</b>. Choose one, or type more of the nickname.")
	msgWhoFoundFew = msg("book.who.found_few", "{total} members match <b>{search}</b>. These are some of them: choose one, or type more of the nickname.")

	msgWhoBad      = msg("book.who.bad", "I need a member number of digits only, for example <code>771204</code>. You find it on the member's profile.")
	msgWhoBadName  = msg("book.who.bad_name", "That is neither a nickname nor a member number. For example <code>VelvetVoice</code> or <code>771204</code>.")
	msgWhoPhone    = msg("book.who.phone", "That looks like a phone number, and I don't search for one: your own is asked for later. Type the member number, for example <code>771204</code>, without it.")
	msgWhoNobody   = msg("book.who.nobody", "I found nobody called {search} who takes phone chat. Check the spelling, or type the member number, for example <code>771204</code>.")
	msgWhoNoSearch = msg("book.who.no_search", "The site's search is not answering. Try again in a minute, or type the member number, for example <code>771204</code>.")
	msgWhoSelf     = msg("book.who.self", "That is your own member number. Whom would you like to call?")
	msgWhoUnknown  = msg("book.who.unknown", "The site knows no member {number}. Please check the number.")
	msgWhoNoChat   = msg("book.who.no_chat", "Phone chat is not offered by {name}. Please choose someone else.")
	msgWhoDirect   = msg("book.who.direct", "Only direct calls on the site (DirectChat) are taken by {name}, no bookings. Please choose someone else.")
	msgWhoNot      = msg("book.who.not_offered", "A phone chat with {name} can't be booked at present. Please choose someone else.")
	msgWhoNotWhy   = msg("book.who.not_offered_why", "The site says of {name}: {why} Please choose someone else.")

	msgWhoKeyFavs  = msg("book.who.key_favourites", "Favourites")
	msgWhoKeyOther = msg("book.who.key_other", "Other ways to choose")
	msgWhoHit      = msg("book.who.hit", "{name} · rating {rating}")

	msgWhoCard   = msg("book.who.card", "<b>{name}</b>: {about}")
	msgWhoRating = msg("book.who.card_rating", "rating {rating} ({ratings} given)")
	msgWhoPrice  = msg("book.who.card_price", "{price} credits a minute")
	msgWhoAnd    = msg("book.who.card_and", "{first} · {rest}")
)

// answerSearch is kept beside the steps' answers: the nickname that was searched for last.
const answerSearch = "search"

// How the person looks at the step: a page of the favourites or of what was found, or none of them.
const (
	lookFavourites = "fav"
	lookFound      = "hit"
	lookOther      = "all"

	whoPerPage = 8
)

// whoStep asks for the performer. Nicknames can be searched where the project has its key.
func whoStep(searches func() bool) flow.Step {
	return flow.Step{
		ID: stepWho, Label: msgLabelWho.Text(), Sought: []string{factFound},
		// The last two are of whoever is named already, so that they can be checked again.
		Load:  []string{factRecent, factFavourites, factPerformer, factMember},
		Ask:   func(s flow.Scope) flow.Prompt { return whoPrompt(s, searches()) },
		Parse: func(s flow.Scope, text string) (flow.Answer, error) { return parseWho(s, text, searches()) },
		Seek: func(_ flow.Scope, text string) flow.Answers {
			if name := nicknameIn(text); name != "" && searches() {
				return flow.Answers{answerSearch: name}
			}
			return nil
		},
		Check: checkWho,
	}
}

func whoPrompt(s flow.Scope, searches bool) flow.Prompt {
	var favourites []recentFact
	s.Fact(factFavourites, &favourites)
	var found foundFact
	if s.Fact(factFound, &found); len(called(s.Answers[answerSearch], found.Hits)) == 1 { // taken, not offered
		found.Hits = nil
	}
	var recents []recentFact
	s.Fact(factRecent, &recents)

	ask := msgWhoAsk
	if searches {
		ask = msgWhoAskName
	}
	var named performerFact
	p := flow.Prompt{Body: []wording.Text{ask.Text()}}
	p.Reload = s.Answers[stepWho] != "" && s.Fact(factPerformer, &named) && !named.Offered && !named.Self // for now, perhaps
	look, page, _ := strings.Cut(s.Look, ":")
	elsewhere := true
	switch {
	case look == lookFavourites && len(favourites) > 0:
		p.Body = append(p.Body, msgWhoFavs.Text())
		p.Options = whoPage(favourites, lookFavourites, pageIn(page), 2)
	case look != lookOther && len(found.Hits) > 0:
		p.Body = append(p.Body, foundText(found, s.Answers[answerSearch]))
		p.Options = whoPage(found.Hits, lookFound, pageIn(page), 1)
		elsewhere = len(recents) > 0
	default:
		if len(recents) > 0 {
			p.Body = append(p.Body, msgWhoRecent.Text())
		}
		p.Options = whoPage(recents, "", 1, 2)
		elsewhere = false
	}
	var row []flow.Option
	if look != lookFavourites && len(favourites) > 0 {
		row = append(row, flow.Option{Label: msgWhoKeyFavs.Text(), Value: lookFavourites, Look: true})
	}
	if elsewhere {
		row = append(row, flow.Option{Label: msgWhoKeyOther.Text(), Value: lookOther, Look: true})
	}
	if len(row) > 0 {
		p.Options = append(p.Options, row)
	}
	return p
}

// whoPage is a page of members as buttons, and the keys that turn it.
func whoPage(all []recentFact, look string, page, perRow int) [][]flow.Option {
	shown, page, pages := cut(all, page, whoPerPage)
	var rows [][]flow.Option
	for few := range slices.Chunk(shown, perRow) {
		var row []flow.Option
		for _, one := range few {
			label := msgOption.With(wording.Args{"value": memberName(one.Nickname, one.ID)})
			if one.Ratings > 0 {
				label = msgWhoHit.With(wording.Args{"name": memberName(one.Nickname, one.ID), "rating": one.Rating})
			}
			row = append(row, flow.Option{Label: label, Value: strconv.FormatInt(one.ID, 10)})
		}
		rows = append(rows, row)
	}
	if pages == 1 {
		return rows
	}
	var turn []flow.Option
	key := func(label wording.Text, page int) {
		turn = append(turn, flow.Option{Label: label, Value: look + ":" + strconv.Itoa(page), Look: true})
	}
	if page > 1 {
		key(msgListPrev.Text(), page-1)
	}
	key(msgListPage.With(wording.Args{"page": page, "pages": pages}), page)
	if page < pages {
		key(msgListNext.Text(), page+1)
	}
	return append(rows, turn)
}

func foundText(found foundFact, search string) wording.Text {
	if found.Total > len(found.Hits) {
		return msgWhoFoundFew.With(wording.Args{"total": found.Total, "search": wording.Name(search)})
	}
	return msgWhoFound.With(wording.Args{"search": wording.Name(search)})
}

// parseWho takes a number, an address that holds one, or the nickname of somebody who is known here.
func parseWho(s flow.Scope, text string, searches bool) (flow.Answer, error) {
	text = strings.TrimSpace(text)
	number := strings.TrimPrefix(text, "#")
	if held, ok := memberInAddress(text); ok {
		number = held
	}
	if given := bookGiven(number); given != nil { // before nicknames, which can be digits
		return flow.Answer{Value: given[stepWho]}, nil
	}
	name := nicknameIn(text)
	for _, fact := range []string{factRecent, factFavourites} {
		var known []recentFact
		s.Fact(fact, &known)
		if same := called(name, known); len(same) > 0 {
			return flow.Answer{Value: strconv.FormatInt(same[0].ID, 10)}, nil
		}
	}
	var found foundFact
	switch {
	case speaksOfPhone(text):
		return flow.Answer{}, refuse(msgWhoPhone.Text())
	case !searches:
		return flow.Answer{}, refuse(msgWhoBad.Text())
	case name == "" || name != s.Answers[answerSearch] || !s.Fact(factFound, &found):
		return flow.Answer{}, refuse(msgWhoBadName.Text())
	case found.Failed:
		return flow.Answer{}, refuse(msgWhoNoSearch.Text())
	case len(found.Hits) == 0:
		return flow.Answer{}, refuse(msgWhoNobody.With(wording.Args{"search": wording.Name(name)}))
	}
	if same := called(name, found.Hits); len(same) == 1 {
		return flow.Answer{Value: strconv.FormatInt(same[0].ID, 10)}, nil
	}
	return flow.Answer{}, refuse(wording.Text{}) // the prompt offers them
}

// called are those of exactly this nickname.
func called(name string, among []recentFact) []recentFact {
	var same []recentFact
	for _, one := range among {
		if name != "" && strings.EqualFold(oneLine(one.Nickname), name) {
			same = append(same, one)
		}
	}
	return same
}

const shortestNickname, longestNickname = 2, 40 // the platform's limits are not documented

// nicknameIn is what can be searched for; empty if that is no name. What has no letter or holds many figures may be
// somebody's phone number, and an address says nothing about a nickname: neither goes to the search.
func nicknameIn(text string) string {
	name := strings.TrimPrefix(oneLine(text), "@")
	n := utf8.RuneCountInString(name)
	if n < shortestNickname || n > longestNickname || !strings.ContainsFunc(name, unicode.IsLetter) || strings.Contains(name, "://") ||
		speaksOfPhone(name) {
		return ""
	}
	return name
}

// speaksOfPhone reports figures that may be a phone number, however they are grouped.
func speaksOfPhone(text string) bool {
	return holdsPhone(lineWords(strings.NewReplacer("-", " ", ".", " ", "/", " ", "\u2013", " ").Replace(text)))
}

// site is the platform's domain (contract notes: hosts).
const site = "adultwork.com"

// memberInAddress finds the number in an address of the site that carries a UserID, as the contract calls it
// everywhere. How the addresses of profiles look is not documented.
func memberInAddress(text string) (string, bool) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	if host != site && !strings.HasSuffix(host, "."+site) {
		return "", false
	}
	number := ""
	for name, values := range u.Query() {
		if !strings.EqualFold(name, "UserID") {
			continue
		}
		if number != "" || len(values) != 1 { // two members in one address
			return "", false
		}
		number = values[0]
	}
	return number, number != ""
}

// checkWho says why the performer can't be booked, as plainly as the platform lets us know.
func checkWho(s flow.Scope, value string) *flow.Refusal {
	var p performerFact
	if !s.Fact(factPerformer, &p) || p.Offered {
		return nil
	}
	member, _ := strconv.ParseInt(value, 10, 64)
	var known memberFact
	s.Fact(factMember, &known)
	name := wording.Args{"name": performerName(s, member)}
	switch {
	case p.Self:
		return refuse(msgWhoSelf.Text())
	case known.Gone:
		return refuse(msgWhoUnknown.With(wording.Args{"number": member}))
	case known.Known && !known.PhoneChat:
		return refuse(msgWhoNoChat.With(name))
	case known.Known && known.DirectChat:
		return refuse(msgWhoDirect.With(name))
	case p.Why != "":
		name["why"] = wording.Name(p.Why)
		return refuse(msgWhoNotWhy.With(name))
	}
	return refuse(msgWhoNot.With(name))
}

// introduced has the step after the choice begin with what is known of the performer.
func introduced(step flow.Step) flow.Step {
	ask := step.Ask
	step.Needs, step.Load = append(slices.Clone(step.Needs), stepWho), append(slices.Clone(step.Load), factMember)
	step.Ask = func(s flow.Scope) flow.Prompt {
		p := ask(s)
		if card := performerCard(s); !card.IsZero() {
			p.Body = append([]wording.Text{card}, p.Body...)
		}
		return p
	}
	return step
}

// performerCard is one line: nickname, rating, price and methods, as far as they are known.
func performerCard(s flow.Scope) wording.Text {
	var p performerFact
	if !s.Fact(factPerformer, &p) || !p.Offered {
		return wording.Text{}
	}
	var known memberFact
	s.Fact(factMember, &known)
	var about []wording.Text
	if known.Ratings > 0 {
		about = append(about, msgWhoRating.With(wording.Args{"rating": known.Rating, "ratings": known.Ratings}))
	}
	if p.HasPrice {
		about = append(about, msgWhoPrice.With(wording.Args{"price": priceText(p.Price)}))
	}
	for _, m := range offeredMethods(s) {
		about = append(about, methodText(m))
	}
	if len(about) == 0 {
		return wording.Text{}
	}
	line := about[len(about)-1]
	for _, one := range slices.Backward(about[:len(about)-1]) {
		line = msgWhoAnd.With(wording.Args{"first": one, "rest": line})
	}
	member, _ := strconv.ParseInt(s.Answers[stepWho], 10, 64)
	return msgWhoCard.With(wording.Args{"name": performerName(s, member), "about": line})
}

// performerName is the nickname from wherever it was read, or the number.
func performerName(s flow.Scope, member int64) any {
	var one memberFact
	if s.Fact(factMember, &one); one.Nickname != "" && one.ID == member {
		return memberName(one.Nickname, member)
	}
	var all, few []recentFact
	for _, fact := range []string{factRecent, factFavourites} {
		if s.Fact(fact, &few) {
			all = append(all, few...)
		}
	}
	var found foundFact
	s.Fact(factFound, &found)
	for _, r := range append(all, found.Hits...) {
		if r.ID == member {
			return memberName(r.Nickname, r.ID)
		}
	}
	return memberName("", member)
}

// sameMember reports whether two rows are about one member.
func sameMember(id apiclient.MemberID) func(recentFact) bool {
	return func(r recentFact) bool { return r.ID == int64(id) }
}
