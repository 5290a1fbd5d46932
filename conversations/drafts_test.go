package conversations_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/store"
)

// A draft is sent once, a day later, under the key that it would have been sent with.
func TestADraftIsGoneOnWith(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.fillBooking()
	id := r.storedChat().Session.ID
	r.press("Save draft")
	r.wantSaid("Saved as a draft")
	if open := r.storedChat().Session; open != nil {
		t.Errorf("%s is still open", open.Flow)
	}
	r.say("hello") // goes to no form
	r.wantSaid("I did not expect that here")
	r.restart()
	r.clock.Advance(2 * time.Hour)
	r.say("/book")
	r.wantSaid("1. VelvetVoice, Tue 16 Feb 21:30 (until Mon 22 Feb 12:00)")
	r.press("Go on with 1")
	r.wantSaid("Nothing has been sent yet")
	if s := r.storedChat().Session; s == nil || s.ID != id {
		t.Errorf("another form: %+v", s)
	}
	r.press("Send request")
	r.press("Yes, send")
	r.wantCreated(1)
	r.say("/book")
	r.wantSaid("Whom would you like to call")
}

func TestADraftOfHalfAForm(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book")
	r.say("771204")
	r.say("tomorrow 21:00")
	r.say("/cancel")
	r.press("Save draft")
	r.say("/book")
	r.press("Go on with 1")
	r.wantSaid("How long?")
	r.say("30")
	r.wantSaid("How shall the call be made")
	r.say("/cancel")
	r.press("Save draft")
	r.changeChat(func(c *store.Chat) { c.Drafts[0].Session.Version = 0 }) // begun with an older version
	r.say("/book")
	r.press("Go on with 1")
	r.wantSaid("How shall the call be made")
}

func TestNoMoreThanFiveDrafts(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	for i := range 5 {
		r.say("/book 771204")
		r.say(fmt.Sprintf("tomorrow %d:00", 13+i))
		r.say("/cancel")
		r.press("Save draft")
		r.wantSaid("Saved as a draft")
	}
	r.say("/book 771204")
	r.say("tomorrow 21:00")
	r.say("/cancel")
	r.press("Save draft")
	r.wantSaid("Five drafts are kept already")
	if s := r.storedChat().Session; s == nil || s.Answers["time"] != "21:00" {
		t.Errorf("the sixth is lost: %+v", s)
	}
	r.say("/book 771422")
	r.press("Keep it as a draft, start afresh")
	r.wantSaid("Five drafts are kept already")
	r.say("/cancel")
	r.press("Discard")
	r.say("/book")
	r.wantSaid("1. VelvetVoice, Tue 16 Feb 17:00") // the latest first
	r.press("Delete 1")
	r.wantSaid("Draft deleted.")
	r.wantSaid("1. VelvetVoice, Tue 16 Feb 16:00")
	if n := len(r.storedChat().Drafts); n != 4 {
		t.Errorf("%d drafts", n)
	}
}

// After seven days a draft goes, whether anybody looks or not.
func TestDraftsAreDeleted(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 21:00")
	r.say("/cancel")
	r.press("Save draft")
	r.later(7*24*time.Hour - time.Minute)
	if n := len(r.storedChat().Drafts); n != 1 {
		t.Fatalf("%d drafts", n)
	}
	r.restart() // what is due is known after a start, too
	r.later(time.Minute)
	if n := len(r.storedChat().Drafts); n != 0 {
		t.Errorf("%d drafts", n)
	}
	if due := r.desk.Unsettled(); len(due) != 0 {
		t.Errorf("%v is still due", due)
	}
	r.say("/book")
	r.wantSaid("Whom would you like to call")
}

// A form that nobody goes on with is reminded of once, and becomes a draft a day later.
func TestAFormThatIsLeft(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 21:00")
	reminders := func() int { return strings.Count(r.said(), "A form is still open") }
	r.chat.log = nil
	r.later(59 * time.Minute)
	if reminders() != 0 {
		t.Error("reminded too soon")
	}
	r.later(time.Minute)
	r.later(5 * time.Hour)
	r.restart()
	r.later(time.Hour)
	if reminders() != 1 {
		t.Errorf("reminded %d times", reminders())
	}
	r.press("Continue the form")
	r.wantSaid("How long?")
	r.later(90 * time.Minute) // left again
	if reminders() != 2 {
		t.Errorf("reminded %d times", reminders())
	}
	r.later(23 * time.Hour)
	r.wantSaid("was put away as a draft")
	if r.storedChat().Session != nil {
		t.Error("it is still open")
	}
	r.press("Book a call")
	r.press("Go on with 1")
	r.wantSaid("How long?")
}

// What is being sent or looked up, and questions about a booking, are no drafts.
func TestWhatIsNoDraft(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.unsure(apisim.FaultResetAfterCommit)
	r.platform.SetFault(apisim.OpMadeBookings, apisim.Fault{Kind: apisim.FaultDown})
	id := r.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID, Status: apisim.StatusAccepted, Session: monday.AddDate(0, 0, 9)})
	r.do("cancel", fmt.Sprint("m", id))
	for range 3 {
		r.later(25 * time.Hour)
	}
	if chat := r.storedChat(); len(chat.Drafts) != 0 || len(chat.Parked) != 1 {
		t.Errorf("%d drafts, %d forms aside", len(chat.Drafts), len(chat.Parked))
	}
}

