package identity

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
)

var (
	errGuardiansFull   = model.Conflict("guardians_full", "这名学生已经绑定了两位家长，请先由其中一位解除绑定")
	errAccountIsPupil  = model.Conflict("account_is_pupil", "这是学生本人的账号，请使用其他微信账号")
	errAccountIsFamily = model.Conflict("account_is_guardian", "这是家长的账号，请用学生本人的微信账号")
	errAccountHasRoles = model.Conflict("account_has_roles", "这是工作人员的账号，请用学生本人的微信账号")
	errPupilTaken      = model.Conflict("pupil_account_taken", "这名学生已经有自己的账号")
)

// BindChild makes the account a guardian of the pupil to whom the claim fits;
// doing so again answers the same child. What the guardian has watched already
// counts for the child too. Errors beside those of a claim: guardians_full,
// account_is_pupil.
func (s *Service) BindChild(ctx context.Context, actor model.Actor, claim Claim, relation model.Relation) (ChildView, error) {
	pupil, err := s.match(ctx, actor, claim)
	if err != nil {
		return ChildView{}, err
	}
	return s.bindChild(ctx, actor, pupil, relation)
}

// bindChild binds a pupil to whom a claim has fitted.
func (s *Service) bindChild(ctx context.Context, actor model.Actor, pupil model.ID, relation model.Relation) (ChildView, error) {
	var change coverage.Change
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		change = coverage.Change{}
		if err := s.lockAccount(tx, actor.AccountID); err != nil {
			return err
		}
		if err := mustHaveNone(tx.Model(&model.Pupil{}).Where("account_id = ?", actor.AccountID), errAccountIsPupil); err != nil {
			return err
		}
		marks, err := s.watchedMarks(tx, actor.AccountID, pupil)
		if err != nil {
			return err
		}
		bound, err := s.takeSeat(tx, actor.AccountID, pupil, relation)
		if err != nil || !bound {
			return err
		}
		change, err = s.coverage.Record(tx, marks)
		return err
	})
	if err != nil {
		return ChildView{}, err
	}
	s.coverage.Publish(ctx, change)
	s.holders.Forget(ctx, actor.AccountID)
	views, err := s.pupils(s.store.Read(ctx), actor.AccountID, "g.pupil_id = ?", pupil)
	if err == nil && len(views) == 0 {
		err = model.NotFound("child") // unbound again, or departed, in between
	}
	if err != nil {
		return ChildView{}, store.Translate(err)
	}
	return views[0], nil
}

// lockAccount holds the account until the transaction ends, so that it can't
// become two things at once: a guardian and a pupil, or without its last role.
func (s *Service) lockAccount(tx *gorm.DB, account model.ID) error {
	return s.store.ForUpdate(tx).Select("id").Take(&model.Account{}, "id = ?", account).Error
}

// mustHaveNone answers refusal where the query finds a row.
func mustHaveNone(query *gorm.DB, refusal error) error {
	var n int64
	err := query.Count(&n).Error
	if err == nil && n > 0 {
		return refusal
	}
	return err
}

// takeSeat puts the account into the first free seat beside the pupil. bound
// is false where it sits there already. The lock on the pupil puts contenders
// in a row; the unique index on the seat decides where a lock does not reach.
func (s *Service) takeSeat(tx *gorm.DB, account, pupil model.ID, relation model.Relation) (bound bool, err error) {
	var p model.Pupil
	err = s.store.ForUpdate(tx).Select("id").Take(&p, "id = ? AND departed_at IS NULL", pupil).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, errNotMatched
	}
	if err != nil {
		return false, err
	}
	var guardians []model.Guardianship
	if err := tx.Where("pupil_id = ?", pupil).Find(&guardians).Error; err != nil {
		return false, err
	}
	taken := map[int]bool{}
	for _, g := range guardians {
		if g.AccountID == account {
			return false, nil
		}
		taken[g.Seat] = true
	}
	for seat := 1; seat <= model.MaxGuardians; seat++ {
		if taken[seat] {
			continue
		}
		err := tx.Create(&model.Guardianship{AccountID: account, PupilID: pupil, Seat: seat, Relation: relation, CreatedAt: s.store.Now()}).Error
		if store.IsDuplicate(err) {
			continue
		}
		return err == nil, err
	}
	return false, errGuardiansFull
}

// watchedMarks is what the guardian has begun and completed, as marks for a
// child. The lock on the viewer keeps a report that comes meanwhile away until
// the child is bound: it then counts for the child by itself.
func (s *Service) watchedMarks(tx *gorm.DB, guardian, child model.ID) ([]coverage.Mark, error) {
	viewer := model.Viewer{ID: guardian, CreditedAt: s.store.Now()}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&viewer).Error; err != nil {
		return nil, err
	}
	if err := s.store.ForUpdate(tx).Take(&model.Viewer{}, "id = ?", guardian).Error; err != nil {
		return nil, err
	}
	var rows []model.LessonProgress
	if err := tx.Omit("bitmap").Where("viewer_id = ? AND started_at IS NOT NULL", guardian).Order("lesson_id").Find(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]model.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.LessonID
	}
	var lessons []model.Lesson
	if err := tx.Select("id", "unit_id").Where("id IN ? AND for_guardians = ?", ids, true).Find(&lessons).Error; err != nil {
		return nil, err
	}
	items := make(map[model.ID]model.Item, len(lessons))
	for _, l := range lessons {
		items[l.ID] = l.Item()
	}
	var marks []coverage.Mark
	for _, r := range rows {
		item, ok := items[r.LessonID]
		if !ok {
			continue
		}
		m := coverage.Mark{Item: item, Side: model.SideGuardian, PupilID: child, At: *r.StartedAt, How: model.CoverWatch, CauseID: r.WatchID}
		marks = append(marks, m)
		if r.CompletedAt != nil {
			m.At, m.Covered = *r.CompletedAt, true
			marks = append(marks, m)
		}
	}
	return marks, nil
}

// UnbindChild ends the guardianship, or answers child_not_found. What the
// family has done stays.
func (s *Service) UnbindChild(ctx context.Context, actor model.Actor, pupil model.ID) error {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		return s.endGuardianship(tx, actor, pupil, actor.AccountID, "child")
	})
	if err == nil {
		s.holders.Forget(ctx, actor.AccountID)
	}
	return err
}

// endGuardianship takes the account's seat beside the pupil away and notes who
// did it; what names the thing in the answer where there is no such seat.
func (s *Service) endGuardianship(tx *gorm.DB, actor model.Actor, pupil, account model.ID, what string) error {
	var bond model.Guardianship
	err := s.store.ForUpdate(tx).Take(&bond, "account_id = ? AND pupil_id = ?", account, pupil).Error
	if err != nil {
		return store.Found(err, what)
	}
	res := tx.Where("account_id = ? AND pupil_id = ?", account, pupil).Delete(&model.Guardianship{})
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return model.NotFound(what)
	}
	return tx.Create(&model.BindingEnd{ID: s.store.NewID(), PupilID: pupil, AccountID: account, Kind: model.BindingGuardian, Relation: bond.Relation,
		BoundAt: &bond.CreatedAt, EndedAt: s.store.Now(), EndedBy: actor.AccountID}).Error
}
