package message

import "github.com/prometheus/client_golang/prometheus"

// results counts what became of messages.
var results = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "xinyu_messages_total",
	Help: "What became of messages to people: sent, uncertain (may or may not have arrived), called (in a call queue), no_leave, retried, failed, or why dropped.",
}, []string{"channel", "kind", "result"})

// Metrics are the package's collectors.
func Metrics() []prometheus.Collector { return []prometheus.Collector{results} }

func count(channel, kind, result string) { results.WithLabelValues(channel, kind, result).Inc() }
