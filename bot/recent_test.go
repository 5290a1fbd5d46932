package bot

import (
	"testing"

	"phonechatbot/internal/flow"
)

func TestRecentRemembersTheLast(t *testing.T) {
	r := newRecent[int](10)
	for i := range 1000 {
		if !r.add(i) || r.add(i) {
			t.Fatalf("%d is new once", i)
		}
	}
	for i := 990; i < 1000; i++ {
		if !r.has(i) {
			t.Errorf("%d is forgotten", i)
		}
	}
	if r.has(0) || len(r.young)+len(r.old) > 20 {
		t.Errorf("%d are remembered", len(r.young)+len(r.old))
	}
}

func TestTails(t *testing.T) {
	tails := newTails(4)
	for id := 1; id <= 100; id++ {
		tails.note(1, id, id == 99)
	}
	tails.note(1, 50, false) // an old card was pressed
	if !tails.isLast(1, 100) || tails.isLast(1, 99) || !tails.protected(1, 99) || tails.protected(1, 100) {
		t.Errorf("chat 1 ends in %v", tails.of(1))
	}
	if got := len(tails.of(1)); got != tailLength {
		t.Errorf("%d messages are remembered, want %d", got, tailLength)
	}
	tails.forget(1, 100)
	tails.note(1, 99, false)
	if !tails.isLast(1, 99) || !tails.protected(1, 99) {
		t.Errorf("chat 1 ends in %v", tails.of(1))
	}
	for chat := flow.ChatID(2); chat < 50; chat++ {
		tails.note(chat, 1, false)
	}
	if len(tails.young)+len(tails.old) > 8 {
		t.Errorf("%d chats are remembered", len(tails.young)+len(tails.old))
	}
	if !tails.isLast(1, 1) {
		t.Error("a forgotten chat is one of which nothing is known")
	}
}
