package conversations

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgAlertsTitle   = msg("alerts.title", "<b>Alerts</b>")
	msgKeyTicked     = msg("alerts.key_ticked", "✓ {label}")
	msgKeyLevel      = msg("alerts.key_level", "How much they say")
	msgKeyEvents     = msg("alerts.key_events", "What you hear of")
	msgKeyQuiet      = msg("alerts.key_quiet", "Quiet hours")
	msgKeyRemindPage = msg("alerts.key_remind", "Reminders")
	msgKeySummary    = msg("alerts.key_summary", "Daily summary")
	msgKeyTest       = msg("alerts.key_test", "Send a test alert")
	msgKeyToAlerts   = msg("alerts.key_back", "‹ Alerts")

	msgAlertsLevel = msg("alerts.level", "They say: <b>{level}</b>. An alert then reads: <i>{example}</i>")
	msgAlertsNews  = msg("alerts.news", "You hear of: <b>{what}</b>.")
	msgAccountTold = msg("account.alerts", "Alerts: {level}; you hear of {what}.")

	msgAlertsOn    = msg("alerts.on", "Alerts are on and discreet: no names, no amounts.")
	msgAlertsAsSet = msg("alerts.on_as_set", "Alerts are on, as you set them in /alerts.")

	msgLevelTitle    = msg("alerts.level.title", "<b>How much an alert says</b>")
	msgLevelLine     = msg("alerts.level.line", "<b>{level}:</b> <i>{example}</i>")
	msgLevelShown    = msg("alerts.level.shown", "<b>Names and amounts show on your lock screen.</b>")
	msgLevelWarn     = msg("alerts.level.warning", "Standard alerts show names and amounts on your lock screen.")
	msgLevelStandard = msg("alerts.level.standard", "Standard")
	msgLevelDiscreet = msg("alerts.level.discreet", "Discreet")
	msgLevelMinimal  = msg("alerts.level.minimal", "Minimal")

	msgEventsTitle  = msg("alerts.events.title", "<b>What you hear of</b>")
	msgEventsAlways = msg("alerts.events.always", "A tick is an alert that you get. That you have to sign in again is always told.")
	msgPresetAll    = msg("alerts.events.all", "All")
	msgPresetNeeds  = msg("alerts.events.needs_me", "Needs me")
	msgPresetCore   = msg("alerts.events.essential", "Essential")
	msgSaysAll      = msg("alerts.events.says_all", "everything")
	msgSaysNeeds    = msg("alerts.events.says_needs_me", "what needs you, or changes what was agreed")
	msgSaysCore     = msg("alerts.events.says_essential", "whether a call is on")
	msgSaysNone     = msg("alerts.events.says_none", "nothing, but when you have to sign in again")
	msgSaysSome     = msg("alerts.events.says_some", "{count} of {all} kinds of news")

	msgKindRequest   = msg("alerts.kind.request", "New request")
	msgKindAccepted  = msg("alerts.kind.accepted", "Accepted")
	msgKindConfirmed = msg("alerts.kind.confirmed", "Confirmed")
	msgKindRejected  = msg("alerts.kind.rejected", "Declined")
	msgKindCancelled = msg("alerts.kind.cancelled", "Cancelled")
	msgKindCredits   = msg("alerts.kind.credits", "Credits changed")
	msgKindChanged   = msg("alerts.kind.changed", "Time changed")
	msgKindReplyBy   = msg("alerts.kind.reply_by", "Reply-by is near")
	msgKindExpired   = msg("alerts.kind.expired", "Expired")
	msgKindDown      = msg("alerts.kind.down", "Site not answering")

	msgQuietTitle  = msg("alerts.quiet.title", "<b>Quiet hours</b>")
	msgQuietNone   = msg("alerts.quiet.none", "Quiet hours: <b>off</b>.")
	msgQuietSilent = msg("alerts.quiet.is_silent", "Quiet hours: <b>{hours}</b>. Alerts come without a sound.")
	msgQuietHold   = msg("alerts.quiet.is_hold", "Quiet hours: <b>{hours}</b>. Alerts wait until they end and then come in one message; what has to be answered before that comes in time, without a sound.")
	msgQuietKept   = msg("alerts.quiet.kept", "The times are kept for later: {hours}.")
	msgQuietUrgent = msg("alerts.quiet.urgent", "News of a call that begins within the hour always comes with a sound.")
	msgQuietZone   = msg("alerts.quiet.zone", "Times are {zone}: it is {time} now.")
	msgHours       = msg("alerts.quiet.hours", "{from} to {to}")
	msgHoursNext   = msg("alerts.quiet.hours_next_day", "{from} to {to} next day")
	msgKeyOff      = msg("alerts.key_off", "Off")
	msgKeySilent   = msg("alerts.quiet.key_silent", "Silent")
	msgKeyHold     = msg("alerts.quiet.key_hold", "Hold back")
	msgKeyTimes    = msg("alerts.quiet.key_times", "Change the times")

	msgRemindAll     = msg("alerts.remind.title", "<b>Reminders</b> of all calls that are agreed")
	msgRemindOf      = msg("alerts.remind.leads", "Reminders of a call: <b>{leads}</b>.")
	msgRemindOff     = msg("alerts.remind.none", "Reminders of a call: <b>none</b>.")
	msgRemindRead    = msg("alerts.remind.read", "The booking is read again before a reminder is sent: one that was cancelled or moved does not remind you of its old time.")
	msgRemindSingle  = msg("alerts.remind.single", "A single booking has its own: <b>Remind me</b> on its card.")
	msgReplyByOn     = msg("alerts.remind.reply_by_on", "Reply-by warning: <b>on</b>, {minutes} minutes before the time by which you have to answer.")
	msgReplyByOff    = msg("alerts.remind.reply_by_off", "Reply-by warning: <b>off</b>.")
	msgKeyReplyBy    = msg("alerts.remind.key_reply_by", "Reply-by warning")
	msgSummaryTitle  = msg("alerts.summary.title", "<b>Daily summary</b>")
	msgSummaryWhat   = msg("alerts.summary.what", "One message a day about the calls of the day and what waits for you; none on a day without either.")
	msgSummaryOff    = msg("alerts.summary.none", "Daily summary: <b>off</b>.")
	msgSummaryAt     = msg("alerts.summary.at", "Daily summary: <b>{time}</b>, {zone}.")
	msgSummaryNext   = msg("alerts.summary.next", "The next one comes {when}.")
	msgKeySummaryFor = msg("alerts.summary.key_time", "Another time")
)

