package outbox

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"phonechatbot/internal/alert"
	"phonechatbot/store"
)

// TestADayOfQuietHours has news of another booking each hour from one midnight in London to the next but one, on an
// ordinary day and when the clocks change, and looks at when it arrives, by the clock on the wall.
func TestADayOfQuietHours(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	nine, seven := alert.Minute(21*60), alert.Minute(7*60)
	early := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, london)
	}
	for name, tc := range map[string]struct {
		quiet alert.Quiet
		begin time.Time
		hours int
		want  string // messages: the hour on the wall, how many pieces of news, and ~ for silent
	}{
		"none": {alert.Quiet{}, early(2027, 3, 2), 4, "00:00 1, 01:00 1, 02:00 1, 03:00 1"},
		"equal ends": {
			alert.Quiet{Mode: alert.Hold, From: 60, To: 60}, early(2027, 3, 2), 4, "00:00 1, 01:00 1, 02:00 1, 03:00 1",
		},
		"held across midnight": {
			alert.Quiet{Mode: alert.Hold, From: nine, To: seven},
			early(2027, 3, 2), 33,
			"07:00 7, " + hourly(7, 20, "") + "07:00 10, 07:00 1, 08:00 1",
		},
		"silent across midnight": {
			alert.Quiet{Mode: alert.Silent, From: nine, To: seven},
			early(2027, 3, 2), 32,
			hourly(0, 6, "~") + hourly(7, 20, "") + hourly(21, 23, "~") + hourly(0, 6, "~") + "07:00 1",
		},
		"held as the clocks go forward": { // there is no 01:00
			alert.Quiet{Mode: alert.Hold, From: nine, To: seven}, early(2027, 3, 28), 8, "07:00 6, 07:00 1, 08:00 1",
		},
		"until a time that is not there": {
			alert.Quiet{Mode: alert.Hold, From: nine, To: 90}, early(2027, 3, 28), 3, "02:00 1, 02:00 1, 03:00 1",
		},
		"held as the clocks go back": { // there are two
			alert.Quiet{Mode: alert.Hold, From: nine, To: seven}, early(2027, 10, 31), 10, "07:00 8, 07:00 1, 08:00 1",
		},
		"until a time that is there twice": {
			alert.Quiet{Mode: alert.Hold, From: nine, To: 90}, early(2027, 10, 31), 4, "01:30 3, 02:00 1",
		},
		"silent as the clocks go back": {
			alert.Quiet{Mode: alert.Silent, From: 60, To: 120}, early(2027, 10, 31), 4, "00:00 1, 01:00 1~, 01:00 1~, 02:00 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				ahead := time.Until(tc.begin) // a bubble begins in 2000
				now := func() time.Time { return time.Now().Add(ahead) }
				var arrived []string
				h.config = func(cfg *Config) {
					cfg.Now = now
					cfg.Sender = sendFunc(func(m Message) error {
						text := now().In(london).Format("15:04") + " " + string(rune('0'+len(m.News)))
						if len(m.News) > 9 {
							text = now().In(london).Format("15:04") + " 1" + string(rune('0'+len(m.News)-10))
						}
						if m.Silent {
							text += "~"
						}
						arrived = append(arrived, text)
						return nil
					})
				}
				h.reopen()
				defer h.run()()
				h.wants(chatA, alert.Prefs{Quiet: tc.quiet}, "Europe/London")
				after(time.Second) // what is held until the hour comes before what is new in it
				for hour := range tc.hours {
					n := about(int64(hour)+1, note(chatA, 'A'+byte(hour)))
					n.Made, n.Due = now(), now()
					h.update(func(tx *store.Tx) error { return tx.Enqueue(n) })
					h.outbox.Wake()
					after(time.Hour)
				}
				if got := strings.Join(arrived, ", "); got != tc.want {
					t.Errorf("arrived:\n%s, want\n%s", got, tc.want)
				}
			})
		})
	}
}

// hourly is one message at each hour.
func hourly(from, to int, how string) (text string) {
	for hour := from; hour <= to; hour++ {
		text += time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC).Format("15:04") + " 1" + how + ", "
	}
	return text
}

// TestWhereNobodySaysWhereTheyLive has quiet hours by the clocks of the house, for who named no zone, or one that is not
// known here.
func TestWhereNobodySaysWhereTheyLive(t *testing.T) {
	for zone, want := range map[string]string{"": "", "Nowhere/Atlantis": "", "Europe/London": "a"} {
		t.Run(zone, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.config = func(cfg *Config) {
					var err error
					if cfg.Zone, err = time.LoadLocation("America/New_York"); err != nil {
						t.Fatal(err)
					}
				}
				h.reopen()
				defer h.run()()
				h.wants(chatA, alert.Prefs{Quiet: alert.Quiet{Mode: alert.Hold, From: 18 * 60, To: 20 * 60}}, zone) // a bubble begins at 19:00 there
				h.enqueue(note(chatA, 'a'))
				after(time.Hour - time.Second)
				h.wantGot(chatA, want)
				after(2 * time.Second)
				h.wantGot(chatA, "a")
			})
		})
	}
}

