package tgsim

import (
	"io"
	"net/http"
	"strconv"
)

// FaultKind is a way for a call to go wrong.
type FaultKind int

// The faults a bot meets in the real world.
const (
	FaultDown         FaultKind = iota + 1 // the connection closes without an answer
	FaultTooMany                           // 429 with retry_after
	FaultInternal                          // 500 as JSON
	FaultBadGateway                        // 502 with a page of HTML
	FaultHang                              // no answer until the caller gives up, ClearFaults or Close
	FaultUnauthorized                      // 401, as when the token has been revoked
)

// Fault makes calls go wrong.
type Fault struct {
	Kind        FaultKind
	Times       int   // how many calls it spoils; 0 is every one until ClearFaults
	ChatID      int64 // only calls with this chat_id; 0 is any
	RetryAfter  int   // seconds, for FaultTooMany; 1 if zero
	AfterCommit bool  // the call takes effect first and only its answer is lost
}

type fault struct {
	Fault
	left int
	gone <-chan struct{} // closed when the fault is cleared
}

// SetFault adds a fault for one method, or for all with the name "". The oldest that fits a call is
// taken.
func (s *Server) SetFault(method string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[method] = append(s.faults[method], &fault{Fault: f, left: f.Times, gone: s.faultsGone})
}

// ClearFaults ends all faults, and the calls that hang in one.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = map[string][]*fault{}
	close(s.faultsGone)
	s.faultsGone = make(chan struct{})
}

// takeFault uses up one turn of the first fault that fits.
func (s *Server) takeFault(name string, p params) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range []string{name, ""} {
		for _, f := range s.faults[key] {
			if f.ChatID != 0 && p.text("chat_id") != strconv.FormatInt(f.ChatID, 10) || f.Times > 0 && f.left == 0 {
				continue
			}
			f.left--
			if f.Kind == FaultTooMany {
				s.sends.order(s.cfg, name, p, f)
			}
			return f
		}
	}
	return nil
}

// code is the status the fault answers with; 0 is no answer.
func (f *fault) code() int {
	return map[FaultKind]int{
		FaultTooMany: http.StatusTooManyRequests, FaultInternal: http.StatusInternalServerError,
		FaultBadGateway: http.StatusBadGateway, FaultUnauthorized: http.StatusUnauthorized,
	}[f.Kind]
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, f *fault) {
	switch f.Kind {
	case FaultTooMany:
		writeError(w, tooMany(f.RetryAfter))
	case FaultInternal:
		writeError(w, &apiError{code: f.code(), text: "Internal Server Error"})
	case FaultUnauthorized:
		writeError(w, &apiError{code: f.code(), text: "Unauthorized"})
	case FaultBadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.code())
		_, _ = io.WriteString(w, "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n")
	case FaultHang:
		s.hang(r, f)
		panic(http.ErrAbortHandler) // net/http's own way to close a connection without an answer
	default:
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) hang(r *http.Request, f *fault) {
	select {
	case <-r.Context().Done():
	case <-f.gone:
	case <-s.closed:
	}
}

func tooMany(seconds int) *apiError {
	seconds = max(seconds, 1)
	return &apiError{
		code: http.StatusTooManyRequests, text: "Too Many Requests: retry after " + strconv.Itoa(seconds), retryAfter: seconds,
	}
}
