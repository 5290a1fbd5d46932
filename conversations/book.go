package conversations

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/phone"
	"phonechatbot/internal/wording"
)

const bookName = "book"

// The steps of a booking, in order. Answers are kept under these names in canonical form: a member
// number; 2006-01-02; 15:04; minutes; a method's number; national digits; a Skype name; decimal
// credits; 2006-01-02 15:04; free text. Times are in the form's zone.
const (
	stepWho      = "who"
	stepDay      = "day"
	stepTime     = "time"
	stepLength   = "length"
	stepMethod   = "method"
	stepPhone    = "phone"
	stepSkype    = "skype"
	stepCredits  = "credits"
	stepAcceptBy = "replyby"
	stepComment  = "comment"
)

// Layouts of the answers that are times.
const (
	dayLayout    = "2006-01-02"
	timeLayout   = "15:04"
	momentLayout = "2006-01-02 15:04"
)

// The facts a booking is checked against.
const (
	factPerformer = "performer"
	factBalance   = "balance"
)

// performerFact is what GetUserBookingRequirements said, or that the member cannot be booked.
type performerFact struct {
	Offered  bool              `json:"offered"`
	Self     bool              `json:"self"`
	Why      string            `json:"why"` // the site's own words for not offered
	Price    apiclient.Credits `json:"price"`
	HasPrice bool              `json:"has_price"`
	Methods  []int             `json:"methods"`
}

// balanceFact is the credit balance; a token without that permission leaves it unknown.
type balanceFact struct {
	Known   bool              `json:"known"`
	Credits apiclient.Credits `json:"credits"`
}

var (
	msgBookTitle   = msg("book.title", "<b>Book a call</b>")
	msgLabelWho    = msg("book.label.who", "who")
	msgLabelDay    = msg("book.label.day", "day")
	msgLabelTime   = msg("book.label.time", "time")
	msgLabelLength = msg("book.label.length", "length")
	msgLabelMethod = msg("book.label.method", "call")
	msgLabelPhone  = msg("book.label.phone", "number")
	msgLabelSkype  = msg("book.label.skype", "Skype")
	msgLabelCred   = msg("book.label.credits", "credits")
	msgLabelReply  = msg("book.label.reply_by", "reply by")
	msgLabelNote   = msg("book.label.comment", "comment")

	msgReviewWho     = msg("book.review.who", "Whom: <b>{name}</b>")
	msgReviewWhen    = msg("book.review.when", "When: <b>{when}</b>, {minutes} min, until {end}")
	msgReviewMethod  = msg("book.review.method", "Call: {method}")
	msgReviewPhone   = msg("book.review.phone", "Your number: <tg-spoiler>{phone}</tg-spoiler>")
	msgReviewSkype   = msg("book.review.skype", "Your Skype name: <tg-spoiler>{skype}</tg-spoiler>")
	msgReviewCredits = msg("book.review.credits", "Credits: <b>{credits}</b>")
	msgReviewReply   = msg("book.review.reply_by", "Reply by: {when}")
	msgReviewComment = msg("book.review.comment", "Comment: <tg-spoiler>{comment}</tg-spoiler>")
	msgReviewHint    = msg("book.review.hint", "Nothing has been sent yet.")
	msgBookConfirm   = msg("book.confirm", "Send this request to <b>{name}</b> for <b>{credits} credits</b>?\n{when}, {minutes} min. They have until {reply_by} to answer.")
	msgBookYes       = msg("book.yes", "Yes, send")

	msgPriceChanged = msg("book.changed.price", "The price changed meanwhile: it is now {price} credits a minute. Please look the request over again.")
	msgPriceGone    = msg("book.changed.no_price", "There is no price a minute any more. Please look the request over again.")
)

// bookForm asks for a phone call: every field of CreateBooking (docs: PhoneChatCreateBooking).
func (d *Desk) bookForm() form {
	c := d.clock
	facts := whoFacts()
	facts[factBalance] = func(flow.Scope) string { return "" }
	facts[factSaved] = func(flow.Scope) string { return "" }
	f := flow.Flow{
		Name: bookName, Version: 1, Title: msgBookTitle.Text(), Words: words(), Protect: true, Drafts: true,
		Steps: []flow.Step{
			readingLines(bookSeveral(c), whoStep(func() bool { return d.api != nil && d.api.HasKey() })), introduced(zoned(c, dayStep)), zoned(c, timeStep), zoned(c, lengthStep), methodStep(),
			phoneStep(), skypeStep(), creditsStep(), zoned(c, acceptByStep), commentStep(),
		},
		Facts:   facts,
		Recheck: []string{factPerformer, factBalance},
		Changed: bookChanged,
		Several: bookSeveral(c),
		Review:  func(s flow.Scope) []wording.Text { return bookReview(s, c.of(s.Answers)) },
		Confirm: func(s flow.Scope) []wording.Text { return []wording.Text{bookConfirm(s, c.of(s.Answers))} },
		Yes:     func(flow.Scope) wording.Text { return msgBookYes.Text() },
	}
	return form{flow: f, load: loadForBooking, submit: submitBooking, settle: settleBooking}
}

