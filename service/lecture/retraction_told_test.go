package lecture

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/message"
)

func TestAFamilyIsToldOfACheckInThatWasTakenBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		own, stranger := b.PupilAccount(b.pupil), b.Guardian(b.Pupil(b.tree.Class))
		b.Consent(own)
		silent := b.Account() // consents to nothing
		b.Bind(silent, b.pupil)
		s := b.session(b.lecture(model.SidePupil, model.SideGuardian))
		b.checkIn(b.guardian, b.token(s), b.pupil.ID)
		gone, err := b.retract(b.teacher, s, b.pupil, model.SidePupil)
		require.NoError(t, err)

		told := b.messages(message.KindRetracted)
		want := []model.ID{b.guardian.AccountID, own.AccountID}
		slices.Sort(want)
		require.Equal(t, want, slices.Sorted(maps.Keys(told)), "not %d, who consents to nothing", silent.AccountID)
		row := told[b.guardian.AccountID]
		require.Equal(t, gone.ID, row.CauseID)
		require.Equal(t, b.clock.Now().Add(10*time.Minute), row.SendAfter, "a slip that is set right at once is told to nobody")
		require.NotContains(t, row.Payload, "点错", "the reason is the host's")
		require.NotContains(t, row.Payload, b.pupil.Name)
		mine := func(actor model.Actor) []ChildState {
			got, err := b.svc.Session(t.Context(), actor, s.ID)
			require.NoError(t, err)
			return got.Children
		}
		require.Equal(t, []ChildState{{PupilID: b.pupil.ID, Side: model.SidePupil, Status: Missing, Retracted: true}}, mine(own))
		require.False(t, mine(stranger)[0].Retracted)

		obsolete := func() map[model.ID]bool {
			found, err := b.svc.RetractionObsolete(t.Context(), []message.Contact{contact(row)})
			require.NoError(t, err)
			return found
		}
		require.Empty(t, obsolete())
		require.True(t, b.checkIn(b.guardian, b.token(s), b.pupil.ID)[0].Late)
		require.Empty(t, obsolete(), "a code that waits for the host may be refused")
		_, err = b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
		require.NoError(t, err)
		require.Equal(t, map[model.ID]bool{row.ID: true}, obsolete(), "checked in again")
		require.Equal(t, Here, mine(own)[0].Status)
		require.False(t, mine(own)[0].Retracted)
		b.Set(&model.OutboxMessage{}, "status", model.OutboxSent, "kind = ?", message.KindRetracted)
		_, err = b.retract(b.teacher, s, b.pupil, model.SidePupil)
		require.NoError(t, err)
		require.Equal(t, map[model.ID]bool{row.ID: true}, obsolete(), "the later one tells it")
	})
}

// What was the guardian's is not told to the child.
func TestAGuardiansCheckInIsTakenBackWithoutTellingTheChild(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		own := b.PupilAccount(b.pupil)
		b.Consent(own)
		s := b.session(b.lecture(model.SideGuardian))
		b.checkIn(b.guardian, b.token(s), b.pupil.ID)
		_, err := b.retract(b.teacher, s, b.pupil, model.SideGuardian)
		require.NoError(t, err)
		require.Equal(t, []model.ID{b.guardian.AccountID}, slices.Collect(maps.Keys(b.messages(message.KindRetracted))))
	})
}
