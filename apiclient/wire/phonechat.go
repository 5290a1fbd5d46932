package wire

// Settings is schema PhoneChatSettings (docs: GetPhoneChatSettings). A UserID is not in it: should one
// come, it is kept out of More, where it would be sent back beside that of the twin.
type Settings struct {
	UserID              int64   `json:"UserID,omitzero"`
	OfferDirectChat     bool    `json:"OfferDirectChat"`
	DirectChat          Opaque  `json:"DirectChat,omitzero"` // schema DirectChatSettings, whose members are guesses
	PhoneChatNumber     *string `json:"PhoneChatNumber,omitzero"`
	ShowPhoneChatNumber *bool   `json:"ShowPhoneChatNumber,omitzero"`
	PhoneChatPPM        *Number `json:"PhoneChatPPM,omitzero"`
	More                More    `json:",inline"`
}

// SaveSettings is schema SavePhoneChatSettingsRequest and, with a UserID, its Groups twin.
type SaveSettings struct {
	UserID          int64   `json:"UserID,omitzero"`
	OfferDirectChat bool    `json:"OfferDirectChat"`
	DirectChat      Opaque  `json:"DirectChat,omitzero"`
	PhoneChatNumber *string `json:"PhoneChatNumber,omitzero"`
	PhoneChatPPM    Number  `json:"PhoneChatPPM"`
	More            More    `json:",inline"`
}

// OnBehalfOf is the body of the Groups twin.
func (w SaveSettings) OnBehalfOf(member int64) any {
	w.UserID = member
	return w
}

// Party is schema PhoneChatBookingUser.
type Party struct {
	UserID      int64   `json:"UserID"`
	Nickname    string  `json:"Nickname"`
	PhoneNumber *string `json:"PhoneNumber"`
	SkypeName   *string `json:"SkypeName"`
	Counters
	More More `json:",inline"`
}

// Counters is schema Ratings, as it is embedded in several replies.
type Counters struct {
	Total    *int `json:"Total,omitzero"` // positive minus negative, as the samples have it
	Positive *int `json:"Positive,omitzero"`
	Neutral  *int `json:"Neutral,omitzero"`
	Negative *int `json:"Negative,omitzero"`
	Ratings  *int `json:"Ratings,omitzero"`
	Disputes *int `json:"Disputes,omitzero"`
}

// Booking is what PhoneChatMadeBooking and PhoneChatReceivedBooking have in common.
type Booking struct {
	BookingID       int64   `json:"BookingID"`
	Duration        int     `json:"Duration"` // minutes
	Credits         Number  `json:"Credits"`
	Status          string  `json:"Status"`
	Method          int     `json:"Method"`
	PhoneNumber     *string `json:"PhoneNumber"`
	SkypeName       *string `json:"SkypeName"`
	CreateDate      string  `json:"CreateDate"`
	SessionDate     string  `json:"SessionDate"`
	AcceptBy        string  `json:"AcceptBy"`
	AcceptedDate    *string `json:"AcceptedDate"`
	ConfirmedDate   *string `json:"ConfirmedDate"`
	CancelledDate   *string `json:"CancelledDate"`
	CancelledReason *string `json:"CancelledReason"`
	CancelledBy     *string `json:"CancelledBy"`
	RejectedReason  *string `json:"RejectedReason"`
	LastUpdated     string  `json:"LastUpdated"`
	Comments        *string `json:"Comments"`
}

// MadeBooking is schema PhoneChatMadeBooking: the client's view.
type MadeBooking struct {
	Booking
	ActionClient *string `json:"ActionClient"`
	Candidate    Party   `json:"Candidate"`
	More         More    `json:",inline"`
}

// ReceivedBooking is schema PhoneChatReceivedBooking: the performer's view.
type ReceivedBooking struct {
	Booking
	ActionCandidate *string `json:"ActionCandidate"`
	Client          Party   `json:"Client"`
	More            More    `json:",inline"`
}

// PageOf is PhoneChatMadeBookingsPage and PhoneChatReceivedBookingsPage.
type PageOf[B any] struct {
	PageCount       int  `json:"PageCount"`
	PageNumber      int  `json:"PageNumber"`
	BookingsTotal   int  `json:"BookingsTotal"`
	BookingsPerPage int  `json:"BookingsPerPage"`
	Bookings        []B  `json:"Bookings"`
	More            More `json:",inline"`
}

// CreateBooking is schema CreatePhoneChatBookingRequest.
type CreateBooking struct {
	BookUserID  int64  `json:"BookUserID"`
	SessionDate string `json:"SessionDate"`
	Duration    int    `json:"Duration"`
	Method      int    `json:"Method"`
	PhoneNumber string `json:"PhoneNumber,omitzero"`
	SkypeName   string `json:"SkypeName,omitzero"`
	Credits     Number `json:"Credits"`
	AcceptBy    string `json:"AcceptBy"`
	Comments    string `json:"Comments,omitzero"`
}

// Method is schema PhoneChatMethod as the local platform writes it.
type Method struct {
	Method    int  `json:"Method"`
	Available bool `json:"Available"`
}

// Requirements is schema PhoneChatUserBookingRequirements. The names inside a method entry are guesses
// of the contract: read its first integer and its first boolean, whatever they are called.
type Requirements struct {
	PhoneChatPPM *Number  `json:"PhoneChatPPM"`
	Methods      []Opaque `json:"Methods"`
	More         More     `json:",inline"`
}

// BookingID is schema BookingIDRequest.
type BookingID struct {
	BookingID int64 `json:"BookingID"`
}

// Accept is schema AcceptBookingRequest.
type Accept struct {
	BookingID int64  `json:"BookingID"`
	Credits   Number `json:"Credits"`
}

// Reason is schemas BookingReasonRequest and BookingOptionalReasonRequest.
type Reason struct {
	BookingID int64  `json:"BookingID"`
	Reason    string `json:"Reason,omitzero"`
}

// BookingIDs is schema BookingIDsRequest.
type BookingIDs struct {
	BookingIDs string `json:"BookingIDs"` // "48213,48217"
}

// Deleted is schema DeleteBookingResult: one row of what deleting answers.
type Deleted struct {
	BookingID int64  `json:"BookingID"`
	Deleted   bool   `json:"Deleted"`
	Message   string `json:"Message"`
	More      More   `json:",inline"`
}
