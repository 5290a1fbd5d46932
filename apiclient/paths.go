package apiclient

import "net/http"

// evidence says how a path is known (x-evidence and x-confidence in openapi.yaml).
type evidence string

const (
	documented evidence = "documented" // seen on a page of the platform's documentation
	inferred   evidence = "inferred"   // concluded from a documented twin, or from public code
	guessed    evidence = "guessed"    // inferred with low confidence: it may not exist at all
)

// route is one operation of the API.
type route struct {
	op       string // what it does, for errors
	method   string
	path     string
	evidence evidence
	scope    Scope  // that the member has to have granted; "" for none
	twin     string // the path for group managers, "" if none is known
	public   bool   // answers to the project's key instead of a member's token
	asks     bool   // changes nothing although it is no GET
	steps    bool   // takes one booking a step on in its life cycle
}

// writes reports whether the operation changes something on the platform.
func (r route) writes() bool { return r.method != http.MethodGet && !r.asks }

const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
)

// The table of paths, spelt as openapi.yaml spells them: a correction is one line here.
var (
	routeVerify         = route{op: "verify credentials", method: get, path: "/v1/account/verifyCredentials", evidence: documented}
	routePermissions    = route{op: "read permissions", method: get, path: "/v1/Account/GetPermissions", evidence: documented}
	routeServices       = route{op: "read services", method: get, path: "/v1/account/getServices", evidence: documented, scope: ScopeServices, twin: "/v1/Groups/account/getServices"}
	routeUpdateServices = route{op: "update services", method: put, path: "/v1/Account/UpdateServices", evidence: documented, scope: ScopeServices, twin: "/v1/Groups/Account/UpdateServices"}
	routeBalance        = route{op: "read balance", method: get, path: "/v1/CreditHistory/GetCurrentCreditBalance", evidence: documented, scope: ScopeCreditHistory}
	routeDashboard      = route{op: "read dashboard", method: get, path: "/v1/Dashboard/GetDashboard", evidence: documented}

	routeSettings        = route{op: "read settings", method: get, path: "/v1/PhoneChat/GetSettings", evidence: documented, scope: ScopePhoneChatBookings, twin: "/v1/Groups/PhoneChat/GetSettings"}
	routeSaveSettings    = route{op: "save settings", method: post, path: "/v1/PhoneChat/SaveSettings", evidence: documented, scope: ScopePhoneChatBookings, twin: "/v1/Groups/PhoneChat/SaveSettings"}
	routeRequirements    = route{op: "read requirements", method: get, path: "/v1/PhoneChat/GetUserBookingRequirements", evidence: documented, scope: ScopePhoneChatBookings}
	routeCreate          = route{op: "create booking", method: post, path: "/v1/PhoneChat/CreateBooking", evidence: documented, scope: ScopePhoneChatBookings}
	routeMade            = route{op: "list made bookings", method: get, path: "/v1/PhoneChat/MadeBookings", evidence: documented, scope: ScopePhoneChatBookings, twin: "/v1/Groups/PhoneChat/MadeBookings"}
	routeMadeDetails     = route{op: "read made booking", method: get, path: "/v1/PhoneChat/MadeBookingDetails", evidence: documented, scope: ScopePhoneChatBookings, twin: "/v1/Groups/PhoneChat/MadeBookingDetails"}
	routeConfirm         = route{op: "confirm booking", method: post, path: "/v1/PhoneChat/ConfirmMadeBooking", evidence: inferred, scope: ScopePhoneChatBookings, steps: true}
	routeCancelMade      = route{op: "cancel made booking", method: post, path: "/v1/PhoneChat/CancelMadeBooking", evidence: documented, scope: ScopePhoneChatBookings, steps: true}
	routeReschedule      = route{op: "reschedule booking", method: post, path: "/v1/PhoneChat/RescheduleMadeBooking", evidence: documented, scope: ScopePhoneChatBookings, steps: true}
	routeDeleteMade      = route{op: "delete made bookings", method: post, path: "/v1/PhoneChat/DeleteMadeBookings", evidence: documented, scope: ScopePhoneChatBookings}
	routeReceived        = route{op: "list received bookings", method: get, path: "/v1/PhoneChat/ReceivedBookings", evidence: inferred, scope: ScopePhoneChatBookings, twin: "/v1/Groups/PhoneChat/ReceivedBookings"}
	routeReceivedDetails = route{op: "read received booking", method: get, path: "/v1/PhoneChat/ReceivedBookingDetails", evidence: inferred, scope: ScopePhoneChatBookings, twin: "/v1/Groups/PhoneChat/ReceivedBookingDetails"}
	routeAccept          = route{op: "accept booking", method: post, path: "/v1/PhoneChat/AcceptReceivedBooking", evidence: documented, scope: ScopePhoneChatBookings, steps: true}
	routeReject          = route{op: "reject booking", method: post, path: "/v1/PhoneChat/RejectReceivedBooking", evidence: inferred, scope: ScopePhoneChatBookings, steps: true}
	routeReInvite        = route{op: "re-invite", method: post, path: "/v1/PhoneChat/ReInvite", evidence: documented, scope: ScopePhoneChatBookings, steps: true}
	routeCancelReceived  = route{op: "cancel received booking", method: post, path: "/v1/PhoneChat/CancelReceivedBooking", evidence: inferred, scope: ScopePhoneChatBookings, steps: true}
	routeDeleteReceived  = route{op: "delete received bookings", method: post, path: "/v1/PhoneChat/DeleteReceivedBooking", evidence: documented, scope: ScopePhoneChatBookings}

	routePINs            = route{op: "list PINs", method: get, path: "/v1/DirectChat/GetAllPINs", evidence: documented, scope: ScopePhoneChatBookings}
	routeCamSettings     = route{op: "read cam settings", method: get, path: "/v1/DirectCam/GetSettings", evidence: documented, scope: ScopeWebcamBookings, twin: "/v1/Groups/DirectCam/GetSettings"}
	routeSaveCamSettings = route{op: "save cam settings", method: post, path: "/v1/DirectCam/SaveSettings", evidence: documented, scope: ScopeWebcamBookings, twin: "/v1/Groups/DirectCam/SaveSettings"}
	routeUpdateOffer     = route{op: "update special offer", method: put, path: "/v1/DirectCam/UpdateDirectCamSpecialOffer", evidence: documented, scope: ScopeWebcamBookings, twin: "/v1/Groups/DirectCam/UpdateDirectCamSpecialOffer"}
	routeOffers          = route{op: "list special offers", method: get, path: "/v1/DirectCam/GetDirectCamSpecialOffers", evidence: guessed, scope: ScopeWebcamBookings}
	routeAddOffer        = route{op: "add special offer", method: post, path: "/v1/DirectCam/AddDirectCamSpecialOffer", evidence: guessed, scope: ScopeWebcamBookings}
	routeDeleteOffer     = route{op: "delete special offer", method: post, path: "/v1/DirectCam/DeleteDirectCamSpecialOffer", evidence: guessed, scope: ScopeWebcamBookings}

	routeHotList      = route{op: "read hot list", method: get, path: "/v1/HotLists/GetHotList", evidence: documented, scope: ScopeHotList}
	routeHotLists     = route{op: "list hot lists", method: get, path: "/v1/HotLists/GetHotLists", evidence: inferred, scope: ScopeHotList}
	routeAddToList    = route{op: "add to hot list", method: post, path: "/v1/HotLists/AddUserToHotList", evidence: inferred, scope: ScopeHotList}
	routeTakeOffList  = route{op: "remove from hot list", method: post, path: "/v1/HotLists/RemoveUserFromHotList", evidence: inferred, scope: ScopeHotList}
	routeGroup        = route{op: "read group", method: get, path: "/v1/groups/getGroupDetails", evidence: documented, public: true}
	routeSearch       = route{op: "search profiles", method: get, path: "/v1/search/searchProfiles", evidence: documented, public: true}
	routeSearchByPost = route{op: "search profiles", method: post, path: "/v1/search/searchProfiles", evidence: inferred, public: true, asks: true}
	routeProfile      = route{op: "read profile", method: get, path: "/v1/profile/getProfileDetails", evidence: documented, public: true}
	routeSummary      = route{op: "read user summary", method: get, path: "/v1/newsfeed/getUserSummary", evidence: documented, public: true}
	routeRatings      = route{op: "read ratings", method: get, path: "/v1/profile/getRatings", evidence: documented, public: true}
	routeTopList      = route{op: "read top list", method: get, path: "/v1/lists/getTopList", evidence: documented, public: true}
)

// routes lists the table, for checks against the contract.
func routes() []route {
	return []route{
		routeVerify, routePermissions, routeServices, routeUpdateServices, routeBalance, routeDashboard,
		routeSettings, routeSaveSettings, routeRequirements, routeCreate, routeMade, routeMadeDetails, routeConfirm,
		routeCancelMade, routeReschedule, routeDeleteMade, routeReceived, routeReceivedDetails, routeAccept, routeReject,
		routeReInvite, routeCancelReceived, routeDeleteReceived, routePINs, routeCamSettings, routeSaveCamSettings,
		routeUpdateOffer, routeOffers, routeAddOffer, routeDeleteOffer, routeHotList, routeHotLists, routeAddToList,
		routeTakeOffList, routeGroup, routeSearch, routeSearchByPost, routeProfile, routeSummary, routeRatings, routeTopList,
	}
}
