package message

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// CauseNudge is the cause of messages that staff asked for.
const CauseNudge = "nudge"

// Subject is what families are nudged about.
type Subject struct {
	Kind string // lesson, lecture or session
	ID   model.ID
	Side model.Side // empty for a session
	// Message is the kind of message, Payload and CutoffAt are its own.
	Message  string
	Payload  any
	CutoffAt time.Time
	// SendAfter is when it is sent; zero: now.
	SendAfter time.Time
	// OwnAccounts says that pupils' own accounts are written to as well.
	OwnAccounts bool
	By          model.ID
}

// Nudged says how many pupils' families were nudged.
type Nudged struct {
	Nudged      int // now
	Already     int // today, before
	Unreachable int // nobody is bound, or nobody consents
}

// Add joins the counts of another part.
func (n *Nudged) Add(other Nudged) {
	n.Nudged += other.Nudged
	n.Already += other.Already
	n.Unreachable += other.Unreachable
}

// Nudge writes, in tx, to the families of pupils with their classes, at most
// once a pupil, subject and day, however often and by however many it is asked
// for: the unique index of nudges decides.
func (o *Outbox) Nudge(tx *gorm.DB, subject Subject, classes map[model.ID]model.ID) (Nudged, error) {
	var n Nudged
	pupils := slices.Sorted(maps.Keys(classes))
	families, err := o.Families(tx, pupils, subject.OwnAccounts)
	if err != nil {
		return n, fmt.Errorf("find families to nudge: %w", err)
	}
	now := o.store.Now()
	day := model.DateOf(now)
	var rows []model.Nudge
	var ids []model.ID
	for _, pupil := range pupils {
		if len(families[pupil]) == 0 {
			n.Unreachable++
			continue
		}
		row := model.Nudge{ID: o.store.NewID(), SubjectKind: subject.Kind, SubjectID: subject.ID, Side: subject.Side, PupilID: pupil,
			Day: day, NudgedBy: subject.By, CreatedAt: now}
		rows, ids = append(rows, row), append(ids, row.ID)
	}
	if len(rows) == 0 {
		return n, nil
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, batchRows).Error; err != nil {
		return n, fmt.Errorf("write nudges: %w", err)
	}
	var fresh []model.Nudge // the others met one of today
	if err := tx.Select("id", "pupil_id").Where("id IN ?", ids).Order("pupil_id").Find(&fresh).Error; err != nil {
		return n, err
	}
	n.Nudged, n.Already = len(fresh), len(rows)-len(fresh)
	var messages []Message
	for _, row := range fresh {
		for _, account := range families[row.PupilID] {
			messages = append(messages, Message{Kind: subject.Message, CauseKind: CauseNudge, CauseID: row.ID, RecipientID: account,
				PupilID: row.PupilID, UnitID: classes[row.PupilID], Payload: subject.Payload, SendAfter: later(now, subject.SendAfter), CutoffAt: subject.CutoffAt})
		}
	}
	return n, o.EnqueueOnce(tx, messages...)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// DropNudges takes back, in tx, the nudges about a subject that are not on
// their way yet, and their calls.
func (o *Outbox) DropNudges(tx *gorm.DB, kind string, id model.ID) error {
	return o.drop(tx, CauseNudge, store.Where("cause_id IN (SELECT id FROM nudges WHERE subject_kind = ? AND subject_id = ?)", kind, id))
}

// Nudges returns those of the nudges that there are, by id.
func Nudges(db *gorm.DB, ids []model.ID) (map[model.ID]model.Nudge, error) {
	rows, err := store.InParts(ids, func(part []model.ID, rows *[]model.Nudge) error {
		return db.Where("id IN ?", part).Find(rows).Error
	})
	return store.Keyed(rows, func(n model.Nudge) (model.ID, model.Nudge) { return n.ID, n }), err
}
