package apiclient

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A hundred calls at once, of people and polls, through the whole client: as many as the rate allows, in no
// second more than rate and burst, and people first.
func TestAHundredCallsKeepToTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, burst = 4, 3
		var mu sync.Mutex
		var arrived []time.Time
		c, _ := connectInBubble(t, Config{Rate: limit, Burst: burst, Retries: -1, Timeout: time.Minute}, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			arrived = append(arrived, time.Now())
			mu.Unlock()
			says(http.StatusOK, asJSON, "12.5")(w, r)
		})
		start := time.Now()
		var group sync.WaitGroup
		var done [2]time.Duration // the last of people, of polls
		for i := range 100 {
			as := caller
			as.Background = i%5 > 1 // 40 of people, 60 of polls
			group.Go(func() {
				if _, err := c.Balance(t.Context(), as); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				kind := 0
				if as.Background {
					kind = 1
				}
				done[kind] = max(done[kind], time.Since(start))
			})
		}
		group.Wait()
		for i, first := range arrived {
			within := 0
			for _, at := range arrived[i:] {
				if at.Sub(first) < time.Second {
					within++
				}
			}
			if within > limit+burst {
				t.Fatalf("%d calls in the second from %v", within, first.Sub(start))
			}
		}
		if len(arrived) != 100 || done[1] != 97*time.Second/limit || done[0] > 41*time.Second/limit {
			t.Errorf("%d calls; people were served after %v, polls after %v", len(arrived), done[0], done[1])
		}
	})
}

// Programs that fail together do not come back together.
func TestRetryPausesDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took := map[time.Duration]bool{}
		for range 20 {
			start := time.Now()
			s := &script{steps: []func() (*http.Response, error){fail(io.EOF)}}
			resp, err := retry(1, s).RoundTrip(newRequest(t, http.MethodGet).WithContext(context.Background()))
			if err == nil {
				_ = resp.Body.Close()
				t.Fatal("no error")
			}
			took[time.Since(start)] = true
		}
		if len(took) < 10 {
			t.Errorf("20 pauses were %d different ones", len(took))
		}
	})
}
