package conversations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgRemindTitle  = msg("remind.title", "<b>Reminders</b> of the call on {when}")
	msgRemindNone   = msg("remind.none", "No reminder is set. Press one to set it.")
	msgRemindSet    = msg("remind.set", "✓ {lead} before: {when}")
	msgRemindLate   = msg("remind.late", "The call begins too soon for a reminder.")
	msgRemindPassed = msg("remind.passed", "It is too late for that reminder.")
	msgKeyRemindOn  = msg("remind.key_on", "✓ {lead} before")
	msgKeyRemindOff = msg("remind.key_off", "{lead} before")
	msgLeadDay      = msg("remind.lead_day", "1 day")
	msgLeadHour     = msg("remind.lead_hour", "1 hour")
	msgLeadMinutes  = msg("remind.lead_minutes", "{minutes} minutes")
	msgLeadMinute   = msg("remind.lead_minute", "1 minute")
)

// remindAction sets or takes back one reminder.
const remindAction = "remindset"

// leads are how long before a call a reminder can come.
func leads() (all []time.Duration) {
	for _, minutes := range alert.Leads() {
		all = append(all, time.Duration(minutes)*time.Minute)
	}
	return all
}

func leadText(lead time.Duration) wording.Text {
	switch {
	case lead == 24*time.Hour:
		return msgLeadDay.Text()
	case lead == time.Hour:
		return msgLeadHour.Text()
	case lead == time.Minute:
		return msgLeadMinute.Text()
	}
	return msgLeadMinutes.With(wording.Args{"minutes": int(lead / time.Minute)})
}

// remindPress is what a reminder's button asks for: "60+m48213:m2n" wants one an hour before, "60-m48213:m2n"
// wants none. It names the state and not its change, so that two presses end in what the card shows.
type remindPress struct {
	lead time.Duration
	on   bool
	ref  cardRef
}

func (p remindPress) String() string {
	sign := "-"
	if p.on {
		sign = "+"
	}
	return strconv.Itoa(int(p.lead/time.Minute)) + sign + p.ref.String()
}

func parseRemindPress(s string) (remindPress, bool) {
	at := strings.IndexAny(s, "+-")
	if at < 0 {
		return remindPress{}, false
	}
	ref, ok := parseCardRef(s[at+1:])
	i := slices.IndexFunc(leads(), func(lead time.Duration) bool { return strconv.Itoa(int(lead/time.Minute)) == s[:at] })
	if !ok || i < 0 {
		return remindPress{}, false
	}
	return remindPress{lead: leads()[i], on: s[at] == '+', ref: ref}, true
}

// askReminders shows the reminders of a booking, each to be set or taken back by one press.
func (v *visit) askReminders(ref cardRef) error {
	b, ok, err := v.allowed(actRemind, ref)
	if !ok {
		return err
	}
	return v.showReminders(b, ref, wording.Text{})
}

// setReminder brings one reminder into the state that was asked for.
func (v *visit) setReminder(value string) error {
	p, ok := parseRemindPress(value)
	if !ok {
		return v.screen(v.homeView(wording.Text{}))
	}
	b, ok, err := v.allowed(actRemind, p.ref)
	if !ok {
		return err
	}
	if !ahead(b, p.lead, v.clock.now()) {
		return v.showReminders(b, p.ref, msgRemindPassed.Text())
	}
	if err := v.change(func(tx *store.Tx, _ *store.Chat) error { return v.remind(tx, b, p) }); err != nil {
		return fmt.Errorf("set reminder: %w", err)
	}
	return v.showReminders(b, p.ref, wording.Text{})
}

func ahead(b apiclient.Booking, lead time.Duration, now time.Time) bool {
	return b.Session.Add(-lead).After(now)
}

// remind puts a reminder into the queue or takes it off. What is kept of the booking comes first: the reminder
// follows it.
func (v *visit) remind(tx *store.Tx, b apiclient.Booking, p remindPress) error {
	if err := v.seen(tx, b); err != nil {
		return err
	}
	queued := v.reminders(tx, b)[p.lead]
	if p.on && len(queued) == 0 {
		v.queues = true
		return tx.Enqueue(store.Notification{
			ID: v.newUUID(), Account: v.account.ID, Chat: v.event.Chat, Kind: alert.Reminder, Side: string(b.Side), Booking: int64(b.ID),
			Made: v.clock.now(), Due: b.Session.Add(-p.lead), Lead: p.lead, Session: b.Session,
			Status: string(b.Status), Credits: b.Credits.String(), Nickname: b.Other.Nickname, Duration: b.Duration, AcceptBy: b.AcceptBy,
		})
	}
	if p.on {
		return nil
	}
	for _, n := range queued {
		if err := tx.DeleteNotification(n.Account, n.ID); err != nil {
			return err
		}
	}
	return nil
}

// reminders are those of a booking that are still to come, by how long before the call they do. What does not
// open is left out.
func (v *visit) reminders(tx *store.Tx, b apiclient.Booking) map[time.Duration][]store.Notification {
	found := map[time.Duration][]store.Notification{}
	for n, err := range tx.Notices(v.account.ID) {
		if err == nil && n.Kind == alert.Reminder && n.Side == string(b.Side) && n.Booking == int64(b.ID) {
			found[n.Lead] = append(found[n.Lead], n)
		}
	}
	return found
}

func (v *visit) showReminders(b apiclient.Booking, ref cardRef, note wording.Text) error {
	var set map[time.Duration][]store.Notification
	err := v.db.View(v.ctx, func(tx *store.Tx) error {
		set = v.reminders(tx, b)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read reminders: %w", err)
	}
	return v.screen(v.remindView(b, ref, set, note))
}

func (v *visit) remindView(b apiclient.Booking, ref cardRef, set map[time.Duration][]store.Notification, note wording.Text) flow.View {
	view := flow.View{}
	if !note.IsZero() {
		view.Body = append(view.Body, note)
	}
	view.Body = append(view.Body, msgRemindTitle.With(wording.Args{"when": v.clock.moment(b.Session)}))
	none := msgRemindLate
	for _, lead := range leads() {
		if !ahead(b, lead, v.clock.now()) {
			continue
		}
		on := len(set[lead]) > 0
		if on {
			view.Body = append(view.Body, msgRemindSet.With(wording.Args{"lead": leadText(lead), "when": v.clock.moment(b.Session.Add(-lead))}))
		}
		label := msgKeyRemindOff
		if on {
			label = msgKeyRemindOn
		}
		key := v.button(label, remindAction, remindPress{lead, !on, ref}.String())
		key.Label = label.With(wording.Args{"lead": leadText(lead)})
		view.Rows = append(view.Rows, []flow.Button{key})
		none = msgRemindNone
	}
	if len(view.Body) == 1 || len(view.Rows) == 0 {
		view.Body = append(view.Body, none.Text())
	}
	view.Rows = append(view.Rows, []flow.Button{v.button(msgDeedLeave, "card", ref.String())})
	return view
}
