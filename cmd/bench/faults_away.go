package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"xinyu/service/coverage"
)

const (
	// awayTime is how long a stopped database or Redis stays away.
	awayTime = 5 * time.Second
	// quickly bounds the 99th percentile of the refusals while the database is away.
	quickly = 3 * time.Second
)

// stopMariaDB takes the database away for a while: calls must be refused
// quickly, and all must come back by itself.
func (s *scene) stopMariaDB(ctx context.Context) (string, error) {
	if err := s.db.Stop(); err != nil {
		return "", err
	}
	if !sleepUntil(ctx, time.Now().Add(awayTime)) {
		return "", context.Cause(ctx)
	}
	state, status, err := s.ready(ctx)
	if err != nil {
		return "", err
	}
	if err := s.db.Start(ctx); err != nil {
		return "", err
	}
	began := time.Now()
	if err := s.siege.awaitProgress(ctx, 500, progressWithin); err != nil {
		return "", err
	}
	recovered := time.Since(began)
	if status != http.StatusServiceUnavailable || state != "unavailable" {
		return "", fmt.Errorf("readyz said %d %s without a database", status, state)
	}
	s.siege.mu.Lock()
	defer s.siege.mu.Unlock()
	slowest := s.siege.slowest()
	if len(s.siege.refused) == 0 || slowest > quickly {
		return "", fmt.Errorf("%d calls were refused, p99 after %s", len(s.siege.refused), slowest)
	}
	return fmt.Sprintf("refusal_p99_ms=%d recovered_ms=%d", slowest.Milliseconds(), recovered.Milliseconds()), nil
}

// killRedis takes Redis away for a while, under load, and brings it back with
// the counters that it had: each call must succeed all along, and the counters
// be right again once they have expired.
func (s *scene) killRedis(ctx context.Context) (string, error) {
	if err := s.redis.Kill(); err != nil {
		return "", err
	}
	if !sleepUntil(ctx, time.Now().Add(awayTime)) {
		return "", context.Cause(ctx)
	}
	state, status, err := s.ready(ctx)
	if err != nil {
		return "", err
	}
	if err := s.redis.Start(ctx); err != nil {
		return "", err
	}
	if err := s.siege.awaitProgress(ctx, 2000, progressWithin); err != nil {
		return "", err
	}
	if status != http.StatusOK || state != "degraded" {
		return "", fmt.Errorf("readyz said %d %s without Redis", status, state)
	}
	if state, _, err = s.ready(ctx); err != nil || state != "ready" {
		return "", fmt.Errorf("readyz says %s with Redis back: %w", state, err)
	}
	s.siege.mu.Lock()
	failed := s.siege.broken + len(s.siege.refused)
	s.siege.mu.Unlock()
	if failed > 0 {
		return "", fmt.Errorf("%d calls failed without Redis", failed)
	}
	s.healBy = s.filled.Add(coverage.DefaultTTL + 5*time.Second)
	return "readyz=degraded,ready", nil
}

// checkHealing waits, without load, until the counters that Redis returns are
// those of SQL, for as long as they may live.
func (s *scene) checkHealing(ctx context.Context) {
	wrong, err := s.wrongTallies(ctx)
	atFirst, began := wrong, time.Now()
	for err == nil && wrong > 0 {
		if !time.Now().Before(s.healBy) {
			err = fmt.Errorf("the tallies of %d lessons are still wrong", wrong)
		} else if !sleepUntil(ctx, time.Now().Add(500*time.Millisecond)) {
			err = context.Cause(ctx)
		} else {
			wrong, err = s.wrongTallies(ctx)
		}
	}
	s.print.check("redis_heals", err, fmt.Sprintf("wrong_at_first=%d healed_after_ms=%d", atFirst, time.Since(began).Milliseconds()))
}

// wrongTallies is for how many lessons the call returns something else than SQL.
func (s *scene) wrongTallies(ctx context.Context) (int, error) {
	wrong := 0
	for lesson := 1; lesson <= lessons; lesson++ {
		got, err := readTally(ctx, s.product, lesson)
		if err != nil {
			return 0, err
		}
		want := figure{Roster: trialPupils}
		err = s.journal.db.QueryRowContext(ctx, "SELECT COUNT(*), COUNT(covered_at) FROM coverage_facts WHERE item_kind = 'lesson' AND item_id = ?", int64(lessonID(lesson))).
			Scan(&want.Started, &want.Completed)
		if err != nil {
			return 0, err
		}
		if got != want {
			wrong++
		}
	}
	return wrong, nil
}

// ready is what /readyz says.
func (s *scene) ready(ctx context.Context) (state string, status int, err error) {
	status, _, body, err := s.product.get(ctx, "/readyz", "")
	if err != nil {
		return "", 0, err
	}
	var answer struct{ Status string }
	err = json.Unmarshal(body, &answer)
	return answer.Status, status, err
}
