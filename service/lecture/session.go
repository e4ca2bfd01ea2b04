package lecture

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/calendar"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Session is what callers see of a session.
type Session struct {
	ID           model.ID            `json:"id"`
	LectureID    model.ID            `json:"lectureId"`
	LectureTitle string              `json:"lectureTitle"`
	Number       int                 `json:"number" doc:"第几讲"`
	Sides        []model.Side        `json:"sides"`
	Mode         model.SessionMode   `json:"mode"`
	Status       model.SessionStatus `json:"status" doc:"Open from 15 minutes before startsAt until endsAt, on the server's clock"`
	Place        string              `json:"place"`
	// JoinURL is there for those whom the session is for, until it ends.
	JoinURL  string    `json:"joinUrl,omitempty"`
	StartsAt time.Time `json:"startsAt"`
	EndsAt   time.Time `json:"endsAt"`
	UnitID   model.ID  `json:"unitId" doc:"The unit that it belongs to"`
	Targets  []Target  `json:"targets"`
	HostID   model.ID  `json:"hostId"`
	Holiday  string    `json:"holiday,omitempty" doc:"The name of the holiday of its county on which it begins: it takes place all the same"`
	MakeUpOf *model.ID `json:"makeUpOf,omitempty" doc:"The session that it makes up for"`
	Version  int       `json:"version" doc:"Send it back with a change"`
	// PostsWaiting are the posts of the discussion on which a host has to decide.
	PostsWaiting int64        `json:"postsWaiting,omitempty" doc:"For who runs it, in the session alone: posts that are held or were reported"`
	Children     []ChildState `json:"checkedIn,omitempty" doc:"For families: how each child, for whom the session is, stands"`
}

// Target is a unit that a session is for.
type Target struct {
	UnitID model.ID `json:"unitId"`
	Name   string   `json:"name"`
}

// ChildState is how one child stands on one side of a session.
type ChildState struct {
	PupilID model.ID   `json:"pupilId"`
	Side    model.Side `json:"side"`
	Status  Presence   `json:"status"`
	At      *time.Time `json:"at,omitempty"`
	// Retracted says that a host took a check-in back and none came after it.
	Retracted bool `json:"retracted,omitempty" doc:"Missing because a host took a check-in back"`
}

// Presence is how a pupil stands on one side of a session.
type Presence string

// The kinds of presence. Late is a check-in that waits for the host's decision.
const (
	Here    Presence = "checkedIn"
	Late    Presence = "late"
	Missing Presence = "missing"
)

// Values are all kinds of presence.
func (Presence) Values() []Presence { return []Presence{Here, Late, Missing} }

// presenceOf is the presence that a check-in means; nil is none.
func presenceOf(c *model.CheckIn) Presence {
	switch {
	case c == nil:
		return Missing
	case c.Counts():
		return Here
	case c.Pending():
		return Late
	}
	return Missing
}

// SessionFilter narrows a list of sessions; zero values don't.
type SessionFilter struct {
	From      time.Time     `query:"from" doc:"Sessions that start then or later"`
	To        time.Time     `query:"to" doc:"Sessions that start before"`
	LectureID store.IDParam `query:"lectureId"`
	UnitID    store.IDParam `query:"unitId" doc:"Sessions that concern this unit: for it, one above or one below"`
	Latest    bool          `query:"latest" doc:"The latest start first"`
	store.PageRequest
}

func sessionKeys(s model.LectureSession) store.Keys { return store.Keys{s.StartsAt, s.ID} }

var (
	sessionsByStart = store.Ascending(sessionKeys, "lecture_sessions.starts_at", "lecture_sessions.id")
	latestSessions  = store.Descending(sessionKeys, "lecture_sessions.starts_at", "lecture_sessions.id")
)

// Sessions lists what the caller may see, by start.
func (s *Service) Sessions(ctx context.Context, actor model.Actor, f SessionFilter) (store.Page[Session], error) {
	q := s.store.Read(ctx).Where(store.All(s.sessionsVisibleTo(s.store.Read(ctx), actor, model.Staff...),
		store.When(!f.From.IsZero(), "lecture_sessions.starts_at >= ?", model.Instant(f.From)),
		store.When(!f.To.IsZero(), "lecture_sessions.starts_at < ?", model.Instant(f.To)),
		store.When(f.LectureID.ID != 0, "lecture_sessions.lecture_id = ?", f.LectureID.ID)))
	if f.UnitID.ID != 0 {
		q = q.Where(targeting(s.store.Read(ctx), []model.ID{f.UnitID.ID}))
	}
	order := sessionsByStart
	if f.Latest {
		order = latestSessions
	}
	rows, next, err := order.Read(q, f.PageRequest)
	if err != nil {
		return store.Page[Session]{}, err
	}
	views, err := s.sessionViews(ctx, actor, rows)
	return store.PageOf(rows, next, func(r model.LectureSession) Session { return views[r.ID] }), err
}

// Session is one session that the caller may see.
func (s *Service) Session(ctx context.Context, actor model.Actor, id model.ID) (Session, error) {
	row, err := s.visible(s.store.Read(ctx), actor, id)
	if err != nil {
		return Session{}, err
	}
	view, err := s.sessionView(ctx, actor, row)
	if err != nil || !actor.Has(s.store.Now(), model.Hosts...) {
		return view, err
	}
	runs, err := s.runs(s.store.Read(ctx), actor, row)
	if err == nil && runs {
		view.PostsWaiting, err = postsWaiting(s.store.Read(ctx), id)
	}
	return view, err
}

// written is the session that the actor has just written, who may not see it
// any more: they have given it to another host.
func (s *Service) written(ctx context.Context, actor model.Actor, id model.ID) (Session, error) {
	var row model.LectureSession
	if err := s.store.Read(ctx).Take(&row, "id = ?", id).Error; err != nil {
		return Session{}, store.Found(err, "session")
	}
	return s.sessionView(ctx, actor, row)
}

