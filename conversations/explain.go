package conversations

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgUnauthorized = msg("error.unauthorized", "The site no longer accepts your sign-in. Nothing was changed.{kept} Sign in again with /start.")
	msgAnswersKept  = msg("error.answers_kept", " Your answers are kept.")
	msgForbidden    = msg("error.forbidden", "The site does not let me do that: the permission for {scope} is missing. Nothing was changed.{kept} Grant it on the site, or sign in again in /account.")
	msgNotFound     = msg("error.not_found", "The site does not know that. Nothing was changed.")
	msgInvalid      = msg("error.invalid", "The site refused this: {why} Nothing was changed.")
	msgInvalidMute  = msg("error.invalid_mute", "The site refused this without saying why. Nothing was changed; check the answers and try again.")
	msgConflict     = msg("error.conflict", "The booking changed on the site meanwhile: {why} Nothing was changed from here; look at how it stands now.")
	msgConflictMute = msg("error.conflict_mute", "The booking changed on the site meanwhile. Nothing was changed from here; look at how it stands now.")
	msgRateLimited  = msg("error.rate_limited", "The site asks us to slow down. Nothing was changed.{kept} Try again {when}.")
	msgInAMinute    = msg("error.in_a_minute", "in a minute")
	msgInMinutes    = msg("error.in_minutes", "in {minutes} minutes")
	msgUnavailable  = msg("error.unavailable", "The site is not answering at the moment. Nothing was changed.{kept} Try again in a minute.")
	msgEdge         = msg("error.edge", "The site's protection page answered instead of the site. Nothing was changed.{kept} Try again in a few minutes.")
	msgIncident     = msg("error.incident", "Sorry, something went wrong here. It has been noted as incident <code>{incident}</code>. Please look at how things stand before you try again.")
)

// explain is the only place where a failure becomes words. It also draws the consequence of a refused
// token: the account is not polled until it is linked again; and of a member of the group who is lost.
func (v *visit) explain(err error) (wording.Text, bool) {
	kept := wording.Args{"kept": ""}
	if s := v.chat.Session; s != nil && s.Flow != linkName && !v.brief(*s) {
		kept["kept"] = msgAnswersKept.Text()
	}
	if lost := v.lostMember(err); !lost.IsZero() {
		return lost, true
	}
	switch {
	case errors.Is(err, apiclient.ErrUnauthorized):
		v.stopAccount()
		return msgUnauthorized.With(kept), true
	case errors.Is(err, apiclient.ErrForbidden):
		kept["scope"] = scopeName(err)
		return msgForbidden.With(kept), true
	case errors.Is(err, apiclient.ErrNotFound):
		return msgNotFound.Text(), true
	case errors.Is(err, apiclient.ErrInvalid):
		return inTheirWords(err, msgInvalid, msgInvalidMute), true
	case errors.Is(err, apiclient.ErrConflict):
		return inTheirWords(err, msgConflict, msgConflictMute), true
	case errors.Is(err, apiclient.ErrRateLimited):
		kept["when"] = retryWhen(err)
		return msgRateLimited.With(kept), true
	case errors.Is(err, apiclient.ErrEdge):
		return msgEdge.With(kept), true
	case errors.Is(err, apiclient.ErrUnavailable), errors.Is(err, apiclient.ErrUnknownOutcome):
		return msgUnavailable.With(kept), true
	}
	return wording.Text{}, false
}

// inTheirWords quotes the platform where it gave a reason.
func inTheirWords(err error, quoting, mute wording.Message) wording.Text {
	var failure *apiclient.Error
	if errors.As(err, &failure) && len(failure.Messages) > 0 {
		return quoting.With(wording.Args{"why": wording.Name(strings.Join(failure.Messages, " "))})
	}
	return mute.Text()
}

var (
	msgScopeOther    = msg("scope.other", "this")
	msgScopeBookings = msg("scope.bookings", "phone chat bookings")
	msgScopeCredits  = msg("scope.credits", "the credit balance")
	msgScopeAccount  = msg("scope.account", "account information")
	msgScopeOffers   = msg("scope.offers", "special offers")
	msgScopeLists    = msg("scope.lists", "hot lists")
	msgScopeServices = msg("scope.services", "the services on offer")
)

