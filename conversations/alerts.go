package conversations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// What the person chose about alerts, and where they change it. A key names the state that it leads to, and not a
// change: two presses, on two devices or of an old card, end in what the card shows then.

const (
	alertsAction   = "alerts" // shows a page
	setAlertAction = "alset"  // "page state": brings one choice into a state, and shows the page
	testAction     = "altest"
)

// The pages; the zero value is the one that leads to the others.
const (
	alertsEvents  = "events"
	alertsLevel   = "level"
	alertsQuiet   = "quiet"
	alertsRemind  = "remind"
	alertsSummary = "summary"
)

// stateOff switches a choice off that has more than one other state.
const stateOff = "off"

// What quiet hours begin as.
const (
	usualFrom alert.Minute = 22 * 60
	usualTo   alert.Minute = 7 * 60
)

// testPause is how long one test alert is enough.
const testPause = 10 * time.Second

var (
	msgKeyAlerts    = msg("home.key_alerts", "Alerts")
	msgMenuAlerts   = msg("menu.alerts", "What you are told, and when")
	msgAlertsTested = msg("alerts.tested", "A test alert is on its way.")
	msgAlertsAgain  = msg("alerts.tested_again", "A test alert went out just now. If it does not arrive, wait ten seconds before the next.")
	msgAlertsPaused = msg("alerts.test_paused", "Alerts have paused until you sign in again, so no test alert was sent.")
)

// alertsPress is what a key asks for.
type alertsPress struct {
	page   string
	change func(alert.Prefs) alert.Prefs
}

// parseAlertsPress reads a key's value: "events request+", "level minimal", "quiet hold", "remind 60-", "summary 480".
func parseAlertsPress(value string) (p alertsPress, ok bool) {
	var state string
	p.page, state, _ = strings.Cut(value, " ")
	switch p.page {
	case alertsEvents:
		p.change = eventsState(state)
	case alertsLevel:
		p.change = levelState(state)
	case alertsQuiet:
		p.change = quietState(state)
	case alertsRemind:
		p.change = remindState(state)
	case alertsSummary:
		p.change = summaryState(state)
	}
	return p, p.change != nil
}

// onOff reads "60+" and "request-".
func onOff(state string) (what string, on, ok bool) {
	if what, ok = strings.CutSuffix(state, "+"); ok {
		return what, true, true
	}
	what, ok = strings.CutSuffix(state, "-")
	return what, false, ok
}

func eventsState(state string) func(alert.Prefs) alert.Prefs {
	if preset := alert.Preset(state); slices.Contains(presets(), preset) {
		return func(p alert.Prefs) alert.Prefs { return p.As(preset) }
	}
	kind, on, ok := onOff(state)
	if !ok || !slices.Contains(alert.Switches(), alert.Kind(kind)) {
		return nil
	}
	return func(p alert.Prefs) alert.Prefs { return p.With(alert.Kind(kind), on) }
}

func levelState(state string) func(alert.Prefs) alert.Prefs {
	for _, level := range levels() {
		if state == levelKey(level) {
			return func(p alert.Prefs) alert.Prefs { p.Level = level; return p }
		}
	}
	return nil
}

func quietState(state string) func(alert.Prefs) alert.Prefs {
	mode := alert.Mode(state)
	switch mode {
	case stateOff:
		mode = alert.Loud
	case alert.Silent, alert.Hold:
	default:
		return nil
	}
	return func(p alert.Prefs) alert.Prefs {
		if p.Quiet.Mode = mode; mode != alert.Loud && p.Quiet.From == p.Quiet.To {
			p.Quiet.From, p.Quiet.To = usualFrom, usualTo
		}
		return p
	}
}

func remindState(state string) func(alert.Prefs) alert.Prefs {
	what, on, ok := onOff(state)
	switch minutes, err := strconv.Atoi(what); {
	case !ok:
		return nil
	case what == string(alert.ReplyBy):
		return func(p alert.Prefs) alert.Prefs { return p.With(alert.ReplyBy, on) }
	case err == nil && slices.Contains(alert.Leads(), minutes):
		return func(p alert.Prefs) alert.Prefs { return p.WithLead(minutes, on) }
	}
	return nil
}

func summaryState(state string) func(alert.Prefs) alert.Prefs {
	if state == stateOff {
		return func(p alert.Prefs) alert.Prefs { p.Summary.On = false; return p }
	}
	at, err := strconv.Atoi(state)
	if err != nil || at < 0 || at >= alert.MinutesADay {
		return nil
	}
	return func(p alert.Prefs) alert.Prefs {
		p.Summary = alert.Daily{On: true, At: alert.Minute(at)}
		return p
	}
}

func presets() []alert.Preset { return []alert.Preset{alert.All, alert.NeedsMe, alert.Essential} }

func levels() []alert.Level { return []alert.Level{alert.Standard, alert.Discreet, alert.Minimal} }

// levelKey is a level as keys spell it: the zero value needs a word.
func levelKey(level alert.Level) string {
	if level == alert.Discreet {
		return "discreet"
	}
	return string(level)
}

// alertScreens are those of /alerts.
func alertScreens() map[string]screen {
	return map[string]screen{
		alertsAction:   func(v *visit, page string) error { return v.showAlerts(page, wording.Text{}) },
		setAlertAction: (*visit).pressAlerts,
		testAction:     func(v *visit, _ string) error { return v.testAlert() },
		quietFlow:      func(v *visit, _ string) error { return v.askTimes(quietFlow) },
		summaryFlow:    func(v *visit, _ string) error { return v.askTimes(summaryFlow) },
	}
}

func (v *visit) showAlerts(page string, note wording.Text) error {
	return v.screen(v.alertsView(page, note))
}

