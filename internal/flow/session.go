package flow

import (
	"encoding/json"
	"time"
)

// Session is where one person stands in one form. It is plain data: it is written to disk after every
// turn, before the person sees the next one. A secret answer is never part of it.
type Session struct {
	ID      string           `json:"id"`               // random letters and digits: what the form's buttons carry
	Flow    string           `json:"flow"`             // the flow's name
	Version int              `json:"version"`          // the flow's version when the form was opened
	Rev     int              `json:"rev"`              // grows by one with each turn; a button of an older one is stale
	At      string           `json:"at"`               // a step's ID, or one of the At… places
	Editing bool             `json:"editing"`          // the step was opened from the review
	Look    string           `json:"look"`             // how the person looks at the step; empty at first
	Seeking string           `json:"seeking"`          // what was typed, while it is looked up
	Answers Answers          `json:"answers"`          // by step ID, in canonical form
	Facts   map[string]Fact  `json:"facts"`            // what was read for the form, by name
	Held    []string         `json:"held,omitempty"`   // steps that can mend their answer, where it was taken as it stands
	Mended  Answers          `json:"mended,omitempty"` // what answers were before they were mended, until the person goes on
	Given   map[string]Given `json:"given,omitempty"`  // what the person answered where that was mended, by step ID
	Undo    Answers          `json:"undo,omitempty"`   // what an edit took the place of, until it is known to hold
	Checked time.Time        `json:"checked,omitzero"` // when the facts were last read again before the last question
	Sure    bool             `json:"sure,omitempty"`   // they are being read for a yes
	Attempt int              `json:"attempt"`          // counts sends: with ID the single-use key of one
	Opened  time.Time        `json:"opened"`
	Touched time.Time        `json:"touched"` // when something was last done to it
	Nudged  bool             `json:"nudged"`  // the person was reminded of it since; kept by the shell
}

// Answers holds the accepted answers by step ID. A present empty string is the answer "nothing".
type Answers map[string]string

// Given is an answer in the person's own words, as long as another stands in its place.
type Given struct {
	Value string `json:"value"`
	Under string `json:"under"` // a sum of what it was last measured by: the answers and the facts that its step reads
}

// Fact is something the shell read for a form: a price, a balance.
type Fact struct {
	For  string          `json:"for"` // what it was read for; another value makes the fact stale
	Data json.RawMessage `json:"data"`
}
