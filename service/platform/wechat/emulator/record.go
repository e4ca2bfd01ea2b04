package emulator

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
)

// tally counts the calls of one path.
type tally struct {
	calls  int
	byCode map[int]int // errcode, 0 where all was well
}

// NoResponse counts, in Responses, calls that were cut, given up or got
// a status other than 200.
const NoResponse = -1000

// Calls returns how many calls of the path were received, with or without a response.
func (b *base) Calls(path string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.calls[path]; t != nil {
		return t.calls
	}
	return 0
}

// Responses returns how many responses to calls of the path had the errcode; 0
// is success.
func (b *base) Responses(path string, code int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.calls[path]; t != nil {
		return t.byCode[code]
	}
	return 0
}

// received counts a call that has come in.
func (b *base) received(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls[path] == nil {
		b.calls[path] = &tally{byCode: map[int]int{}}
	}
	b.calls[path].calls++
}

// responded counts the response.
func (b *base) responded(path string, response *counting) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls[path].byCode[response.code()]++
}

// counting reads a response as it is written.
type counting struct {
	http.ResponseWriter
	status int
	start  []byte
}

// maxStart is more than the longest error.
const maxStart = 512

func (c *counting) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counting) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if room := maxStart - len(c.start); room > 0 {
		c.start = append(c.start, p[:min(room, len(p))]...)
	}
	return c.ResponseWriter.Write(p)
}

// Hijack implements http.Hijacker, by which ModeDown cuts a connection.
func (c *counting) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

// code is the errcode of the response.
func (c *counting) code() int {
	if c.status != http.StatusOK {
		return NoResponse
	}
	var no struct {
		Code int `json:"errcode"`
	}
	_ = json.Unmarshal(c.start, &no) // a picture, or a response longer than any error
	return no.Code
}
