package lecture

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) retract(actor model.Actor, s Session, pupil *model.Pupil, side model.Side) (Retracted, error) {
	b.t.Helper()
	return b.svc.Retract(b.t.Context(), actor, s.ID, pupil.ID, Retract{Reason: "点错了，今天请假", Side: side})
}

func (b *bundle) retractions(s Session) []Retracted {
	b.t.Helper()
	page, err := b.svc.Retractions(b.t.Context(), b.teacher, s.ID, store.PageRequest{})
	require.NoError(b.t, err)
	return page.Items
}

// exact checks that Redis holds what SQL holds, and SQL what the facts say.
func (b *bundle) exact() {
	b.t.Helper()
	drifted, err := b.engine.CheckDrift(b.t.Context())
	require.NoError(b.t, err)
	require.Zero(b.t, drifted)
	wrong, err := b.engine.Rebuild(b.t.Context(), nil)
	require.NoError(b.t, err)
	require.Zero(b.t, wrong)
}

// A whole class was ticked, and one of it is ill: the tick is taken back with
// what it covered, at every level; who did so, when and why stays.
func TestASlipOfTheRollCallIsTakenBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		ill := b.Pupil(b.tree.Class)
		levels := []*model.Unit{b.tree.Class, b.tree.School, b.tree.Town, b.tree.County}
		for _, u := range levels { // fills Redis
			require.Equal(t, coverage.Figure{Roster: 2}, b.figure(l, model.SidePupil, u))
		}
		_, err := b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID, ill.ID}})
		require.NoError(t, err)
		called := b.clock.Now()
		b.clock.Advance(time.Minute)
		got, err := b.retract(b.teacher, s, ill, "")
		require.NoError(t, err)
		require.NotZero(t, got.ID)
		want := Retracted{ID: got.ID, PupilID: ill.ID, Name: ill.Name, ClassID: b.tree.Class.ID, ClassName: b.tree.Class.Name, Side: model.SidePupil,
			Mode: model.CheckInRollCall, At: called, Reason: "点错了，今天请假", RetractedBy: b.teacher.AccountID, ByName: got.ByName, RetractedAt: b.clock.Now()}
		require.Equal(t, want, got)
		require.Equal(t, []Retracted{want}, b.retractions(s))
		for _, u := range levels {
			require.Equal(t, coverage.Figure{Roster: 2, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, u), u.Kind)
		}
		require.Nil(t, b.fact(l, model.SidePupil, ill))
		b.exact()
		roster, err := b.svc.Roster(t.Context(), b.teacher, s.ID, model.SidePupil, store.PageRequest{})
		require.NoError(t, err)
		require.Equal(t, RosterCounts{Total: 2, CheckedIn: 1, Missing: 1}, roster.Counts)

		var row model.CheckInRetraction
		require.NoError(t, b.st.Read(t.Context()).Take(&row).Error)
		require.NotContains(t, string(row.Reason), "请假", "it is encrypted")

		_, err = b.retract(b.teacher, s, ill, "")
		storetest.Refused(t, err, "check_in_not_found")
		_, err = b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: []model.ID{ill.ID}}) // it was the right tick after all
		require.NoError(t, err)
		require.Equal(t, coverage.Figure{Roster: 2, Started: 2, Covered: 2}, b.figure(l, model.SidePupil, b.tree.County))
		b.exact()
	})
}

func TestAScanIsTakenBackOnItsOwnSideOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		token := b.token(s)
		b.checkIn(b.guardian, token)
		got, err := b.retract(b.manager, s, b.pupil, model.SideGuardian)
		require.NoError(t, err)
		require.Equal(t, model.CheckInScan, got.Mode)
		require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SideGuardian, b.tree.County))
		require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, b.tree.County))
		b.clock.Advance(time.Hour - time.Minute)
		items := b.checkIn(b.guardian, token)
		require.True(t, items[1].Late, "the same code again waits for the host")
		require.Nil(t, b.fact(l, model.SideGuardian, b.pupil))
		_, err = b.retract(b.manager, s, b.pupil, model.SideGuardian)
		storetest.Refused(t, err, "check_in_not_counted")
		b.exact()
	})
}