// The hours at which a summary is offered.
const (
	firstHour  = 6
	lastHour   = 22
	hoursInRow = 6
)

// alertsView is a page of /alerts; one that is not known is the first.
func (v *visit) alertsView(page string, note wording.Text) flow.View {
	view := flow.View{}
	if !note.IsZero() {
		view.Body = append(view.Body, note)
	}
	draw := map[string]func(flow.View) flow.View{
		alertsEvents: v.eventsPage, alertsLevel: v.levelPage, alertsQuiet: v.quietPage, alertsRemind: v.remindPage, alertsSummary: v.summaryPage,
	}[page]
	if draw == nil {
		return v.alertsPage(view)
	}
	view = draw(view)
	view.Rows = append(view.Rows, []flow.Button{v.button(msgKeyToAlerts, alertsAction, "")})
	return view
}

func (v *visit) alertsPage(view flow.View) flow.View {
	p := v.account.Alerts
	view.Body = append(view.Body, msgAlertsTitle.Text())
	if v.stopped() {
		view.Body = append(view.Body, msgStopped.With(wording.Args{"name": v.accountName()}))
		view.Rows = append(view.Rows, v.linkRows(alertsAction)...)
	}
	view.Body = append(view.Body,
		msgAlertsLevel.With(wording.Args{"level": levelText(p.Level), "example": v.exampleText(p.Level)}),
		msgAlertsNews.With(wording.Args{"what": newsText(p)}),
		v.quietText(p.Quiet), leadsText(p.Leads), v.summaryText(p.Summary),
	)
	page := func(label wording.Message, page string) flow.Button { return v.button(label, alertsAction, page) }
	view.Rows = append(view.Rows,
		[]flow.Button{page(msgKeyLevel, alertsLevel), page(msgKeyEvents, alertsEvents)},
		[]flow.Button{page(msgKeyQuiet, alertsQuiet), page(msgKeyRemindPage, alertsRemind)},
		[]flow.Button{page(msgKeySummary, alertsSummary), v.button(msgKeyTest, testAction, "")},
		v.homeRow(),
	)
	return view
}

