package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/limit"
	"xinyu/service/unit"
)

// claimsPerAccount is how many wrong claims one account can make. Those to one
// pupil by all accounts are counted by family.Tries.
var claimsPerAccount = limit.Rate{Count: 5, Period: time.Hour}

// claimsTold keeps whoever guesses from using up the permissions of teachers.
var claimsTold = limit.Rate{Count: 1, Period: 24 * time.Hour}

// errNotMatched is the one error for a claim that is not on a roster: it never
// tells which of the three was wrong.
var errNotMatched = model.Invalid("", "child_not_matched", "没有找到这名学生，请核对班级码、姓名和学籍号（还没有学籍号的，核对出生日期）")

var errClaimIncomplete = model.Invalid("studentNo", "claim_incomplete", "请填写学籍号；学校还没有给学籍号的，请填写出生日期")

// Claim is what a family types to be bound to a pupil of a roster.
type Claim struct {
	ClassCode, Name, StudentNo string
	// BirthDate takes the place of the number, for a pupil who has none yet.
	BirthDate model.Date
}

// match returns the pupil to whom the claim fits. Any wrong claim is
// child_not_matched and spends a try; without tries left it is
// child_tries_spent.
func (s *Service) match(ctx context.Context, actor model.Actor, c Claim) (model.ID, error) {
	if c.StudentNo == "" && c.BirthDate == "" {
		return 0, errClaimIncomplete
	}
	code, _ := model.NormalText(c.ClassCode)
	code = strings.ToUpper(strings.ReplaceAll(code, " ", ""))
	byAccount, wait, ok := s.limiter.Take(ctx, "claim:"+actor.AccountID.String(), claimsPerAccount)
	if !ok {
		return 0, model.TooMany("child_tries_spent", wait)
	}
	number := s.vault.LookupHash(model.StudentNoField, model.NormalStudentNo(c.StudentNo))
	if c.StudentNo == "" { // or wrong claims to one pupil would lock out all who have no number
		number = s.vault.LookupHash("claim.birth_date", model.NameKey(c.Name)+"\x00"+string(c.BirthDate))
	}
	try, err := s.tries.Take(ctx, code, c.Name, number)
	if err != nil {
		byAccount.GiveBack(ctx)
		return 0, err
	}
	var pupil model.ID
	if c.StudentNo == "" {
		pupil, err = s.findWithoutNumber(ctx, code, c)
	} else {
		pupil, err = s.findClaimed(ctx, code, c.Name, number)
	}
	if errors.Is(err, errNotMatched) && try.Last() {
		if told := s.tellHosts(ctx, code); told != nil {
			return 0, told
		}
	}
	if model.KindOf(err) != model.KindInvalid { // found, or not looked for
		byAccount.GiveBack(ctx)
		err = errors.Join(err, s.tries.GiveBack(ctx, try))
	}
	return pupil, err
}

// findClaimed does the same work whatever is wrong: one query.
func (s *Service) findClaimed(ctx context.Context, code, name string, number []byte) (model.ID, error) {
	var found []struct {
		ID   model.ID
		Name string
	}
	err := family.Enrolled(s.store.Read(ctx)).Joins(unit.Join("c", "p.class_id")+" AND c.kind = ? AND c.archived_at IS NULL", model.UnitClass).
		Where("p.student_no_hash = ? AND c.code = ?", number, code).
		Select("p.id, p.name").Scan(&found).Error
	if err != nil {
		return 0, err
	}
	if len(found) == 0 || !model.SameName(found[0].Name, name) {
		return 0, errNotMatched
	}
	return found[0].ID, nil
}

// findWithoutNumber finds a pupil who has no number yet by the birth date. Every
// claim to such a pupil waits for a teacher: see askWhereNeeded.
func (s *Service) findWithoutNumber(ctx context.Context, code string, c Claim) (model.ID, error) {
	var found []model.Pupil
	err := family.Enrolled(s.store.Read(ctx)).Joins(unit.Join("c", "p.class_id")+" AND c.kind = ? AND c.archived_at IS NULL", model.UnitClass).
		Where("p.birth_date = ? AND c.code = ?", c.BirthDate, code).Select("p.id, p.name, p.student_no_hash").Scan(&found).Error
	if err != nil {
		return 0, err
	}
	for _, p := range found {
		if model.SameName(p.Name, c.Name) && !family.HasNumber(s.vault, p) {
			return p.ID, nil
		}
	}
	return 0, errNotMatched
}

// tellHosts tells the teachers of the class and the managers of its school, once
// a day, that the claims to a pupil, or to a name that is nobody's, are used up.
// It reads the same for a class that there is not.
func (s *Service) tellHosts(ctx context.Context, code string) error {
	db := s.store.Read(ctx)
	classes, err := unit.List(db, 1, unit.OfKind(model.UnitClass), unit.Coded(code))
	if err != nil {
		return err
	}
	var class model.Unit
	if len(classes) > 0 {
		class = classes[0]
	}
	hosts, err := s.holders(db, []model.ID{class.ID, class.ParentID}, model.Hosts)
	if err != nil || len(hosts) == 0 {
		return err
	}
	if _, _, ok := s.limiter.Take(ctx, "claims-told:"+class.ID.String(), claimsTold); !ok {
		return nil
	}
	return s.store.Tx(ctx, func(tx *gorm.DB) error { return s.outbox.TellHosts(tx, class.ID, hosts) })
}

// PruneClaims is the job that deletes the counts of wrong claims of past days,
// and claims that were decided long ago.
func (s *Service) PruneClaims(ctx context.Context) error {
	return errors.Join(s.tries.Prune(ctx), s.families.PruneClaims(ctx))
}

// ForgetWrongClaims lets the pupil's family claim again today, after too many
// wrong claims to the name or the number, or returns pupil_not_found.
func (s *Service) ForgetWrongClaims(ctx context.Context, actor model.Actor, pupil model.ID) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		present, err := s.present(tx, actor)
		if err != nil {
			return err
		}
		row, err := family.Pupil(tx, pupil, s.pupilsVisibleTo(present))
		if err != nil {
			return err
		}
		class, err := unit.Get(tx, row.ClassID)
		if err != nil {
			return err
		}
		if err := s.tries.Clear(tx, class.Code, row); err != nil {
			return err
		}
		return s.log.Write(tx, actor, s.pupilEntry(actor, model.AuditWrite, row))
	})
}
