package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"phonechatbot/bot"
)

// metrics tells Prometheus how the rooms do. It counts, and names nobody: no account, chat, member or booking is a label.
type metrics struct {
	house *house
	log   zerolog.Logger
}

// Describe leaves the names to Collect.
func (m metrics) Describe(chan<- *prometheus.Desc) {}

// Collect asks each room.
func (m metrics) Collect(out chan<- prometheus.Metric) {
	emitting := func(kind prometheus.ValueType) emit {
		return func(name, help string, v float64, label ...string) {
			names, values := label[:len(label)/2], label[len(label)/2:]
			out <- prometheus.MustNewConstMetric(prometheus.NewDesc("phonechatbot_"+name, help, names, nil), kind, v, values...)
		}
	}
	gauge, counter := emitting(prometheus.GaugeValue), emitting(prometheus.CounterValue)
	m.poller(gauge, counter)
	m.outbox(gauge, counter)
	m.telegram(gauge, counter)
}

// emit hands over one value; label is none, or a name and a value.
type emit func(name, help string, v float64, label ...string)

func (m metrics) poller(gauge, counter emit) {
	s := m.house.poller.Stats()
	gauge("poll_accounts", "Accounts that are polled.", float64(s.Accounts))
	gauge("poll_due", "Accounts that wait for a worker.", float64(s.Due))
	gauge("poll_late", "Accounts that wait for longer than their interval.", float64(s.Late))
	gauge("poll_lateness_seconds", "How long the account that is due longest has waited.", s.Lateness.Seconds())
	gauge("poll_stretch_ratio", "By how much all intervals are longer than wanted; 1 where the API's rate holds them all.", s.Stretch)
	gauge("poll_demand_calls_per_second", "Calls a second that all accounts want.", s.Demand)
	gauge("poll_resting", "1 while the platform is left alone.", number(s.Resting))
	for result, n := range map[string]uint64{
		"unchanged": s.Unchanged, "changed": s.Changed, "other": s.Polls - s.Unchanged - s.Changed,
	} {
		counter("polls_total", "Looks at an account that came to an end.", float64(n), "result", result)
	}
	for kind, n := range s.Failures {
		counter("poll_failures_total", "Looks that failed.", float64(n), "kind", kind)
	}
}

func (m metrics) outbox(gauge, counter emit) {
	s, err := m.house.outbox.Stats(context.Background())
	if err != nil {
		m.log.Error().Err(err).Msg("the queue cannot be counted")
		return
	}
	for state, n := range map[string]int{"due": s.Due, "parked": s.Parked, "later": s.All - s.Due - s.Parked} {
		gauge("outbox_notifications", "Notifications in the queue.", float64(n), "state", state)
	}
	gauge("outbox_paused_accounts", "Accounts whose chat the messenger refuses, with alerts that wait.", float64(s.Paused))
	oldest := time.Duration(0)
	if !s.Oldest.IsZero() {
		oldest = m.house.now().Sub(s.Oldest)
	}
	gauge("outbox_oldest_due_seconds", "How long the notification that is due longest has waited.", oldest.Seconds())
	gauge("outbox_messenger_out_of_reach", "1 while few alerts are tried, because the messenger cannot be reached.", number(s.Storm))
	for result, n := range map[string]int{
		"arrived": s.Sent, "tried_again": s.Retried, "held_back": s.HeldBack, "refused": s.Blocked,
	} {
		counter("outbox_sends_total", "Sends of alerts, by how they ended.", float64(n), "result", result)
	}
	for why, n := range s.Dropped {
		counter("outbox_dropped_total", "Notifications that were not told.", float64(n), "reason", string(why))
	}
}

func (m metrics) telegram(gauge, counter emit) {
	s := m.house.bot.Stats()
	for _, lane := range []bot.Lane{bot.Replies, bot.Alerts, bot.Digests} {
		name := lane.String()
		counter("telegram_sent_total", "Messages that Telegram took.", float64(s.Sent[lane]), "lane", name)
		counter("telegram_held_back_total", "Messages that found no turn in time.", float64(s.HeldBack[lane]), "lane", name)
		gauge("telegram_waiting", "Messages that wait for their turn.", float64(s.Waiting[lane]), "lane", name)
	}
	counter("telegram_too_many_requests_total", "Answers 429.", float64(s.TooMany))
	counter("telegram_updates_skipped_total", "Updates that were passed over.", float64(m.house.bot.Skipped()))
	gauge("telegram_ready", "1 while updates come in.", number(m.house.bot.Ready() == nil))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// metricsHandler answers /metrics, in the text format of Prometheus.
func (h *house) metricsHandler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics{h, h.log}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}
