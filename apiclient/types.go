package apiclient

import (
	"time"
)

// MemberID is a member's number on the site: the primary key of people everywhere in the API.
type MemberID int64

// BookingID identifies a booking; both sides see the same one.
type BookingID int64

// Method is how the two are connected (schema PhoneChatMethodID).
type Method int

// The documented methods. Skype closed in 2025; the API still names it.
const (
	MethodPerformerRings Method = 1 // needs the client's phone number
	MethodClientRings    Method = 2
	MethodSkype          Method = 3 // needs the client's Skype name
)

// Status is the life cycle state of a booking. Words that are not listed here are kept as they came.
type Status string

// The documented states. There is no "completed" and no "expired".
const (
	StatusPending   Status = "Pending"
	StatusAccepted  Status = "Accepted"
	StatusRejected  Status = "Rejected"
	StatusConfirmed Status = "Confirmed"
	StatusCancelled Status = "Cancelled"
)

// Side is the caller's role in a booking.
type Side string

// The caller made the booking (client), or received it (performer).
const (
	Made     Side = "made"
	Received Side = "received"
)

// Member is who a token acts for (docs: VerifyCredentials). Which fields are filled depends on the
// granted scopes; only ID is certain.
type Member struct {
	ID             MemberID
	Nickname       string
	GroupID        int64
	GroupName      string
	IsGroupManager bool
}

// Party is the other side of a booking. PhoneNumber and SkypeName are empty until the platform shows them.
type Party struct {
	ID          MemberID
	Nickname    string
	PhoneNumber string
	SkypeName   string
	Rating      int // positive minus negative
	Ratings     int // how many ratings
}

// Booking is one phone chat booking as its caller sees it. Times are in the API's zone; the zero
// time means "not yet" or "never".
type Booking struct {
	ID       BookingID
	Side     Side
	Other    Party
	Duration int // minutes
	Credits  Credits
	Status   Status
	Method   Method

	PhoneNumber string // the number on the booking
	SkypeName   string
	Comments    string

	Created     time.Time
	Session     time.Time // planned start
	AcceptBy    time.Time
	Accepted    time.Time
	Confirmed   time.Time
	Cancelled   time.Time
	LastUpdated time.Time

	CancelledReason string
	CancelledBy     string
	RejectedReason  string
	NextStep        string // ActionClient or ActionCandidate: a sentence for people, never to branch on
}

// Requirements is what a performer demands of a booking (docs: GetPhoneChatUserBookingRequirements).
type Requirements struct {
	Price    Credits // credits a minute, VAT included; meaningless unless HasPrice
	HasPrice bool
	Methods  []Method // those that may be used
}

// Order is an ordering of the booking lists (parameter OrderBy).
type Order string

// The orders that the API documents.
const (
	NewestFirst      Order = "date-desc"
	OldestFirst      Order = "date-asc"
	ByNickname       Order = "nickname-asc"
	ByNicknameDesc   Order = "nickname-desc"
	EarliestCall     Order = "sessiondate-asc"
	LatestCall       Order = "sessiondate-desc"
	MaxPerPage             = 100
	DefaultPerPage         = 50
	MinDuration            = 5   // minutes, CreateBooking
	MaxCommentLength       = 500 // ours: the API documents no limit
)

// ListQuery narrows a list of bookings. The zero value is the API's own default.
type ListQuery struct {
	StartDate time.Time // created on or after this day, in the API's zone; zero for all
	OrderBy   Order
	PerPage   int // 1 to 100
	Page      int // from 1
}

// Page is one page of bookings. Rows may shift between pages: drop repeated IDs.
type Page struct {
	Bookings []Booking
	Number   int
	Count    int // pages in all
	Total    int // bookings in all
}

// NewBooking is the content of CreateBooking. Session and AcceptBy are sent in the API's zone, to
// the minute.
type NewBooking struct {
	Performer   MemberID
	Session     time.Time
	Duration    int // minutes, at least MinDuration
	Method      Method
	PhoneNumber string // with MethodPerformerRings: 10 or 11 digits
	SkypeName   string // with MethodSkype
	Credits     Credits
	AcceptBy    time.Time
	Comments    string // optional
}
