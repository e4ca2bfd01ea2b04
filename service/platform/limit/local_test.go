package limit

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/store/storetest"
)

// Without a trip to Redis in between, goroutines rarely meet: so many permits are taken.
func TestLocalPermitsUnderTightContention(t *testing.T) {
	t.Parallel()
	const contenders, each = 8, 20_000
	rate := Rate{Count: contenders * each / 2, Period: contenders * each * time.Hour}
	l := newLocal()
	var allowed atomic.Int32
	storetest.Contend(contenders, func(int) error {
		for range each {
			if _, ok := l.take("k", rate); ok {
				allowed.Add(1)
			}
		}
		return nil
	})
	require.EqualValues(t, rate.Count, allowed.Load())
}

func TestLocalMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l := newLocal()
	for i := range localKeys + 1000 {
		l.take(strconv.Itoa(i), Rate{Count: 1, Period: time.Hour})
	}
	require.Equal(t, localKeys, l.tats.Len())
	_, ok := l.take(strconv.Itoa(localKeys+999), Rate{Count: 1, Period: time.Hour})
	require.False(t, ok, "the latest are remembered")
}
