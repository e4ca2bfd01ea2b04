package audit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// BenchmarkVerify reads a million entries on each engine, after it has written them:
// go test ./service/audit -run '^$' -bench Verify -benchtime 1x
func BenchmarkVerify(b *testing.B) {
	const entries, batch = 1_000_000, 5000
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{"SQLite": storetest.SQLite, "MariaDB": storetest.MariaDB} {
		b.Run(name, func(b *testing.B) {
			st := open(b)
			l := New(st, storetest.Vault(b), nil, nil)
			list := reads(batch)
			for range entries / batch {
				write(b, st, l, list...)
			}
			require.NoError(b, l.Integrate(b.Context()))
			for b.Loop() {
				v, err := l.Verify(b.Context(), "")
				require.NoError(b, err)
				require.Equal(b, []any{int64(entries), 0}, []any{v.Size, v.Total})
			}
		})
	}
}
