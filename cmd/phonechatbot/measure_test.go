package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/secret"
	"phonechatbot/poller"
	"phonechatbot/sandbox/apisim"
	"phonechatbot/sandbox/tgsim"
	"phonechatbot/store"
)

// The whole house, measured in real time: everything that run wires, with its store on the disk, between both simulators,
// over loopback HTTP. One after the other:
//
//	go test -run '^$' -bench House -benchtime 1x -timeout 30m ./cmd/phonechatbot
//
// The simulators live in the same process. Their memory is kept out of what is measured: they know everybody before the
// first house is opened, and what an account takes is the difference between a house with all accounts and one with none.
// Their share of the processor is not kept out.

const (
	housePoll  = 30 * time.Second // of every account; the poller's jitter is up to a tenth less
	houseWarm  = 66 * time.Second // two looks at everybody: from the third on, a list that is as it was is recognised
	houseCalm  = 30 * time.Second // changes come one by one, evenly
	houseBurst = 300              // bookings that change one by one in that time, and as many that change at one moment after it
	houseRoom  = 12 * time.Second // what a burst may take beyond the interval
)

// crowdedWorld is both simulators with many members.
type crowdedWorld struct {
	b        *testing.B
	telegram *tgsim.Server
	platform *apisim.Platform
	settings settings
	accounts int
}

func newCrowdedWorld(b *testing.B, accounts int, tags bool) *crowdedWorld {
	b.Helper()
	w := &crowdedWorld{b: b, accounts: accounts, telegram: tgsim.New(tgsim.Config{Token: demoToken, RateLimit: true})}
	members := []apisim.Member{{ID: firstPerformer, Nickname: "VelvetVoice", PPM: "1.20", Methods: []int{1, 2}, OffersPhoneChat: true}}
	for i := range accounts {
		w.telegram.AddUser(tgsim.User{ID: w.user(i), FirstName: "Someone"})
		members = append(members, apisim.Member{
			ID: w.user(i), Nickname: fmt.Sprintf("Member%d", i), Token: w.token(i), Balance: "1000", Phone: "07700900123",
		})
	}
	w.platform = apisim.New(apisim.Config{Members: members, ETags: tags})
	telegram, platform := httptest.NewServer(w.telegram.Handler()), httptest.NewServer(w.platform.Handler())
	b.Cleanup(func() {
		w.telegram.Close()
		telegram.Close()
		platform.Close()
	})
	data := filepath.Join(b.TempDir(), "data")
	w.settings = settings{
		telegramToken: secret.New(demoToken), telegramURL: telegram.URL, apiURL: platform.URL, zone: w.platform.Location(),
		data: data, keyFile: filepath.Join(data, "key"), pollMin: housePoll, pollMax: housePoll,
		apiRate: 10_000, apiBurst: 100, apiRest: 15 * time.Second, now: time.Now,
	}
	return w
}

func (w *crowdedWorld) user(i int) int64   { return 1_000_000 + int64(i) }
func (w *crowdedWorld) token(i int) string { return fmt.Sprintf("token-of-member-%d", i) }

