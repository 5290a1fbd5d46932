package conversations

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgKeyMembers   = msg("home.key_members", "Members of your group")
	msgActChoose    = msg("acting.choose", "<b>Act as a member of {group}</b>\nChoose a member. For {minutes} minutes you look at their bookings, and change their settings and special offers.")
	msgActGroup     = msg("acting.group", "your group")
	msgActAlone     = msg("acting.alone", "The site shows nobody else in the group. Somebody who is missing can be named by their member number.")
	msgActNoList    = msg("acting.no_list", "The members of the group can't be listed at the moment. Type the member's number.")
	msgKeyActNumber = msg("acting.key_number", "Type a member number")
	msgActNoManager = msg("acting.no_manager", "There is nobody to act for: the site does not say that you manage a group. Once it names <b>{name}</b> as the manager of one, /actas lists its members.")
	msgActNoScope   = msg("acting.no_scope", "I can't see whether you manage a group: the permission for account information is missing.")
	msgActRefused   = msg("acting.refused", "<b>The site does not let you act for {name}.</b> They are not in your group, or offer no phone chat. Nothing was changed.")
	msgActSelf      = msg("acting.self", "That is your own number: for yourself there is nothing to choose.")
	msgActBegun     = msg("acting.begun", "From now on you act for <b>{name}</b>.")
	msgActNotYet    = msg("acting.not_begun", "Nothing was changed. Choose a member again.")

	msgActNumberTitle = msg("acting.number_title", "<b>Act as a member of your group</b>")
	msgActNumberAsk   = msg("acting.number_ask", "Type the member's number, for example <code>771204</code>. It stands in the address of their profile on the site.")
	msgActNumberWrong = msg("acting.number_wrong", "That is not a member number: it has digits only, such as <code>771204</code>.")
)

const (
	// actingTime is how long an account acts for a member before it has to say so again.
	actingTime     = 30 * time.Minute
	membersPerPage = 20
	membersPerRow  = 2

	actNumberName = "actnumber"
	stepNumber    = "number"
)

func actingScreens() map[string]screen {
	return map[string]screen{
		"actas":     (*visit).showActAs,
		"actpage":   func(v *visit, page string) error { return v.chooseMember(pageIn(page)) },
		"actpick":   (*visit).showActAs,
		"actnumber": func(v *visit, _ string) error { return v.open(actNumberName, nil, nil) },
		"actstop":   func(v *visit, _ string) error { return v.stopActing() },
		"actlog":    func(v *visit, page string) error { return v.showLog(pageIn(page)) },
		"actopen":   (*visit).openOfMember,
		apartAction: (*visit).comeBack,

		"actwatch":    (*visit).watch,
		"actunwatch":  (*visit).unwatchHere,
		"actwatches":  func(v *visit, page string) error { return v.showWatches(pageIn(page), wording.Text{}) },
		"actwatchend": (*visit).unwatchThere,
	}
}

// pageIn reads the page from a button; the first if there is none.
func pageIn(value string) int {
	page, err := strconv.Atoi(value)
	if err != nil {
		return 1
	}
	return max(page, 1)
}

// showActAs acts for the member whose number is given, or offers the members of the group.
func (v *visit) showActAs(given string) error {
	member, ok := memberNumber(given)
	if !ok {
		return v.chooseMember(1)
	}
	home, begun, err := v.actFor(store.Acting{Member: member}, "actpick", strconv.FormatInt(member, 10))
	if err != nil || !begun {
		return err
	}
	return v.screen(home)
}

// actFor has the account act for a member from now on, if the platform allows it, and answers their home. Where it does
// not, that is drawn; action and value are how a button tries again.
func (v *visit) actFor(as store.Acting, action, value string) (home flow.View, begun bool, err error) {
	var nickname string
	var allowed bool
	err = v.slowly(func() (err error) {
		nickname, allowed, err = v.mayActFor(as.Member)
		return err
	})
	if err != nil {
		return flow.View{}, false, v.sorry(fmt.Errorf("ask for a member: %w", err), action, value)
	}
	home, err = v.beginActing(as.Member, cmp.Or(nickname, as.Nickname), allowed)
	if err != nil || v.begun {
		return home, err == nil, err
	}
	return flow.View{}, false, v.screen(home)
}

// memberNumber reads a member's number as people type it.
func memberNumber(text string) (int64, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "#")
	if strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	return number, number > 0
}

// group is what the platform says about whom the account may act for.
type group struct {
	manager bool
	hidden  bool // the permission that would tell is missing
	name    string
	listed  bool
	members []apiclient.GroupMember
}