// pressAlerts brings one choice into the state that was asked for.
func (v *visit) pressAlerts(value string) error {
	p, ok := parseAlertsPress(value)
	if !ok {
		return v.showAlerts("", wording.Text{})
	}
	if err := v.chooseAlerts(p.change); err != nil {
		return err
	}
	return v.showAlerts(p.page, wording.Text{})
}

// chooseAlerts writes down what the person chose, together with what follows from it for what waits in the queue.
func (v *visit) chooseAlerts(how func(alert.Prefs) alert.Prefs) error {
	var is alert.Prefs
	err := v.change(func(tx *store.Tx, _ *store.Chat) error {
		account, err := tx.Account(v.account.ID) // its tokens may be newer than those known here
		if err != nil {
			return err
		}
		was := account.Alerts
		is = how(was)
		account.Alerts = is
		if err := tx.PutAccount(account); err != nil {
			return err
		}
		v.queues = true
		return v.followChoice(tx, account, was)
	})
	if err != nil {
		return fmt.Errorf("choose alerts: %w", err)
	}
	v.account.Alerts = is
	return nil
}

// followChoice has the queue follow what the person chose just now.
func (v *visit) followChoice(tx *store.Tx, a store.Account, was alert.Prefs) error {
	if !slices.Equal(was.Leads, a.Alerts.Leads) || was.Wants(alert.ReplyBy) != a.Alerts.Wants(alert.ReplyBy) {
		if err := tx.Reschedule(a, v.clock.now(), store.IDs(v.newUUID)); err != nil {
			return err
		}
	}
	if was.Summary != a.Alerts.Summary {
		if err := v.planSummary(tx, a); err != nil {
			return err
		}
	}
	if was.Quiet != a.Alerts.Quiet {
		return v.releaseHeld(tx, a)
	}
	return nil
}

// followZone has the queue follow the person to another zone.
func (v *visit) followZone(tx *store.Tx, a store.Account) error {
	if a.Alerts.Summary.On {
		if err := v.planSummary(tx, a); err != nil {
			return err
		}
	}
	if a.Alerts.Quiet.Mode != alert.Loud {
		return v.releaseHeld(tx, a)
	}
	return nil
}

// planSummary has the one daily summary of an account stand in the queue for its next time, or not at all.
func (v *visit) planSummary(tx *store.Tx, a store.Account) error {
	now := v.clock.now()
	due := a.Alerts.Summary.Next(now, v.Desk.clock.in(a.Zone).zone)
	planned := false
	for n, err := range tx.Notices(a.ID) {
		if err != nil || n.Kind != alert.Summary {
			continue // one that does not open is the outbox's to complain of
		}
		if planned || due.IsZero() {
			err = tx.DeleteNotification(n.Account, n.ID)
		} else {
			planned = true
			n = n.Untried()
			n.Due = due
			err = tx.PutNotification(n)
		}
		if err != nil {
			return err
		}
	}
	if planned || due.IsZero() {
		return nil
	}
	return tx.Enqueue(store.Notification{ID: v.newUUID(), Account: a.ID, Chat: a.Chat, Kind: alert.Summary, Made: now, Due: due})
}

// releaseHeld has what waits for the end of other quiet hours judged anew: it is due when it was before it was held.
// What waits for another try goes on waiting.
func (v *visit) releaseHeld(tx *store.Tx, a store.Account) error {
	for n, err := range tx.Notices(a.ID) {
		if err != nil || n.Attempts > 0 || n.Kind == alert.Summary {
			continue // one that does not open is the outbox's to complain of
		}
		due := v.clock.now()
		switch {
		case n.Kind == alert.Reminder:
			due = n.Session.Add(-n.Lead)
		case n.Kind == alert.ReplyBy:
			due = n.AcceptBy.Add(-n.Lead)
		}
		if !n.Due.After(due) {
			continue
		}
		n.Due = due
		if err := tx.PutNotification(n); err != nil {
			return err
		}
	}
	return nil
}

// testAlert sends an alert like any other, unless one was sent just now.
func (v *visit) testAlert() error {
	if v.stopped() {
		return v.showAlerts("", msgAlertsPaused.Text())
	}
	now := v.clock.now()
	if v.testedSoon(v.account.ID, now) {
		return v.showAlerts("", msgAlertsAgain.Text())
	}
	err := v.change(func(tx *store.Tx, _ *store.Chat) error {
		if err := tx.DropNotices(v.account.ID, alert.Test); err != nil { // one that did not get through
			return err
		}
		v.queues = true
		return tx.Enqueue(store.Notification{
			ID: v.newUUID(), Account: v.account.ID, Chat: v.account.Chat, Kind: alert.Test, Made: now, Due: now,
		})
	})
	if err != nil {
		return fmt.Errorf("queue a test alert: %w", err)
	}
	v.noteTest(v.account.ID, now)
	return v.showAlerts("", msgAlertsTested.Text())
}

// testedSoon reports whether an account had a test alert just now.
func (d *Desk) testedSoon(account store.AccountID, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, last := range d.tested {
		if age := now.Sub(last); age < 0 || age >= testPause {
			delete(d.tested, id)
		}
	}
	_, soon := d.tested[account]
	return soon
}

func (d *Desk) noteTest(account store.AccountID, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tested[account] = now
}

// alertsKey is a key of a choice, with a tick where it is what stands.
func (v *visit) alertsKey(label wording.Text, chosen bool, page, state string) flow.Button {
	key := v.button(msgKeyTicked, setAlertAction, page+" "+state)
	key.Label = label
	if chosen {
		key.Label = msgKeyTicked.With(wording.Args{"label": label})
	}
	return key
}
