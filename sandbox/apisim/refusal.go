package apisim

import (
	"net/http"

	"phonechatbot/apiclient/wire"
)

// RefusalError is the platform saying no: an HTTP status and the sentence and fields of the error
// body (schema ApiError). It never quotes what was sent.
type RefusalError struct {
	Status  int
	Message string
	Fields  map[string][]string // ModelState, by "request.Field"; nil if no field is to blame
}

// Error is the platform's sentence.
func (e *RefusalError) Error() string { return "refused: " + e.Message }

func (e *RefusalError) body() wire.Error {
	return wire.Error{Message: e.Message, ModelState: e.Fields}
}

func refusal(status int, message string) *RefusalError {
	return &RefusalError{Status: status, Message: message}
}

const noBookingText = "No such booking."

func notFound() error { return refusal(http.StatusNotFound, noBookingText) }

// problem is one prerequisite that is not met, by the input field to blame.
type problem struct{ field, text string }

type problems []problem

func (ps *problems) add(field, text string) { *ps = append(*ps, problem{field, text}) }

// err is nil if there is no problem, or one 400 that tells them all, the first as its message.
func (ps problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	refused := refusal(http.StatusBadRequest, ps[0].text)
	refused.Fields = make(map[string][]string, len(ps))
	for _, p := range ps {
		key := "request." + p.field
		refused.Fields[key] = append(refused.Fields[key], p.text)
	}
	return refused
}
