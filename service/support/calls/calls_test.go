package calls

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/identity"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// bundle is a pupil with a guardian, and calls to that guardian in two queues.
type bundle struct {
	*storetest.Fixture
	st                    *store.Store
	svc                   *Service
	tree                  storetest.Tree
	pupil                 *model.Pupil
	guardian, counsellor  model.Actor
	lesson, soon, booking model.ID // calls, soon due before lesson
}

func setup(t *testing.T, st *store.Store) *bundle {
	t.Helper()
	keys := storetest.Vault(t)
	phones := family.NewPhones(st, keys)
	b := &bundle{Fixture: storetest.NewFixture(t, st), st: st, svc: New(st, phones, family.NewMarks(keys), nil, identity.Directory{}, audit.New(st, keys, identity.Directory{}, nil))}
	b.tree = b.Tree()
	b.pupil = b.Pupil(b.tree.Class)
	b.guardian, b.counsellor = b.Guardian(b.pupil), b.Staff(model.RoleCounsellor, b.tree.School)
	require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return phones.Keep(tx, b.guardian.AccountID, "13800001234") }))
	b.lesson = b.call(model.QueueClass, b.tree.Class, time.Hour)
	b.soon = b.call(model.QueueClass, b.tree.Class, time.Minute)
	b.booking = b.call(model.QueueCounsel, b.tree.School, time.Hour)
	b.call(model.QueueClass, b.tree.Class, -shown-time.Minute) // no longer of use
	return b
}

// call adds a call to the guardian.
func (b *bundle) call(queue model.CallQueue, unit *model.Unit, due time.Duration) model.ID {
	row := &model.CallTask{ID: b.st.NewID(), Queue: queue, UnitID: unit.ID, OwnerID: b.counsellor.AccountID, PupilID: b.pupil.ID, RecipientID: b.guardian.AccountID,
		Kind: "k", CauseKind: "booking", CauseID: b.st.NewID(), Reason: "no_leave", DueAt: b.st.Now().Add(due), CreatedAt: b.st.Now()}
	b.Insert(row)
	return row.ID
}

func (b *bundle) list(t *testing.T, actor model.Actor, in CallsIn) []Call {
	t.Helper()
	p, err := b.svc.Calls(t.Context(), actor, in)
	require.NoError(t, err)
	return p.Items
}

func ids(calls []Call) []model.ID {
	out := []model.ID{}
	for _, c := range calls {
		out = append(out, c.ID)
	}
	return out
}

