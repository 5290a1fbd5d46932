package apisim

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// FaultKind is a way to go wrong.
type FaultKind string

// The ways to go wrong; FaultKinds says what each does.
const (
	FaultDown         FaultKind = "down"
	FaultReset        FaultKind = "reset"
	FaultStatus       FaultKind = "status"
	FaultError        FaultKind = "error"
	FaultUnauthorized FaultKind = "unauthorized"
	FaultForbidden    FaultKind = "forbidden"
	FaultNotFound     FaultKind = "not-found"
	FaultRateLimited  FaultKind = "rate-limited"
	FaultHTML         FaultKind = "html"
	FaultHangBefore   FaultKind = "hang-before"

	FaultHangAfter        FaultKind = "hang-after"
	FaultSlow             FaultKind = "slow"
	FaultErrorAfterCommit FaultKind = "error-after-commit"
	FaultResetAfterCommit FaultKind = "reset-after-commit"
	FaultEmptyBody        FaultKind = "empty-body"
	FaultTruncated        FaultKind = "truncated"
	FaultWrongTypes       FaultKind = "wrong-types"
	FaultUnknownStatus    FaultKind = "unknown-status"
	FaultExtraFields      FaultKind = "extra-fields"
	FaultNulls            FaultKind = "nulls"
	FaultShiftingList     FaultKind = "shifting-list"
	FaultClockSkew        FaultKind = "clock-skew"
)

// KnownFault tells people about a kind of fault.
type KnownFault struct {
	Kind FaultKind
	Does string // one line
	// Commits means that what was asked is done, if the rules allow it, before the reply is lost, late
	// or spoilt. The other kinds do nothing.
	Commits bool
}

// FaultKinds are all kinds of fault, first those that commit nothing. All but FaultStatus work without options.
func FaultKinds() []KnownFault {
	return []KnownFault{
		{FaultDown, "The connection, once made, closes without a reply.", false},
		{FaultReset, "The connection is reset before anything was done.", false},
		{FaultStatus, "Another status with a JSON body; from the panel 503.", false},
		{FaultError, "500 with a JSON body.", false},
		{FaultUnauthorized, "401: the token is not accepted.", false},
		{FaultForbidden, "403 with a JSON body: a permission is missing.", false},
		{FaultNotFound, "404 with a JSON body.", false},
		{FaultRateLimited, "429 with the header Retry-After.", false},
		{FaultHTML, "403 with an HTML challenge page.", false},
		{FaultHangBefore, "Waits until the fault is cleared, then goes on as if nothing had been.", false},
		{FaultHangAfter, "Does it, waits until the fault is cleared, then replies.", true},
		{FaultSlow, "Does it, and replies some seconds later.", true},
		{FaultErrorAfterCommit, "Does it, and replies 500.", true},
		{FaultResetAfterCommit, "Does it, and resets the connection.", true},
		{FaultEmptyBody, "Does it, and replies with nothing in it.", true},
		{FaultTruncated, "Does it, and replies with half of the JSON.", true},
		{FaultWrongTypes, "Does it; no number, text or boolean of the reply keeps its type.", true},
		{FaultUnknownStatus, "Does it; bookings are in a state that nobody knows.", true},
		{FaultExtraFields, "Does it; every object of the reply has members that nobody knows.", true},
		{FaultNulls, "Does it; members that are not promised are null.", true},
		{FaultShiftingList, "A page of a list repeats the row that ended the page before, and skips one.", true},
		{FaultClockSkew, "Does it; the times in the reply are off, the header Date is right.", true},
	}
}

// Fault is one thing to go wrong with an operation.
type Fault struct {
	Kind       FaultKind
	Times      int           // how many requests it hits; 0 for all until it is cleared
	Chance     float64       // that a request is hit, from 0 to 1; 0 and 1 are always. A miss is not counted
	Status     int           // for FaultStatus
	RetryAfter time.Duration // for FaultStatus and FaultRateLimited: header Retry-After in whole seconds; 0 for none and 5 s
	Message    string        // for the kinds that are a status; empty for a stock sentence

	// Delay is, for FaultSlow, how late the reply is in real time, 0 for 3 s. For FaultClockSkew it is
	// added to every time of the reply, 0 for an hour and below zero allowed: a platform that writes its
	// times in another zone than one thinks. What is sent to it is still read as ever.
	Delay time.Duration
}

