package apiclient

import (
	"strconv"
	"time"
)

// MemberID is a member's number on the site: the primary key of people everywhere in the API.
type MemberID int64

// String is the number in decimal.
func (id MemberID) String() string { return strconv.FormatInt(int64(id), 10) }

// BookingID identifies a booking; both sides see the same one.
type BookingID int64

// String is the number in decimal.
func (id BookingID) String() string { return strconv.FormatInt(int64(id), 10) }

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
// granted scopes; only ID is certain. An e-mail address, which some scopes add, is not kept.
type Member struct {
	ID             MemberID
	Nickname       string // inferred: with userid and nickname
	GroupID        int64  // this and what follows: with account_information; 0 outside a group
	GroupName      string
	IsGroupManager bool
	UserType       string // offering or seeking, in the platform's words
	UserTypeID     int64  // the numbers are not documented
	AgeVerified    *bool  // nil: not told, for want of its scope
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

// Digest tells whether a page of bookings has changed. The zero Digest is that of no page. It vouches for
// the answer alone: keep it with the account, side and query it belongs to, and no longer than the Client that
// gave it, which another does not understand.
type Digest struct {
	Sum Mark   // of the answer as it came, unpacked
	Tag string // its ETag, by which the platform itself can tell; "" where it gave none worth keeping
}

// ListQuery narrows a list of bookings. The zero value is the API's own default.
type ListQuery struct {
	StartDate time.Time // created on or after this day, in the API's zone; zero for all
	OrderBy   Order
	PerPage   int    // 1 to 100
	Page      int    // from 1
	Known     Digest // of this page when it was last read; zero for none
}

// Page is one page of bookings. Rows may shift between pages: drop repeated IDs.
type Page struct {
	Bookings  []Booking
	Number    int
	Count     int // pages in all
	Total     int // bookings in all
	PerPage   int // bookings on a full page: fewer than were asked for, maybe
	Digest    Digest
	Unchanged bool // the page is the Known one, by its ETag or its bytes, and was not decoded: of the fields above only Digest is set
}

// Reading is what ReadBookings found.
type Reading struct {
	Bookings  []Booking // each once; nil when Unchanged
	Digests   []Digest  // of the pages in order, the known of the next reading; nil if the list moved meanwhile
	Unchanged bool      // all pages were the known ones
	Short     bool      // bookings may be missing, for the list moved each time it was gone through
}

// Deletion is what became of one booking that was to be deleted (schema DeleteBookingResult).
type Deletion struct {
	Booking BookingID
	Deleted bool
	Message string // the platform's words, cleaned like those of an Error: for the person, for no log
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
