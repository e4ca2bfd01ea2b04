package alert

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"xinyu/model"
)

const (
	// StallAfter is how long a step may be overdue until the escalation counts as
	// standing still.
	StallAfter = time.Minute
	// checkTimeout bounds a call of the external check.
	checkTimeout = 10 * time.Second
)

// Overdue returns for how long the step that waits longest has been due; zero where
// none is.
func (s *Service) Overdue(ctx context.Context) (time.Duration, error) {
	now := s.store.Now()
	var due []time.Time
	err := s.store.Read(ctx).Model(&model.AlertStep{}).Where("done_at IS NULL AND due_at <= ?", now).Order("due_at").Limit(1).Pluck("due_at", &due).Error
	if err != nil || len(due) == 0 {
		return 0, err
	}
	return now.Sub(due[0]), nil
}

// Watch is the job that calls the operator's external check, where there is one,
// while the escalation works. The check raises the alarm where no call comes: so it
// notices also that the program, its jobs, the database or the machine stand still.
func (s *Service) Watch(ctx context.Context) error {
	overdue, err := s.Overdue(ctx)
	if err != nil {
		return fmt.Errorf("watch the escalation: %w", err)
	}
	if overdue > StallAfter {
		return fmt.Errorf("the escalation of alerts stands still: a step is overdue by %s", overdue.Round(time.Second))
	}
	if s.checkURL == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.checkURL, http.NoBody)
	if err != nil {
		return fmt.Errorf("call the external check: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("call the external check: %w", err)
	}
	_ = res.Body.Close()
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the external check answered %d", res.StatusCode)
	}
	return nil
}

// Metrics are the service's collectors.
func (s *Service) Metrics() []prometheus.Collector {
	return []prometheus.Collector{prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "xinyu_alert_overdue_seconds",
		Help: "For how long the escalation of alerts is behind: above 60 it stands still and somebody must look. NaN without the database.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		overdue, err := s.Overdue(ctx)
		if err != nil {
			return math.NaN()
		}
		return overdue.Seconds()
	})}
}
