package alert

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// schedules is how many alerts the test of random schedules follows on each engine.
var schedules = flag.Int("schedules", 80, "alerts of the test of random schedules, on each engine")

// seeded repeats a failed part.
var seeded = flag.Uint64("seed", 0, "of the random schedules; zero takes a new one for each part")

// perWorld is how many alerts share a county, its rotas and its clock.
const perWorld = 40

// plan is what a plain model of the escalation knows of an alert. It shares no code
// with the service: the rota is looked up by going through the days.
type plan struct {
	row      model.Alert
	level    model.AlertLevel
	tellAt   time.Time // the next telling is due; zero for none
	breachAt time.Time
	quietAt  time.Time // the next entry is due; zero for none
	reviewAt time.Time
	place    int // of the last unit that was told, on the way up; -1 for none or everybody
	layer    int
	patience int // how many tellings it stays silent before somebody takes it on
	told     int
	entries  int // how many are still to come
	closes   bool
}

// county is a world with random posts and rotas, in which alerts are raised.
type county struct {
	*watch
	rnd       *rand.Rand
	replicas  []*Service
	path      []*model.Unit // from the class up
	posts     map[model.ID][]model.ID
	shifts    []model.DutyShift
	overrides []model.DutyOverride
	days      map[string]model.CalendarDay // of the calendar, by date
	officer   model.Actor                  // who takes alerts on; not in any rota
	plans     []*plan
}

var modelPatience = map[model.AlertLevel]time.Duration{model.AlertImmediate: 3 * time.Minute, model.AlertUrgent: 30 * time.Minute, model.AlertWatch: 24 * time.Hour}
var modelQuiet = map[model.AlertLevel]time.Duration{model.AlertImmediate: 30 * time.Minute, model.AlertUrgent: 4 * time.Hour, model.AlertWatch: 72 * time.Hour}

func newCounty(t *testing.T, st *store.Store, clock *storetest.Clock, rnd *rand.Rand) *county {
	w := keepWatch(t, st, clock)
	c := &county{watch: w, rnd: rnd, replicas: []*Service{w.svc, newService(t, st)}, posts: map[model.ID][]model.ID{}, days: map[string]model.CalendarDay{},
		path: []*model.Unit{w.tree.Class, w.tree.School, w.tree.Town, w.tree.County}}
	var all []model.ID
	for _, u := range c.path[1:] {
		for range rnd.IntN(3) {
			id := w.Staff(model.RoleDuty, u).AccountID
			c.posts[u.ID], all = append(c.posts[u.ID], id), append(all, id)
		}
	}
	c.officer = w.Staff(model.RoleDuty, w.tree.County)
	c.posts[w.tree.County.ID] = append(c.posts[w.tree.County.ID], c.officer.AccountID)
	for _, u := range c.path[1:] {
		if len(all) == 0 {
			break
		}
		for range rnd.IntN(5) {
			c.shifts = append(c.shifts, model.DutyShift{ID: st.NewID(), UnitID: u.ID, Layer: 1 + rnd.IntN(2), AccountID: all[rnd.IntN(len(all))],
				Weekday: 1 + rnd.IntN(8), StartMinute: 15 * rnd.IntN(24*4), Minutes: 15 * (1 + rnd.IntN(24*4))})
		}
		if rnd.IntN(3) == 0 {
			from := st.Now().Add(time.Duration(rnd.IntN(48*60)) * time.Minute)
			c.overrides = append(c.overrides, model.DutyOverride{ID: st.NewID(), UnitID: u.ID, Layer: 1, AccountID: all[rnd.IntN(len(all))],
				StartsAt: from, EndsAt: from.Add(time.Duration(1+rnd.IntN(20)) * time.Hour)})
		}
	}
	clock.Advance(time.Minute) // the clock steps back, but not before the posts began
	for ahead := range 60 {
		d := model.CalendarDay{UnitID: w.tree.County.ID, OnDate: model.DateOf(st.Now()).AddDays(ahead), Kind: model.CalendarHoliday, Name: "放假"}
		local := d.OnDate.Start().In(model.Shanghai)
		if d.Year = local.Year(); rnd.IntN(4) > 0 {
			continue
		}
		if local.Weekday() == time.Saturday || local.Weekday() == time.Sunday {
			as := time.Weekday(1 + rnd.IntN(5))
			d.Kind, d.Name, d.Weekday = model.CalendarWorking, "上班", &as
		}
		w.Insert(&d)
		c.days[local.Format(time.DateOnly)] = d
	}
	for i := range c.shifts {
		w.Insert(&c.shifts[i])
	}
	for i := range c.overrides {
		w.Insert(&c.overrides[i])
	}
	return c
}

