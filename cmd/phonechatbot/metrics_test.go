package main

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/apisim"
)

// The metrics of a program that has polled, answered, and told an alert: they count that, name nobody, and are served
// at their own address alone.
func TestMetricsCountAndNameNobody(t *testing.T) {
	w := newWorld(t, nil)
	address := freeAddress(t)
	w.env = append(w.env, "PHONECHATBOT_METRICS="+address)
	w.start()
	client, performer := w.person(clientUser), w.person(performerUser)
	client.link(clientToken)
	performer.link(performerToken)
	w.polled(2, clientID, performerID)
	id := w.platform.AddBooking(apisim.Seed{Client: clientID, Performer: performerID})
	performer.reads(discreet)
	if err := w.platform.Accept(id, ""); err != nil {
		t.Fatal(err)
	}
	client.reads(discreet)

	url := "http://" + address + "/metrics"
	w.counts(url, map[string]float64{
		"phonechatbot_poll_accounts":                        1,
		`phonechatbot_polls_total{result="changed"}`:        2,
		`phonechatbot_polls_total{result="unchanged"}`:      1,
		`phonechatbot_outbox_sends_total{result="arrived"}`: 2,
		`phonechatbot_telegram_sent_total{lane="alerts"}`:   2,
		`phonechatbot_telegram_sent_total{lane="replies"}`:  4, // of linking, at least
		"phonechatbot_poll_stretch_ratio":                   1,
		"phonechatbot_telegram_ready":                       1,
		"go_goroutines":                                     1,
		"process_start_time_seconds":                        1,
	})
	_, text := w.get(url)
	said := regexp.MustCompile(`(?m) \S+$`).ReplaceAllString(text, "") // a value may be any number
	for what, word := range map[string]string{
		"a chat":        strconv.Itoa(clientUser) + `"`,
		"another chat":  strconv.Itoa(performerUser) + `"`,
		"its member":    strconv.Itoa(clientID),
		"a member":      strconv.Itoa(performerID),
		"a booking":     strconv.FormatInt(id, 10),
		"a nickname":    "NightOwl77",
		"another":       "VelvetVoice",
		"a token":       clientToken,
		"another token": performerToken,
		"the bot":       demoToken,
		"its number":    strings.Split(demoToken, ":")[0],
	} {
		if strings.Contains(said, word) {
			t.Errorf("%s is in the metrics: %q", what, word)
		}
	}
	w.huntLabels(text)
	if status, _ := w.get(w.address + "/metrics"); status != http.StatusNotFound {
		t.Errorf("the public address answers %d", status)
	}
	if status, _ := w.get("http://" + address + "/healthz"); status != http.StatusNotFound {
		t.Errorf("the metrics' address answers %d for something else", status)
	}
	w.stop()
}

// huntLabels fails the test if one of our metrics has a label whose values are not a few words, such as an id.
func (w *world) huntLabels(text string) {
	w.t.Helper()
	ours := regexp.MustCompile(`(?m)^phonechatbot_[a-z_]+(?:\{([^}]*)\})? `)
	word := regexp.MustCompile(`^(?:result|kind|state|reason|lane)="[a-z_0-9 ]+"$`)
	found := ours.FindAllStringSubmatch(text, -1)
	if len(found) < 20 {
		w.t.Fatalf("only %d of our metrics:\n%s", len(found), text)
	}
	for _, m := range found {
		if m[1] != "" && !word.MatchString(m[1]) {
			w.t.Errorf("a label: %s", m[0])
		}
	}
}

// counts waits until the metrics are at least that.
func (w *world) counts(url string, want map[string]float64) {
	w.t.Helper()
	for {
		_, text := w.get(url)
		var lacks []string
		for name, least := range want {
			if got, ok := valueOf(text, name); !ok || got < least {
				lacks = append(lacks, name)
			}
		}
		if len(lacks) == 0 {
			return
		}
		select {
		case <-w.ctx.Done():
			w.t.Fatalf("the metrics do not count %v:\n%s", lacks, text)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// noneDue waits until no alert is to be sent, and those that have arrived are off the queue.
func (w *world) noneDue(url string) {
	w.t.Helper()
	for {
		_, text := w.get(url)
		due, ok := valueOf(text, `phonechatbot_outbox_notifications{state="due"}`)
		if ok && due == 0 {
			return
		}
		select {
		case <-w.ctx.Done():
			w.t.Fatalf("%g alerts are due:\n%s", due, w.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// valueOf is the value of a line of Prometheus' text format, by its name and labels.
func valueOf(text, name string) (value float64, ok bool) {
	for line := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			value, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			return value, err == nil
		}
	}
	return 0, false
}

// get asks for an address, and gives the status and what is said.
func (w *world) get(url string) (status int, text string) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		w.t.Error(err)
	}
	return response.StatusCode, string(body)
}

// Without the setting nobody can ask for metrics.
func TestNoMetricsUnlessTheyAreAskedFor(t *testing.T) {
	w := newWorld(t, nil)
	w.start()
	w.healthy()
	if status, _ := w.get(w.address + "/metrics"); status != http.StatusNotFound {
		t.Errorf("answered %d", status)
	}
	w.stop()
	if strings.Contains(w.log.String(), "metrics") {
		t.Errorf("the log speaks of metrics:\n%s", w.log)
	}
}

// An address that is taken ends the start, and the error names the setting.
func TestTheMetricsAddressIsTaken(t *testing.T) {
	w := newWorld(t, nil)
	w.env = append(w.env, "PHONECHATBOT_METRICS="+strings.TrimPrefix(w.address, "http://"))
	w.start()
	select {
	case err := <-w.exited:
		if err == nil {
			t.Error("it ended in order")
		}
	case <-w.ctx.Done():
		t.Fatalf("it goes on:\n%s", w.log)
	}
	if !strings.Contains(w.log.String(), "PHONECHATBOT_METRICS (--metrics): listen tcp") {
		t.Errorf("the error does not name the setting:\n%s", w.log)
	}
}
