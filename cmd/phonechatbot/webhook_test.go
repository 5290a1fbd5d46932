package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"phonechatbot/sandbox/tgsim"
)

// door stands where TLS ends: what is meant for the public address it takes to the program.
type door struct {
	address string // of the program
	wire    *http.Transport
}

const publicAddress = "https://bot.example:8443"

func newDoor(t *testing.T) *door {
	t.Helper()
	return &door{address: freeAddress(t), wire: &http.Transport{DisableKeepAlives: true}}
}

func (d *door) env() []string {
	return []string{"PHONECHATBOT_WEBHOOK_URL=" + publicAddress, "PHONECHATBOT_HTTP=" + d.address}
}

func (d *door) RoundTrip(r *http.Request) (*http.Response, error) {
	if got := r.URL.String(); got != publicAddress+webhookPath {
		return nil, fmt.Errorf("nobody lives at %s", got)
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = "http", d.address, ""
	return d.wire.RoundTrip(r)
}

// The whole way with updates that are brought: a form, a stop in it, what is written meanwhile, and a kill.
func TestUpdatesAreBrought(t *testing.T) {
	w := newWorld(t, nil)
	w.env = append(w.env, w.door.env()...)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	client.say("/book")
	client.reads("Whom would you like to call")
	w.ready()
	w.stop()
	if got := len(w.telegram.Requests("deleteWebhook")); got != 1 {
		t.Errorf("taken down %d times", got)
	}

	client.say("771204") // while nobody is there
	w.start()
	client.reads("Which day")
	w.kill()
	client.say("tomorrow 9:30pm")
	w.start()
	client.reads("How long")
	client.say("30")
	card := client.reads("How shall the call be made")
	client.press(card, "Back")
	client.reads("How long")
	w.confirmed()
	w.stop()
	if got := len(w.telegram.Requests("getUpdates")); got != 0 {
		t.Errorf("asked %d times for what is brought", got)
	}
	secrets := map[string]bool{}
	for _, set := range w.telegram.Requests("setWebhook") {
		secrets[set.Params["secret_token"]] = true
	}
	if len(secrets) != 3 {
		t.Errorf("%d secrets for three starts", len(secrets))
	}
	for secret := range secrets {
		w.hunt([]string{secret})
	}
}

// Kept at the stop, it stands in the way of nobody: a start that asks for updates takes it down and gets them.
func TestAKeptWebhookAndAStartThatPolls(t *testing.T) {
	w := newWorld(t, nil)
	polls := slices.Clone(w.env)
	w.env = append(w.env, append(w.door.env(), "PHONECHATBOT_WEBHOOK_KEEP=true")...)
	w.start()
	client := w.person(clientUser)
	client.say("/start")
	client.reads("Not linked yet")
	w.stop()
	if got := len(w.telegram.Requests("deleteWebhook")); got != 0 {
		t.Errorf("taken down %d times", got)
	}
	client.say("/help")
	w.env = polls
	w.start()
	client.reads("What I can do")
	w.stop()
}

// Every answer to Telegram is lost once, so that every update comes twice, and the program is killed at every step:
// one booking, and no step is asked again once the next one was.
func TestBroughtTwiceAndKilledAtEveryStep(t *testing.T) {
	for name, kills := range map[string]bool{"twice": false, "twice and killed": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.env = append(w.env, w.door.env()...)
			w.start()
			client := w.person(clientUser)
			client.link(clientToken)
			steps := bookingSteps()
			for _, s := range steps {
				w.telegram.SetFault(tgsim.FaultWebhook, tgsim.Fault{Kind: tgsim.FaultDown, AfterCommit: true, Times: 1})
				client.say(s.answer)
				client.reads(s.then)
				if kills {
					w.restart()
				}
			}
			w.telegram.SetFault(tgsim.FaultWebhook, tgsim.Fault{Kind: tgsim.FaultDown, AfterCommit: true, Times: 2})
			card := client.insist("Send request", "Send this request to")
			w.telegram.SetFault(tgsim.FaultWebhook, tgsim.Fault{Kind: tgsim.FaultDown, AfterCommit: true, Times: 2})
			client.press(card, "Yes, send")
			client.reads("Request sent, #48213")
			client.say("/help")
			client.reads("What I can do") // whatever came again has been answered by now
			if got := w.platform.CreatedCount(); got != 1 {
				t.Errorf("%d bookings were created", got)
			}
			client.wantNoneAgain(steps)
			w.confirmed()
			w.stop()
		})
	}
}

