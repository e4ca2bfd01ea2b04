package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"xinyu/model"
)

// callsARound is how often the page is asked for in a round, cold and warm each.
const callsARound = 20

// coveragePage is the county's page of one lesson, on a server of its own.
type coveragePage struct {
	side // the cold page
	server
	rdb  *redis.Client
	warm []float64 // median milliseconds, by round
}

// coverage compares the county's page at a million pupils with the one at
// 60,000, in as many classes. What counts is the cold page, summed up in SQL;
// the warm one, from Redis, is printed beside it.
func (c *county) coverage(ctx context.Context) {
	large, small := c.newCoveragePage(ctx, "large", 1_000_000, 1), c.newCoveragePage(ctx, "small", pupils, 2)
	c.inTurns(&large.side, &small.side)
	c.ratio("coverage_growth", atMost(1.2), &large.side, &small.side,
		fmt.Sprintf("large_from_redis=%.1fms small_from_redis=%.1fms", median(large.warm), median(small.warm)))
	check(large.Stop())
	check(small.Stop())
}

// newCoveragePage starts a server on only what coverage is made of: units,
// pupils, and the facts of one lesson that three in five have begun and half
// have completed.
func (c *county) newCoveragePage(ctx context.Context, name string, size, redisDB int) *coveragePage {
	s := newSeeder(ctx, c.createDatabase(ctx, name))
	s.tree(units(schools, classes))
	s.lesson(1)
	const most = 100_000 // rows of a statement, whose time is limited
	for from := 1; from <= size; from += most {
		numbers := fmt.Sprintf("seq_%d_to_%d", from, min(size, from+most-1))
		s.exec(`INSERT INTO pupils (id, county_id, class_id, name, birth_date, student_no, student_no_hash, created_at, updated_at)
			SELECT ? + seq, ?, ? + seq MOD ?, seq, '2013-05-01', seq, seq, ?, ? FROM `+numbers,
			pupilID(0), countyID, firstClass, classes, s.at, s.at)
		s.exec(`INSERT INTO coverage_facts (item_kind, item_id, side, pupil_id, started_at, covered_at, how)
			SELECT ?, ?, ?, ? + seq, ?, IF(seq MOD 10 < 5, ?, NULL), ? FROM `+numbers+` WHERE seq MOD 10 < 6`,
			model.ItemLesson, lessonID(1), model.SidePupil, pupilID(0), s.at, s.at, model.CoverWatch)
	}
	s.countPupils()
	s.tallies()
	p := &coveragePage{server: c.onMariaDB(name, redisDB), rdb: c.redis.Client(redisDB)}
	c.onClose(p.rdb.Close)
	p.side = side{name: name, format: milliseconds, measure: func() float64 { return p.round(ctx) }}
	check(p.Start(ctx))
	return p
}

// round reads the page with Redis empty and again, and returns the median of the cold ones.
func (p *coveragePage) round(ctx context.Context) float64 {
	var cold, warm []float64
	for range callsARound {
		// The coverage counters and nothing else.
		if keys := must(p.rdb.Keys(ctx, "xinyu:{*}*").Result()); len(keys) > 0 {
			check(p.rdb.Del(ctx, keys...).Err())
		}
		for _, list := range []*[]float64{&cold, &warm} {
			var page json.RawMessage
			began := time.Now()
			p.get(ctx, coveragePath(model.ItemLesson, lessonID(1)), managerID, &page)
			*list = append(*list, float64(time.Since(began).Microseconds())/1000)
			if strings.Count(string(page), `"unitId"`) != towns+1 {
				check(fmt.Errorf("coverage page: %.300s", page))
			}
		}
	}
	p.warm = append(p.warm, median(warm))
	return median(cold)
}
