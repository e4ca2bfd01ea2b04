package main

import (
	"context"
	"fmt"
	"log/slog"

	"xinyu/service/coverage"
)

// migrate brings the tables up to date.
func migrate(ctx context.Context, inv invocation) error {
	if err := inv.noFlags("migrate"); err != nil {
		return err
	}
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cfg, openStore)
	if err != nil {
		return err
	}
	defer a.close()
	_, err = fmt.Fprintln(inv.stdout, "the tables are up to date")
	return err
}

// rebuildCoverage counts all coverage anew.
func rebuildCoverage(ctx context.Context, inv invocation) error {
	if err := inv.noFlags("coverage rebuild"); err != nil {
		return err
	}
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cfg, openStore, openCache)
	if err != nil {
		return err
	}
	defer a.close()
	total := 0
	wrong, err := coverage.New(a.store, a.cache, 0).Rebuild(ctx, func(done, of int) {
		total = of
		if done%500 == 0 {
			slog.Info("rebuild coverage", "classes", done, "of", of)
		}
	})
	if err != nil {
		return fmt.Errorf("rebuild coverage: %w", err)
	}
	_, err = fmt.Fprintf(inv.stdout, "classes=%d corrected=%d\n", total, wrong)
	return err
}
