package conversations

import (
	"fmt"
	"math"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/ical"
	"phonechatbot/internal/wording"
)

var (
	msgCalendarHow     = msg("calendar.how", "Open this file to add the appointment to your calendar. It names nobody.")
	msgCalendarSummary = msg("calendar.summary", "Appointment")
)

const calendarAlarm = 15 * time.Minute

// calendar sends a file for the phone's calendar. Others may see that: it says when, and neither with whom nor
// what it is about.
func (v *visit) calendar(ref cardRef) error {
	b, ok, err := v.allowed(actCalendar, ref)
	if !ok {
		return err
	}
	content, err := ical.Event{
		UID:   b.ID.String() + "@appointments.invalid",
		Start: b.Session, End: ends(b), Stamp: v.clock.now(),
		Summary: msgCalendarSummary.English, Alarm: calendarAlarm, Sequence: sequence(b),
	}.Bytes()
	if err != nil {
		return fmt.Errorf("write appointment: %w", err)
	}
	file := File{Name: "appointment-" + b.ID.String() + ical.Extension, Type: ical.MediaType, Content: content}
	view := v.dressed(flow.View{Body: []wording.Text{msgCalendarHow.Text()}, Rows: [][]flow.Button{v.homeRow()}})
	if _, err := v.Desk.chat.SendFile(v.ctx, v.event.Chat, file, view); err != nil {
		return fmt.Errorf("send appointment: %w", err)
	}
	return v.putBack(b, ref)
}

// sequence grows with every change of a booking, so that a later file replaces an earlier one: the seconds of its
// last change since 2020, as far as calendars can count.
func sequence(b apiclient.Booking) int {
	const beginning = 1577836800
	return int(min(max(b.LastUpdated.Unix()-beginning, 0), math.MaxInt32))
}
