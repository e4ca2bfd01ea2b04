package main

import (
	"context"
	"fmt"
	"time"

	"xinyu/model"
)

// reports compares watch reports of the whole stack with a Gin that only
// decodes them, and with one that upserts each in a transaction of its own.
func (c *county) reports(ctx context.Context) {
	plainServer, txServer := c.startBaseline(ctx, serveJSON), c.startBaseline(ctx, serveTx, c.db.DSN(baselineDB))
	c.exec(ctx, `INSERT INTO baseline.viewers (id, credited_at, allowance_ms)
		SELECT watch_id, updated_at, 0 FROM lesson_progress`)
	c.exec(ctx, `INSERT INTO baseline.lesson_progress
		(viewer_id, lesson_id, watch_id, last_seq, position, watched_seconds, bitmap, updated_at)
		SELECT watch_id, 1, watch_id, 0, position, watched_seconds, bitmap, updated_at FROM lesson_progress`)
	c.journal.reporters = newReporters(pupils, connections)
	stored := &journal{st: c.baseline, reporters: newReporters(pupils, connections)}
	plainPhones := phones(newReporters(pupils, connections))
	phones, txPhones := phones(c.journal.reporters), phones(stored.reporters)

	// Every phone once before the clock runs, as each watch is read from SQL
	// with its first report; the baselines fill their pools.
	c.wrongItems(ctx, c.product, c.journal.st, model.ItemLesson)
	warm := &load{server: c.product, phones: phones, lasting: 30 * time.Second, calls: pupils / connections}
	check(warm.run(ctx))
	check((&load{server: plainServer, phones: plainPhones, lasting: 200 * time.Millisecond}).run(ctx))
	check((&load{server: txServer, phones: txPhones, lasting: 200 * time.Millisecond}).run(ctx))

	product, plain := c.side(ctx, "product", c.product, phones), c.side(ctx, "baseline", plainServer, plainPhones)
	tx := c.side(ctx, "baseline", txServer, txPhones)
	c.inTurns(product, plain, tx)
	c.ratio("report_vs_gin_json", atLeast(0.30), product, plain, fmt.Sprintf("warmed=%d", len(warm.waits)))
	c.ratio("report_vs_tx_each", atLeast(4), product, tx)
	if c.wants("report_p99_ratio") {
		// The responses' times under half of each program's own full rate.
		steady := func(full *side, s server, list []phone) *side {
			return &side{name: full.name, format: milliseconds, measure: func() float64 {
				l := &load{server: s, phones: list, lasting: roundTime, rate: median(full.values) / 2}
				check(l.run(ctx))
				return percentile99(l.waits)
			}}
		}
		ours, theirs := steady(product, c.product, phones), steady(tx, txServer, txPhones)
		c.inTurns(ours, theirs)
		c.ratio("report_p99_ratio", atMost(1), ours, theirs)
	}
	c.compare("reports", func(t *tally) {
		c.journal.reports(ctx, t)
		c.agree(ctx, model.ItemLesson)
	})
	c.compare("reports_baseline", func(t *tally) { stored.reports(ctx, t) })
	check(plainServer.Stop())
	check(txServer.Stop())
}

// checkIns compares check-ins with a Gin that inserts each in a transaction of its own.
func (c *county) checkIns(ctx context.Context) {
	shown := &codes{}
	c.journal.attendees = newAttendees(pupils, connections, shown)
	c.wrongItems(ctx, c.product, c.journal.st, model.ItemLecture)
	// Whoever comes to a lecture has the program open already. A code lives for 15 s at least.
	c.product.showCodes(ctx, shown)
	phones, txPhones := phones(c.journal.attendees), phones(newAttendees(pupils, connections, shown))
	check((&load{server: c.product, phones: phones, lasting: 14 * time.Second, calls: pupils / connections}).run(ctx))
	product := c.side(ctx, "product", c.product, phones)
	txServer := c.startBaseline(ctx, serveTx, c.db.DSN(baselineDB))
	tx := c.side(ctx, "baseline", txServer, txPhones)
	measure := product.measure
	product.measure = func() float64 {
		c.product.showCodes(ctx, shown)
		return measure()
	}
	c.inTurns(product, tx)
	c.ratio("checkin_vs_tx_each", atLeast(4), product, tx)
	c.compare("checkins", func(t *tally) {
		c.journal.checkIns(ctx, t)
		c.agree(ctx, model.ItemLecture)
	})
	check(txServer.Stop())
}

// showCodes asks for the codes of all sessions, as the host's screens do.
func (s server) showCodes(ctx context.Context, shown *codes) {
	var tokens [sessions]string
	for k := range tokens {
		var code struct{ Token string }
		s.get(ctx, "/lecture-sessions/"+sessionID(k).String()+"/code", teacherID, &code)
		tokens[k] = code.Token
	}
	shown.Store(&tokens)
}
