package conversations_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"phonechatbot/apiclient"
	"phonechatbot/sandbox/apisim"
)

// The file says when, and nothing that others must not see on a calendar.
func TestTheCalendarFile(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	id := r.agreed(func(s *apisim.Seed) { s.Duration = 25 })
	take := func() (*ics.VEvent, string) {
		t.Helper()
		r.do("calendar", fmt.Sprint("m", id))
		file := r.chat.files[len(r.chat.files)-1]
		if file.Name != fmt.Sprintf("appointment-%d.ics", id) || file.Type != "text/calendar" {
			t.Errorf("%s, %s", file.Name, file.Type)
		}
		calendar, err := ics.ParseCalendar(bytes.NewReader(file.Content))
		if err != nil || len(calendar.Events()) != 1 {
			t.Fatalf("%v", err)
		}
		return calendar.Events()[0], string(file.Content)
	}
	event, content := take()
	start, startErr := event.GetStartAt()
	end, endErr := event.GetEndAt()
	session := monday.Add(24*time.Hour + time.Minute)
	if startErr != nil || endErr != nil || !start.Equal(session) || !end.Equal(session.Add(25*time.Minute)) {
		t.Errorf("from %v (%v) to %v (%v)", start, startErr, end, endErr)
	}
	if event.Id() != fmt.Sprintf("%d@appointments.invalid", id) || event.GetProperty(ics.ComponentPropertySummary).Value != "Appointment" {
		t.Errorf("the event:\n%s", content)
	}
	if alarms := event.Alarms(); len(alarms) != 1 || alarms[0].GetProperty(ics.ComponentPropertyTrigger).Value != "-PT15M" {
		t.Errorf("alarms: %v", alarms)
	}
	said := r.chat.last()
	for _, personal := range []string{"VelvetVoice", "NightOwl", "771204", "660031", "7700", "Evening", "12.00", "credits", "chat", "call", "Call"} {
		if strings.Contains(content, personal) || strings.Contains(said, personal) {
			t.Errorf("%q can be read in\n%s\n%s", personal, content, said)
		}
	}

	r.platformOf(edited{r.api, func(b *apiclient.Booking) {
		b.Session, b.LastUpdated = b.Session.Add(time.Hour), b.LastUpdated.Add(time.Minute)
	}})
	moved, _ := take()
	if moved.Id() != event.Id() || number(t, moved) <= number(t, event) {
		t.Errorf("a moved call does not replace the old one: %s %d, then %s %d", event.Id(), number(t, event), moved.Id(), number(t, moved))
	}
}

func number(t *testing.T, e *ics.VEvent) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(e.GetProperty(ics.ComponentPropertySequence).Value, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