func (v *visit) levelPage(view flow.View) flow.View {
	view.Body = append(view.Body, msgLevelTitle.Text())
	var keys []flow.Button
	for _, level := range levels() {
		view.Body = append(view.Body, msgLevelLine.With(wording.Args{"level": levelText(level), "example": v.exampleText(level)}))
		keys = append(keys, v.alertsKey(levelText(level), level == v.account.Alerts.Level, alertsLevel, levelKey(level)))
	}
	warning := msgLevelWarn
	if v.account.Alerts.Level == alert.Standard {
		warning = msgLevelShown
	}
	view.Body = append(view.Body, warning.Text())
	view.Rows = append(view.Rows, keys)
	return view
}

func (v *visit) eventsPage(view flow.View) flow.View {
	p := v.account.Alerts
	view.Body = append(view.Body, msgEventsTitle.Text(), msgAlertsNews.With(wording.Args{"what": newsText(p)}), msgEventsAlways.Text())
	stands, named := p.Preset()
	var row []flow.Button
	for _, preset := range presets() {
		row = append(row, v.alertsKey(presetText(preset), named && preset == stands, alertsEvents, string(preset)))
	}
	view.Rows = append(view.Rows, row)
	for pair := range slices.Chunk(alert.Switches(), 2) {
		row = nil
		for _, kind := range pair {
			on := p.Wants(kind)
			row = append(row, v.alertsKey(kindText(kind), on, alertsEvents, string(kind)+opposite(on)))
		}
		view.Rows = append(view.Rows, row)
	}
	return view
}

// opposite is the sign of the state that a key leads to.
func opposite(on bool) string {
	if on {
		return "-"
	}
	return "+"
}

func (v *visit) quietPage(view flow.View) flow.View {
	q := v.account.Alerts.Quiet
	view.Body = append(view.Body, msgQuietTitle.Text(), v.quietText(q))
	if q.Mode == alert.Loud && q.From != q.To {
		view.Body = append(view.Body, msgQuietKept.With(wording.Args{"hours": v.hoursText(q)}))
	}
	if q.Mode != alert.Loud && q.From != q.To {
		view.Body = append(view.Body, msgQuietUrgent.Text())
	}
	view.Body = append(view.Body, msgQuietZone.With(wording.Args{"zone": v.clock.zoneName(), "time": v.clock.hour(v.clock.now())}))
	view.Rows = append(view.Rows,
		[]flow.Button{
			v.alertsKey(msgKeyOff.Text(), q.Mode == alert.Loud, alertsQuiet, stateOff),
			v.alertsKey(msgKeySilent.Text(), q.Mode == alert.Silent, alertsQuiet, string(alert.Silent)),
			v.alertsKey(msgKeyHold.Text(), q.Mode == alert.Hold, alertsQuiet, string(alert.Hold)),
		},
		[]flow.Button{v.button(msgKeyTimes, quietFlow, ""), v.button(msgKeyZone, "zone", alertsAction)},
	)
	return view
}

func (v *visit) remindPage(view flow.View) flow.View {
	p := v.account.Alerts
	view.Body = append(view.Body, msgRemindAll.Text(), leadsText(p.Leads), msgRemindRead.Text(), msgRemindSingle.Text())
	warned := p.Wants(alert.ReplyBy)
	if warned {
		view.Body = append(view.Body, msgReplyByOn.With(wording.Args{"minutes": int(store.ReplyByLead / time.Minute)}))
	} else {
		view.Body = append(view.Body, msgReplyByOff.Text())
	}
	for pair := range slices.Chunk(leads(), 2) {
		var row []flow.Button
		for _, lead := range pair {
			minutes := int(lead / time.Minute)
			on := slices.Contains(p.Leads, minutes)
			label := msgKeyRemindOff.With(wording.Args{"lead": leadText(lead)})
			row = append(row, v.alertsKey(label, on, alertsRemind, strconv.Itoa(minutes)+opposite(on)))
		}
		view.Rows = append(view.Rows, row)
	}
	view.Rows = append(view.Rows, []flow.Button{v.alertsKey(msgKeyReplyBy.Text(), warned, alertsRemind, string(alert.ReplyBy)+opposite(warned))})
	return view
}

