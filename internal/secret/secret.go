// Package secret keeps what must not be read: String holds a value that cannot be printed or
// marshalled by accident, Keyring seals bytes to the place they are kept in.
//
// What may not live here: files, environment, the network. A keyring is handed its key.
package secret

// String is a secret in memory. Every ordinary way of printing or encoding it shows "[redacted]" or
// fails; Reveal is the one way to its content, easy to search for.
type String struct{ value string }

// New wraps a secret.
func New(value string) String { return String{value} }

// Reveal gives the secret itself, for the wire or for sealing, never for a log.
func (s String) Reveal() string { return s.value }