// A deep link leads to the form at once; a form that stands open can be kept for it.
func TestDraftsStandInNobodysWay(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771422")
	r.say("tomorrow 21:00")
	r.say("/start book_771204")
	r.press("Keep it as a draft, start afresh")
	r.wantSaid("Which day")
	if chat := r.storedChat(); chat.Session.Answers["who"] != "771204" || len(chat.Drafts) != 1 || chat.Drafts[0].Session.Answers["who"] != "771422" {
		t.Errorf("%+v", chat)
	}
	r.say("/cancel")
	r.press("Discard")
	r.say("/start book_771318")
	r.wantSaid("Which day")
}

func TestForgedDrafts(t *testing.T) {
	r := newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 21:00")
	r.say("/cancel")
	r.press("Save draft")
	before := r.storedChat().Drafts
	for _, action := range []string{"draft", "draftdrop", "draftfirst"} {
		for _, value := range []string{"", "form99999999", ":", "form99999999:771204", strings.Repeat("x", 40)} {
			r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: action, Value: value}})
		}
	}
	if after := r.storedChat().Drafts; !slices.EqualFunc(before, after, func(a, b store.Draft) bool { return a.Session.ID == b.Session.ID }) {
		t.Errorf("had %v, has %v", before, after)
	}
	r.unlink()
	if n := len(r.storedChat().Drafts); n != 0 {
		t.Errorf("%d drafts after unlinking", n)
	}
}

// twoForms has a full form in front, and the keys of a list of drafts above it that was used before.
func twoForms(t *testing.T) (r *rig, full string) {
	t.Helper()
	r = newRig(t, monday)
	r.link(clientToken)
	r.say("/book 771204")
	r.say("tomorrow 21:00")
	r.say("/cancel")
	r.press("Save draft")
	r.say("/book")
	r.press("New booking")
	for _, answer := range bookingAnswers {
		r.say(answer)
	}
	r.wantSaid("Nothing has been sent yet")
	return r, r.storedChat().Session.ID
}

// whereIs says where a form is kept.
func (r *rig) whereIs(id string) string {
	r.t.Helper()
	chat := r.storedChat()
	if chat.Session != nil && chat.Session.ID == id {
		return "front"
	}
	for _, f := range chat.Parked {
		if f.Session.ID == id {
			return "aside"
		}
	}
	for _, d := range chat.Drafts {
		if d.Session.ID == id {
			return "draft"
		}
	}
	return "lost"
}

// Whatever is begun beside a form, the form is kept until the person says otherwise about that very form.
func TestNoFormIsLostToAnother(t *testing.T) {
	for name, tc := range map[string]struct {
		then func(*rig)
		want string
	}{
		"an old New booking": {func(r *rig) { r.press("New booking"); r.press("Continue the form") }, "front"},
		"a draft taken up":   {func(r *rig) { r.press("Go on with 1"); r.wantSaid("How long?") }, "aside"},
		"a draft taken up, and that made a draft": {func(r *rig) {
			r.press("Go on with 1")
			r.say("/book")
			r.press("Keep it as a draft, start afresh")
			r.wantSaid("Whom would you like to call?")
		}, "aside"},
		"a draft taken up, and begun afresh": {func(r *rig) {
			r.press("Go on with 1")
			r.say("/book")
			r.press("Start afresh")
			r.wantSaid("Whom would you like to call?")
		}, "aside"},
		"made a draft":           {func(r *rig) { r.say("/book"); r.press("Keep it as a draft, start afresh") }, "draft"},
		"begun afresh itself":    {func(r *rig) { r.say("/book"); r.press("Start afresh") }, "lost"},
		"the list of the drafts": {func(r *rig) { r.say("/book"); r.press("Your drafts"); r.press("Delete 1") }, "front"},
	} {
		t.Run(name, func(t *testing.T) {
			r, full := twoForms(t)
			tc.then(r)
			if got := r.whereIs(full); got != tc.want {
				t.Errorf("the form is %s, want %s; the last message is\n%s", got, tc.want, r.chat.last())
			}
		})
	}
}

// A draft waits at its review, where price and balance are read again: never at the last question.
func TestADraftIsNotSentUnread(t *testing.T) {
	for name, away := range map[string]func(*rig){
		"put away by itself":   func(r *rig) { r.later(25 * time.Hour) },
		"kept for another one": func(r *rig) { r.say("/book"); r.press("Keep it as a draft, start afresh"); r.say("/cancel") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, monday)
			r.link(clientToken)
			r.say("/book")
			for _, answer := range []string{"771204", "sunday 9:30pm", "30", "2", "36", "sunday 2pm", "No comment"} {
				r.say(answer)
			}
			r.press("Send request")
			r.wantSaid("Send this request to")
			away(r)
			if n := len(r.storedChat().Drafts); n != 1 {
				t.Fatalf("%d drafts", n)
			}
			if at := r.storedChat().Drafts[0].Session.At; at != flow.AtReview {
				t.Errorf("the draft stands at %s", at)
			}
			r.say("/book")
			r.press("Go on with 1")
			r.wantSaid("Nothing has been sent yet")
		})
	}
}
