package family

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/unit"
)

const (
	// ClaimWaits is how long a claim waits for a teacher.
	ClaimWaits = 14 * 24 * time.Hour
	// maxClaims is how many claims an account can make within ClaimWaits that
	// wait for a teacher, whatever becomes of them.
	maxClaims = 10
	// maxWaiting is how many claims to a pupil can wait at a time.
	maxWaiting = 6
	// claimsKept is for how long it is kept who confirmed or refused a claim.
	claimsKept = 400 * 24 * time.Hour
)

// ErrClaimsFull refuses a claim that would wait behind too many others.
var ErrClaimsFull = model.Conflict("claims_full", "等老师确认的申请太多了，请先联系班主任")

// Tied reports whether the account is a guardian of the pupil, be it in force or withheld.
func Tied(db *gorm.DB, account, pupil model.ID) (bool, error) {
	return store.Exists(db.Model(&model.Guardianship{}).Where("account_id = ? AND pupil_id = ?", account, pupil))
}

// endedBefore keeps the rows to whose pupil a tie was ended before, or is
// withheld: a guardianship by another than the guardian, an own account by
// anybody. Whoever lost one tie must not take the other at once.
func endedBefore(pupilColumn string) store.Cond {
	return store.Any(
		store.Where("EXISTS (SELECT 1 FROM binding_ends AS e WHERE e.pupil_id = "+pupilColumn+" AND (e.kind = ? OR e.ended_by <> e.account_id))", model.BindingPupil),
		store.Where("EXISTS (SELECT 1 FROM guardianships AS g WHERE g.pupil_id = "+pupilColumn+" AND NOT ("+inForce+"))"))
}

// EndedBefore reports whether a tie to the pupil was ended before or is withheld.
func EndedBefore(db *gorm.DB, pupil model.ID) (bool, error) {
	return store.Exists(Pupils(db).Where("p.id = ?", pupil).Where(endedBefore("p.id")))
}

// EndedBy reports whether the account has ended a tie of another account to the pupil.
func EndedBy(db *gorm.DB, pupil, account model.ID) (bool, error) {
	return store.Exists(db.Model(&model.BindingEnd{}).Where("pupil_id = ? AND ended_by = ? AND account_id <> ended_by", pupil, account))
}

// releasedSince keeps the rows whose pupil was released from an own account after the moment.
func releasedSince(pupilColumn string, at time.Time) store.Cond {
	return store.Where("EXISTS (SELECT 1 FROM binding_ends AS r WHERE r.pupil_id = "+pupilColumn+" AND r.kind = ? AND r.ended_at > ?)", model.BindingPupil, at)
}

// ReleaseRest is for how long after a pupil was released from an own account the
// school decides on each claim to the pupil, and not the class's teacher.
const ReleaseRest = 7 * 24 * time.Hour

// ReleasedLately reports whether the pupil was released from an own account within ReleaseRest.
func (f *Families) ReleasedLately(db *gorm.DB, pupil model.ID) (bool, error) {
	return store.Exists(Pupils(db).Where("p.id = ?", pupil).Where(releasedSince("p.id", f.store.Now().Add(-ReleaseRest))))
}

