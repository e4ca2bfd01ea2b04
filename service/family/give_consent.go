package family

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
)

// Consents returns what the account has consented to so far, one row for each
// purpose, those that were withdrawn too.
func Consents(db *gorm.DB, account model.ID) ([]model.Consent, error) {
	var rows []model.Consent
	err := db.Where("account_id = ?", account).Find(&rows).Error
	return rows, err
}

// GiveConsent notes that the account consents to the version of the purpose's
// text; doing so again changes nothing. It returns how the consent stands, or
// ErrGuardianConsentNeeded for the own account of a pupil under 14.
func (f *Families) GiveConsent(tx *gorm.DB, account model.ID, purpose model.Purpose, version string) (*model.Consent, error) {
	now := f.store.Now()
	own, err := OwnPupil(tx, account)
	if err != nil {
		return nil, err
	}
	if own != nil && own.UnderAgeOfConsent(model.DateOf(now)) {
		return nil, ErrGuardianConsentNeeded
	}
	res := tx.Model(&model.Consent{}).Where("account_id = ? AND purpose = ? AND (version <> ? OR withdrawn_at IS NOT NULL)", account, purpose, version).
		Updates(map[string]any{"version": version, "given_at": now, "withdrawn_at": nil})
	if res.Error == nil && res.RowsAffected == 0 {
		res = tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&model.Consent{AccountID: account, Purpose: purpose, Version: version, GivenAt: now})
	}
	if res.Error != nil {
		return nil, res.Error
	}
	return f.noteConsent(tx, account, purpose, res.RowsAffected > 0)
}

// WithdrawConsent notes that the account no longer consents to the purpose;
// doing so again changes nothing. It returns how the consent stands, nil where
// there never was one.
func (f *Families) WithdrawConsent(tx *gorm.DB, account model.ID, purpose model.Purpose) (*model.Consent, error) {
	res := tx.Model(&model.Consent{}).Where("account_id = ? AND purpose = ? AND withdrawn_at IS NULL", account, purpose).Update("withdrawn_at", f.store.Now())
	if res.Error != nil {
		return nil, res.Error
	}
	return f.noteConsent(tx, account, purpose, res.RowsAffected > 0)
}

// noteConsent returns the consent as it stands and, where it has changed, adds
// the change to the history.
func (f *Families) noteConsent(tx *gorm.DB, account model.ID, purpose model.Purpose, changed bool) (*model.Consent, error) {
	var rows []model.Consent
	err := tx.Where("account_id = ? AND purpose = ?", account, purpose).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	row := &rows[0]
	if !changed {
		return row, nil
	}
	event := model.ConsentEvent{ID: f.store.NewID(), AccountID: account, Purpose: purpose, Version: row.Version, Action: "given", At: row.GivenAt}
	if row.WithdrawnAt != nil {
		event.Action, event.At = "withdrawn", *row.WithdrawnAt
	}
	return row, tx.Create(&event).Error
}
