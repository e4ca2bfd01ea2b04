package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
)

// player is one pupil's phone: it plays lesson after lesson and reports every
// fifteen seconds of play.
type player struct {
	n      int
	token  string
	lesson int // from 1
	steps  int // reports of this lesson that were acknowledged, the seeded ones included
	seq    int64
}

func newPlayer(n int) *player {
	return &player{n: n, token: tokenOf(guardianID(n)), lesson: 1, steps: stepsBefore(n)}
}

// finished reports whether every lesson is played out.
func (p *player) finished() bool { return p.lesson > lessons }

// report appends the next report.
func (p *player) report(b []byte) []byte {
	from := p.steps * reportSeconds
	var scratch [160]byte
	body := append(scratch[:0], `{"seq":`...)
	body = strconv.AppendInt(body, p.seq+1, 10)
	body = append(body, `,"position":`...)
	body = strconv.AppendInt(body, int64(from+reportSeconds), 10)
	body = append(body, `,"rate":1,"segments":[[`...)
	body = strconv.AppendInt(body, int64(from), 10)
	body = append(body, ',')
	body = strconv.AppendInt(body, int64(from+reportSeconds), 10)
	body = append(body, `]]}`...)
	return appendPost(b, "/api/v1/watches/"+watchID(p.n, p.lesson).String()+"/reports", p.token, body)
}

// acknowledged notes that the last report was taken.
func (p *player) acknowledged() {
	p.seq++
	p.steps++
	if p.steps == lessonReports {
		p.lesson, p.steps, p.seq = p.lesson+1, 0, 0
	}
}

// watchers is the source of one connection: its players report in turn.
type watchers struct {
	players []*player
	turn    int
	unsure  bool // whether the last report was taken
	acked   int
}

var nothingRejected, replayed = []byte(`"rejected":[]`), []byte(`"reason":"seq_replayed"`)

func (w *watchers) next(b []byte) []byte {
	if w.unsure {
		return w.players[w.turn].report(b)
	}
	for range w.players {
		w.turn = (w.turn + 1) % len(w.players)
		if p := w.players[w.turn]; !p.finished() {
			return p.report(b)
		}
	}
	return nil
}

func (w *watchers) answered(status int, body []byte) error {
	taken := bytes.Contains(body, nothingRejected) || w.unsure && bytes.Contains(body, replayed)
	if status != http.StatusOK || !taken {
		return fmt.Errorf("report: %d %.300s", status, body)
	}
	w.unsure = false
	w.players[w.turn].acknowledged()
	w.acked++
	return nil
}

// failed notes that the last report may or may not have been taken; it is sent again.
func (w *watchers) failed() { w.unsure = true }

// audience deals the pupils out to so many connections.
func audience(pupils, conns int) []source {
	sources := make([]source, conns)
	for i := range sources {
		w := &watchers{}
		for n := i + 1; n <= pupils; n += conns {
			w.players = append(w.players, newPlayer(n))
		}
		sources[i] = w
	}
	return sources
}

// eachPlayer calls f for every player of an audience.
func eachPlayer(sources []source, f func(*player)) {
	for _, s := range sources {
		for _, p := range s.(*watchers).players { //nolint:forcetypeassert // audiences consist of watchers
			f(p)
		}
	}
}

// ackedBy is how many reports the audience had acknowledged.
func ackedBy(sources []source) int {
	sum := 0
	for _, s := range sources {
		sum += s.(*watchers).acked //nolint:forcetypeassert // audiences consist of watchers
	}
	return sum
}
