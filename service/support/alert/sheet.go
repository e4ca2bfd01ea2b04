package alert

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// Sheet is all that a duty officer needs to act on an alert.
type Sheet struct {
	Alert     Alert     `json:"alert"`
	Person    *Contact  `json:"person,omitempty" doc:"Who asked; absent for practice"`
	Guardians []Contact `json:"guardians" doc:"Nobody while a guardian may be the reason"`
	Teachers  []Contact `json:"teachers"`
	Talk      *TalkView `json:"talk,omitempty" doc:"The appointment the alert came from"`
	Officers  []Officer `json:"officers" doc:"Who can be asked to take it over"`
	Entries   []Entry   `json:"entries"`
	// GuardiansWithheld says that no guardian is told anything.
	GuardiansWithheld bool       `json:"guardiansWithheld" doc:"A guardian may be the reason: none of them is told anything, and a mandatory report is to be considered"`
	Times             LevelTimes `json:"times"`
}

// Contact is a person to call.
type Contact struct {
	AccountID model.ID       `json:"accountId"`
	Name      string         `json:"name,omitempty"`
	Relation  model.Relation `json:"relation,omitempty"`
	Phone     string         `json:"phone,omitempty" doc:"Where the person left one"`
	Pupil     bool           `json:"pupil,omitempty" doc:"Of who asked: the pupil's own account"`
	Guardian  bool           `json:"guardian,omitempty" doc:"Of who asked: a guardian of the pupil. While guardians are told nothing their number is left out"`
}

// TalkView is the appointment of an alert.
type TalkView struct {
	ID         model.ID  `json:"id"`
	StartsAt   time.Time `json:"startsAt"`
	Room       string    `json:"room"`
	Counsellor Contact   `json:"counsellor"`
	Cancelled  bool      `json:"cancelled,omitempty"`
}

// Officer is a colleague on duty.
type Officer struct {
	AccountID model.ID `json:"accountId"`
	Name      string   `json:"name,omitempty"`
}

// Sheet returns the alert with the people around it. Each telephone number that it
// shows is written into the audit log.
func (s *Service) Sheet(ctx context.Context, actor model.Actor, id model.ID) (Sheet, error) {
	var sheet Sheet
	db := s.store.Read(ctx)
	var row model.Alert
	if err := db.Where(s.visibleTo(actor, model.RoleDuty)).Take(&row, "alerts.id = ?", id).Error; err != nil {
		return sheet, store.Found(err, "alert")
	}
	views, err := s.alertViews(ctx, actor, []model.Alert{row})
	if err != nil {
		return sheet, err
	}
	sheet = Sheet{Alert: views[0], Guardians: []Contact{}, Teachers: []Contact{}, Officers: []Officer{}}
	if sheet.Entries, err = s.entriesOf(db, id); err != nil {
		return sheet, err
	}
	if sheet.Times, err = s.timesOf(db, row); err != nil {
		return sheet, err
	}
	if err := s.people(ctx, db, row, &sheet); err != nil {
		return sheet, err
	}
	if err := s.officers(db, actor, row, &sheet); err != nil {
		return sheet, err
	}
	return sheet, s.log.Record(ctx, actor, sheet.read(row)...)
}

// people fills in who is around the person the alert is about.
func (s *Service) people(ctx context.Context, db *gorm.DB, row model.Alert, sheet *Sheet) error {
	var guardians []model.Guardianship
	var withheld []model.ID
	if row.PupilID != 0 {
		var err error
		if withheld, _, err = family.GuardianAccounts(db, row.PupilID); err != nil {
			return err
		}
		sheet.GuardiansWithheld = len(withheld) > 0
		if guardians, err = family.Guardians(db, row.PupilID); err != nil {
			return err
		}
	}
	teachers, err := s.accounts.Holders(db, []model.ID{row.UnitID}, s.store.Now(), model.RoleTeacher)
	if err != nil {
		return err
	}
	talks, err := s.talks(db, []model.ID{row.SourceID})
	if err != nil {
		return err
	}
	talk, booked := talks[row.SourceID]
	accounts := slices.Concat([]model.ID{row.AccountID, talk.CounsellorID}, teachers[row.UnitID],
		store.Each(guardians, func(g model.Guardianship) model.ID { return g.AccountID }))
	names, err := s.accounts.Names(db, store.Distinct(accounts))
	if err != nil {
		return err
	}
	numbers, err := s.phones.Of(ctx, store.Distinct(accounts)...)
	if err != nil {
		return err
	}
	contact := func(account model.ID) Contact {
		return Contact{AccountID: account, Name: names[account], Phone: numbers[account]}
	}
	if !row.Drill {
		person := contact(row.AccountID)
		if person.Pupil, err = s.isPupil(db, row); err != nil {
			return err
		}
		person.Guardian = slices.Contains(withheld, row.AccountID) ||
			slices.ContainsFunc(guardians, func(g model.Guardianship) bool { return g.AccountID == row.AccountID })
		if slices.Contains(withheld, row.AccountID) {
			person.Phone = ""
		}
		sheet.Person = &person
	}
	for _, g := range guardians {
		c := contact(g.AccountID)
		c.Relation = g.Relation
		sheet.Guardians = append(sheet.Guardians, c)
	}
	for _, account := range teachers[row.UnitID] {
		sheet.Teachers = append(sheet.Teachers, contact(account))
	}
	if booked {
		sheet.Talk = &TalkView{ID: row.SourceID, StartsAt: talk.StartsAt.UTC(), Room: talk.Room, Counsellor: contact(talk.CounsellorID), Cancelled: talk.Cancelled}
	}
	return nil
}

// isPupil reports whether who asked is the pupil the alert is about.
func (s *Service) isPupil(db *gorm.DB, row model.Alert) (bool, error) {
	if row.PupilID == 0 {
		return false, nil
	}
	own, err := family.List(db, store.Where("p.id = ?", row.PupilID), store.Where("p.account_id = ?", row.AccountID))
	return len(own) > 0, err
}

// officers fills in who else is on duty for the alert.
func (s *Service) officers(db *gorm.DB, actor model.Actor, row model.Alert, sheet *Sheet) error {
	ladder, err := s.ladderOf(db, row, s.store.Now())
	if err != nil {
		return err
	}
	names, err := s.accounts.Names(db, ladder.everybody)
	if err != nil {
		return err
	}
	for _, account := range ladder.everybody {
		if account != actor.AccountID {
			sheet.Officers = append(sheet.Officers, Officer{AccountID: account, Name: names[account]})
		}
	}
	return nil
}

// read is what the audit log says of a look at the sheet.
func (sheet Sheet) read(row model.Alert) []audit.Entry {
	entries := []audit.Entry{entry(row, model.AuditRead)}
	contacts := slices.Concat(sheet.Guardians, sheet.Teachers)
	if sheet.Person != nil {
		contacts = append(contacts, *sheet.Person)
	}
	if sheet.Talk != nil {
		contacts = append(contacts, sheet.Talk.Counsellor)
	}
	for _, c := range contacts {
		if c.Phone != "" {
			e := entry(row, model.AuditRead)
			e.Subject, e.SubjectID = model.AuditContact, c.AccountID
			entries = append(entries, e)
		}
	}
	return entries
}
