package tgsim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// try sends a message and gives the status, 0 when the connection just closed.
func (w *world) try(chat int64) (int, string) {
	w.t.Helper()
	body := strings.NewReader(fmt.Sprintf(`{"chat_id":%d,"text":"x"}`, chat))
	resp, err := http.Post(w.http.URL+"/bot"+testToken+"/sendMessage", "application/json", body) //nolint:noctx // local
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault Fault
		code  int
		body  string
	}{
		"down":         {Fault{Kind: FaultDown}, 0, ""},
		"too many":     {Fault{Kind: FaultTooMany, RetryAfter: 7}, 429, `"retry_after":7`},
		"internal":     {Fault{Kind: FaultInternal}, 500, `"error_code":500`},
		"bad gateway":  {Fault{Kind: FaultBadGateway}, 502, "<html>"},
		"unauthorised": {Fault{Kind: FaultUnauthorized}, 401, "Unauthorized"},
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after commit %v", name, after), func(t *testing.T) {
				w := newWorld(t)
				w.Send(alice, "/start")
				tc.fault.Times, tc.fault.AfterCommit = 1, after
				w.SetFault("sendMessage", tc.fault)
				if code, body := w.try(alice); code != tc.code || !strings.Contains(body, tc.body) {
					t.Errorf("got %d %q", code, body)
				}
				if arrived := len(w.Chat(alice)) == 2; arrived != after {
					t.Errorf("message arrived: %v", arrived)
				}
				if code, _ := w.try(alice); code != 200 {
					t.Errorf("once the fault is used up: %d", code)
				}
				log := w.Requests("sendMessage")
				if len(log) != 2 || log[0].Code != tc.code || log[1].Code != 200 || log[0].Params["text"] != "x" {
					t.Errorf("log %+v", log)
				}
			})
		}
	}
}

func TestFaultOfOneChatAndOfAll(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	w.Send(9, "/start")
	w.SetFault("", Fault{Kind: FaultInternal, ChatID: 9})
	for range 3 {
		if code, _ := w.try(9); code != 500 {
			t.Errorf("chat 9: %d", code)
		}
	}
	if code, _ := w.try(alice); code != 200 {
		t.Errorf("another chat: %d", code)
	}
	w.ClearFaults()
	if code, _ := w.try(9); code != 200 {
		t.Errorf("after ClearFaults: %d", code)
	}
}

func TestHangEndsWithTheFaults(t *testing.T) {
	w := newWorld(t)
	w.Send(alice, "/start")
	w.SetFault("sendMessage", Fault{Kind: FaultHang, AfterCommit: true})
	done := make(chan int)
	go func() {
		code, _ := w.try(alice)
		done <- code
	}()
	if err := w.WaitFor(t.Context(), alice, func(chat []Message) bool { return len(chat) == 2 }); err != nil {
		t.Fatal(err)
	}
	w.ClearFaults()
	if code := <-done; code != 0 {
		t.Errorf("got %d", code)
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	s := New(Config{Token: testToken})
	for range maxRequestLog + 5 {
		s.record("getMe", nil, 200)
	}
	if n := len(s.Requests()); n > maxRequestLog || n < maxRequestLog*8/10 {
		t.Errorf("%d kept", n)
	}
}

func TestSchemaFitsTheMethods(t *testing.T) {
	s := loadSchema()
	table := methods()
	for name := range s.Methods {
		if table[name] == nil && name != "getUpdates" {
			t.Errorf("schema has %s, the server does not", name)
		}
	}
	for name := range table {
		if _, ok := s.Methods[name]; !ok {
			t.Errorf("the server has %s, the schema does not", name)
		}
	}
	known := func(where string, names []string) {
		for _, name := range names {
			name = strings.ReplaceAll(name, "Array of ", "")
			_, isType := s.Types[name]
			if !isType && !strings.Contains(" Integer String Boolean Float True ", " "+name+" ") {
				t.Errorf("%s mentions %q, which is no type", where, name)
			}
		}
	}
	for name, fields := range s.Methods {
		for _, f := range fields {
			known(name+"."+f.Name, f.Types)
		}
	}
	for name, typ := range s.Types {
		known(name, typ.AnyOf)
		for _, f := range typ.Fields {
			known(name+"."+f.Name, f.Types)
		}
	}
}
