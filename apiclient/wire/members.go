package wire

// GroupDetails is schema GroupDetails, whose members are guesses of the contract: the list of members
// is the first array of objects that have a UserID, wherever it stands.
type GroupDetails struct {
	GroupID        *int64        `json:"GroupID,omitzero"`
	GroupName      *string       `json:"GroupName,omitzero"`
	PageCount      *int          `json:"PageCount,omitzero"`
	PageNumber     *int          `json:"PageNumber,omitzero"`
	MembersPerPage *int          `json:"MembersPerPage,omitzero"`
	MembersTotal   *int          `json:"MembersTotal,omitzero"`
	Members        []GroupMember `json:"Members,omitzero"`
	More           More          `json:",inline"`
}

// GroupMember is schema GroupMember.
type GroupMember struct {
	UserID      int64   `json:"UserID"`
	Nickname    *string `json:"Nickname,omitzero"`
	IsPhoneChat *bool   `json:"IsPhoneChat,omitzero"`
	More        More    `json:",inline"`
}

// HotList is schema HotList (docs: GetHotList).
type HotList struct {
	HotListDetails HotListDetails  `json:"HotListDetails"`
	HotListMembers []HotListMember `json:"HotListMembers"`
	More           More            `json:",inline"`
}

// HotListDetails names a list and its owner.
type HotListDetails struct {
	UserID   *int64  `json:"UserID,omitzero"`
	ListID   int64   `json:"ListID"`
	ListName string  `json:"ListName"`
	UserName *string `json:"UserName,omitzero"`
	More     More    `json:",inline"`
}

// HotListMember is schema HotListMember.
type HotListMember struct {
	UserID              int64    `json:"UserID"`
	InteractionCount    *int     `json:"InteractionCount,omitzero"`
	UserName            string   `json:"UserName"` // the nickname
	Notes               *string  `json:"Notes,omitzero"`
	LastUpdated         *string  `json:"LastUpdated,omitzero"`
	LastInteractionDate *string  `json:"LastInteractionDate,omitzero"`
	Profile             *Profile `json:"Profile,omitzero"`
	More                More     `json:",inline"`
}

// HotListUser is schema HotListUserRequest.
type HotListUser struct {
	UserID int64 `json:"UserID"`
	ListID int64 `json:"ListID"`
}

// Profile is schema ProfileSummary, and NewsFeedUser, which shares its names.
type Profile struct {
	UserID                int64    `json:"UserID"`
	Nickname              *string  `json:"Nickname,omitzero"`
	Summary               *string  `json:"Summary,omitzero"`
	Gender                *string  `json:"Gender,omitzero"`
	Age                   *int     `json:"Age,omitzero"`
	Orientation           *string  `json:"Orientation,omitzero"`
	Country               *string  `json:"Country,omitzero"`
	Region                *string  `json:"Region,omitzero"`
	County                *string  `json:"County,omitzero"`
	Town                  *string  `json:"Town,omitzero"`
	Nationality           *string  `json:"Nationality,omitzero"`
	Verified              *bool    `json:"Verified,omitzero"`
	IsEscort              *bool    `json:"IsEscort,omitzero"`
	IsWebcam              *bool    `json:"IsWebcam,omitzero"`
	IsPhoneChat           *bool    `json:"IsPhoneChat,omitzero"`
	IsSMSChat             *bool    `json:"IsSMSChat,omitzero"`
	IsDirectCam           *bool    `json:"IsDirectCam,omitzero"`
	IsDirectChat          *bool    `json:"IsDirectChat,omitzero"`
	AvailableTodayEscort  *bool    `json:"AvailableTodayEscort,omitzero"`
	AvailableNowWebcam    *bool    `json:"AvailableNowWebcam,omitzero"`
	AvailableNowPhoneChat *bool    `json:"AvailableNowPhoneChat,omitzero"`
	InGroup               *bool    `json:"InGroup,omitzero"`
	GroupID               *int64   `json:"GroupID,omitzero"`
	GroupName             *string  `json:"GroupName,omitzero"`
	ProfileThumbnailSafe  *bool    `json:"ProfileThumbnailSafe,omitzero"`
	ProfileThumbnailURL   *string  `json:"ProfileThumbnailURL,omitzero"`
	ProfileURL            *string  `json:"ProfileURL,omitzero"`
	RatingsURL            *string  `json:"RatingsURL,omitzero"`
	IsBlacklisted         *bool    `json:"IsBlacklisted,omitzero"`
	LastLoggedIn          *string  `json:"LastLoggedIn,omitzero"`
	LastUpdated           *string  `json:"LastUpdated,omitzero"`
	Ratings               *Ratings `json:"Ratings,omitzero"`
	More                  More     `json:",inline"`
}

// Ratings is schema Ratings where it is an object of its own.
type Ratings struct {
	Counters
	More More `json:",inline"`
}

// ProfilePage is schema ProfileSearchPage.
type ProfilePage struct {
	PageCount       *int      `json:"PageCount,omitzero"`
	PageNumber      *int      `json:"PageNumber,omitzero"`
	ProfilesTotal   *int      `json:"ProfilesTotal,omitzero"`
	ProfilesPerPage *int      `json:"ProfilesPerPage,omitzero"`
	Profiles        []Profile `json:"Profiles"`
	More            More      `json:",inline"`
}

// ProfileSearch is schema ProfileSearchRequest. Only filters with a value may be sent.
type ProfileSearch struct {
	Nickname               string `json:"Nickname,omitzero"`
	UserID                 int64  `json:"UserID,omitzero"`
	IsPhoneChat            *bool  `json:"IsPhoneChat,omitzero"`
	IsEscort               *bool  `json:"IsEscort,omitzero"`
	IsWebcam               *bool  `json:"IsWebcam,omitzero"`
	GenderIDs              string `json:"GenderIDs,omitzero"`
	OrientationIDs         string `json:"OrientationIds,omitzero"`
	CountryID              int64  `json:"CountryID,omitzero"`
	RegionID               int64  `json:"RegionID,omitzero"`
	Town                   string `json:"Town,omitzero"`
	MinAge                 int    `json:"MinAge,omitzero"`
	MaxAge                 int    `json:"MaxAge,omitzero"`
	LocationZipCode        string `json:"LocationZipCode,omitzero"`
	LocationProximityMiles int    `json:"LocationProximityMiles,omitzero"`
	OrderBy                string `json:"OrderBy,omitzero"`
	ProfilesPerPage        int    `json:"ProfilesPerPage,omitzero"`
	PageNumber             int    `json:"PageNumber,omitzero"`
}

// ProfileDetails is schema ProfileDetails; the page that describes it was never seen.
type ProfileDetails struct {
	UserID                *int64  `json:"UserID,omitzero"`
	Nickname              *string `json:"Nickname,omitzero"`
	IsPhoneChat           *bool   `json:"IsPhoneChat,omitzero"`
	AvailableNowPhoneChat *bool   `json:"AvailableNowPhoneChat,omitzero"`
	Images                Opaque  `json:"Images,omitzero"`
	Contact               Opaque  `json:"Contact,omitzero"`
	More                  More    `json:",inline"`
}

// UserSummary is schema UserSummary (docs: GetUserSummary).
type UserSummary struct {
	User    Profile  `json:"User"`
	Summary []Opaque `json:"Summary,omitzero"`
	More    More     `json:",inline"`
}
