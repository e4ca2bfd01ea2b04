package org

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Import is a roster file on its way into the roster.
type Import struct {
	ID     model.ID           `json:"id"`
	UnitID model.ID           `json:"unitId"`
	Status model.ImportStatus `json:"status"`
	// Total is the number of rows; the next six and Departed tell what becomes of the pupils.
	Total       int `json:"total" doc:"Rows in the file"`
	Added       int `json:"added" doc:"Pupils new to the rosters"`
	Changed     int `json:"changed" doc:"Pupils whose name, gender or birth date differs"`
	Transferred int `json:"transferred" doc:"Pupils now in another class"`
	Returned    int `json:"returned" doc:"Pupils who had departed and are back"`
	Departed    int `json:"departed" doc:"Pupils of the file's schools who are not in it"`
	Unchanged   int `json:"unchanged"`
	// ChangesNothing says that the rosters already are as the file says.
	ChangesNothing bool `json:"changesNothing"`
	NewUnitCount   int  `json:"newUnitCount" doc:"Schools and classes that the import makes"`
	FaultCount     int  `json:"faultCount" doc:"All faults; faults lists the first 1,000"`
	// Failure is there once the import has failed.
	Failure *ImportFailure `json:"failure,omitempty"`
	// Progress is there while the import is applied.
	Progress  *Progress  `json:"progress,omitempty"`
	CreatedAt time.Time  `json:"createdAt"`
	AppliedAt *time.Time `json:"appliedAt,omitempty"`
	// UndoUntil is there while the import may be undone, unless a later one or a binding stands against it.
	UndoUntil *time.Time `json:"undoUntil,omitempty" doc:"Until when the import can be undone, unless a later import or a binding stands against it"`
	UndoneAt  *time.Time `json:"undoneAt,omitempty"`
}

// ImportDetail is an import with what the person must know before applying it.
type ImportDetail struct {
	Import
	NewUnits         []ImportUnit   `json:"newUnits" doc:"The first 500 of the schools and classes that the import makes"`
	RenamedUnits     []ImportRename `json:"renamedUnits" doc:"The first 500 of the classes that get a readable name: an earlier version called class 2 of grade 1 12, as it did class 12"`
	UntouchedSchools []string       `json:"untouchedSchools" doc:"Schools that have pupils but no row in the file: their rosters stay as they are"`
	Faults           []ImportFault  `json:"faults"`
	Renumbered       int            `json:"renumbered" doc:"Pupils who get another student number, or their first"`
	WithoutNumber    int            `json:"withoutNumber" doc:"Rows without a student number: families bind by name and birth date"`
	WithoutBirth     int            `json:"withoutBirth" doc:"Those of them without a birth date too: families can't bind yet"`
	// Departures says whom the import takes off the rosters.
	Departures      []ClassDepartures `json:"departures" doc:"The first 500 classes from which pupils depart, those without a row in the file first"`
	ManyDepart      bool              `json:"manyDepart" doc:"Whether more than a few of a class depart, which has to be confirmed with their number"`
	ListedClasses   []string          `json:"listedClasses" doc:"The first 20 classes of the file, where there are others in its schools"`
	SamePupils      []SamePupil       `json:"samePupils" doc:"The first 500 pupils of whom it is asked whether they are the same; those without an answer first"`
	SamePupilCount  int               `json:"samePupilCount"`
	SamePupilsOpen  int               `json:"samePupilsOpen" doc:"Those without an answer, which is needed before the import is applied"`
	Choices         Choices           `json:"choices"`
	HiddenRows      int               `json:"hiddenRows" doc:"Rows with pupils that are hidden or filtered out in the workbook"`
	HiddenRowsTaken bool              `json:"hiddenRowsTaken" doc:"Whether they are part of the import; they are where the upload asked for them"`
}

// ImportUnit is a unit that the import makes.
type ImportUnit struct {
	Kind   model.UnitKind `json:"kind"`
	Name   string         `json:"name"`
	Parent string         `json:"parent" doc:"Name of the unit above"`
}

// ImportRename is a unit that the import gives another name.
type ImportRename struct {
	UnitID model.ID `json:"unitId"`
	From   string   `json:"from"`
	To     string   `json:"to"`
}

