package bot

import (
	"time"

	"github.com/go-telegram/bot/models"

	"phonechatbot/internal/flow"
)

// decode makes an event of an update; not ok if nobody did anything in it that concerns us: service
// messages, channels, anonymous senders, other bots, commands for other bots, impossible presses.
// mine says whether a bot name (lower case) is ours; arrived dates a press, which says nothing of when it was made.
func decode(u *models.Update, mine func(name string, private bool) bool, arrived time.Time) (flow.Event, bool) {
	e := flow.Event{Update: u.ID}
	switch {
	case u.Message != nil:
		if !sender(&e, u.Message) {
			return flow.Event{}, false
		}
		return fromMessage(e, u.Message, mine)
	case u.EditedMessage != nil:
		if !sender(&e, u.EditedMessage) || u.EditedMessage.Location != nil { // a live location moves by edits
			return flow.Event{}, false
		}
		e.Kind, e.Text = flow.EventEdited, u.EditedMessage.Text
		if u.EditedMessage.EditDate != 0 {
			e.At = time.Unix(int64(u.EditedMessage.EditDate), 0).UTC()
		}
		return e, true
	case u.CallbackQuery != nil:
		return fromPress(e, u.CallbackQuery, arrived)
	case u.MyChatMember != nil:
		return fromMembership(e, u.MyChatMember)
	default:
		return flow.Event{}, false
	}
}

// sender fills in where a message came from; false if no person of their own name wrote it.
func sender(e *flow.Event, m *models.Message) bool {
	if m.From == nil || m.From.IsBot || m.SenderChat != nil || m.Chat.Type == models.ChatTypeChannel {
		return false
	}
	e.Chat, e.User, e.Message = flow.ChatID(m.Chat.ID), m.From.ID, m.ID
	e.Private = m.Chat.Type == models.ChatTypePrivate && m.Chat.ID == m.From.ID
	e.At = time.Unix(int64(m.Date), 0).UTC()
	return true
}

func fromMessage(e flow.Event, m *models.Message, mine func(string, bool) bool) (flow.Event, bool) {
	switch {
	case isService(m):
		return flow.Event{}, false
	case m.ForwardOrigin != nil:
		e.Kind, e.Media = flow.EventOther, "forward"
	case m.Contact != nil:
		e.Kind, e.Phone, e.ContactUser = flow.EventContact, m.Contact.PhoneNumber, m.Contact.UserID
	case m.Text != "":
		name, addressee, rest, ok := parseCommand(m.Text)
		switch {
		case !ok:
			e.Kind, e.Text = flow.EventText, m.Text
		case addressee != "" && !mine(addressee, e.Private):
			return flow.Event{}, false
		default:
			e.Kind, e.Command, e.Text = flow.EventCommand, name, rest
		}
	default:
		e.Kind, e.Media = flow.EventOther, media(m)
	}
	return e, true
}

// fromPress reads a callback query. Its message may be missing or too old to be shown: then the
// event has no Message. In a private chat nobody but its owner can press.
func fromPress(e flow.Event, q *models.CallbackQuery, arrived time.Time) (flow.Event, bool) {
	chat, message, private := pressedIn(q)
	if private && int64(chat) != q.From.ID {
		return flow.Event{}, false
	}
	e.Kind, e.Chat, e.User, e.Message = flow.EventPress, chat, q.From.ID, message
	e.Private, e.At, e.Callback = private, arrived, q.ID
	press, err := DecodePress(q.Data)
	e.Press, e.Forged = press, err != nil
	return e, true
}

// fromMembership reads what a person lets the bot do in their private chat. Of groups nobody wants to know.
func fromMembership(e flow.Event, m *models.ChatMemberUpdated) (flow.Event, bool) {
	if m.Chat.Type != models.ChatTypePrivate || m.Chat.ID != m.From.ID {
		return flow.Event{}, false
	}
	switch m.NewChatMember.Type {
	case models.ChatMemberTypeBanned, models.ChatMemberTypeLeft:
		e.Kind = flow.EventLeft
	case models.ChatMemberTypeMember:
		e.Kind = flow.EventBack
	default:
		return flow.Event{}, false
	}
	e.Chat, e.User, e.Private = flow.ChatID(m.Chat.ID), m.From.ID, true
	e.At = time.Unix(int64(m.Date), 0).UTC()
	return e, true
}

// pressedIn says where a button was pressed: without a message, in the person's own chat.
func pressedIn(q *models.CallbackQuery) (chat flow.ChatID, message int, private bool) {
	if m := q.Message.Message; m != nil {
		return flow.ChatID(m.Chat.ID), m.ID, m.Chat.Type == models.ChatTypePrivate
	}
	if gone := q.Message.InaccessibleMessage; gone != nil && gone.Chat.ID != 0 {
		return flow.ChatID(gone.Chat.ID), 0, gone.Chat.Type == models.ChatTypePrivate
	}
	return flow.ChatID(q.From.ID), 0, true
}

// isService reports whether a message only tells that something happened in the chat.
func isService(m *models.Message) bool {
	return m.PinnedMessage != nil || m.MessageAutoDeleteTimerChanged != nil || m.WriteAccessAllowed != nil ||
		m.ChatBackgroundSet != nil || m.ConnectedWebsite != "" || m.ProximityAlertTriggered != nil ||
		len(m.NewChatMembers) > 0 || m.LeftChatMember != nil || m.NewChatTitle != "" ||
		len(m.NewChatPhoto) > 0 || m.DeleteChatPhoto || m.GroupChatCreated || m.SupergroupChatCreated ||
		m.ChannelChatCreated || m.MigrateToChatID != 0 || m.MigrateFromChatID != 0 || m.BoostAdded != nil ||
		m.ForumTopicCreated != nil || m.ForumTopicEdited != nil || m.ForumTopicClosed != nil ||
		m.ForumTopicReopened != nil || m.GeneralForumTopicHidden != nil || m.GeneralForumTopicUnhidden != nil ||
		m.VideoChatScheduled != nil || m.VideoChatStarted != nil || m.VideoChatEnded != nil ||
		m.VideoChatParticipantsInvited != nil || m.ChatOwnerLeft != nil || m.ChatOwnerChanged != nil
}

// media names what a message without text brings, as the Bot API names the field; "unknown" is newer
// than this code. An animation comes with a document and a venue with a location.
func media(m *models.Message) string {
	for _, kind := range []struct {
		name    string
		present bool
	}{
		{"photo", len(m.Photo) > 0},
		{"voice", m.Voice != nil},
		{"sticker", m.Sticker != nil},
		{"video", m.Video != nil},
		{"video_note", m.VideoNote != nil},
		{"animation", m.Animation != nil},
		{"audio", m.Audio != nil},
		{"document", m.Document != nil},
		{"venue", m.Venue != nil},
		{"location", m.Location != nil},
		{"poll", m.Poll != nil},
		{"dice", m.Dice != nil},
		{"game", m.Game != nil},
		{"story", m.Story != nil},
		{"checklist", m.Checklist != nil},
		{"paid_media", m.PaidMedia != nil},
		{"live_photo", m.LivePhoto != nil},
		{"rich_message", m.RichMessage != nil},
		{"users_shared", m.UsersShared != nil},
	} {
		if kind.present {
			return kind.name
		}
	}
	return "unknown"
}
