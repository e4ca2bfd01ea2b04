package lecture

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/message"
	"xinyu/service/platform/store/storetest"
)

// allow gives the account permission for one message of the kind.
func (b *bundle) allow(actor model.Actor, kind string) {
	b.t.Helper()
	ledger := message.NewLedger(b.st, identity.Directory{})
	permissions, err := message.NewAsker(b.st, ledger, message.DemoTemplates()).Permissions(b.t.Context(), actor)
	require.NoError(b.t, err)
	for _, l := range permissions {
		if l.Kind == kind {
			require.NoError(b.t, b.st.Tx(b.t.Context(), func(tx *gorm.DB) error {
				return ledger.Apply(tx, "o"+actor.AccountID.String(), l.TemplateID, message.Accepted)
			}))
		}
	}
}

// contact is the row as a check sees it.
func contact(row model.OutboxMessage) message.Contact {
	return message.Contact{ID: row.ID, Kind: row.Kind, CauseKind: row.CauseKind, CauseID: row.CauseID, RecipientID: row.RecipientID, PupilID: row.PupilID}
}

// messages are the outbox rows of the kind, by recipient.
func (b *bundle) messages(kind string) map[model.ID]model.OutboxMessage {
	b.t.Helper()
	var rows []model.OutboxMessage
	require.NoError(b.t, b.st.Read(b.t.Context()).Where("kind = ?", kind).Find(&rows).Error)
	byRecipient := map[model.ID]model.OutboxMessage{}
	for _, r := range rows {
		require.NotContains(b.t, byRecipient, r.RecipientID, "written to twice")
		byRecipient[r.RecipientID] = r
	}
	return byRecipient
}

func (b *bundle) announce() {
	b.t.Helper()
	require.NoError(b.t, b.svc.Announce(b.t.Context()))
}

func TestAnOpeningIsSentToThoseWhoAllowedIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		plan := b.plan(b.tree.School)
		plan.StartsAt, plan.EndsAt = start.Add(time.Hour), start.Add(2*time.Hour)
		s, err := b.svc.Schedule(t.Context(), b.teacher, b.lecture(model.SideGuardian).ID, plan)
		require.NoError(t, err)
		sibling := b.Pupil(b.tree.OtherClass)
		b.Bind(b.guardian, sibling)
		b.allow(b.guardian, message.KindSessionOpen)
		unasked := b.Guardian(b.Pupil(b.tree.Class))
		outside := b.Guardian(b.Pupil(b.Unit(model.UnitClass, b.Unit(model.UnitSchool, b.tree.Town))))
		b.allow(outside, message.KindSessionOpen)
		b.announce()
		require.Empty(t, b.messages(message.KindSessionOpen), "not before it opens")
		b.clock.Set(s.StartsAt.Add(-model.SessionOpensBefore))
		var wg sync.WaitGroup
		for range 8 { // replicas that all run the job
			wg.Go(func() {
				if err := b.svc.Announce(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		b.announce()
		told := b.messages(message.KindSessionOpen)
		require.Len(t, told, 1, "one for a family, none for %s", unasked.AccountID)
		row := told[b.guardian.AccountID]
		require.True(t, row.CutoffAt.Equal(s.EndsAt))
		require.Equal(t, model.OutboxPending, row.Status)
		obsolete, err := b.svc.Obsolete(t.Context(), []message.Contact{contact(row)})
		require.NoError(t, err)
		require.Empty(t, obsolete)
		plan.EndsAt = start.Add(3 * time.Hour)
		_, err = b.svc.Change(t.Context(), b.teacher, s.ID, s.Version, plan)
		require.NoError(t, err)
		require.True(t, b.messages(message.KindSessionOpen)[b.guardian.AccountID].CutoffAt.Equal(plan.EndsAt))
		_, err = b.svc.Cancel(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		require.Equal(t, model.OutboxDropped, b.messages(message.KindSessionOpen)[b.guardian.AccountID].Status)
		obsolete, err = b.svc.Obsolete(t.Context(), []message.Contact{contact(row)})
		require.NoError(t, err)
		require.True(t, obsolete[row.ID], "also what a sender has read before")
	})
}

// More classes than one part goes through, of targets that overlap.
func TestAnOpeningIsSentToManyClassesInParts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		families := map[model.ID]model.ID{} // account to class
		for range 2*classesAtOnce + 1 {
			class := b.Unit(model.UnitClass, b.tree.School)
			family := b.Guardian(b.Pupil(class))
			b.allow(family, message.KindSessionOpen)
			families[family.AccountID] = class.ID
		}
		plan := b.plan(b.tree.School, b.tree.Class)
		s, err := b.svc.Schedule(t.Context(), b.teacher, b.lecture(model.SidePupil).ID, plan)
		require.NoError(t, err)
		b.announce()
		b.announce()
		told := b.messages(message.KindSessionOpen)
		require.Len(t, told, len(families))
		for account, class := range families {
			require.Equal(t, class, told[account].UnitID)
		}
		reminded, err := b.svc.Remind(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		require.Equal(t, len(families)+1, reminded.Reminded, "and the one of the bundle")
		b.clock.Set(plan.EndsAt)
		again := b.plan()
		again.StartsAt, again.EndsAt = plan.EndsAt.Add(time.Hour), plan.EndsAt.Add(2*time.Hour)
		_, err = b.svc.MakeUp(t.Context(), b.teacher, s.ID, again)
		require.NoError(t, err)
		b.announce()
		require.Len(t, b.messages(message.KindMakeUp), len(families)+1)
	})
}

