package bot

import "context"

// Lane is where a call waits for its turn when Telegram's limits leave too few for all: the lower goes first.
type Lane int

// The lanes.
const (
	Replies Lane = iota // somebody looks at the screen
	Alerts
	Digests // nobody waits
)

const lanes = Digests + 1

// String is the lane's name in a metric.
func (l Lane) String() string {
	switch l {
	case Replies:
		return "replies"
	case Alerts:
		return "alerts"
	case Digests:
		return "digests"
	default:
		return "unknown"
	}
}

type laneKey struct{}

// inLane marks the calls made with a context. Without a mark they are Replies.
func inLane(ctx context.Context, lane Lane) context.Context {
	return context.WithValue(ctx, laneKey{}, lane)
}

// laneOf is the lane of the calls made with a context: one that is not among the lanes is the last.
func laneOf(ctx context.Context) Lane {
	lane, _ := ctx.Value(laneKey{}).(Lane)
	if lane < Replies || lane >= lanes {
		return Digests
	}
	return lane
}
