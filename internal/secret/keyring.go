package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// What Open answers when it cannot give the content.
var (
	ErrKey    = errors.New("secret: sealed with a key that is not in the keyring")
	ErrSealed = errors.New("secret: the record does not open: damaged, cut short, or moved from another place")
)

// TagSize is the length of a Tag in bytes.
const TagSize = 16

// The layout of a sealed record: version, key id, then nonce, ciphertext and authentication tag.
const (
	sealVersion = 1
	keyIDSize   = 4
	headSize    = 1 + keyIDSize
)

// Each derived key has a label of its own: none of them can stand in for another.
const (
	labelID   = "phonechatbot 1 key id"
	labelSeal = "phonechatbot 1 seal"
	labelTag  = "phonechatbot 1 tag"
)

// Keyring seals records to their place and names them without revealing what they are named after.
// It is safe for concurrent use.
//
// A sealed record is
//
//	1 byte   version, 1
//	4 bytes  key id, derived from the master key
//	12 bytes random nonce   \
//	n bytes  ciphertext      > AES-256-GCM under a derived key
//	16 bytes authentication /
//
// and its associated data is version, key id and place: a record that was moved, or whose head was
// changed, does not open. That an older record of the same place was put back, it cannot tell.
// A key is good for 2^32 records.
type Keyring struct {
	sealing [keyIDSize]byte
	boxes   map[[keyIDSize]byte]cipher.AEAD
	tagKey  func() []byte // a closure, out of reach for anything that prints by reflection
}

// NewKeyring makes a keyring. The first key seals, all of them open: to rotate, put the new key in
// front and keep the others behind it. Tags come from the last key, the oldest, so that they stay the
// same through every rotation; the last key must therefore never be dropped or change its position.
func NewKeyring(keys ...Key) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("new keyring: no key")
	}
	ring := &Keyring{boxes: make(map[[keyIDSize]byte]cipher.AEAD, len(keys))}
	for i, key := range keys {
		id, box, err := open(key)
		if err != nil {
			return nil, fmt.Errorf("new keyring: key %d: %w", i+1, err)
		}
		if _, taken := ring.boxes[id]; taken {
			return nil, fmt.Errorf("new keyring: key %d is in it twice", i+1)
		}
		ring.boxes[id] = box
		if i == 0 {
			ring.sealing = id
		}
	}
	tagKey, err := derive(keys[len(keys)-1], labelTag, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("new keyring: %w", err)
	}
	ring.tagKey = func() []byte { return tagKey }
	return ring, nil
}

// open derives from a master key its id and the box that seals with it.
func open(key Key) (id [keyIDSize]byte, box cipher.AEAD, err error) {
	if key.master.IsZero() {
		return id, nil, errors.New("empty; keys come from ParseKey")
	}
	name, err := derive(key, labelID, keyIDSize)
	if err != nil {
		return id, nil, err
	}
	sealKey, err := derive(key, labelSeal, KeySize)
	if err != nil {
		return id, nil, err
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return id, nil, fmt.Errorf("cipher: %w", err)
	}
	box, err = cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return id, nil, fmt.Errorf("cipher: %w", err)
	}
	return [keyIDSize]byte(name), box, nil
}

func derive(key Key, label string, size int) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, []byte(key.master.Reveal()), nil, label, size)
	if err != nil {
		return nil, fmt.Errorf("derive key: %w", err)
	}
	return derived, nil
}

// Seal encrypts plain so that it opens at place only, with the ring's first key. Two seals of the same
// bytes differ. The record is 33 bytes longer than plain.
func (r *Keyring) Seal(place, plain []byte) []byte {
	box := r.boxes[r.sealing]
	sealed := make([]byte, 0, headSize+len(plain)+box.Overhead())
	sealed = append(sealed, sealVersion)
	sealed = append(sealed, r.sealing[:]...)
	return box.Seal(sealed, nil, plain, associated(sealed[:headSize], place)) //nolint:gosec // NewGCMWithRandomNonce makes the nonce and takes none
}

// Open gives back what was sealed at place: ErrKey if no key of the ring has sealed it, ErrSealed if
// it is not a record of that place.
func (r *Keyring) Open(place, sealed []byte) ([]byte, error) {
	if len(sealed) < headSize || sealed[0] != sealVersion {
		return nil, ErrSealed
	}
	head := sealed[:headSize]
	box, known := r.boxes[[keyIDSize]byte(head[1:])]
	if !known {
		return nil, ErrKey
	}
	plain, err := box.Open(nil, nil, sealed[headSize:], associated(head, place))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// associated is the data a record is bound to. The head has one length, so the sum is unambiguous.
func associated(head, place []byte) []byte {
	data := make([]byte, 0, headSize+len(place))
	return append(append(data, head...), place...)
}

// Tag names a value of a place without revealing it: the same for the same two, and to anybody without
// the key not to be told from random bytes. It comes from the ring's last key.
func (r *Keyring) Tag(place string, value []byte) [TagSize]byte {
	mac := hmac.New(sha256.New, r.tagKey())
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(place)))
	mac.Write(length[:]) // where the place ends: ("ab", "c") is not ("a", "bc")
	mac.Write([]byte(place))
	mac.Write(value)
	return [TagSize]byte(mac.Sum(nil))
}

// Format shows "[redacted]" under every verb.
func (r Keyring) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte(redacted)) }
