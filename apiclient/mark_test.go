package apiclient

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Answers have one mark if they are the same, and different ones for a bit, a byte more or less, or another client.
func TestMark(t *testing.T) {
	ours, err := newMarker()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := newMarker()
	if err != nil {
		t.Fatal(err)
	}
	if ours.of(nil) == (Mark{}) {
		t.Error("nothing has the mark of no page")
	}
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 1, 400).Draw(t, "body")
		mark := ours.of(body)
		if mark != ours.of(bytes.Clone(body)) {
			t.Fatal("the same bytes have two marks")
		}
		changed := bytes.Clone(body)
		changed[rapid.IntRange(0, len(body)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		for what, other := range map[string]Mark{
			"a bit": ours.of(changed), "a zero more": ours.of(append(changed[:len(body):len(body)], 0)),
			"a byte less": ours.of(body[1:]), "another client": theirs.of(body),
		} {
			if other == mark {
				t.Fatalf("%s makes no difference", what)
			}
		}
	})
}
