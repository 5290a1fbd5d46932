package conversations

import "phonechatbot/internal/flow"

var (
	msgHelpGuest = msg("help.guest", `<b>What I can do</b>
I make, track and answer phone chat bookings for your account on the site.
/start – link your account
/privacy – what is kept about you

Once you are linked, /help lists what there is for you.`)
	msgHelpClient = msg("help.client", `<b>What I can do</b>
/book – ask a performer for a call
/bookings – bookings you made, to confirm or cancel
/balance – credits, and what is offered already
/alerts – what you are told, when, and how discreetly
/account – the linked account, permissions, unlink
/cancel – close the open form
/privacy – what is kept about you

When a booking changes I send a short alert; it has no names or amounts unless you choose so. Every step takes typed answers as well as buttons.`)
	msgHelpPerformer = msg("help.performer", `<b>What I can do</b>
/requests – bookings you received, to accept or decline
/settings – price, number, DirectChat
/offers – special offers
/book, /bookings – calls you ask for yourself
/alerts – what you are told, when, and how discreetly
/balance, /account – credits; permissions, unlink
/cancel – close the open form
/privacy – what is kept about you

When a request comes in I send a short alert; it has no names or amounts unless you choose so. Every step takes typed answers as well as buttons.`)
	msgHelpManager = msg("help.manager", `<b>What I can do</b>
/actas – act as a member of your group for thirty minutes: their bookings to look at, their settings and offers to change, and a list of what was done
/requests, /settings, /offers – your own requests and offers, or the member's
/book, /bookings – calls you ask for yourself
/alerts – what you are told, when, and how discreetly
/balance, /account – credits; permissions, unlink
/cancel – close the open form
/privacy – what is kept about you

Cards that are for a member say so at the top. The site lets nobody answer requests for somebody else.`)
	msgHelp = msg("home.help", `<b>What I can do</b>
/book – ask a performer for a call
/bookings, /requests – bookings you made, and received
/settings, /offers – how you offer calls, and special offers
/actas – for managers: act as a member of the group
/balance – credits, and what is offered already
/alerts – what you are told, when, and how discreetly
/account – the linked account, permissions, unlink
/cancel – close the open form
/privacy – what is kept about you

When a booking changes I send a short alert; it has no names or amounts unless you choose so. Every step takes typed answers as well as buttons.`)
)

// helpView lists what there is for this person; all there is while their role is not known.
func (v *visit) helpView() flow.View {
	help := msgHelp
	switch {
	case v.account == nil:
		help = msgHelpGuest
	case v.account.Role.Manager:
		help = msgHelpManager
	case v.account.Role.Offers:
		help = msgHelpPerformer
	case v.account.Role.Told:
		help = msgHelpClient
	}
	return v.textView(help.Text())
}
