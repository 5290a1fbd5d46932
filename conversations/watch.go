package conversations

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// A manager may want to hear of the requests that members of the group receive. Which members, is chosen while acting
// for them, which proves that it is allowed; an alert opens the request for the member whose it is.

var (
	msgKeyWatch   = msg("watch.key_on", "Tell me of their requests")
	msgKeyUnwatch = msg("watch.key_off", "Stop telling me of their requests")
	msgKeyWatches = msg("watch.key_list", "Members I watch")
	msgKeyEnd     = msg("watch.key_end", "Stop: {name}")

	msgWatching   = msg("watch.is_on", "Alerts about their requests come to this chat.")
	msgWatchBegun = msg("watch.begun", "From now on you get alerts here about the requests that <b>{name}</b> receives.")
	msgWatchEnded = msg("watch.ended", "You get no more alerts about the requests of {name}.")
	msgWatchFull  = msg("watch.full", "You watch {most} members already. Stop watching one of them first.")
	msgWatchLost  = msg("watch.lost", "{why}\nYou get no more alerts about their requests.")
	msgWatchOver  = msg("watch.over", "{why}\nYou get no more alerts about the requests of members.")
	msgWatchTitle = msg("watch.title", "<b>Members you watch</b>\nAlerts about the requests that they receive come to this chat.")
	msgWatchNone  = msg("watch.none", "<b>Members you watch</b>\nNobody yet. Act as a member, and press “Tell me of their requests”.")
	msgWatchLine  = msg("watch.line", "{number}. {name}")
	msgWatchGone  = msg("watch.line_gone", "{number}. {name}: no alerts, the site does not show their requests")
)

const (
	maxWatches     = 20
	watchesPerPage = 10
	everybody      = int64(0) // no member has that number
)

var errTooManyWatches = errors.New("too many watches")

// memberBooking names a booking of a member of the group, as the button of an alert about it carries it: both numbers
// in base 36.
type memberBooking struct {
	member  int64
	booking apiclient.BookingID
}

func (b memberBooking) String() string {
	return strconv.FormatInt(b.member, 36) + ":" + strconv.FormatInt(int64(b.booking), 36)
}

func parseMemberBooking(s string) (memberBooking, bool) {
	first, second, both := strings.Cut(s, ":")
	member, memberErr := strconv.ParseInt(first, 36, 64)
	booking, bookingErr := strconv.ParseInt(second, 36, 64)
	b := memberBooking{member, apiclient.BookingID(booking)}
	return b, both && memberErr == nil && bookingErr == nil && member > 0 && booking > 0
}

// watches are the members that the account watches, by name. What does not open is left out.
func (v *visit) watches() (all []store.Watch, err error) {
	err = v.db.View(v.ctx, func(tx *store.Tx) error {
		all = watchesIn(tx, v.account.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read watches: %w", err)
	}
	slices.SortFunc(all, func(a, b store.Watch) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Nickname), strings.ToLower(b.Nickname)), cmp.Compare(a.Member, b.Member))
	})
	return all, nil
}

func watchesIn(tx *store.Tx, account store.AccountID) (all []store.Watch) {
	for w, err := range tx.Watches(account) {
		if err == nil {
			all = append(all, w)
		}
	}
	return all
}

func ofMember(member int64) func(store.Watch) bool {
	return func(w store.Watch) bool { return w.Member == member || member == everybody }
}

// hears reports whether alerts about a member come; of one whom the site no longer shows they do not.
func hears(all []store.Watch, member int64) bool {
	return slices.ContainsFunc(all, func(w store.Watch) bool { return w.Member == member && !w.Lost })
}

// watchKey is the switch on the home of a member, and whether their requests are told of.
func (v *visit) watchKey() (key flow.Button, watching bool) {
	member := strconv.FormatInt(v.as.Member, 10)
	all, _ := v.watches() // what can't be read can be begun anew
	if hears(all, v.as.Member) {
		return v.button(msgKeyUnwatch, "actunwatch", member), true
	}
	return v.button(msgKeyWatch, "actwatch", member), false
}

// watch has the requests of the member told of whom the account acts for, if the platform still allows that.
func (v *visit) watch(value string) error {
	member, ok := memberNumber(value)
	if !ok || member != v.as.Member {
		return v.screen(v.homeView(wording.Text{}))
	}
	err := v.slowly(func() error {
		_, err := v.api.PhoneChatSettings(v.ctx, v.caller())
		return err
	})
	if err != nil {
		return v.sorry(fmt.Errorf("watch: %w", err), "actwatch", value)
	}
	err = v.change(func(tx *store.Tx, _ *store.Chat) error {
		all := watchesIn(tx, v.account.ID)
		switch {
		case hears(all, member): // it goes on from what it has seen
			return nil
		case len(all) >= maxWatches && !slices.ContainsFunc(all, ofMember(member)):
			return errTooManyWatches
		}
		return tx.PutWatch(store.Watch{Account: v.account.ID, Member: member, Nickname: v.as.Nickname})
	})
	if errors.Is(err, errTooManyWatches) {
		return v.showWatches(1, msgWatchFull.With(wording.Args{"most": maxWatches}))
	}
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	v.acted(v.account.ID)
	return v.screen(v.homeView(msgWatchBegun.With(wording.Args{"name": v.member()})))
}

