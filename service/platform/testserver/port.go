package testserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are drawn from below the range from which Linux (32768 on) and macOS
// (49152 on) take the ports of outgoing connections. A client that keeps
// dialling a killed server on an ephemeral port would sooner or later be given
// that very port, connect to itself, and keep the server from coming back.
const (
	firstPort = 15000
	lastPort  = 31999
)

// FreePort returns a TCP port on 127.0.0.1 that nothing listened on a moment
// ago and that the system gives to no outgoing connection. Another process may
// still take it before the caller does, so a caller must be ready to try again.
func FreePort() (int, error) {
	var last error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort+1) //nolint:gosec // a free port need not be hard to guess
		l, err := net.Listen("tcp", loopback(port))
		if err != nil {
			last = err
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("release port %d: %w", port, err)
		}
		return port, nil
	}
	return 0, errors.Join(errors.New("no free port on 127.0.0.1"), last)
}

func loopback(port int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
