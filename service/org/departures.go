package org

import (
	"cmp"
	"fmt"
	"slices"

	"xinyu/model"
)

// A file of a part of a school must not take the others off the roster: where
// more than a few of a class are not in it, the manager says so apart.

// ClassDepartures is how many pupils of a class the import takes off the roster.
type ClassDepartures struct {
	ClassID    model.ID `json:"classId"`
	Name       string   `json:"name"`
	SchoolName string   `json:"schoolName"`
	Departed   int      `json:"departed"`
	Roster     int      `json:"roster" doc:"Pupils on the roster before the import"`
	Absent     bool     `json:"absent" doc:"Whether no row of the file is of the class"`
}

// few reports whether so many can leave a class of the size unasked: two, or a tenth.
func (d ClassDepartures) few() bool { return !d.Absent && d.Departed <= max(2, d.Roster/10) }

// ConfirmationKind is what a manager has to confirm before an import is applied.
type ConfirmationKind string

// ConfirmDepartures confirms that so many pupils leave the rosters.
const ConfirmDepartures ConfirmationKind = "departures"

// Values are all kinds.
func (ConfirmationKind) Values() []ConfirmationKind { return []ConfirmationKind{ConfirmDepartures} }

// Confirmation is a manager's word on what an import does.
type Confirmation struct {
	Kind  ConfirmationKind `json:"kind"`
	Count int              `json:"count" doc:"The number that the person has seen, such as of the pupils who depart"`
}

// ConfirmationNeeded is what the details of the refusal confirmation_needed hold.
type ConfirmationNeeded struct {
	Confirm    []Confirmation    `json:"confirm" doc:"What has to be sent as confirm"`
	Departures []ClassDepartures `json:"departures" doc:"The first 500 classes from which pupils depart"`
}

var errUndecided = model.Conflict("same_pupils_undecided", "还有学生没有确认是不是同一个人，请逐个或一次全部确认后再导入")

// mustBeConfirmed refuses to apply the import where its manager must first decide or confirm something.
func mustBeConfirmed(row model.RosterImport, confirmed []Confirmation) error {
	if row.Status != model.ImportPreviewed {
		return nil
	}
	n, err := notesOf(row)
	if err != nil {
		return err
	}
	if n.Open > 0 {
		return errUndecided
	}
	need := Confirmation{Kind: ConfirmDepartures, Count: row.Departed}
	if !n.ManyDepart || slices.Contains(confirmed, need) {
		return nil
	}
	return model.Conflict("confirmation_needed", fmt.Sprintf("有 %d 名在册学生不在文件里，导入后会离开花名册。请核对后确认，或选择“文件只包含这些班”", row.Departed)).
		WithDetails(ConfirmationNeeded{Confirm: []Confirmation{need}, Departures: append([]ClassDepartures{}, n.Departures...)})
}

// departures tells how many leave each class, the classes that are wholly
// absent first, then as people count.
func (p *plan) departures() (list []ClassDepartures, many bool) {
	for _, school := range p.forest.schools {
		for _, class := range school.children {
			left := p.left[class.ID]
			if left == 0 {
				continue
			}
			d := ClassDepartures{ClassID: class.ID, Name: class.Name, SchoolName: school.Name, Departed: left, Roster: class.PupilCount, Absent: !class.named}
			many = many || !d.few()
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b ClassDepartures) int {
		if a.Absent != b.Absent {
			if a.Absent {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.SchoolName, b.SchoolName), cmp.Compare(model.CountingKey(a.Name), model.CountingKey(b.Name)), cmp.Compare(a.ClassID, b.ClassID))
	})
	return list[:min(len(list), unitsNoted)], many
}