// onDuty returns who of the unit's layer is on duty at the moment and has the post
// there or above.
func (c *county) onDuty(place, layer int, at time.Time) []model.ID {
	unit := c.path[place].ID
	var found []model.ID
	replaced := false
	for _, o := range c.overrides {
		if o.UnitID == unit && o.Layer == layer && !at.Before(o.StartsAt) && at.Before(o.EndsAt) {
			found, replaced = append(found, o.AccountID), true
		}
	}
	special := slices.ContainsFunc(c.shifts, func(s model.DutyShift) bool { return s.UnitID == unit && s.Layer == layer && s.Weekday == 8 })
	if !replaced {
		midnight := at.In(model.Shanghai)
		midnight = time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, model.Shanghai)
		for back := range 2 {
			day := midnight.AddDate(0, 0, -back)
			weekday := (int(day.Weekday())+6)%7 + 1
			if d, ok := c.days[day.Format(time.DateOnly)]; ok && d.Kind == model.CalendarWorking {
				weekday = int(*d.Weekday)
			} else if ok && special {
				weekday = 8
			}
			for _, s := range c.shifts {
				start := day.Add(time.Duration(s.StartMinute) * time.Minute)
				if s.UnitID == unit && s.Layer == layer && s.Weekday == weekday && !at.Before(start) && at.Before(start.Add(time.Duration(s.Minutes)*time.Minute)) {
					found = append(found, s.AccountID)
				}
			}
		}
	}
	may := map[model.ID]bool{}
	for _, above := range c.path[place:] {
		for _, id := range c.posts[above.ID] {
			may[id] = true
		}
	}
	found = slices.DeleteFunc(found, func(id model.ID) bool { return !may[id] })
	slices.Sort(found)
	return slices.Compact(found)
}

