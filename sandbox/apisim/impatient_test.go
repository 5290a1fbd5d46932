package apisim

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// Who is impatient gives up what is held, at the moment it is, and nothing else.
func TestImpatient(t *testing.T) {
	for fault, committed := range waits() {
		t.Run(string(fault.Kind), func(t *testing.T) {
			w := behindSocket(t, newWorld(t))
			way := w.Impatient(&http.Transport{DisableKeepAlives: true})
			ask := func() (int, error) {
				r := w.request(owl, http.MethodPost, w.url+"/v1/PhoneChat/"+OpCreateBooking, order(nil))
				r.RequestURI = ""
				reply, err := way.RoundTrip(r)
				if err != nil {
					return 0, err
				}
				return reply.StatusCode, reply.Body.Close()
			}
			w.SetFault(OpCreateBooking, fault)
			if _, err := ask(); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if got := w.CreatedCount(); got != committed {
				t.Errorf("%d committed, want %d", got, committed)
			}
			w.ClearFaults()
			if status, err := ask(); status != http.StatusOK || err != nil {
				t.Errorf("got %d, %v once it is over", status, err)
			}
		})
	}
}
