package wire

// VerifiedUser is schema VerifiedUser (docs: VerifyCredentials). What is there depends on the scopes.
type VerifiedUser struct {
	UserID         int64   `json:"UserID"`
	Nickname       *string `json:"Nickname,omitzero"`
	EmailAddress   *string `json:"EmailAddress,omitzero"`
	IsAgeVerified  *bool   `json:"IsAgeVerified,omitzero"`
	GroupID        *int64  `json:"GroupID,omitzero"`
	GroupName      *string `json:"GroupName,omitzero"`
	IsGroupManager *bool   `json:"IsGroupManager,omitzero"`
	UserTypeID     *int64  `json:"UserTypeID,omitzero"`
	UserType       *string `json:"UserType,omitzero"`
	More           More    `json:",inline"`
}

// Permissions is schema PermissionsResult (docs: GetPermissions).
type Permissions struct {
	Permissions []Permission `json:"Permissions"`
	More        More         `json:",inline"`
}

// Permission is one scope and how it stands; "granted" is the only status seen.
type Permission struct {
	Permission string `json:"Permission"`
	Status     string `json:"Status"`
	More       More   `json:",inline"`
}

// Services is schema AccountServices (docs: GetAccountServices) and what UpdateAccountServicesRequest
// and its Groups twin carry. UserID names the member in replies, and whom a manager acts for in requests.
type Services struct {
	UserID             int64   `json:"UserID,omitzero"`
	IsOfferingServices *bool   `json:"IsOfferingServices,omitzero"`
	IsEscort           *bool   `json:"IsEscort,omitzero"`
	IsWebcam           *bool   `json:"IsWebcam,omitzero"`
	IsPhoneChat        *bool   `json:"IsPhoneChat,omitzero"`
	IsSMSChat          *bool   `json:"IsSMSChat,omitzero"`
	IsContent          *bool   `json:"IsContent,omitzero"`
	IsAlternative      *bool   `json:"IsAlternative,omitzero"`
	IsOtherServices    *bool   `json:"IsOtherServices,omitzero"`
	Alternatives       Opaque  `json:"Alternatives,omitzero"`
	OtherServices      *string `json:"OtherServices,omitzero"` // "1,2,3"
	More               More    `json:",inline"`
}

// OnBehalfOf is the body of the Groups twin.
func (w Services) OnBehalfOf(member int64) any {
	w.UserID = member
	return w
}
