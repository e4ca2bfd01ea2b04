package org_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/org/rosterfile/sample"
)

// countyTowns are 15 towns for a sample county.
func countyTowns() []string {
	towns := make([]string, 15)
	for i := range towns {
		towns[i] = fmt.Sprintf("示例%d镇", i+1)
	}
	return towns
}

func sampleRoster(t testing.TB, format sample.Format, pupils, perTown int, today model.Date) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, sample.Write(&buf, sample.Options{Format: format, Pupils: pupils, Schools: sample.Schools(countyTowns(), perTown), Seed: 1, Today: today}))
	return buf.Bytes()
}

// TestACountyImportsAndReimports runs with 2,400 pupils; with
// XINYU_TEST_PUPILS=60000 it is the measurement of a real county.
func TestACountyImportsAndReimports(t *testing.T) {
	t.Parallel()
	pupils, perTown := 2400, 1
	if n := os.Getenv("XINYU_TEST_PUPILS"); n != "" {
		_, err := fmt.Sscan(n, &pupils)
		require.NoError(t, err)
		perTown = 4
	}
	each(t, func(b *bundle) {
		t := b.t
		ctx := t.Context()
		data := sampleRoster(t, sample.XLSX, pupils, perTown, model.DateOf(b.store.Now()))
		county, err := b.svc.County(ctx, "示例县")
		require.NoError(t, err)
		manager := model.Actor{Roles: []model.RoleAt{{Role: model.RoleManager, UnitID: county.ID}}}
		preview := func() org.ImportDetail {
			start := time.Now()
			d, err := b.svc.PreviewImport(ctx, manager, org.NewImport{UnitID: county.ID, Data: data, NewTowns: true})
			require.NoError(t, err)
			require.Empty(t, d.Faults)
			t.Logf("preview of %d: %v", pupils, time.Since(start))
			return d
		}
		apply := func(d org.ImportDetail) org.ImportDetail {
			start := time.Now()
			d, err := b.svc.ApplyImportNow(ctx, manager, d.ID, nil, nil)
			require.NoError(t, err)
			require.Equal(t, model.ImportApplied, d.Status, "%+v", d.Failure)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			status, _ := os.ReadFile("/proc/self/status")
			peak := string(status)
			if i := strings.Index(peak, "VmHWM"); i >= 0 {
				peak = strings.SplitN(peak[i:], "\n", 2)[0]
			}
			t.Logf("apply of %d: %v, %s, heap %d MB", pupils, time.Since(start), peak, m.HeapInuse>>20)
			return d
		}
		first := apply(preview())
		require.Equal(t, sums{total: pupils, added: pupils}, sumsOf(first))
		require.Equal(t, 15+15*perTown+pupils/40, first.NewUnitCount)
		b.requireCountsRight()
		before := b.everything()
		again := preview()
		require.True(t, again.ChangesNothing)
		require.Equal(t, sums{total: pupils, unchanged: pupils}, sumsOf(apply(again)))
		require.Equal(t, before, b.everything())
	})
}
