package rest

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

// CallerInput is a part of the input of a call that must know from where it comes.
type CallerInput struct{ caller netip.Addr }

// Resolve implements huma.Resolver.
func (in *CallerInput) Resolve(ctx huma.Context) []error {
	in.caller = callerOf(humagin.Unwrap(ctx).Request)
	return nil
}

// Caller is the address that the call comes from; the zero Addr where it is not known.
func (in *CallerInput) Caller() netip.Addr { return in.caller }

// callerOf is the address of the connection or, where that is a proxy's of this
// machine or its private network, the one that the proxy names: the last one, as all
// before it are the caller's own words. The shipped nginx names one alone.
func callerOf(r *http.Request) netip.Addr {
	connection, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil { // a unix socket
		return netip.Addr{}
	}
	from := connection.Addr().Unmap()
	if !from.IsLoopback() && !from.IsPrivate() {
		return from
	}
	lines := r.Header.Values("X-Forwarded-For")
	if len(lines) == 0 {
		return from
	}
	line := lines[len(lines)-1]
	named, err := netip.ParseAddr(strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:]))
	if err != nil {
		return from
	}
	return named.Unmap()
}
