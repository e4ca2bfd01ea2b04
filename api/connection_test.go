package api

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// dial sends the beginning of a request and returns the response to it.
func (w *world) dial(request string) (*http.Response, net.Conn) {
	w.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(w.t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(w.url, "http://"), rest.Base))
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = conn.Close() })
	require.NoError(w.t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprint(conn, request)
	require.NoError(w.t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = res.Body.Close() })
	return res, conn
}

// Whoever is not admitted can't hold a connection with a body that never comes.
func TestAnUnsentBodyHoldsNoConnection(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		for _, path := range []string{"/lessons", "/check-ins", "/nowhere"} {
			began := time.Now()
			res, conn := w.dial("POST " + rest.Base + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
			require.GreaterOrEqual(w.t, res.StatusCode, 400)
			_, err := conn.Read(make([]byte, 1<<16)) // the rest of the response
			for err == nil {
				_, err = conn.Read(make([]byte, 1<<16))
			}
			require.NotErrorIs(w.t, err, net.ErrClosed)
			require.Less(w.t, time.Since(began), 5*time.Second, path)
		}
	})
}

// What is left of a body that is not read to its end is never taken for the next
// request: a proxy that shares the connection would hand its response to somebody else.
func TestTheRestOfABodyIsNoRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	token := "Authorization: Bearer " + w.as(w.Account(model.RoleAt{Role: model.RoleManager, UnitID: w.Tree().County.ID})) + "\r\n"
	for _, login := range []string{token, ""} {
		for _, path := range []string{"/lecture-sessions", "/bookings", "/roster-imports", "/nowhere", "/me"} {
			for _, size := range []int{100 << 10, 300 << 10, 1 << 20, 3 << 20} {
				body := strings.Repeat("GET "+rest.Base+"/hotlines HTTP/1.1\r\nHost: x\r\n\r\n", size/40)
				conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(w.url, "http://"), rest.Base))
				require.NoError(t, err)
				require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
				go func() { // the server need not read it all
					_, _ = fmt.Fprintf(conn, "POST %s%s HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
						rest.Base, path, login, len(body), body)
					time.Sleep(100 * time.Millisecond)
					_ = conn.(*net.TCPConn).CloseWrite()
				}()
				replies, _ := io.ReadAll(conn) // may end with a reset, as not all was read
				require.NoError(t, conn.Close())
				require.LessOrEqual(t, strings.Count(string(replies), "HTTP/1.1 "), 1, "%d bytes to %s: %s", len(body), path, replies)
			}
		}
	}
}

func TestAMalformedChunkIsTheClientsFault(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		token := w.as(w.Account(model.RoleAt{Role: model.RoleManager, UnitID: w.Tree().County.ID}))
		for _, chunk := range []string{"zz\r\n{}\r\n0\r\n\r\n", "-1\r\n{}\r\n", strings.Repeat("f", 40) + "\r\n"} {
			res, _ := w.dial("POST " + rest.Base + "/lessons HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
				"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk)
			require.Equal(w.t, http.StatusBadRequest, res.StatusCode, chunk)
		}
	})
}
