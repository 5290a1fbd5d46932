package tgsim

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says what kind of Telegram to simulate. The zero value of each optional field is usable.
type Config struct {
	Token     string            // the bot's token, "123456:demo"; required
	Username  string            // the bot's @name without the sign; "demo_bot" if empty
	FirstName string            // the bot's display name; Username if empty
	Now       func() time.Time  // the clock for dates and ages; time.Now if nil
	MaxPoll   time.Duration     // longest wait of one getUpdates; 50 s, Telegram's own cap, if zero
	Webhook   http.RoundTripper // how updates are brought to a webhook; http.DefaultTransport if nil
	RateLimit bool              // answer 429 above 30 sends a second, one a second in a chat, 20 a minute in a group
}

const (
	defaultMaxPoll = 50 * time.Second
	maxRequestLog  = 2000
	maxFiles       = 100
)

// Server is one simulated Telegram with one bot. Its methods may be called from any goroutine.
type Server struct {
	cfg    Config
	schema schema
	bot    User
	closed chan struct{}

	mu          sync.Mutex
	changed     chan struct{} // closed and replaced whenever something a person can see changes
	version     int64         // counts those changes
	chats       map[int64]*chat
	lastMessage int
	lastQuery   int64
	queries     map[string]*query
	files       []*File
	lastFile    int
	commands    map[commandScope][]json.RawMessage
	queue       queue
	faults      map[string][]*fault
	faultsGone  chan struct{} // closed and replaced by ClearFaults
	requests    []Request
	sends       rates
	info        map[string]string // descriptions and menu buttons, by method and language or chat
}

// New makes a server with no users. Close must be called when it is done with.
func New(cfg Config) *Server {
	if cfg.Username == "" {
		cfg.Username = "demo_bot"
	}
	if cfg.FirstName == "" {
		cfg.FirstName = cfg.Username
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxPoll <= 0 {
		cfg.MaxPoll = defaultMaxPoll
	}
	s := &Server{
		cfg: cfg, schema: loadSchema(), closed: make(chan struct{}), changed: make(chan struct{}),
		chats: map[int64]*chat{}, queries: map[string]*query{}, commands: map[commandScope][]json.RawMessage{},
		faults: map[string][]*fault{}, faultsGone: make(chan struct{}), info: map[string]string{},
	}
	s.queue.arrived = make(chan struct{})
	number, _, _ := strings.Cut(cfg.Token, ":")
	s.bot = User{ID: botID(number), IsBot: true, FirstName: cfg.FirstName, Username: cfg.Username}
	return s
}

func botID(number string) int64 {
	id := params{"id": {text: number}}.number("id", 0)
	if id <= 0 {
		id = 1
	}
	return id
}

// Close releases every long poll, hanging fault and waiting caller. The server can still be looked at.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
}

// touch tells everyone who waits that something visible has changed. Callers hold s.mu.
func (s *Server) touch() {
	s.version++
	close(s.changed)
	s.changed = make(chan struct{})
}

// apiError is an answer with "ok": false.
type apiError struct {
	code       int
	text       string
	retryAfter int
}

func (e *apiError) Error() string { return e.text }

func forbidden(text string) error {
	return &apiError{code: http.StatusForbidden, text: "Forbidden: " + text}
}

// asAPIError gives any error of a method its code and full text.
func asAPIError(err error) *apiError {
	var known *apiError
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, errTooLarge) {
		return &apiError{code: http.StatusRequestEntityTooLarge, text: "Request Entity Too Large"}
	}
	return &apiError{code: http.StatusBadRequest, text: "Bad Request: " + err.Error()}
}

// method does what one Bot API method does and gives its result. It runs with s.mu held.
type method func(*Server, params) (any, error)

