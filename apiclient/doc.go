// Package apiclient speaks the platform's REST API: typed calls, one file per resource, exact decimals,
// times in the API's zone. The JSON as the API spells it is in apiclient/wire; the contract both were
// written from is openapi.yaml beside this file.
//
// # Clients and callers
//
// A [Client] is made once, by [New], and shared: it is safe for concurrent use, and all its calls share
// one rate. It holds no token. Each call that acts for a member is handed a [Caller], which says whose
// [Tokens] to use and whether the call may wait for more urgent ones. [With] makes a caller of a token
// that somebody pasted. Calls for public data take no caller: they go out with the project's own key.
//
// A manager of a group acts for a member of it by Caller.For. Only calls that the index marks with
// "manager" have such a twin on the platform; any other is refused unsent. No twin is known for what
// answers, makes or ends a booking.
//
// # Login
//
// A [Login] is the door to the platform's Unified Login, on a host of its own; [NewLogin] makes it, and it
// keeps no token. AuthorizeURL is where the member's browser goes, with a state that the caller chooses and
// checks. It comes back to the project's redirect address with a code, which Exchange turns into a [Grant]: an
// access token, and a refresh token if the platform gave one. Refresh turns that into a new Grant. A refresh
// token works once, so the new pair is to be stored before it is used, and one account has one renewal at a
// time. Grant.Expires is [Early] before the access token's end, so that none runs out on its way.
//
// Its errors are those below, with meanings of their own: ErrUnauthorized is a code or refresh token that is no
// longer good, ErrForbidden the project's own id or secret refused, and ErrUnknownOutcome an answer that was
// lost: what was handed in may be used up. They have no Messages.
//
// Exchange and Refresh are rare, so they have a chain of their own (login.go): a deadline, headers, and bounds
// on what is read. There is no rate and no rest, and nothing is repeated.
//
// # Errors
//
// Every error of a call is an [*Error] and matches one of the sentinels. All but the last leave the platform
// as it was.
//
//	ErrUnauthorized    the token is of no use: have the member log in again
//	ErrForbidden       Error.Scope is missing, or this is not for the member: say so, offer to log in
//	                   with it; of a public call also the project's key refused: tell the operator
//	ErrNotFound        no such thing, or no such call: see Missing
//	ErrConflict        the booking has moved on: read it again and show it
//	ErrInvalid         the input or a rule of the platform: show Error.Messages; Status 0 is our own refusal
//	ErrRateLimited     too many calls: come back after Error.RetryAfter
//	ErrUnavailable     try again later, after Error.RetryAfter if it is set; no need to repeat reads at once
//	ErrEdge            the network in front of the API: tell the operator, do not insist
//	ErrUnknownOutcome  a write that may have happened: read the booking or the list before anything else
//
// The last line of each operation's comment names its scope and the errors that are particular to it. Those
// of every call are ErrForbidden, ErrRateLimited, ErrUnavailable, ErrEdge, for a member's token
// ErrUnauthorized, and ErrInvalid for a Caller.For that has no twin or a public call without a key. Any other
// status is sorted all the same, so have a branch for the rest.
//
// The text of an error is fit for logs. Error.Messages is not: it may quote what a person typed.
//
// # Times and zones
//
// The API's times are wall clock without a zone. Config.Location says which one they are in, and every
// time that comes back is in it; the zero time is "not yet" or "never". What is sent is cut to the
// minute, the StartDate of a list to the day. In the hour that the clocks show twice a time of a reply is read
// as the earlier one, see [Latest], and a time of a booking to be made is refused, see [Ambiguous].
//
// Which zone it is stands nowhere, so Location is checked: each write that answers a booking tells when that
// was changed last, and the Date of its answer, which is in GMT, tells when that was. A difference that two
// such writes in a row find goes to Config.OffClock, and 0 when the times are right again. What is known so
// far is [Client.ClockChecked]. Nothing is corrected by it: that is for the operator.
//
// # Money
//
// [Credits] are exact decimals. They are sent with two places at most. What a client offers is rounded up to
// that; prices of [Settings], [CamSettings] and an [Offer], and what Accept asks for, are refused rather than
// rounded. A price from Requirements includes VAT.
//
// # Lists
//
// Lists have pages and no cursor, and rows move between pages while one reads. EachBooking and ReadBookings
// give each booking once, and go through a list again of which they had fewer bookings than it counts.
// EachBooking also looks at the pages before the last once more, and fails when it cannot be sure to have
// stepped over none. ReadBookings does not: it may miss one that moved, until the next reading, and says
// Short of what it knows not to be all. An answer that contradicts itself, such as a page without the rows
// it counts or of another number, is an error and never an empty list.
//
// The API cannot be asked for changes. Page.Digest and Reading.Digests stand for what was answered: given
// back with the next reading (ListQuery.Known, or the known of ReadBookings), a page that is the same to
// the byte is fetched but not decoded, and comes as Unchanged. A Reading is Unchanged when all its pages are;
// else all are decoded.
//
// # What is documented and what is not
//
// A few paths and members are concluded from a documented twin ("inferred" in the index and at the call),
// or are no more than likely ("guessed"). [Missing] reports a 404 that may mean that such a list does not
// exist at all. Members that a reply should have and has not are nil or named where that matters, as in
// [Services]; a booking without its other party, credits, status, session or deadline is no answer. Members
// that the contract does not know never make a reply fail, and unknown words, such as a new [Status], are
// kept as they come.
//
// Unknown members are all kept in the shapes of wire. Here they are kept where they must travel back because
// something is replaced as a whole: in More of [Settings], [Services] and [CamSettings]. Objects whose layout
// is unknown, [DirectChat] and [Alternatives], travel back untouched. More of [ProfileDetails] is for reading
// only, and a [Dashboard], Ratings and TopList are given as they come. All other types drop what they do not
// know.
//
// # Under each call
//
// A chain of round trippers, each a link of its own (chain.go): a deadline over all of the call, headers,
// the token (renewed once when it is refused), repetition of reads and of nothing else, a rest for a
// platform that keeps failing, the common rate with people before background work, and bounds on what is
// read. Redirects are not followed. The transport of our own speaks HTTP/1 only: with HTTP/2 net/http repeats
// a write by itself when the peer resets its stream or says goodbye, and the first one may have been carried
// out. From a transport of one's own the means to send a body a second time are kept back.
//
// # Index
//
// Operation, path below /v1/, scope, page of the documentation. A test holds it against the table of
// paths and the methods of Client.
//
// Account:
//
//	VerifyCredentials  account/verifyCredentials               no scope                 VerifyCredentials
//	Permissions        Account/GetPermissions                  no scope                 GetPermissions
//	Services           account/getServices                     profile_services         GetAccountServices, manager
//	UpdateServices     Account/UpdateServices                  profile_services         UpdateAccountServices, manager
//	Balance            CreditHistory/GetCurrentCreditBalance   account_credits_history  GetCurrentCreditBalance
//	Dashboard          Dashboard/GetDashboard                  no scope                 GetDashboard; a scope for each option
//
// Phone chat, all with scope account_phonechat_bookings:
//
//	PhoneChatSettings  PhoneChat/GetSettings                 GetPhoneChatSettings, manager
//	SaveSettings       PhoneChat/SaveSettings                SavePhoneChatSettings, manager
//	Requirements       PhoneChat/GetUserBookingRequirements  GetPhoneChatUserBookingRequirements
//	ListBookings       PhoneChat/MadeBookings                GetMadePhoneChatBookings, manager
//	EachBooking        PhoneChat/ReceivedBookings            inferred, manager
//	ReadBookings       as ListBookings
//	Booking            PhoneChat/MadeBookingDetails          GetMadePhoneChatBooking, manager
//	Booking            PhoneChat/ReceivedBookingDetails      inferred, manager
//	CreateBooking      PhoneChat/CreateBooking               PhoneChatCreateBooking
//	Confirm            PhoneChat/ConfirmMadeBooking          inferred
//	CancelMade         PhoneChat/CancelMadeBooking           PhoneChatCancelMadeBooking
//	Reschedule         PhoneChat/RescheduleMadeBooking       PhoneChatRescheduleMadeBooking
//	DeleteMade         PhoneChat/DeleteMadeBookings          PhoneChatDeleteMadeBookings
//	Accept             PhoneChat/AcceptReceivedBooking       PhoneChatAcceptReceivedBooking
//	Reject             PhoneChat/RejectReceivedBooking       inferred
//	ReInvite           PhoneChat/ReInvite                    PhoneChatReInviteReceivedBooking
//	CancelReceived     PhoneChat/CancelReceivedBooking       inferred
//	DeleteReceived     PhoneChat/DeleteReceivedBooking       PhoneChatDeleteReceivedBookings
//
// DirectChat and DirectCam, with scopes account_phonechat_bookings and account_webcam_bookings:
//
//	PINs             DirectChat/GetAllPINs                  GetAllDirectChatPINs
//	CamSettings      DirectCam/GetSettings                  GetDirectCamSettings, manager
//	SaveCamSettings  DirectCam/SaveSettings                 SaveDirectCamSettings, manager
//	UpdateOffer      DirectCam/UpdateDirectCamSpecialOffer  DirectCamUpdateSpecialOffer, manager
//	Offers           DirectCam/GetDirectCamSpecialOffers    guessed
//	AddOffer         DirectCam/AddDirectCamSpecialOffer     guessed
//	DeleteOffer      DirectCam/DeleteDirectCamSpecialOffer  guessed
//
// Hot lists, with scope profile_hotlist:
//
//	HotList            HotLists/GetHotList             GetHotList
//	HotLists           HotLists/GetHotLists            inferred
//	AddToHotList       HotLists/AddUserToHotList       inferred
//	RemoveFromHotList  HotLists/RemoveUserFromHotList  inferred
//
// Public data, with the project's key:
//
//	Group            groups/getGroupDetails     getGroupDetails
//	EachGroupMember  as Group
//	Search           search/searchProfiles      Blog/Read/7, by GET or POST
//	Profile          profile/getProfileDetails  Blog/Read/7
//	UserSummary      newsfeed/getUserSummary    GetUserSummary
//	Ratings          profile/getRatings         GetRatings
//	TopList          lists/getTopList           GetTopList
//
// What may not live here: storage, Telegram, a token of its own.
package apiclient
