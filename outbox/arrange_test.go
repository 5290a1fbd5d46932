package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"phonechatbot/internal/alert"
	"phonechatbot/internal/flow"
	"phonechatbot/store"
)

var noon = time.Date(2027, 3, 2, 12, 0, 0, 0, time.UTC)

// letters shows notifications by the last bytes of their ids.
func letters(list []store.Notification) (text string) {
	for _, n := range list {
		text += string(rune(n.ID[15]))
	}
	return text
}

// show is a plan in words: what is sent, dropped and put off.
func show(p plan) (sent, dropped, waits []string) {
	for _, m := range p.send {
		text := letters(m.News)
		if m.Silent {
			text += " silent"
		}
		if m.Digest {
			text += " digest"
		}
		sent = append(sent, text)
	}
	for _, n := range p.drop {
		dropped = append(dropped, fmt.Sprintf("%c %s", n.ID[15], n.why))
	}
	for _, n := range p.wait {
		text := "parked"
		if !n.until.Equal(store.Parked()) {
			text = n.until.Sub(noon).String()
		}
		waits = append(waits, fmt.Sprintf("%c %s", n.ID[15], text))
	}
	return sent, dropped, waits
}

// about is a note about another booking than its own.
func about(booking int64, n store.Notification) store.Notification {
	n.Booking = booking
	return n
}

// as is a note of another kind.
func as(kind alert.Kind, n store.Notification) store.Notification {
	n.Kind = kind
	if !kind.OfBooking() && !kind.Timed() {
		n.Side, n.Booking = "", 0
	}
	return n
}

// reminder is a note that a call begins, lead from noon; the note itself is due before that.
func reminder(lead, before time.Duration, n store.Notification) store.Notification {
	n.Kind, n.Session, n.Lead = alert.Reminder, noon.Add(lead), before
	n.Due = n.Session.Add(-before)
	return n
}

// replyBy is a note that somebody has to answer, lead from noon.
func replyBy(lead time.Duration, n store.Notification) store.Notification {
	n.Kind, n.AcceptBy, n.Lead = alert.ReplyBy, noon.Add(lead), store.ReplyByLead
	n.Due = n.AcceptBy.Add(-n.Lead)
	return n
}

// with changes a note.
func with(n store.Notification, changes ...func(*store.Notification)) store.Notification {
	for _, change := range changes {
		change(&n)
	}
	return n
}

func doubtful(n *store.Notification) { n.Doubtful = true }

func ofMember(member int64) func(*store.Notification) {
	return func(n *store.Notification) { n.Side, n.Member = store.SideReceived, member }
}

