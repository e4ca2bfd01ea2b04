package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

// callTimeout bounds one call of the load: longer than any response may take.
const callTimeout = 20 * time.Second

// wire is one kept-alive HTTP/1.1 connection without pipelining. It does as
// little as a client can, so that the two cores of a small machine are spent
// on the servers, and it is the same for the product and the baselines.
type wire struct {
	conn  net.Conn
	in    *bufio.Reader
	body  bytes.Buffer
	retry string // the last response's Retry-After
}

func dial(ctx context.Context, addr string) (*wire, error) {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &wire{conn: conn, in: bufio.NewReaderSize(conn, 2048)}, nil
}

func (w *wire) close() error { return w.conn.Close() }

// do sends a whole request and reads the response. The body is valid until the next call.
func (w *wire) do(request []byte) (status int, body []byte, err error) {
	if err := w.conn.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return 0, nil, err
	}
	if _, err := w.conn.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := w.line()
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, nil, errors.New("no HTTP answer")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, fmt.Errorf("status: %w", err)
	}
	length, chunked, err := w.header()
	if err != nil {
		return 0, nil, err
	}
	w.body.Reset()
	if chunked {
		if _, err = w.body.ReadFrom(httputil.NewChunkedReader(w.in)); err == nil {
			_, err = w.line() // the empty line that ends the chunks
		}
	} else {
		_, err = io.CopyN(&w.body, w.in, int64(length))
	}
	return status, w.body.Bytes(), err
}

func (w *wire) header() (length int, chunked bool, err error) {
	w.retry = ""
	for {
		line, err := w.line()
		if err != nil || len(line) == 0 {
			return length, chunked, err
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, fmt.Errorf("content length: %w", err)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("Retry-After")):
			w.retry = string(value)
		}
	}
}

func (w *wire) line() ([]byte, error) {
	line, err := w.in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// appendPost appends a POST with a JSON body and further header lines.
func appendPost(b []byte, path, token string, body []byte, header ...string) []byte {
	b = append(b, "POST "...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "...)
	b = append(b, token...)
	for _, line := range header {
		b = append(append(b, "\r\n"...), line...)
	}
	b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}

// appendGet appends a GET.
func appendGet(b []byte, path, token string) []byte {
	b = append(b, "GET "...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "...)
	b = append(b, token...)
	return append(b, "\r\n\r\n"...)
}
