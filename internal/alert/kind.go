package alert

import "slices"

// Kind is what an alert is about. It is kept on disk: a name that was given once keeps its meaning.
type Kind string

// News of a booking.
const (
	Request   Kind = "request"   // somebody asks the performer for a call
	Accepted  Kind = "accepted"  // the performer agreed; the client is to confirm
	Rejected  Kind = "rejected"  // the performer or the platform declined
	Expired   Kind = "expired"   // a request was declined after its reply-by time had passed
	Confirmed Kind = "confirmed" // the call is on, and credits are bound to it
	Cancelled Kind = "cancelled"
	Credits   Kind = "credits" // the amount changed, and nothing greater did
	Changed   Kind = "changed" // the time, the length or the reply-by time; or a state this program does not know
)

// What a booking's times bring about.
const (
	ReplyBy  Kind = "reply_by" // the reply-by time is near, and the person has not answered
	Reminder Kind = "reminder" // a call is to begin
)

// What is about no booking.
const (
	SignIn   Kind = "sign_in"   // the platform refuses the account's sign-in
	NoAccess Kind = "no_access" // the sign-in holds, and the platform no longer shows the bookings
	Down     Kind = "down"      // the platform has not answered for long
	Back     Kind = "back"      // it answers again
	Summary  Kind = "summary"   // the daily one
	Test     Kind = "test"      // asked for, to see how alerts arrive
)

// Switches are the kinds that can be switched off, in the order in which they are shown. Back goes with Down,
// reminders have their own choice, and what else there is cannot be switched off.
func Switches() []Kind {
	return []Kind{Request, Accepted, Confirmed, Rejected, Cancelled, Credits, Changed, ReplyBy, Expired, Down}
}

// OfBooking reports whether alerts of the kind say what a booking is like now, so that a newer one takes the
// place of an older one.
func (k Kind) OfBooking() bool {
	return slices.Contains([]Kind{Request, Accepted, Rejected, Expired, Confirmed, Cancelled, Credits, Changed}, k)
}

// Timed reports whether alerts of the kind come at a time before something else, and follow it.
func (k Kind) Timed() bool { return k == Reminder || k == ReplyBy }
