package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"xinyu/model"
)

// sessions is how many sessions are held at once, each of a lecture of its own;
// every pupil can check in to each.
const sessions = 12

func lectureID(k int) model.ID { return model.ID(700 + k) }
func sessionID(k int) model.ID { return model.ID(800 + k) }

// sessions writes lectures for pupils with a session each that is open now, for the whole county.
func (s *seeder) sessions() {
	for k := range sessions {
		s.exec(`INSERT INTO lectures (id, unit_id, number, title, summary, for_pupils, for_guardians, term, created_by, created_at)
			VALUES (?,?,?,'lecture','',TRUE,FALSE,?,?,?)`, int64(lectureID(k)), int64(countyID), k+1, string(model.TermOf(s.at)), int64(managerID), s.at)
		s.exec(`INSERT INTO lecture_sessions (id, lecture_id, unit_id, host_id, mode, status, starts_at, ends_at, created_by, created_at, updated_at)
			VALUES (?,?,?,?,?,?,?,?,?,?,?)`, int64(sessionID(k)), int64(lectureID(k)), int64(countyID), int64(teacherID), string(model.SessionOffline),
			string(model.SessionScheduled), s.at, s.at.AddDate(0, 0, 1), int64(managerID), s.at, s.at)
		s.exec("INSERT INTO session_targets (session_id, unit_id) VALUES (?,?)", int64(sessionID(k)), int64(countyID))
	}
}

// codes are the tokens that the host's screens show now, by session.
type codes struct {
	shown atomic.Pointer[[sessions]string]
}

// refresh asks for them, as the host.
func (c *codes) refresh(ctx context.Context, server *child) error {
	var shown [sessions]string
	for k := range shown {
		status, _, body, err := server.get(ctx, "/api/v1/lecture-sessions/"+sessionID(k).String()+"/code", tokenOf(teacherID))
		if err != nil {
			return err
		}
		var code struct{ Token string }
		if status != http.StatusOK {
			return fmt.Errorf("session code: %d %s", status, body)
		}
		if err := json.Unmarshal(body, &code); err != nil {
			return err
		}
		shown[k] = code.Token
	}
	c.shown.Store(&shown)
	return nil
}

// arrivals is the source of one connection: its pupils check in to one session
// after the other.
type arrivals struct {
	codes   *codes
	pupils  []*player
	session int
	turn    int // of the pupil to check in next
	unsure  bool
	acked   int
}

func (a *arrivals) next(b []byte) []byte {
	if a.session == sessions {
		return nil
	}
	p := a.pupils[a.turn]
	body := fmt.Appendf(nil, `{"token":%q,"sessionId":"%d","pupilIds":["%d"]}`, a.codes.shown.Load()[a.session], sessionID(a.session), pupilID(p.n))
	return appendPost(b, "/api/v1/check-ins", p.token, body)
}

var checkedIn, already = []byte(`"checkedIn"`), []byte(`"already"`)

func (a *arrivals) answered(status int, body []byte) error {
	taken := bytes.Contains(body, checkedIn) || a.unsure && bytes.Contains(body, already)
	if status != http.StatusOK || !taken {
		return fmt.Errorf("check-in: %d %.300s", status, body)
	}
	a.unsure = false
	a.acked++
	if a.turn++; a.turn == len(a.pupils) {
		a.session, a.turn = a.session+1, 0
	}
	return nil
}

// failed notes that the last call may or may not have been done; it is made again.
func (a *arrivals) failed() { a.unsure = true }

// crowd deals the pupils out to so many connections.
func crowd(pupils, conns int, c *codes) []source {
	sources := make([]source, conns)
	for i := range sources {
		a := &arrivals{codes: c}
		for n := i + 1; n <= pupils; n += conns {
			a.pupils = append(a.pupils, newPlayer(n))
		}
		sources[i] = a
	}
	return sources
}