func TestAMakeUpIsSentToThoseWhoMissed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		missed := b.Pupil(b.tree.OtherClass)
		family := b.Guardian(missed)
		withdrawn := b.Guardian(b.Pupil(b.tree.OtherClass))
		b.Set(&model.Consent{}, "withdrawn_at", start, "account_id = ?", withdrawn.AccountID)
		b.checkIn(b.guardian, b.token(s))
		plan := b.plan()
		plan.StartsAt, plan.EndsAt = start.AddDate(0, 0, 1), start.AddDate(0, 0, 1).Add(time.Hour)
		made, err := b.svc.MakeUp(t.Context(), b.teacher, s.ID, plan)
		require.NoError(t, err)
		b.announce()
		b.announce()
		told := b.messages(message.KindMakeUp)
		require.Len(t, told, 1)
		row := told[family.AccountID]
		require.Equal(t, []any{made.ID, missed.ID, b.tree.OtherClass.ID}, []any{row.CauseID, row.PupilID, row.UnitID})
		require.True(t, row.CutoffAt.Equal(plan.StartsAt))
		obsolete, err := b.svc.Obsolete(t.Context(), []message.Contact{contact(row)})
		require.NoError(t, err)
		require.Empty(t, obsolete)
		b.clock.Set(plan.StartsAt)
		b.checkIn(family, b.token(made))
		obsolete, err = b.svc.Obsolete(t.Context(), []message.Contact{contact(row)})
		require.NoError(t, err)
		require.True(t, obsolete[row.ID], "covered meanwhile")
	})
}

func TestFamiliesAreRemindedOnceADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		missing := b.Pupil(b.tree.OtherClass)
		family, second := b.Guardian(missing), b.Guardian(missing)
		own := b.PupilAccount(missing)
		b.Pupil(b.tree.Class) // nobody is bound
		b.checkIn(b.guardian, b.token(s))

		t.Run("by one of eight calls at the same moment", func(t *testing.T) {
			reminded := make([]Reminded, 8)
			errs := storetest.Contend(len(reminded), func(i int) (err error) {
				reminded[i], err = b.svc.Remind(t.Context(), b.teacher, s.ID)
				return err
			})
			require.Equal(t, map[string]int{"": 8}, storetest.Codes(t, errs))
			counts := map[Reminded]int{}
			for _, r := range reminded {
				counts[r]++
			}
			require.Equal(t, map[Reminded]int{{Reminded: 1, Unreachable: 1}: 1, {AlreadyReminded: 1, Unreachable: 1}: 7}, counts)
		})
		t.Run("both guardians and the pupil's own account", func(t *testing.T) {
			sent := b.messages(message.KindSessionReminder)
			require.Len(t, sent, 3)
			for _, who := range []model.Actor{family, second, own} {
				require.Equal(t, b.tree.OtherClass.ID, sent[who.AccountID].UnitID)
			}
		})
		t.Run("not again by a manager", func(t *testing.T) {
			r, err := b.svc.Remind(t.Context(), b.manager, s.ID)
			require.NoError(t, err)
			require.Equal(t, Reminded{AlreadyReminded: 1, Unreachable: 1}, r)
		})
		t.Run("not by those who do not run the session", func(t *testing.T) {
			_, err := b.svc.Remind(t.Context(), b.Staff(model.RoleTeacher, b.tree.School), s.ID)
			storetest.Refused(t, err, "host_only")
			_, err = b.svc.Remind(t.Context(), b.Staff(model.RoleTeacher, b.Tree().School), s.ID)
			storetest.Refused(t, err, "session_not_found")
		})
		t.Run("not of a session that is cancelled", func(t *testing.T) {
			_, err := b.svc.Cancel(t.Context(), b.teacher, s.ID)
			require.NoError(t, err)
			for _, row := range b.messages(message.KindSessionReminder) {
				require.Equal(t, model.OutboxDropped, row.Status)
			}
			_, err = b.svc.Remind(t.Context(), b.teacher, s.ID)
			storetest.Refused(t, err, "session_cancelled")
		})
	})
}
