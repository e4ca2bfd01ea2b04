package rest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCallerIsWhomTheProxyNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		connection string
		named      []string
		want       string
	}{
		"no proxy":                        {"203.0.113.9:4711", nil, "203.0.113.9"},
		"a stranger's own words":          {"203.0.113.9:4711", []string{"198.51.100.7"}, "203.0.113.9"},
		"a proxy on this machine":         {"127.0.0.1:4711", []string{"198.51.100.7"}, "198.51.100.7"},
		"a proxy of the private network":  {"172.18.0.3:4711", []string{"2001:db8::7"}, "2001:db8::7"},
		"the same over IPv6":              {"[fd00::3]:4711", []string{"198.51.100.7"}, "198.51.100.7"},
		"a proxy that adds to a lie":      {"10.0.0.3:4711", []string{"1.1.1.1, 198.51.100.7"}, "198.51.100.7"},
		"a line of its own":               {"10.0.0.3:4711", []string{"1.1.1.1", "198.51.100.7"}, "198.51.100.7"},
		"a name that is no address":       {"10.0.0.3:4711", []string{"unknown"}, "10.0.0.3"},
		"nobody named":                    {"127.0.0.1:4711", nil, "127.0.0.1"},
		"IPv4 in IPv6":                    {"[::ffff:127.0.0.1]:4711", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		"a socket, which has no address":  {"@", []string{"198.51.100.7"}, "invalid IP"},
		"a public proxy is not a proxy's": {"8.8.8.8:4711", []string{"198.51.100.7"}, "8.8.8.8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: c.connection, Header: http.Header{"X-Forwarded-For": c.named}}
			require.Equal(t, c.want, callerOf(r).String())
		})
	}
}
