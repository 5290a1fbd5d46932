package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// move is what a work does.
type move struct {
	Kind   string
	Key    string
	From   string // of a scan whose prefix is Key
	Value  int
	Cancel int // the work whose context ends
}

// plan is a work of a caller, and how it ends.
type plan struct {
	Moves []move
	End   string
}

func drawPlans(t *rapid.T) [][]plan {
	keys := rapid.StringOfN(rapid.SampledFrom([]rune("ab")), 1, 3, -1)
	moves := rapid.Custom(func(t *rapid.T) move {
		return move{
			Kind: rapid.SampledFrom([]string{"put", "put", "delete", "get", "scan", "rewrite", "cancel"}).Draw(t, "kind"),
			Key:  keys.Draw(t, "key"), From: keys.Draw(t, "from"),
			Value: rapid.IntRange(0, 99).Draw(t, "value"), Cancel: rapid.IntRange(0, 11).Draw(t, "cancel"),
		}
	})
	works := rapid.Custom(func(t *rapid.T) plan {
		return plan{
			Moves: rapid.SliceOfN(moves, 0, 8).Draw(t, "moves"),
			End:   rapid.SampledFrom([]string{"", "", "", "error", "panic", "Goexit"}).Draw(t, "end"),
		}
	})
	return rapid.SliceOfN(rapid.SliceOfN(works, 1, 3), 1, 4).Draw(t, "callers")
}

var errPlanned = errors.New("planned")

// model is a map that works change one after the other. Nothing guards it but the engine, which is what the
// race detector looks at.
type model struct {
	file    *bolt
	rows    map[string]string
	written map[string]string // rows, as the last commit left them
	ended   map[int]bool      // works whose context has ended
	cancels []func()

	mu    sync.Mutex
	wrong []string
}

func (m *model) errorf(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
}

// TestConcurrentWorksAreOneAfterTheOther plays works of several callers, good and bad, that share commits,
// against a map.
func TestConcurrentWorksAreOneAfterTheOther(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plans := drawPlans(rt)
		m := &model{rows: map[string]string{}, ended: map[int]bool{}}
		synctest.Test(t, func(t *testing.T) { m.play(t, plans) })
		for _, wrong := range m.wrong {
			rt.Error(wrong)
		}
	})
}

func (m *model) play(t *testing.T, plans [][]plan) {
	m.file = openFile(t, options{before: func() {
		synctest.Wait() // others come to wait
		m.written = maps.Clone(m.rows)
	}})
	contexts := make([]context.Context, len(slices.Concat(plans...)))
	m.cancels = make([]func(), len(contexts))
	for id := range contexts {
		contexts[id], m.cancels[id] = context.WithCancel(t.Context())
		defer m.cancels[id]()
	}
	var all sync.WaitGroup
	first := 0
	for _, works := range plans {
		from := first
		first += len(works)
		all.Go(func() {
			for i, p := range works {
				m.update(contexts[from+i], from+i, p)
			}
		})
	}
	all.Wait()
	m.view(t.Context(), m.rows)
}

// update plays a work and judges what its caller is told.
func (m *model) update(ctx context.Context, id int, p plan) {
	var got outcome
	ran, kept := false, false
	mark := fmt.Sprintf("m%02d", id) // nobody else touches it
	call := func() error {
		return m.file.Update(ctx, func(w writer) error {
			if ran || m.ended[id] {
				m.errorf("work %d runs again, or after its context has ended", id)
			}
			ran = true
			rows := maps.Clone(m.rows)
			for _, s := range p.Moves {
				m.move(ctx, w, rows, s)
			}
			m.view(ctx, m.written)
			switch p.End {
			case "error":
				return errPlanned
			case "panic":
				panic(errPlanned)
			case "Goexit":
				runtime.Goexit()
			}
			if kept = !m.ended[id]; kept {
				m.rows = rows
			}
			rows[mark] = ""
			return w.Put("t", []byte(mark), nil)
		})
	}
	var own sync.WaitGroup
	own.Go(func() { got.of(call) })
	own.Wait()

	var want outcome
	switch {
	case ran && p.End == "error":
		want.err = errPlanned
	case ran && p.End == "panic":
		want.thrown, got.stack = errPlanned, ""
	case ran && p.End == "Goexit":
		want.gone = true
	case !kept:
		want.err = context.Canceled
	}
	if got != want {
		m.errorf("work %d ends with %+v, want %+v", id, got, want)
	}
	err := m.file.View(context.WithoutCancel(ctx), func(r reader) error {
		found, err := r.Get("t", []byte(mark))
		if kept != (found != nil) {
			m.errorf("work %d is on the disk: %t, want %t", id, found != nil, kept)
		}
		return err
	})
	if err != nil {
		m.errorf("view: %v", err)
	}
}

func (m *model) move(ctx context.Context, w writer, rows map[string]string, s move) {
	var err error
	value := strings.Repeat("x", s.Value)
	switch s.Kind {
	case "put":
		rows[s.Key] = value
		err = w.Put("t", []byte(s.Key), []byte(value))
	case "delete":
		delete(rows, s.Key)
		err = w.Delete("t", []byte(s.Key))
	case "get":
		var got []byte
		got, err = w.Get("t", []byte(s.Key))
		if want, there := rows[s.Key]; string(got) != want || there != (got != nil) {
			m.errorf("Get %q = %q, want %q", s.Key, got, want)
		}
	case "scan":
		err = m.scan(w, rows, s.Key, s.From, nil)
	case "rewrite":
		err = m.scan(w, rows, s.Key, s.From, func(key string) error {
			behind, ahead := key[:len(key)-1]+"a", key+"b"
			delete(rows, key)
			rows[behind] = value
			err := errors.Join(w.Delete("t", []byte(key)), w.Put("t", []byte(behind), []byte(value)))
			if len(ahead) < 5 {
				rows[ahead] = value
				err = errors.Join(err, w.Put("t", []byte(ahead), []byte(value)))
			}
			return err
		})
	case "cancel":
		if s.Cancel < len(m.cancels) {
			m.ended[s.Cancel] = true
			m.cancels[s.Cancel]()
		}
	}
	if err != nil && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		m.errorf("%+v: %v", s, err)
	}
}

// scan walks the table and compares each row with the next one of the map, whatever body does to both.
func (m *model) scan(r reader, rows map[string]string, prefix, from string, body func(key string) error) error {
	next := from
	expected := func() (string, bool) {
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			if strings.HasPrefix(key, prefix) && key >= next {
				return key, true
			}
		}
		return "", false
	}
	for found, err := range r.Scan("t", []byte(prefix), []byte(from)) {
		if err != nil {
			return err
		}
		key, there := expected()
		if !there || key != string(found.key) || rows[key] != string(found.value) {
			m.errorf("a scan of %q from %q meets %q, want %q", prefix, next, found.key, key)
			return nil
		}
		next = key + "\x00"
		if body != nil {
			if err := body(key); err != nil {
				return err
			}
		}
	}
	if key, there := expected(); there {
		m.errorf("a scan of %q from %q ends before %q", prefix, next, key)
	}
	return nil
}

// view compares what is on the disk.
func (m *model) view(ctx context.Context, want map[string]string) {
	err := m.file.View(context.WithoutCancel(ctx), func(r reader) error { return m.scan(r, want, "", "", nil) })
	if err != nil {
		m.errorf("view: %v", err)
	}
}
