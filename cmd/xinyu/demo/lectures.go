package demo

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/lecture"
	"xinyu/service/unit"
)

// The lectures of the county's notice, by their numbers.
const (
	pupilsLecture    = 4
	guardiansLecture = 5
)

// joinURL is where the online session would be; the host name is reserved for examples.
const joinURL = "https://meeting.example.com/xinyu-demo"

func (b *builder) lectures() {
	for _, l := range []struct {
		number         int
		title, summary string
		side           model.Side
	}{
		{pupilsLecture, "学会交往 和谐相处", "面向全县中小学生的心理健康教育宣讲第4讲。", model.SidePupil},
		{guardiansLecture, "家长如何培养孩子良好的心理素质", "面向全县学生家长的心理健康教育宣讲第5讲。", model.SideGuardian},
	} {
		b.lecture.Lectures = append(b.lecture.Lectures, &model.Lecture{
			ID: b.Store.NewID(), UnitID: b.units[b.county.Code].ID, Number: l.number, Title: l.title, Summary: l.summary,
			Sides: model.SidesOf([]model.Side{l.side}), Term: model.TermOf(b.now), CreatedBy: b.accounts["demo-county"], CreatedAt: b.now,
		})
	}
}

// holdPastSessions writes sessions that were held in the other schools, with
// their roll calls, so that the county's charts have something to show.
// demo-parent's school and demo-pupil's have everything before them.
func (b *builder) holdPastSessions() (coverage.Change, error) {
	var marks []coverage.Mark
	var held lecture.Seed
	n := 0
	for _, t := range b.county.Towns {
		for _, s := range t.Schools {
			code := b.county.schoolCode(s)
			if code == homeSchool {
				continue
			}
			n++
			for _, l := range b.lecture.Lectures {
				if l.Number == guardiansLecture && n%3 == 0 {
					continue // not held there yet
				}
				session := b.pastSession(l, code, n)
				held.Sessions = append(held.Sessions, session)
				held.Targets = append(held.Targets, &model.SessionTarget{SessionID: session.ID, UnitID: session.UnitID})
				for _, p := range b.attendance(s, n+l.Number) {
					c := &model.CheckIn{ID: b.Store.NewID(), SessionID: session.ID, PupilID: p.ID, Side: l.List()[0], AccountID: session.HostID,
						Mode: model.CheckInRollCall, At: session.StartsAt, ReceivedAt: session.EndsAt}
					held.CheckIns = append(held.CheckIns, c)
					marks = append(marks, coverage.Mark{Item: l.Item(), Side: c.Side, PupilID: p.ID, At: c.At, Covered: true, How: model.CoverSession, CauseID: c.ID})
				}
			}
		}
	}
	if err := held.Write(b.tx); err != nil {
		return coverage.Change{}, err
	}
	return b.Coverage.Record(b.tx, marks)
}

// pastSession was held in the school some days ago, in the afternoon.
func (b *builder) pastSession(l *model.Lecture, schoolCode string, n int) *model.LectureSession {
	day := model.DateOf(b.now).AddDays(-4 - n - l.Number)
	start := day.Start().Add(14*time.Hour + 30*time.Minute)
	return &model.LectureSession{
		ID: b.Store.NewID(), LectureID: l.ID, UnitID: b.units[schoolCode].ID, HostID: b.accounts["demo-county"], Mode: model.SessionOffline,
		Status: model.SessionEnded, Place: "学校报告厅", StartsAt: start, EndsAt: start.Add(time.Hour), Version: 1,
		CreatedBy: b.accounts["demo-county"], CreatedAt: start.AddDate(0, 0, -7), UpdatedAt: start.Add(time.Hour),
	}
}

// attendance is who came: from all to about half, by school.
func (b *builder) attendance(s school, n int) []*model.Pupil {
	var came []*model.Pupil
	for _, k := range s.Classes {
		for i, p := range b.pupilsOf(b.county.classCode(s, k)) {
			if (i*7+n)%10 < 10-n*3%6 {
				came = append(came, p)
			}
		}
	}
	return came
}

// keepSessions makes sure that lecture 4 is being held, online, for the
// classes of demo-parent's children, with demo-teacher as host, and that
// lecture 5 is to come for the whole school.
func (d *Demo) keepSessions(tx *gorm.DB) error {
	now := d.Store.Now()
	evening := model.DateOf(now).AddDays(1).Start().Add(19 * time.Hour)
	err := d.keepSession(tx, pupilsLecture, []string{childClass, siblingClass}, now.Add(-time.Minute), now.Add(-time.Minute+24*time.Hour), now)
	if err != nil {
		return err
	}
	return d.keepSession(tx, guardiansLecture, []string{homeSchool}, evening, evening.Add(90*time.Minute), now)
}

// keepSession adds a session unless one of the lecture, with demo-teacher as host, goes on for a while.
func (d *Demo) keepSession(tx *gorm.DB, number int, targets []string, starts, ends, now time.Time) error {
	county, err := unit.ByCode(tx, d.county.Code)
	if err != nil {
		return err
	}
	l, err := lecture.OfNumber(tx, county.ID, number)
	if err != nil {
		return err
	}
	host, err := d.account(tx, "demo-teacher")
	if err != nil {
		return err
	}
	// Two hours are kept in hand, so that the next upkeep comes in time.
	there, err := lecture.IsHeld(tx, l.ID, host, starts, now.Add(2*time.Hour))
	if err != nil || there {
		return err
	}
	home, err := unit.ByCode(tx, homeSchool)
	if err != nil {
		return err
	}
	session := &model.LectureSession{
		ID: d.Store.NewID(), LectureID: l.ID, UnitID: home.ID, HostID: host, Mode: model.SessionOnline, Status: model.SessionScheduled,
		JoinURL: joinURL, StartsAt: starts, EndsAt: ends, Version: 1, CreatedBy: host, CreatedAt: now, UpdatedAt: now,
	}
	rows := lecture.Seed{Sessions: []*model.LectureSession{session}}
	for _, code := range targets {
		target, err := unit.ByCode(tx, code)
		if err != nil {
			return err
		}
		rows.Targets = append(rows.Targets, &model.SessionTarget{SessionID: session.ID, UnitID: target.ID})
	}
	if l.ForGuardians {
		if rows.Posts, err = d.discussion(tx, session); err != nil {
			return err
		}
	}
	return rows.Write(tx)
}