// ImportFault is one thing to correct in the file. It never repeats what a cell says.
type ImportFault struct {
	Sheet   string `json:"sheet,omitempty" doc:"Worksheet; missing for CSV"`
	Row     int    `json:"row" doc:"Row number as the spreadsheet shows it; 0 for the whole file"`
	Column  string `json:"column,omitempty" doc:"Title of the column; missing for the whole row"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ImportFailure says why nothing was changed.
type ImportFailure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// notes is the JSON in RosterImport.Units.
type notes struct {
	New           []ImportUnit      `json:"new"`
	Alone         []string          `json:"alone"`
	Renamed       []ImportRename    `json:"renamed,omitempty"`
	HiddenRows    int               `json:"hiddenRows,omitempty"`
	HiddenTaken   bool              `json:"hiddenTaken,omitempty"`
	Renumbered    int               `json:"renumbered,omitempty"`
	WithoutNumber int               `json:"withoutNumber,omitempty"`
	WithoutBirth  int               `json:"withoutBirth,omitempty"`
	Departures    []ClassDepartures `json:"departures,omitempty"`
	ManyDepart    bool              `json:"manyDepart,omitempty"`
	Listed        []string          `json:"listed,omitempty"`
	Questions     int               `json:"questions,omitempty"`
	Open          int               `json:"open,omitempty"`
	Choices       Choices           `json:"choices,omitzero"`
}

func notesOf(r model.RosterImport) (notes, error) {
	var n notes
	if err := json.Unmarshal([]byte(r.Units), &n); err != nil {
		return n, fmt.Errorf("read notes of import %d: %w", r.ID, err)
	}
	return n, nil
}

func setNotes(r *model.RosterImport, n notes) error {
	text, err := json.Marshal(n)
	r.Units = string(text)
	return err
}

// unitsNoted bounds the lists of notes.
const unitsNoted = 500

// previewLife is how long a preview waits to be applied.
const previewLife = 24 * time.Hour

var newestImports = store.Descending(func(r model.RosterImport) store.Keys { return store.Keys{r.ID} }, "roster_imports.id")

// Imports lists the imports into the units that the actor manages, the newest first.
func (s *Service) Imports(ctx context.Context, actor model.Actor, in store.PageRequest) (store.Page[Import], error) {
	rows, next, err := newestImports.Read(s.store.Read(ctx).Where(store.Below("unit_id", s.managed(actor))).Omit("faults", "units"), in)
	return store.PageOf(rows, next, func(r model.RosterImport) Import { return s.viewImport(ctx, r) }), err
}

// Import returns one import into a unit that the actor manages.
func (s *Service) Import(ctx context.Context, actor model.Actor, id model.ID) (ImportDetail, error) {
	row, err := s.managedImport(s.store.Read(ctx), actor, id)
	if err != nil {
		return ImportDetail{}, err
	}
	d, err := s.detailImport(ctx, row)
	if err == nil && len(d.SamePupils) > 0 {
		err = s.log.Record(ctx, actor, importEntry(model.AuditRead, row))
	}
	if err != nil {
		return ImportDetail{}, err
	}
	return d, nil
}

// managedImport returns an import into a unit that the actor manages by SQL.
func (s *Service) managedImport(db *gorm.DB, actor model.Actor, id model.ID) (model.RosterImport, error) {
	var row model.RosterImport
	managed, err := s.managedNow(db.Session(&gorm.Session{NewDB: true}), actor)
	if err != nil {
		return row, err
	}
	err = db.Where(store.Below("unit_id", managed)).Take(&row, "id = ?", id).Error
	return row, store.Found(err, "import")
}

// DiscardImport drops a preview, or one that was refused, with what the file said.
func (s *Service) DiscardImport(ctx context.Context, actor model.Actor, id model.ID) (ImportDetail, error) {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.managedImport(tx, actor, id)
		if err != nil || row.Status == model.ImportDiscarded {
			return err
		}
		done := tx.Model(&model.RosterImport{}).Where("id = ? AND status IN ?", id, []model.ImportStatus{model.ImportPreviewed, model.ImportRefused}).
			Update("status", model.ImportDiscarded)
		if err := store.Changed(done, errNotPreviewed); err != nil {
			return err
		}
		if err := dropContent(tx, id); err != nil {
			return err
		}
		return s.logImport(tx, actor, row)
	})
	if err != nil {
		return ImportDetail{}, err
	}
	return s.Import(ctx, actor, id)
}

var errNotPreviewed = model.Conflict("import_not_previewed", "这次导入已经结束或正在进行，请重新上传文件")

// interrupted is the failure of an import whose process ended before it did.
var interrupted = ImportFailure{Code: "import_interrupted", Message: "导入中断，没有改动任何内容，请重新上传文件"}

func (s *Service) viewImport(ctx context.Context, r model.RosterImport) Import {
	v := Import{ID: r.ID, UnitID: r.UnitID, Status: r.Status, Total: r.Total, Added: r.Added, Changed: r.Changed, Transferred: r.Transferred,
		Returned: r.Returned, Departed: r.Departed, Unchanged: r.Unchanged, NewUnitCount: r.NewUnits, FaultCount: r.FaultCount, CreatedAt: r.CreatedAt, AppliedAt: r.AppliedAt}
	v.ChangesNothing = r.FaultCount == 0 && r.Unchanged == r.Total && r.Departed+r.NewUnits == 0
	v.UndoneAt = r.UndoneAt
	if r.Status == model.ImportApplied && r.AppliedAt != nil && r.AppliedAt.After(s.store.Now().Add(-undoLife)) {
		until := r.AppliedAt.Add(undoLife)
		v.UndoUntil = &until
	}
	if r.ErrorCode != "" {
		v.Failure = &ImportFailure{Code: r.ErrorCode, Message: r.LastError}
	}
	if r.Status == model.ImportApplying {
		if v.Progress = s.progressOf(ctx, r.ID); v.Progress == nil && s.isDead(r) {
			v.Status, v.Failure = model.ImportFailed, &interrupted // Sweep will note it
		}
	}
	return v
}

func (s *Service) detailImport(ctx context.Context, r model.RosterImport) (ImportDetail, error) {
	d := ImportDetail{Import: s.viewImport(ctx, r), Faults: []ImportFault{}}
	n, err := notesOf(r)
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(r.Faults), &d.Faults); err != nil {
		return d, fmt.Errorf("read faults of import %d: %w", r.ID, err)
	}
	d.NewUnits, d.UntouchedSchools, d.RenamedUnits = n.New, n.Alone, append([]ImportRename{}, n.Renamed...)
	d.HiddenRows, d.HiddenRowsTaken = n.HiddenRows, n.HiddenTaken
	d.Renumbered, d.WithoutNumber, d.WithoutBirth = n.Renumbered, n.WithoutNumber, n.WithoutBirth
	d.Departures, d.ManyDepart, d.ListedClasses = append([]ClassDepartures{}, n.Departures...), n.ManyDepart, append([]string{}, n.Listed...)
	d.SamePupilCount, d.SamePupilsOpen, d.Choices, d.SamePupils = n.Questions, n.Open, n.Choices, []SamePupil{}
	if err := s.openParts(s.store.Read(ctx), r.ID, reviewPart, &d.SamePupils); err != nil {
		return d, err
	}
	return d, nil
}

// noted writes what the plan does into the row.
func noted(r *model.RosterImport, p *plan) error {
	c := p.counts
	r.Added, r.Changed, r.Transferred, r.Returned, r.Departed, r.Unchanged = c.added, c.changed, c.transferred, c.returned, c.departed, c.unchanged
	r.PlanDigest = p.digest()
	r.NewUnits = len(p.forest.fresh) + len(p.forest.reopened)
	n, err := notesOf(*r)
	if err != nil {
		return err
	}
	n.New, n.Alone = []ImportUnit{}, append([]string{}, p.alone[:min(len(p.alone), unitsNoted)]...)
	n.Renamed = store.Each(p.forest.renamed[:min(len(p.forest.renamed), unitsNoted)], func(u *node) ImportRename {
		return ImportRename{UnitID: u.ID, From: u.was, To: u.Name}
	})
	n.Renumbered, n.Questions, n.Open, n.WithoutNumber, n.WithoutBirth = len(p.numbers), len(p.questions), p.open(), p.withoutNumber, p.withoutBirth
	n.Departures, n.ManyDepart = p.departures()
	n.Listed = p.listedClasses()
	for _, list := range [][]*node{p.forest.fresh, p.forest.reopened} {
		for _, made := range list {
			if len(n.New) < unitsNoted {
				n.New = append(n.New, ImportUnit{Kind: made.Kind, Name: made.Name, Parent: made.parent.Name})
			}
		}
	}
	return setNotes(r, n)
}
