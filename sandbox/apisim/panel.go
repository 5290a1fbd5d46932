package apisim

import (
	"cmp"
	"crypto/rand"
	_ "embed" // the page is built in
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed panel.html
var panelPage string

// panelState is what the page shows, once a second.
type panelState struct {
	Now      string
	Zone     string
	Trouble  string // "", "down" or "html"
	Members  []panelMember
	Bookings []panelBooking

	AutoReject string // how late, as "10m0s"; "never" for none
	Faults     []panelFault
	Operations []string // to choose from, OpAny first
	Kinds      []KnownFault
}

// panelFault is one line of what is switched on.
type panelFault struct {
	Operation string
	Kind      FaultKind
	Chance    float64 // 0 and 1 are always
	Times     int     // that are left; 0 for no end
}

type panelMember struct {
	ID                    int64
	Nickname, Role, Terms string
	Balance, Token        string
	Bookable, Revoked     bool
}

type panelBooking struct {
	ID                                                                  int64
	Status, Client, Performer, Session, AcceptBy, Method, Credits, Note string
	Duration                                                            int
	CanAccept, CanReject, CanReInvite                                   bool
	CanConfirm, CanCancelMade, CanCancelReceived                        bool
}

// panelAction is what a button asks for.
type panelAction struct {
	Action  string
	Booking int64
	Member  int64
	Minutes int
	Credits string
	Reason  string

	Operation string
	Kind      FaultKind
	Chance    float64
	Times     int

	After string // how late automatic rejection is, as "10m"; "never" for none
}

// PanelHandler is the demo's control panel: a page at prefix + "/" that shows members, bookings and
// the platform's clock, and lets a person play the other side. It hands out the seeded tokens: mount
// it on a loopback address, for invented members only.
func (p *Platform) PanelHandler(prefix string) http.Handler {
	prefix = strings.TrimSuffix(prefix, "/")
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+prefix+"/{$}", servePanelPage)
	if prefix != "" {
		mux.Handle("GET "+prefix, http.RedirectHandler(prefix+"/", http.StatusSeeOther))
	}
	mux.HandleFunc("GET "+prefix+"/state", func(w http.ResponseWriter, _ *http.Request) {
		writePanel(w, http.StatusOK, p.panelState())
	})
	mux.HandleFunc("POST "+prefix+"/act", p.servePanelAction)
	return http.NewCrossOriginProtection().Handler(mux)
}

func servePanelPage(w http.ResponseWriter, _ *http.Request) {
	nonce := rand.Text()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; connect-src 'self'; "+
		"script-src 'nonce-%[1]s'; style-src 'nonce-%[1]s'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'", nonce))
	panelHeaders(w)
	_, _ = io.WriteString(w, strings.ReplaceAll(panelPage, "{{nonce}}", nonce))
}

func panelHeaders(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

// writePanel sends JSON; encoding/json escapes what HTML would trip over.
func writePanel(w http.ResponseWriter, status int, value any) {
	panelHeaders(w)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a page that was closed needs no answer
}

// servePanelAction does one thing and answers with the state after it, or with {"Message": why not}.
// Only JSON is taken: a form on another site cannot send that.
func (p *Platform) servePanelAction(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, message string) {
		writePanel(w, status, map[string]string{"Message": message})
	}
	if !isJSON(r) {
		refuse(http.StatusUnsupportedMediaType, "Only JSON is taken.")
		return
	}
	var act panelAction
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&act); err != nil {
		refuse(http.StatusBadRequest, "The request is not valid JSON.")
		return
	}
	err := p.act(act)
	var no *RefusalError
	switch {
	case errors.As(err, &no):
		refuse(no.Status, no.Message)
	case err != nil:
		refuse(http.StatusBadRequest, err.Error())
	default:
		writePanel(w, http.StatusOK, p.panelState())
	}
}

func (p *Platform) act(a panelAction) error {
	switch a.Action {
	case "accept":
		return p.Accept(a.Booking, strings.TrimSpace(a.Credits))
	case "reject":
		return p.Reject(a.Booking, a.Reason)
	case "reinvite":
		return p.ReInvite(a.Booking, a.Reason)
	case "confirm":
		return p.Confirm(a.Booking)
	case "cancelmade":
		return p.CancelMade(a.Booking, a.Reason)
	case "cancelreceived":
		return p.CancelReceived(a.Booking, a.Reason)
	case "request", "missed":
		return p.plantFor(a.Member, a.Action == "missed")
	case "advance":
		const week = 7 * 24 * 60
		if a.Minutes < 1 || a.Minutes > week {
			return errors.New("the clock moves by a minute to a week")
		}
		p.clock.Advance(time.Duration(a.Minutes) * time.Minute)
		return nil
	case "autoreject":
		return p.autoRejectAfter(a.After)
	case "balance", "price", "revoke", "restore":
		return p.actOnMember(a)
	default:
		return p.actOnFaults(a)
	}
}

