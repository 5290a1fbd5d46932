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

// calendar sends a file for the phone's calendar. Others may see that: it says when, and nothing else.
func (v *visit) calendar(ref cardRef) error {
	b, ok, err := v.allowed(actCalendar, ref)
	if !ok {
		return err
	}
	content, err := ical.Event{
		UID:   "booking-" + b.ID.String() + "@phonechatbot",
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

// sequence grows with every change of a booking, so that a later file replaces an earlier one: seconds from
// its making to its last change, as far as calendars can count.
func sequence(b apiclient.Booking) int {
	return int(min(max(b.LastUpdated.Sub(b.Created)/time.Second, 0), math.MaxInt32))
}
