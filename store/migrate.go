package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"phonechatbot/internal/secret"
)

// parkedToForms takes the chats from schema 2, where "parked" is one session or null, to schema 3, where
// it is a list of forms. It names no type of today, as those may change and a step may not. A chat that
// is damaged stays so and keeps nobody else out; one whose key is missing fails the step, lest it come
// back unread when the key does.
func (tx *Tx) parkedToForms() error {
	type form struct {
		Session json.RawMessage `json:"session"`
		Card    int             `json:"card"`
		Drawn   int             `json:"drawn"`
		Hinted  bool            `json:"hinted"`
	}
	for found, err := range rows(tx, tableChats, nil) {
		if err != nil {
			return err
		}
		chat, err := unseal[map[string]json.RawMessage](tx, tableChats, found)
		switch {
		case errors.Is(err, secret.ErrSealed), errors.Is(err, errDecode):
			continue
		case err != nil:
			return err
		}
		parked := chat["parked"]
		if parked == nil || string(parked) == "null" {
			continue
		}
		if chat["parked"], err = json.Marshal([]form{{Session: parked, Drawn: -1}}); err != nil {
			return fmt.Errorf("%s: %w", tableChats, errDecode)
		}
		if err := put(tx, tableChats, found.key, chat); err != nil {
			return err
		}
	}
	return nil
}