// link links everybody, as if each had pasted a token, while no house is open.
func (w *crowdedWorld) link() {
	w.b.Helper()
	db, err := openStore(w.settings)
	if err != nil {
		w.b.Fatal(err)
	}
	const together = 2000
	for first := 0; first < w.accounts && err == nil; first += together {
		err = db.Update(w.b.Context(), func(tx *store.Tx) error {
			for i := first; i < min(first+together, w.accounts); i++ {
				account := store.Account{
					ID: store.AccountID{12: byte(i >> 16), 13: byte(i >> 8), 14: byte(i), 15: 1}, Chat: flow.ChatID(w.user(i)), Member: w.user(i),
					Nickname: fmt.Sprintf("Member%d", i), Token: secret.New(w.token(i)), State: store.AccountActive, Linked: time.Now(),
				}
				chat := store.Chat{ID: account.Chat, Account: account.ID, Drawn: store.NotDrawn}
				if err := errors.Join(tx.PutAccount(account), tx.PutChat(chat)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err = errors.Join(err, db.Close()); err != nil {
		w.b.Fatal(err)
	}
}

// chat has the first people begin their chats with the bot, in a time when that was another program.
func (w *crowdedWorld) chat(people int) {
	w.b.Helper()
	for i := range people {
		w.telegram.Send(w.user(i), "/start")
	}
	for offset := int64(0); w.telegram.Pending() > 0; {
		var got struct {
			Result []struct {
				ID int64 `json:"update_id"`
			} `json:"result"`
		}
		resp, err := http.Get(fmt.Sprintf("%s/bot%s/getUpdates?timeout=0&offset=%d", w.settings.telegramURL, demoToken, offset)) //nolint:noctx // it is at hand
		if err != nil {
			w.b.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&got)
		if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
			w.b.Fatal(resp.StatusCode, err)
		}
		for _, update := range got.Result {
			offset = update.ID + 1
		}
	}
}

// open runs a house until the function it gives is called.
func (w *crowdedWorld) open() (*house, func()) {
	w.b.Helper()
	db, err := openStore(w.settings)
	if err != nil {
		w.b.Fatal(err)
	}
	s := w.settings
	api, err := apiclient.New(apiclient.Config{BaseURL: s.apiURL, Location: s.zone, Rate: s.apiRate, Burst: s.apiBurst, BreakFor: s.apiRest})
	if err != nil {
		w.b.Fatal(err)
	}
	log := &lockedBuffer{}
	rooms, err := wire(s, db, api, nil, zerolog.New(log).Level(zerolog.WarnLevel))
	if err != nil {
		w.b.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(w.b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		w.b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.b.Context())
	ended := make(chan error, 1)
	go func() { ended <- rooms.run(ctx, listener, nil) }()
	return rooms, func() {
		cancel()
		err := <-ended
		rooms.login.Close()
		api.Close()
		if err = errors.Join(err, db.Close()); err != nil {
			w.b.Error(err)
		}
		if text := log.String(); text != "" {
			w.b.Logf("the log begins:\n%s", text[:min(len(text), 1000)])
		}
	}
}

// heap is what is in use, in bytes, when all garbage is collected.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// pass waits.
func pass(d time.Duration) { <-time.After(d) }

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkHouse has everybody's lists read every 30 seconds. Its metrics:
//
//	heap-B/account   what an account takes at rest, when everybody was looked at twice, beyond a house without accounts
//	cpu-share        of one processor, for all of the process, both simulators too, from then on
//	polls/s          looks that came to an end then; each reads two lists
//	lateness         the longest that one waited for a worker, as a part of the interval
//	missed           looks that began later than twice the interval after the one before
//	told-p50-s, -p99 from a change on the platform to the message in the chat, less the interval: of 300 changes that
//	                 come one by one. Below zero: sooner
//	burst-s          until the last of 300 changes of one moment was told; it has the interval and 12 s
//	untold           changes that were not told in that time
func BenchmarkHouse(b *testing.B) {
	for _, accounts := range []int{1_000, 10_000} {
		for _, tags := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/ETags=%t", accounts, tags), func(b *testing.B) {
				w := newCrowdedWorld(b, accounts, tags)
				for b.Loop() {
					w.measure()
				}
			})
		}
	}
}

func (w *crowdedWorld) measure() {
	b := w.b
	var bookings []int64 // of the first accounts, one each
	w.chat(2 * houseBurst)
	for i := range 2 * houseBurst {
		bookings = append(bookings, w.platform.AddBooking(apisim.Seed{Client: w.user(i), Performer: firstPerformer}))
	}
	base := w.atRest(5 * time.Second) // nobody is linked yet
	w.link()
	before := heap()
	rooms, stop := w.open()
	defer stop()
	pass(houseWarm)
	b.ReportMetric((heap()-before-base)/float64(w.accounts), "heap-B/account")

	done, watched := make(chan struct{}), make(chan time.Duration)
	go func() { watched <- longestLateness(rooms, done) }()
	start, used, polled := time.Now(), processorTime(b), rooms.poller.Stats()
	changed := make([]time.Time, len(bookings))
	accept := func(i int) {
		changed[i] = time.Now()
		if err := w.platform.Accept(bookings[i], ""); err != nil {
			b.Fatal(err)
		}
	}
	for i := range houseBurst {
		accept(i)
		pass(houseCalm / houseBurst)
	}
	for i := houseBurst; i < len(bookings); i++ {
		accept(i)
	}
	pass(housePoll + houseRoom)
	wall, stats := time.Since(start), rooms.poller.Stats()
	close(done)

	b.ReportMetric((processorTime(b)-used).Seconds()/wall.Seconds(), "cpu-share")
	b.ReportMetric(float64(stats.Polls-polled.Polls)/wall.Seconds(), "polls/s")
	b.ReportMetric((<-watched).Seconds()/housePoll.Seconds(), "lateness")
	b.ReportMetric(float64(stats.Missed-polled.Missed), "missed")
	calm, untold := w.told(changed[:houseBurst], 0)
	burst, late := w.told(changed[houseBurst:], houseBurst)
	b.ReportMetric(float64(untold+late), "untold")
	if len(calm) > 0 && len(burst) > 0 {
		b.ReportMetric((calm[len(calm)/2] - housePoll).Seconds(), "told-p50-s")
		b.ReportMetric((calm[len(calm)*99/100] - housePoll).Seconds(), "told-p99-s")
		b.ReportMetric(burst[len(burst)-1].Seconds(), "burst-s")
	}
	if stats.Accounts != w.accounts || len(stats.Failures) > 0 {
		b.Errorf("%+v", stats)
	}
}

// atRest is what a house holds that has been open for a while.
func (w *crowdedWorld) atRest(a time.Duration) float64 {
	before := heap()
	_, stop := w.open()
	defer stop()
	pass(a)
	return heap() - before
}

// longestLateness is how long an account whose time had come waited for a worker, at most, until done.
func longestLateness(rooms *house, done <-chan struct{}) (longest time.Duration) {
	for {
		longest = max(longest, rooms.poller.Stats().Lateness)
		select {
		case <-done:
			return longest
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// told is how long after their changes the people from first on got a message, the shortest first, and how many got none.
func (w *crowdedWorld) told(changed []time.Time, first int) (after []time.Duration, untold int) {
	for i, at := range changed {
		shown := w.telegram.Chat(w.user(first + i))
		n := slices.IndexFunc(shown, func(m tgsim.Message) bool { return m.FromBot && !m.At.Before(at) })
		if n < 0 {
			untold++
			continue
		}
		after = append(after, shown[n].At.Sub(at))
	}
	slices.Sort(after)
	return after, untold
}

// BenchmarkHouseOfMany opens a house of 100,000 accounts and loads their schedule, and looks at nobody. Its metrics:
//
//	open-ms          to open the file, as it was left
//	load-ms          to fill the schedule, until the first account can be looked at
//	cpu-ms           processor time of both
//	heap-B/account   what they take together, beyond an open file without them
func BenchmarkHouseOfMany(b *testing.B) {
	const accounts = 100_000
	w := newCrowdedWorld(b, accounts, false)
	w.settings.pollMin, w.settings.pollMax = 24*time.Hour, 24*time.Hour
	empty := w.loaded(0)
	w.link()
	for b.Loop() {
		b.ReportMetric((w.loaded(accounts)-empty)/accounts, "heap-B/account")
	}
}

// loaded opens the store and loads the schedule, and is what they take of the heap.
func (w *crowdedWorld) loaded(accounts int) float64 {
	b, before := w.b, heap()
	start, used := time.Now(), processorTime(b)
	db, err := openStore(w.settings)
	if err != nil {
		b.Fatal(err)
	}
	opened := time.Now()
	polls, err := poller.New(poller.Config{
		Store: db, API: silentAPI{}, Min: w.settings.pollMin, Max: w.settings.pollMax, Now: time.Now, NewID: uuid.New, Log: zerolog.Nop(),
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- polls.Run(ctx) }()
	for polls.Stats().Accounts < accounts {
		pass(time.Millisecond)
	}
	b.ReportMetric(float64(opened.Sub(start).Microseconds())/1000, "open-ms")
	b.ReportMetric(float64(time.Since(opened).Microseconds())/1000, "load-ms")
	b.ReportMetric(float64((processorTime(b)-used).Microseconds())/1000, "cpu-ms")
	takes := heap() - before
	cancel()
	if err := errors.Join(<-ended, db.Close()); err != nil {
		b.Fatal(err)
	}
	return takes
}

// silentAPI is a platform that nobody gets an answer from.
type silentAPI struct{}

func (silentAPI) ReadBookings(ctx context.Context, _ apiclient.Caller, _ apiclient.Side, _ apiclient.ListQuery, _ []apiclient.Digest) (apiclient.Reading, error) {
	<-ctx.Done()
	return apiclient.Reading{}, ctx.Err()
}
