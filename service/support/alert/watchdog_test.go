package alert

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestTheExternalCheckHearsNothingWhileTheEscalationStandsStill(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		var heard atomic.Int32
		status := http.StatusOK
		check := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, _ *http.Request) {
			heard.Add(1)
			res.WriteHeader(status)
		}))
		defer check.Close()
		w.svc.checkURL = check.URL
		overdue := func(want time.Duration) {
			t.Helper()
			got, err := w.svc.Overdue(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, got)
			registry := prometheus.NewRegistry()
			registry.MustRegister(w.svc.Metrics()...)
			metrics, err := registry.Gather()
			require.NoError(t, err)
			require.InDelta(t, want.Seconds(), metrics[0].GetMetric()[0].GetGauge().GetValue(), 0)
		}
		require.NoError(t, w.svc.Watch(t.Context()))
		overdue(0)
		raise(t, st, w.pupil)
		clock.Advance(StallAfter)
		require.NoError(t, w.svc.Watch(t.Context()))
		require.EqualValues(t, 2, heard.Load())
		clock.Advance(time.Second)
		overdue(StallAfter + time.Second)
		require.ErrorContains(t, w.svc.Watch(t.Context()), "stands still")
		require.EqualValues(t, 2, heard.Load())
		w.told()
		overdue(0)
		require.NoError(t, w.svc.Watch(t.Context()))
		status = http.StatusNotFound
		require.ErrorContains(t, w.svc.Watch(t.Context()), "answered 404")
	})
}