// confirmed waits until Telegram keeps nothing for the program: a reply may be there before the update is confirmed.
func (w *world) confirmed() {
	w.t.Helper()
	if err := w.telegram.WaitConfirmed(w.ctx); err != nil {
		w.t.Fatalf("%v\nthe log:\n%s", err, w.log)
	}
}

// wantNoneAgain looks at what happened at the end of the chat: a step that is asked again after the next one.
func (c *chat) wantNoneAgain(steps []step) {
	c.t.Helper()
	reached, newest := 0, 0
	changes, _ := c.telegram.Changes(c.user, 0)
	for _, change := range changes {
		newest = max(newest, change.Message.ID)
		if !change.Message.FromBot || change.Kind == tgsim.Deleted || change.Message.ID < newest {
			continue
		}
		for i, s := range steps {
			if !strings.Contains(clean(change.Message.Text), s.then) {
				continue
			}
			if i < reached {
				c.t.Errorf("%q is asked again after %q", s.then, steps[reached].then)
			}
			reached = max(reached, i)
		}
	}
}

// Telegram brings two updates of a chat in the wrong order, one of them twice: both are answered, once.
func TestBroughtInTheWrongOrder(t *testing.T) {
	w := newWorld(t, nil)
	w.env = append(w.env, w.door.env()...)
	w.start()
	client := w.person(clientUser)
	client.link(clientToken)
	client.say("/book 771204")
	client.reads("Which day")
	const text = `{"update_id":%d,"message":{"message_id":%d,"date":%d,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"first_name":"A"},"text":%q}}`
	for _, u := range []struct {
		id         int
		text, then string
	}{
		{1012, "tomorrow 9:30pm", "How long"},
		{1011, "30", "How shall the call be made"},
		{1011, "30", "How shall the call be made"},
		{1013, "1", "Which number"},
		{1012, "tomorrow 9:30pm", "Which number"},
	} {
		if got := w.bring(w.secret(), fmt.Sprintf(text, u.id, u.id, time.Now().Unix(), clientUser, clientUser, u.text)); got != http.StatusOK {
			t.Errorf("answered %d", got)
		}
		client.reads(u.then)
	}
	client.say("/cancel")
	client.reads("Discard this form?")
	w.stop()
}

// secret is what Telegram was told at the last start.
func (w *world) secret() string {
	set := w.telegram.Requests("setWebhook")
	return set[len(set)-1].Params["secret_token"]
}

// What Telegram cannot bring makes the program not ready, and is told once; what it brings later is answered.
func TestTheWebhookIsOutOfReach(t *testing.T) {
	w := newWorld(t, nil)
	w.env = append(w.env, w.door.env()...)
	w.telegram.SetFault("setWebhook", tgsim.Fault{Kind: tgsim.FaultBadGateway})
	w.start()
	w.healthy()
	if got, _ := w.get(w.address + "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz says %d while there is no webhook", got)
	}
	w.telegram.SetFault(tgsim.FaultWebhook, tgsim.Fault{Kind: tgsim.FaultDown, Times: 3})
	client := w.person(clientUser)
	client.say("/start")
	w.telegram.ClearFaults()
	client.reads("Not linked yet")
	w.ready()
	if status := w.bring("wrong", `{"update_id":5}`); status != http.StatusUnauthorized {
		t.Errorf("a stranger is answered %d", status)
	}
	w.stop()
}

// bring posts an update as Telegram would, and gives the status of the answer.
func (w *world) bring(secret, body string) int {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.address+webhookPath, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	response, err := w.door.wire.RoundTrip(request)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// As TestKilledAtEveryPoint, where updates are brought: before and after every third commit, those of the inbox among
// them, which stand between the update's arrival and its answer.
func TestKilledAtACommitWhereUpdatesAreBrought(t *testing.T) {
	form := newCrashForm()
	form.hooked = true
	points := slices.DeleteFunc(form.count(t), func(point string) bool { return !strings.Contains(point, " a commit") })
	step := 3
	if testing.Short() {
		step = 12
	}
	if len(points) < 4*len(form.steps) {
		t.Fatalf("only %d points:\n%s", len(points), strings.Join(points, "\n"))
	}
	form.surviveAll(t, points, step)
}
