package wechat_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/wechat/emulator"
)

// serve is the address of a server that handler answers.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// overhearing keeps the access tokens that are seen on the wire.
type overhearing struct {
	*emulator.Emulator
	seen sync.Map
}

func (o *overhearing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token := r.URL.Query().Get("access_token"); token != "" {
		o.seen.Store(token, true)
	}
	o.Emulator.ServeHTTP(w, r)
}

func TestNothingSecretIsLogged(t *testing.T) {
	var log bytes.Buffer
	logwatch.Capture(t, &log)
	world := &overhearing{Emulator: emulator.New(emulator.Options{AppID: appID, Secret: secret, DemoCodes: true})}
	c := newClient(t, serve(t, world), 100*time.Millisecond)
	calls := everyCall(t, c)
	calls["subscribe"] = func() error { return c.Send(t.Context(), reminder) }
	calls["login"] = func() error { _, err := c.Login(t.Context(), "demo-parent"); return err }
	for _, mode := range []emulator.Mode{emulator.ModeUp, emulator.ModeDown, emulator.ModeBusy, emulator.ModeSlow(time.Second),
		emulator.ModeError(40001, "access_token invalid"), emulator.ModeError(40125, secret)} {
		world.SetMode(mode)
		for name, call := range calls {
			slog.Info("called", "call", name, "client", c, "err", call())
		}
	}
	require.Contains(t, log.String(), "called")
	hidden := []string{secret, "oPerson", reminder.OpenID, "demo-parent", "13800001234", "心里话", "您有一条待办"}
	world.seen.Range(func(token, _ any) bool { hidden = append(hidden, token.(string)); return true })
	require.Greater(t, len(hidden), 7)
	for _, text := range hidden {
		require.NotContains(t, log.String(), text)
	}
}
