package conversations

import (
	"fmt"
	"slices"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// The person's own time zone: asked for after linking, and changed at any time in /account. What was begun in another
// zone stays in it.

const (
	zoneFlow    = "zone"
	stepLives   = "place" // a zone's IANA name
	answerAfter = "after" // the command to come back to

	platformHome = "Europe/London"
	placesPerRow = 2
)

var (
	msgZoneTitle  = msg("zone.title", "<b>Time zone</b>")
	msgZoneIsIt   = msg("zone.is_it", "It is <b>{time}</b> {zone}. Is that your time?")
	msgKeyZoneYes = msg("zone.key_yes", "Yes, that is my time")
	msgKeyZoneNo  = msg("zone.key_no", "No, choose")
	msgZoneNow    = msg("zone.now", "Times here are <b>{zone}</b>: it is {time}.")
	msgZoneAsk    = msg("zone.ask", "<b>Which city is near you?</b> Type it, or type what time it is with you now, for example <code>14:05</code>. Or look for it below.")
	msgZoneSet    = msg("zone.set", "From now on, times here are <b>{zone}</b>: it is {time}. /account changes that.")
	msgZoneStays  = msg("zone.stays", "The request that you have begun stays in {zone}.")
	msgZoneAsWas  = msg("zone.as_was", "Times are {zone}, as before.")
	msgZoneNone   = msg("zone.none", "I know no such city. Type a larger one with the same time, for example <code>New York</code>, or what time it is with you now.")
	msgZoneNoTime = msg("zone.no_time", "I know no city where it is that time now: it is {time} {zone}. Look at the clock again, or type a city.")
	msgZoneWhich  = msg("zone.which", "Which of these is it? If it is none of them, type your city.")
	msgZoneKey    = msg("zone.key_place", "{place} {time}")
	msgKeyRegions = msg("zone.key_regions", "‹ Other regions")

	msgAccountZone = msg("account.zone", "Time zone: {zone} (it is {time})")
	msgKeyZone     = msg("account.key_zone", "Time zone")
)

// withZoneQuestion asks on the card of linking whether the platform's time is the person's. It waits for nothing:
// unanswered, it is.
func (v *visit) withZoneQuestion(view flow.View, after string) flow.View {
	if v.account.Zone != "" || v.as.Member != 0 {
		return view
	}
	site := v.Desk.clock
	view.Body = append(view.Body, msgZoneIsIt.With(wording.Args{"time": site.hour(site.now()), "zone": site.zoneName()}))
	keys := []flow.Button{v.button(msgKeyZoneYes, "zoneyes", after), v.button(msgKeyZoneNo, "zone", after)}
	view.Rows = append([][]flow.Button{keys}, view.Rows...)
	return view
}

// zoneIsTheSites is a yes to that question.
func (v *visit) zoneIsTheSites(after string) error {
	if err := v.leaveZone(); err != nil {
		return err
	}
	if err := v.liveIn(v.Desk.clock.zone.String()); err != nil {
		return err
	}
	return v.screen(v.zoneSetView(after))
}

// askZone opens the form that asks for the person's zone.
func (v *visit) askZone(after string) error {
	if err := v.leaveZone(); err != nil {
		return err
	}
	return v.open(zoneFlow, flow.Answers{answerAfter: after}, nil)
}

// leaveZone closes the form if it stands open.
func (v *visit) leaveZone() error {
	found, err := v.front(ofFlow(zoneFlow))
	if err != nil || !found {
		return err
	}
	return v.leave()
}

// liveIn writes down in which zone the person lives, with the account and with what was begun elsewhere.
func (v *visit) liveIn(zone string) error {
	err := v.change(func(tx *store.Tx, chat *store.Chat) error {
		eachForm(chat, func(s *flow.Session) {
			begun := v.Desk.clock.of(s.Answers).zone
			remember(s, answerHome, zone, s.Flow != zoneFlow && begun.String() != zone)
		})
		account, err := tx.Account(v.account.ID) // its tokens may be newer than those known here
		if err != nil {
			return err
		}
		account.Zone = zone
		if err := tx.PutAccount(account); err != nil {
			return err
		}
		v.queues = true
		return v.followZone(tx, account)
	})
	if err != nil {
		return fmt.Errorf("keep time zone: %w", err)
	}
	v.account.Zone, v.clock = zone, v.clock.in(zone)
	return nil
}

// zoneSetView says in which zone times are from now on, and of a request that is half filled in that its own are not.
func (v *visit) zoneSetView(after string) flow.View {
	note := msgZoneSet.With(wording.Args{"zone": v.clock.zoneName(), "time": v.clock.hour(v.clock.now())})
	if s, ok := v.form(ofFlow(bookName)); ok {
		if begun := v.clock.of(s.Answers); begun.zone.String() != v.clock.zone.String() {
			note = msgTwo.With(wording.Args{"one": note, "two": msgZoneStays.With(wording.Args{"zone": begun.zoneName()})})
		}
	}
	return v.goingOn(v.homeView(note), after)
}

// zoneForm asks in which zone the person lives. Nothing goes to the platform.
func (d *Desk) zoneForm() form {
	said, site := words(), d.clock
	said.Sending = said.Working
	f := flow.Flow{
		Name: zoneFlow, Version: 1, Title: msgZoneTitle.Text(), Words: said, Brief: true,
		Steps: []flow.Step{{
			ID:  stepLives,
			Ask: func(s flow.Scope) flow.Prompt { return zonePrompt(s, site) },
			Parse: func(s flow.Scope, text string) (flow.Answer, error) {
				return parsePlace(text, s.Now, site)
			},
			Check: func(_ flow.Scope, value string) *flow.Refusal {
				if _, ok := loadZone(value); !ok {
					return refuse(msgZoneNone.Text())
				}
				return nil
			},
		}},
	}
	keep := func(v *visit, s flow.Session) (flow.Sent, error) {
		if v.account == nil {
			return flow.Sent{Outcome: flow.OutcomeDone, View: v.afterForm(func() flow.View { return v.homeView(wording.Text{}) })}, nil
		}
		if err := v.liveIn(s.Answers[stepLives]); err != nil {
			return flow.Sent{}, err
		}
		done := v.afterForm(func() flow.View { return v.zoneSetView(s.Answers[answerAfter]) })
		return flow.Sent{Outcome: flow.OutcomeDone, View: done}, nil
	}
	return form{
		flow: f, load: noFacts,
		submit: func(v *visit, s flow.Session, _ string) (flow.Sent, error) { return keep(v, s) },
		settle: keep, // twice is as good as once
		closed: func(v *visit, s flow.Session) flow.View {
			return v.goingOn(v.homeView(msgZoneAsWas.With(wording.Args{"zone": v.clock.zoneName()})), s.Answers[answerAfter])
		},
	}
}

// zonePrompt leads to a place by its region, which is the look; the platform's own zone comes first.
func zonePrompt(s flow.Scope, site clock) flow.Prompt {
	now := site.of(s.Answers) // the zone as it was when the form was opened
	p := flow.Prompt{Body: []wording.Text{
		msgZoneNow.With(wording.Args{"zone": now.zoneName(), "time": now.hour(s.Now)}), msgZoneAsk.Text(),
	}}
	var keys []flow.Option
	for _, pl := range places() {
		if pl.region == s.Look {
			keys = append(keys, pl.key(s.Now))
		}
	}
	if len(keys) > 0 {
		p.Options = append(slices.Collect(slices.Chunk(keys, placesPerRow)), []flow.Option{lookAt(msgKeyRegions.Text(), "")})
		return p
	}
	home := flow.Option{
		Label: msgZoneKey.With(wording.Args{"place": site.zoneName(), "time": site.hour(s.Now)}), Value: site.zone.String(),
	}
	for _, r := range regions() {
		keys = append(keys, lookAt(r.label.Text(), r.id))
	}
	p.Options = append([][]flow.Option{{home}}, slices.Collect(slices.Chunk(keys, placesPerRow))...)
	return p
}

// parsePlace reads a city, an IANA name, or the time that it is with the person; what fits several is asked.
func parsePlace(text string, now time.Time, site clock) (flow.Answer, error) {
	var found []place
	if minutes := timesOfDay(text); len(minutes) > 0 {
		if found = placesAt(minutes, now); len(found) == 0 {
			return flow.Answer{}, refuse(msgZoneNoTime.With(wording.Args{"time": site.hour(now), "zone": site.zoneName()}))
		}
	} else {
		if zone, ok := zoneByName(text, site); ok {
			return flow.Answer{Value: zone}, nil
		}
		switch found = placesCalled(text); len(found) {
		case 0:
			return flow.Answer{}, refuse(msgZoneNone.Text())
		case 1:
			return flow.Answer{Value: found[0].zone}, nil
		}
	}
	var fix []flow.Option
	for _, pl := range found[:min(len(found), mostNear)] {
		fix = append(fix, pl.key(now))
	}
	return flow.Answer{}, refuse(msgZoneWhich.Text(), fix...)
}
