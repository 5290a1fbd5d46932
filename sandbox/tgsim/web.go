package tgsim

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WebConfig says whose chat a page shows.
type WebConfig struct {
	UserID   int64  // the person at the page; added with AddUser, or made up on the first message
	Title    string // the heading; the bot's name if empty
	Phone    string // the person's own number, as "share my number" sends it; a fictitious one if empty
	PanelURL string // an address shown beside the chat, on a phone under a tab of its own; none if empty
}

const (
	// fictitiousPhone is from the range that Ofcom keeps free for drama.
	fictitiousPhone = "+447700900123"
	webWait         = 25 * time.Second // longest wait of one request for news
	maxAction       = 64 << 10         // bytes of one action
	recentToasts    = 20
	actionShown     = 5 * time.Second // how long an app shows "typing"
)

var (
	//go:embed web/chat.html
	chatHTML string
	//go:embed web/chat.css
	chatCSS string
	//go:embed web/chat.js
	chatJS string
)

// WebHandler serves one page with one user's chat: the page at "/", what it shows at "/state", what
// the person does at "/act", a file from the bot at "/file?message=", a deep link to the bot at
// "/open?start=". The page uses relative addresses, so it can be mounted anywhere with http.StripPrefix,
// under a path that ends in a slash. There is no login: whoever reaches it is the user, so it belongs on
// a loopback address.
func (s *Server) WebHandler(cfg WebConfig) http.Handler {
	if cfg.Title == "" {
		cfg.Title = s.bot.FirstName
	}
	if cfg.Phone == "" {
		cfg.Phone = fictitiousPhone
	}
	web := &web{server: s, cfg: cfg, page: renderPage(cfg), policy: policy(cfg)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", web.servePage)
	mux.HandleFunc("GET /state", web.serveState)
	mux.HandleFunc("POST /act", web.serveAct)
	mux.HandleFunc("GET /file", web.serveFile)
	mux.HandleFunc("GET /open", web.serveOpen)
	return mux
}

// serveOpen is a deep link, https://t.me/BOT?start=PAYLOAD: the app opens the chat and the person presses
// Start, which sends the payload with the command (Bot API: deep linking).
func (web *web) serveOpen(w http.ResponseWriter, r *http.Request) {
	payload := r.URL.Query().Get("start")
	if !startPayload.MatchString(payload) {
		http.Error(w, "not a start payload", http.StatusBadRequest)
		return
	}
	web.server.Send(web.cfg.UserID, strings.TrimSpace("/start "+payload))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "./", http.StatusSeeOther)
}

var startPayload = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)

// serveFile saves a document. A protected one can be looked at in the app, but not saved.
func (web *web) serveFile(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.URL.Query().Get("message")) // none or nonsense: no such message
	web.server.mu.Lock()
	m, err := web.server.messageOf(web.cfg.UserID, id)
	web.server.mu.Unlock()
	switch {
	case err != nil || m.file == nil:
		http.Error(w, "no such file", http.StatusNotFound)
		return
	case m.protected:
		http.Error(w, "a protected file can't be saved", http.StatusForbidden)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": m.file.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(m.file.Content)
}

type web struct {
	server *Server
	cfg    WebConfig
	page   []byte
	policy string
}

// renderPage puts style, script and the few settings into one document.
func renderPage(cfg WebConfig) []byte {
	page := template.Must(template.New("chat").Parse(chatHTML))
	var out bytes.Buffer
	err := page.Execute(&out, map[string]any{
		"Title": cfg.Title, "Initial": initial(cfg.Title), "Panel": cfg.PanelURL,
		"Style": template.CSS(chatCSS), "Script": template.JS(chatJS), //nolint:gosec // embedded files
	})
	if err != nil {
		panic("tgsim: embedded page: " + err.Error()) // cannot be: nothing in it depends on input that can fail
	}
	return out.Bytes()
}

// initial is what stands in the round picture beside the title.
func initial(title string) string {
	r, _ := utf8.DecodeRuneInString(strings.ToUpper(title))
	return string(r)
}

// policy lets the page run its own script and style, talk to its own server, frame the panel, and
// nothing else.
func policy(cfg WebConfig) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	frames := "'self'"
	if u, err := url.Parse(cfg.PanelURL); err == nil && u.Host != "" {
		frames = u.Scheme + "://" + u.Host
	}
	return "default-src 'none'; script-src " + hash(chatJS) + "; style-src " + hash(chatCSS) +
		"; connect-src 'self'; frame-src " + frames + "; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
}

func (web *web) servePage(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", web.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(web.page)
}

type webState struct {
	Version  int64        `json:"version"`
	Messages []webMessage `json:"messages"`
	Keyboard webKeyboard  `json:"keyboard"`
	Commands []Command    `json:"commands"`
	Toasts   []webToast   `json:"toasts"`
	Kinds    []string     `json:"kinds"`
	Blocked  bool         `json:"blocked"`
	Doing    string       `json:"doing"`   // "typing" and the like
	DoingMS  int64        `json:"doingMs"` // for how much longer
}

type webMessage struct {
	ID        int           `json:"id"`
	FromBot   bool          `json:"fromBot"`
	Kind      string        `json:"kind"`
	Text      string        `json:"text"`
	Entities  []Entity      `json:"entities"`
	Rows      [][]webButton `json:"rows"`
	FileName  string        `json:"fileName,omitempty"`
	Protected bool          `json:"protected"`
	Silent    bool          `json:"silent"`
	Edited    bool          `json:"edited"`
	ReplyTo   int           `json:"replyTo,omitempty"`
	At        int64         `json:"at"` // Unix seconds
}

