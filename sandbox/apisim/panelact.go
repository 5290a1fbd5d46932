package apisim

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

func (p *Platform) actOnFaults(a panelAction) error {
	switch a.Action {
	case "down":
		p.SetFault(OpAny, Fault{Kind: FaultDown})
	case "html":
		p.SetFault(OpAny, Fault{Kind: FaultHTML})
	case "fault":
		f := Fault{Kind: a.Kind, Chance: a.Chance, Times: a.Times}
		if f.Kind == FaultStatus {
			f.Status = http.StatusServiceUnavailable // the other usual ones are kinds of their own
		}
		return p.setFault(a.Operation, f)
	case "unfault":
		p.ClearFault(a.Operation)
	case "up":
		p.ClearFaults()
	default:
		return errors.New("no such button")
	}
	return nil
}

// actOnMember checks what SetBalance and SetPrice would panic at.
func (p *Platform) actOnMember(a panelAction) error {
	all := p.Members()
	i := slices.IndexFunc(all, func(m Member) bool { return m.ID == a.Member })
	if i < 0 {
		return errors.New("there is no such member")
	}
	credits := strings.TrimSpace(a.Credits)
	amount, isAmount := parseAmount(credits)
	isAmount = isAmount && !amount.IsNegative()
	switch {
	case (a.Action == "revoke" || a.Action == "restore") && all[i].Token == "":
		return errors.New("this member has no token of the panel's")
	case a.Action == "revoke": // what was handed out at the login as well
		p.RevokeToken(all[i].Token)
		p.WithdrawScopes(a.Member, "")
		p.ExpireTokens(a.Member)
	case a.Action == "restore":
		p.GrantToken(a.Member, all[i].Token)
	case a.Action == "balance" && isAmount:
		p.SetBalance(a.Member, credits)
	case a.Action == "price" && (isAmount || credits == ""):
		p.SetPrice(a.Member, credits)
	default:
		return errors.New("credits are a number, not below zero")
	}
	return nil
}

const neverRejects = "never"

func (p *Platform) autoRejectAfter(text string) error {
	if text == neverRejects {
		p.SetAutoReject(nil)
		return nil
	}
	after, err := time.ParseDuration(text)
	if err != nil || after < 0 || after > 24*time.Hour {
		return errors.New("automatic rejection is never, or up to a day late")
	}
	p.SetAutoReject(&after)
	return nil
}
