package secret_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"phonechatbot/internal/secret"
)

// keyOf is a key that is made of one byte, again and again.
func keyOf(t testing.TB, b byte) secret.Key {
	t.Helper()
	key, err := secret.ParseKey(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, secret.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ringOf(t testing.TB, bytes ...byte) *secret.Keyring {
	t.Helper()
	keys := make([]secret.Key, len(bytes))
	for i, b := range bytes {
		keys[i] = keyOf(t, b)
	}
	ring, err := secret.NewKeyring(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestSealOpens(t *testing.T) {
	ring := ringOf(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.SliceOf(rapid.Byte()).Draw(t, "place")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed := ring.Seal(place, plain)
		got, err := ring.Open(place, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("Open = %d bytes, %v; want the %d that were sealed", len(got), err, len(plain))
		}
		if len(sealed) != len(plain)+33 {
			t.Fatalf("a record of %d bytes for %d", len(sealed), len(plain))
		}
		if bytes.Equal(sealed, ring.Seal(place, plain)) {
			t.Fatal("two seals of the same bytes are the same")
		}
	})
}

func TestMovedRecordDoesNotOpen(t *testing.T) {
	ring := ringOf(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		here := rapid.SliceOf(rapid.Byte()).Draw(t, "here")
		there := rapid.SliceOf(rapid.Byte()).Filter(func(p []byte) bool { return !bytes.Equal(p, here) }).Draw(t, "there")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		got, err := ring.Open(there, ring.Seal(here, plain))
		if !errors.Is(err, secret.ErrSealed) || got != nil {
			t.Fatalf("at another place Open = %d bytes, %v; want ErrSealed", len(got), err)
		}
	})
}

func TestEveryFlippedBitRefuses(t *testing.T) {
	ring, place := ringOf(t, 1, 2), []byte("accounts/1")
	sealed := ring.Seal(place, []byte("a short record"))
	for i := range sealed {
		for bit := range 8 {
			sealed[i] ^= 1 << bit
			if got, err := ring.Open(place, sealed); err == nil || got != nil {
				t.Errorf("bit %d of byte %d flipped, and it opens", bit, i)
			}
			sealed[i] ^= 1 << bit
		}
	}
	for n := range sealed {
		if _, err := ring.Open(place, sealed[:n]); !errors.Is(err, secret.ErrSealed) {
			t.Errorf("cut to %d bytes: %v, want ErrSealed", n, err)
		}
	}
	if _, err := ring.Open(place, append(sealed, 0)); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("one byte more: %v, want ErrSealed", err)
	}
}

func TestRotation(t *testing.T) {
	place := []byte("accounts/1")
	before, after, without := ringOf(t, 1), ringOf(t, 2, 1), ringOf(t, 2)
	old, fresh := before.Seal(place, []byte("old")), after.Seal(place, []byte("new"))

	for name, tc := range map[string]struct {
		ring   *secret.Keyring
		sealed []byte
		want   error
	}{
		"old record, rotated ring":    {after, old, nil},
		"new record, rotated ring":    {after, fresh, nil},
		"new record, the new key":     {without, fresh, nil},
		"old record, old key is gone": {without, old, secret.ErrKey},
		"new record, old ring":        {before, fresh, secret.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := tc.ring.Open(place, tc.sealed); !errors.Is(err, tc.want) {
				t.Errorf("Open: %v, want %v", err, tc.want)
			}
		})
	}
}

func TestTag(t *testing.T) {
	tag := func(ring *secret.Keyring, place, value string) string {
		sum := ring.Tag(place, []byte(value))
		return string(sum[:])
	}
	base := tag(ringOf(t, 1), "chats", "42")
	if base != tag(ringOf(t, 3, 2, 1), "chats", "42") {
		t.Error("a rotation changes the tag")
	}
	for name, other := range map[string]string{
		"another value":                  tag(ringOf(t, 1), "chats", "43"),
		"another place":                  tag(ringOf(t, 1), "sends", "42"),
		"the border moved":               tag(ringOf(t, 1), "chats4", "2"),
		"another oldest key":             tag(ringOf(t, 1, 2), "chats", "42"),
		"another key, nothing in common": tag(ringOf(t, 2), "chats", "42"),
	} {
		if base == other {
			t.Errorf("%s: the same tag", name)
		}
	}
}

