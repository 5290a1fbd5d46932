package conversations

func offerScreens() map[string]screen { return nil }

func (d *Desk) offerForms() []form { return nil }

func (v *visit) showOffers() error { return nil }
