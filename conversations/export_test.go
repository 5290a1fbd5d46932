package conversations

import (
	"fmt"

	"phonechatbot/apiclient"
	"phonechatbot/internal/flow"
	"phonechatbot/internal/wording"
)

// AddProbes adds what tests of acting need: buttons ("setnow", "setkeep") and a form ("setprobe") that change something
// of whomever the account acts for.
func (d *Desk) AddProbes() {
	save := func(v *visit, price string) error {
		credits, err := apiclient.ParseCredits(price)
		if err != nil {
			return fmt.Errorf("price: %w", err)
		}
		settings, err := v.api.PhoneChatSettings(v.ctx, v.caller())
		if err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		settings.Price, settings.HasPrice = credits, true
		_, err = v.logged("price", price+" credits", func() error {
			_, err := v.api.SaveSettings(v.ctx, v.caller(), settings)
			return err
		})
		return err
	}
	done := wording.Message{ID: "probe.done", English: "Saved."}
	d.screens["setnow"] = func(v *visit, price string) error {
		if err := save(v, price); err != nil {
			return v.sorry(err, "setnow", price)
		}
		return v.screen(v.textView(done.Text()))
	}
	d.screens["setkeep"] = func(v *visit, price string) error { // a card that goes on after a failure
		view := v.textView(done.Text())
		if err := save(v, price); err != nil {
			problem, _ := v.explain(err)
			view = v.textView(problem)
		}
		again := v.button(done, "setnow", price)
		view.Rows = append(view.Rows, []flow.Button{again})
		return v.screen(view)
	}
	d.screens["setprobe"] = func(v *visit, _ string) error { return v.open("setprobe", nil, nil) }
	ask := wording.Message{ID: "probe.ask", English: "Which price?"}
	yes := wording.Message{ID: "probe.yes", English: "Yes, save"}
	d.forms["setprobe"] = form{
		flow: flow.Flow{
			Name: "setprobe", Version: 1, Title: ask.Text(), Words: words(), Brief: true,
			Steps: []flow.Step{{
				ID: "price", Ask: func(flow.Scope) flow.Prompt { return flow.Prompt{Body: []wording.Text{ask.Text()}} },
				Parse: func(_ flow.Scope, text string) (flow.Answer, error) { return flow.Answer{Value: text}, nil },
			}},
			Confirm: func(flow.Scope) []wording.Text { return []wording.Text{ask.Text()} },
			Yes:     func(flow.Scope) wording.Text { return yes.Text() },
		},
		load: noFacts,
		submit: func(v *visit, s flow.Session, _ string) (flow.Sent, error) {
			switch err := save(v, s.Answers["price"]); {
			case err == nil:
				return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(done.Text())}, nil
			case outcomeOf(err) == "unknown":
				return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
			default:
				return v.notSent(err)
			}
		},
		settle: func(v *visit, s flow.Session) (flow.Sent, error) {
			settings, err := v.api.PhoneChatSettings(v.ctx, v.caller())
			want, _ := apiclient.ParseCredits(s.Answers["price"])
			switch {
			case err != nil:
				return flow.Sent{Outcome: flow.OutcomeUnsure}, nil
			case settings.Price.Equal(want):
				return flow.Sent{Outcome: flow.OutcomeDone, View: v.textView(done.Text())}, nil
			}
			return flow.Sent{Outcome: flow.OutcomeAbsent}, nil
		},
	}
}
