package apiclient

import "net/http"

// evidence says how a path is known (x-evidence in openapi.yaml).
type evidence string

const (
	documented evidence = "documented" // seen on a page of the platform's documentation
	inferred   evidence = "inferred"   // concluded from the documented twin for webcam bookings
)

// route is one operation of the API.
type route struct {
	op       string // what it does, for errors
	method   string
	path     string
	evidence evidence
}

// writes reports whether the operation changes something on the platform.
func (r route) writes() bool { return r.method != http.MethodGet }

// The table of paths, spelt as openapi.yaml spells them: a correction is one line here.
var (
	routeVerify          = route{"verify credentials", http.MethodGet, "/v1/account/verifyCredentials", documented}
	routeBalance         = route{"read balance", http.MethodGet, "/v1/CreditHistory/GetCurrentCreditBalance", documented}
	routeRequirements    = route{"read requirements", http.MethodGet, "/v1/PhoneChat/GetUserBookingRequirements", documented}
	routeCreate          = route{"create booking", http.MethodPost, "/v1/PhoneChat/CreateBooking", documented}
	routeMade            = route{"list made bookings", http.MethodGet, "/v1/PhoneChat/MadeBookings", documented}
	routeMadeDetails     = route{"read made booking", http.MethodGet, "/v1/PhoneChat/MadeBookingDetails", documented}
	routeReceived        = route{"list received bookings", http.MethodGet, "/v1/PhoneChat/ReceivedBookings", inferred}
	routeReceivedDetails = route{"read received booking", http.MethodGet, "/v1/PhoneChat/ReceivedBookingDetails", inferred}
	routeAccept          = route{"accept booking", http.MethodPost, "/v1/PhoneChat/AcceptReceivedBooking", documented}
	routeReject          = route{"reject booking", http.MethodPost, "/v1/PhoneChat/RejectReceivedBooking", inferred}
	routeReInvite        = route{"re-invite", http.MethodPost, "/v1/PhoneChat/ReInvite", documented}
)

// routes lists the table, for checks against the contract.
func routes() []route {
	return []route{
		routeVerify, routeBalance, routeRequirements, routeCreate, routeMade, routeMadeDetails,
		routeReceived, routeReceivedDetails, routeAccept, routeReject, routeReInvite,
	}
}