func TestOutdated(t *testing.T) {
	received := note(chatA, 'b')
	received.Side = store.SideReceived
	list := func(list ...store.Notification) []store.Notification { return list }
	for name, tc := range map[string]struct {
		list []store.Notification
		old  string
	}{
		"nothing":                   {nil, ""},
		"one":                       {list(note(chatA, 'a')), ""},
		"two bookings":              {list(note(chatA, 'a'), note(chatA, 'b')), ""},
		"one booking":               {list(about(1, note(chatA, 'a')), about(1, as(alert.Credits, note(chatA, 'b'))), about(1, note(chatA, 'c'))), "ab"},
		"the older is later":        {list(about(1, note(chatA, 'b')), about(1, note(chatA, 'a'))), "a"},
		"another account":           {list(about(1, note(chatA, 'a')), about(1, note(chatB, 'b'))), ""},
		"the other side":            {list(about('b', note(chatA, 'a')), received), ""},
		"a reminder and news":       {list(reminder(time.Hour, time.Hour, about(1, note(chatA, 'a'))), about(1, note(chatA, 'b'))), ""},
		"news and a reminder":       {list(about(1, note(chatA, 'a')), reminder(time.Hour, time.Hour, about(1, note(chatA, 'b')))), ""},
		"a reminder and a reply-by": {list(reminder(time.Hour, time.Hour, about(1, note(chatA, 'a'))), replyBy(1, about(1, note(chatA, 'b')))), ""},
		"two members who are not shown": {list(
			with(as(alert.NoAccess, note(chatA, 'a')), ofMember(8)), with(as(alert.NoAccess, note(chatA, 'b')), ofMember(9)),
			with(as(alert.NoAccess, note(chatA, 'c')), ofMember(8)), as(alert.NoAccess, note(chatA, 'd')),
		), "a"},
		"two reminders": {list(
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'a'))),
			reminder(time.Minute, 15*time.Minute, about(1, note(chatA, 'b'))),
		), "a"},
		"the nearer was made first": {list(
			reminder(time.Minute, 15*time.Minute, about(1, note(chatA, 'a'))),
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'b'))),
		), "b"},
		"the farther is tried again": {list(
			reminder(time.Minute, 15*time.Minute, about(1, note(chatA, 'a'))),
			with(reminder(time.Minute, time.Hour, about(1, note(chatA, 'b'))), func(n *store.Notification) { n.Due = noon }),
		), "b"},
		"the same reminder twice": {list(
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'b'))),
			reminder(time.Minute, time.Hour, about(1, note(chatA, 'a'))),
		), "a"},
		"reminders of two bookings":               {list(reminder(1, time.Hour, note(chatA, 'a')), reminder(1, time.Minute, note(chatA, 'b'))), ""},
		"a reply-by of a booking that is over":    {list(replyBy(1, about(1, note(chatA, 'a'))), about(1, as(alert.Cancelled, note(chatA, 'b')))), "a"},
		"a reminder of a booking that is over":    {list(reminder(1, 1, about(1, note(chatA, 'a'))), about(1, as(alert.Rejected, note(chatA, 'b')))), "a"},
		"over, and asked for once more":           {list(about(1, as(alert.Expired, note(chatA, 'a'))), about(1, as(alert.Request, note(chatA, 'b'))), replyBy(1, about(1, note(chatA, 'c')))), "a"},
		"a reply-by from before it was over once": {list(replyBy(1, about(1, note(chatA, 'a'))), about(1, as(alert.Rejected, note(chatA, 'b'))), about(1, as(alert.Request, note(chatA, 'c')))), "ab"},
		"a reply-by of another that is over":      {list(replyBy(1, about(1, note(chatA, 'a'))), about(2, as(alert.Cancelled, note(chatA, 'b')))), ""},
		"a sign-in twice":                         {list(as(alert.SignIn, note(chatA, 'a')), as(alert.SignIn, note(chatA, 'b'))), "a"},
		"a sign-in of two accounts":               {list(as(alert.SignIn, note(chatA, 'a')), as(alert.SignIn, note(chatB, 'b'))), ""},
		"tests and a summary":                     {list(as(alert.Test, note(chatA, 'a')), as(alert.Summary, note(chatA, 'b')), as(alert.Test, note(chatA, 'c'))), "a"},
		"down":                                    {list(as(alert.Down, note(chatA, 'a'))), ""},
		"down and back":                           {list(as(alert.Down, note(chatA, 'a')), as(alert.Back, note(chatA, 'b'))), "ab"},
		"listed the other way round":              {list(as(alert.Back, note(chatA, 'b')), as(alert.Down, note(chatA, 'a'))), "ab"},
		"back, and down again":                    {list(as(alert.Back, note(chatA, 'a')), as(alert.Down, note(chatA, 'b'))), "ab"},
		"down, back and down":                     {list(as(alert.Down, note(chatA, 'a')), as(alert.Back, note(chatA, 'b')), as(alert.Down, note(chatA, 'c'))), "ab"},
		"down twice":                              {list(as(alert.Down, note(chatA, 'a')), as(alert.Down, note(chatA, 'b'))), "a"},
		"down may have arrived":                   {list(with(as(alert.Down, note(chatA, 'a')), doubtful), as(alert.Back, note(chatA, 'b'))), "a"},
		"down of one, back of another":            {list(as(alert.Down, note(chatA, 'a')), as(alert.Back, note(chatB, 'b'))), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			old := outdated(tc.list)
			for letter := byte('a'); letter <= 'z'; letter++ {
				if old[note(chatA, letter).ID] {
					got += string(rune(letter))
				}
			}
			if got != tc.old {
				t.Errorf("old: %q, want %q", got, tc.old)
			}
		})
	}
}