func TestCallsAreListedForThoseResponsible(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		b := setup(t, st)
		teacher, nextDoor := b.Staff(model.RoleTeacher, b.tree.Class), b.Staff(model.RoleTeacher, b.tree.OtherClass)

		t.Run("a teacher sees the class's, soonest first, and none about a booking", func(t *testing.T) {
			require.Equal(t, []model.ID{b.soon, b.lesson}, ids(b.list(t, teacher, CallsIn{})))
		})
		t.Run("a counsellor sees their own, a manager all, but of counselling only that a call waits", func(t *testing.T) {
			require.Equal(t, []model.ID{b.booking}, ids(b.list(t, b.counsellor, CallsIn{})))
			manager := b.Staff(model.RoleManager, b.tree.School)
			calls := b.list(t, manager, CallsIn{})
			require.Equal(t, []model.ID{b.soon, b.lesson, b.booking}, ids(calls))
			require.Equal(t, b.pupil.ID, calls[0].PupilID)
			waits := calls[2]
			require.Equal(t, []any{model.ID(0), "", model.Relation(""), model.ID(0), "", model.ID(0)}, []any{waits.PupilID, waits.PupilName, waits.Relation, waits.AccountID, waits.Phone, waits.CauseID})
			_, err := b.svc.CallDone(t.Context(), manager, b.booking, model.CallReached)
			require.ErrorIs(t, err, model.NotFound("call"))
		})
		t.Run("a counsellor who works elsewhere now sees none", func(t *testing.T) {
			b.Set(&model.Grant{}, "revoked_at", b.st.Now(), "account_id = ?", b.counsellor.AccountID)
			former := model.Actor{AccountID: b.counsellor.AccountID, Roles: []model.RoleAt{{Role: model.RoleCounsellor, UnitID: b.Tree().County.ID}}}
			require.Empty(t, b.list(t, former, CallsIn{}))
			_, err := b.svc.CallDone(t.Context(), former, b.booking, model.CallReached)
			require.ErrorIs(t, err, model.NotFound("call"))
			colleague := b.list(t, b.Staff(model.RoleCounsellor, b.tree.School), CallsIn{})
			require.Equal(t, []model.ID{b.booking}, ids(colleague), "a colleague makes the calls that are left")
			require.Equal(t, b.pupil.Name, colleague[0].PupilName)
			b.Set(&model.Grant{}, "revoked_at", nil, "account_id = ?", b.counsellor.AccountID)
		})
		t.Run("who took the counsellor's role does not have an own colleague call", func(t *testing.T) {
			manager, colleague, other := b.Staff(model.RoleManager, b.tree.School), b.Staff(model.RoleCounsellor, b.tree.School), b.Staff(model.RoleCounsellor, b.tree.Town)
			for column, value := range map[string]any{"revoked_at": b.st.Now(), "revoked_by": manager.AccountID} {
				b.Set(&model.Grant{}, column, value, "account_id = ?", b.counsellor.AccountID)
			}
			b.Set(&model.Grant{}, "granted_by", manager.AccountID, "account_id = ?", colleague.AccountID)
			require.Empty(t, b.list(t, colleague, CallsIn{}))
			_, err := b.svc.CallDone(t.Context(), colleague, b.booking, model.CallReached)
			require.ErrorIs(t, err, model.NotFound("call"))
			require.Equal(t, []model.ID{b.booking}, ids(b.list(t, other, CallsIn{})), "the town's counsellor has the role from another")
			waits := b.list(t, manager, CallsIn{})[2]
			require.Equal(t, []any{b.booking, ""}, []any{waits.ID, waits.PupilName}, "that it waits is seen")
			b.Set(&model.Grant{}, "granted_by", b.Staff(model.RoleManager, b.tree.School).AccountID, "account_id = ?", colleague.AccountID)
			require.Equal(t, []model.ID{b.booking}, ids(b.list(t, colleague, CallsIn{})), "from another manager")
			b.Set(&model.Grant{}, "revoked_at", nil, "account_id = ?", b.counsellor.AccountID)
		})
		t.Run("others see and make none", func(t *testing.T) {
			for _, stranger := range []model.Actor{nextDoor, b.guardian, b.Staff(model.RoleDuty, b.tree.County), b.Staff(model.RoleCounsellor, b.tree.School)} {
				require.Empty(t, b.list(t, stranger, CallsIn{}))
				_, err := b.svc.CallDone(t.Context(), stranger, b.lesson, model.CallReached)
				require.ErrorIs(t, err, model.NotFound("call"))
			}
		})
		t.Run("a call shows whom to telephone", func(t *testing.T) {
			first := b.list(t, teacher, CallsIn{PageRequest: store.PageRequest{Limit: 1}})[0]
			require.Equal(t, []any{b.pupil.Name, "13800001234", model.RelationMother, b.tree.Class.ID}, []any{first.PupilName, first.Phone, first.Relation, first.UnitID})
		})
		t.Run("who saw a number is kept, and only the calls about the class are shown to guardians", func(t *testing.T) {
			about := "action = 'read' AND subject = 'contact' AND subject_id = ? AND pupil_id = ? AND actor_id = ? AND actor_role = ? AND withheld = ?"
			require.Positive(t, b.Count(&model.AuditEntry{}, about, b.guardian.AccountID, b.pupil.ID, teacher.AccountID, model.RoleTeacher, false))
			require.Positive(t, b.Count(&model.AuditEntry{}, about, b.guardian.AccountID, b.pupil.ID, b.counsellor.AccountID, model.RoleCounsellor, true))
			require.Zero(t, b.Count(&model.AuditEntry{}, "actor_id = ?", nextDoor.AccountID), "who saw none")
		})
		t.Run("page by page", func(t *testing.T) {
			p, err := b.svc.Calls(t.Context(), teacher, CallsIn{PageRequest: store.PageRequest{Limit: 1}})
			require.NoError(t, err)
			require.Equal(t, []model.ID{b.lesson}, ids(b.list(t, teacher, CallsIn{PageRequest: store.PageRequest{Cursor: p.NextCursor}})))
			_, err = b.svc.Calls(t.Context(), teacher, CallsIn{PageRequest: store.PageRequest{Cursor: "x.1"}})
			require.ErrorIs(t, err, store.ErrCursor)
		})
		t.Run("they follow the pupil to another class", func(t *testing.T) {
			b.Set(b.pupil, "class_id", b.tree.OtherClass.ID)
			require.Empty(t, b.list(t, teacher, CallsIn{}))
			require.Equal(t, []model.ID{b.soon, b.lesson}, ids(b.list(t, nextDoor, CallsIn{})))
		})
	})
}