// next returns who is told after the last rung of the plan, and moves it on.
func (c *county) next(p *plan, at time.Time) []model.ID {
	for place := range c.path {
		for layer := 1; layer <= 2; layer++ {
			if place < p.place || place == p.place && layer <= p.layer {
				continue
			}
			if who := c.onDuty(place, layer, at); len(who) > 0 {
				p.place, p.layer = place, layer
				return who
			}
		}
	}
	p.place, p.layer = -1, 0
	var all []model.ID
	for _, ids := range c.posts {
		all = append(all, ids...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// raise raises an alert and begins its plan.
func (c *county) raise() {
	levels := []model.AlertLevel{model.AlertImmediate, model.AlertImmediate, model.AlertUrgent, model.AlertWatch}
	level := levels[c.rnd.IntN(len(levels))]
	row, err := c.svc.raise(c.t.Context(), model.Alert{Level: level, UnitID: c.tree.Class.ID, PupilID: c.Pupil(c.tree.Class).ID, AccountID: c.st.NewID(), SourceKind: "booking"}, "")
	require.NoError(c.t, err)
	c.plans = append(c.plans, &plan{row: row, level: level, tellAt: c.st.Now(), breachAt: c.due(level), place: -1,
		patience: c.rnd.IntN(8), entries: c.rnd.IntN(3), closes: c.rnd.IntN(2) == 0})
}

// due is by when an alert of the level must be taken on that is raised now.
func (c *county) due(level model.AlertLevel) time.Time {
	switch level {
	case model.AlertImmediate:
		return c.st.Now().Add(10 * time.Minute)
	case model.AlertUrgent:
		return c.st.Now().Add(2 * time.Hour)
	}
	at := c.st.Now().In(model.Shanghai)
	for days := 0; days < 3; {
		at = at.AddDate(0, 0, 1)
		d, listed := c.days[at.Format(time.DateOnly)]
		if listed && d.Kind == model.CalendarWorking || !listed && at.Weekday() != time.Saturday && at.Weekday() != time.Sunday {
			days++
		}
	}
	return at.UTC()
}

// expect returns what the plans say is done at the moment: whom each telling
// tells, by alert and kind.
func (c *county) expect() map[string]int {
	now := c.st.Now()
	done := map[string]int{}
	dueBy := func(at time.Time) bool { return !at.IsZero() && !at.After(now) }
	for _, p := range c.plans {
		for again := true; again; {
			again = false
			if dueBy(p.breachAt) {
				done[fmt.Sprint(p.row.ID, " breach")]++
				p.breachAt = time.Time{}
			}
			if dueBy(p.quietAt) { // silence: it waits again, from the first rung on
				done[fmt.Sprint(p.row.ID, " silence")]++
				p.quietAt, p.tellAt, p.breachAt, p.place, p.layer = time.Time{}, now, c.due(p.level), -1, 0
				p.told, p.entries = 0, c.rnd.IntN(2)
			}
			if dueBy(p.tellAt) {
				done[fmt.Sprint(p.row.ID, " tell ", c.next(p, now))]++
				p.tellAt = now.Add(modelPatience[p.level])
				p.told++
				again = dueBy(p.breachAt)
			}
			if dueBy(p.reviewAt) {
				done[fmt.Sprint(p.row.ID, " review")]++
				p.reviewAt = now.Add(24 * time.Hour)
			}
		}
	}
	return done
}

// run has the replicas work until nothing is due: together, one after the other, or
// one that is killed in the middle.
func (c *county) run() {
	ctx := c.t.Context()
	switch c.rnd.IntN(3) {
	case 0:
		var both sync.WaitGroup
		for _, r := range c.replicas {
			both.Go(func() { _ = r.Escalate(ctx) }) // one may lose a step to the other; what is left is done below
		}
		both.Wait()
	case 1:
		killed, kill := context.WithCancel(ctx)
		time.AfterFunc(time.Duration(c.rnd.IntN(3000))*time.Microsecond, kill)
		_ = c.replicas[0].Escalate(killed)
		kill()
	}
	for range 10 {
		require.NoError(c.t, c.replicas[1].Escalate(ctx))
		if c.Count(&model.AlertStep{}, "done_at IS NULL AND due_at <= ?", c.st.Now()) == 0 {
			return
		}
	}
	c.t.Fatal("steps stay due")
}

// did returns what the steps say was done at the moment, as expect does.
func (c *county) did() map[string]int {
	var rows []model.AlertStep
	db := c.st.Read(c.t.Context())
	require.NoError(c.t, db.Where("done_at = ? AND outcome <> ?", c.st.Now(), model.StepAcknowledged).Find(&rows).Error)
	var told []model.AlertTelling
	require.NoError(c.t, db.Where(store.In("step_id", store.Each(rows, func(s model.AlertStep) model.ID { return s.ID }))).Find(&told).Error)
	to := map[model.ID][]model.ID{}
	for _, t := range told {
		to[t.StepID] = append(to[t.StepID], t.AccountID)
	}
	done := map[string]int{}
	for _, r := range rows {
		slices.Sort(to[r.ID])
		key := fmt.Sprint(r.AlertID, " ", r.Kind)
		if r.Kind == model.StepTell {
			key += fmt.Sprint(" ", to[r.ID])
		}
		done[key]++
	}
	return done
}

// act has people do what the plans say: take on, write, close and review.
func (c *county) act() {
	ctx, now := c.t.Context(), c.st.Now()
	for _, p := range c.plans {
		switch {
		case !p.tellAt.IsZero() && p.told > p.patience:
			_, err := c.svc.Acknowledge(ctx, c.officer, p.row.ID, taking)
			require.NoError(c.t, err)
			p.tellAt, p.breachAt, p.quietAt = time.Time{}, time.Time{}, now.Add(modelQuiet[p.level])
		case !p.quietAt.IsZero() && p.entries > 0:
			p.entries--
			_, err := c.svc.AddEntry(ctx, c.officer, p.row.ID, EntryIn{Kind: model.EntryDecision, Decision: model.DecisionPlanNow, Text: fmt.Sprint("第", p.entries, now)})
			require.NoError(c.t, err)
			p.quietAt = now.Add(modelQuiet[p.level])
			if p.entries == 0 && p.closes {
				_, err := c.svc.Close(ctx, c.officer, p.row.ID, "已平稳")
				require.NoError(c.t, err)
				p.quietAt, p.reviewAt, p.closes = time.Time{}, now, false
			}
		}
	}
}

// TestEveryScheduleIsKept follows alerts of all levels through random rotas with
// gaps and overrides, silences, midnights, jumps of the clock and killed replicas,
// and compares each step with what a plain model says: nothing is lost, doubled, or
// late without a note of the breach. Run with -args -schedules=10000 for a long one.
func TestEveryScheduleIsKept(t *testing.T) {
	t.Parallel()
	for part := range max(1, *schedules/perWorld) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			seed := *seeded
			if seed == 0 {
				seed = rand.Uint64()
			}
			rnd := rand.New(rand.NewPCG(seed, 1))
			t.Logf("-args -seed=%d", seed)
			start := night.Add(time.Duration(rnd.IntN(7*24*60)) * time.Minute)
			storetest.EachAt(t, start, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
				c := newCounty(t, st, clock, rand.New(rand.NewPCG(seed, 2)))
				jumps := []time.Duration{-10 * time.Second, time.Second, 5 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 9 * time.Hour, 24 * time.Hour}
				total := map[string]int{}
				for turn := range 2 * perWorld {
					if len(c.plans) < perWorld {
						c.raise()
					}
					want := c.expect()
					c.run()
					require.Equal(t, want, c.did(), "at %s", st.Now())
					for what, n := range want {
						_, kind, _ := cut3(what)
						total[kind] += n
					}
					clock.Advance(time.Millisecond) // what people do is at another time than what the job does
					c.act()
					clock.Advance(jumps[c.rnd.IntN(len(jumps))])
					if c.rnd.IntN(3) == 0 { // to the edge of a shift: they begin and end on the quarter hours
						clock.Set(st.Now().Truncate(15 * time.Minute).Add(15*time.Minute + time.Duration(turn+1)*time.Millisecond))
					}
				}
				for _, kind := range []string{"tell", "breach", "silence", "review"} {
					require.Positive(t, total[kind], "the schedules hold a %s: %v", kind, slices.Sorted(maps.Keys(total)))
				}
			})
		})
	}
}

// cut3 cuts an id, a kind and the rest apart.
func cut3(s string) (id, kind, rest string) {
	_, _ = fmt.Sscan(s, &id, &kind)
	return id, kind, s
}
