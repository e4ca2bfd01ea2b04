package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// pupils is the county of most measurements: 60,000 pupils, each with a guardian's phone.
const pupils = 60_000

// How long each round of each side lasts.
const roundTime = 2 * time.Second

// county is the product at work on the seeded county.
type county struct {
	*rig
	opts    options
	print   *printer
	sql     *sql.DB
	product *child
}

// bench measures the figures of the table.
func bench(ctx context.Context, opts options, out *printer) (err error) {
	r, err := newRig(ctx, opts.product)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	c := &county{rig: r, opts: opts, print: out}
	if c.sql, err = r.createAndMigrate(ctx, productDB); err != nil {
		return err
	}
	if err := seedCounty(ctx, c.sql, pupils); err != nil {
		return err
	}
	c.product = r.onMariaDB(productDB, 0)
	if err := c.product.start(ctx); err != nil {
		return err
	}
	for _, part := range []struct {
		figures []string
		measure func(context.Context, *county) error
	}{
		{[]string{"report_vs_gin_json", "report_vs_tx_each", "report_p99_ratio"}, measureReports},
		{[]string{"checkin_vs_tx_each"}, measureCheckIns},
		{[]string{"booking_race"}, measureBookings},
		{[]string{"import_rows"}, measureImports},
		{[]string{"coverage_growth"}, measureCoverage},
		{[]string{"start_ms", "rss_mb", "rss_10k_mb", "binary_mb"}, measureFootprint},
	} {
		if !opts.wants(part.figures...) {
			continue
		}
		began := time.Now()
		if err := part.measure(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", part.figures[0], err)
		}
		slog.Info("measured", "figures", part.figures, "seconds", int(time.Since(began).Seconds()))
	}
	if err := c.product.stop(); err != nil { // orderly, so that a profile is written
		return err
	}
	return out.err()
}

// side is one of the programs that a load compares.
type side struct {
	*child
	sources []source
	rates   []float64 // responses a second, by round
}

// round loads each side once, one after the other.
func round(ctx context.Context, sides ...*side) error {
	for _, s := range sides {
		o, err := closedLoop(ctx, s.addr, s.sources, roundTime)
		if err != nil {
			return err
		}
		s.rates = append(s.rates, o.rate())
	}
	return nil
}

func perSecond(name string, rates []float64) string {
	return fmt.Sprintf("%s=%.0f/s", name, median(rates))
}