// The code is still shown, or was sent on: what the host took back does not come
// back by it, until the host says so.
func TestACodeAfterARetractionWaitsForTheHost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		b.checkIn(b.guardian, b.token(s))
		_, err := b.retract(b.teacher, s, b.pupil, model.SidePupil)
		require.NoError(t, err)
		scan := func() CheckedIn {
			items := b.checkIn(b.guardian, b.token(s))
			require.Equal(t, []any{model.SideGuardian, "already", false}, []any{items[1].Side, items[1].Status, items[1].Late}, "the other side stands")
			return items[0]
		}
		waiting := func() []LateCheckIn {
			page, err := b.svc.LateCheckIns(t.Context(), b.teacher, s.ID, store.PageRequest{})
			require.NoError(t, err)
			return page.Items
		}
		for range 2 { // however often
			require.True(t, scan().Late)
			b.clock.Advance(stepSeconds * time.Second)
		}
		shown := b.svc.codes.digits(s.ID, stepAt(b.clock.Now()))
		byDigits, err := b.svc.CheckIn(t.Context(), b.guardian, CheckIn{Digits: shown, SessionID: s.ID})
		require.NoError(t, err)
		require.True(t, byDigits.Items[0].Late, "digits are no way round")
		require.Nil(t, b.fact(l, model.SidePupil, b.pupil))
		list := waiting()
		require.Len(t, list, 1)
		require.True(t, list[0].Retracted)
		b.exact()

		_, err = b.svc.RefuseLate(t.Context(), b.teacher, s.ID, []model.ID{list[0].ID})
		require.NoError(t, err)
		require.True(t, scan().Late, "refused it stays")
		require.Empty(t, waiting())
		require.Nil(t, b.fact(l, model.SidePupil, b.pupil))

		_, err = b.svc.ConfirmLate(t.Context(), b.teacher, s.ID, []model.ID{list[0].ID})
		require.NoError(t, err)
		require.NotNil(t, b.fact(l, model.SidePupil, b.pupil))
		_, err = b.retract(b.teacher, s, b.pupil, model.SidePupil)
		require.NoError(t, err)
		require.True(t, scan().Late)
		out, err := b.svc.RollCall(t.Context(), b.teacher, s.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
		require.NoError(t, err)
		require.Equal(t, 1, out.CheckedIn, "the roll call is the host's word")
		require.NotNil(t, b.fact(l, model.SidePupil, b.pupil))
		require.Equal(t, "already", scan().Status)

		other := b.session(l)
		require.False(t, b.checkIn(b.guardian, b.token(other))[0].Late, "another session knows nothing of it")
		b.exact()
	})
}

// Whom another session covers as well stays covered, by that one.
func TestWhatElseCoversStays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		first, second := b.session(l), b.session(l)
		b.checkIn(b.guardian, b.token(first))
		b.clock.Advance(time.Minute)
		at := b.clock.Now()
		b.checkIn(b.guardian, b.token(second))
		_, err := b.retract(b.teacher, first, b.pupil, "")
		require.NoError(t, err)
		fact := b.fact(l, model.SidePupil, b.pupil)
		require.Equal(t, at, *fact.CoveredAt)
		require.Equal(t, at, fact.StartedAt)
		var left model.CheckIn
		require.NoError(t, b.st.Read(t.Context()).Take(&left, "session_id = ?", second.ID).Error)
		require.Equal(t, left.ID, fact.CauseID)
		require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, b.tree.County))
		b.exact()

		// Again, and it is not what covers.
		_, err = b.svc.RollCall(t.Context(), b.teacher, first.ID, RollCall{PupilIDs: []model.ID{b.pupil.ID}})
		require.NoError(t, err)
		_, err = b.retract(b.teacher, first, b.pupil, "")
		require.NoError(t, err)
		require.Equal(t, left.ID, b.fact(l, model.SidePupil, b.pupil).CauseID)
		_, err = b.retract(b.teacher, second, b.pupil, "")
		require.NoError(t, err)
		require.Nil(t, b.fact(l, model.SidePupil, b.pupil))
		require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SidePupil, b.tree.County))
		b.exact()
	})
}

