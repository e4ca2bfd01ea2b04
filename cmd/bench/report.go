package main

import (
	"context"
	"fmt"
	"time"
)

// reports are the three programs that take watch reports.
type reports struct {
	*county
	product, json, tx *side
	warmed            int // reports before the clock ran
}

// measureReports compares watch reports of the whole stack with a Gin that only
// decodes them, and with one that upserts each in a transaction of its own.
func measureReports(ctx context.Context, c *county) error {
	r := &reports{county: c, product: &side{child: c.product, sources: audience(pupils, c.opts.conns)}}
	if err := r.startBaselines(ctx); err != nil {
		return err
	}
	if err := c.warmCounters(ctx); err != nil {
		return err
	}
	// Every phone once before the clock runs, as each watch is read from SQL with its first report.
	if err := r.warm(ctx); err != nil {
		return err
	}
	for range c.opts.rounds {
		if err := round(ctx, r.product, r.json, r.tx); err != nil {
			return err
		}
	}
	warmed := fmt.Sprintf("warmed=%d", r.warmed)
	product, plain, tx := perSecond("product", r.product.rates), perSecond("baseline", r.json.rates), perSecond("baseline", r.tx.rates)
	c.print.figure("report_vs_gin_json", "ratio", atLeast(0.30), ratios(r.product.rates, r.json.rates), product, plain, warmed)
	c.print.figure("report_vs_tx_each", "ratio", atLeast(4), ratios(r.product.rates, r.tx.rates), product, tx)
	if c.opts.wants("report_p99_ratio") {
		if err := r.latency(ctx); err != nil {
			return err
		}
	}
	c.print.check("reports", c.compareReports(ctx, r.product.sources), fmt.Sprintf("acknowledged=%d", ackedBy(r.product.sources)))
	c.print.check("reports_baseline", r.compareBaseline(ctx), fmt.Sprintf("acknowledged=%d", ackedBy(r.tx.sources)))
	return r.stopBaselines()
}

func (r *reports) startBaselines(ctx context.Context) error {
	r.json = &side{child: r.baseline("serve-json"), sources: audience(pupils, r.opts.conns)}
	if err := r.json.start(ctx); err != nil {
		return err
	}
	r.tx = &side{sources: audience(pupils, r.opts.conns)}
	var err error
	if r.tx.child, err = r.startTxBaseline(ctx); err != nil {
		return err
	}
	for _, statement := range []string{
		"INSERT INTO baseline.viewers (id, credited_at, allowance_ms) SELECT watch_id, updated_at, 0 FROM lesson_progress",
		`INSERT INTO baseline.lesson_progress (viewer_id, lesson_id, watch_id, last_seq, position, watched_seconds, bitmap, updated_at)
			SELECT watch_id, 1, watch_id, 0, position, watched_seconds, bitmap, updated_at FROM lesson_progress`,
	} {
		if _, err = r.sql.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return err
}

func (r *reports) stopBaselines() error {
	for _, s := range []*side{r.json, r.tx} {
		if err := s.stop(); err != nil {
			return err
		}
	}
	return nil
}

// warm lets every phone report once to the product, as far as time allows, and
// the baselines fill their pools.
func (r *reports) warm(ctx context.Context) error {
	const most = 30 * time.Second
	once := make([]source, len(r.product.sources))
	for i, s := range r.product.sources {
		once[i] = &limited{source: s, left: len(s.(*watchers).players)} //nolint:forcetypeassert // an audience
	}
	if _, err := closedLoop(ctx, r.product.addr, once, most); err != nil {
		return err
	}
	r.warmed = ackedBy(r.product.sources)
	for _, s := range []*side{r.json, r.tx} {
		if _, err := closedLoop(ctx, s.addr, s.sources, 200*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// limited ends a source after so many requests.
type limited struct {
	source
	left int
}

func (l *limited) next(b []byte) []byte {
	if l.left == 0 {
		return nil
	}
	l.left--
	return l.source.next(b)
}

// latency compares the responses' times with each side at half of its own full rate.
func (r *reports) latency(ctx context.Context) error {
	var product, tx []float64
	for range r.opts.rounds {
		for _, s := range []struct {
			*side
			p99 *[]float64
		}{{r.product, &product}, {r.tx, &tx}} {
			o, err := openLoop(ctx, s.addr, s.sources, median(s.rates)/2, roundTime)
			if err != nil {
				return err
			}
			*s.p99 = append(*s.p99, o.percentile(0.99))
		}
	}
	r.print.figure("report_p99_ratio", "ratio", atMost(1), ratios(product, tx),
		fmt.Sprintf("product=%.1fms", median(product)), fmt.Sprintf("baseline=%.1fms", median(tx)))
	return nil
}
