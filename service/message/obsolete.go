package message

import (
	"context"

	"xinyu/model"
	"xinyu/service/family"
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
	bonds, err := boundTo(s.store.Read(ctx), pupils)
	if err != nil {
		return err
	}
	bound := map[pair]bool{}
	for _, b := range bonds {
		bound[pair{b.account, b.pupil}] = true
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

// consents finds the recipients who do not consent to learning messages.
func (s *Sender) consents(ctx context.Context, rows []model.OutboxMessage, reasons map[model.ID]string) error {
	var subjects []family.Subject
	for _, r := range rows {
		if kinds[r.Kind].learning && reasons[r.ID] == "" {
			subjects = append(subjects, family.Subject{AccountID: r.RecipientID, PupilID: r.PupilID})
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	refusals, err := family.Refusals(s.store.Read(ctx), model.PurposeLearning, model.DateOf(s.store.Now()), subjects)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if kinds[r.Kind].learning && reasons[r.ID] == "" && refusals[family.Subject{AccountID: r.RecipientID, PupilID: r.PupilID}] != nil {
			reasons[r.ID] = reasonConsent
		}
	}
	return nil
}