// webButton leaves out the callback data: the page presses by place.
type webButton struct {
	Label    string `json:"label"`
	URL      string `json:"url,omitempty"`
	CopyText string `json:"copyText,omitempty"`
	Style    string `json:"style,omitempty"`
	Press    bool   `json:"press"`
}

type webKeyboard struct {
	Rows        [][]webKey `json:"rows"`
	Placeholder string     `json:"placeholder"`
}

type webKey struct {
	Label   string `json:"label"`
	Contact bool   `json:"contact"`
}

type webToast struct {
	Query string `json:"query"`
	Text  string `json:"text"`
	Alert bool   `json:"alert"`
}

// serveState answers when something is newer than ?after=, or after a while with what there is.
func (web *web) serveState(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // none or nonsense: at once
	ctx, cancel := context.WithTimeout(r.Context(), webWait)
	defer cancel()
	var state webState
	err := web.server.wait(ctx, func() bool {
		state = web.state()
		return state.Version != after
	})
	if errors.Is(err, ErrClosed) {
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, state)
}

func (web *web) state() webState {
	s := web.server
	s.mu.Lock()
	defer s.mu.Unlock()
	state := webState{
		Version: s.version + 1, Messages: []webMessage{}, Commands: s.commandsFor(web.cfg.UserID), Toasts: []webToast{},
		Kinds: Kinds(), Keyboard: webKeyboard{Rows: [][]webKey{}},
	}
	c := s.chats[web.cfg.UserID]
	if c == nil {
		return state
	}
	state.Blocked = c.standing == blocked
	if left := actionShown - s.cfg.Now().Sub(c.actionAt); c.action != "" && left > 0 {
		state.Doing, state.DoingMS = c.action, left.Milliseconds()
	}
	for _, m := range c.messages {
		if !m.deleted {
			state.Messages = append(state.Messages, webMessageOf(m))
		}
	}
	for _, t := range c.toasts[max(0, len(c.toasts)-recentToasts):] {
		state.Toasts = append(state.Toasts, webToast{Query: t.QueryID, Text: t.Text, Alert: t.Alert})
	}
	state.Keyboard.Placeholder = c.keyboard.Placeholder
	for _, row := range c.keyboard.Rows {
		keys := []webKey{}
		for _, key := range row {
			keys = append(keys, webKey{Label: key.Label, Contact: key.RequestContact})
		}
		state.Keyboard.Rows = append(state.Keyboard.Rows, keys)
	}
	return state
}

func webMessageOf(m *message) webMessage {
	shown := m.snapshot()
	out := webMessage{
		ID: shown.ID, FromBot: shown.FromBot, Kind: shown.Kind, Text: shown.Text, Entities: shown.Entities,
		Rows: [][]webButton{}, FileName: shown.File.Name, Protected: shown.Protected, Silent: shown.Silent,
		Edited: shown.Edits > 0, ReplyTo: shown.ReplyTo, At: shown.At.Unix(),
	}
	if out.Entities == nil {
		out.Entities = []Entity{}
	}
	for _, row := range shown.Rows {
		buttons := []webButton{}
		for _, b := range row {
			buttons = append(buttons, webButton{
				Label: b.Label, URL: b.URL, CopyText: b.CopyText, Style: b.Style, Press: b.Data != "",
			})
		}
		out.Rows = append(out.Rows, buttons)
	}
	return out
}

// webAction is one thing the person does.
type webAction struct {
	Do      string `json:"do"` // send, press, contact, other, edit, delete, block, unblock
	Text    string `json:"text"`
	Kind    string `json:"kind"`
	Message int    `json:"message"`
	Row     int    `json:"row"`
	Column  int    `json:"column"`
}

var errAction = errors.New("no such action")

// serveAct takes actions as application/json only, which a page of another site cannot send without
// asking first; browsers that say where a request comes from must say it is this page.
func (web *web) serveAct(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		http.Error(w, "Content-Type must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		http.Error(w, "not from this page", http.StatusForbidden)
		return
	}
	var act webAction
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAction))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&act); err != nil {
		http.Error(w, "not an action", http.StatusBadRequest)
		return
	}
	if _, err := dec.Token(); err != io.EOF {
		http.Error(w, "not one action", http.StatusBadRequest)
		return
	}
	query, err := web.act(act)
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"query": query})
}

func (web *web) act(act webAction) (query string, err error) {
	s, user := web.server, web.cfg.UserID
	switch act.Do {
	case "send":
		s.Send(user, act.Text)
	case "press":
		query, err = s.pressAt(user, act.Message, act.Row, act.Column)
	case "contact":
		s.ShareContact(user, web.cfg.Phone, user)
	case "other":
		_, err = s.SendOther(user, act.Kind)
	case "edit":
		err = s.EditText(user, act.Message, act.Text)
	case "delete":
		err = s.DeleteByUser(user, act.Message)
	case "block":
		s.Block(user)
	case "unblock":
		s.Unblock(user)
	default:
		err = errAction
	}
	return query, err
}

// pressAt presses the button in a row and column of a message, both from 0.
func (s *Server) pressAt(userID int64, messageID, row, column int) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(userID, messageID)
	if err != nil {
		return "", err
	}
	rows := m.markup.rows
	if row < 0 || row >= len(rows) || column < 0 || column >= len(rows[row]) {
		return "", ErrNoButton
	}
	if rows[row][column].Data == "" {
		return "", ErrNotPress
	}
	return s.press(m.chat, m, messageID, rows[row][column].Data), nil
}