func (s *Service) sessionView(ctx context.Context, actor model.Actor, row model.LectureSession) (Session, error) {
	views, err := s.sessionViews(ctx, actor, []model.LectureSession{row})
	return views[row.ID], err
}

// sessionViews completes rows that the actor may see.
func (s *Service) sessionViews(ctx context.Context, actor model.Actor, rows []model.LectureSession) (map[model.ID]Session, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	db, now := s.store.Read(ctx), s.store.Now()
	ids := store.Each(rows, func(r model.LectureSession) model.ID { return r.ID })
	lectureIDs := store.Each(rows, func(r model.LectureSession) model.ID { return r.LectureID })
	lectures, err := lecturesByID(db, lectureIDs)
	if err != nil {
		return nil, err
	}
	targets, err := targetsOf(db, ids)
	if err != nil {
		return nil, err
	}
	joinable, err := s.joinable(db, actor, ids)
	if err != nil {
		return nil, err
	}
	children, err := s.childStates(db, actor, rows, lectures)
	if err != nil {
		return nil, err
	}
	begins := func(r model.LectureSession) calendar.Place {
		return calendar.Place{UnitID: r.UnitID, Date: model.DateOf(r.StartsAt)}
	}
	holidays, err := calendar.Holidays(db, store.Each(rows, begins))
	if err != nil {
		return nil, err
	}
	views := make(map[model.ID]Session, len(rows))
	for _, r := range rows {
		l := lectures[r.LectureID]
		v := Session{ID: r.ID, LectureID: r.LectureID, LectureTitle: l.Title, Number: l.Number, Sides: l.List(), Mode: r.Mode,
			Status: r.StatusAt(now), Place: r.Place, StartsAt: r.StartsAt, EndsAt: r.EndsAt, UnitID: r.UnitID,
			Targets: append([]Target{}, targets[r.ID]...), HostID: r.HostID, Version: r.Version, Children: children[r.ID],
			Holiday: holidays[begins(r)]}
		if joinable[r.ID] && refuseOver(v.Status) == nil {
			v.JoinURL = r.JoinURL
		}
		if r.MakeUpOf != 0 {
			v.MakeUpOf = &r.MakeUpOf
		}
		views[r.ID] = v
	}
	return views, nil
}

func lecturesByID(db *gorm.DB, ids []model.ID) (map[model.ID]model.Lecture, error) {
	var rows []model.Lecture
	if err := db.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	return store.Keyed(rows, func(l model.Lecture) (model.ID, model.Lecture) { return l.ID, l }), nil
}

func targetsOf(db *gorm.DB, sessions []model.ID) (map[model.ID][]Target, error) {
	var rows []struct {
		SessionID, UnitID model.ID
		Name              string
	}
	err := db.Table("session_targets AS t").Joins(unit.Join("u", "t.unit_id")).Where("t.session_id IN ?", sessions).
		Select("t.session_id, t.unit_id, u.name").Order("t.session_id, t.unit_id").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	bySession := map[model.ID][]Target{}
	for _, r := range rows {
		bySession[r.SessionID] = append(bySession[r.SessionID], Target{UnitID: r.UnitID, Name: r.Name})
	}
	return bySession, nil
}

// joinable returns the sessions whose join link the actor may have: families,
// and the teachers and managers of the units concerned. Others who may see a
// session, such as inspectors, don't need to enter it.
func (s *Service) joinable(db *gorm.DB, actor model.Actor, ids []model.ID) (map[model.ID]bool, error) {
	var found []model.ID
	err := db.Model(&model.LectureSession{}).Where(s.sessionsVisibleTo(db, actor, model.Hosts...)).
		Where("lecture_sessions.id IN ?", ids).Pluck("lecture_sessions.id", &found).Error
	return store.Set(found), err
}

// childStates returns, for a guardian or pupil, how their children stand in the
// sessions that are for them.
func (s *Service) childStates(db *gorm.DB, actor model.Actor, rows []model.LectureSession, lectures map[model.ID]model.Lecture) (map[model.ID][]ChildState, error) {
	if !actor.Has(s.store.Now(), model.Families...) {
		return nil, nil
	}
	children, err := family.Children(db, []model.ID{actor.AccountID})
	if err != nil {
		return nil, err
	}
	own := append(children[actor.AccountID], actor.PupilID)
	pupils, err := family.List(db, family.OnRoster(), store.In("p.id", own))
	if err != nil {
		return nil, err
	}
	ids := store.Each(rows, func(r model.LectureSession) model.ID { return r.ID })
	invited, err := readParticipation(db, rows, pupils)
	if err != nil {
		return nil, err
	}
	known, err := s.readCheckIns(db, ids, idsOf(pupils))
	if err != nil {
		return nil, err
	}
	taken, err := takenBack(db, ids, idsOf(pupils))
	if err != nil {
		return nil, err
	}
	states := map[model.ID][]ChildState{}
	for _, r := range rows {
		for _, p := range pupils {
			if !invited.includes(r, p) {
				continue
			}
			for _, side := range lectures[r.LectureID].List() {
				if actor.PupilID == p.ID && side != model.SidePupil {
					continue
				}
				state := ChildState{PupilID: p.ID, Side: side, Status: Missing}
				if c, ok := known[place{r.ID, p.ID, side}]; ok {
					state.Status = presenceOf(&c)
					if state.Status != Missing {
						state.At = &c.At
					}
				} else {
					state.Retracted = taken[place{r.ID, p.ID, side}]
				}
				states[r.ID] = append(states[r.ID], state)
			}
		}
	}
	return states, nil
}
