package lecture

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Overview is what a family owes of this term's lectures, and what comes next.
type Overview struct {
	// Dues are by the pupil's id; zero is the caller as a guardian.
	Dues map[model.ID]Dues
	// Sessions are the first of those to come, or open now, that would cover
	// someone of the family or at which someone is checked in; SessionCount counts all.
	Sessions     []Session
	SessionCount int
}

// Dues are the lectures of this term that one person owes.
type Dues struct {
	Total int   `json:"total"`
	Done  int   `json:"done" doc:"Of the total; the rest is owed"`
	Items []Due `json:"items" doc:"The first ten that are owed, what is on soonest first"`
}

// Due is a lecture not yet attended.
type Due struct {
	ID       model.ID   `json:"id"`
	Number   int        `json:"number" doc:"第几讲"`
	Title    string     `json:"title"`
	PupilIDs []model.ID `json:"pupilIds" doc:"For whom it is owed: a guardian may have attended for one child only"`
	Next     *Next      `json:"next,omitempty" doc:"The next session, or make-up, that would cover them"`
}

// Next is a session that is open or to come.
type Next struct {
	SessionID model.ID            `json:"sessionId"`
	Mode      model.SessionMode   `json:"mode"`
	Status    model.SessionStatus `json:"status"`
	StartsAt  time.Time           `json:"startsAt"`
	EndsAt    time.Time           `json:"endsAt"`
	Place     string              `json:"place,omitempty"`
	MakeUp    bool                `json:"makeUp"`
}

const (
	// overviewItems is how many items of a kind an overview shows; the counts include the others.
	overviewItems = 10
	// overviewSessions and overviewLectures bound what an overview reads: far more than any family has before it.
	overviewSessions = 200
	overviewLectures = 500
)

// Overview returns what the caller's family owes and what comes next. For a
// pupil's account that is the pupil's own. The number of queries does not
// grow with the children, lectures or sessions.
func (s *Service) Overview(ctx context.Context, actor model.Actor) (Overview, error) {
	var o overview
	if err := o.load(ctx, s, actor); err != nil {
		return Overview{}, err
	}
	out := Overview{Dues: map[model.ID]Dues{}}
	if actor.PupilID == 0 && len(o.pupils) > 0 {
		out.Dues[0] = o.dues(o.pupils, model.SideGuardian)
	}
	for _, p := range o.pupils {
		out.Dues[p.ID] = o.dues([]model.Pupil{p}, model.SidePupil)
	}
	for _, session := range o.coming {
		if !o.concerns(session) {
			continue
		}
		if out.SessionCount++; len(out.Sessions) < overviewItems {
			out.Sessions = append(out.Sessions, session)
		}
	}
	return out, nil
}

// overview is what a family's overview is computed from.
type overview struct {
	pupils   []model.Pupil
	lectures []model.Lecture // of this term
	above    map[[2]model.ID]bool
	covered  map[coverage.Fact]bool
	coming   []Session // open or to come, by start, for any of the pupils
}

func (o *overview) load(ctx context.Context, s *Service, actor model.Actor) error {
	db, now := s.store.Read(ctx), s.store.Now()
	var err error
	if o.pupils, err = family.List(db, family.OnRoster(), family.PupilOf("p.id", actor)); err != nil || len(o.pupils) == 0 {
		return err
	}
	classes := store.Each(o.pupils, func(p model.Pupil) model.ID { return p.ClassID })
	above, err := store.AncestorsOf(db, classes)
	if err != nil {
		return err
	}
	o.above = store.Keyed(above, func(a model.UnitAncestor) ([2]model.ID, bool) { return [2]model.ID{a.AncestorID, a.UnitID}, true })
	units := store.Each(above, func(a model.UnitAncestor) model.ID { return a.AncestorID })
	err = db.Where("term = ? AND unit_id IN ?", model.TermOf(now), units).Order("number, id").Limit(overviewLectures).Find(&o.lectures).Error
	if err != nil {
		return err
	}
	if err := o.loadComing(ctx, db, s, actor, classes, now); err != nil {
		return err
	}
	ids := slices.Concat(store.Each(o.lectures, func(l model.Lecture) model.ID { return l.ID }),
		store.Each(o.coming, func(c Session) model.ID { return c.LectureID }))
	o.covered, err = coverage.Covered(db, model.ItemLecture, store.Distinct(ids), idsOf(o.pupils))
	return err
}

// loadComing reads the sessions for the pupils' classes and those to which
// one of them is invited, and how each child stands in them.
func (o *overview) loadComing(ctx context.Context, db *gorm.DB, s *Service, actor model.Actor, classes []model.ID, now time.Time) error {
	var rows []model.LectureSession
	err := db.Where("status = ? AND ends_at > ?", model.SessionScheduled, now).
		Where(sessionsFor(db, classes, store.In("i.pupil_id", idsOf(o.pupils)))).
		Order("starts_at, id").Limit(overviewSessions).Find(&rows).Error
	if err != nil {
		return err
	}
	views, err := s.sessionViews(ctx, actor, rows)
	o.coming = store.Each(rows, func(r model.LectureSession) Session { return views[r.ID] })
	return err
}

// dues are the lectures that concern any of the pupils on a side.
func (o *overview) dues(pupils []model.Pupil, side model.Side) Dues {
	out := Dues{Items: []Due{}}
	for _, l := range o.lectures {
		concerns, owing := false, []model.ID{}
		for _, p := range pupils {
			if !l.Include(side) || !o.above[[2]model.ID{l.UnitID, p.ClassID}] {
				continue
			}
			concerns = true
			if !o.covered[coverage.Fact{ItemID: l.ID, PupilID: p.ID, Side: side}] {
				owing = append(owing, p.ID)
			}
		}
		if !concerns {
			continue
		}
		out.Total++
		if len(owing) == 0 {
			out.Done++
			continue
		}
		out.Items = append(out.Items, Due{ID: l.ID, Number: l.Number, Title: l.Title, PupilIDs: owing, Next: o.next(l.ID, owing, side)})
	}
	slices.SortStableFunc(out.Items, soonestFirst)
	out.Items = out.Items[:min(len(out.Items), overviewItems)]
	return out
}

// soonestFirst orders dues by their next session, those without one last.
func soonestFirst(a, b Due) int {
	switch {
	case a.Next != nil && b.Next != nil:
		return a.Next.StartsAt.Compare(b.Next.StartsAt)
	case a.Next != nil:
		return -1
	case b.Next != nil:
		return 1
	}
	return 0
}

// next is the first session of the lecture that is for one of the pupils.
func (o *overview) next(lecture model.ID, pupils []model.ID, side model.Side) *Next {
	for _, session := range o.coming {
		if session.LectureID != lecture {
			continue
		}
		for _, c := range session.Children {
			if c.Side == side && slices.Contains(pupils, c.PupilID) {
				return &Next{SessionID: session.ID, Mode: session.Mode, Status: session.Status, StartsAt: session.StartsAt, EndsAt: session.EndsAt,
					Place: session.Place, MakeUp: session.MakeUpOf != nil}
			}
		}
	}
	return nil
}

// concerns reports whether the session would cover someone of the family, or
// someone is checked in to it and may want to find back to it.
func (o *overview) concerns(session Session) bool {
	return slices.ContainsFunc(session.Children, func(c ChildState) bool {
		return c.Status != Missing || !o.covered[coverage.Fact{ItemID: session.LectureID, PupilID: c.PupilID, Side: c.Side}]
	})
}
