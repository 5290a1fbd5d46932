package conversations

func settingsScreens() map[string]screen { return nil }

func (d *Desk) settingsForms() []form { return nil }

func (v *visit) showSettings() error { return nil }
