package alert

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
)

var errNoPupil = model.Conflict("alert_without_pupil", "这条预警没有对应的学生")

// WithholdIn says whether a guardian of the pupil may be the reason.
type WithholdIn struct {
	Withheld bool   `json:"withheld" doc:"true: no guardian of the pupil sees or hears anything of the pupil any more"`
	Reason   string `json:"reason" minLength:"1" maxLength:"2000"`
}

// Withhold says that a guardian may be the reason of the alert: from now on no
// guardian of the pupil sees or hears anything of the pupil, by any page, message
// or call. It can be taken back.
func (s *Service) Withhold(ctx context.Context, actor model.Actor, id model.ID, in WithholdIn) (Alert, error) {
	reason, err := text("reason", in.Reason)
	if err != nil {
		return Alert{}, err
	}
	return s.change(ctx, actor, id, func(tx *gorm.DB, row *model.Alert) error {
		switch {
		case row.PupilID == 0:
			return errNoPupil
		case row.Status == model.AlertInReview || row.Status == model.AlertClosed:
			return errClosed
		case row.Status != model.AlertAcknowledged:
			return errNotTaken
		}
		if err := family.Withhold(tx, row.PupilID, in.Withheld, s.store.Now()); err != nil {
			return err
		}
		kind := model.EntryDisclosed
		if in.Withheld {
			kind = model.EntryWithheld
		}
		return s.writeByHand(tx, row, model.AlertEntry{Kind: kind, AccountID: actor.AccountID}, reason, nil)
	})
}