// filled is a fault with its kind's own values where none are given.
func (f Fault) filled() Fault {
	const defaultDelay, defaultSkew, defaultRetry = 3 * time.Second, time.Hour, 5 * time.Second
	switch f.Kind {
	case FaultError:
		f.Status = http.StatusInternalServerError
	case FaultUnauthorized:
		f.Status = http.StatusUnauthorized
	case FaultForbidden:
		f.Status = http.StatusForbidden
	case FaultNotFound:
		f.Status = http.StatusNotFound
	case FaultRateLimited:
		f.Status = http.StatusTooManyRequests
		orElse(&f.RetryAfter, defaultRetry)
	case FaultSlow:
		orElse(&f.Delay, defaultDelay)
	case FaultClockSkew:
		orElse(&f.Delay, defaultSkew)
	default: // the others have no values of their own
	}
	return f
}

// faults are what is switched on, by operation.
type faults struct {
	random func() float64

	mu      sync.Mutex
	active  map[string]Fault
	cleared map[string]chan struct{} // closed when the operation's fault is cleared, though it be used up
	ends    map[string]pageEnd       // how the last page of a list ended, for FaultShiftingList
}

func newFaults(random func() float64) faults {
	if random == nil {
		random = rand.Float64
	}
	return faults{
		random: random, active: map[string]Fault{}, cleared: map[string]chan struct{}{}, ends: map[string]pageEnd{},
	}
}

// SetFault makes an operation (or OpAny) go wrong from the next request on. It replaces the fault
// that the operation had. An operation's own fault stands in for the one of OpAny, which is not
// played even if the own one misses. Hanging requests wait until their caller goes away or the fault is
// cleared. It panics on an operation that is not known and on a malformed fault.
//
// Mind that net/http repeats a GET by itself if a reused connection breaks: with Times, FaultDown and
// the resets may then be spent on one call of the client.
func (p *Platform) SetFault(op string, f Fault) {
	if err := p.setFault(op, f); err != nil {
		panic(fmt.Sprintf("apisim: fault %q of %q: %v", f.Kind, op, err))
	}
}

func (p *Platform) setFault(op string, f Fault) error {
	f = f.filled()
	if err := p.checkFault(op, f); err != nil {
		return err
	}
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.active[op] = f
	if p.faults.cleared[op] == nil {
		p.faults.cleared[op] = make(chan struct{})
	}
	return nil
}

// checkFault refuses a fault that would never do anything, with a sentence for people.
func (p *Platform) checkFault(op string, f Fault) error {
	known := slices.ContainsFunc(FaultKinds(), func(k KnownFault) bool { return k.Kind == f.Kind })
	switch {
	case !slices.Contains(p.operationNames(), op):
		return errors.New("there is no such operation")
	case !known:
		return errors.New("there is no such kind of fault")
	case f.Kind == FaultStatus && (f.Status < 200 || f.Status > 599):
		return errors.New("the status must be from 200 to 599")
	case !(f.Chance >= 0 && f.Chance <= 1): // nor not a number
		return errors.New("the probability must be from 0 to 1")
	case f.Times < 0 || f.RetryAfter < 0 || f.Kind == FaultSlow && f.Delay < 0:
		return errors.New("times and delays cannot be below zero")
	}
	return nil
}

// operationNames are OpAny and all operations, sorted.
func (p *Platform) operationNames() []string {
	names := []string{OpAny}
	for _, op := range p.routes {
		names = append(names, op.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ClearFault makes an operation (or OpAny) work again and lets go of the requests that hang by its fault.
func (p *Platform) ClearFault(op string) {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	p.faults.clear(op)
}

// ClearFaults makes everything work again and lets go of all requests that hang.
func (p *Platform) ClearFaults() {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	for op := range p.faults.cleared {
		p.faults.clear(op)
	}
}

func (fs *faults) clear(op string) {
	if waiting, ok := fs.cleared[op]; ok {
		close(waiting)
	}
	delete(fs.cleared, op)
	delete(fs.active, op)
	clear(fs.ends)
}

// Faults are what is switched on now, by operation, with the values of their kind filled in.
func (p *Platform) Faults() map[string]Fault {
	p.faults.mu.Lock()
	defer p.faults.mu.Unlock()
	return maps.Clone(p.faults.active)
}

// take finds the fault of an operation and uses it up once, if chance will have it.
func (fs *faults) take(op string) hit {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f, ok := fs.active[op]
	if !ok {
		op = OpAny
		f = fs.active[op]
	}
	if f.Chance > 0 && f.Chance < 1 && fs.random() >= f.Chance {
		return hit{}
	}
	if f.Times == 1 {
		delete(fs.active, op)
	} else if f.Times > 1 {
		spent := f
		spent.Times--
		fs.active[op] = spent
	}
	return hit{f, fs.cleared[op]}
}
