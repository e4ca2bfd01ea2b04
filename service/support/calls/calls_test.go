package calls

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestCallsAreMadeOnceByThoseResponsible(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		phones := family.NewPhones(st, storetest.Vault(t))
		svc, f := New(st, phones, nil), storetest.NewFixture(t, st)
		tree := f.Tree()
		pupil := f.Pupil(tree.Class)
		guardian := f.Guardian(pupil)
		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return phones.Keep(tx, guardian.AccountID, "13800001234") }))
		counsellor := f.Staff(model.RoleCounsellor, tree.School)
		teacher, nextDoor := f.Staff(model.RoleTeacher, tree.Class), f.Staff(model.RoleTeacher, tree.OtherClass)
		manager := f.Staff(model.RoleManager, tree.School)
		task := func(queue model.CallQueue, unit model.ID, due time.Duration) model.ID {
			row := &model.CallTask{ID: st.NewID(), Queue: queue, UnitID: unit, OwnerID: counsellor.AccountID, PupilID: pupil.ID, RecipientID: guardian.AccountID,
				Kind: "k", CauseKind: "booking", CauseID: st.NewID(), Reason: "no_leave", DueAt: st.Now().Add(due), CreatedAt: st.Now()}
			f.Insert(row)
			return row.ID
		}
		lesson, soon, booking := task(model.QueueClass, tree.Class.ID, time.Hour), task(model.QueueClass, tree.Class.ID, time.Minute), task(model.QueueCounsel, tree.School.ID, time.Hour)
		task(model.QueueClass, tree.Class.ID, -shown-time.Minute) // long of no use
		list := func(actor model.Actor, in CallsIn) []Call {
			t.Helper()
			p, err := svc.Calls(t.Context(), actor, in)
			require.NoError(t, err)
			return p.Items
		}
		ids := func(calls []Call) []model.ID {
			out := []model.ID{}
			for _, c := range calls {
				out = append(out, c.ID)
			}
			return out
		}
		require.Equal(t, []model.ID{soon, lesson}, ids(list(teacher, CallsIn{})), "no teacher learns of a booking")
		require.Equal(t, []model.ID{booking}, ids(list(counsellor, CallsIn{})))
		require.Equal(t, []model.ID{soon, lesson, booking}, ids(list(manager, CallsIn{})))
		for _, stranger := range []model.Actor{nextDoor, guardian, f.Staff(model.RoleDuty, tree.County), f.Staff(model.RoleCounsellor, tree.School)} {
			require.Empty(t, list(stranger, CallsIn{}))
			_, err := svc.CallDone(t.Context(), stranger, lesson, model.CallReached)
			require.ErrorIs(t, err, model.NotFound("call"))
		}
		first := list(teacher, CallsIn{PageRequest: store.PageRequest{Limit: 1}})
		require.Equal(t, []any{pupil.Name, "13800001234", model.RelationMother, tree.Class.ID}, []any{first[0].PupilName, first[0].Phone, first[0].Relation, first[0].UnitID})
		p, err := svc.Calls(t.Context(), teacher, CallsIn{PageRequest: store.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, []model.ID{lesson}, ids(list(teacher, CallsIn{PageRequest: store.PageRequest{Cursor: p.NextCursor}})))
		_, err = svc.Calls(t.Context(), teacher, CallsIn{PageRequest: store.PageRequest{Cursor: "x.1"}})
		require.ErrorIs(t, err, store.ErrCursor)

		require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error {
			return tx.Model(pupil).Update("class_id", tree.OtherClass.ID).Error
		}))
		require.Empty(t, list(teacher, CallsIn{}), "the pupil has moved")
		require.Equal(t, []model.ID{soon, lesson}, ids(list(nextDoor, CallsIn{})))

		done := func(actor model.Actor, outcome model.CallOutcome) error {
			_, err := svc.CallDone(t.Context(), actor, lesson, outcome)
			return err
		}
		require.ErrorIs(t, done(nextDoor, "x"), errOutcome)
		require.NoError(t, done(nextDoor, model.CallNoAnswer))
		require.NoError(t, done(nextDoor, model.CallNoAnswer))
		require.NoError(t, done(nextDoor, model.CallReached), "tried again")
		require.NoError(t, done(nextDoor, model.CallReached))
		require.ErrorIs(t, done(manager, model.CallReached), errCallDone)
		require.ErrorIs(t, done(nextDoor, model.CallNotNeeded), errCallDone)
		require.Equal(t, []model.ID{soon}, ids(list(nextDoor, CallsIn{})))
		made := list(nextDoor, CallsIn{Done: true})
		require.Equal(t, []model.ID{lesson}, ids(made))
		require.Empty(t, made[0].Phone, "no number for a call that was made")

		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 50 {
			racer := f.Staff(model.RoleTeacher, tree.OtherClass)
			wg.Go(func() {
				if _, err := svc.CallDone(t.Context(), racer, soon, model.CallReached); err == nil {
					mu.Lock()
					defer mu.Unlock()
					won++
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, won)
	})
}
