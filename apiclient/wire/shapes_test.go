package wire

import "reflect"

// shape is how the schemas of the document are read and written again.
type shape struct {
	trip    func([]byte) ([]byte, error)
	extra   func([]byte) (int, error) // members that the shape has no name for
	strict  bool                      // for requests: it has no room for unknown members
	samples []string                  // beside the examples of the document
}

// of is a shape that keeps what it does not know.
func of[W any](samples ...string) shape {
	return shape{trip: trip[W], extra: extra[W], samples: samples}
}

// only is a shape that is written but never read with more in it than the contract names.
func only[W any](samples ...string) shape {
	s := of[W](samples...)
	s.strict = true
	return s
}

func trip[W any](data []byte) ([]byte, error) {
	var w W
	if err := Decode(data, &w); err != nil {
		return nil, err
	}
	return Encode(w)
}

func extra[W any](data []byte) (int, error) {
	var w W
	err := Decode(data, &w)
	return filled(reflect.ValueOf(w)), err
}

// filled counts the Mores that have something in them, at every level.
func filled(v reflect.Value) int {
	n := 0
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			n = filled(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += filled(v.Index(i))
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			if field.Name == "More" && value.Len() > 0 {
				n++
			} else if value.Type() != reflect.TypeFor[Opaque]() {
				n += filled(value)
			}
		}
	default: // a plain value
	}
	return n
}

const (
	ratings   = `"Total":-3,"Positive":2,"Neutral":0,"Negative":5,"Ratings":7,"Disputes":1`
	camSample = `{"DoesFree":true,"AllowGuestFreePreview":false,"FreeTimeMins":0,"FreeTimePeriod":1440,"DoesGroup":true,"GroupPPM":1.2500,
		"DoesPrivate":true,"PrivatePPM":3,"ChatOnly":false,"DoesAudioPrivate":true,"DoesAudioGroup":false,"DoesAudioFree":true,"WebcamCategoryID":4}`
	services = `{"UserID":771204,"IsOfferingServices":true,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,"IsSMSChat":false,
		"IsContent":false,"IsAlternative":true,"IsOtherServices":false,"Alternatives":{"Kinds":[1,2.50]},"OtherServices":"4,17"}`
	saveOffer = `"OfferNumber":3,"CurrentlyAvailable":false,"Title":"Tea for two","Duration":25,"TotalCredits":15.50,"ModeID":2,"AllowRateContinue":true}`
	profile   = `{"UserID":771204,"Nickname":"VelvetVoice","Gender":"Female","Age":33,"IsEscort":false,"IsWebcam":true,"IsPhoneChat":true,
		"IsSMSChat":false,"AvailableTodayEscort":false,"AvailableNowWebcam":true,"AvailableNowPhoneChat":true,"ProfileThumbnailSafe":true,
		"ProfileThumbnailURL":"https://example.com/t","ProfileURL":"https://example.com/p","RatingsURL":"https://example.com/r",
		"Orientation":"Bi","Country":"United Kingdom","Region":"Yorkshire","County":"West Yorkshire","Town":"Leeds","Nationality":"British",
		"Ratings":{` + ratings + `}}`
	hit = `{"Summary":"Hello","Verified":true,"IsDirectCam":true,"IsDirectChat":false,"InGroup":true,"GroupID":312,"GroupName":"North Studio",
		"IsBlacklisted":false,"LastLoggedIn":"2027-03-04T19:45:00","LastUpdated":"2027-03-02T08:15:09.2512345",` + "\n"
	hotListMember = `{"UserID":771204,"InteractionCount":3,"UserName":"VelvetVoice","Notes":"evenings","LastUpdated":"2027-02-01T09:00:00",
		"LastInteractionDate":"0001-01-01T00:00:00","Profile":` + profile + `}`
	booking = `{"BookingID":48217,"Duration":30,"Credits":36.7500,"Status":"Cancelled","Method":3,"PhoneNumber":"07700900123","SkypeName":"live:example",
		"CreateDate":"2027-03-02T08:15:09.2512345","SessionDate":"2027-03-04T19:45:00","AcceptBy":"2027-03-04T12:00:00",
		"AcceptedDate":"2027-03-02T09:00:00.1","ConfirmedDate":"2027-03-02T10:00:00","CancelledDate":"2027-03-03T10:00:00","CancelledReason":"ill",
		"CancelledBy":"NightOwl77","RejectedReason":"late","LastUpdated":"2027-03-03T10:00:00","Comments":"Evening suits me best.",`
	party        = `{"UserID":660031,"Nickname":"NightOwl77","PhoneNumber":"07700900456","SkypeName":"live:owl",` + ratings + `}`
	made         = booking + `"ActionClient":"Wait","Candidate":` + party + `}`
	received     = booking + `"ActionCandidate":null,"Client":` + party + `}`
	page         = `{"PageCount":4,"PageNumber":2,"BookingsTotal":31,"BookingsPerPage":10,"Bookings":[`
	directChat   = `{"DirectChatOnly":false,"DirectChatPPM":0.8500,"DirectChatNumber":"+447700900789","Unheard":{"Of":[1e3]}}`
	saveSettings = `"OfferDirectChat":true,"DirectChat":` + directChat + `,"PhoneChatNumber":"+447700900456","PhoneChatPPM":1.10}`
)