// Ask has the claim of the account to the pupil wait for a teacher, and returns
// it; one that waits already is returned as it is, and added is false. The caller has locked the
// account; Ask locks the pupil. Errors: pupil_not_found where the pupil is on no
// roster, guardians_full, pupil_account_taken, claims_full.
func (f *Families) Ask(tx *gorm.DB, claim model.BindingClaim) (asked model.BindingClaim, added bool, err error) {
	now := f.store.Now()
	locked, err := Lock(f.store, tx, []model.ID{claim.PupilID})
	if err != nil {
		return claim, false, err
	}
	if p, known := locked[claim.PupilID]; !known || p.DepartedAt != nil {
		return claim, false, model.NotFound("pupil")
	}
	if err := mustHaveRoom(tx, claim.PupilID, claim.Kind); err != nil {
		return claim, false, err
	}
	same := tx.Model(&model.BindingClaim{}).Where("account_id = ? AND pupil_id = ? AND waits = ?", claim.AccountID, claim.PupilID, true)
	var waiting []model.BindingClaim
	if err := same.Session(&gorm.Session{}).Where("expires_at > ?", now).Find(&waiting).Error; err != nil {
		return claim, false, err
	}
	if len(waiting) > 0 {
		return waiting[0], false, nil
	}
	err = same.Session(&gorm.Session{}).Updates(map[string]any{"waits": nil, "outcome": model.ClaimExpired}).Error
	if err != nil {
		return claim, false, err
	}
	for _, bound := range []struct {
		query *gorm.DB
		most  int64
	}{
		{tx.Model(&model.BindingClaim{}).Where("account_id = ? AND created_at > ?", claim.AccountID, now.Add(-ClaimWaits)), maxClaims},
		{tx.Model(&model.BindingClaim{}).Where("pupil_id = ? AND waits = ? AND expires_at > ?", claim.PupilID, true, now), maxWaiting},
	} {
		var n int64
		if err := bound.query.Count(&n).Error; err != nil {
			return claim, false, err
		}
		if n >= bound.most {
			return claim, false, ErrClaimsFull
		}
	}
	waits := true
	claim.ID, claim.Waits, claim.CreatedAt, claim.ExpiresAt = f.store.NewID(), &waits, now, now.Add(ClaimWaits)
	return claim, true, tx.Create(&claim).Error
}

// mustHaveRoom refuses another tie of the kind where the pupil has all there can be.
func mustHaveRoom(tx *gorm.DB, pupil model.ID, kind model.BindingKind) error {
	if kind == model.BindingPupil {
		taken, err := store.Exists(tx.Model(&model.Pupil{}).Where("id = ? AND account_id IS NOT NULL", pupil))
		if err == nil && taken {
			return ErrPupilTaken
		}
		return err
	}
	var guardians int64
	err := tx.Model(&model.Guardianship{}).Where("pupil_id = ?", pupil).Count(&guardians).Error
	if err == nil && guardians >= model.MaxGuardians {
		return ErrGuardiansFull
	}
	return err
}

// waiting is a query over the claims, under the alias b, that wait for a teacher now.
func (f *Families) waiting(db *gorm.DB) *gorm.DB {
	return db.Table("binding_claims AS b").Where("b.waits = ? AND b.expires_at > ?", true, f.store.Now())
}

// WaitingClaim returns the claim of the id that waits, to a pupil p whom the
// conditions keep, or claim_not_found.
func (f *Families) WaitingClaim(db *gorm.DB, id model.ID, conds ...store.Cond) (model.BindingClaim, error) {
	var claim model.BindingClaim
	err := f.waiting(db).Scopes(JoinPupil("b.pupil_id")).Where(store.All(conds...)).Where("b.id = ?", id).Select("b.*").Take(&claim).Error
	return claim, store.Found(err, "claim")
}

// ListedClaim is a claim that waits, with what a teacher knows of the pupil.
type ListedClaim struct {
	model.BindingClaim
	PupilName   string
	ClassID     model.ID
	ClassName   string
	EndedBefore bool
	// ReleasedLately says that the pupil was released from an own account within ReleaseRest.
	ReleasedLately bool
}

var claimsInOrder = store.Ascending(func(c ListedClaim) store.Keys { return store.Keys{c.ID} }, "b.id")

var decidedInOrder = store.Descending(func(c ListedClaim) store.Keys { return store.Keys{c.ID} }, "b.id")

// WaitingClaims lists the claims that wait, to the pupils p whom the conditions
// keep, the oldest first.
func (f *Families) WaitingClaims(db *gorm.DB, page store.PageRequest, conds ...store.Cond) ([]ListedClaim, string, error) {
	return claimsInOrder.Read(JoinPupil("b.pupil_id")(f.waiting(db)).Joins(unit.Join("c", "p.class_id")).Where(store.All(conds...)).
		Select("b.*, p.name AS pupil_name, p.class_id, c.name AS class_name, ? AS ended_before, ? AS released_lately",
			endedBefore("b.pupil_id"), releasedSince("b.pupil_id", f.store.Now().Add(-ReleaseRest))), page)
}