func TestNewKeyringRefuses(t *testing.T) {
	for name, keys := range map[string][]secret.Key{
		"no key":      nil,
		"an empty":    {{}},
		"a key twice": {keyOf(t, 1), keyOf(t, 2), keyOf(t, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := secret.NewKeyring(keys...); err == nil {
				t.Error("a keyring nevertheless")
			}
		})
	}
}

func TestParseKey(t *testing.T) {
	text, err := secret.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := text.Reveal()
	for name, tc := range map[string]struct {
		in string
		ok bool
	}{
		"generated":       {good, true},
		"newline":         {good + "\n", true},
		"from Windows":    {good + "\r\n", true},
		"spaces around":   {"  " + good + " ", true},
		"empty":           {"", false},
		"a password":      {"correct horse battery staple", false},
		"cut short":       {good[:40], false},
		"16 bytes":        {base64.StdEncoding.EncodeToString(make([]byte, 16)), false},
		"33 bytes":        {base64.StdEncoding.EncodeToString(make([]byte, 33)), false},
		"two keys":        {good + "\n" + good, false},
		"without padding": {strings.TrimRight(good, "="), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := secret.ParseKey(tc.in)
			if (err == nil) != tc.ok {
				t.Errorf("ok = %v, want %v", err == nil, tc.ok)
			}
			if err != nil && tc.in != "" && strings.Contains(err.Error(), strings.TrimSpace(tc.in)) {
				t.Error("the error quotes the text")
			}
		})
	}
}

func TestGenerateKey(t *testing.T) {
	one, err := secret.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	two, err := secret.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if one.Equal(two) {
		t.Error("the same key twice")
	}
	if _, err := secret.GenerateKey(strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("from a short source: %v", err)
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	raw := strings.Repeat("K", secret.KeySize)
	key := keyOf(t, 'K')
	ring, err := secret.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	holder := struct {
		key  secret.Key
		ring *secret.Keyring
		all  secret.Keyring
	}{key, ring, *ring}
	leaks := append(variants(raw), base64.StdEncoding.EncodeToString([]byte(raw)))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		for _, v := range []any{key, &key, ring, *ring, holder, &holder} {
			printed := fmt.Sprintf(verb, v)
			for _, leak := range leaks {
				if strings.Contains(printed, leak) {
					t.Errorf("%s of %T shows the key", verb, v)
				}
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	ring := ringOf(f, 1)
	f.Add([]byte("place"), ring.Seal([]byte("place"), []byte("plain")))
	f.Add([]byte{}, []byte{1})
	f.Fuzz(func(t *testing.T, place, sealed []byte) {
		plain, err := ring.Open(place, sealed)
		if err == nil && len(plain)+33 != len(sealed) {
			t.Errorf("%d bytes out of %d", len(plain), len(sealed))
		}
		if err != nil && plain != nil {
			t.Error("content together with an error")
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add("AAAA")
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, secret.KeySize)) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := secret.ParseKey(text)
		if err != nil {
			return
		}
		if _, err := secret.NewKeyring(key); err != nil {
			t.Errorf("a key that makes no keyring: %v", err)
		}
	})
}

func BenchmarkSealOpen(b *testing.B) {
	ring, place, plain := ringOf(b, 1), []byte("accounts/0123456789abcdef"), make([]byte, 300)
	for b.Loop() {
		if _, err := ring.Open(place, ring.Seal(place, plain)); err != nil {
			b.Fatal(err)
		}
	}
}
