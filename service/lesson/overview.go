package lesson

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

// Person is someone of the caller's family who owes items: a child, the pupil
// whose own account it is, or the caller as a guardian.
type Person struct {
	PupilID   model.ID `json:"pupilId,omitempty" doc:"Absent: the caller, as a guardian"`
	Name      string   `json:"name,omitempty"`
	ClassID   model.ID `json:"classId,omitempty"`
	ClassName string   `json:"className,omitempty"`
}

// Dues are the lessons of this term that one person owes.
type Dues struct {
	Total int   `json:"total"`
	Done  int   `json:"done" doc:"Of the total; the rest is owed"`
	Items []Due `json:"items" doc:"The first ten that are owed, what was begun before what was not"`
}

// Due is a lesson not yet completed.
type Due struct {
	ID              model.ID     `json:"id"`
	Title           string       `json:"title"`
	Sides           []model.Side `json:"sides"`
	CoverURL        string       `json:"coverUrl" doc:"Signed; valid for some hours"`
	DurationSeconds int          `json:"durationSeconds"`
	Percent         int          `json:"percent" doc:"Watched so far"`
	Position        int          `json:"position" doc:"Where to resume, in seconds"`
	Forwarded       bool         `json:"forwarded" doc:"The school has forwarded it to the person's class or one above"`
	ForwardedAt     *time.Time   `json:"forwardedAt,omitempty" doc:"When last"`
}

// PersonDues are the dues of one person.
type PersonDues struct {
	Person Person
	Dues   Dues
}

const (
	// overviewItems is how many items of a kind an overview shows; the counts include the others.
	overviewItems = 10
	// overviewLessons bounds what an overview reads: far more than any class owes in a term.
	overviewLessons = 500
)

// Overview returns what the caller's family owes of this term's lessons: for
// a guardian the own ones first and then each child's, for a pupil's account
// its own. Others owe nothing. The number of queries does not grow with the
// children or lessons.
func (s *Service) Overview(ctx context.Context, actor model.Actor) ([]PersonDues, error) {
	o := overview{account: actor.AccountID}
	if err := o.load(s.store.Read(ctx), actor, s.store.Now()); err != nil {
		return nil, err
	}
	var people []PersonDues
	if actor.PupilID == 0 && len(o.pupils) > 0 {
		dues, err := o.dues(ctx, s, o.account, o.classes(), o.guardianOwes)
		if err != nil {
			return nil, err
		}
		people = append(people, PersonDues{Dues: dues})
	}
	for _, p := range o.pupils {
		dues, err := o.dues(ctx, s, p.PupilID, []model.ID{p.ClassID}, func(l *model.Lesson) (bool, bool) { return o.pupilOwes(l, p) })
		if err != nil {
			return nil, err
		}
		people = append(people, PersonDues{Person: p, Dues: dues})
	}
	return people, nil
}

// overview is what the dues of a family are computed from.
type overview struct {
	account  model.ID
	pupils   []Person // the caller's children, or the one pupil
	lessons  []model.Lesson
	above    map[[2]model.ID]bool // unit, class below it
	covered  map[coverage.Fact]bool
	forwards []model.LessonForward // to units above any of the pupils
	progress map[progressKey]model.LessonProgress
}

func (o *overview) load(db *gorm.DB, actor model.Actor, now time.Time) error {
	err := family.Enrolled(db).Joins(unit.Join("u", "p.class_id")).Where(family.PupilOf("p.id", actor)).
		Select("p.id AS pupil_id, p.name, p.class_id, u.name AS class_name").Order("p.id").Scan(&o.pupils).Error
	if err != nil || len(o.pupils) == 0 {
		return err
	}
	pupils, classes := store.Each(o.pupils, func(p Person) model.ID { return p.PupilID }), o.classes()
	above, err := store.AncestorsOf(db, classes)
	if err != nil {
		return err
	}
	o.above = store.Keyed(above, func(a model.UnitAncestor) ([2]model.ID, bool) { return [2]model.ID{a.AncestorID, a.UnitID}, true })
	err = db.Where(store.All(openAt(now), store.Above(unitColumn, classes))).Where("lessons.term = ?", model.TermOf(now)).
		Order("lessons.id DESC").Limit(overviewLessons).Find(&o.lessons).Error
	if err != nil {
		return err
	}
	lessons := store.Each(o.lessons, func(l model.Lesson) model.ID { return l.ID })
	err = db.Select("lesson_id", "unit_id", "created_at").Where("lesson_id IN ?", lessons).Where(store.Above("unit_id", classes)).Find(&o.forwards).Error
	if err != nil {
		return err
	}
	if o.covered, err = coverage.Covered(db, model.ItemLesson, lessons, pupils); err != nil {
		return err
	}
	var progress []model.LessonProgress
	err = db.Select("viewer_id", "lesson_id", "position", "watched_seconds", "started_at", "completed_at", "updated_at").
		Where("viewer_id IN ? AND lesson_id IN ?", append(pupils, o.account), lessons).Find(&progress).Error
	o.progress = store.Keyed(progress, func(p model.LessonProgress) (progressKey, model.LessonProgress) {
		return progressKey{p.ViewerID, p.LessonID}, p
	})
	return err
}