// DecidedClaims lists the claims to the pupils p whom the conditions keep that were
// confirmed or refused within the last 30 days, the newest first.
func (f *Families) DecidedClaims(db *gorm.DB, page store.PageRequest, conds ...store.Cond) ([]ListedClaim, string, error) {
	const shown = 30 * 24 * time.Hour
	decided := db.Table("binding_claims AS b").Where("b.outcome IN ? AND b.decided_at > ?", []model.ClaimOutcome{model.ClaimConfirmed, model.ClaimRefused}, f.store.Now().Add(-shown))
	return decidedInOrder.Read(JoinPupil("b.pupil_id")(decided).Joins(unit.Join("c", "p.class_id")).Where(store.All(conds...)).
		Select("b.*, p.name AS pupil_name, p.class_id, c.name AS class_name"), page)
}

// ClaimsWait reports in which of the classes a claim waits.
func (f *Families) ClaimsWait(db *gorm.DB, classes []model.ID) (map[model.ID]bool, error) {
	found, err := store.InParts(classes, func(part []model.ID, ids *[]model.ID) error {
		return f.waiting(db).Scopes(JoinPupil("b.pupil_id")).Where(OnRoster()).Where(InClasses(part)).Distinct().Pluck("p.class_id", ids).Error
	})
	wait := make(map[model.ID]bool, len(found))
	for _, class := range found {
		wait[class] = true
	}
	return wait, err
}

// Claimed returns the pupils to whom the account has claims that wait at the
// moment, those to an own account first. The account has no rights over them.
func Claimed(db *gorm.DB, account model.ID, at time.Time) ([]model.Pupil, error) {
	var pupils []model.Pupil
	err := db.Table("binding_claims AS b").Scopes(JoinPupil("b.pupil_id")).Where("b.account_id = ? AND b.waits = ? AND b.expires_at > ?", account, true, at).
		Order("CASE WHEN b.kind = 'pupil' THEN 0 ELSE 1 END, p.id").Select("p.*").Scan(&pupils).Error
	return pupils, err
}

// ClaimsOf returns the claims of the account that wait, and those that were
// refused or have expired within ClaimWaits, the newest first.
func (f *Families) ClaimsOf(db *gorm.DB, account model.ID) ([]model.BindingClaim, error) {
	since := f.store.Now().Add(-ClaimWaits)
	var claims []model.BindingClaim
	err := db.Where("account_id = ?", account).
		Where("(waits = ? AND expires_at > ?) OR (outcome = ? AND decided_at > ?)", true, since, model.ClaimRefused, since).
		Order("id DESC").Find(&claims).Error
	return claims, err
}

// Decide notes the outcome of a claim that waits, and by whom. Of several at one
// moment one succeeds; the others get claim_not_found. With conditions the
// claim must meet them too.
func (f *Families) Decide(tx *gorm.DB, id, by model.ID, outcome model.ClaimOutcome, conds ...store.Cond) error {
	now := f.store.Now()
	which := append([]store.Cond{store.Where("id = ? AND waits = ? AND expires_at > ?", id, true, now)}, conds...)
	res := tx.Model(&model.BindingClaim{}).Where(store.All(which...)).
		Updates(map[string]any{"waits": nil, "outcome": outcome, "decided_at": now, "decided_by": by})
	if res.Error == nil && res.RowsAffected == 0 {
		return model.NotFound("claim")
	}
	return res.Error
}

// Rivals returns the claims to the pupil's own account that wait beside one.
func (f *Families) Rivals(tx *gorm.DB, claim model.BindingClaim) ([]model.BindingClaim, error) {
	var rivals []model.BindingClaim
	err := f.waiting(tx).Where("b.pupil_id = ? AND b.kind = ? AND b.id <> ?", claim.PupilID, model.BindingPupil, claim.ID).Order("b.id").Select("b.*").Scan(&rivals).Error
	return rivals, err
}

// PruneClaims is the job that deletes claims of which it need not be known any
// more who decided them.
func (f *Families) PruneClaims(ctx context.Context) error {
	return f.store.Prune(ctx, &model.BindingClaim{}, store.Where("id < ?", model.IDAt(f.store.Now().Add(-claimsKept))))
}