// scopeName is what a missing permission is for.
func scopeName(err error) wording.Text {
	var failure *apiclient.Error
	if !errors.As(err, &failure) {
		return msgScopeOther.Text()
	}
	known := map[apiclient.Scope]wording.Message{
		apiclient.ScopePhoneChatBookings: msgScopeBookings, apiclient.ScopeCreditHistory: msgScopeCredits,
		apiclient.ScopeAccount: msgScopeAccount, apiclient.ScopeWebcamBookings: msgScopeOffers,
		apiclient.ScopeHotList: msgScopeLists, apiclient.ScopeServices: msgScopeServices,
	}
	if name, ok := known[failure.Scope]; ok {
		return name.Text()
	}
	return msgScopeOther.Text()
}

// retryWhen is when the platform wants to hear from us again, in whole minutes.
func retryWhen(err error) wording.Text {
	var failure *apiclient.Error
	if !errors.As(err, &failure) || failure.RetryAfter <= time.Minute {
		return msgInAMinute.Text()
	}
	return msgInMinutes.With(wording.Args{"minutes": int(math.Ceil(failure.RetryAfter.Minutes()))})
}

// stopAccount notes that the site refuses what the account was linked with, so that nobody asks with it
// again. A card that asks to sign in is queued with that, and taken back once this visit has shown as much:
// whatever happens in between, the person hears of it. A failure to note it is the poller's to make good.
func (v *visit) stopAccount() {
	if v.account == nil || v.stopped() {
		return
	}
	now := v.clock.now()
	notice := store.Notification{
		ID: v.newUUID(), Account: v.account.ID, Chat: v.event.Chat, Kind: alert.SignIn, Made: now, Due: now.Add(longestVisit),
	}
	var account store.Account
	err := v.db.Update(v.ctx, func(tx *store.Tx) (err error) {
		if _, err = tx.StopAccount(v.account.ID, v.account.Linked, notice); err != nil {
			return err
		}
		account, err = tx.Account(v.account.ID)
		return err
	})
	if err == nil {
		v.account = &account
	}
}

// noteShown sees whether a view that was shown asks to sign in again. What nobody asked for does not count: an
// edit that comes by itself goes unnoticed.
func (v *visit) noteShown(view flow.View) {
	unasked := v.event.Kind == flow.EventResume || v.event.Kind == flow.EventSignIn
	v.toldStopped = v.toldStopped || !unasked && slices.ContainsFunc(view.Body, asksToSignIn)
}

func asksToSignIn(text wording.Text) bool {
	if slices.Contains([]string{msgUnauthorized.ID, msgStopped.ID, msgUnsureToken.ID}, text.Message.ID) {
		return true
	}
	for _, arg := range text.Args {
		if inner, ok := arg.(wording.Text); ok && asksToSignIn(inner) {
			return true
		}
	}
	return false
}

// takeBackNotice: what a queued card would ask for was shown in this visit.
func (v *visit) takeBackNotice() error {
	if !v.toldStopped || v.account == nil || !v.stopped() {
		return nil
	}
	id := v.account.ID
	late, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), apologyTime) // the visit may have used its time up
	defer cancel()
	if err := v.db.Update(late, func(tx *store.Tx) error { return tx.DropNotices(id, alert.SignIn) }); err != nil {
		return fmt.Errorf("take a notice back: %w", err)
	}
	return nil
}

// sorry shows a failed screen: what was not done, the same again, and the way home.
func (v *visit) sorry(err error, action, value string) error {
	problem, known := v.explain(err)
	switch {
	case !known:
		return err
	case v.as.Member != 0 && v.as.Member != v.acting().Member: // the same again would be refused
		return v.screen(v.homeView(problem))
	}
	rows := [][]flow.Button{{v.button(msgAgain, action, value)}}
	if v.stopped() { // trying again would be in vain
		rows = v.linkRows("")
	}
	return v.screen(flow.View{Body: []wording.Text{problem}, Rows: append(rows, v.homeRow())})
}

func (v *visit) incidentView(incident string) flow.View {
	return flow.View{Body: []wording.Text{msgIncident.With(wording.Args{"incident": incident})}, Rows: [][]flow.Button{v.homeRow()}}
}
