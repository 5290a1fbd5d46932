// Package tgsim is a small Telegram for one bot: it keeps users, private chats, messages, keyboards
// and the queue of updates, and shows them from four sides.
//
//   - The bot's side is Server.Handler: the Bot API over HTTP, with Telegram's rules for offsets,
//     long polling and webhooks, its limits and its refusals word for word, and a referee for every parameter.
//   - The user's side is methods of Server: Send, Press, ShareContact, Chat, Changes, Toasts,
//     WaitFor.
//   - Bad days are SetFault, Block, SetWebhook and Inject.
//   - A person's side is Server.WebHandler: a chat page for one user.
//
// What may not live here: anything that knows what the bot is for. It is as ignorant of bookings as
// Telegram is.
//
// Two kinds of refusal can be told apart by their text: those of Telegram carry its own words, those
// that only a strict referee would make (a parameter that does not exist, one of the wrong type)
// name the parameter. No refusal repeats a value, apart from the tags and addresses that Telegram
// itself quotes.
package tgsim