func TestArrange(t *testing.T) {
	held := func(d time.Duration) state { return state{held: map[flow.ChatID]hold{chatA: {until: noon.Add(d)}}} }
	busy := state{busy: map[flow.ChatID]bool{chatA: true}}
	a, b := note(chatA, 'a'), note(chatA, 'b')
	list := func(list ...store.Notification) []store.Notification { return list }
	people := func(p person) known {
		return known{people: map[store.AccountID]person{accountOf(chatA): p}}
	}
	quiet := func(mode alert.Mode) known { // until two
		return people(person{prefs: alert.Prefs{Quiet: alert.Quiet{Mode: mode, From: 11 * 60, To: 14 * 60}}})
	}
	paused := func(parked ...store.Notification) known {
		k := people(person{paused: true, prefs: alert.Prefs{Summary: alert.Daily{On: true, At: 9 * 60}}})
		k.parked = parked
		return k
	}
	made := func(ago time.Duration) func(*store.Notification) {
		return func(n *store.Notification) { n.Made = noon.Add(-ago) }
	}
	calls := func(in time.Duration) func(*store.Notification) {
		return func(n *store.Notification) { n.Session = noon.Add(in) }
	}
	tried := func(ago time.Duration) func(*store.Notification) {
		return func(n *store.Notification) { n.Tried = noon.Add(-ago) }
	}
	twoAccounts := with(b, func(n *store.Notification) { n.Account = accountOf(chatB) })
	for name, tc := range map[string]struct {
		due              []store.Notification
		known            known
		send, drop, wait string // separated by commas
	}{
		"nothing":             {},
		"one of each chat":    {list(note(chatB, 'c'), a), known{}, "c,a", "", ""},
		"several of one chat": {list(b, note(chatB, 'x'), a), known{}, "ab,x", "", ""},

		// what is known of deliveries
		"a busy chat":               {list(a, note(chatB, 'b')), known{state: busy}, "b", "", ""},
		"busy, and old news":        {list(about(1, a), about(1, b)), known{state: busy}, "", "a superseded", ""},
		"on its way, and old":       {list(about(1, a), about(1, b)), known{state: state{flying: map[uuid.UUID]flow.ChatID{a.ID: chatA}, busy: busy.busy}}, "", "", ""},
		"down on its way, and back": {list(as(alert.Down, a), as(alert.Back, b)), known{state: state{flying: map[uuid.UUID]flow.ChatID{a.ID: chatA}, busy: busy.busy}}, "", "", ""},
		"a held chat":               {list(a, note(chatB, 'x'), b), known{state: held(time.Minute)}, "x", "", "a 1m0s,b 1m0s"},
		"held until now":            {list(a), known{state: held(0)}, "a", "", ""},
		"held, and old news":        {list(about(1, a), about(1, b)), known{state: held(time.Minute)}, "", "a superseded", "b 1m0s"},
		"delivered already":         {list(about(1, a), about(1, b)), known{state: state{delivered: map[uuid.UUID]bool{b.ID: true}}}, "a", "b delivered", ""},

		// what comes too late
		"a reminder, just in time":      {list(reminder(1, time.Hour, a)), known{}, "a", "", ""},
		"the call begins now":           {list(reminder(0, time.Hour, a)), known{}, "", "a late", ""},
		"begun, and busy":               {list(reminder(-1, time.Hour, a)), known{state: busy}, "", "a late", ""},
		"begun, and held":               {list(reminder(-1, time.Hour, a), b), known{state: held(time.Minute)}, "", "a late", "b 1m0s"},
		"a reply-by that has passed":    {list(replyBy(0, a)), known{}, "", "a late", ""},
		"news of a call that has begun": {list(with(a, calls(-1))), known{}, "a", "", ""},
		"a late reminder takes no other's place": {
			list(reminder(time.Minute, time.Hour, about(1, a)), reminder(-1, 1, about(1, b))), known{}, "a", "b late", "",
		},
		"tried for two days":      {list(with(a, tried(longestTry))), known{}, "a", "", ""},
		"tried for longer":        {list(with(a, tried(longestTry+1)), b), known{}, "b", "a expired", ""},
		"old, and never tried":    {list(with(a, made(1000*time.Hour))), known{}, "a digest", "", ""},
		"a sign-in for a week":    {list(with(as(alert.SignIn, a), tried(7*24*time.Hour))), known{}, "a", "", ""},
		"old news of what is new": {list(with(about(1, a), tried(longestTry+1)), about(1, b)), known{}, "b", "a expired", ""},

		// what the person wants
		"switched off":               {list(a, b), people(person{prefs: alert.Prefs{Off: []alert.Kind{alert.Accepted}}}), "", "a unwanted,b unwanted", ""},
		"a summary, switched off":    {list(as(alert.Summary, a)), known{}, "", "a unwanted", ""},
		"a summary":                  {list(as(alert.Summary, a)), people(person{prefs: alert.Prefs{Summary: alert.Daily{On: true}}}), "a digest", "", ""},
		"quiet, silent":              {list(a, b), quiet(alert.Silent), "ab silent", "", ""},
		"quiet, held":                {list(a, b), quiet(alert.Hold), "", "", "a 2h0m0s,b 2h0m0s"},
		"quiet, but soon":            {list(a, with(b, calls(time.Hour))), quiet(alert.Hold), "b", "", "a 2h0m0s"},
		"quiet, and soon among them": {list(a, with(b, calls(time.Hour))), quiet(alert.Silent), "ab", "", ""},
		"quiet, and a test":          {list(as(alert.Test, a)), quiet(alert.Hold), "a", "", ""},
		"quiet, and old news":        {list(about(1, a), about(1, b)), quiet(alert.Hold), "", "a superseded", "b 2h0m0s"},
		"quiet until the reply-by":   {list(with(a, func(n *store.Notification) { n.AcceptBy = noon.Add(2 * time.Hour) })), quiet(alert.Hold), "a silent", "", ""},
		"quiet, and confirmed":       {list(with(a, func(n *store.Notification) { n.AcceptBy, n.Status = noon.Add(2*time.Hour), "Confirmed" })), quiet(alert.Hold), "", "", "a 2h0m0s"},
		"snoozed": {
			list(about(1, a), about(2, b)), known{snoozed: map[subject]time.Time{bookingOf(about(1, a)): noon.Add(time.Minute)}}, "b", "", "a 1m0s",
		},
		"snoozed, and there is more": {
			list(about(1, a), about(1, b)), known{snoozed: map[subject]time.Time{bookingOf(about(1, a)): noon.Add(time.Minute)}}, "", "a superseded", "b 1m0s",
		},
		"a reminder of what is snoozed": {
			list(reminder(2*time.Hour, 2*time.Hour, about(1, a))), known{snoozed: map[subject]time.Time{bookingOf(about(1, a)): noon.Add(time.Minute)}}, "a", "", "",
		},

		// accounts that are paused
		"paused":                    {list(a, as(alert.SignIn, b)), paused(), "", "", "a parked,b parked"},
		"paused, and parked before": {list(about(1, b)), paused(about(1, a), note(chatA, 'c')), "", "a superseded", "b parked"},
		"paused, and back":          {list(as(alert.Back, b)), paused(as(alert.Down, a)), "", "a superseded,b superseded", ""},
		"paused, and a reminder":    {list(reminder(time.Hour, time.Hour, a)), paused(), "", "", "a 1h0m0s"},
		"paused, and late":          {list(reminder(0, time.Hour, a)), paused(), "", "a late", ""},
		"paused, and a reply-by":    {list(replyBy(time.Minute, a)), paused(), "", "", "a 1m0s"},
		"paused, and a summary":     {list(as(alert.Summary, a)), paused(), "", "", "a 21h0m0s"},
		"paused, and a test":        {list(as(alert.Test, a)), paused(), "", "a unwanted", ""},
		"paused in quiet hours":     {list(a), people(person{paused: true, prefs: quiet(alert.Hold).people[accountOf(chatA)].prefs}), "", "", "a parked"},
		"paused, busy":              {list(a), known{state: busy, people: paused().people}, "", "", "a parked"},

		// what goes together, and first
		"not with a sign-in":        {list(a, b, as(alert.SignIn, note(chatA, 'c'))), known{}, "c", "", ""},
		"not with a reminder":       {list(a, b, reminder(1, 1, note(chatA, 'c'))), known{}, "c", "", ""},
		"not with an outage":        {list(as(alert.Down, a), b), known{}, "a", "", ""},
		"an outage in its turn":     {list(a, as(alert.Down, b)), known{}, "a", "", ""},
		"the nearer call first":     {list(reminder(time.Hour, 1, a), reminder(time.Minute, 1, b)), known{}, "b", "", ""},
		"the older of the same":     {list(reminder(time.Hour, 1, b), reminder(time.Hour, 1, a)), known{}, "a", "", ""},
		"not two accounts":          {list(a, twoAccounts, note(chatA, 'c')), known{}, "ac", "", ""},
		"refused together":          {list(a, b, note(chatA, 'c')), known{state: state{alone: map[uuid.UUID]bool{a.ID: true}}}, "a", "", ""},
		"refused together, later":   {list(a, b, note(chatA, 'c')), known{state: state{alone: map[uuid.UUID]bool{b.ID: true}}}, "ac", "", ""},
		"nobody waits for it":       {list(with(a, made(time.Hour)), note(chatB, 'x')), known{}, "x,a digest", "", ""},
		"nobody waits so long":      {list(with(a, made(5*time.Minute)), with(note(chatB, 'x'), made(5*time.Minute-1))), known{}, "x,a digest", "", ""},
		"nobody but for one":        {list(with(a, made(time.Hour)), b), known{}, "ab", "", ""},
		"nobody but for the first":  {list(a, with(b, made(time.Hour))), known{}, "ab", "", ""},
		"quiet, and soon the first": {list(with(a, calls(time.Hour)), b), quiet(alert.Silent), "ab", "", ""},
		"nobody, but it is soon":    {list(with(a, made(time.Hour), calls(time.Minute)), note(chatB, 'x')), known{}, "a,x", "", ""},
		"first, timed, near, rest": {
			list(
				with(on(5, as(alert.Summary, note(5, 'e'))), made(0)), on(4, note(4, 'd')), on(3, with(note(3, 'c'), calls(time.Minute))),
				on(2, reminder(time.Minute, 1, note(2, 'b'))), on(1, as(alert.SignIn, note(1, 'a'))),
			),
			known{people: map[store.AccountID]person{accountOf(5): {prefs: alert.Prefs{Summary: alert.Daily{On: true}}}}},
			"a,b,c,d,e digest", "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range tc.due {
				if tc.due[i].Made.IsZero() {
					tc.due[i].Made = noon
				}
			}
			p := arrange(tc.due, tc.known, noon)
			sent, dropped, waits := show(p)
			got := []string{strings.Join(sent, ","), strings.Join(dropped, ","), strings.Join(waits, ",")}
			if diff := cmp.Diff([]string{tc.send, tc.drop, tc.wait}, got); diff != "" {
				t.Errorf("send, drop, wait (-want +got):\n%s", diff)
			}
			if p.clean() != (tc.drop+tc.wait == "") {
				t.Errorf("clean = %v", p.clean())
			}
		})
	}
}

// on is a note of the account of another chat.
func on(chat flow.ChatID, n store.Notification) store.Notification {
	n.Chat, n.Account = chat, accountOf(chat)
	return n
}

// Many chats of one rank keep the order in which they have waited.
func TestTheOrderOfManyChats(t *testing.T) {
	var due []store.Notification
	var near, rest []flow.ChatID
	for i := range 100 {
		chat := flow.ChatID(100 - i)
		n := on(chat, note(chat, 'a'))
		if n.Made = noon; i%3 == 0 {
			n.Session = noon.Add(time.Minute)
			near = append(near, chat)
		} else {
			rest = append(rest, chat)
		}
		due = append(due, n)
	}
	var got []flow.ChatID
	for _, m := range arrange(due, known{}, noon).send {
		got = append(got, m.Chat)
	}
	if diff := cmp.Diff(slices.Concat(near, rest), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
