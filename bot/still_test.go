package bot

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Whether a message is still wanted is asked when its turn has come, and not before; where it is not, nothing leaves.
func TestSendIf(t *testing.T) {
	gone := errors.New("it is gone")
	for name, want := range map[string]error{"wanted": nil, "not any more": gone} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				r := newRig(t, api, newFakeInbox())
				if _, err := r.Send(t.Context(), 5, view("a reply")); err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				var asked time.Duration
				_, err := r.SendIf(t.Context(), Alerts, 5, view("x"), func(context.Context) error {
					asked = time.Since(begun)
					return want
				})
				sent := 1
				if want == nil {
					sent = 2
				}
				if !errors.Is(err, want) || asked != time.Second || len(api.called("sendMessage")) != sent {
					t.Errorf("%v, asked after %s, and sent %d messages", err, asked, len(api.called("sendMessage")))
				}
			})
		})
	}
}