// shapes has every schema of the document.
func shapes() map[string]shape {
	return map[string]shape{
		"LocalDateTime":                            of[string](`"0001-01-01T00:00:00"`),
		"LocalDateTimeOrNull":                      of[*string](),
		"RequestDateTime":                          of[string](),
		"BookingStatus":                            of[string](`"Pending"`, `"Accepted"`, `"Rejected"`, `"Confirmed"`, `"Cancelled"`),
		"PhoneChatMethodID":                        of[int](`1`, `2`, `3`),
		"CommaSeparatedIDs":                        of[string](`"7"`),
		"ApiError":                                 of[Error](`{"Message":"No.","MessageDetail":"None.","ModelState":{"request.Credits":["Too few","Really"]},"ExceptionMessage":"m","ExceptionType":"t"}`),
		"OAuthError":                               of[OAuthError](`{"error":"refresh_token_has_expired","error_description":"Log in again."}`),
		"TokenResponse":                            of[TokenResponse](`{"access_token":"a","token_type":"bearer","expires_in":3600}`),
		"Ratings":                                  only[Ratings](`{` + ratings + `}`),
		"PhoneChatBookingUser":                     of[Party](party),
		"PhoneChatMadeBooking":                     of[MadeBooking](made),
		"PhoneChatReceivedBooking":                 of[ReceivedBooking](received),
		"PhoneChatMadeBookingsPage":                of[PageOf[MadeBooking]](page+made+`]}`, page+`]}`),
		"PhoneChatReceivedBookingsPage":            of[PageOf[ReceivedBooking]](page + received + `]}`),
		"CreatePhoneChatBookingRequest":            only[CreateBooking](`{"BookUserID":771204,"SessionDate":"2027-03-04 19:45","Duration":5,"Method":3,"SkypeName":"live:owl","Credits":24.50,"AcceptBy":"2027-03-04 12:00"}`),
		"PhoneChatMethod":                          of[Opaque](), // likewise; TestMethodAsWritten has the spelling of the local platform
		"PhoneChatUserBookingRequirements":         of[Requirements](`{"PhoneChatPPM":null,"Methods":[{"ID":2,"Name":"You ring","Offered":true}]}`, `{"PhoneChatPPM":1.2250,"Methods":[]}`),
		"BookingIDRequest":                         only[BookingID](`{"BookingID":48213}`),
		"AcceptBookingRequest":                     only[Accept](`{"BookingID":48213,"Credits":24.50}`),
		"BookingReasonRequest":                     only[Reason](`{"BookingID":48213,"Reason":"Sorry <3"}`),
		"BookingOptionalReasonRequest":             only[Reason](`{"BookingID":48213}`, `{"BookingID":48213,"Reason":"Again?"}`),
		"BookingIDsRequest":                        only[BookingIDs](),
		"DeleteBookingResult":                      of[Deleted](),
		"DirectChatSettings":                       of[Opaque](directChat), // as it came: every name in it is a guess
		"PhoneChatSettings":                        of[Settings](`{"OfferDirectChat":true,"DirectChat":` + directChat + `,"PhoneChatNumber":null,"ShowPhoneChatNumber":true,"PhoneChatPPM":null}`),
		"SavePhoneChatSettingsRequest":             of[SaveSettings](`{` + saveSettings),
		"GroupsSavePhoneChatSettingsRequest":       of[SaveSettings](`{"UserID":771204,` + saveSettings),
		"DirectChatPINUser":                        of[PINUser](`{"Id":771204,"Username":"VelvetVoice"}`),
		"DirectChatPIN":                            of[PIN](`{"User":{"Id":771204,"Username":"VelvetVoice"},"PIN":"00817","CreatedDate":"2027-01-11T10:02:33.41","NumberOfCalls":0,"LastCallDate":null,"InProgress":true}`),
		"DirectCamSpecialOffer":                    of[Offer](`{"OfferID":9022,"Title":"x","Duration":5,"ModeID":2,"GroupPPM":1.50,"TotalPrice":5.0000,"Incomplete":true}`),
		"UpdateDirectCamSpecialOfferRequest":       only[SaveOffer](`{"OfferID":9021,` + saveOffer),
		"GroupsUpdateDirectCamSpecialOfferRequest": only[SaveOffer](`{"UserID":771204,"OfferID":9021,` + saveOffer),
		"AddDirectCamSpecialOfferRequest":          only[SaveOffer](`{` + saveOffer),
		"DeleteDirectCamSpecialOfferRequest":       only[OfferID](`{"OfferID":9021}`),
		"DirectCamSettings":                        of[CamSettings](camSample, `{"GroupPPM":null,"PrivatePPM":null}`),
		"SaveDirectCamSettingsRequest":             of[CamSettings](camSample),
		"GroupsSaveDirectCamSettingsRequest":       of[CamSettings](`{"UserID":771204,` + camSample[1:]),
		"VerifiedUser":                             of[VerifiedUser](`{"UserID":660031,"Nickname":"NightOwl77","EmailAddress":"owl@example.com","IsAgeVerified":true,"GroupID":null,"GroupName":null,"IsGroupManager":false,"UserTypeID":2,"UserType":"Seeking"}`),
		"PermissionsResult":                        of[Permissions](`{"Permissions":[{"Permission":"userid","Status":"withdrawn"}]}`, `{"Permissions":[]}`),
		"AccountServices":                          of[Services](services),
		"UpdateAccountServicesRequest":             of[Services](`{`+services[len(`{"UserID":771204,`):], `{"IsOfferingServices":false}`),
		"GroupsUpdateAccountServicesRequest":       of[Services](services),
		"HotListMember":                            of[HotListMember](hotListMember),
		"HotList":                                  of[HotList](`{"HotListDetails":{"ListID":56,"ListName":"Later"},"HotListMembers":[`+hotListMember+`]}`, `{"HotListDetails":{"ListID":56,"ListName":"Later"},"HotListMembers":[]}`),
		"HotListUserRequest":                       only[HotListUser](`{"UserID":771204,"ListID":55}`),
		"ProfileSummary":                           of[Profile](hit + profile[1:]),
		"ProfileSearchPage":                        of[ProfilePage](`{"PageCount":1,"PageNumber":1,"ProfilesTotal":1,"ProfilesPerPage":50,"Profiles":[` + profile + `]}`),
		"ProfileSearchRequest": only[ProfileSearch](`{"Nickname":"Velvet","UserID":771204,"IsPhoneChat":true,"IsEscort":false,"IsWebcam":true,"GenderIDs":"1,2","OrientationIds":"3","CountryID":158,"RegionID":2,
			"Town":"Leeds","MinAge":20,"MaxAge":60,"LocationZipCode":"LS1","LocationProximityMiles":9,"OrderBy":"lastupdated","ProfilesPerPage":100,"PageNumber":2}`, `{}`),
		"ProfileDetails": of[ProfileDetails](`{"UserID":771204,"Nickname":"VelvetVoice","IsPhoneChat":true,"AvailableNowPhoneChat":false,"Images":{"HasImage1":true,"Image1Safe":false},"Contact":{"HasMobileNumber":false}}`),
		"NewsFeedUser":   of[Profile](profile),
		"UserSummary":    of[UserSummary](`{"User":` + profile + `,"Summary":[{"News":1.0},{"Old":[]}]}`),
		"GroupMember":    of[GroupMember](`{"UserID":771204,"Nickname":"VelvetVoice","IsPhoneChat":true}`),
		"GroupDetails":   of[GroupDetails](`{"GroupID":312,"PageCount":2,"Members":[{"UserID":1},{"UserID":2}]}`),
	}
}