// book opens the form, for a member if one is named. A form that stands open is never lost unasked.
func (v *visit) book(member string) error {
	return v.bookWith(bookGiven(member), bookGiven(member)[stepWho])
}

// bookWith opens the form with some answers given; again is how a button asks for the same.
func (v *visit) bookWith(given flow.Answers, again string) error {
	switch found, err := v.front(ofFlow(bookName)); {
	case err != nil:
		return err
	case !found && len(given) == 0 && len(v.drafts()) > 0:
		return v.showDrafts()
	case !found:
		return v.open(bookName, given, nil)
	}
	s := v.chat.Session
	switch {
	case inFlight(*s):
		return v.advance(flow.Redraw{})
	case len(given) > 0 && !v.answered(*s): // nothing is lost
		v.replaces = s.ID
		return v.open(bookName, given, nil)
	case !v.answered(*s):
		return v.advance(flow.Redraw{})
	}
	resume := v.button(msgContinue, "resume", "")
	resume.Style = flow.StylePrimary
	// Only the form that was asked about may be thrown away: its id goes along.
	rows := [][]flow.Button{{resume}, {v.button(msgKeyDraftFirst, "draftfirst", s.ID+":"+again)}, {v.button(msgAfresh, "afresh", s.ID+":"+again)}}
	if len(v.drafts()) > 0 {
		rows = append(rows, []flow.Button{v.button(msgKeyDrafts, "drafts", "")})
	}
	return v.screen(flow.View{
		Body: []wording.Text{msgFormOpen.With(wording.Args{"title": v.Desk.forms[s.Flow].flow.Title})},
		Rows: rows,
	})
}

// answered reports whether a form holds any answer of the person's.
func (v *visit) answered(s flow.Session) bool {
	return slices.ContainsFunc(v.forms[s.Flow].flow.Steps, func(step flow.Step) bool {
		_, ok := s.Answers[step.ID]
		return ok
	})
}

// afresh replaces the form that the person was asked about, and no other.
func (v *visit) afresh(value string) error {
	id, again, _ := strings.Cut(value, ":")
	found, err := v.front(withID(id))
	if err != nil {
		return err
	}
	switch other, open := v.form(ofFlow(bookName)); {
	case found && v.chat.Session.Flow == bookName && !inFlight(*v.chat.Session):
		v.replaces = id
	case found, open && other.ID != id:
		return v.askBook(again)
	}
	return v.beginBook(again)
}

// beginBook opens the form for what was asked for: a member, or a booking once more.
func (v *visit) beginBook(again string) error {
	if ref, earlier := parseCardRef(again); earlier {
		return v.bookAgain(ref)
	}
	return v.open(bookName, bookGiven(again), nil)
}

// askBook is beginBook that asks about a form that stands open.
func (v *visit) askBook(again string) error {
	if ref, earlier := parseCardRef(again); earlier {
		return v.rebook(ref)
	}
	return v.book(again)
}

// bookGiven prefills the form from a deep link or a command's argument; what does not fit is left out.
func bookGiven(member string) flow.Answers {
	if id, err := strconv.ParseInt(strings.TrimSpace(member), 10, 64); err == nil && id > 0 && id <= maxMember {
		return flow.Answers{stepWho: strconv.FormatInt(id, 10)}
	}
	return nil
}

const maxMember = 1_000_000_000_000

func loadForBooking(v *visit, want flow.Want) (any, error) {
	switch want.Name {
	case factRecent:
		return v.recentPerformers()
	case factFavourites:
		return v.favourites()
	case factFound:
		return v.find(want.For)
	case factMember:
		return v.publicCard(want.For)
	case factPerformer:
		return v.performer(want.For)
	case factBalance:
		return v.balance()
	case factSaved:
		return v.savedNumber(), nil
	}
	return nil, fmt.Errorf("unknown fact %s", want.Name)
}