func (v *visit) summaryPage(view flow.View) flow.View {
	s := v.account.Alerts.Summary
	view.Body = append(view.Body, msgSummaryTitle.Text(), msgSummaryWhat.Text(), v.summaryText(s))
	if s.On {
		view.Body = append(view.Body, msgSummaryNext.With(wording.Args{"when": v.clock.moment(s.Next(v.clock.now(), v.clock.zone))}))
	}
	view.Rows = append(view.Rows, []flow.Button{v.alertsKey(msgKeyOff.Text(), !s.On, alertsSummary, stateOff)})
	var keys []flow.Button
	for hour := firstHour; hour <= lastHour; hour++ {
		at := alert.Minute(hour * 60)
		keys = append(keys, v.alertsKey(plain(fmt.Sprintf("%02d", hour), "").Label, s.On && s.At == at, alertsSummary, strconv.Itoa(int(at))))
	}
	view.Rows = slices.AppendSeq(view.Rows, slices.Chunk(keys, hoursInRow))
	view.Rows = append(view.Rows, []flow.Button{v.button(msgKeySummaryFor, summaryFlow, "")})
	return view
}

func levelText(level alert.Level) wording.Text {
	switch level {
	case alert.Standard:
		return msgLevelStandard.Text()
	case alert.Minimal:
		return msgLevelMinimal.Text()
	case alert.Discreet:
	}
	return msgLevelDiscreet.Text()
}

// exampleText is how an alert reads at a level.
func (v *visit) exampleText(level alert.Level) wording.Text {
	return teller{level: level, clock: v.clock}.sample()
}

// alertsOnText says to somebody who has linked just now how much their alerts say.
func alertsOnText(level alert.Level) wording.Text {
	if level == alert.Discreet {
		return msgAlertsOn.Text()
	}
	return msgAlertsAsSet.Text()
}

func presetText(s alert.Preset) wording.Text {
	switch s {
	case alert.NeedsMe:
		return msgPresetNeeds.Text()
	case alert.Essential:
		return msgPresetCore.Text()
	case alert.All:
	}
	return msgPresetAll.Text()
}

// newsText is what the person hears of, in a few words.
func newsText(p alert.Prefs) wording.Text {
	preset, named := p.Preset()
	switch {
	case !named:
		all := alert.Switches()
		told := len(slices.DeleteFunc(slices.Clone(all), func(k alert.Kind) bool { return !p.Wants(k) }))
		if told == 0 {
			return msgSaysNone.Text()
		}
		return msgSaysSome.With(wording.Args{"count": told, "all": len(all)})
	case preset == alert.NeedsMe:
		return msgSaysNeeds.Text()
	case preset == alert.Essential:
		return msgSaysCore.Text()
	}
	return msgSaysAll.Text()
}

// kindText names a kind of news that can be switched off.
func kindText(k alert.Kind) wording.Text {
	return map[alert.Kind]wording.Message{
		alert.Request: msgKindRequest, alert.Accepted: msgKindAccepted, alert.Confirmed: msgKindConfirmed,
		alert.Rejected: msgKindRejected, alert.Cancelled: msgKindCancelled, alert.Credits: msgKindCredits,
		alert.Changed: msgKindChanged, alert.ReplyBy: msgKindReplyBy, alert.Expired: msgKindExpired, alert.Down: msgKindDown,
	}[k].Text()
}

func (v *visit) quietText(q alert.Quiet) wording.Text {
	hours := wording.Args{"hours": v.hoursText(q)}
	switch {
	case q.Mode == alert.Hold && q.From != q.To:
		return msgQuietHold.With(hours)
	case q.Mode == alert.Silent && q.From != q.To:
		return msgQuietSilent.With(hours)
	}
	return msgQuietNone.Text()
}

// hoursText is from when until when, with the zone.
func (v *visit) hoursText(q alert.Quiet) wording.Text {
	hours := msgHours
	if q.To < q.From {
		hours = msgHoursNext
	}
	both := hours.With(wording.Args{"from": timeOf(int(q.From)), "to": timeOf(int(q.To))})
	return msgComma.With(wording.Args{"one": both, "two": v.clock.zoneName()})
}

func leadsText(minutes []int) wording.Text {
	if len(minutes) == 0 {
		return msgRemindOff.Text()
	}
	var texts []wording.Text
	for _, m := range minutes {
		texts = append(texts, msgKeyRemindOff.With(wording.Args{"lead": leadText(time.Duration(m) * time.Minute)}))
	}
	return msgRemindOf.With(wording.Args{"leads": listed(texts)})
}

func (v *visit) summaryText(s alert.Daily) wording.Text {
	if !s.On {
		return msgSummaryOff.Text()
	}
	return msgSummaryAt.With(wording.Args{"time": timeOf(int(s.At)), "zone": v.clock.zoneName()})
}
