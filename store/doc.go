// Package store is the one door to the disk: accounts, chats, sends, snapshots, offers, deeds,
// DirectChat settings, notifications, the inbox of updates and sign-ins, in one file. View and Update hand
// out a Tx, the typed layer; callers compose their own all-or-nothing turns from its methods.
//
// What may not live here: business rules, foreign structs on disk (but for flow.Session, which is plain
// data made for it, and alert.Prefs), clocks, ids made up on the spot, network calls inside a transaction.
//
// # The schema, version 4
//
// Tables of ordered byte keys. Numbers in keys are 8 bytes, big-endian; an account, a deed or a
// notification is the 16 bytes of its UUID; tag(x) is secret.Keyring.Tag of the table and x, 16 bytes that
// look random, so that the file shows no Telegram id, no member, no number of a booking or an offer and no
// state of a sign-in. A value is a JSON record that was sealed (secret.Keyring.Seal) with "table/key" as
// associated data: elsewhere it does not open.
//
//	table      key                                                    value
//	-----      ---                                                    -----
//	meta       "schema"                                               the version in decimal, not sealed
//	meta       "key"                                                  a check: opens with the right keys only
//	meta       "outage"                                               Outage, while there is one
//	accounts   account                                                Account
//	members    tag(member) account                                    nothing, sealed: an index of accounts
//	chats      tag(chat)                                              Chat, with its flow.Sessions
//	sends      tag(session "/" attempt)                               Send
//	snapshots  account side tag(account side booking)                 Snapshot; side is "m" or "r"
//	polls      account                                                Poll
//	offers     account tag(account member) tag(account member offer)  Offer
//	deeds      account deed                                           Deed
//	direct     account tag(account member)                            DirectChat
//	outbox     account notification                                   Notification
//	due        nanoseconds since 1970, account, notification          nothing, sealed: an index of outbox
//	told       account side tag(account side booking) tag(told)       nothing, sealed: an index of what was told
//	watches    account tag(account member)                            Watch
//	inbox      update id                                              Update
//	sign-ins   tag(state)                                             SignIn
//
// What still shows: how many records there are and how long, how many offers go together, when a deed was
// done, when a notification is due, and Telegram's running number of an update. That somebody put back an
// older copy of a record, or of the whole file, cannot be seen either.
//
// A booking that is long over is forgotten, and what was told of it with it: see Sweeper.
//
// What belongs to an account is written only while the account exists, and goes when it goes: nothing
// of it comes back when slow work ends after the person has left.
package store
