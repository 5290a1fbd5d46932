package outbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

// cut is what a kill at a moment would leave: the file, and what had arrived.
type cut struct {
	file    []byte
	arrived map[flow.ChatID][]string
	at      time.Duration // since the beginning
}

// cutter makes a cut before and after each commit.
type cutter struct {
	t     *testing.T
	h     *house
	began time.Time

	mu   sync.Mutex
	cuts []cut
}

func (c *cutter) cut() {
	if c.h.messenger == nil { // the house is being built
		return
	}
	file, err := os.ReadFile(c.h.path)
	if err != nil {
		c.t.Error(err)
	}
	at := cut{file: file, arrived: map[flow.ChatID][]string{}, at: time.Since(c.began)}
	for _, chat := range []flow.ChatID{chatA, chatB} {
		at.arrived[chat] = strings.Fields(c.h.messenger.got(chat))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cuts = append(c.cuts, at)
}

// TestKilledAtEveryStep plays one hour of nearly everything that can happen to a message, and goes on from each moment
// at which a kill would have left another file: what was queued at first is told, and nothing twice but what was being
// sent to a chat.
func TestKilledAtEveryStep(t *testing.T) {
	var cuts []cut
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		c := &cutter{t: t, h: h, began: time.Now()}
		h.wants(chatB, alert.Prefs{Summary: alert.Daily{On: true}}, "")
		h.enqueue(everything()...)
		for _, r := range []byte("rq") {
			h.remind(note(chatA, r), 12*time.Hour, 12*time.Hour-time.Duration(r-'q')*time.Minute)
		}
		h.options = []store.Option{store.WatchCommits(c.cut, c.cut)}
		h.reopen()
		h.messenger.takesTime(time.Second)
		h.messenger.refuses(func(n store.Notification, try int) error {
			kinds := map[byte][]Kind{
				'S': {Later}, 'b': {Transient, Permanent}, 'r': {Doubtful, Transient}, 'c': {Later}, 'x': {Blocked}, 'D': {Doubtful, Transient},
			}
			if ends := kinds[n.ID[15]]; try <= len(ends) {
				return failure{Verdict{Kind: ends[try-1], After: time.Minute}}
			}
			return nil
		})
		stop := h.run()
		after(30 * time.Minute)
		h.isBack(chatB)
		after(30 * time.Minute)
		stop()
		h.wantGot(chatA, "S q r b c d")
		h.wantGot(chatB, "D M xyz")
		cuts = c.cuts
	})
	if len(cuts) < 30 {
		t.Fatalf("only %d cuts: this test proves nothing", len(cuts))
	}
	repeated := 0
	for _, c := range cuts {
		synctest.Test(t, func(t *testing.T) { repeated += goOn(t, c) })
	}
	if repeated == 0 {
		t.Error("no cut was between a send and its being written down")
	}
	t.Logf("%d cuts, %d messages repeated", len(cuts), repeated)
}

// everything is what is queued at first. Of booking 1 only the last is to be told.
func everything() []store.Notification {
	return []store.Notification{
		about(1, note(chatA, 'a')), about(1, note(chatA, 'b')), note(chatA, 'c'), note(chatA, 'd'), as(alert.SignIn, note(chatA, 'S')),
		note(chatB, 'x'), note(chatB, 'y'), note(chatB, 'z'), as(alert.Down, note(chatB, 'D')), as(alert.Summary, note(chatB, 'M')),
	}
}

// goOn is a new start after a kill; it counts the messages that are told once more.
func goOn(t *testing.T, c cut) (repeated int) {
	h := newHouse(t)
	after(c.at)
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	h.path = filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(h.path, c.file, 0o600); err != nil {
		t.Fatal(err)
	}
	h.open()
	h.isBack(chatB)
	stop := h.run()
	after(2 * time.Hour)
	stop()
	for _, chat := range []flow.ChatID{chatA, chatB} {
		before := c.arrived[chat]
		now := strings.Fields(h.messenger.got(chat))
		for _, letter := range map[flow.ChatID]string{chatA: "Sqrbcd", chatB: "DMxyz"}[chat] {
			isIn := func(text string) bool { return strings.ContainsRune(text, letter) }
			first, again := slices.ContainsFunc(before, isIn), slices.ContainsFunc(now, isIn)
			switch {
			case !first && !again:
				t.Errorf("killed after %v: %c is lost", c.at, letter)
			case first && again && !isIn(before[len(before)-1]):
				t.Errorf("killed after %v: %c is told twice, and was not the last", c.at, letter)
			case first && again:
				repeated++
			}
		}
		if twice := strings.Join(now, ""); len(twice) != len(slices.Compact(slices.Sorted(slices.Values([]byte(twice))))) {
			t.Errorf("killed after %v: told then: %v", c.at, now)
		}
	}
	if left := h.queued(); len(left) != 1 || left[0].Kind != alert.Summary {
		t.Errorf("killed after %v: %d are left", c.at, len(left))
	}
	return repeated
}
