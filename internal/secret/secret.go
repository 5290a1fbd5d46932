package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
)

// ErrMarshal is what every encoder gets when it asks a String for its content.
var ErrMarshal = errors.New("secret: refuses to be marshalled")

const redacted = "[redacted]"

// String is a secret in memory. Every ordinary way of printing or encoding it shows "[redacted]" or
// fails; Reveal is the one way to its content, easy to search for. The zero value is the empty secret.
//
// Two Strings are compared with Equal; == does not compile.
type String struct {
	// A closure, because fmt and the diff printers of tests walk unexported fields by reflection
	// without asking any method: a string would be read there, and a pointer followed.
	value func() string
}

// New wraps a secret. New("") is the zero String.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{value: func() string { return value }}
}

// Reveal gives the secret itself, for the wire or for sealing, never for a log.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// IsZero reports whether there is no secret here.
func (s String) IsZero() bool { return s.value == nil }

// Equal compares two secrets in a time that depends on their lengths alone.
func (s String) Equal(other String) bool {
	a, b := sha256.Sum256([]byte(s.Reveal())), sha256.Sum256([]byte(other.Reveal()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// String shows "[redacted]", also when there is nothing to hide.
func (s String) String() string { return redacted }

// GoString shows "[redacted]" for %#v.
func (s String) GoString() string { return redacted }

// Format shows "[redacted]" under every verb, whatever its flags.
func (s String) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redacted)) }

// MarshalText refuses with ErrMarshal. It covers XML and map keys too.
func (s String) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalJSON refuses with ErrMarshal.
func (s String) MarshalJSON() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary refuses with ErrMarshal.
func (s String) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }

// GobEncode refuses with ErrMarshal.
func (s String) GobEncode() ([]byte, error) { return nil, ErrMarshal }
