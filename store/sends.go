package store

import (
	"errors"
	"iter"
	"time"

	"phonechatbot/internal/flow"
)

// SendState says how far a send has come.
type SendState string

// The states of a send. What is found as started after a restart may or may not have been booked.
const (
	SendStarted SendState = "started"
	SendDone    SendState = "done"
)

// Send is one attempt to book, written down before the request leaves, so that no restart and no second
// tap books twice.
type Send struct {
	Key       string      `json:"key"` // session id, "/", attempt
	Chat      flow.ChatID `json:"chat"`
	Account   AccountID   `json:"account"`
	State     SendState   `json:"state"`
	Known     []int64     `json:"known"`   // bookings that looked the same before it
	Booking   int64       `json:"booking"` // the one it made, once done
	Performer int64       `json:"performer"`
	Session   time.Time   `json:"session"`  // planned start of the call
	Duration  int         `json:"duration"` // minutes
	Credits   string      `json:"credits"`  // exact decimal
	Started   time.Time   `json:"started"`
}

// Send reads one send, or answers ErrNotFound.
func (tx *Tx) Send(key string) (Send, error) { return get[Send](tx, tableSends, tx.sendKey(key)) }

// PutSend writes a send, new or changed. It needs a key and one of the known states.
func (tx *Tx) PutSend(s Send) error {
	if s.Key == "" {
		return errors.New("put send: no key")
	}
	if s.State != SendStarted && s.State != SendDone {
		return errors.New("put send: unknown state")
	}
	s.Session, s.Started = stored(s.Session), stored(s.Started)
	return put(tx, tableSends, tx.sendKey(s.Key), s)
}

// DeleteSend forgets a send. One that is not there is no error.
func (tx *Tx) DeleteSend(key string) error { return drop(tx, tableSends, tx.sendKey(key)) }

// Sends walks all sends, in no order that means anything: what a restart has to clear up.
func (tx *Tx) Sends() iter.Seq2[Send, error] { return scan[Send](tx, tableSends, nil) }

func (tx *Tx) sendKey(key string) []byte { return tx.tagged(tableSends, []byte(key)) }
