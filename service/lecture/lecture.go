// Package lecture holds the numbered lectures: their sessions, the rotating
// code by which people check in, the roll call, late claims, make-ups, and the
// discussion under sessions for guardians.
package lecture

import (
	"cmp"
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/batch"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/store"
	"xinyu/service/platform/vault"
	"xinyu/service/scene"
	"xinyu/service/unit"
)

// Service is the lecture domain. It is safe for concurrent use.
type Service struct {
	store      *store.Store
	coverage   *coverage.Engine
	vault      *vault.Vault
	marks      family.Marks
	checker    TextChecker
	scenes     *scene.Scenes
	outbox     *message.Outbox
	recipients *message.Recipients
	accounts   Accounts
	codes      codes
	limiter    *limit.Limiter
	checkIns   *batch.Batcher[attempt, outcome]
}

// Accounts knows what this domain needs of accounts; identity.Directory does.
type Accounts interface {
	// OpenID returns who the account is to WeChat.
	OpenID(db *gorm.DB, account model.ID) (string, error)
	// Names returns the names of staff.
	Names(db *gorm.DB, accounts []model.ID) (map[model.ID]string, error)
	// Holds reports whether the account has one of the roles at that moment, at
	// a unit that where keeps.
	Holds(db *gorm.DB, account model.ID, at time.Time, roles []model.Role, where func(unitColumn string) store.Cond) (bool, error)
}

// chunk bounds the values of one IN list or multi-row statement.
const chunk = 500

// New makes the service and starts its committers; Close ends them. Without a
// checker every post waits for a host.
func New(st *store.Store, limiter *limit.Limiter, engine *coverage.Engine, v *vault.Vault, checker TextChecker, scenes *scene.Scenes, outbox *message.Outbox, recipients *message.Recipients, accounts Accounts) *Service {
	s := &Service{store: st, coverage: engine, vault: v, marks: family.NewMarks(v), checker: checker, scenes: scenes, outbox: outbox, recipients: recipients, accounts: accounts, codes: codes{mac: v.MAC}, limiter: limiter}
	s.checkIns = batch.New(batch.Config{Name: "check-ins"}, s.commitCheckIns)
	return s
}

// Close refuses new check-ins and finishes those on their way.
func (s *Service) Close() { s.checkIns.Close() }

// Lecture is what callers see of a lecture.
type Lecture struct {
	ID      model.ID     `json:"id"`
	UnitID  model.ID     `json:"unitId" doc:"The unit that publishes it, for all classes below"`
	Number  int          `json:"number" doc:"第几讲"`
	Title   string       `json:"title"`
	Summary string       `json:"summary"`
	Sides   []model.Side `json:"sides"`
	Term    model.Term   `json:"term"`
}

func lectureView(l model.Lecture) Lecture {
	return Lecture{ID: l.ID, UnitID: l.UnitID, Number: l.Number, Title: l.Title, Summary: l.Summary, Sides: l.List(), Term: l.Term}
}

// NewLecture is a lecture to publish.
type NewLecture struct {
	UnitID  model.ID     `json:"unitId" doc:"The unit that publishes it, for all classes below"`
	Number  int          `json:"number" minimum:"1" maximum:"999" doc:"第几讲; unique within the unit and term"`
	Title   string       `json:"title" minLength:"1" maxLength:"100"`
	Summary string       `json:"summary,omitempty" maxLength:"2000"`
	Sides   []model.Side `json:"sides" minItems:"1" maxItems:"2"`
	Term    model.Term   `json:"term,omitempty" pattern:"^[0-9]{4}H[12]$" doc:"Half-year, as 2026H2; the present one where absent"`
}

// Publish adds a lecture. Its unit must stand at or below one that the caller
// manages: otherwise it is not found.
func (s *Service) Publish(ctx context.Context, actor model.Actor, in NewLecture) (Lecture, error) {
	now := s.store.Now()
	in.Term = cmp.Or(in.Term, model.TermOf(now))
	sides := model.SidesOf(in.Sides)
	title, plain := model.TitleText(in.Title)
	summary, summaryPlain := model.PostText(in.Summary)
	switch {
	case in.Number < 1 || in.Number > 999:
		return Lecture{}, model.Invalid("number", "number_invalid", "讲次应在1到999之间")
	case in.Title == "":
		return Lecture{}, model.Invalid("title", "title_required", "请填写标题")
	case !plain:
		return Lecture{}, model.Invalid("title", "title_malformed", "标题应是一行文字，不含特殊字符")
	case !summaryPlain:
		return Lecture{}, model.Invalid("summary", "summary_malformed", "简介里有不能显示的字符，请修改")
	case sides == model.Sides{}:
		return Lecture{}, model.Invalid("sides", "sides_required", "请选择面向学生还是家长")
	case !in.Term.Valid():
		return Lecture{}, model.Invalid("term", "term_invalid", "学期的写法不对")
	}
	if _, err := unit.Get(s.store.Read(ctx), in.UnitID, unit.InUse(), unit.Below(actor.UnitsAs(now, model.RoleManager)...)); err != nil {
		return Lecture{}, err
	}
	l := model.Lecture{ID: s.store.NewID(), UnitID: in.UnitID, Number: in.Number, Title: title, Summary: summary,
		Sides: sides, Term: in.Term, CreatedBy: actor.AccountID, CreatedAt: now}
	err := s.store.Tx(ctx, func(tx *gorm.DB) error { return tx.Create(&l).Error })
	if store.IsDuplicate(err) {
		return Lecture{}, model.Conflict("lecture_number_taken", "本单位这个学期已有这一讲")
	}
	return lectureView(l), err
}

// LectureFilter narrows a list of lectures; zero values don't.
type LectureFilter struct {
	Term model.Term `query:"term" maxLength:"6" doc:"Only lectures of this half-year, as 2026H2"`
	Side model.Side `query:"side" doc:"Only lectures for this side"`
	store.PageRequest
}

var newestLectures = store.Descending(func(l model.Lecture) store.Keys { return store.Keys{l.ID} }, "lectures.id")

// Lectures lists what the caller may see, the newest first.
func (s *Service) Lectures(ctx context.Context, actor model.Actor, f LectureFilter) (store.Page[Lecture], error) {
	q := s.store.Read(ctx).Where(store.All(s.lecturesVisibleTo(actor),
		store.When(f.Term != "", "lectures.term = ?", f.Term),
		store.When(f.Side == model.SidePupil, "lectures.for_pupils = ?", true),
		store.When(f.Side == model.SideGuardian, "lectures.for_guardians = ?", true)))
	rows, next, err := newestLectures.Read(q, f.PageRequest)
	return store.PageOf(rows, next, lectureView), err
}

// Lecture is one lecture that the caller may see.
func (s *Service) Lecture(ctx context.Context, actor model.Actor, id model.ID) (Lecture, error) {
	var l model.Lecture
	err := s.store.Read(ctx).Where(s.lecturesVisibleTo(actor)).Take(&l, "lectures.id = ?", id).Error
	if err != nil {
		return Lecture{}, store.Found(err, "lecture")
	}
	return lectureView(l), nil
}
