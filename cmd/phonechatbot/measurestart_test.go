package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/tgsim"
	"phonechatbot/store"
)

// BenchmarkColdStart starts the program while somebody's /start waits, between both simulators over loopback HTTP, on an
// empty disk and on one where 1,000 people have a form open. Its metrics, each the median of all starts:
//
//	reply-ms   from run until Telegram has the answer
//	open-ms    what opening the file alone takes, with its key: of a copy, or of another empty disk, just before
//	beyond-ms  the difference, of each start
//	cpu-ms     processor time until the answer, opening and both simulators included: where other programs take the
//	           processors, the times above are theirs too
//
// Enough starts for a median:
//
//	go test -run '^$' -bench ColdStart -benchtime 25x ./cmd/phonechatbot
func BenchmarkColdStart(b *testing.B) {
	for _, forms := range []int{0, 1_000} {
		b.Run(fmt.Sprintf("%d open forms", forms), func(b *testing.B) {
			w := newCrowdedWorld(b, 2, false)
			if forms > 0 {
				w.openForms(forms)
			}
			filled := w.settings.data
			var replies, opens, beyond, used []time.Duration
			for b.Loop() {
				opened := w.timeToOpen(filled)
				reply, cpu := w.timeToReply(filled, clientUser+int64(len(opens)))
				replies, opens, beyond = append(replies, reply), append(opens, opened), append(beyond, reply-opened)
				used = append(used, cpu)
			}
			for name, all := range map[string][]time.Duration{"reply-ms": replies, "open-ms": opens, "beyond-ms": beyond, "cpu-ms": used} {
				slices.Sort(all)
				b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, name)
			}
		})
	}
}

// openForms has one person begin a request, and then gives many others the same form, as if each had.
func (w *crowdedWorld) openForms(many int) {
	w.b.Helper()
	w.link()
	_, stop := w.open()
	w.telegram.Send(w.user(0), "/book")
	w.shown(w.user(0), 1)
	w.telegram.Send(w.user(0), fmt.Sprint(firstPerformer))
	w.shown(w.user(0), 2)
	stop()
	db, err := openStore(w.settings)
	if err != nil {
		w.b.Fatal(err)
	}
	err = db.Update(w.b.Context(), func(tx *store.Tx) error {
		form, err := tx.Chat(flow.ChatID(w.user(0)))
		if err != nil {
			return err
		}
		if form.Session == nil {
			return errors.New("no form is open")
		}
		account, err := tx.Account(form.Account)
		for i := 10; i < many+10; i++ {
			account.ID, account.Chat = store.AccountID{13: byte(i >> 8), 14: byte(i), 15: 2}, flow.ChatID(w.user(i))
			account.Member = w.user(i)
			form.ID, form.Account = account.Chat, account.ID
			err = errors.Join(err, tx.PutAccount(account), tx.PutChat(form))
		}
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		w.b.Fatal(err)
	}
}

// shown waits until a chat has so many messages of the bot, and is when the last of them came.
func (w *crowdedWorld) shown(user int64, messages int) (at time.Time) {
	w.b.Helper()
	ctx, cancel := context.WithTimeout(w.b.Context(), hung)
	defer cancel()
	err := w.telegram.WaitFor(ctx, user, func(all []tgsim.Message) bool {
		from := slices.DeleteFunc(slices.Clone(all), func(m tgsim.Message) bool { return !m.FromBot })
		if len(from) < messages {
			return false
		}
		at = from[messages-1].At
		return true
	})
	if err != nil {
		w.b.Fatal(err)
	}
	return at
}

// disk is a new data directory with the files of another, if that is there.
func (w *crowdedWorld) disk(from string) settings {
	w.b.Helper()
	s := w.settings
	s.data = filepath.Join(w.b.TempDir(), "data")
	s.keyFile = filepath.Join(s.data, "key")
	if _, err := os.Stat(from); err == nil {
		if err := os.CopyFS(s.data, os.DirFS(from)); err != nil {
			w.b.Fatal(err)
		}
		if err := os.Chmod(s.keyFile, 0o600); err != nil {
			w.b.Fatal(err)
		}
	}
	return s
}

func (w *crowdedWorld) timeToOpen(from string) time.Duration {
	w.b.Helper()
	s := w.disk(from)
	start := time.Now()
	db, err := openStore(s)
	took := time.Since(start)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		w.b.Fatal(err)
	}
	return took
}

// timeToReply is of somebody who has never been heard of.
func (w *crowdedWorld) timeToReply(from string, user int64) (took, cpu time.Duration) {
	w.b.Helper()
	s := w.disk(from)
	var err error
	if s.listener, err = (&net.ListenConfig{}).Listen(w.b.Context(), "tcp", "127.0.0.1:0"); err != nil {
		w.b.Fatal(err)
	}
	w.telegram.AddUser(tgsim.User{ID: user, FirstName: "Someone"})
	w.telegram.Send(user, "/start")
	ctx, cancel := context.WithCancel(w.b.Context())
	ended := make(chan error, 1)
	start, used := time.Now(), processorTime(w.b)
	go func() { ended <- run(ctx, s, zerolog.New(io.Discard)) }()
	at := w.shown(user, 1)
	cpu = processorTime(w.b) - used
	cancel()
	if err := <-ended; err != nil {
		w.b.Fatal(err)
	}
	return at.Sub(start), cpu
}
