// Package bot is the one door to Telegram. Updates come in here, are kept on disk before they are
// confirmed, and reach the Handler as flow.Events, in order within a chat and in parallel across
// chats; Views go out as messages, sent or edited. The Bot API's types, limits, error texts and the
// quirks of the library end in this package.
//
// The files: bot.go starts and stops, receive.go polls, webhook.go is brought what receive.go would ask for,
// trouble.go waits when that fails and hearing.go says so, take.go keeps what came in, replay.go what an earlier
// run left, mailbox.go keeps the order, turn.go handles one update; decode.go, command.go and codec.go read what came in,
// client.go, file.go, answer.go, render.go and cut.go write what goes out; wire.go and errors.go judge every
// reply; pace.go, pacebucket.go and pacehold.go say when a call may go, lanes.go which goes first; recent.go
// remembers ids.
//
// What may not live here: wording of our own, accounts, sessions, the platform's API, the store (an
// Inbox is handed in), and any log line or error with a message text or the bot token in it.
package bot
