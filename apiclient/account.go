package apiclient

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"phonechatbot/apiclient/wire"
)

// Permission is one scope and how it stands (docs: GetPermissions).
type Permission struct {
	Scope   Scope
	Granted bool
	Status  string // the platform's word; only "granted" has been seen
}

// DashboardOptions is what a dashboard is to hold: a sum of the constants below.
type DashboardOptions int

// What a dashboard can hold; each needs a scope of its own. There is nothing about phone chat.
const (
	DashboardEmails         DashboardOptions = 1  // unread ones; account_communications
	DashboardEscortBookings DashboardOptions = 2  // unread ones; account_escort_bookings
	DashboardBalance        DashboardOptions = 4  // account_credits_history
	DashboardBlacklist      DashboardOptions = 8  // IDs of members; profile_blacklist
	DashboardHotLists       DashboardOptions = 16 // profile_hotlist

	wholeDashboard = DashboardEmails | DashboardEscortBookings | DashboardBalance | DashboardBlacklist | DashboardHotLists
)

// Dashboard is the members of a dashboard by the platform's names. Its layout is not documented.
type Dashboard map[string]json.RawMessage

var errOptions = errors.New("no options, or unknown ones")

// VerifyCredentials tells who the token acts for (docs: VerifyCredentials).
//
// Scope: no extra scope. Errors: those of every call.
func (c *Client) VerifyCredentials(ctx context.Context, as Caller) (Member, error) {
	return ask(ctx, c, as, request{route: routeVerify}, readMember)
}

// Permissions lists what the member has granted to the project (docs: GetPermissions).
//
// Scope: no extra scope. Errors: those of every call.
func (c *Client) Permissions(ctx context.Context, as Caller) ([]Permission, error) {
	return ask(ctx, c, as, request{route: routePermissions}, readPermissions)
}

// Balance is what the member can spend (docs: GetCurrentCreditBalance).
//
// Scope: account_credits_history. Errors: those of every call.
func (c *Client) Balance(ctx context.Context, as Caller) (Credits, error) {
	return ask(ctx, c, as, request{route: routeBalance}, readBalance)
}

// Dashboard reads several things in one call (docs: GetDashboard). Its layout is not documented.
//
// Scope: no extra scope, but one for each option. Errors: ErrInvalid for no options or unknown ones.
func (c *Client) Dashboard(ctx context.Context, as Caller, options DashboardOptions) (Dashboard, error) {
	if options <= 0 || options > wholeDashboard {
		return nil, refuse(routeDashboard, errOptions)
	}
	query := url.Values{"Options": {strconv.Itoa(int(options))}}
	return ask(ctx, c, as, request{route: routeDashboard, query: query}, readDashboard)
}

func readMember(body []byte) (Member, error) {
	w, err := decode[wire.VerifiedUser](body)
	if err != nil {
		return Member{}, err
	}
	if w.UserID <= 0 {
		return Member{}, misread{at: "UserID"}
	}
	return Member{
		ID: MemberID(w.UserID), Nickname: orZero(w.Nickname),
		GroupID: orZero(w.GroupID), GroupName: orZero(w.GroupName), IsGroupManager: orZero(w.IsGroupManager),
		UserType: orZero(w.UserType), UserTypeID: orZero(w.UserTypeID), AgeVerified: w.IsAgeVerified,
	}, nil
}

// readPermissions reads a list of scopes, which may be empty but must be there.
func readPermissions(body []byte) ([]Permission, error) {
	w, err := decode[wire.Permissions](body)
	if err != nil {
		return nil, err
	}
	if w.Permissions == nil {
		return nil, misread{at: "Permissions"}
	}
	permissions := make([]Permission, 0, len(w.Permissions))
	for _, row := range w.Permissions {
		permissions = append(permissions, Permission{
			Scope: Scope(row.Permission), Granted: strings.EqualFold(row.Status, "granted"), Status: row.Status,
		})
	}
	return permissions, nil
}

// readBalance reads the bare number that the balance is. Nothing is not taken for zero credits.
func readBalance(body []byte) (Credits, error) {
	n, err := decode[wire.Number](body)
	if err != nil {
		return Credits{}, err
	}
	if n == "" {
		return Credits{}, misread{}
	}
	return amount(n, "")
}

func readDashboard(body []byte) (Dashboard, error) {
	d, err := decode[Dashboard](body)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, misread{}
	}
	return d, nil
}