func TestADepartedPupilsCheckInIsTakenBackWithoutCounting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		b.Pupil(b.tree.Class)
		b.checkIn(b.guardian, b.token(s))
		var change coverage.Change
		require.NoError(t, b.st.Tx(t.Context(), func(tx *gorm.DB) (err error) {
			change, err = b.engine.Move(tx, []coverage.Move{{PupilID: b.pupil.ID, From: b.tree.Class.ID}})
			return err
		}))
		b.Set(b.pupil, "departed_at", b.clock.Now())
		b.engine.Publish(t.Context(), change)
		_, err := b.retract(b.teacher, s, b.pupil, "")
		require.NoError(t, err)
		require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SidePupil, b.tree.County))
		b.exact()
	})
}

func TestWhoTakesBackAndUntilWhen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		b.checkIn(b.guardian, b.token(s))
		refused := func(actor model.Actor, code string) {
			t.Helper()
			_, err := b.retract(actor, s, b.pupil, "")
			storetest.Refused(t, err, code)
		}
		refused(b.guardian, "host_only")
		refused(b.Staff(model.RoleTeacher, b.tree.School), "host_only")
		refused(b.Staff(model.RoleManager, b.tree.Class), "host_only")
		refused(b.Staff(model.RoleManager, b.Tree().School), "session_not_found")
		_, err := b.svc.Retractions(t.Context(), b.Staff(model.RoleTeacher, b.tree.School), s.ID, store.PageRequest{})
		storetest.Refused(t, err, "host_only")
		for _, reason := range []string{"", " \n ", "\u202e反"} {
			_, err := b.svc.Retract(t.Context(), b.teacher, s.ID, b.pupil.ID, Retract{Reason: reason})
			require.Equal(t, "reason", storetest.Refused(t, err, "reason_malformed").Field)
		}
		for _, other := range []*model.Pupil{b.Pupil(b.tree.Class), {ID: 5}} {
			_, err := b.retract(b.teacher, s, other, "")
			storetest.Refused(t, err, "check_in_not_found")
		}
		_, err = b.retract(b.teacher, s, b.pupil, model.SideGuardian)
		storetest.Refused(t, err, "check_in_not_found")
		b.clock.Set(s.EndsAt.Add(7*24*time.Hour + time.Millisecond))
		refused(b.teacher, "roll_closed")
		require.NotNil(t, b.fact(l, model.SidePupil, b.pupil))
		b.clock.Set(s.EndsAt.Add(7 * 24 * time.Hour))
		_, err = b.retract(b.teacher, s, b.pupil, "")
		require.NoError(t, err)
	})
}

func TestContendersTakeBackOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		s := b.session(l)
		b.checkIn(b.guardian, b.token(s))
		require.Equal(t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, b.figure(l, model.SidePupil, b.tree.County))
		errs := storetest.Contend(30, func(int) error {
			_, err := b.retract(b.teacher, s, b.pupil, "")
			return err
		})
		require.Equal(t, map[string]int{"": 1, "check_in_not_found": 29}, storetest.Codes(t, errs))
		require.Len(t, b.retractions(s), 1)
		require.Equal(t, coverage.Figure{Roster: 1}, b.figure(l, model.SidePupil, b.tree.County))
		b.exact()
	})
}

