package counsel

import (
	"context"
	"unicode/utf8"

	"gorm.io/gorm"

	"xinyu/model"
)

// MaxIntroductionLength bounds what a counsellor says of themselves, in characters.
const MaxIntroductionLength = 2000

var (
	errIntroductionText = model.Invalid("introduction", "text_malformed", "内容里有不能显示的字符，请修改后再保存")
	errIntroductionLong = model.Invalid("introduction", "text_too_long", "最多写2000个字")
)

// Profile is what families see of the actor, a counsellor with a room.
func (s *Service) Profile(ctx context.Context, actor model.Actor) (CounsellorCard, error) {
	row, err := s.keeper(s.store.Read(ctx), actor, 0)
	return counsellorCard(row), err
}

// Introduce changes what the actor, a counsellor with a room, says of themselves
// to families. version is the one that the caller saw, as in Assign.
func (s *Service) Introduce(ctx context.Context, actor model.Actor, version int, introduction string) (CounsellorCard, error) {
	text, ok := model.PostText(introduction)
	switch {
	case !ok:
		return CounsellorCard{}, errIntroductionText
	case utf8.RuneCountInString(text) > MaxIntroductionLength:
		return CounsellorCard{}, errIntroductionLong
	}
	var row model.Counsellor
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if _, err = s.keeper(tx, actor, 0); err != nil {
			return err
		}
		if row, err = s.lockCounsellor(tx, actor.AccountID); err != nil {
			return err
		}
		if err := mustBeCurrent(row, version); err != nil {
			return err
		}
		row.Introduction, row.Version, row.UpdatedAt = text, row.Version+1, s.store.Now()
		return tx.Model(&model.Counsellor{}).Where("account_id = ?", row.AccountID).
			Updates(map[string]any{"introduction": row.Introduction, "version": row.Version, "updated_at": row.UpdatedAt}).Error
	})
	return counsellorCard(row), err
}

// mustBeCurrent refuses a change of what a counsellor's profile was before
// another changed it; the details are the profile as it stands.
func mustBeCurrent(c model.Counsellor, seen int) error {
	if c.Version == seen {
		return nil
	}
	return model.Conflict("version_conflict", "咨询师的介绍已被他人修改，请对照后再改").WithDetails(counsellorCard(c))
}
