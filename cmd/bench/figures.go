package main

import (
	"context"
	"fmt"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// items are the ids of the seeded lessons or lectures.
func items(kind model.ItemKind) (ids []model.ID) {
	if kind == model.ItemLesson {
		for k := range lessons {
			ids = append(ids, lessonID(k+1))
		}
		return ids
	}
	for k := range sessions {
		ids = append(ids, lectureID(k))
	}
	return ids
}

// coveragePath is the county's coverage page of an item.
func coveragePath(kind model.ItemKind, id model.ID) string {
	return fmt.Sprintf("/coverage?itemKind=%s&itemId=%s&side=%s&unitId=%s", kind, id, model.SidePupil, countyID)
}

// wrongItems names the items of a kind of which the county's page or the
// counters in Redis differ from the facts in SQL. The pages fill Redis, which
// is why a load is preceded by this: it then counts the counters up, as a page
// stores nothing that it read while reports commit.
func (r *rig) wrongItems(ctx context.Context, s server, st *store.Store, kind model.ItemKind) (wrong []string) {
	type figures struct{ Started, Completed int }
	rdb := r.redis.Client(0)
	defer rdb.Close() //nolint:errcheck // nothing is lost
	for _, id := range items(kind) {
		var page struct{ Unit struct{ Covered int } }
		s.get(ctx, coveragePath(kind, id), managerID, &page)
		var counters struct {
			Filled    string `redis:"_"`
			Started   int    `redis:"1s"` // of unit 1, the county
			Completed int    `redis:"1c"`
		}
		key := fmt.Sprintf("xinyu:{cov:%s:%s:%s}", kind, id, model.SidePupil)
		check(rdb.HMGet(ctx, key, "_", "1s", "1c").Scan(&counters))
		facts := rows[figures](ctx, st, `SELECT COUNT(*) AS started, COUNT(covered_at) AS completed
			FROM coverage_facts WHERE item_kind = ? AND item_id = ?`, kind, id)[0]
		counted := figures{counters.Started, counters.Completed}
		if counters.Filled == "" || counted != facts || page.Unit.Covered != facts.Completed {
			wrong = append(wrong, fmt.Sprintf("%s %s: SQL has %+v, Redis %+v, the page %+v", kind, id, facts, counters, page))
		}
	}
	return wrong
}
