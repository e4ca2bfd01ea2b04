package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// player is one pupil's phone: it plays lesson after lesson and reports every
// fifteen seconds of play.
type player struct {
	n      int
	token  string
	lesson int // from 1
	steps  int // reports of this lesson that were acknowledged, the seeded ones included
	seq    int
}

func newPlayer(n int) *player {
	return &player{n: n, token: tokenOf(guardianID(n)), lesson: 1, steps: stepsBefore(n)}
}

// acknowledged notes that the last report was taken.
func (p *player) acknowledged() {
	p.seq++
	p.steps++
	if p.steps == lessonReports {
		p.lesson, p.steps, p.seq = p.lesson+1, 0, 0
	}
}

// turns are the pupils of one connection, who call one after the other.
type turns struct {
	players []*player
	turn    int  // whose
	unsure  bool // whether the last call was done; it is made again
}

func (t *turns) failed() { t.unsure = true }

// done checks that the call was done: now or, where that is not known of the
// last one, before.
func (t *turns) done(status int, body []byte, now, before string) error {
	done := bytes.Contains(body, []byte(now)) || t.unsure && bytes.Contains(body, []byte(before))
	if status != http.StatusOK || !done {
		return fmt.Errorf("%d %.300s", status, body)
	}
	t.unsure = false
	return nil
}

// deal makes a phone of each of so many connections, and gives each pupil to one of them.
func deal[P phone](pupils, connections int, phone func(turns) P) []P {
	all := make([]turns, connections)
	for n := 1; n <= pupils; n++ {
		t := &all[n%connections]
		t.players = append(t.players, newPlayer(n))
	}
	return store.Each(all, phone)
}

// reporter is the phone of one connection whose pupils watch.
type reporter struct{ turns }

func newReporters(pupils, connections int) []*reporter {
	return deal(pupils, connections, func(t turns) *reporter { return &reporter{t} })
}

func (r *reporter) next(b []byte) []byte {
	for range r.players {
		p := r.players[r.turn]
		if p.lesson <= lessons {
			from := p.steps * reportSeconds
			body := fmt.Sprintf(`{"seq":%d,"position":%d,"rate":1,"segments":[[%d,%d]]}`,
				p.seq+1, from+reportSeconds, from, from+reportSeconds)
			return appendPost(b, "/watches/"+watchID(p.n, p.lesson).String()+"/reports", p.token, body, "")
		}
		r.turn = (r.turn + 1) % len(r.players)
	}
	return nil
}

func (r *reporter) answered(status int, body []byte) error {
	if err := r.done(status, body, `"rejected":[]`, `"reason":"seq_replayed"`); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	r.players[r.turn].acknowledged()
	r.turn = (r.turn + 1) % len(r.players)
	return nil
}

// codes are the tokens that the host's screens show now, by session.
type codes = atomic.Pointer[[sessions]string]

// attendee is the phone of one connection whose pupils check in to one session
// after the other.
type attendee struct {
	turns
	codes   *codes
	session int
}

func newAttendees(pupils, connections int, shown *codes) []*attendee {
	return deal(pupils, connections, func(t turns) *attendee { return &attendee{turns: t, codes: shown} })
}

func (a *attendee) next(b []byte) []byte {
	if a.session == sessions {
		return nil
	}
	p := a.players[a.turn]
	body := fmt.Sprintf(`{"token":%q,"sessionId":"%d","pupilIds":["%d"]}`,
		a.codes.Load()[a.session], sessionID(a.session), pupilID(p.n))
	return appendPost(b, "/check-ins", p.token, body, "")
}

func (a *attendee) answered(status int, body []byte) error {
	if err := a.done(status, body, `"checkedIn"`, `"already"`); err != nil {
		return fmt.Errorf("check-in: %w", err)
	}
	if a.turn++; a.turn == len(a.players) {
		a.session, a.turn = a.session+1, 0
	}
	return nil
}

// booker is the phone of one connection: one guardian books one slot after the
// other for the child, against others who want the same.
type booker struct {
	player     *player
	counsellor int
	slot       int
	got        map[model.ID]model.ID // booking by slot, as acknowledged
}

func newBookers(connections, contenders int) []*booker {
	list := make([]*booker, connections)
	for i := range list {
		list[i] = &booker{player: newPlayer(i + 1), counsellor: i / contenders, got: map[model.ID]model.ID{}}
	}
	return list
}

func (b *booker) next(buf []byte) []byte {
	if b.slot == slotsOfEach {
		return nil
	}
	return appendBooking(buf, b.player, slotID(b.counsellor, b.slot))
}

func (b *booker) answered(status int, body []byte) error {
	var booking struct{ ID model.ID }
	switch {
	case status == http.StatusCreated && json.Unmarshal(body, &booking) == nil:
		b.got[slotID(b.counsellor, b.slot)] = booking.ID
	case status != http.StatusConflict:
		return fmt.Errorf("booking: %d %.300s", status, body)
	}
	b.slot++
	return nil
}

// failed has nothing to note: by its key the next call is the same as the last.
func (b *booker) failed() {}

// appendBooking appends the booking of a slot, with a key by which it may be repeated.
func appendBooking(b []byte, p *player, slot model.ID) []byte {
	body := fmt.Sprintf(`{"slotId":"%d","pupilId":"%d","safety":{"selfHarm":false}}`, slot, pupilID(p.n))
	return appendPost(b, "/bookings", p.token, body, "Idempotency-Key: "+slot.String()+"\r\n")
}

// appendPost appends a POST with a JSON body and further lines of its head.
func appendPost(b []byte, path, token, body, head string) []byte {
	return fmt.Appendf(b, "POST /api/v1%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, token, head, len(body), body)
}
