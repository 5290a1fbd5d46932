package login

import (
	_ "embed" // of the page
	"fmt"
	"html/template"
	"io"
	"net/http"

	"phonechatbot/store"
)

// page is what a browser is shown.
type page struct {
	Status int
	Title  string
	Text   string
	Code   string   // to be shown in the chat, "" for none
	Link   string   // into the chat, "" if not known
	Form   *brought // to be posted
	Nonce  string
}

const endForeignForm = "foreign form" // posted by a page that is not ours

func formPage() page {
	return page{
		Status: http.StatusOK, Title: "Almost there",
		Text: "This page goes on by itself. If it does not, please press the button.",
	}
}

// pageFor is the page of an ending. It holds nothing about the person.
func pageFor(end ending) page {
	switch end.word {
	case endArrived:
		return page{
			Status: http.StatusOK, Title: "One more step", Code: readable(end.code),
			Text: "Please show this code in the chat in which you asked to sign in. It is good for ten minutes. " +
				"Give it to nobody else: if somebody sent you here and asks for it, close this page instead.",
		}
	case store.SignInCancelled:
		return page{Status: http.StatusOK, Title: "Cancelled", Text: "You did not sign in, and nothing was changed."}
	case store.SignInRefused:
		return page{Status: http.StatusForbidden, Title: "Sign-in refused", Text: "The site did not accept this sign-in. " + again}
	case store.SignInExpired:
		return page{Status: http.StatusGone, Title: "Too late", Text: "This link has expired. " + again}
	case store.SignInReused, store.SignInForeign:
		return page{Status: http.StatusConflict, Title: "Already used", Text: "This link has been used before, so it was ended to be safe. " + again}
	case wordReplaced:
		return page{Status: http.StatusGone, Title: "There is a newer link", Text: "Please use the newest link in your chat."}
	case store.SignInFailed:
		return page{Status: http.StatusBadGateway, Title: "That did not work", Text: "The site could not be reached, or gave no clear answer. " + again}
	case endStopped:
		return page{Status: http.StatusServiceUnavailable, Title: "One moment", Text: "The bot is being restarted. Please reload this page in a minute."}
	case endForeignForm:
		return page{Status: http.StatusForbidden, Title: "Not from here", Text: "Another site sent you here, so nothing was done. " + again}
	case endGone:
		return page{Status: http.StatusGone, Title: "Nothing more to do here", Text: "This sign-in is finished, and its code is no longer needed. Your chat says what became of it."}
	case endUnknown:
		return page{Status: http.StatusNotFound, Title: "Link not known", Text: "This link is not known here: it may be incomplete, or have been used already. " + again}
	default: // endBroken
		return page{Status: http.StatusInternalServerError, Title: "Something went wrong", Text: "This is our fault, not yours. " + again}
	}
}

const again = "You can go back to the chat and ask to sign in again."

// The form posts to its own address without the query, and its script takes the query out of the history.
//
//go:embed page.html
var layout string

// write renders the page. It is parsed each time: nobody signs in often.
func (p page) write(w io.Writer) error {
	shape, err := template.New("page").Parse(layout)
	if err != nil {
		return fmt.Errorf("parse page: %w", err)
	}
	if err := shape.Execute(w, p); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return nil
}
