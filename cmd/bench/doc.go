// Command bench measures Xinyu and breaks things under it. It is a program of
// its own that the product never imports.
//
//	go run ./cmd/bench bench     measures: one line a figure
//	go run ./cmd/bench faults    breaks things under load: one line a trial
//	go run ./cmd/bench bench -only report_vs_gin_json,booking_race -rounds 2
//
// Everything it needs it starts itself, on loopback, in temporary directories:
// a durable MariaDB (innodb_flush_log_at_trx_commit=1), a Redis, the product's
// own binary, and the baselines, each as a process of its own. Once the product
// is built it ends within ten minutes, also when interrupted, and takes all of
// them with it.
//
// A figure that compares is a ratio of the product to a baseline under the same
// load from the same generator, measured in turns (A B A B), and the median of
// the rounds; min and max are the worst and the best round. Lines:
//
//	BENCH name=… value=… unit=… must=… ok=… rounds=… min=… max=… …
//	CHECK name=… ok=…
//	FAULT name=… lost=… doubled=… acknowledged=… …
//
// A CHECK compares what was acknowledged with SQL facts, tallies and Redis; one
// that fails makes the command fail. A figure that falls short does not.
//
// # Figures
//
// report_vs_gin_json: watch reports a second of the whole stack (token, credit,
// committed before the response; 60,000 viewers) ÷ those of a Gin that decodes
// the same JSON and responds.
//
// report_vs_tx_each: the same ÷ a Gin with GORM that does the same upsert in one
// transaction a request, on the same MariaDB in tables of the same make: it locks
// the person's clock and progress, lays the report over them and upserts both,
// without token, consent or coverage.
//
// report_p99_ratio: the 99th percentile of the responses' times, each side under a
// steady load of half its own full rate, counted from when a call was due.
//
// checkin_vs_tx_each: check-ins a second with a session's code ÷ those of a Gin
// with GORM that writes the same rows (check-in, coverage fact, tally) in one
// transaction a request, without token, code or consent.
//
// booking_race: slots booked a second with 200 racers a slot ÷ the same
// statements (look at the slot, take it, write booking, times and reminders) by
// 200 goroutines on the database itself, without HTTP, login, consent or
// alternatives for the losers. doubles are slots with another number of winners than one.
//
// import_rows: pupils a second while a previewed 60,000-pupil roster is applied
// (units, sealed student numbers, one transaction) ÷ a bare multi-row INSERT of
// the same rows. Each round has an empty county.
//
// coverage_growth: the county's coverage page at 1,000,000 pupils ÷ at 60,000 in
// as many classes, summed up in SQL with Redis empty; from Redis is printed beside it.
//
// start_ms: from the start of the process to the first ready response, on the
// existing database. rss_mb: memory two seconds later. rss_10k_mb: memory with
// 10,000 connections, each of which made one call with a login. binary_mb: the
// stripped binary.
//
// # Trials
//
// In each, phones report, check in and book all the time, and go on when a call
// fails: what has no response is asked for again. Then everything that was
// acknowledged is looked up: lost is what is gone, doubled what is there more
// than once. Tallies must equal facts, and facts their causes, class by class.
//
// kill_server_sqlite, kill_server_mariadb: kill -9 of the product, three times.
//
// kill_mariadb: kill -9 of the database, three times; the product keeps running.
//
// stop_mariadb: the database is away for five seconds: calls are refused with
// 503 and Retry-After, 99 % of them within three seconds, and none hangs.
//
// kill_redis: Redis is away for five seconds: every call succeeds. It comes back
// with its old counters; redis_heals waits until they are right again.
package main
