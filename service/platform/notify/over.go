package notify

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/consent"
)

// over tells, shortly before they would be sent, which rows must not be sent
// any more, and why: much may have changed since they were written.
func (s *Sender) over(ctx context.Context, rows []model.OutboxMessage, accounts map[model.ID]model.Account) (map[model.ID]string, error) {
	reasons := map[model.ID]string{}
	now := s.store.Now()
	byKind := map[string][]model.OutboxMessage{}
	for _, r := range rows {
		account, known := accounts[r.RecipientID]
		switch {
		case !now.Before(r.CutoffAt):
			reasons[r.ID] = reasonLate
		case !known || account.DisabledAt != nil:
			reasons[r.ID] = reasonDisabled
		default:
			byKind[r.Kind] = append(byKind[r.Kind], r)
		}
	}
	for name, check := range s.checks {
		if len(byKind[name]) == 0 {
			continue
		}
		gone, err := check(ctx, byKind[name])
		if err != nil {
			return nil, err
		}
		for id := range gone {
			reasons[id] = reasonCauseGone
		}
	}
	if err := s.bonds(ctx, rows, reasons); err != nil {
		return nil, err
	}
	return reasons, s.consents(ctx, rows, reasons)
}

// pair is an account and a pupil.
type pair struct{ account, pupil model.ID }

// bonds finds the recipients from whom their pupil has been taken. A talk that
// someone booked stays theirs until the family or the school says that the
// child is not theirs; everything else goes to the family of now alone.
func (s *Sender) bonds(ctx context.Context, rows []model.OutboxMessage, reasons map[model.ID]string) error {
	var pupils, accounts []model.ID
	for _, r := range rows {
		if r.PupilID != 0 && reasons[r.ID] == "" {
			pupils, accounts = append(pupils, r.PupilID), append(accounts, r.RecipientID)
		}
	}
	if len(pupils) == 0 {
		return nil
	}
	bound, err := s.bound(s.store.Read(ctx), pupils)
	if err != nil {
		return err
	}
	var ends []model.BindingEnd
	err = s.store.Read(ctx).Where("pupil_id IN ? AND account_id IN ? AND ended_by <> account_id", pupils, accounts).Find(&ends).Error
	if err != nil {
		return err
	}
	ended := map[pair]bool{}
	for _, e := range ends {
		ended[pair{e.AccountID, e.PupilID}] = true
	}
	for _, r := range rows {
		p := pair{r.RecipientID, r.PupilID}
		if r.PupilID == 0 || reasons[r.ID] != "" || bound[p] {
			continue
		}
		if kinds[r.Kind].desk == model.DeskClass || ended[p] {
			reasons[r.ID] = reasonUnbound
		}
	}
	return nil
}

// bound is who belongs to the pupils on a roster now: guardians and own accounts.
func (s *Sender) bound(db *gorm.DB, pupils []model.ID) (map[pair]bool, error) {
	var bonds []struct{ PupilID, AccountID model.ID }
	err := db.Raw("SELECT g.pupil_id, g.account_id FROM guardianships AS g JOIN pupils AS p ON p.id = g.pupil_id WHERE g.pupil_id IN ? AND p.departed_at IS NULL"+
		" UNION ALL SELECT id AS pupil_id, account_id FROM pupils WHERE id IN ? AND account_id IS NOT NULL AND departed_at IS NULL", pupils, pupils).Scan(&bonds).Error
	bound := make(map[pair]bool, len(bonds))
	for _, b := range bonds {
		bound[pair{b.AccountID, b.PupilID}] = true
	}
	return bound, err
}

// consents finds the recipients who do not consent to learning messages.
func (s *Sender) consents(ctx context.Context, rows []model.OutboxMessage, reasons map[model.ID]string) error {
	var subjects []consent.Subject
	for _, r := range rows {
		if kinds[r.Kind].learning && reasons[r.ID] == "" {
			subjects = append(subjects, consent.Subject{AccountID: r.RecipientID, PupilID: r.PupilID})
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	refusals, err := consent.Refusals(s.store.Read(ctx), model.PurposeLearning, model.DateOf(s.store.Now()), subjects)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if kinds[r.Kind].learning && reasons[r.ID] == "" && refusals[consent.Subject{AccountID: r.RecipientID, PupilID: r.PupilID}] != nil {
			reasons[r.ID] = reasonConsent
		}
	}
	return nil
}