func (v *visit) readGroup() (group, error) {
	member, err := v.api.VerifyCredentials(v.ctx, v.ownCaller())
	if err != nil {
		return group{}, fmt.Errorf("read manager: %w", err)
	}
	if err := v.keepRole(roleOf(member, v.account.Role)); err != nil {
		return group{}, err
	}
	g := group{manager: member.IsGroupManager, name: member.GroupName}
	if !g.manager {
		permissions, err := v.api.Permissions(v.ctx, v.ownCaller())
		g.hidden = err == nil && slices.Contains(missing(permissions), apiclient.ScopeAccount)
		return g, nil
	}
	g.members, g.listed = v.groupMembers(member.GroupID)
	return g, nil
}

// groupMembers lists the others of a group by name. The public page it is read from may be away, or closed to a
// project without a key: then it is not listed.
func (v *visit) groupMembers(id int64) ([]apiclient.GroupMember, bool) {
	if id == 0 || !v.api.HasKey() {
		return nil, false
	}
	var members []apiclient.GroupMember
	for m, err := range v.api.EachGroupMember(v.ctx, apiclient.GroupQuery{ID: id}) {
		if err != nil {
			return nil, false
		}
		if int64(m.ID) != v.account.Member {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, func(a, b apiclient.GroupMember) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Nickname), strings.ToLower(b.Nickname)), cmp.Compare(a.ID, b.ID))
	})
	return members, true
}

// chooseMember shows a page of the group, for its manager.
func (v *visit) chooseMember(page int) error {
	var g group
	err := v.slowly(func() (err error) {
		g, err = v.readGroup()
		return err
	})
	switch {
	case err != nil:
		return v.sorry(fmt.Errorf("read group: %w", err), "actas", "")
	case !g.manager:
		return v.noManager(g)
	}
	return v.screen(v.membersView(g, page))
}

// noManager says why there is nobody to choose. Whoever was acted for is out of reach as well, unless the
// platform just does not tell.
func (v *visit) noManager(g group) error {
	if !g.hidden {
		if err := v.endActing(whatLost, func(chat *store.Chat) { v.endForms(chat, everybody) }); err != nil {
			return err
		}
		v.as = store.Acting{}
	}
	why := msgActNoManager.With(wording.Args{"name": v.accountName()})
	if !g.hidden {
		why = v.alsoUnwatched(why, everybody)
	}
	view := v.textView(why)
	if g.hidden {
		view.Body = []wording.Text{msgActNoScope.Text(), v.howToGrant()}
		view.Rows = append([][]flow.Button{{v.button(msgKeyActNumber, "actnumber", "")}, v.renewKeys()}, view.Rows...)
	}
	done, err := v.deedsDone()
	if err != nil {
		return err
	}
	if len(done) > 0 {
		view.Rows = append([][]flow.Button{{v.button(msgKeyActLog, "actlog", "1")}}, view.Rows...)
	}
	return v.screen(view)
}

func (v *visit) membersView(g group, page int) flow.View {
	name := any(wording.Name(inLine(g.name)))
	if inLine(g.name) == "" {
		name = msgActGroup.Text()
	}
	view := flow.View{Body: []wording.Text{msgActChoose.With(wording.Args{"group": name, "minutes": int(actingTime.Minutes())})}}
	shown, page, pages := cut(g.members, page, membersPerPage)
	switch {
	case !g.listed:
		view.Body = append(view.Body, msgActNoList.Text())
	case len(shown) == 0:
		view.Body = append(view.Body, msgActAlone.Text())
	}
	for few := range slices.Chunk(shown, membersPerRow) {
		var row []flow.Button
		for _, m := range few {
			key := v.button(msgOption, "actpick", m.ID.String())
			key.Label = msgOption.With(wording.Args{"value": memberName(m.Nickname, int64(m.ID))})
			row = append(row, key)
		}
		view.Rows = append(view.Rows, row)
	}
	if pages > 1 {
		view.Rows = append(view.Rows, v.pageKeys("actpage", page, pages))
	}
	view.Rows = append(view.Rows,
		[]flow.Button{v.button(msgKeyActNumber, "actnumber", ""), v.button(msgKeyActLog, "actlog", "1")},
		[]flow.Button{v.button(msgKeyWatches, "actwatches", "1")}, v.homeRow())
	return view
}

// cut is one page of a list, the last one if there are not so many.
func cut[T any](all []T, page, perPage int) (shown []T, at, pages int) {
	pages = max(1, (len(all)+perPage-1)/perPage)
	at = min(max(page, 1), pages)
	return all[(at-1)*perPage : min(at*perPage, len(all))], at, pages
}

