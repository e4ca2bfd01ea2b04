package api

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/support/alert"
)

func TestMetricsAreReadOnlyFromTheAllowedAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	const here, v6, mapped, away, none = "127.0.0.1:5000", "[::1]:5000", "[::ffff:127.0.0.1]:5000", "192.0.2.7:5000", ""
	for readers, answered := range map[MetricsReaders]map[string]bool{
		MetricsLocal:     {here: true, v6: true, mapped: true, away: false, "[2001:db8::1]:5000": false, none: false, "@": false},
		MetricsAll:       {here: true, away: true},
		MetricsElsewhere: {here: false, v6: false, away: false},
	} {
		server := New(Config{Services: w.svc, Clock: w.store.Now, Metrics: readers})
		for from, want := range answered {
			for _, claimed := range []string{"", "127.0.0.1", "192.0.2.7"} {
				req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
				req.RemoteAddr = from
				if claimed != "" {
					for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded"} {
						req.Header.Set(name, claimed)
					}
				}
				res := httptest.NewRecorder()
				server.ServeHTTP(res, req)
				if want {
					require.Equal(t, http.StatusOK, res.Code, "%d from %s", readers, from)
					require.Contains(t, res.Body.String(), "xinyu_http_in_flight")
					continue
				}
				require.Equal(t, http.StatusNotFound, res.Code, "%d from %s as %s", readers, from, claimed)
				require.Contains(t, res.Body.String(), `"route_not_found"`)
			}
		}
	}
}

func TestTheMetricsHandlerServesNothingElse(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	New(Config{Services: newWorld(t, storetest.SQLite(t)).svc, Registry: registry})
	handler := MetricsHandler(registry)
	for path, want := range map[string]int{"/metrics": http.StatusOK, "/": http.StatusNotFound, "/api/v1/hotlines": http.StatusNotFound, "/readyz": http.StatusNotFound} {
		res := httptest.NewRecorder()
		handler.ServeHTTP(res, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Equal(t, want, res.Code, path)
	}
}

// Labels are those of the table. A file's route has a deadline of its own, which has ended when the call is
// counted: that is not the caller hanging up.
func TestFilesAreCountedByTheirStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	registry := prometheus.NewRegistry()
	server := New(Config{Services: w.svc, Clock: w.store.Now, Registry: registry})
	manager := w.as(w.Staff(model.RoleManager, w.Tree().County))
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, rest.Base+"/roster-template.xlsx", nil)
	req.Header.Set("Authorization", "Bearer "+manager)
	res := httptest.NewRecorder()
	server.ServeHTTP(res, req)
	require.Equal(t, http.StatusOK, res.Code)
	for i := range 3 { // each label that a caller could invent would be kept for good
		server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "INVENTED"+strconv.Itoa(i), "/nowhere", nil))
	}
	gathered := httptest.NewRecorder()
	MetricsHandler(registry).ServeHTTP(gathered, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.NotContains(t, gathered.Body.String(), "INVENTED")
	require.Contains(t, gathered.Body.String(), `xinyu_http_request_seconds_count{method="any",route="unknown",status="404"} 3`)
	require.Contains(t, gathered.Body.String(), `xinyu_http_request_seconds_count{method="GET",route="/api/v1/roster-template.xlsx",status="200"} 1`)
}

func TestReadyzTellsThatTheEscalationStandsStill(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		ready := func() (int, string) {
			res := httptest.NewRecorder()
			w.server.ServeHTTP(res, httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "/readyz", nil))
			return res.Code, res.Body.String()
		}
		code, body := ready()
		require.Equal(w.t, http.StatusOK, code)
		require.Contains(w.t, body, `"alerts":"up"`)
		w.Insert(&model.AlertStep{ID: w.store.NewID(), AlertID: w.store.NewID(), Episode: 1, Kind: model.StepTell, DueAt: w.store.Now().Add(-2 * alert.StallAfter)})
		code, body = ready()
		require.Equal(w.t, http.StatusOK, code, "calls are served all the same")
		require.Contains(w.t, body, `"alerts":"late"`)
		require.Contains(w.t, body, `"status":"degraded"`)
	})
}