// classes are those of the pupils.
func (o *overview) classes() []model.ID {
	return store.Each(o.pupils, func(p Person) model.ID { return p.ClassID })
}

// pupilOwes reports whether a lesson is for the pupil, and whether it is done.
func (o *overview) pupilOwes(l *model.Lesson, p Person) (concerns, done bool) {
	return l.ForPupils && o.above[[2]model.ID{l.UnitID, p.ClassID}], o.covered[coverage.Fact{ItemID: l.ID, PupilID: p.PupilID, Side: model.SidePupil}]
}

// guardianOwes reports whether a lesson is for the caller as a guardian, and
// whether it is done: by the caller, or for every child by another guardian.
func (o *overview) guardianOwes(l *model.Lesson) (concerns, done bool) {
	done = true
	for _, p := range o.pupils {
		if l.ForGuardians && o.above[[2]model.ID{l.UnitID, p.ClassID}] {
			concerns = true
			done = done && o.covered[coverage.Fact{ItemID: l.ID, PupilID: p.PupilID, Side: model.SideGuardian}]
		}
	}
	return concerns, done || o.progress[progressKey{o.account, l.ID}].CompletedAt != nil
}

// forwardedAt is when the lesson was last forwarded to a unit of any of the classes, or nil.
func (o *overview) forwardedAt(lesson model.ID, classes []model.ID) *time.Time {
	var last *time.Time
	for _, f := range o.forwards {
		to := func(class model.ID) bool { return o.above[[2]model.ID{f.UnitID, class}] }
		if f.LessonID == lesson && slices.ContainsFunc(classes, to) && (last == nil || f.CreatedAt.After(*last)) {
			at := f.CreatedAt.UTC()
			last = &at
		}
	}
	return last
}

// dues are the lessons that concern a person of the classes, whose progress is the viewer's.
func (o *overview) dues(ctx context.Context, s *Service, viewer model.ID, classes []model.ID, owes func(*model.Lesson) (concerns, done bool)) (Dues, error) {
	out := Dues{Items: []Due{}}
	var owed []*model.Lesson
	for i := range o.lessons {
		concerns, done := owes(&o.lessons[i])
		if !concerns {
			continue
		}
		out.Total++
		if done {
			out.Done++
		} else {
			owed = append(owed, &o.lessons[i])
		}
	}
	slices.SortStableFunc(owed, func(a, b *model.Lesson) int { // those not begun stay newest first
		return cmp.Compare(o.lastWatched(viewer, b), o.lastWatched(viewer, a))
	})
	for _, l := range owed[:min(len(owed), overviewItems)] {
		p := o.progress[progressKey{viewer, l.ID}]
		cover, err := s.cover(ctx, l, false)
		if err != nil {
			return Dues{}, err
		}
		due := Due{ID: l.ID, Title: l.Title, Sides: l.List(), CoverURL: cover, DurationSeconds: l.DurationSeconds,
			Percent: p.Percent(l), Position: resumeAt(&p, l), ForwardedAt: o.forwardedAt(l.ID, classes)}
		due.Forwarded = due.ForwardedAt != nil
		out.Items = append(out.Items, due)
	}
	return out, nil
}

// lastWatched orders lessons by when the viewer was last at them; zero for never.
func (o *overview) lastWatched(viewer model.ID, l *model.Lesson) int64 {
	if p := o.progress[progressKey{viewer, l.ID}]; p.StartedAt != nil {
		return p.UpdatedAt.UnixMilli()
	}
	return 0
}
