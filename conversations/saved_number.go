package conversations

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

// The number that a request was sent with is kept with the account, to be had for the next one at a press. It goes a
// day after the call, when the person says so, and with the account. Forms hold a copy of it as a fact: what becomes
// of the one becomes of the others in the same transaction. While the account acts for a member of its group there is
// no such number.

const (
	factSaved  = "saved"        // a store.SavedNumber; empty where none is kept
	savedAfter = 24 * time.Hour // the end of the call
	forgetKey  = "forgetnumber" // the button's action

	answerUnkept = "unkept" // wordYes: a form's number was kept, and the person had it forgotten
	wordYes      = "yes"
)

var (
	msgSavedKey    = msg("number.saved.key", "Use the number ending {digits}")
	msgSavedGone   = msg("number.saved.gone", "No number is kept here. Please type it, for example <code>07700 900123</code>.")
	msgSavedForget = msg("number.saved.key_forget", "Forget this number")
	msgSavedForgot = msg("number.saved.forgotten", "The number that was kept has been deleted here. Requests that were sent, and forms that have it already, are not changed; it is not kept again for those.")
)

func savedOption(national string) flow.Option {
	return flow.Option{Label: msgSavedKey.With(wording.Args{"digits": lastDigits(national)}), Value: wordSaved}
}

// lastDigits are those by which a number's owner knows it.
func lastDigits(national string) string {
	_, digits, _ := strings.Cut(phone.Hidden(national), " ")
	return digits
}

// savedIn is the number that a form may offer now; empty for none.
func savedIn(s flow.Scope) string {
	var saved store.SavedNumber
	if s.Fact(factSaved, &saved) && s.Now.Before(saved.Until) {
		return saved.National
	}
	return ""
}

// savedNumber is what is kept for the form in front. Whether its time is over is for the form to see.
func (v *visit) savedNumber() store.SavedNumber {
	if v.account == nil || v.as.Member != 0 {
		return store.SavedNumber{}
	}
	return v.account.Number
}

// keepNumber keeps the number that a booking was made with, until a day after the last call that it was given for. It
// belongs into the transaction that records the booking. A number that was forgotten while its form was open stays so.
func (v *visit) keepNumber(tx *store.Tx, chat *store.Chat, number string, b apiclient.Booking) error {
	until := b.Session.Add(time.Duration(b.Duration)*time.Minute + savedAfter)
	forgotten := chat.Session != nil && chat.Session.Answers[answerUnkept] != ""
	if number == "" || forgotten || v.as.Member != 0 || !v.clock.now().Before(until) {
		return nil
	}
	return v.changeNumber(tx, chat, func(was store.SavedNumber) store.SavedNumber {
		if was.National == number && was.Until.After(until) {
			return was
		}
		return store.SavedNumber{National: number, Until: until}
	})
}

// changeNumber writes what is kept from now on to the account and to the forms that have read it.
func (v *visit) changeNumber(tx *store.Tx, chat *store.Chat, change func(store.SavedNumber) store.SavedNumber) error {
	account, err := tx.Account(v.account.ID)
	if err != nil {
		return err
	}
	account.Number = change(account.Number)
	if err := errors.Join(tx.PutAccount(account), tellForms(chat, account.Number)); err != nil {
		return fmt.Errorf("keep number: %w", err)
	}
	v.account.Number = account.Number
	return nil
}

// tellForms replaces the number in those of the chat's forms and drafts that have read it.
func tellForms(chat *store.Chat, saved store.SavedNumber) error {
	data, err := json.Marshal(saved)
	if err != nil {
		return err
	}
	tell := func(s *flow.Session) {
		if _, read := s.Facts[factSaved]; read && actingIn(*s).Member == 0 {
			s.Facts[factSaved] = flow.Fact{Data: data}
		}
	}
	eachForm(chat, tell)
	return nil
}

// eachForm is for what becomes of all forms of a chat, those in front, set aside and put away.
func eachForm(chat *store.Chat, do func(*flow.Session)) {
	if chat.Session != nil {
		do(chat.Session)
	}
	for i := range chat.Parked {
		do(&chat.Parked[i].Session)
	}
	for i := range chat.Drafts {
		do(&chat.Drafts[i].Session)
	}
}

// remember keeps a word beside a form's answers, or takes it away.
func remember(s *flow.Session, name, value string, keep bool) {
	if s.Answers = maps.Clone(s.Answers); s.Answers == nil {
		s.Answers = flow.Answers{}
	}
	if delete(s.Answers, name); keep {
		s.Answers[name] = value
	}
}

// dropNumber deletes the number, wherever it is kept.
func (v *visit) dropNumber() error {
	err := v.save(func(tx *store.Tx, chat *store.Chat) error { return v.deleteNumber(tx, chat) })
	if err != nil {
		return fmt.Errorf("delete number: %w", err)
	}
	return nil
}

func (v *visit) deleteNumber(tx *store.Tx, chat *store.Chat) error {
	return v.changeNumber(tx, chat, func(store.SavedNumber) store.SavedNumber { return store.SavedNumber{} })
}

// expireNumber deletes a number that has had its time.
func (v *visit) expireNumber() error {
	if v.account == nil || v.account.Number.Until.IsZero() || v.clock.now().Before(v.account.Number.Until) {
		return nil
	}
	return v.dropNumber()
}

// withForget puts the key that deletes the number under the one that takes it. It is good for the card it is on.
func (v *visit) withForget(view flow.View) flow.View {
	s := v.chat.Session
	row := slices.IndexFunc(view.Rows, func(keys []flow.Button) bool {
		return len(keys) == 1 && s != nil && keys[0].Press.Of == s.ID && keys[0].Press.Value == wordSaved
	})
	if row < 0 {
		return view
	}
	forget := v.button(msgSavedForget, forgetKey, s.ID+":"+strconv.Itoa(s.Rev))
	view.Rows = slices.Insert(slices.Clone(view.Rows), row+1, []flow.Button{forget})
	return view
}

// forgetNumber deletes the number and asks the question of that card again. The forms that have the number still send
// it, and it is not kept for that again.
func (v *visit) forgetNumber(value string) error {
	found, err := v.front(func(s flow.Session) bool { return value == s.ID+":"+strconv.Itoa(s.Rev) && !inFlight(s) })
	switch {
	case err != nil:
		return err
	case !found: // an old card
		return v.continueForm("")
	}
	err = v.save(func(tx *store.Tx, chat *store.Chat) error {
		eachForm(chat, func(s *flow.Session) {
			if number := s.Answers[stepPhone]; number != "" && number == v.account.Number.National {
				remember(s, answerUnkept, wordYes, true)
			}
		})
		return v.deleteNumber(tx, chat)
	})
	if err != nil {
		return fmt.Errorf("forget number: %w", err)
	}
	return v.advance(flow.Redraw{Note: msgSavedForgot.Text()})
}
