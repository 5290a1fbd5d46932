package conversations

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var (
	msgOption        = msg("option", "{value}")
	msgMethodAsk     = msg("book.method.ask", "<b>How</b> shall the call be made?")
	msgMethodBad     = msg("book.method.bad", "Please choose one of the ways below, for example by typing <code>1</code>.")
	msgMethodNot     = msg("book.method.not_allowed", "Calls that way are not taken by {name}. Please choose one of the ways below.")
	msgMethodNone    = msg("book.method.none", "No way of calling is open for {name} at present. Please choose someone else with Back.")
	msgMethodSkype3  = msg("book.method.skype_closed", "Skype closed in 2025, and {name} takes calls in another way. Please choose one of the ways below.")
	msgMethodMended  = msg("book.method.mended", "Call: <b>{is}</b> instead of “{was}”. It is the only way open with {name}.")
	msgMethodAgain   = msg("book.method.again", "Call: <b>{is}</b> again, as you chose.")
	msgMethodRingsMe = msg("method.performer_rings", "They ring you")
	msgMethodIRing   = msg("method.client_rings", "You ring them")
	msgMethodSkype   = msg("method.skype", "Skype")
	msgMethodUnknown = msg("method.unknown", "Method {number}")
	msgSkypeNote     = msg("book.method.skype_note", "Only Skype is offered here. Skype closed in 2025: agree with the other side first how you will talk.")

	msgSkypeAsk = msg("book.skype.ask", "<b>Your Skype name?</b> For example <code>live:night.owl</code>.")
	msgSkypeBad = msg("book.skype.bad", "That is not a Skype name: 6 to 64 letters, digits and . , _ : - and a letter first, for example <code>live:night.owl</code>.")

	msgCommentAsk  = msg("book.comment.ask", "<b>A comment</b> for them? Up to 500 characters. They may not see it if they answer by text message.")
	msgCommentNone = msg("book.comment.none", "No comment")
	msgCommentLong = msg("book.comment.long", "That is {length} characters; the comment can have 500. Please shorten it, for example to what matters most for the call.")
)

// plain is an option whose label is its value's text.
func plain(label, value string) flow.Option {
	return flow.Option{Label: msgOption.With(wording.Args{"value": label}), Value: value}
}

func methodText(m apiclient.Method) wording.Text {
	switch m {
	case apiclient.MethodPerformerRings:
		return msgMethodRingsMe.Text()
	case apiclient.MethodClientRings:
		return msgMethodIRing.Text()
	case apiclient.MethodSkype:
		return msgMethodSkype.Text()
	default:
		return msgMethodUnknown.With(wording.Args{"number": int(m)})
	}
}

// offeredMethods leaves Skype out unless nothing else is possible: it closed in 2025.
func offeredMethods(s flow.Scope) []apiclient.Method {
	var fact performerFact
	s.Fact(factPerformer, &fact)
	var methods []apiclient.Method
	for _, m := range []apiclient.Method{apiclient.MethodPerformerRings, apiclient.MethodClientRings} {
		if slices.Contains(fact.Methods, int(m)) {
			methods = append(methods, m)
		}
	}
	if len(methods) == 0 && slices.Contains(fact.Methods, int(apiclient.MethodSkype)) {
		methods = append(methods, apiclient.MethodSkype)
	}
	return methods
}

func askMethod(s flow.Scope) flow.Prompt {
	methods := offeredMethods(s)
	p := flow.Prompt{Body: []wording.Text{msgMethodAsk.Text()}}
	switch {
	case len(methods) == 0:
		p.Body = []wording.Text{msgMethodNone.With(wording.Args{"name": chosenName(s)})}
	case methods[0] == apiclient.MethodSkype:
		p.Body = append(p.Body, msgSkypeNote.Text())
	}
	for _, m := range methods {
		p.Options = append(p.Options, []flow.Option{{Label: methodText(m), Value: strconv.Itoa(int(m))}})
	}
	return p
}

func methodStep() flow.Step {
	return flow.Step{
		ID: stepMethod, Label: msgLabelMethod.Text(), Needs: []string{stepWho}, Load: []string{factPerformer},
		Ask: askMethod,
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			m, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || m < int(apiclient.MethodPerformerRings) || m > int(apiclient.MethodSkype) {
				return flow.Answer{}, refuse(msgMethodBad.Text())
			}
			return flow.Answer{Value: strconv.Itoa(m)}, nil
		},
		Check: func(s flow.Scope, value string) *flow.Refusal {
			m, err := strconv.Atoi(value)
			var fact performerFact
			if known := s.Fact(factPerformer, &fact); err == nil && (!known || slices.Contains(offeredMethods(s), apiclient.Method(m))) {
				return nil
			}
			name := wording.Args{"name": chosenName(s)}
			if m == int(apiclient.MethodSkype) && slices.Contains(fact.Methods, m) {
				return refuse(msgMethodSkype3.With(name))
			}
			return refuse(msgMethodNot.With(name))
		},
		// Skype is left out: whoever takes it has to know that it closed.
		Mend: func(s flow.Scope, _ string) (string, bool) {
			methods := offeredMethods(s)
			if len(methods) != 1 || methods[0] == apiclient.MethodSkype {
				return "", false
			}
			return strconv.Itoa(int(methods[0])), true
		},
		Mended: func(s flow.Scope, was, is string) wording.Text {
			return msgMethodMended.With(wording.Args{"was": methodAnswer(was), "is": methodAnswer(is), "name": chosenName(s)})
		},
		Again: func(_ flow.Scope, is string) wording.Text {
			return msgMethodAgain.With(wording.Args{"is": methodAnswer(is)})
		},
	}
}

// methodAnswer is an answer to the step in words.
func methodAnswer(value string) wording.Text {
	m, _ := strconv.Atoi(value)
	return methodText(apiclient.Method(m))
}

// chosenName is whom the booking is with.
func chosenName(s flow.Scope) any {
	member, _ := strconv.ParseInt(s.Answers[stepWho], 10, 64)
	return performerName(s, member)
}

func unlessMethod(m apiclient.Method) func(flow.Scope) bool {
	return func(s flow.Scope) bool { return s.Answers[stepMethod] != strconv.Itoa(int(m)) }
}

var skypeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.,_:-]{5,63}$`)

func skypeStep() flow.Step {
	return flow.Step{
		ID: stepSkype, Label: msgLabelSkype.Text(), Needs: []string{stepMethod}, Skip: unlessMethod(apiclient.MethodSkype),
		Ask: func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{msgSkypeAsk.Text()}} },
		Parse: func(_ flow.Scope, text string) (flow.Answer, error) {
			if name := strings.TrimSpace(text); skypeName.MatchString(name) {
				return flow.Answer{Value: name}, nil
			}
			return flow.Answer{}, refuse(msgSkypeBad.Text())
		},
	}
}

func commentStep() flow.Step {
	return askNote(flow.Step{ID: stepComment, Label: msgLabelNote.Text()}, noteQuestion{
		ask:  func(flow.Scope) []wording.Text { return []wording.Text{msgCommentAsk.Text()} },
		none: msgCommentNone, long: msgCommentLong,
	})
}

// parseNote takes free text of at most 500 characters; control characters other than line breaks go.
func parseNote(text string, tooLong wording.Message) (flow.Answer, error) {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, text))
	if n := utf8.RuneCountInString(text); n > apiclient.MaxCommentLength {
		return flow.Answer{}, refuse(tooLong.With(wording.Args{"length": n}))
	}
	return flow.Answer{Value: text}, nil
}