func (v *visit) performer(member string) (performerFact, error) {
	if member == "" { // nobody is named yet
		return performerFact{}, nil
	}
	id, err := strconv.ParseInt(member, 10, 64)
	if err != nil {
		return performerFact{}, fmt.Errorf("performer: %w", err)
	}
	if id == v.account.Member {
		return performerFact{Self: true}, nil
	}
	req, err := v.api.Requirements(v.ctx, v.caller(), apiclient.MemberID(id))
	switch {
	case errors.Is(err, apiclient.ErrInvalid), errors.Is(err, apiclient.ErrNotFound):
		fact := performerFact{}
		var failure *apiclient.Error
		if errors.As(err, &failure) {
			fact.Why = strings.Join(failure.Messages, " ")
		}
		return fact, nil
	case err != nil:
		return performerFact{}, err
	}
	fact := performerFact{Offered: true, Price: req.Price, HasPrice: req.HasPrice}
	for _, m := range req.Methods {
		fact.Methods = append(fact.Methods, int(m))
	}
	return fact, nil
}

func (v *visit) balance() (balanceFact, error) {
	credits, err := v.api.Balance(v.ctx, v.caller())
	switch {
	case errors.Is(err, apiclient.ErrForbidden), errors.Is(err, apiclient.ErrNotFound):
		return balanceFact{}, nil
	case err != nil:
		return balanceFact{}, err
	}
	return balanceFact{Known: true, Credits: credits}, nil
}

// bookChanged says what a second reading of the price changed. What no longer fits is asked again by
// the steps' own checks.
func bookChanged(before, after flow.Scope) []wording.Text {
	var was, is performerFact
	if !before.Fact(factPerformer, &was) || !after.Fact(factPerformer, &is) || !is.Offered {
		return nil
	}
	switch {
	case is.HasPrice && (!was.HasPrice || was.Price.Cmp(is.Price) != 0):
		return []wording.Text{msgPriceChanged.With(wording.Args{"price": priceText(is.Price)})}
	case was.HasPrice && !is.HasPrice:
		return []wording.Text{msgPriceGone.Text()}
	}
	return nil
}

// bookDraft is the answers of a booking, typed.
type bookDraft struct {
	member   int64
	name     any
	session  time.Time
	minutes  int
	method   apiclient.Method
	phone    string
	skype    string
	credits  apiclient.Credits
	acceptBy time.Time
	comment  string
}

// draft reads the answers; what is missing or malformed stays zero.
func draft(s flow.Scope, c clock) bookDraft {
	c = c.of(s.Answers)
	d := bookDraft{phone: s.Answers[stepPhone], skype: s.Answers[stepSkype], comment: s.Answers[stepComment]}
	d.member, _ = strconv.ParseInt(s.Answers[stepWho], 10, 64)
	d.name = performerName(s, d.member)
	d.session, _ = sessionTime(s, c)
	d.minutes, _ = strconv.Atoi(s.Answers[stepLength])
	method, _ := strconv.Atoi(s.Answers[stepMethod])
	d.method = apiclient.Method(method)
	d.credits, _ = apiclient.ParseCredits(s.Answers[stepCredits])
	d.acceptBy, _ = time.ParseInLocation(momentLayout, s.Answers[stepAcceptBy], c.zone)
	return d
}

func bookReview(s flow.Scope, c clock) []wording.Text {
	d := draft(s, c)
	lines := []wording.Text{
		msgReviewWho.With(wording.Args{"name": d.name}),
		msgReviewWhen.With(wording.Args{
			"when": c.moment(d.session), "minutes": d.minutes,
			"end": c.end(d.session, d.minutes),
		}),
		msgReviewMethod.With(wording.Args{"method": methodText(d.method)}),
	}
	switch d.method {
	case apiclient.MethodPerformerRings:
		lines = append(lines, msgReviewPhone.With(wording.Args{"phone": phone.Format(d.phone)}))
	case apiclient.MethodSkype:
		lines = append(lines, msgReviewSkype.With(wording.Args{"skype": wording.Name(d.skype)}))
	case apiclient.MethodClientRings:
	}
	lines = append(lines,
		offerLine(s, d.credits),
		msgReviewReply.With(wording.Args{"when": c.moment(d.acceptBy)}),
	)
	if d.comment != "" {
		lines = append(lines, msgReviewComment.With(wording.Args{"comment": wording.Name(d.comment)}))
	}
	return append(lines, msgReviewHint.Text())
}

func bookConfirm(s flow.Scope, c clock) wording.Text {
	d := draft(s, c)
	return msgBookConfirm.With(wording.Args{
		"name": d.name, "credits": d.credits.String(), "when": c.moment(d.session), "minutes": d.minutes,
		"reply_by": c.moment(d.acceptBy),
	})
}