func TestOfTheDutyOfficersCallsManagersSeeWhatTheyAreTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		b := setup(t, st)
		town := b.tree.Town
		manager, other, above := b.Staff(model.RoleManager, town), b.Staff(model.RoleManager, town), b.Staff(model.RoleManager, b.tree.County)
		officer, colleague := b.Staff(model.RoleDuty, town), b.Staff(model.RoleDuty, b.tree.County)
		alert := b.st.NewID()
		task := func(to model.Actor) model.ID {
			row := &model.CallTask{ID: b.st.NewID(), Queue: model.QueueDuty, UnitID: town.ID, RecipientID: to.AccountID,
				Kind: "alert_waiting", CauseKind: "alert", CauseID: alert, Reason: "escalation", DueAt: b.st.Now().Add(time.Hour), CreatedAt: b.st.Now()}
			b.Insert(row)
			return row.ID
		}
		ofDuty := func(actor model.Actor) []Call {
			return slices.DeleteFunc(b.list(t, actor, CallsIn{}), func(c Call) bool { return c.Kind != "alert_waiting" })
		}
		first := task(officer)
		for who, actor := range map[string]model.Actor{"manager": manager, "manager above": above, "officer": officer} {
			require.Empty(t, ofDuty(actor), who)
		}
		require.Equal(t, []model.ID{first}, ids(ofDuty(colleague)), "a colleague calls")
		require.Equal(t, alert, ofDuty(colleague)[0].CauseID)

		second := task(manager)
		told := ofDuty(manager)
		require.Equal(t, []model.ID{second}, ids(told), "where nobody is on duty, managers are told, and see that they are")
		require.Equal(t, []any{model.ID(0), model.ID(0), ""}, []any{told[0].CauseID, told[0].AccountID, told[0].Phone})
		require.Empty(t, ofDuty(other))
		require.Empty(t, ofDuty(above))
		for _, actor := range []model.Actor{manager, other, above} {
			_, err := b.svc.CallDone(t.Context(), actor, second, model.CallReached)
			require.ErrorIs(t, err, model.NotFound("call"))
		}
		b.Set(&model.Grant{}, "revoked_at", b.st.Now(), "account_id = ?", manager.AccountID)
		former := model.Actor{AccountID: manager.AccountID}
		require.Empty(t, ofDuty(former), "a former manager sees none")
	})
}

func TestACallIsDoneOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		b := setup(t, st)
		teacher, manager := b.Staff(model.RoleTeacher, b.tree.Class), b.Staff(model.RoleManager, b.tree.School)
		done := func(actor model.Actor, outcome model.CallOutcome) error {
			_, err := b.svc.CallDone(t.Context(), actor, b.lesson, outcome)
			return err
		}

		t.Run("an unknown outcome is refused", func(t *testing.T) {
			require.ErrorIs(t, done(teacher, "x"), errOutcome)
		})
		t.Run("one that nobody took up may be tried again", func(t *testing.T) {
			require.NoError(t, done(teacher, model.CallNoAnswer))
			require.NoError(t, done(teacher, model.CallNoAnswer))
		})
		require.NoError(t, done(teacher, model.CallReached))
		t.Run("a repeat is accepted, another outcome or another caller is not", func(t *testing.T) {
			require.NoError(t, done(teacher, model.CallReached))
			require.ErrorIs(t, done(manager, model.CallReached), errCallDone)
			require.ErrorIs(t, done(teacher, model.CallNotNeeded), errCallDone)
			require.Equal(t, 4, b.Count(&model.AuditEntry{}, "action = 'write' AND actor_id = ?", teacher.AccountID), "each outcome said is kept, none that was refused")
		})
		t.Run("it is listed among those done, without the number", func(t *testing.T) {
			require.Equal(t, []model.ID{b.soon}, ids(b.list(t, teacher, CallsIn{})))
			made := b.list(t, teacher, CallsIn{Done: true})
			require.Equal(t, []model.ID{b.lesson}, ids(made))
			require.Empty(t, made[0].Phone)
		})
		t.Run("one of fifty who call at the same moment has made it", func(t *testing.T) {
			racers := make([]model.Actor, 50)
			for i := range racers {
				racers[i] = b.Staff(model.RoleTeacher, b.tree.Class)
			}
			errs := storetest.Contend(len(racers), func(i int) error {
				_, err := b.svc.CallDone(t.Context(), racers[i], b.soon, model.CallReached)
				return err
			})
			require.Equal(t, map[string]int{"": 1, errCallDone.Code: 49}, storetest.Codes(t, errs))
		})
	})
}
