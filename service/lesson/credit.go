package lesson

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// rowsPerStatement bounds multi-row statements; a bitmap is at most 2.7 KB.
const rowsPerStatement = 500

// commitReports credits a batch of reports in one transaction. It locks the
// persons in the order of their ids; their progress rows are then nobody else's.
func (s *Service) commitReports(ctx context.Context, items []reportItem) ([]reportResult, error) {
	var results []reportResult
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		b := &creditBatch{items: items, results: make([]reportResult, len(items))}
		if err := b.load(s, tx); err != nil {
			return err
		}
		b.credit()
		if err := b.save(tx); err != nil {
			return err
		}
		marks, err := b.marks(tx)
		if err != nil {
			return err
		}
		if change, err = s.coverage.Record(tx, marks); err != nil {
			return err
		}
		results = b.results
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.coverage.Publish(ctx, change)
	return results, nil
}

// progressKey names a row of lesson_progress.
type progressKey struct{ viewer, lesson model.ID }

// progressState is a progress row in the batch and what it was before.
type progressState struct {
	row                model.LessonProgress
	lesson             *model.Lesson
	started, completed bool // before the batch
	cause              model.ID
	dirty              bool
}

type creditBatch struct {
	items    []reportItem
	results  []reportResult
	refusals map[family.Subject]*model.Error // consent may have been withdrawn, or a guardianship ended, since the watch was opened
	pupils   map[model.ID]bool               // the viewers who are pupils
	viewers  map[model.ID]*model.Viewer
	progress map[progressKey]*progressState
}

func (b *creditBatch) load(s *Service, tx *gorm.DB) (err error) {
	watches := make([]*model.Watch, len(b.items))
	subjects := make([]family.Subject, len(b.items))
	b.pupils = map[model.ID]bool{}
	for i, item := range b.items {
		watches[i], subjects[i] = item.watch, subjectOf(item.watch)
		if item.watch.PupilID != 0 {
			b.pupils[item.watch.PupilID] = true
		}
	}
	if err = b.lock(s, tx, viewerIDs(watches)); err != nil {
		return err
	}
	b.refusals, err = family.Refusals(tx, model.PurposeLearning, model.DateOf(b.items[0].at), subjects)
	return err
}

// subjectOf is whose data a watch uses, and who uses it.
func subjectOf(w *model.Watch) family.Subject {
	return family.Subject{AccountID: w.AccountID, PupilID: w.PupilID}
}

// viewerIDs are the persons who watch, sorted.
func viewerIDs(watches []*model.Watch) []model.ID {
	ids := make([]model.ID, 0, len(watches))
	for _, w := range watches {
		ids = append(ids, w.ViewerID)
		if w.CompanionID != 0 {
			ids = append(ids, w.CompanionID)
		}
	}
	return store.Distinct(ids)
}

func (s *Service) lockViewers(tx *gorm.DB, ids []model.ID) (map[model.ID]*model.Viewer, error) {
	viewers, err := store.InParts(ids, func(part []model.ID, viewers *[]*model.Viewer) error {
		return s.store.ForUpdate(tx).Where("id IN ?", part).Order("id").Find(viewers).Error
	})
	return store.Keyed(viewers, func(v *model.Viewer) (model.ID, *model.Viewer) { return v.ID, v }), err
}

// lock locks the persons, in the order of their ids, and with them their
// progress in the lessons of the batch: in one statement, as the wait for each
// is what a batch spends most of its time on.
func (b *creditBatch) lock(s *Service, tx *gorm.DB, viewers []model.ID) error {
	lessons := map[model.ID]*model.Lesson{}
	watches := map[model.ID][]*model.Watch{} // of each lesson
	for _, item := range b.items {
		lessons[item.lesson.ID] = item.lesson
		watches[item.lesson.ID] = append(watches[item.lesson.ID], item.watch)
	}
	wanted := make([]string, 0, len(lessons))
	args := make([]any, 0, 2*len(lessons))
	for lesson, list := range watches {
		wanted = append(wanted, "(p.lesson_id = ? AND p.viewer_id IN ?)")
		args = append(args, lesson, viewerIDs(list))
	}
	b.viewers = make(map[model.ID]*model.Viewer, len(viewers))
	b.progress = make(map[progressKey]*progressState, len(b.items))
	for part := range slices.Chunk(viewers, rowsPerStatement) {
		var rows []struct {
			model.LessonProgress
			CreditedAt  time.Time
			AllowanceMS int `gorm:"column:allowance_ms"`
		}
		err := s.store.ForUpdate(tx.Table("viewers AS v")).
			Joins("JOIN lesson_progress AS p ON p.viewer_id = v.id AND ("+strings.Join(wanted, " OR ")+")", args...).
			Where("v.id IN ?", part).Order("v.id").Select("v.credited_at, v.allowance_ms, p.*").Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, r := range rows {
			if b.viewers[r.ViewerID] == nil {
				b.viewers[r.ViewerID] = &model.Viewer{ID: r.ViewerID, CreditedAt: r.CreditedAt, AllowanceMS: r.AllowanceMS}
			}
			b.progress[progressKey{r.ViewerID, r.LessonID}] = &progressState{
				row: r.LessonProgress, lesson: lessons[r.LessonID], started: r.StartedAt != nil, completed: r.CompletedAt != nil}
		}
	}
	return nil
}

