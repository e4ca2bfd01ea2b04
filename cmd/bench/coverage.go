package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"xinyu/model"
)

// callsARound is how often the page is asked for in a round, cold and warm each.
const callsARound = 20

// page is a product server on a county of one size.
type coveragePage struct {
	*child
	rdb        *redis.Client
	cold, warm []float64 // median milliseconds, by round
}

// measureCoverage compares the county's page at a million pupils with the one
// at 60,000, in as many classes. What counts is the cold page, summed up in
// SQL; the warm one, from Redis, is printed beside it.
func measureCoverage(ctx context.Context, c *county) error {
	var pages []*coveragePage
	for i, size := range []int{1_000_000, pupils} {
		p, err := c.startPage(ctx, fmt.Sprintf("county%d", size), size, i+1)
		if err != nil {
			return err
		}
		defer p.rdb.Close() //nolint:errcheck // nothing is lost
		pages = append(pages, p)
	}
	large, small := pages[0], pages[1]
	for range c.opts.rounds {
		for _, p := range pages {
			if err := p.round(ctx); err != nil {
				return err
			}
		}
	}
	c.print.figure("coverage_growth", "ratio", atMost(1.2), ratios(large.cold, small.cold),
		fmt.Sprintf("large=%.1fms", median(large.cold)), fmt.Sprintf("small=%.1fms", median(small.cold)),
		fmt.Sprintf("large_from_redis=%.1fms", median(large.warm)), fmt.Sprintf("small_from_redis=%.1fms", median(small.warm)))
	for _, p := range pages {
		if err := p.stop(); err != nil {
			return err
		}
	}
	return nil
}

func (c *county) startPage(ctx context.Context, database string, size, redisDB int) (*coveragePage, error) {
	db, err := c.createAndMigrate(ctx, database)
	if err != nil {
		return nil, err
	}
	if err := seedFigures(ctx, newSeeder(ctx, db), size); err != nil {
		return nil, err
	}
	p := &coveragePage{child: c.onMariaDB(database, redisDB), rdb: c.redis.Client(redisDB)}
	return p, p.start(ctx)
}

// seedFigures writes only what coverage is made of: units, pupils, and the
// facts of one lesson that three in five have begun and half have completed.
func seedFigures(ctx context.Context, s *seeder, size int) error {
	s.units()
	s.staff()
	s.lesson(1)
	numbers := fmt.Sprintf("seq_1_to_%d", size)
	s.exec(`INSERT INTO pupils (id, class_id, name, birth_date, student_no, student_no_hash, created_at, updated_at)
		SELECT ? + seq, ? + seq MOD ?, seq, '2013-05-01', seq, seq, ?, ? FROM `+numbers, int64(pupilID(0)), int64(firstClass), classes, s.at, s.at)
	s.exec(`UPDATE units SET pupil_count = (SELECT COUNT(*) FROM pupils WHERE class_id = units.id) WHERE kind = ?`, string(model.UnitClass))
	s.exec(`INSERT INTO coverage_facts (item_kind, item_id, side, pupil_id, started_at, covered_at, how)
		SELECT ?, ?, ?, ? + seq, ?, IF(seq MOD 10 < 5, ?, NULL), ? FROM `+numbers+` WHERE seq MOD 10 < 6`,
		string(model.ItemLesson), int64(lessonID(1)), string(model.SidePupil), int64(pupilID(0)), s.at, s.at, string(model.CoverWatch))
	s.tallies()
	return s.err
}

func (p *coveragePage) round(ctx context.Context) error {
	path := fmt.Sprintf("/api/v1/coverage?itemKind=lesson&itemId=%d&side=pupil&unitId=%d", lessonID(1), countyID)
	var cold, warm []float64
	for range callsARound {
		if err := p.forgetCounters(ctx); err != nil {
			return err
		}
		for _, list := range []*[]float64{&cold, &warm} {
			began := time.Now()
			status, _, body, err := p.get(ctx, path, tokenOf(managerID))
			if err != nil {
				return err
			}
			*list = append(*list, float64(time.Since(began).Microseconds())/1000)
			if status != http.StatusOK || strings.Count(string(body), `"unitId"`) != towns+1 {
				return fmt.Errorf("coverage page: %d %.300s", status, body)
			}
		}
	}
	p.cold, p.warm = append(p.cold, median(cold)), append(p.warm, median(warm))
	return nil
}

// forgetCounters takes the coverage counters out of Redis, and nothing else.
func (p *coveragePage) forgetCounters(ctx context.Context) error {
	keys, err := p.rdb.Keys(ctx, "xinyu:{*}*").Result() // the test's own Redis holds little
	if err != nil || len(keys) == 0 {
		return err
	}
	return p.rdb.Del(ctx, keys...).Err()
}