// TestTheChoiceOfTheMorningHolds has a person change their quiet hours, their zone and their switches at night.
func TestTheChoiceOfTheMorningHolds(t *testing.T) {
	night := alert.Quiet{Mode: alert.Hold, From: 0, To: 7 * 60} // a bubble begins at midnight
	for name, tc := range map[string]struct {
		prefs alert.Prefs
		zone  string
		hours time.Duration // until it arrives; 0: never
	}{
		"as it was":             {alert.Prefs{Quiet: night}, "", 7},
		"longer":                {alert.Prefs{Quiet: alert.Quiet{Mode: alert.Hold, From: 0, To: 9 * 60}}, "", 9},
		"farther west":          {alert.Prefs{Quiet: night}, "America/New_York", 12},
		"silent in the morning": {alert.Prefs{Quiet: alert.Quiet{Mode: alert.Silent, From: 0, To: 9 * 60}}, "", 7},
		"not that any more":     {alert.Prefs{Quiet: night, Off: []alert.Kind{alert.Accepted}}, "", 0},
		"somewhere unheard of":  {alert.Prefs{Quiet: night}, "Mars/Olympus", 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				h.wants(chatA, alert.Prefs{Quiet: night}, "")
				defer h.run()()
				began := time.Now()
				h.enqueue(note(chatA, 'a'), note(chatA, 'b'))
				after(6 * time.Hour)
				h.wantGot(chatA, "")
				h.wants(chatA, tc.prefs, tc.zone)
				if tc.hours > 0 {
					after(time.Until(began.Add(tc.hours*time.Hour)) - 1)
					h.wantGot(chatA, "")
					after(1)
					want := "ab"
					if tc.prefs.Quiet.Mode == alert.Silent {
						want = "ab~"
					}
					h.wantGot(chatA, want)
				}
				after(24 * time.Hour)
				h.wantQueued(0)
			})
		})
	}
}

// TestWhatIsUrgentTakesTheOldWithIt has news held at night, and newer news of the same booking that cannot wait.
func TestWhatIsUrgentTakesTheOldWithIt(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.wants(chatA, alert.Prefs{Quiet: alert.Quiet{Mode: alert.Hold, From: 0, To: 7 * 60}}, "")
		h.enqueue(about(1, note(chatA, 'a')), about(2, note(chatA, 'b')))
		after(time.Hour)
		h.enqueue(about(1, with(note(chatA, 'c'), func(n *store.Notification) { n.Session = time.Now().Add(time.Hour) })))
		after(time.Second)
		h.wantGot(chatA, "c")
		h.wantQueued(1)
		after(7 * time.Hour)
		h.wantGot(chatA, "c b")
	})
}

// TestSnoozed has a booking left alone for a quarter of an hour, in which it changes.
func TestSnoozed(t *testing.T) {
	inBubble(t, func(t *testing.T, h *house) {
		h.update(func(tx *store.Tx) error {
			s := store.Snapshot{Account: accountOf(chatA), Side: store.SideMade, Booking: 1, Status: "Accepted"}
			if err := tx.PutSnapshot(s); err != nil {
				return err
			}
			return tx.Snooze(s.Account, s.Side, s.Booking, time.Now().Add(alert.Snooze))
		})
		again := about(1, note(chatA, 'a'))
		again.Due = time.Now().Add(alert.Snooze)
		h.enqueue(again)
		after(time.Minute)
		h.enqueue(about(1, note(chatA, 'b')), about(2, note(chatA, 'c')))
		after(alert.Snooze - time.Minute - 1)
		h.wantGot(chatA, "c")
		after(1)
		h.wantGot(chatA, "c b")
		h.wantQueued(0)
	})
}

// TestWhatIsNoLongerSo has news held at night, and its booking go on without any more news: the person did that
// elsewhere, or has switched such news off.
func TestWhatIsNoLongerSo(t *testing.T) {
	for name, tc := range map[string]struct {
		status string
		ago    time.Duration // since the change, when it is seen after an hour
		want   string
		behind time.Duration // the platform's clock, as far as is known
	}{
		"it goes on":                          {"Confirmed", time.Minute, "b", 0},
		"it goes on, and is over":             {"Cancelled", time.Minute, "b", 0},
		"something else about it changes":     {"Accepted", time.Minute, "ab", 0},
		"what was before is shown once again": {"Pending", 2 * time.Hour, "ab", 0},
		"by a clock that is hours behind":     {"Confirmed", 3*time.Hour + time.Minute, "b", 3 * time.Hour},
		"once again, by such a clock":         {"Pending", 5 * time.Hour, "ab", 3 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, h *house) {
				h.wants(chatA, alert.Prefs{Quiet: alert.Quiet{Mode: alert.Hold, From: 0, To: 7 * 60}}, "")
				accepted := about(1, note(chatA, 'a'))
				accepted.Status = "Accepted"
				if tc.behind > 0 {
					accepted.Updated = time.Now().Add(-tc.behind)
				}
				h.enqueue(accepted, about(2, note(chatA, 'b')))
				after(time.Hour)
				h.update(func(tx *store.Tx) error {
					return tx.PutSnapshot(store.Snapshot{
						Account: accountOf(chatA), Side: store.SideMade, Booking: 1, Status: tc.status, Updated: time.Now().Add(-tc.ago),
					})
				})
				after(7 * time.Hour)
				h.wantGot(chatA, tc.want)
				h.wantQueued(0)
			})
		})
	}
}

type sendFunc func(Message) error

func (f sendFunc) Send(_ context.Context, m Message) error { return f(m) }