// unwatch ends the watch of a member, or of everybody, and answers which there were. Without any, nothing is written.
func (v *visit) unwatch(member int64) ([]store.Watch, error) {
	all, err := v.watches()
	ended := slices.DeleteFunc(all, func(w store.Watch) bool { return !ofMember(member)(w) })
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	err = v.change(func(tx *store.Tx, _ *store.Chat) error {
		var failures []error
		for _, w := range ended {
			failures = append(failures, tx.DeleteWatch(w.Account, w.Member))
		}
		return errors.Join(failures...)
	})
	if err != nil {
		return nil, fmt.Errorf("end watch: %w", err)
	}
	return ended, nil
}

// alsoUnwatched ends what the platform allows no more, and adds a word about it. A failure is found out again.
func (v *visit) alsoUnwatched(why wording.Text, member int64) wording.Text {
	if ended, err := v.unwatch(member); err != nil || len(ended) == 0 {
		return why
	}
	if member == everybody {
		return msgWatchOver.With(wording.Args{"why": why})
	}
	return msgWatchLost.With(wording.Args{"why": why})
}

// unwatchHere is the switch on the member's home, unwatchThere the one on the list.
func (v *visit) unwatchHere(value string) error {
	note, err := v.endWatch(value)
	if err != nil {
		return err
	}
	return v.screen(v.homeView(note))
}

func (v *visit) unwatchThere(value string) error {
	note, err := v.endWatch(value)
	if err != nil {
		return err
	}
	return v.showWatches(1, note)
}

func (v *visit) endWatch(value string) (note wording.Text, err error) {
	member, ok := memberNumber(value)
	if !ok {
		return note, nil
	}
	ended, err := v.unwatch(member)
	for _, w := range ended {
		note = msgWatchEnded.With(wording.Args{"name": memberName(w.Nickname, w.Member)})
	}
	return note, err
}

// showWatches lists the members that are watched, each to be left by one press.
func (v *visit) showWatches(page int, note wording.Text) error {
	all, err := v.watches()
	if err != nil {
		return err
	}
	view := flow.View{}
	if !note.IsZero() {
		view.Body = append(view.Body, note)
	}
	title := msgWatchTitle
	if len(all) == 0 {
		title = msgWatchNone
	}
	view.Body = append(view.Body, title.Text())
	shown, page, pages := cut(all, page, watchesPerPage)
	for i, w := range shown {
		name := memberName(w.Nickname, w.Member)
		line := msgWatchLine
		if w.Lost {
			line = msgWatchGone
		}
		view.Body = append(view.Body, line.With(wording.Args{"number": (page-1)*watchesPerPage + i + 1, "name": name}))
		end := v.button(msgKeyEnd, "actwatchend", strconv.FormatInt(w.Member, 10))
		end.Label = msgKeyEnd.With(wording.Args{"name": name})
		view.Rows = append(view.Rows, []flow.Button{end})
	}
	if pages > 1 {
		view.Rows = append(view.Rows, v.pageKeys("actwatches", page, pages))
	}
	view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyMembers, "actas", "")}, v.homeRow())
	return v.screen(view)
}

// openOfMember opens the request that an alert is about, for the member whose it is: the account acts for them from
// then on, if the platform still allows it.
func (v *visit) openOfMember(value string) error {
	about, ok := parseMemberBooking(value)
	if !ok {
		return v.screen(v.homeView(wording.Text{}))
	}
	ref := cardRef{side: received, id: about.booking}
	if v.as = v.acting(); v.as.Member == about.member {
		return v.card(ref)
	}
	v.as = store.Acting{}
	_, begun, err := v.actFor(store.Acting{Member: about.member, Nickname: v.watchedName(about.member)}, "actopen", value)
	if err != nil || !begun {
		return err
	}
	return v.card(ref)
}

// watchedName is what a member was called when the watch began; empty if nobody knows.
func (v *visit) watchedName(member int64) string {
	all, _ := v.watches() // without it the number is the name
	if i := slices.IndexFunc(all, ofMember(member)); i >= 0 {
		return all[i].Nickname
	}
	return ""
}
