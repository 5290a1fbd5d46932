package conversations

import (
	"context"
	"iter"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// Chat is the messenger's side of a conversation.
type Chat interface {
	// Show draws a view on the live card, or on a new one when the card is no longer the last message
	// (its buttons are then taken away). It returns the id of the message now in force.
	Show(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error)
	// Edit draws a view on the card that was pressed, wherever it stands.
	Edit(ctx context.Context, chat flow.ChatID, card int, v flow.View) (int, error)
	// Redraw draws a view on a card that stands in the chat, unasked and without a sound. It never sends: false if the
	// card can't be edited.
	Redraw(ctx context.Context, chat flow.ChatID, card int, v flow.View) (bool, error)
	Send(ctx context.Context, chat flow.ChatID, v flow.View) (int, error)
	// SendFile sends a file with the view as its caption; it returns the message's id.
	SendFile(ctx context.Context, chat flow.ChatID, file File, v flow.View) (int, error)
	Delete(ctx context.Context, chat flow.ChatID, message int) error
	// Acknowledge answers a press, at most once, without waiting.
	Acknowledge(callback string, text wording.Text)
	// Menu sets the commands that this chat offers; a failure is no more than a longer menu.
	Menu(ctx context.Context, chat flow.ChatID, commands []Command)
}

// File is something to be saved on the phone.
type File struct {
	Name    string // with its ending
	Type    string // media type
	Content []byte
}

// Platform is the part of the REST API that conversations use.
type Platform interface {
	VerifyCredentials(ctx context.Context, as apiclient.Caller) (apiclient.Member, error)
	Permissions(ctx context.Context, as apiclient.Caller) ([]apiclient.Permission, error)
	Balance(ctx context.Context, as apiclient.Caller) (apiclient.Credits, error)
	Requirements(ctx context.Context, as apiclient.Caller, performer apiclient.MemberID) (apiclient.Requirements, error)

	CreateBooking(ctx context.Context, as apiclient.Caller, b apiclient.NewBooking) (apiclient.Booking, error)
	ListBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) (apiclient.Page, error)
	EachBooking(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery) iter.Seq2[apiclient.Booking, error]
	ReadBookings(ctx context.Context, as apiclient.Caller, side apiclient.Side, q apiclient.ListQuery, known []apiclient.Digest) (apiclient.Reading, error)
	Booking(ctx context.Context, as apiclient.Caller, side apiclient.Side, id apiclient.BookingID) (apiclient.Booking, error)

	Accept(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, credits apiclient.Credits) (apiclient.Booking, error)
	Reject(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	ReInvite(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	Confirm(ctx context.Context, as apiclient.Caller, id apiclient.BookingID) (apiclient.Booking, error)
	CancelMade(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	CancelReceived(ctx context.Context, as apiclient.Caller, id apiclient.BookingID, reason string) (apiclient.Booking, error)
	Reschedule(ctx context.Context, as apiclient.Caller, id apiclient.BookingID) (apiclient.Booking, error)
	DeleteMade(ctx context.Context, as apiclient.Caller, ids ...apiclient.BookingID) ([]apiclient.Deletion, error)
	DeleteReceived(ctx context.Context, as apiclient.Caller, ids ...apiclient.BookingID) ([]apiclient.Deletion, error)

	PhoneChatSettings(ctx context.Context, as apiclient.Caller) (apiclient.Settings, error)
	SaveSettings(ctx context.Context, as apiclient.Caller, s apiclient.Settings) (apiclient.Settings, error)
	Offers(ctx context.Context, as apiclient.Caller) ([]apiclient.Offer, error)
	UpdateOffer(ctx context.Context, as apiclient.Caller, o apiclient.Offer) (apiclient.Offer, error)

	EachGroupMember(ctx context.Context, q apiclient.GroupQuery) iter.Seq2[apiclient.GroupMember, error]
	HotLists(ctx context.Context, as apiclient.Caller) ([]apiclient.HotList, error)
	HotList(ctx context.Context, as apiclient.Caller, id apiclient.HotListID) (apiclient.HotList, error)
	Search(ctx context.Context, q apiclient.SearchQuery) (apiclient.ProfilePage, error)
	UserSummary(ctx context.Context, id apiclient.MemberID) (apiclient.MemberCard, error)
	HasKey() bool
}
