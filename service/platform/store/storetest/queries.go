package storetest

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/service/platform/store"
)

// Queries counts the queries that the store's reader makes from now on. The
// returned function returns how many there were since it was last called.
func Queries(t testing.TB, st *store.Store) func() int {
	t.Helper()
	var n atomic.Int64
	count := func(*gorm.DB) { n.Add(1) }
	callbacks := st.Read(t.Context()).Callback()
	require.NoError(t, callbacks.Query().Before("gorm:query").Register("storetest:count", count))
	require.NoError(t, callbacks.Row().Before("gorm:row").Register("storetest:count", count))
	return func() int { return int(n.Swap(0)) }
}
