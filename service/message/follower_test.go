package message

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
)

// follow makes the account's owner a follower of the official account, as far as we know and, with truly, at WeChat.
func (o *bundle) follow(account model.ID, truly bool) (openID string) {
	o.t.Helper()
	openID = "oF" + account.String()
	if truly {
		o.account.Follow(openID, "u"+account.String(), true)
	}
	o.tx(func(tx *gorm.DB) error {
		if err := tx.Model(&model.Account{}).Where("id = ?", account).Update("union_id", "u"+account.String()).Error; err != nil {
			return err
		}
		return tx.Create(&model.OfficialFollower{OpenID: openID, UnionID: "u" + account.String(), Following: true, ChangedAt: o.st.Now()}).Error
	})
	return openID
}

// Whoever has given no permission is written to by the official account, if they
// follow it; and telephoned if they do not any more.
func TestFollowersAreWrittenToWithoutPermission(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, o *bundle) {
		both, follower, gone, usedUp := o.person(KindBookingHour, 1), o.person(KindBookingHour, 0), o.person(KindBookingHour, 0), o.person(KindBookingHour, 1)
		o.follow(both, true)
		face := o.follow(follower, true)
		o.follow(gone, false)
		usedUpFace := o.follow(usedUp, true)
		o.wechat.Refuse(openID(usedUp))
		o.write(o.message(KindBookingHour, both), o.message(KindBookingHour, follower), o.message(KindBookingHour, gone), o.message(KindBookingHour, usedUp))
		o.turn()
		o.turn()
		o.mustBe(both, model.OutboxSent, "", 1, 0)
		o.mustBe(follower, model.OutboxSent, "", 0, 0)
		o.mustBe(gone, model.OutboxCalled, "43004", 0, 1)
		o.mustBe(usedUp, model.OutboxSent, "", 0, 0)
		require.Equal(t, channelOfficial, o.row(follower).Channel)
		arrived := map[string]int{}
		for _, m := range o.account.Sent() {
			arrived[m.OpenID]++
			require.Equal(t, "您有一项安排即将开始", m.Data["thing1"])
			require.Equal(t, "pages/counsel/bookings", m.Page)
		}
		require.Equal(t, map[string]int{face: 1, usedUpFace: 1}, arrived)
		reached, err := NewRecipients(DemoTemplates(), identity.Directory{}, o.followers).Reachable(o.st.Read(t.Context()), KindBookingHour, []model.ID{both, follower, 7})
		require.NoError(t, err)
		require.Equal(t, map[model.ID]bool{both: true, follower: true}, reached)
	})
}
