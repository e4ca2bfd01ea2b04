package family

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Families writes who belongs to a pupil, and what they consent to. It is safe
// for concurrent use.
type Families struct{ store *store.Store }

// New makes Families.
func New(st *store.Store) *Families { return &Families{store: st} }

// The refusals of ties.
var (
	ErrGuardiansFull = model.Conflict("guardians_full", "这名学生已经绑定了两位家长，请先由其中一位解除绑定")
	ErrPupilTaken    = model.Conflict("pupil_account_taken", "这名学生已经有自己的账号")
)

// AddGuardian makes the account a guardian of the pupil, in the first free seat.
// added is false where it is one already. The lock on the pupil puts contenders
// in a row; the unique index on the seat decides where a lock does not reach.
// Errors: pupil_not_found where the pupil is on no roster, guardians_full.
func (f *Families) AddGuardian(tx *gorm.DB, account, pupil model.ID, relation model.Relation) (added bool, err error) {
	var p model.Pupil
	err = f.store.ForUpdate(tx).Select("id").Take(&p, "id = ? AND departed_at IS NULL", pupil).Error
	if err != nil {
		return false, store.Found(err, "pupil")
	}
	// The withheld ones too: their seats are taken, and who is withheld stays so.
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
		err := tx.Create(&model.Guardianship{AccountID: account, PupilID: pupil, Seat: seat, Relation: relation, CreatedAt: f.store.Now()}).Error
		if store.IsDuplicate(err) {
			continue
		}
		return err == nil, err
	}
	return false, ErrGuardiansFull
}

// EndGuardianship ends that the account is a guardian of the pupil, and notes
// that by ended it. Where it is none the error is not found: what names the
// missing thing in its code.
func (f *Families) EndGuardianship(tx *gorm.DB, pupil, account, by model.ID, what string) error {
	var g model.Guardianship
	err := f.store.ForUpdate(guardianships(tx)).Where("g.account_id = ? AND g.pupil_id = ?", account, pupil).Take(&g).Error
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
	return f.noteEnd(tx, model.BindingEnd{PupilID: pupil, AccountID: account, Kind: model.BindingGuardian, Relation: g.Relation, BoundAt: &g.CreatedAt, EndedBy: by})
}

// EndTies ends every guardianship and own account of the pupils, and notes that
// by did it; zero is a command. Families must then bind anew.
func (f *Families) EndTies(tx *gorm.DB, pupils []model.ID, by model.ID) error {
	for _, pupil := range pupils {
		bound, err := Guardians(f.store.ForUpdate(tx), pupil)
		if err != nil {
			return err
		}
		for _, g := range bound {
			if err := f.EndGuardianship(tx, pupil, g.AccountID, by, "guardian"); err != nil {
				return err
			}
		}
		_, err = f.ReleaseOwnAccount(tx, by, "pupil", store.Where("p.id = ?", pupil))
		if err != nil && model.KindOf(err) != model.KindNotFound {
			return err
		}
	}
	return nil
}

func (f *Families) noteEnd(tx *gorm.DB, end model.BindingEnd) error {
	end.ID, end.EndedAt = f.store.NewID(), f.store.Now()
	return tx.Create(&end).Error
}

// SetOwnAccount makes the account the pupil's own from then on; doing so again changes
// nothing. It is pupil_account_taken where the pupil has another, or is on no
// roster any more.
func SetOwnAccount(tx *gorm.DB, pupil, account model.ID, at time.Time) error {
	res := tx.Model(&model.Pupil{}).Where("id = ? AND account_id IS NULL AND departed_at IS NULL", pupil).
		Updates(map[string]any{"account_id": account, "account_since": at})
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error
	}
	others, err := store.Exists(tx.Model(&model.Pupil{}).Where("id = ? AND (account_id IS NULL OR account_id <> ?)", pupil, account))
	if err == nil && others {
		return ErrPupilTaken
	}
	return err
}

// ReleaseOwnAccount makes the own account of the pupil p whom the conditions
// keep no longer the pupil's, notes that by did it, and returns the account. The
// error is not found where no pupil is kept, with what in its code, and
// pupil_account_not_found where the pupil has none.
func (f *Families) ReleaseOwnAccount(tx *gorm.DB, by model.ID, what string, conds ...store.Cond) (model.ID, error) {
	var pupil model.Pupil
	err := f.store.ForUpdate(Pupils(tx)).Where(store.All(conds...)).Select("p.id, p.account_id").Take(&pupil).Error
	if err != nil {
		return 0, store.Found(err, what)
	}
	if pupil.AccountID == nil {
		return 0, model.NotFound("pupil_account")
	}
	account := *pupil.AccountID
	res := tx.Model(&model.Pupil{}).Where("id = ? AND account_id = ?", pupil.ID, account).Updates(map[string]any{"account_id": nil, "account_since": nil})
	if res.Error != nil {
		return 0, res.Error
	}
	if res.RowsAffected == 0 {
		return 0, model.NotFound("pupil_account")
	}
	return account, f.noteEnd(tx, model.BindingEnd{PupilID: pupil.ID, AccountID: account, Kind: model.BindingPupil, EndedBy: by})
}

// OwnPupil returns the pupil whose own account it is; nil where there is none.
func OwnPupil(db *gorm.DB, account model.ID) (*model.Pupil, error) {
	pupils, err := List(db, store.Where("p.account_id = ?", account))
	if err != nil || len(pupils) == 0 {
		return nil, err
	}
	return &pupils[0], nil
}

// Holds reports whether there is anything of the account here, which would be
// out of reach without it.
func Holds(tx *gorm.DB, account model.ID) (bool, error) {
	for _, row := range []any{&model.Guardianship{}, &model.BindingEnd{}, &model.BindingClaim{}, &model.Pupil{}, &model.ConsentEvent{}, &model.AccountPhone{}} {
		found, err := store.Exists(tx.Model(row).Where("account_id = ?", account))
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// Bound returns those of the pupils to whom an account is bound, be it withheld
// or not, or a claim of one waits.
func Bound(db *gorm.DB, pupils []model.ID) ([]model.ID, error) {
	return store.InParts(pupils, func(part []model.ID, ids *[]model.ID) error {
		return db.Raw("SELECT pupil_id FROM guardianships WHERE pupil_id IN ?"+
			" UNION SELECT id FROM pupils WHERE id IN ? AND account_id IS NOT NULL"+
			" UNION SELECT pupil_id FROM binding_claims WHERE pupil_id IN ? AND waits = ?", part, part, part, true).Scan(ids).Error
	})
}
