package apiclient

import (
	"errors"
	"slices"
	"strings"
	"unicode"
)

// Scope is a permission that a member grants to the project at login (README: scopes seen on pages).
type Scope string

// The scopes that the documentation names.
const (
	ScopeUserID            Scope = "userid" // believed to be the least that may be asked for
	ScopeNickname          Scope = "nickname"
	ScopeProfileAbout      Scope = "profile_about"
	ScopeServices          Scope = "profile_services"
	ScopeHotList           Scope = "profile_hotlist"
	ScopeBlacklist         Scope = "profile_blacklist"
	ScopeAccount           Scope = "account_information"
	ScopeCommunications    Scope = "account_communications"
	ScopeEscortBookings    Scope = "account_escort_bookings"
	ScopeWebcamBookings    Scope = "account_webcam_bookings"
	ScopePhoneChatBookings Scope = "account_phonechat_bookings"
	ScopeCreditHistory     Scope = "account_credits_history"
)

// Scopes is what the bot asks a member for, unless the operator says otherwise.
func Scopes() []Scope {
	return []Scope{
		ScopeUserID, ScopeNickname, ScopeAccount, ScopePhoneChatBookings, ScopeCreditHistory,
		ScopeHotList, ScopeWebcamBookings,
	}
}

// ParseScopes reads scopes with blanks or commas between them. Words that the documentation does not name
// are kept, for more exist; ScopeUserID has to be among them.
func ParseScopes(text string) ([]Scope, error) {
	var scopes []Scope
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return nil, errors.New("a scope is a word of plain letters")
		}
		if !slices.Contains(scopes, Scope(word)) {
			scopes = append(scopes, Scope(word))
		}
	}
	if !slices.Contains(scopes, ScopeUserID) {
		return nil, errors.New("userid has to be among the scopes")
	}
	return scopes, nil
}
