package apiclient

import (
	"context"
	"encoding/json"

	"phonechatbot/apiclient/wire"
	"phonechatbot/internal/secret"
)

// VerifyCredentials tells who the token acts for (docs: VerifyCredentials; no extra scope).
func (c *Client) VerifyCredentials(ctx context.Context, token secret.String) (Member, error) {
	return ask(ctx, c, token, request{route: routeVerify}, readMember)
}

// Balance is what the member can spend (docs: GetCurrentCreditBalance; scope account_credits_history).
func (c *Client) Balance(ctx context.Context, token secret.String) (Credits, error) {
	return ask(ctx, c, token, request{route: routeBalance}, readBalance)
}

func readMember(body []byte) (Member, error) {
	w, err := decode[wire.VerifiedUser](body)
	if err != nil {
		return Member{}, err
	}
	if w.UserID <= 0 {
		return Member{}, misread{at: "UserID"}
	}
	m := Member{
		ID: MemberID(w.UserID), Nickname: w.Nickname,
		GroupName: orEmpty(w.GroupName), IsGroupManager: w.IsGroupManager,
	}
	if w.GroupID != nil {
		m.GroupID = *w.GroupID
	}
	return m, nil
}

// readBalance reads the bare number that the balance is. Nothing is not taken for zero credits.
func readBalance(body []byte) (Credits, error) {
	n, err := decode[json.Number](body)
	if err != nil {
		return Credits{}, err
	}
	if n == "" {
		return Credits{}, misread{}
	}
	return amount(n, "")
}
