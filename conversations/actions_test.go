package conversations_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"phonechatbot/internal/flow"
	"phonechatbot/sandbox/apisim"
)

// Each row of what a card offers, by role, state and time.
func TestWhatACardOffers(t *testing.T) {
	const hour = time.Hour
	always := []string{"Refresh", "Home"}
	for name, tc := range map[string]struct {
		who      person
		status   string
		session  time.Duration // from now
		acceptBy time.Duration
		want     []string
	}{
		"client, pending":              {asClient, apisim.StatusPending, 3 * hour, hour, []string{"Cancel booking", "Mute"}},
		"client, reply-by past":        {asClient, apisim.StatusPending, 3 * hour, -hour, []string{"Book again", "Cancel booking"}},
		"client, reply-by this moment": {asClient, apisim.StatusPending, 3 * hour, 0, []string{"Book again", "Cancel booking"}},
		"client, accepted":             {asClient, apisim.StatusAccepted, 3 * hour, hour, []string{"Confirm for 12.00 credits", "Cancel booking"}},
		"client, accepted, too late":   {asClient, apisim.StatusAccepted, -hour, -2 * hour, []string{"Book again", "Cancel booking"}},
		"client, confirmed":            {asClient, apisim.StatusConfirmed, 3 * hour, hour, []string{"Call details", "Add to calendar", "Remind me", "Cancel booking"}},
		"client, in the call":          {asClient, apisim.StatusConfirmed, -time.Minute, -hour, []string{"Call details", "Call again in 5-10 minutes"}},
		"client, call begins":          {asClient, apisim.StatusConfirmed, 0, -hour, []string{"Call details", "Call again in 5-10 minutes"}},
		"client, after the call":       {asClient, apisim.StatusConfirmed, -hour, -2 * hour, []string{"Call again in 5-10 minutes", "Book again", "Remove from list"}},
		"client, rejected":             {asClient, apisim.StatusRejected, 3 * hour, hour, []string{"Book again", "Remove from list"}},
		"client, cancelled":            {asClient, apisim.StatusCancelled, 3 * hour, hour, []string{"Book again", "Remove from list"}},
		"client, unknown":              {asClient, "Mislaid", 3 * hour, hour, nil},

		"performer, pending":         {asPerformer, apisim.StatusPending, 3 * hour, hour, []string{"Accept for 12.00 credits", "Other amount", "Decline"}},
		"performer, reply-by past":   {asPerformer, apisim.StatusPending, 3 * hour, -hour, []string{"Decline"}},
		"performer, call time past":  {asPerformer, apisim.StatusPending, -hour, -2 * hour, []string{"Re-invite", "Decline"}},
		"performer, accepted":        {asPerformer, apisim.StatusAccepted, 3 * hour, hour, []string{"Cancel booking"}},
		"performer, never confirmed": {asPerformer, apisim.StatusAccepted, -hour, -2 * hour, nil},
		"performer, confirmed":       {asPerformer, apisim.StatusConfirmed, 3 * hour, hour, []string{"Call details", "Add to calendar", "Remind me"}},
		"performer, in the call":     {asPerformer, apisim.StatusConfirmed, -time.Minute, -hour, []string{"Call details"}},
		"performer, after the call":  {asPerformer, apisim.StatusConfirmed, -hour, -2 * hour, []string{"Remove from list"}},
		"performer, rejected":        {asPerformer, apisim.StatusRejected, 3 * hour, hour, []string{"Remove from list"}},
		"performer, cancelled":       {asPerformer, apisim.StatusCancelled, 3 * hour, hour, []string{"Remove from list"}},
		"performer, unknown":         {asPerformer, "Mislaid", 3 * hour, hour, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, monday)
			r.link(tc.who.token)
			r.platform.AddBooking(apisim.Seed{
				Client: clientID, Performer: performerID, Status: tc.status, Session: monday.Add(tc.session), AcceptBy: monday.Add(tc.acceptBy),
			})
			r.handle(flow.Event{Kind: flow.EventPress, Callback: "q", Press: flow.Press{Of: r.tag(), Action: "card", Value: string(tc.who.side[0]) + "48213"}})
			if diff := cmp.Diff(slices.Concat(tc.want, always), r.labels()); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, r.chat.last())
			}
		})
	}
}

// labels are the buttons of the last message, row after row.
func (r *rig) labels() []string {
	var all []string
	for _, row := range r.chat.messages[len(r.chat.messages)-1].rows {
		for _, b := range row {
			all = append(all, labelOf(b))
		}
	}
	return all
}
