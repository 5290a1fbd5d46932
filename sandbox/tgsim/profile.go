package tgsim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
)

// commandScope is where a list of commands holds.
type commandScope struct {
	kind     string // "default", "all_private_chats", "chat", ...
	chat     int64
	language string
}

// Command is one entry of the bot's menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

const maxCommands = 100

var (
	commandName  = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
	languageCode = regexp.MustCompile(`^([a-z]{2})?$`)
	actions      = []string{
		"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
		"choose_sticker", "find_location", "record_video_note", "upload_video_note",
	}
)

func (s *Server) getMe(params) (any, error) {
	return map[string]any{
		"id": s.bot.ID, "is_bot": true, "first_name": s.bot.FirstName, "username": s.bot.Username,
		"can_join_groups": false, "can_read_all_group_messages": false, "supports_inline_queries": false,
		"can_connect_to_business": false, "has_main_web_app": false,
	}, nil
}

func scopeOf(p params) (commandScope, error) {
	scope := struct {
		Type   string `json:"type"`
		ChatID any    `json:"chat_id"`
	}{Type: "default"}
	if err := p.decode("scope", &scope); err != nil {
		return commandScope{}, refuse("can't parse BotCommandScope")
	}
	if !languageCode.MatchString(p.text("language_code")) {
		return commandScope{}, refuse("invalid language code specified")
	}
	out := commandScope{kind: scope.Type, language: p.text("language_code")}
	switch id := scope.ChatID.(type) {
	case float64:
		out.chat = int64(id)
	case string:
		out.chat, _ = strconv.ParseInt(id, 10, 64)
	}
	return out, nil
}

func (s *Server) setMyCommands(p params) (any, error) {
	scope, err := scopeOf(p)
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	var commands []Command
	if p.decode("commands", &raw) != nil || p.decode("commands", &commands) != nil {
		return nil, refuse("can't parse commands specified")
	}
	if len(commands) > maxCommands {
		return nil, refuse("BOT_COMMANDS_TOO_MUCH")
	}
	for _, c := range commands {
		if !commandName.MatchString(c.Command) {
			return nil, refuse("BOT_COMMAND_INVALID")
		}
	}
	s.commands[scope] = raw
	s.touch()
	return true, nil
}

func (s *Server) getMyCommands(p params) (any, error) {
	scope, err := scopeOf(p)
	if err != nil {
		return nil, err
	}
	return append([]json.RawMessage{}, s.commands[scope]...), nil
}

func (s *Server) deleteMyCommands(p params) (any, error) {
	scope, err := scopeOf(p)
	if err != nil {
		return nil, err
	}
	delete(s.commands, scope)
	s.touch()
	return true, nil
}

// Commands is the menu a user is shown: the narrowest scope that has one, the user's language first.
func (s *Server) Commands(userID int64) []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commandsFor(userID)
}

func (s *Server) commandsFor(userID int64) []Command {
	language := ""
	if c := s.chats[userID]; c != nil && len(c.user.LanguageCode) >= 2 {
		language = c.user.LanguageCode[:2]
	}
	for _, scope := range []commandScope{{kind: "chat", chat: userID}, {kind: "all_private_chats"}, {kind: "default"}} {
		for _, spoken := range []string{language, ""} {
			scope.language = spoken
			if list := s.commands[scope]; len(list) > 0 {
				return decodeCommands(list)
			}
		}
	}
	return nil
}

func decodeCommands(raw []json.RawMessage) []Command {
	commands := make([]Command, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &commands[i]); err != nil {
			return nil // cannot be: it was decoded when it was set
		}
	}
	return commands
}

func (s *Server) sendChatAction(p params) (any, error) {
	if err := refuseForeign(p); err != nil {
		return nil, err
	}
	c, err := s.chatFor(p)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(actions, p.text("action")) {
		return nil, refuse("wrong parameter action in request")
	}
	c.action, c.actionAt = p.text("action"), s.cfg.Now()
	s.touch()
	return true, nil
}

func (s *Server) setChatMenuButton(p params) (any, error) {
	if p.has("chat_id") {
		if _, err := s.chatFor(p); err != nil {
			return nil, err
		}
	}
	s.info["menu_button:"+p.text("chat_id")] = p.text("menu_button")
	s.touch()
	return true, nil
}

func (s *Server) setMyDescription(p params) (any, error) {
	return s.describe("description", p)
}

func (s *Server) setMyShortDescription(p params) (any, error) {
	return s.describe("short_description", p)
}

func (s *Server) describe(what string, p params) (any, error) {
	if !languageCode.MatchString(p.text("language_code")) {
		return nil, refuse("invalid language code specified")
	}
	s.info[what+":"+p.text("language_code")] = p.text(what)
	s.touch()
	return true, nil
}

// Description is what the bot has set for a language ("" is all), shown before the first message.
func (s *Server) Description(language string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info["description:"+language]
}

// ShortDescription is what the bot has set for a language ("" is all), shown on its profile.
func (s *Server) ShortDescription(language string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info["short_description:"+language]
}