// Random histories of check-ins, roll calls, late claims and what is taken back
// of them, several at a time on the same pupils: a pupil is covered by exactly
// what counts, at every level, in SQL and in Redis.
func TestRandomHistoriesOfCheckInsAndRetractions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		sessions := []Session{b.session(l), b.session(l), b.session(l)}
		pupils := []*model.Pupil{b.pupil}
		guardians := []model.Actor{b.guardian}
		for i := range 5 {
			p := b.Pupil([]*model.Unit{b.tree.Class, b.tree.OtherClass}[i%2])
			pupils, guardians = append(pupils, p), append(guardians, b.Guardian(p))
		}
		stale := make([]string, len(sessions))
		for i, s := range sessions {
			stale[i] = b.token(s)
		}
		b.clock.Advance(time.Minute)
		sides := []model.Side{model.SidePupil, model.SideGuardian}
		ctx := t.Context()
		act := func(r *rand.Rand) error {
			n, i, side := r.IntN(len(sessions)), r.IntN(len(pupils)), sides[r.IntN(2)]
			s := sessions[n]
			switch r.IntN(6) {
			case 0:
				_, err := b.svc.CheckIn(ctx, guardians[i], CheckIn{Token: b.svc.codes.token(s.ID, stepAt(b.clock.Now()))})
				return err
			case 1:
				_, err := b.svc.CheckIn(ctx, guardians[i], CheckIn{Token: stale[n]})
				return err
			case 2:
				page, err := b.svc.LateCheckIns(ctx, b.teacher, s.ID, store.PageRequest{})
				if err != nil || len(page.Items) == 0 {
					return err
				}
				_, err = b.svc.ConfirmLate(ctx, b.teacher, s.ID, []model.ID{page.Items[r.IntN(len(page.Items))].ID})
				return expected(err, "check_in_unknown") // taken back meanwhile
			case 3:
				_, err := b.svc.RollCall(ctx, b.teacher, s.ID, RollCall{PupilIDs: []model.ID{pupils[i].ID, pupils[(i+1)%len(pupils)].ID}, Side: side})
				return err
			default:
				_, err := b.svc.Retract(ctx, b.teacher, s.ID, pupils[i].ID, Retract{Reason: "点错", Side: side})
				return expected(err, "check_in_not_found", "check_in_not_counted")
			}
		}
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		for round := range uint64(4) {
			var wg sync.WaitGroup
			for worker := range uint64(3) {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(seed, round*10+worker))
					for range 20 {
						if err := act(r); err != nil {
							t.Errorf("round %d: %v", round, err)
							return
						}
						if _, err := b.engine.Figures(ctx, l.Item(), model.SidePupil, []model.ID{b.tree.County.ID}); err != nil { // keeps loaders busy
							t.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.agree(l, pupils)
		}
		b.exact()
	})
}

// expected is nil for one of the refusals that a history brings with it.
func expected(err error, codes ...string) error {
	if refusal := new(model.Error); errors.As(err, &refusal) && slices.Contains(codes, refusal.Code) {
		return nil
	}
	return err
}

// agree compares facts and figures with the check-ins that count. The figures are
// those after the job that compares Redis with SQL: what a loader reads between a
// change's commit and its publication is counted twice until then.
func (b *bundle) agree(l *model.Lecture, pupils []*model.Pupil) {
	b.t.Helper()
	_, err := b.engine.CheckDrift(b.t.Context())
	require.NoError(b.t, err)
	var rows []model.CheckIn
	require.NoError(b.t, b.st.Read(b.t.Context()).Find(&rows).Error)
	for _, side := range []model.Side{model.SidePupil, model.SideGuardian} {
		covered := map[model.ID]int{}
		for _, p := range pupils {
			causes := []model.ID{}
			for _, c := range rows {
				if c.PupilID == p.ID && c.Side == side && c.Counts() {
					causes = append(causes, c.ID)
				}
			}
			fact := b.fact(l, side, p)
			if len(causes) == 0 {
				require.Nil(b.t, fact)
				continue
			}
			require.NotNil(b.t, fact)
			require.NotNil(b.t, fact.CoveredAt)
			require.Contains(b.t, causes, fact.CauseID)
			for _, u := range []model.ID{p.ClassID, b.tree.School.ID, b.tree.Town.ID, b.tree.County.ID} {
				covered[u]++
			}
		}
		for _, u := range []*model.Unit{b.tree.Class, b.tree.OtherClass, b.tree.School, b.tree.Town, b.tree.County} {
			f := b.figure(l, side, u)
			require.Equal(b.t, [2]int{covered[u.ID], covered[u.ID]}, [2]int{f.Started, f.Covered}, "%s %s", side, u.Kind)
		}
	}
}