// credit credits the reports in the order in which they came.
func (b *creditBatch) credit() {
	for i := range b.items {
		item := &b.items[i]
		if refusal := b.refusals[subjectOf(item.watch)]; refusal != nil {
			b.results[i].err = refusal
			continue
		}
		p := b.progress[progressKey{item.watch.ViewerID, item.watch.LessonID}]
		b.results[i].credited = Credited{
			Rejected:          b.creditOne(item, p),
			WatchedSeconds:    p.row.WatchedSeconds,
			Percent:           p.row.Percent(item.lesson),
			Completed:         p.row.CompletedAt != nil,
			NextReportSeconds: reportSeconds(item.lesson),
		}
	}
}

func (b *creditBatch) creditOne(item *reportItem, p *progressState) []model.Rejection {
	w, r := item.watch, &item.report
	if p.row.WatchID != w.ID {
		return model.RejectAll(r.Segments, model.RejectSuperseded)
	}
	if r.Seq <= p.row.LastSeq {
		return model.RejectAll(r.Segments, model.RejectSeqReplayed)
	}
	p.row.LastSeq = r.Seq
	p.row.Position = min(int(r.Position), item.lesson.DurationSeconds)
	rejected := p.row.Credit(b.viewers[w.ViewerID], item.lesson, r.Segments, r.Rate, item.at)
	p.touch(w.ID)
	if w.CompanionID != 0 {
		c := b.progress[progressKey{w.CompanionID, w.LessonID}]
		c.row.Credit(b.viewers[w.CompanionID], item.lesson, r.Segments, r.Rate, item.at)
		c.touch(w.ID)
	}
	return rejected
}

// touch marks the row as changed, and keeps which watch began or completed the
// lesson: the cause of its coverage.
func (p *progressState) touch(watch model.ID) {
	p.dirty = true
	if p.cause == 0 && (!p.started && p.row.StartedAt != nil || !p.completed && p.row.CompletedAt != nil) {
		p.cause = watch
	}
}

// save writes the changed rows, in key order.
func (b *creditBatch) save(tx *gorm.DB) error {
	rows := make([]*model.LessonProgress, 0, len(b.progress))
	viewers := make([]*model.Viewer, 0, len(b.viewers))
	for _, p := range b.progress {
		if p.dirty {
			rows = append(rows, &p.row)
			viewers = append(viewers, b.viewers[p.row.ViewerID])
		}
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(x, y *model.LessonProgress) int {
		return cmp.Or(cmp.Compare(x.ViewerID, y.ViewerID), cmp.Compare(x.LessonID, y.LessonID))
	})
	slices.SortFunc(viewers, func(x, y *model.Viewer) int { return cmp.Compare(x.ID, y.ID) })
	viewers = slices.Compact(viewers)
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"credited_at", "allowance_ms"}),
	}).CreateInBatches(viewers, rowsPerStatement).Error
	if err != nil {
		return err
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "viewer_id"}, {Name: "lesson_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"watch_id", "last_seq", "position", "watched_seconds", "bitmap", "started_at", "completed_at", "updated_at"}),
	}).CreateInBatches(rows, rowsPerStatement).Error
}

// marks are the beginnings and completions that the batch brought about: of
// the pupil who watched, or of all children of the guardian who did.
func (b *creditBatch) marks(tx *gorm.DB) ([]coverage.Mark, error) {
	var passed []*progressState
	var guardians []model.ID
	for _, p := range b.progress {
		if p.cause == 0 {
			continue
		}
		passed = append(passed, p)
		if !b.pupils[p.row.ViewerID] {
			guardians = append(guardians, p.row.ViewerID)
		}
	}
	children, err := family.Children(tx, guardians)
	if err != nil {
		return nil, err
	}
	var marks []coverage.Mark
	for _, p := range passed {
		m := coverage.Mark{Item: p.lesson.Item(), Side: model.SidePupil, At: *p.row.StartedAt, How: model.CoverWatch, CauseID: p.cause}
		if p.row.CompletedAt != nil {
			m.Covered, m.At = true, *p.row.CompletedAt
		}
		pupils := []model.ID{p.row.ViewerID}
		if !b.pupils[p.row.ViewerID] {
			m.Side, pupils = model.SideGuardian, children[p.row.ViewerID]
		}
		for _, pupil := range pupils {
			m.PupilID = pupil
			marks = append(marks, m)
		}
	}
	return marks, nil
}
