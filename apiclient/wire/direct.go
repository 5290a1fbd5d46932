package wire

// PIN is schema DirectChatPIN (docs: GetAllDirectChatPINs).
type PIN struct {
	User          PINUser `json:"User"`
	PIN           string  `json:"PIN"`
	CreatedDate   string  `json:"CreatedDate"`
	NumberOfCalls int     `json:"NumberOfCalls"`
	LastCallDate  *string `json:"LastCallDate,omitzero"`
	InProgress    bool    `json:"InProgress"`
	More          More    `json:",inline"`
}

// PINUser is schema DirectChatPINUser, which spells its names unlike everybody else.
type PINUser struct {
	ID       int64  `json:"Id"`
	Username string `json:"Username"`
	More     More   `json:",inline"`
}

// CamSettings is schema DirectCamSettings, and what SaveDirectCamSettingsRequest and its Groups twin
// carry: the contract knows only part of the members, so More travels both ways. UserID is whom a
// manager acts for, in requests only.
type CamSettings struct {
	UserID                int64   `json:"UserID,omitzero"`
	DoesFree              *bool   `json:"DoesFree,omitzero"`
	AllowGuestFreePreview *bool   `json:"AllowGuestFreePreview,omitzero"`
	FreeTimeMins          *int    `json:"FreeTimeMins,omitzero"`   // 0 is unlimited
	FreeTimePeriod        *int    `json:"FreeTimePeriod,omitzero"` // minutes; 0 is unlimited
	DoesGroup             *bool   `json:"DoesGroup,omitzero"`
	GroupPPM              *Number `json:"GroupPPM,omitzero"`
	DoesPrivate           *bool   `json:"DoesPrivate,omitzero"`
	PrivatePPM            *Number `json:"PrivatePPM,omitzero"`
	ChatOnly              *bool   `json:"ChatOnly,omitzero"`
	DoesAudioPrivate      *bool   `json:"DoesAudioPrivate,omitzero"`
	DoesAudioGroup        *bool   `json:"DoesAudioGroup,omitzero"`
	DoesAudioFree         *bool   `json:"DoesAudioFree,omitzero"`
	WebcamCategoryID      *int64  `json:"WebcamCategoryID,omitzero"`
	More                  More    `json:",inline"`
}

// OnBehalfOf is the body of the Groups twin.
func (w CamSettings) OnBehalfOf(member int64) any {
	w.UserID = member
	return w
}

// Offer is schema DirectCamSpecialOffer (docs: DirectCamUpdateSpecialOffer).
type Offer struct {
	OfferID           int64   `json:"OfferID"`
	OfferNumber       *int    `json:"OfferNumber,omitzero"`
	Title             string  `json:"Title"`
	Duration          int     `json:"Duration"` // minutes
	ModeID            int     `json:"ModeID"`   // 2 group, 3 private
	DoesPrivate       *bool   `json:"DoesPrivate,omitzero"`
	PrivatePPM        *Number `json:"PrivatePPM,omitzero"`
	DoesGroup         *bool   `json:"DoesGroup,omitzero"`
	GroupPPM          *Number `json:"GroupPPM,omitzero"`
	TotalPrice        Number  `json:"TotalPrice"` // TotalCredits in requests
	AllowRateContinue *bool   `json:"AllowRateContinue,omitzero"`
	Incomplete        *bool   `json:"Incomplete,omitzero"`
	CanPurchase       *bool   `json:"CanPurchase,omitzero"` // CurrentlyAvailable in requests
	More              More    `json:",inline"`
}

// SaveOffer is schemas UpdateDirectCamSpecialOfferRequest, its Groups twin (with UserID) and
// AddDirectCamSpecialOfferRequest (without OfferID).
type SaveOffer struct {
	UserID             int64  `json:"UserID,omitzero"`
	OfferID            int64  `json:"OfferID,omitzero"`
	OfferNumber        int    `json:"OfferNumber,omitzero"`
	CurrentlyAvailable bool   `json:"CurrentlyAvailable"`
	Title              string `json:"Title"`
	Duration           int    `json:"Duration"`
	TotalCredits       Number `json:"TotalCredits"`
	ModeID             int    `json:"ModeID"`
	AllowRateContinue  *bool  `json:"AllowRateContinue,omitzero"`
}

// OnBehalfOf is the body of the Groups twin.
func (w SaveOffer) OnBehalfOf(member int64) any {
	w.UserID = member
	return w
}

// OfferID is schema DeleteDirectCamSpecialOfferRequest.
type OfferID struct {
	OfferID int64 `json:"OfferID"`
}
