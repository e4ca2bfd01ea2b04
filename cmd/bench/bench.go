package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"xinyu/model"
	"xinyu/service/platform/store"
)

const (
	// pupils is the county of most measurements: 60,000 pupils, each with a guardian's phone.
	pupils = 60_000
	// connections is how many a load keeps open.
	connections = 2000
	// roundTime is how long a round of each side lasts.
	roundTime = 2 * time.Second
)

// county is the product at work on the seeded county.
type county struct {
	*rig
	product  server
	baseline *store.Store // the baselines' database, with the same tables
	journal  *journal
}

// bench measures all figures.
func bench(ctx context.Context, r *rig) {
	r.start(ctx)
	c := &county{rig: r, product: r.onMariaDB(productDB, 0), baseline: r.createDatabase(ctx, baselineDB)}
	c.journal = &journal{st: r.createDatabase(ctx, productDB)}
	seedCounty(ctx, c.journal.st, pupils)
	check(c.product.Start(ctx))
	for _, part := range []struct {
		figures []string
		measure func(*county, context.Context)
	}{
		{[]string{"report_vs_gin_json", "report_vs_tx_each", "report_p99_ratio"}, (*county).reports},
		{[]string{"checkin_vs_tx_each"}, (*county).checkIns},
		{[]string{"booking_race"}, (*county).bookings},
		{[]string{"import_rows"}, (*county).imports},
		{[]string{"coverage_growth"}, (*county).coverage},
		{[]string{"start_ms", "rss_mb", "rss_10k_mb", "binary_mb"}, (*county).footprint},
	} {
		if r.wants(part.figures...) {
			began := time.Now()
			part.measure(c, ctx)
			slog.Info("measured", "figures", part.figures, "seconds", int(time.Since(began).Seconds()))
		}
	}
}

// exec runs a statement on the product's database.
func (c *county) exec(ctx context.Context, query string, args ...any) {
	must(c.journal.st.Pool().ExecContext(ctx, query, args...))
}

// agree makes sure that tallies, facts and their causes, the county's pages and
// Redis agree on the items of a kind.
func (c *county) agree(ctx context.Context, kind model.ItemKind) {
	c.journal.counts(ctx)
	if wrong := c.wrongItems(ctx, c.product, c.journal.st, kind); len(wrong) > 0 {
		check(errors.New(strings.Join(wrong, "; ")))
	}
}

// side is one of the programs that a figure compares.
type side struct {
	name    string
	format  string // of its median
	measure func() float64
	values  []float64 // by round
}

const (
	perSecond    = "%s=%.0f/s"
	milliseconds = "%s=%.1fms"
)

// String is the median as a field of a line.
func (s *side) String() string { return fmt.Sprintf(s.format, s.name, median(s.values)) }

// inTurns measures the sides one after the other, each once a round.
func (r *rig) inTurns(sides ...*side) {
	for range r.rounds {
		for _, s := range sides {
			s.values = append(s.values, s.measure())
		}
	}
}

// ratio prints one side as a multiple of the other.
func (r *rig) ratio(name string, must bound, a, b *side, extra ...string) {
	r.figure(name, "ratio", must, ratios(a.values, b.values), append([]string{a.String(), b.String()}, extra...)...)
}
