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

// The metrics, by what they count.
//
//nolint:gochecknoglobals // descriptions
var (
	metricAccounts  = describe("poll_accounts", "Accounts that are polled.")
	metricDue       = describe("poll_due", "Accounts that wait for a worker.")
	metricLate      = describe("poll_late", "Accounts that wait for longer than their interval.")
	metricLateness  = describe("poll_lateness_seconds", "How long the account that is due longest has waited.")
	metricStretch   = describe("poll_stretch_ratio", "By how much all intervals are longer than wanted; 1 where the API's rate holds them all.")
	metricDemand    = describe("poll_demand_calls_per_second", "Calls a second that all accounts want.")
	metricResting   = describe("poll_resting", "1 while the platform is left alone.")
	metricPolls     = describe("polls_total", "Looks at an account that came to an end.", "result")
	metricPollFails = describe("poll_failures_total", "Looks that failed.", "kind")

	metricQueued  = describe("outbox_notifications", "Notifications in the queue.", "state")
	metricOldest  = describe("outbox_oldest_due_seconds", "How long the notification that is due longest has waited.")
	metricPaused  = describe("outbox_paused_accounts", "Accounts whose chat the messenger refuses, with alerts that wait.")
	metricAlerts  = describe("outbox_sends_total", "Sends of alerts, by how they ended.", "result")
	metricDropped = describe("outbox_dropped_total", "Notifications that were not told.", "reason")
	metricStorm   = describe("outbox_messenger_out_of_reach", "1 while few alerts are tried, because the messenger cannot be reached.")

	metricSent     = describe("telegram_sent_total", "Messages that Telegram took.", "lane")
	metricHeldBack = describe("telegram_held_back_total", "Messages that found no turn in time.", "lane")
	metricWaiting  = describe("telegram_waiting", "Messages that wait for their turn.", "lane")
	metricTooMany  = describe("telegram_too_many_requests_total", "Answers 429.")
	metricSkipped  = describe("telegram_updates_skipped_total", "Updates that were passed over.")
	metricReady    = describe("telegram_ready", "1 while updates come in.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("phonechatbot_"+name, help, labels, nil)
}

// Describe leaves the names to Collect.
func (m metrics) Describe(chan<- *prometheus.Desc) {}

// Collect asks each room.
func (m metrics) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	m.poller(gauge, counter)
	m.outbox(gauge, counter)
	m.telegram(gauge, counter)
}

type emit func(d *prometheus.Desc, v float64, labels ...string)

func (m metrics) poller(gauge, counter emit) {
	s := m.house.poller.Stats()
	gauge(metricAccounts, float64(s.Accounts))
	gauge(metricDue, float64(s.Due))
	gauge(metricLate, float64(s.Late))
	gauge(metricLateness, s.Lateness.Seconds())
	gauge(metricStretch, s.Stretch)
	gauge(metricDemand, s.Demand)
	gauge(metricResting, number(s.Resting))
	counter(metricPolls, float64(s.Unchanged), "unchanged")
	counter(metricPolls, float64(s.Changed), "changed")
	counter(metricPolls, float64(s.Polls-s.Unchanged-s.Changed), "other")
	for kind, n := range s.Failures {
		counter(metricPollFails, float64(n), kind)
	}
}

func (m metrics) outbox(gauge, counter emit) {
	s, err := m.house.outbox.Stats(context.Background())
	if err != nil {
		m.log.Error().Err(err).Msg("the queue cannot be counted")
		return
	}
	gauge(metricQueued, float64(s.Due), "due")
	gauge(metricQueued, float64(s.Parked), "parked")
	gauge(metricQueued, float64(s.All-s.Due-s.Parked), "later")
	gauge(metricPaused, float64(s.Paused))
	oldest := time.Duration(0)
	if !s.Oldest.IsZero() {
		oldest = m.house.now().Sub(s.Oldest)
	}
	gauge(metricOldest, oldest.Seconds())
	gauge(metricStorm, number(s.Storm))
	for result, n := range map[string]int{
		"arrived": s.Sent, "tried_again": s.Retried, "held_back": s.HeldBack, "refused": s.Blocked,
	} {
		counter(metricAlerts, float64(n), result)
	}
	for why, n := range s.Dropped {
		counter(metricDropped, float64(n), string(why))
	}
}

func (m metrics) telegram(gauge, counter emit) {
	s := m.house.bot.Stats()
	for lane, name := range map[bot.Lane]string{bot.Replies: "replies", bot.Alerts: "alerts", bot.Digests: "digests"} {
		counter(metricSent, float64(s.Sent[lane]), name)
		counter(metricHeldBack, float64(s.HeldBack[lane]), name)
		gauge(metricWaiting, float64(s.Waiting[lane]), name)
	}
	counter(metricTooMany, float64(s.TooMany))
	counter(metricSkipped, float64(m.house.bot.Skipped()))
	gauge(metricReady, number(m.house.bot.Ready() == nil))
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
