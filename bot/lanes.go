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

type laneKey struct{}

// inLane marks the calls made with a context. Without a mark they are Replies.
func inLane(ctx context.Context, lane Lane) context.Context {
	return context.WithValue(ctx, laneKey{}, lane)
}

func laneOf(ctx context.Context) Lane {
	lane, _ := ctx.Value(laneKey{}).(Lane)
	return lane
}
