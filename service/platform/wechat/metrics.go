package wechat

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sony/gobreaker/v2"
)

// How a call went, for the metrics.
const (
	outcomeAnswered = "answered" // whatever WeChat said
	outcomeFailed   = "failed"   // no response, or none in time
	outcomeShut     = "shut"     // not called: the breaker is open
)

// What happened to access tokens, for the metrics.
const (
	tokenFetched = "fetched"
	tokenForced  = "forced" // fetched anew because WeChat kept giving one that it does not take
	tokenFailed  = "failed"
	tokenDropped = "dropped" // WeChat no longer took it
)

var (
	callsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "xinyu_wechat_calls_total",
		Help: "Calls to WeChat by path and by how they went: answered (whatever the answer), failed, or shut (not tried: the breaker is open).",
	}, []string{"call", "outcome"})
	breakersOpen = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "xinyu_wechat_breakers_open",
		Help: "Breakers of calls to WeChat that are open or half open: the call keeps failing.",
	}, []string{"call"})
	breakerChanges = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "xinyu_wechat_breaker_changes_total",
		Help: "Changes of breakers by call and by the new state: open, half-open, closed.",
	}, []string{"call", "to"})
	tokensTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "xinyu_wechat_tokens_total",
		Help: "Access tokens by what happened: fetched, forced, failed, dropped.",
	}, []string{"event"})
)

// Metrics are the collectors of all Clients in this process.
func Metrics() []prometheus.Collector {
	return []prometheus.Collector{callsTotal, breakersOpen, breakerChanges, tokensTotal}
}

func countCall(path, outcome string) { callsTotal.WithLabelValues(path, outcome).Inc() }

func countToken(event string) { tokensTotal.WithLabelValues(event).Inc() }

func breakerChanged(path string, from, to gobreaker.State) {
	breakerChanges.WithLabelValues(path, to.String()).Inc()
	switch {
	case from == gobreaker.StateClosed:
		breakersOpen.WithLabelValues(path).Inc()
	case to == gobreaker.StateClosed:
		breakersOpen.WithLabelValues(path).Dec()
	}
}
