package bot

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestHowLongTelegramMayBeSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newFakeAPI(), newFakeInbox())
		ready := func(want string) {
			t.Helper()
			if err := r.Ready(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("ready: %v, want %q", err, want)
			}
		}
		ready("not answered yet")
		r.heard()
		if got := r.LastHeard(); !got.Equal(time.Now()) {
			t.Errorf("heard at %v, and it is %v", got, time.Now())
		}
		time.Sleep(readyAge)
		ready("")
		time.Sleep(time.Second)
		ready("last answered 2m1s ago")
	})
}
