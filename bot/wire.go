package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"time"
)

const (
	longestAnswer = 64 << 20 // bytes; a hundred updates are far below
	alertSenders  = 32       // messages that nobody asked for, on their way at once
)

// wire carries every request to Telegram, the library's and ours, and judges every answer: it returns
// an answer only if it is the Bot API's and says ok, and an *Error otherwise.
type wire struct {
	client *http.Client
	token  string
	own    *http.Transport // nil if the transport was handed in
}

func newWire(transport http.RoundTripper, token string, senders int) *wire {
	w := &wire{token: token}
	if transport == nil {
		w.own = ownTransport(senders)
		transport = w.own
	}
	w.client = &http.Client{
		Transport: transport, // deadlines come with the requests
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the path holds the token: it goes nowhere else
		},
	}
	return w
}

// ownTransport keeps two connections for each sender, as a press is answered beside the message that it leads to, one
// for the poll, and some for the alerts.
func ownTransport(senders int) *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second}
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 2*senders + 1 + alertSenders
	t.MaxIdleConns = 2 * t.MaxIdleConnsPerHost
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second} // finds dead connections
	return t
}

func (w *wire) close() {
	if w.own != nil {
		w.own.CloseIdleConnections()
	}
}

// Do sends a request. Its body is read first: with a known length, a request that met a connection
// just closed by the other side can be written again.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	method := path.Base(req.URL.Path)
	if err := hold(req); err != nil {
		return nil, &Error{Method: method, Description: "the request cannot be built", Unsent: true}
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, unanswered(method, err, w.token)
	}
	defer func() { _ = resp.Body.Close() }() // it is read to its end, or given up
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestAnswer+1))
	switch {
	case err != nil:
		return nil, unanswered(method, fmt.Errorf("answer: %w", err), w.token)
	case len(body) > longestAnswer:
		return nil, &Error{Method: method, Description: "the answer is too long"}
	}
	if refusal := judge(method, resp.StatusCode, body, w.token); refusal != nil {
		return nil, refusal
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func hold(req *http.Request) error {
	if req.Body == nil || req.GetBody != nil {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, err = req.GetBody()
	return err
}

// judge reads the frame of an answer (Bot API: "Making requests"); nil is success.
func judge(method string, status int, body []byte, token string) *Error {
	var answer struct {
		OK          *bool  `json:"ok"`
		ErrorCode   int    `json:"error_code"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.OK == nil {
		return &Error{Method: method, Description: fmt.Sprintf("no readable answer (HTTP %d)", status)}
	}
	if *answer.OK {
		return nil
	}
	e := &Error{Method: method, Code: answer.ErrorCode, Description: scrub(answer.Description, token)}
	if e.Code == 0 {
		e.Code = status
	}
	if e.Code == codeTooMany {
		e.RetryAfter = retryAfter(answer.Parameters.RetryAfter)
	}
	return e
}
