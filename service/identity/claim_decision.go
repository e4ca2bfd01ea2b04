package identity

import (
	"cmp"
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

var (
	errClaimOfSelf     = model.Conflict("claim_of_self", "不能确认自己的申请，请由学校管理员确认")
	errAnotherConfirms = model.Conflict("claim_needs_another", "这名学生以前的绑定是您解除的，请由另一位老师或学校管理员确认")
	errClaimOfOwn      = model.Conflict("claim_of_own_account", "提出申请的账号和您的账号有关联，请由另一位老师或学校管理员决定")
	errSchoolDecides   = model.Conflict("claim_by_school", "这名学生的账号刚解除不到7天，请由学校管理员决定")
	errClaimOutdated   = model.Conflict("claim_outdated", "对方的账号已另有身份，这个申请不能确认了，请拒绝")
)

// WaitingClaim is a claim that waits, as those see it who can confirm it.
type WaitingClaim struct {
	ID          model.ID          `json:"id"`
	PupilID     model.ID          `json:"pupilId"`
	PupilName   string            `json:"pupilName"`
	Mark        string            `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID     model.ID          `json:"classId"`
	ClassName   string            `json:"className"`
	Kind        model.BindingKind `json:"kind" doc:"guardian, or pupil for the pupil's own account"`
	Relation    model.Relation    `json:"relation,omitempty" doc:"What a guardian says to be to the pupil"`
	EndedBefore bool              `json:"endedBefore" doc:"The school has ended a guardianship of the pupil before, or the pupil was released from an account: ask in person"`
	// SchoolDecides is set for family.ReleaseRest after a release.
	SchoolDecides bool      `json:"schoolDecides" doc:"The pupil was released from an account within 7 days: a manager of the school or above decides, and not who released the pupil"`
	Code          string    `json:"code" doc:"Four digits that whoever asks sees too, so that both can compare them"`
	AskedAt       time.Time `json:"askedAt"`
	ExpiresAt     time.Time `json:"expiresAt"`
}

func viewWaiting(c family.ListedClaim) WaitingClaim {
	return WaitingClaim{ID: c.ID, PupilID: c.PupilID, PupilName: c.PupilName, ClassID: c.ClassID, ClassName: c.ClassName, Kind: c.Kind, Relation: c.Relation,
		EndedBefore: c.EndedBefore, SchoolDecides: c.ReleasedLately, Code: claimCode(c.ID), AskedAt: c.CreatedAt.UTC(), ExpiresAt: c.ExpiresAt.UTC()}
}

// WaitingClaims lists the claims that wait to pupils of a unit that the actor
// teaches or manages, the oldest first, or returns unit_not_found.
func (s *Service) WaitingClaims(ctx context.Context, actor model.Actor, id model.ID, page store.PageRequest) (store.Page[WaitingClaim], error) {
	db := s.store.Read(ctx)
	of, err := s.claimsOf(db, actor, id)
	if err != nil {
		return store.Page[WaitingClaim]{}, err
	}
	rows, next, err := s.families.WaitingClaims(db, page, family.OnRoster(), of)
	if err != nil {
		return store.Page[WaitingClaim]{}, err
	}
	marks, err := s.marksOf(db, rows)
	return store.PageOf(rows, next, func(c family.ListedClaim) WaitingClaim {
		waiting := viewWaiting(c)
		waiting.Mark = marks[c.PupilID]
		return waiting
	}), err
}

// waitingClaim returns a claim that waits and that the actor can decide, or
// claim_not_found. It reads the actor's roles from SQL: they may have been a
// teacher a minute ago.
func (s *Service) waitingClaim(tx *gorm.DB, actor model.Actor, id model.ID) (model.BindingClaim, error) {
	present, err := s.present(tx, actor)
	if err != nil {
		return model.BindingClaim{}, err
	}
	return s.families.WaitingClaim(tx, id, s.pupilsVisibleTo(present))
}

// ConfirmClaim binds the account that made the claim to the pupil and tells it.
// Confirming a claim to a pupil's own account refuses the others to it. Errors:
// claim_not_found, claim_of_self, claim_of_own_account, claim_needs_another where
// the actor has ended a tie to the pupil (or one person could give a child to their
// own second account), claim_by_school (family.ReleaseRest), claim_outdated where the account has become
// something else meanwhile, guardians_full, pupil_account_taken.
func (s *Service) ConfirmClaim(ctx context.Context, actor model.Actor, id model.ID) error {
	var (
		change coverage.Change
		asker  model.ID
	)
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		change = coverage.Change{}
		claim, err := s.waitingClaim(tx, actor, id)
		if err != nil {
			return err
		}
		asker = claim.AccountID
		if err := s.mustBeAnothers(tx, actor, asker); err != nil {
			return err
		}
		if ended, err := family.EndedBy(tx, claim.PupilID, actor.AccountID); err != nil || ended {
			return cmp.Or(err, error(errAnotherConfirms))
		}
		if err := s.schoolDecides(tx, actor, claim.PupilID); err != nil {
			return err
		}
		if err := s.lockAccount(tx, asker); err != nil {
			return store.Found(err, "claim")
		}
		if err := mustHaveNone(tx.Model(&model.Account{}).Where("id = ? AND disabled_at IS NOT NULL", asker), errClaimOutdated); err != nil {
			return err
		}
		bind := s.bindConfirmedPupil
		if claim.Kind == model.BindingGuardian {
			bind = s.bindConfirmedChild
		}
		if change, err = bind(tx, claim); err != nil {
			return err
		}
		if err := s.decide(tx, claim, actor.AccountID, model.ClaimConfirmed); err != nil {
			return err
		}
		if err := s.logFamily(tx, actor, claim.PupilID); err != nil {
			return err
		}
		if err := s.tellConfirmed(tx, actor, claim); err != nil || claim.Kind == model.BindingGuardian {
			return err
		}
		rivals, err := s.families.Rivals(tx, claim)
		for i := 0; err == nil && i < len(rivals); i++ {
			err = s.decide(tx, rivals[i], actor.AccountID, model.ClaimRefused)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.coverage.Publish(ctx, change)
	s.authCache.Forget(ctx, asker)
	return nil
}

func (s *Service) bindConfirmedChild(tx *gorm.DB, claim model.BindingClaim) (coverage.Change, error) {
	if err := mustNotBePupils(tx, claim.AccountID, errClaimOutdated); err != nil {
		return coverage.Change{}, err
	}
	return s.addGuardian(tx, claim.AccountID, claim.PupilID, claim.Relation)
}

func (s *Service) bindConfirmedPupil(tx *gorm.DB, claim model.BindingClaim) (coverage.Change, error) {
	err := s.mayBecomePupils(tx, claim.AccountID, claim.PupilID)
	if model.KindOf(err) == model.KindConflict {
		err = errClaimOutdated
	}
	if err == nil {
		err = s.becomePupils(tx, claim.AccountID, claim.PupilID)
	}
	return coverage.Change{}, err
}

// decide notes what becomes of the claim and tells whoever made it.
func (s *Service) decide(tx *gorm.DB, claim model.BindingClaim, by model.ID, outcome model.ClaimOutcome) error {
	if err := s.families.Decide(tx, claim.ID, by, outcome); err != nil {
		return err
	}
	return s.outbox.TellDecided(tx, claim.ID, claim.AccountID)
}

// RefuseClaim ends a claim that waits and tells whoever made it, or returns
// claim_not_found, claim_of_self or claim_of_own_account.
func (s *Service) RefuseClaim(ctx context.Context, actor model.Actor, id model.ID) error {
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		claim, err := s.waitingClaim(tx, actor, id)
		if err != nil {
			return err
		}
		if err := s.mustBeAnothers(tx, actor, claim.AccountID); err != nil {
			return err
		}
		if err := s.decide(tx, claim, actor.AccountID, model.ClaimRefused); err != nil {
			return err
		}
		return s.logFamily(tx, actor, claim.PupilID)
	})
}

// mustBeAnothers refuses to have someone decide a claim of their own, or of an
// account of which it is known that it may be their own: WeChat says that both are
// one person's, both left one telephone number, or one gave a role to the other.
func (s *Service) mustBeAnothers(tx *gorm.DB, actor model.Actor, asker model.ID) error {
	if asker == actor.AccountID {
		return errClaimOfSelf
	}
	pair := []model.ID{asker, actor.AccountID}
	err := mustHaveNone(tx.Table("accounts AS a").Joins("JOIN accounts AS b ON b.union_id = a.union_id").
		Where("a.id = ? AND b.id = ? AND a.union_id <> ''", asker, actor.AccountID), errClaimOfOwn)
	if err != nil {
		return err
	}
	if err := mustHaveNone(tx.Model(&model.Grant{}).Where("account_id IN ? AND granted_by IN ?", pair, pair), errClaimOfOwn); err != nil {
		return err
	}
	same, err := s.phones.Same(tx, asker, actor.AccountID)
	if err == nil && same {
		return errClaimOfOwn
	}
	return err
}

// schoolDecides returns claim_by_school where the pupil was just released and the
// actor manages neither the school nor a unit above it.
func (s *Service) schoolDecides(tx *gorm.DB, actor model.Actor, pupil model.ID) error {
	lately, err := s.families.ReleasedLately(tx, pupil)
	if err != nil || !lately {
		return err
	}
	row, err := family.Pupil(tx, pupil)
	if err != nil {
		return err
	}
	class, err := unit.Get(tx, row.ClassID)
	if err != nil {
		return err
	}
	_, err = s.managesUntil(tx, actor, class.ParentID)
	if model.KindOf(err) == model.KindNotFound {
		return errSchoolDecides
	}
	return err
}

// tellConfirmed tells the others of the class's teachers and the school's managers, or
// the nearest managers above, who may not know that it was somebody's own account.
func (s *Service) tellConfirmed(tx *gorm.DB, actor model.Actor, claim model.BindingClaim) error {
	row, err := family.Pupil(tx, claim.PupilID)
	if err != nil {
		return err
	}
	class, err := unit.Get(tx, row.ClassID)
	if err != nil {
		return err
	}
	others, err := s.holders(tx, []model.ID{class.ID, class.ParentID}, model.Hosts)
	if others = except(others, actor.AccountID, claim.AccountID); err == nil && len(others) == 0 {
		others, err = s.nearest(tx, class.ParentID, []model.Role{model.RoleManager}, actor.AccountID, claim.AccountID)
	}
	if err != nil {
		return err
	}
	return s.outbox.TellConfirmed(tx, class.ID, others)
}

// DecidedClaim is a claim that was decided, as the class's teachers and the managers see it.
type DecidedClaim struct {
	ID        model.ID           `json:"id"`
	PupilID   model.ID           `json:"pupilId"`
	PupilName string             `json:"pupilName"`
	Mark      string             `json:"mark,omitempty" doc:"Tells pupils of one name in a class apart, by the end of the student number and the month of birth; missing where there is no other"`
	ClassID   model.ID           `json:"classId"`
	ClassName string             `json:"className"`
	Kind      model.BindingKind  `json:"kind" doc:"guardian, or pupil for the pupil's own account"`
	Relation  model.Relation     `json:"relation,omitempty"`
	Outcome   model.ClaimOutcome `json:"outcome" enum:"confirmed,refused"`
	DecidedAt time.Time          `json:"decidedAt"`
	DecidedBy string             `json:"decidedBy" doc:"The name of who decided"`
}

// DecidedClaims lists who decided which claims within the last 30 days to pupils of a
// unit that the actor teaches or manages, the newest claim first, or returns unit_not_found.
func (s *Service) DecidedClaims(ctx context.Context, actor model.Actor, id model.ID, page store.PageRequest) (store.Page[DecidedClaim], error) {
	db := s.store.Read(ctx)
	of, err := s.claimsOf(db, actor, id)
	if err != nil {
		return store.Page[DecidedClaim]{}, err
	}
	rows, next, err := s.families.DecidedClaims(db, page, family.OnRoster(), of)
	if err != nil {
		return store.Page[DecidedClaim]{}, err
	}
	marks, err := s.marksOf(db, rows)
	if err != nil {
		return store.Page[DecidedClaim]{}, err
	}
	names, err := Directory{}.Names(db, store.Each(rows, func(c family.ListedClaim) model.ID { return c.DecidedBy }))
	return store.PageOf(rows, next, func(c family.ListedClaim) DecidedClaim {
		return DecidedClaim{ID: c.ID, PupilID: c.PupilID, PupilName: c.PupilName, Mark: marks[c.PupilID], ClassID: c.ClassID, ClassName: c.ClassName, Kind: c.Kind, Relation: c.Relation,
			Outcome: c.Outcome, DecidedAt: c.DecidedAt.UTC(), DecidedBy: names[c.DecidedBy]}
	}), err
}

// marksOf tells namesakes in a class apart.
func (s *Service) marksOf(db *gorm.DB, rows []family.ListedClaim) (map[model.ID]string, error) {
	return s.marks.Of(db, store.Distinct(store.Each(rows, func(c family.ListedClaim) model.ID { return c.PupilID })))
}

// claimsOf keeps the pupils p of a unit that the actor teaches or manages.
func (s *Service) claimsOf(db *gorm.DB, actor model.Actor, id model.ID) (store.Cond, error) {
	u, err := unit.Get(db, id, unit.Below(actor.UnitsAs(s.store.Now(), model.Hosts...)...))
	if u.Kind == model.UnitClass {
		return family.InClasses([]model.ID{id}), err
	}
	return store.Below("p.class_id", []model.ID{id}), err
}

// ConfirmedClaims says how many claims were confirmed.
type ConfirmedClaims struct {
	Confirmed int `json:"confirmed" doc:"The others have been decided or taken back meanwhile, or can't be confirmed: each alone says why"`
}

// ConfirmClaims is ConfirmClaim for each of the claims that it can confirm; where
// it can confirm none it returns why it can't the first. The caller names those
// that the actor has seen: one that comes in meanwhile waits.
func (s *Service) ConfirmClaims(ctx context.Context, actor model.Actor, ids []model.ID) (ConfirmedClaims, error) {
	var (
		done    ConfirmedClaims
		refusal error
	)
	for _, id := range ids {
		err := s.ConfirmClaim(ctx, actor, id)
		if err == nil {
			done.Confirmed++
			continue
		}
		if kind := model.KindOf(err); kind != model.KindNotFound && kind != model.KindConflict {
			return done, err
		}
		refusal = cmp.Or(refusal, err)
	}
	if done.Confirmed == 0 {
		return done, refusal
	}
	return done, nil
}

// ClaimsWait reports in which of the classes a claim waits.
func (s *Service) ClaimsWait(ctx context.Context, classes []model.ID) (map[model.ID]bool, error) {
	return s.families.ClaimsWait(s.store.Read(ctx), classes)
}