// plantFor makes a request for a performer from the first member who only books: one for tomorrow, or
// one that was missed.
func (p *Platform) plantFor(performer int64, missed bool) error {
	var client int64
	known := false
	for _, m := range p.Members() {
		if client == 0 && !m.OffersPhoneChat && m.ID != performer {
			client = m.ID
		}
		known = known || m.ID == performer && m.OffersPhoneChat && !m.DirectChatOnly
	}
	if !known || client == 0 {
		return errors.New("this member takes no bookings")
	}
	now := p.clock.Now()
	seed := Seed{
		Client: client, Performer: performer, Duration: 15, Comments: "Planted from the panel.",
		Session: now.Add(24 * time.Hour), AcceptBy: now.Add(20 * time.Hour),
	}
	if missed {
		seed.Session, seed.AcceptBy = now.Add(-30*time.Minute), now.Add(-90*time.Minute)
	}
	seed.Session, seed.AcceptBy = seed.Session.Truncate(time.Minute), seed.AcceptBy.Truncate(time.Minute)
	p.AddBooking(seed)
	return nil
}

func (p *Platform) panelState() panelState {
	on, trouble := p.Faults(), ""
	if f := on[OpAny]; f.Kind == FaultDown || f.Kind == FaultHTML {
		trouble = string(f.Kind)
	}
	defer p.lock()()
	now := p.clock.Now()
	state := panelState{
		Now: now.In(p.zone).Format("Mon 2 Jan 2006, 15:04:05"), Zone: p.zone.String(), Trouble: trouble,
		Members: []panelMember{}, Bookings: []panelBooking{},
		AutoReject: neverRejects, Faults: []panelFault{}, Operations: p.operationNames(), Kinds: FaultKinds(),
	}
	if p.autoReject != nil {
		state.AutoReject = p.autoReject.String()
	}
	for _, op := range slices.Sorted(maps.Keys(on)) {
		state.Faults = append(state.Faults, panelFault{op, on[op].Kind, on[op].Chance, on[op].Times})
	}
	for _, id := range p.order {
		state.Members = append(state.Members, p.panelMember(p.members[id]))
	}
	list := p.all(func(*booking) bool { return true })
	slices.SortFunc(list, func(a, b *booking) int { return cmp.Compare(b.ID, a.ID) }) // latest planted first
	for _, b := range list {
		state.Bookings = append(state.Bookings, p.panelBooking(b, now))
	}
	return state
}

func methodName(method int) string {
	switch method {
	case MethodPerformerRings:
		return "performer rings"
	case MethodClientRings:
		return "client rings"
	case MethodSkype:
		return "Skype"
	}
	return "method " + strconv.Itoa(method)
}

// panelMember shows the seeded token as long as it works, and no way to reach the member.
func (p *Platform) panelMember(m *member) panelMember {
	shown := panelMember{
		ID: m.ID, Nickname: m.Nickname, Balance: m.balance.String(), Bookable: m.bookable(),
		Role: "Client: offers no phone chat",
	}
	if p.tokens[m.Token].member == m.ID {
		shown.Token = m.Token
	}
	shown.Revoked = m.Token != "" && shown.Token == ""
	switch {
	case m.DirectChatOnly:
		shown.Role = "Performer, DirectChat only"
	case m.OffersPhoneChat:
		shown.Role = "Performer"
	}
	if m.bookable() {
		var terms []string
		if m.hasPrice {
			terms = append(terms, m.ppm.String()+" a minute")
		} else {
			terms = append(terms, "no price set")
		}
		for _, method := range m.Methods {
			terms = append(terms, methodName(method))
		}
		shown.Terms = strings.Join(terms, ", ")
	}
	return shown
}

func (p *Platform) panelBooking(b *booking, now time.Time) panelBooking {
	const layout = "Mon 2 Jan 15:04"
	client, performer := p.members[b.Client], p.members[b.Performer]
	note := b.RejectedReason + b.CancelledReason
	if note == "" {
		note = b.Comments
	}
	return panelBooking{
		ID: b.ID, Status: b.Status, Client: client.Nickname, Performer: performer.Nickname,
		Session: b.Session.In(p.zone).Format(layout), AcceptBy: b.AcceptBy.In(p.zone).Format(layout),
		Method: methodName(b.Method), Credits: b.credits.String(), Note: note, Duration: b.Duration,
		CanAccept: len(b.checkAccept(now)) == 0, CanReject: len(b.checkReject()) == 0,
		CanReInvite: len(b.checkReInvite(now)) == 0, CanConfirm: len(b.checkConfirm(now, client)) == 0,
		CanCancelMade: len(b.checkCancelMade(now)) == 0, CanCancelReceived: len(b.checkCancelReceived(now)) == 0,
	}
}