func (v *visit) pageKeys(action string, page, pages int) []flow.Button {
	var row []flow.Button
	if page > 1 {
		row = append(row, v.button(msgListPrev, action, strconv.Itoa(page-1)))
	}
	here := v.button(msgListPage, action, strconv.Itoa(page))
	here.Label = msgListPage.With(wording.Args{"page": page, "pages": pages})
	row = append(row, here)
	if page < pages {
		row = append(row, v.button(msgListNext, action, strconv.Itoa(page+1)))
	}
	return row
}

// mayActFor proves by a reading that the platform lets the account act for a member, and finds the nickname
// where the group's page has it.
func (v *visit) mayActFor(member int64) (nickname string, allowed bool, err error) {
	if member == v.account.Member {
		return "", false, nil
	}
	as := v.ownCaller()
	as.For = apiclient.MemberID(member)
	_, err = v.api.PhoneChatSettings(v.ctx, as)
	switch {
	case errors.Is(err, apiclient.ErrForbidden), errors.Is(err, apiclient.ErrNotFound), errors.Is(err, apiclient.ErrInvalid):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("read settings: %w", err)
	}
	members, _ := v.groupMembers(v.account.Role.Group)
	for _, m := range members {
		if int64(m.ID) == member {
			nickname = m.Nickname
		}
	}
	return nickname, true, nil
}

// beginActing has the chat act for a member from now on, if it may. It answers the card that says so.
func (v *visit) beginActing(member int64, nickname string, allowed bool) (flow.View, error) {
	switch {
	case member == v.account.Member:
		return v.notActing(msgActSelf.Text()), nil
	case !allowed:
		why, err := v.withoutForms(v.alsoUnwatched(msgActRefused.With(wording.Args{"name": memberName("", member)}), member), member)
		return v.notActing(why), err
	}
	as := store.Acting{Member: member, Nickname: nickname, Until: v.clock.now().Add(actingTime)}
	err := v.save(func(tx *store.Tx, chat *store.Chat) error {
		chat.Acting = as
		v.partForms(chat)
		return tx.PutDeed(v.deedFor(as, whatStart, "", store.DeedDone))
	})
	if err != nil {
		return flow.View{}, fmt.Errorf("begin acting: %w", err)
	}
	v.as, v.begun = as, true
	return v.homeView(msgActBegun.With(wording.Args{"name": memberName(nickname, member)})), nil
}

// notActing says why nobody was taken on, and offers to choose again.
func (v *visit) notActing(why wording.Text) flow.View {
	return flow.View{Body: []wording.Text{why}, Rows: [][]flow.Button{
		{v.button(msgKeyActNumber, "actnumber", ""), v.button(msgKeyMembers, "actas", "")}, v.homeRow(),
	}}
}

// actingForms are the one that asks for a member's number.
func (d *Desk) actingForms() []form {
	said := words()
	said.Sending = said.Working // nothing is sent: it is a reading
	f := flow.Flow{
		Name: actNumberName, Version: 1, Title: msgActNumberTitle.Text(), Words: said, Brief: true,
		Steps: []flow.Step{{
			ID:  stepNumber,
			Ask: func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{msgActNumberAsk.Text()}} },
			Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
				number, ok := memberNumber(text)
				if !ok {
					return flow.Answer{}, refuse(msgActNumberWrong.Text())
				}
				return flow.Answer{Value: strconv.FormatInt(number, 10)}, nil
			},
		}},
	}
	return []form{{flow: f, load: noFacts, submit: submitNumber, settle: settleNumber}}
}

// submitNumber ends the form either way: what did not work is said on a card that offers the same again.
func submitNumber(v *visit, s flow.Session, _ string) (flow.Sent, error) {
	member, _ := memberNumber(s.Answers[stepNumber])
	nickname, allowed, err := v.mayActFor(member)
	if err != nil {
		problem, known := v.explain(err)
		if !known {
			return flow.Sent{}, fmt.Errorf("ask for a member: %w", err)
		}
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.notActing(problem)}, nil
	}
	view, err := v.beginActing(member, nickname, allowed)
	if err != nil {
		return flow.Sent{}, err
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: view}, nil
}

// settleNumber: cut off in the middle, the member was taken on or not.
func settleNumber(v *visit, s flow.Session) (flow.Sent, error) {
	member, _ := memberNumber(s.Answers[stepNumber])
	if v.as = v.acting(); v.as.Member == member || v.account == nil {
		return flow.Sent{Outcome: flow.OutcomeDone, View: v.homeView(wording.Text{})}, nil
	}
	return flow.Sent{Outcome: flow.OutcomeDone, View: v.notActing(msgActNotYet.Text())}, nil
}
