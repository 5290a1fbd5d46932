package secret

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// KeySize is the length of a master key in bytes, before base64.
const KeySize = 32

// Key is a master key. Nothing is sealed with it directly: a Keyring derives what it needs.
type Key struct{ master String }

// ParseKey reads a key from the base64 text (standard alphabet, padded) that GenerateKey wrote; white
// space around it is tolerated, as a key file ends in a newline. An error never quotes the text.
func ParseKey(text string) (Key, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil {
		return Key{}, errors.New("parse key: not base64 text")
	}
	if len(raw) != KeySize {
		return Key{}, fmt.Errorf("parse key: %d bytes, want %d", len(raw), KeySize)
	}
	return Key{New(string(raw))}, nil
}

// GenerateKey makes the text of a new key, one line without its newline, from 32 bytes of random;
// hand it crypto/rand.Reader.
func GenerateKey(random io.Reader) (String, error) {
	raw := make([]byte, KeySize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return String{}, fmt.Errorf("generate key: %w", err)
	}
	return New(base64.StdEncoding.EncodeToString(raw)), nil
}

// Format shows "[redacted]" under every verb.
func (k Key) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redacted)) }