func methods() map[string]method {
	return map[string]method{
		"getMe":                  (*Server).getMe,
		"deleteWebhook":          (*Server).deleteWebhook,
		"getWebhookInfo":         (*Server).getWebhookInfo,
		"setWebhook":             (*Server).setWebhook,
		"setMyCommands":          (*Server).setMyCommands,
		"getMyCommands":          (*Server).getMyCommands,
		"deleteMyCommands":       (*Server).deleteMyCommands,
		"sendMessage":            (*Server).sendMessage,
		"sendDocument":           (*Server).sendDocument,
		"editMessageText":        (*Server).editMessageText,
		"editMessageReplyMarkup": (*Server).editMessageReplyMarkup,
		"deleteMessage":          (*Server).deleteMessage,
		"deleteMessages":         (*Server).deleteMessages,
		"answerCallbackQuery":    (*Server).answerCallbackQuery,
		"sendChatAction":         (*Server).sendChatAction,
		"setChatMenuButton":      (*Server).setChatMenuButton,
		"setMyDescription":       (*Server).setMyDescription,
		"setMyShortDescription":  (*Server).setMyShortDescription,
	}
}

// Handler is the Bot API: /bot<token>/<method>, GET or POST, the method's name in any case.
func (s *Server) Handler() http.Handler {
	byName := map[string]string{} // lower case to proper
	for name := range s.schema.Methods {
		byName[strings.ToLower(name)] = name
	}
	table := methods()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, isBot := strings.CutPrefix(r.URL.Path, "/bot")
		token, name, hasMethod := strings.Cut(path, "/")
		if !isBot || !hasMethod || r.Method != http.MethodGet && r.Method != http.MethodPost {
			writeError(w, &apiError{code: http.StatusNotFound, text: "Not Found"})
			return
		}
		if subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.Token)) != 1 {
			writeError(w, &apiError{code: http.StatusUnauthorized, text: "Unauthorized"})
			return
		}
		proper, ok := byName[strings.ToLower(name)]
		if !ok {
			s.record(name, nil, http.StatusNotFound)
			writeError(w, &apiError{code: http.StatusNotFound, text: "Not Found"})
			return
		}
		s.serve(w, r, proper, table[proper])
	})
}

// serve answers one call: faults first, then the referee, then the method.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, name string, do method) {
	p, err := readParams(w, r)
	f := s.takeFault(name, p)
	if f != nil && !f.AfterCommit {
		s.record(name, p, f.code())
		s.fail(w, r, f)
		return
	}
	var result any
	if err == nil {
		err = s.schema.check(name, p)
	}
	switch {
	case err != nil:
	case name == "getUpdates":
		result, err = s.getUpdates(r.Context(), p)
	default:
		result, err = s.commit(name, p, do)
	}
	switch {
	case f != nil:
		s.record(name, p, f.code())
		s.fail(w, r, f)
	case err != nil:
		refused := asAPIError(err)
		s.record(name, p, refused.code)
		writeError(w, refused)
	default:
		s.record(name, p, http.StatusOK)
		writeJSON(w, http.StatusOK, map[string]any{"ok": true, "result": result})
	}
}

// commit runs a method and marshals its result while the state is still what the result shows.
func (s *Server) commit(name string, p params, do method) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sends.take(s.cfg, name, p); err != nil {
		return nil, err
	}
	result, err := do(s, p)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(result)
	return json.RawMessage(raw), err
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body) // a reader that has gone away is its own affair
}

func writeError(w http.ResponseWriter, e *apiError) {
	body := map[string]any{"ok": false, "error_code": e.code, "description": e.text}
	if e.retryAfter > 0 {
		body["parameters"] = map[string]int{"retry_after": e.retryAfter}
	}
	writeJSON(w, e.code, body)
}

// Request is one call of the Bot API as the server understood it.
type Request struct {
	Method string
	Params map[string]string // JSON parameters as their JSON; a file as its name
	Code   int               // the HTTP status of the answer; 0 if there was none
	At     time.Time
}

func (s *Server) record(name string, p params, code int) {
	entry := Request{Method: name, Params: map[string]string{}, Code: code}
	for key, value := range p {
		entry.Params[key] = value.text
		if value.file != nil {
			entry.Params[key] = value.file.Name
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	entry.At = s.cfg.Now()
	if len(s.requests) == maxRequestLog {
		s.requests = slices.Delete(s.requests, 0, maxRequestLog/10)
	}
	s.requests = append(s.requests, entry)
}

// Requests lists the latest calls, oldest first: of the named methods, or of all. An entry is added
// just before its answer is sent. Only the last 2,000 or so are kept.
func (s *Server) Requests(only ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		if len(only) == 0 || slices.Contains(only, r.Method) {
			found = append(found, r)
		}
	}
	return found
}
