package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// order is one line of the terminal, read: what to do, and with what.
type order struct {
	do     string    // say, press, contact, wait, who, world, hands, faults, help, quit; empty for a blank line
	text   string    // to say or to wait for, or who
	card   int       // to press on; 0 for the last one
	button int       // from 1
	hands  panelDeed // what the others do
}

// panelDeed is a button of the demo's panel, as the panel takes it (apisim.Platform.PanelHandler).
type panelDeed struct {
	Action    string
	Booking   int64  `json:",omitempty"`
	Member    int64  `json:",omitempty"`
	Minutes   int    `json:",omitempty"`
	Credits   string `json:",omitempty"`
	Reason    string `json:",omitempty"`
	Operation string `json:",omitempty"`
	Kind      string `json:",omitempty"`
	Times     int    `json:",omitempty"`
}

const chatHelp = `What you type is a message. A line that begins with a colon is for the terminal:
  :1                        press button 1 of the last card; :2.1 is button 1 of card 2
  :contact                  share your own number
  ::text                    say ":text"
  :wait TEXT                wait until something new says TEXT, such as an alert
  :who                      the people; :who client, performer, manager or stranger goes over to one
  :world                    the bookings and the time
  :world accept 48213       the other side; add credits for another amount
  :world reject|reinvite|cancel|calloff 48213 REASON     cancel is the client's, calloff the performer's
  :world confirm 48213
  :world request 771204     somebody asks this performer; missed is a request that nobody answered
  :world clock 90m          move the time on
  :world balance|price 660031 CREDITS
  :world revoke|restore 660031                           the member's access token
  :fault OPERATION KIND     the platform fails, with a number so many times; * is every operation
  :fault                    the kinds of fault, and what is switched on; :fault off ends all
  :help, :quit
`

var errUnknownOrder = errors.New("there is no such command; :help lists them")

var pressPattern = regexp.MustCompile(`^(?:([0-9]{1,6})\.)?([0-9]{1,6})$`)

// parseOrder reads one line. Whatever does not begin with a colon is said as it is.
func parseOrder(line string) (order, error) {
	line = strings.TrimSpace(line)
	rest, isOrder := strings.CutPrefix(line, ":")
	switch {
	case line == "":
		return order{}, nil
	case !isOrder:
		return order{do: "say", text: line}, nil
	case strings.HasPrefix(rest, ":"):
		return order{do: "say", text: rest}, nil
	}
	if m := pressPattern.FindStringSubmatch(rest); m != nil {
		card, _ := strconv.Atoi(m[1]) // none: the last one
		button, _ := strconv.Atoi(m[2])
		return order{do: "press", card: card, button: button}, nil
	}
	word, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "help", "quit", "contact":
		if rest != "" {
			return order{}, fmt.Errorf(":%s takes nothing after it", word)
		}
		return order{do: word}, nil
	case "wait":
		if rest == "" {
			return order{}, errors.New("wait for what? For example :wait updated")
		}
		return order{do: word, text: rest}, nil
	case "who":
		return order{do: word, text: rest}, nil
	case "world":
		return parseWorld(rest)
	case "fault":
		return parseFault(strings.Fields(rest))
	default:
		return order{}, errUnknownOrder
	}
}

// parseWorld reads what the others do. What the platform's rules say to it is not known here.
func parseWorld(text string) (order, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return order{do: "world"}, nil
	}
	deed := panelDeed{Action: words[0]}
	switch words[0] {
	case "clock":
		return parseClock(words[1:])
	case "accept", "reject", "reinvite", "cancel", "calloff", "confirm":
		id, err := parseNumber(words, "the booking's number")
		if err != nil {
			return order{}, err
		}
		deed.Booking = id
		rest := strings.Join(words[2:], " ")
		switch words[0] {
		case "accept":
			deed.Credits = rest
		case "cancel":
			deed.Action, deed.Reason = "cancelmade", rest
		case "calloff":
			deed.Action, deed.Reason = "cancelreceived", rest
		default:
			deed.Reason = rest
		}
	case "request", "missed", "revoke", "restore", "balance", "price":
		id, err := parseNumber(words, "the member's number")
		if err != nil {
			return order{}, err
		}
		deed.Member, deed.Credits = id, strings.Join(words[2:], " ")
	default:
		return order{}, errUnknownOrder
	}
	return order{do: "hands", hands: deed}, nil
}

// parseNumber reads the number after the first word.
func parseNumber(words []string, what string) (int64, error) {
	if len(words) < 2 {
		return 0, fmt.Errorf("add %s: :world %s NUMBER", what, words[0])
	}
	id, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("%s is digits, not %q", what, words[1])
	}
	return id, nil
}

func parseClock(words []string) (order, error) {
	if len(words) == 1 {
		by, err := time.ParseDuration(strings.TrimPrefix(words[0], "+"))
		if err == nil && by > 0 && by%time.Minute == 0 {
			return order{do: "hands", hands: panelDeed{Action: "advance", Minutes: int(by / time.Minute)}}, nil
		}
	}
	return order{}, errors.New("the clock moves on by whole minutes: :world clock 90m")
}

func parseFault(words []string) (order, error) {
	switch {
	case len(words) == 0:
		return order{do: "faults"}, nil
	case len(words) == 1 && words[0] == "off":
		return order{do: "hands", hands: panelDeed{Action: "up"}}, nil
	case len(words) < 2 || len(words) > 3:
		return order{}, errors.New("an operation and a kind, and a number if you like: :fault CreateBooking error 1")
	}
	deed := panelDeed{Action: "fault", Operation: words[0], Kind: words[1]}
	if len(words) == 3 {
		times, err := strconv.Atoi(words[2])
		if err != nil || times < 1 {
			return order{}, fmt.Errorf("how many times is a number from 1, not %q", words[2])
		}
		deed.Times = times
	}
	return order{do: "hands", hands: deed}, nil
}
