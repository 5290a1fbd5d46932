package conversations

import (
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/wording"
)

// extraScreens are the buttons of a card that change nothing on the platform. Each reads the booking again,
// and acts only if that still allows it.
func extraScreens() map[string]screen {
	return map[string]screen{
		string(actDetails):  onBooking((*visit).details),
		hideAction:          (*visit).hide,
		string(actCalendar): onBooking((*visit).calendar),
		string(actRemind):   onBooking((*visit).askReminders),
		remindAction:        (*visit).setReminder,
		string(actMute):     onBooking((*visit).mute),
		string(actUnmute):   onBooking((*visit).unmute),
		string(actRebook):   onBooking((*visit).rebook),
	}
}

// reread reads a booking for the button that was pressed. If that fails, the person is told and ok is false.
func (v *visit) reread(ref cardRef, action, value string) (b apiclient.Booking, ok bool, err error) {
	err = v.slowly(func() (err error) {
		b, err = v.booking(ref.side, ref.id)
		return err
	})
	if err != nil {
		return b, false, v.sorry(fmt.Errorf("read booking: %w", err), action, value)
	}
	return b, true, nil
}

// allowed is reread for what the booking must still allow; where it does not, its card says how it stands.
func (v *visit) allowed(a action, ref cardRef) (b apiclient.Booking, ok bool, err error) {
	b, ok, err = v.reread(ref, string(a), ref.String())
	if ok && !may(a, b, v.clock.now()) {
		return b, false, v.screen(v.cardView(b, ref, v.changed(a, b)))
	}
	return b, ok, err
}

// putBack draws the card again that says "Working…", where what was asked for is a message of its own.
func (v *visit) putBack(b apiclient.Booking, ref cardRef) error {
	if v.working == 0 {
		return nil
	}
	return v.screen(v.cardView(b, ref, wording.Text{}))
}
