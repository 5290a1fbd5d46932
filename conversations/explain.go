package conversations

import (
	"errors"
	"strings"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgUnauthorized = msg("error.unauthorized", "The site no longer accepts this access token. Nothing was changed.{kept} Paste a new token with /start.")
	msgAnswersKept  = msg("error.answers_kept", " Your answers are kept.")
	msgForbidden    = msg("error.forbidden", "The site does not let this token do that: a permission is missing. Nothing was changed. Grant phone chat and credit permissions to the token, then try again.")
	msgNotFound     = msg("error.not_found", "The site does not know that. Nothing was changed.")
	msgInvalid      = msg("error.invalid", "The site refused this: {why} Nothing was changed.")
	msgInvalidMute  = msg("error.invalid_mute", "The site refused this without saying why. Nothing was changed; check the answers and try again.")
	msgRateLimited  = msg("error.rate_limited", "The site asks us to slow down. Nothing was changed; try again in a minute.")
	msgUnavailable  = msg("error.unavailable", "The site is not answering at the moment. Nothing was changed.{kept} Try again in a minute.")
	msgEdge         = msg("error.edge", "The site's protection page answered instead of the site. Nothing was changed.{kept} Try again in a few minutes.")
	msgIncident     = msg("error.incident", "Sorry, something went wrong here. It has been noted as incident <code>{incident}</code>. Please look at how things stand before you try again.")
)

// explain is the only place where a failure becomes words. It also draws the consequence of a refused
// token: the account is not polled until it is linked again.
func (v *visit) explain(err error) (wording.Text, bool) {
	var failure *apiclient.Error
	kept := wording.Args{"kept": ""}
	if s := v.chat.Session; s != nil && s.Flow != linkName {
		kept["kept"] = msgAnswersKept.Text()
	}
	switch {
	case errors.Is(err, apiclient.ErrUnauthorized):
		v.stopAccount()
		return msgUnauthorized.With(kept), true
	case errors.Is(err, apiclient.ErrForbidden):
		return msgForbidden.Text(), true
	case errors.Is(err, apiclient.ErrNotFound):
		return msgNotFound.Text(), true
	case errors.Is(err, apiclient.ErrInvalid):
		if errors.As(err, &failure) && len(failure.Messages) > 0 {
			return msgInvalid.With(wording.Args{"why": wording.Name(strings.Join(failure.Messages, " "))}), true
		}
		return msgInvalidMute.Text(), true
	case errors.Is(err, apiclient.ErrRateLimited):
		return msgRateLimited.Text(), true
	case errors.Is(err, apiclient.ErrEdge):
		return msgEdge.With(kept), true
	case errors.Is(err, apiclient.ErrUnavailable), errors.Is(err, apiclient.ErrUnknownOutcome):
		return msgUnavailable.With(kept), true
	}
	return wording.Text{}, false
}

// stopAccount notes that the site refuses the token, so that the poller leaves the account alone. A
// failure to note it is harmless: the poller finds out by itself.
func (v *visit) stopAccount() {
	if v.account == nil || v.account.State == store.AccountStopped {
		return
	}
	stopped := *v.account
	stopped.State = store.AccountStopped
	if err := v.save(func(tx *store.Tx, _ *store.Chat) error { return tx.PutAccount(stopped) }); err == nil {
		v.account = &stopped
	}
}

// sorry shows a failed screen: what was not done, the same again, and the way home.
func (v *visit) sorry(err error, action, value string) error {
	problem, known := v.explain(err)
	if !known {
		return err
	}
	return v.screen(flow.View{Body: []wording.Text{problem}, Rows: [][]flow.Button{{v.button(msgAgain, action, value)}, v.homeRow()}})
}

func (v *visit) incidentView(incident string) flow.View {
	return flow.View{Body: []wording.Text{msgIncident.With(wording.Args{"incident": incident})}, Rows: [][]flow.Button{v.homeRow()}}
}
