package conversations

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
)

// rebook opens the booking form with the answers of an earlier booking. A form that is open is asked about first.
func (v *visit) rebook(ref cardRef) error {
	b, ok, err := v.allowed(actRebook, ref)
	if !ok {
		return err
	}
	if _, open := v.form(ofFlow(bookName)); open {
		return v.bookWith(nil, cardRef{side: ref.side, id: ref.id}.String())
	}
	return v.fillAgain(b, ref)
}

// bookAgain opens the booking form with the answers of an earlier booking, in place of one that is open.
func (v *visit) bookAgain(ref cardRef) error {
	b, ok, err := v.allowed(actRebook, ref)
	if !ok {
		return err
	}
	return v.fillAgain(b, ref)
}

// fillAgain opens the form with what was agreed before; when, and by when to reply, is asked.
func (v *visit) fillAgain(b apiclient.Booking, ref cardRef) error {
	var recents []recentFact
	err := v.slowly(func() (err error) {
		recents, err = v.recentPerformers()
		return err
	})
	if err != nil {
		return v.sorry(fmt.Errorf("read recent performers: %w", err), string(actRebook), ref.String())
	}
	data, err := json.Marshal(withFirst(recents, recentFact{ID: int64(b.Other.ID), Nickname: b.Other.Nickname}))
	if err != nil {
		return fmt.Errorf("keep recent performers: %w", err)
	}
	if err := v.putBack(b, ref); err != nil {
		return err
	}
	return v.open(bookName, againGiven(b), map[string]flow.Fact{factRecent: {Data: data}})
}

// withFirst puts the performer of the earlier booking among the recent ones: the form has names from there.
func withFirst(recents []recentFact, first recentFact) []recentFact {
	others := slices.DeleteFunc(recents, func(r recentFact) bool { return r.ID == first.ID })
	all := append([]recentFact{first}, others...)
	return all[:min(len(all), recentCount)]
}

// againGiven is what an earlier booking answers. What the form would not take is left to be asked.
func againGiven(b apiclient.Booking) flow.Answers {
	given := flow.Answers{
		stepWho: b.Other.ID.String(), stepLength: strconv.Itoa(b.Duration), stepCredits: b.Credits.RoundUp().String(),
	}
	if note, err := parseNote(b.Comments, msgCommentLong); err == nil {
		given[stepComment] = note.Value
	}
	switch b.Method {
	case apiclient.MethodPerformerRings:
		if national, err := phone.Parse(b.PhoneNumber); err == nil {
			given[stepPhone] = national
		}
	case apiclient.MethodSkype:
		if skypeName.MatchString(b.SkypeName) {
			given[stepSkype] = b.SkypeName
		}
	case apiclient.MethodClientRings:
	default: // the form has to ask
		return given
	}
	given[stepMethod] = strconv.Itoa(int(b.Method))
	return given
}
