package main

import (
	"context"
	"fmt"
	"log/slog"

	"xinyu/service/coverage"
)

// migrate brings the tables up to date.
func migrate(ctx context.Context, inv invocation) error {
	a, err := inv.open(ctx, openStore)
	if err != nil {
		return err
	}
	defer a.close()
	return inv.print("the tables are up to date", nil)
}

// rebuildCoverage counts all coverage anew.
func rebuildCoverage(ctx context.Context, inv invocation) error {
	a, err := inv.open(ctx, openStore, openCache)
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
	return inv.print(fmt.Sprintf("classes=%d corrected=%d", total, wrong), nil)
}
