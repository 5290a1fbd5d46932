package conversations

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
	"phonechatbot/store"
)

var (
	msgActBanner  = msg("acting.banner", "👤 <b>Acting as {name}</b> until {until}.")
	msgActLooking = msg("acting.banner_over", "👤 <b>For {name}.</b>")
	msgActOver    = msg("acting.over", "The time for acting as a member is over. Nothing was done; /actas begins anew.")
	msgActNotThis = msg("acting.not_this", "That can't be done for a member of the group: the site allows managers only to look at bookings, and to change settings and special offers.")
	msgKeyActStop = msg("acting.key_stop", "Stop acting as {name}")
)

// acting is the member of the group whom this chat acts for now; zero for nobody, or no longer.
func (v *visit) acting() store.Acting {
	if a := v.chat.Acting; a.Member != 0 && a.Until.After(v.clock.now()) && v.account != nil {
		return a
	}
	return store.Acting{}
}

// actingTag is what screens carry that were drawn for a member of the group: sixteen letters and digits that
// no other account and no other member has.
func actingTag(account store.AccountID, member int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", account, member))
	return hex.EncodeToString(sum[:8])
}

// dressed says on every card for whom it is, if not for the account itself, and offers to stop that.
func (v *visit) dressed(view flow.View) flow.View {
	if v.as.Member == 0 || offers(view, "actstop") {
		return view
	}
	name := wording.Args{"name": memberName(v.as.Nickname, v.as.Member)}
	banner := msgActLooking.With(name)
	if !v.as.Until.IsZero() {
		banner = msgActBanner.With(wording.Args{"name": name["name"], "until": v.clock.hour(v.as.Until)})
		stop := v.button(msgKeyActStop, "actstop", "")
		stop.Label = msgKeyActStop.With(name)
		view.Rows = append(view.Rows, []flow.Button{stop})
	}
	view.Body = append([]wording.Text{banner}, view.Body...)
	return view
}

func actingScreens() map[string]screen { return nil }

func (d *Desk) actingForms() []form { return nil }

// actingMayRun and actingMayPress say what is offered while the account acts for a member of its group: the
// calls that have a twin for managers, and what concerns no booking.
func actingMayRun(command string) bool {
	return slices.Contains([]string{"bookings", "requests", "settings", "offers", "actas"}, command)
}

func actingMayPress(action string) bool {
	return slices.Contains([]string{"home", "list", "card", "details", "calendar", "go", "help", "privacy", "resume", "giveup", "giveupyes"}, action) ||
		slices.ContainsFunc([]string{"set", "offer", "act"}, func(room string) bool { return strings.HasPrefix(action, room) })
}

func (v *visit) showActAs(string) error { return nil }

func (v *visit) actingHome(view flow.View) flow.View { return view }
