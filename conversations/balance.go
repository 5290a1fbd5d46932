package conversations

import (
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

var msgHelp = msg("home.help", "help")

func (v *visit) showBalance() error { return nil }

func (v *visit) helpView() flow.View { return v.textView(msgHelp.Text()) }

var _ wording.Text
