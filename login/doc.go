// Package login signs people in at the platform, and keeps their tokens fresh.
//
// A sign-in goes through these stages, each written down before the next begins:
//
//	open --browser is back--> taken --tokens--> arrived --the chat shows the code, and links--> gone
//	  |                         |                  |
//	  +-------------------------+------------------+--> over, with a word for the chat --said--> gone
//
// Three things make sure that tokens end up with the person who signed in, and only there. The link holds
// a random state that is good for one return within ten minutes. A GET of the return address changes
// nothing: it is the page itself that posts, so a preview or a prefetch uses nothing up. What runs scripts
// as a browser does may use it up, and then the person begins again. And tokens that have arrived wait until
// the chat that began shows a code which only that browser was shown: whoever talks somebody else into
// opening his link gets nothing. The chat is a private one, so it stands for its Telegram user.
//
// What may not live here: words of the chat, Telegram, HTTP of the platform.
package login
