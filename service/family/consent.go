package family

import (
	"fmt"

	"gorm.io/gorm"

	"xinyu/model"
)

// The refusals. A caller may override ErrGuardianConsentNeeded in an emergency, and
// must then log that it did.
var (
	// ErrConsentNeeded says that the one who acts must consent first.
	ErrConsentNeeded = model.Forbidden("consent_needed", "请先阅读并同意相关的个人信息使用说明")
	// ErrGuardianConsentNeeded says that only a guardian of the pupil can give the consent that is missing.
	ErrGuardianConsentNeeded = model.Forbidden("guardian_consent_needed", "需要先由家长同意相关的个人信息使用说明")
)

// Subject is who acts, and whose data is used.
type Subject struct {
	// AccountID is the account that acts.
	AccountID model.ID
	// PupilID is the pupil whose data is used; zero for the account's own.
	PupilID model.ID
	// Staff says that the account acts for the pupil as a member of staff. The
	// caller has checked that it may.
	Staff bool
}

// RequireConsent returns nil where the subject's data may be used for the purpose on
// the day (Shanghai), and else ErrConsentNeeded, ErrGuardianConsentNeeded or, where the
// account has nothing to do with the pupil, child_not_found.
func RequireConsent(tx *gorm.DB, purpose model.Purpose, day model.Date, subject Subject) error {
	refusals, err := Refusals(tx, purpose, day, []Subject{subject})
	if err != nil {
		return err
	}
	if refusal := refusals[subject]; refusal != nil {
		return refusal
	}
	return nil
}

// Refusals is RequireConsent for many subjects (up to some ten thousand) by at most
// two queries: it returns those that are refused, and why.
func Refusals(tx *gorm.DB, purpose model.Purpose, day model.Date, subjects []Subject) (map[Subject]*model.Error, error) {
	pupils, err := loadPupils(tx, purpose, subjects)
	if err != nil {
		return nil, fmt.Errorf("load guardians' consents: %w", err)
	}
	consenting, err := consentingAccounts(tx, purpose, subjects, pupils)
	if err != nil {
		return nil, fmt.Errorf("load consents: %w", err)
	}
	refusals := map[Subject]*model.Error{}
	for _, s := range subjects {
		if refusal := judge(s, consenting[s.AccountID], pupils[s.PupilID], day); refusal != nil {
			refusals[s] = refusal
		}
	}
	return refusals, nil
}

// judge returns why the subject is refused, or nil: the rule that the package describes.
func judge(s Subject, own bool, p *pupil, day model.Date) *model.Error {
	switch {
	case s.PupilID == 0:
		if !own {
			return ErrConsentNeeded
		}
	case p == nil:
		return errNotTheirs
	case s.Staff:
		if p.UnderAgeOfConsent(day) && !p.consented {
			return ErrGuardianConsentNeeded
		}
	case p.AccountID != nil && *p.AccountID == s.AccountID && p.UnderAgeOfConsent(day):
		if !p.consented {
			return ErrGuardianConsentNeeded
		}
	case p.AccountID != nil && *p.AccountID == s.AccountID:
		if !own {
			return ErrConsentNeeded
		}
	case p.isGuardian(s.AccountID):
		if !p.guardians[s.AccountID] {
			return ErrConsentNeeded
		}
	default:
		return errNotTheirs
	}
	return nil
}

var errNotTheirs = model.NotFound("child")

// pupil is a pupil with whether each guardian consents, and whether any does.
type pupil struct {
	model.Pupil
	guardians map[model.ID]bool
	consented bool
}

func (p *pupil) isGuardian(account model.ID) bool {
	_, ok := p.guardians[account]
	return ok
}

// consentingAccounts returns which of the acting accounts consent. Left out are
// guardians, of whom loadPupils has read it, and those whose consent is not asked for.
func consentingAccounts(tx *gorm.DB, purpose model.Purpose, subjects []Subject, pupils map[model.ID]*pupil) (map[model.ID]bool, error) {
	ids := distinct(subjects, func(s Subject) model.ID {
		if p := pupils[s.PupilID]; s.Staff || s.PupilID != 0 && (p == nil || p.isGuardian(s.AccountID)) {
			return 0
		}
		return s.AccountID
	})
	consenting := make(map[model.ID]bool, len(ids))
	if len(ids) == 0 {
		return consenting, nil
	}
	var found []model.ID
	err := tx.Model(&model.Consent{}).Where("account_id IN ? AND purpose = ? AND withdrawn_at IS NULL", ids, purpose).Pluck("account_id", &found).Error
	for _, id := range found {
		consenting[id] = true
	}
	return consenting, err
}

func loadPupils(tx *gorm.DB, purpose model.Purpose, subjects []Subject) (map[model.ID]*pupil, error) {
	ids := distinct(subjects, func(s Subject) model.ID { return s.PupilID })
	pupils := make(map[model.ID]*pupil, len(ids))
	if len(ids) == 0 {
		return pupils, nil
	}
	var rows []struct {
		ID         model.ID
		BirthDate  model.Date
		AccountID  *model.ID
		GuardianID model.ID
		Consented  bool
	}
	err := tx.Table("pupils AS p").
		Joins("LEFT JOIN guardianships AS g ON g.pupil_id = p.id AND "+inForce).
		Joins("LEFT JOIN consents AS c ON c.account_id = g.account_id AND c.purpose = ? AND c.withdrawn_at IS NULL", purpose).
		Where("p.id IN ?", ids).
		Select("p.id, p.birth_date, p.account_id, COALESCE(g.account_id, 0) AS guardian_id, c.account_id IS NOT NULL AS consented").Scan(&rows).Error
	for _, r := range rows {
		p := pupils[r.ID]
		if p == nil {
			p = &pupil{Pupil: model.Pupil{ID: r.ID, BirthDate: r.BirthDate, AccountID: r.AccountID}, guardians: map[model.ID]bool{}}
			pupils[r.ID] = p
		}
		p.guardians[r.GuardianID] = r.Consented
		p.consented = p.consented || r.Consented
	}
	return pupils, err
}

// distinct returns the subjects' ids other than zero, each once.
func distinct(subjects []Subject, id func(Subject) model.ID) []model.ID {
	seen := make(map[model.ID]bool, len(subjects))
	ids := make([]model.ID, 0, len(subjects))
	for _, s := range subjects {
		if v := id(s); v != 0 && !seen[v] {
			seen[v] = true
			ids = append(ids, v)
		}
	}
	return ids
}