// measureCheckIns compares check-ins with a Gin that inserts each in a transaction of its own.
func measureCheckIns(ctx context.Context, c *county) error {
	shown := &codes{}
	shown.shown.Store(&[sessions]string{}) // the baseline asks for none
	product := &side{child: c.product, sources: crowd(pupils, c.opts.conns, shown)}
	tx := &side{sources: crowd(pupils, c.opts.conns, shown)}
	var err error
	if tx.child, err = c.startTxBaseline(ctx); err != nil {
		return err
	}
	for lecture := range sessions { // Redis first, so that the load counts its counters up
		if _, err := readCoverage(ctx, c.product, lecture); err != nil {
			return err
		}
	}
	if err := warmCheckIns(ctx, c, shown, product.sources); err != nil {
		return err
	}
	for range c.opts.rounds {
		if err := shown.refresh(ctx, c.product); err != nil {
			return err
		}
		if err := round(ctx, product, tx); err != nil {
			return err
		}
	}
	c.print.figure("checkin_vs_tx_each", "ratio", atLeast(4), ratios(product.rates, tx.rates), perSecond("product", product.rates), perSecond("baseline", tx.rates))
	acked := 0
	for _, s := range product.sources {
		acked += s.(*arrivals).acked //nolint:forcetypeassert // a crowd consists of arrivals
	}
	c.print.check("checkins", compareCheckIns(ctx, c, product.sources), fmt.Sprintf("acknowledged=%d", acked))
	return tx.stop()
}

// warmCheckIns lets every phone check in to the first session before the clock
// runs: whoever comes to a lecture has the program open already.
func warmCheckIns(ctx context.Context, c *county, shown *codes, crowd []source) error {
	const most = 14 * time.Second // a code lives for 15 s at least
	if err := shown.refresh(ctx, c.product); err != nil {
		return err
	}
	once := make([]source, len(crowd))
	for i, s := range crowd {
		once[i] = &limited{source: s, left: len(s.(*arrivals).pupils)} //nolint:forcetypeassert // a crowd consists of arrivals
	}
	_, err := closedLoop(ctx, c.product.addr, once, most)
	return err
}

// compareCheckIns compares the rows, facts, tallies, the call that reads them,
// and Redis with what was acknowledged.
func compareCheckIns(ctx context.Context, c *county, sources []source) error {
	want := [sessions]int{}
	for _, s := range sources {
		a := s.(*arrivals) //nolint:forcetypeassert // a crowd consists of arrivals
		for k := range want {
			switch {
			case k < a.session:
				want[k] += len(a.pupils)
			case k == a.session:
				want[k] += a.turn
			}
		}
	}
	for k := range want {
		for name, query := range map[string]string{
			"check-ins": "SELECT COUNT(*) FROM check_ins WHERE session_id = ?",
			"facts":     "SELECT COUNT(covered_at) FROM coverage_facts WHERE item_kind = 'lecture' AND item_id = ?",
			"tallies":   "SELECT COALESCE(SUM(covered), 0) FROM coverage_tallies WHERE item_kind = 'lecture' AND item_id = ?",
		} {
			id := lectureID(k)
			if name == "check-ins" {
				id = sessionID(k)
			}
			var got int
			if err := c.sql.QueryRowContext(ctx, query, int64(id)).Scan(&got); err != nil {
				return err
			}
			if got != want[k] {
				return fmt.Errorf("session %d: %d %s, acknowledged %d", k, got, name, want[k])
			}
		}
		all := figure{Roster: pupils, Started: want[k], Completed: want[k]}
		got, err := readCoverage(ctx, c.product, k)
		if err != nil {
			return err
		}
		if got != all {
			return fmt.Errorf("session %d: the call answers %+v, acknowledged %+v", k, got, all)
		}
		if got, err = c.redisCounters(ctx, model.ItemLecture, lectureID(k), pupils); err != nil {
			return err
		}
		if got != all {
			return fmt.Errorf("session %d: redis has %+v, acknowledged %+v", k, got, all)
		}
	}
	return nil
}
