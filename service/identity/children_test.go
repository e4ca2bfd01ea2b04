package identity

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/family"
	"xinyu/service/platform/store/storetest"
)

// enrol adds a pupil as a roster import would, and returns the claim that fits it.
func (b *bundle) enrol(class *model.Unit, name, studentNo string) (*model.Pupil, Claim) {
	b.t.Helper()
	p := b.Pupil(class)
	b.Set(p, "name", name)
	b.Set(p, "student_no_hash", b.vault.LookupHash(model.StudentNoField, model.NormalStudentNo(studentNo)))
	b.number(p, studentNo)
	return p, Claim{ClassCode: class.Code, Name: name, StudentNo: studentNo}
}

func (b *bundle) bind(actor model.Actor, c Claim) (ChildView, error) {
	bound, err := b.BindChild(b.t.Context(), actor, c, model.RelationMother)
	require.Nil(b.t, bound.Waiting)
	return bound.Bound, err
}

func TestBindingAChildGivesItsGuardianTheRole(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		pupil, claim := b.enrol(tree.Class, "王芳", "G320623A")
		actor := b.Account()
		token := b.login(actor)
		require.Empty(b.t, b.actor(token).Roles)

		want := ChildView{PupilView: PupilView{ID: pupil.ID, Name: "王芳", ClassID: tree.Class.ID, ClassName: tree.Class.Name, SchoolName: tree.School.Name,
			NeedsConsent: []model.Purpose{model.PurposeLearning, model.PurposeCounselling}}, Relation: model.RelationMother, OtherGuardians: []BoundView{}}
		for range 2 { // again is the same child
			child, err := b.bind(actor, claim)
			require.NoError(b.t, err)
			require.Equal(b.t, want, child)
		}
		require.Equal(b.t, []model.RoleAt{{Role: model.RoleGuardian, UnitID: tree.Class.ID}}, b.actor(token).Roles, "at once, not when the cache ends")

		_, err := b.GiveConsent(b.t.Context(), actor, model.PurposeLearning, consentVersions[model.PurposeLearning])
		require.NoError(b.t, err)
		me, err := b.Me(b.t.Context(), b.actor(token))
		require.NoError(b.t, err)
		want.NeedsConsent = []model.Purpose{model.PurposeCounselling}
		require.Equal(b.t, []ChildView{want}, me.Children)
		require.Nil(b.t, me.Pupil)

		require.NoError(b.t, b.UnbindChild(b.t.Context(), actor, pupil.ID))
		require.Empty(b.t, b.actor(token).Roles)
		require.ErrorIs(b.t, b.UnbindChild(b.t.Context(), actor, pupil.ID), model.NotFound("child"))
	})
}

func TestAClaimIsReadAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	b := setup(t, storetest.SQLite(t), storetest.InProcessRedis(t))
	class := b.Tree().Class
	_, claim := b.enrol(class, "王芳", "G320623A")
	for _, typed := range []Claim{
		claim,
		{ClassCode: " " + class.Code + " ", Name: "王　芳", StudentNo: "ｇ３２０６２３ａ"},
		{ClassCode: class.Code, Name: " 王 芳", StudentNo: "g 320623 a "},
	} {
		_, err := b.bind(b.Account(), typed)
		if errors.Is(err, family.ErrGuardiansFull) { // it was matched: that is all that is asked here
			err = nil
		}
		require.NoError(t, err, "%q", typed)
	}
}

func TestEveryWrongClaimGetsTheSameError(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		_, right := b.enrol(tree.Class, "王芳", "G1")
		_, other := b.enrol(tree.Class, "李明", "G2")
		left, gone := b.enrol(tree.Class, "张伟", "G3")
		b.Set(left, "departed_at", b.store.Now())
		for name, claim := range map[string]Claim{
			"unknown class":       {ClassCode: "NOSUCH", Name: right.Name, StudentNo: right.StudentNo},
			"another class":       {ClassCode: tree.OtherClass.Code, Name: right.Name, StudentNo: right.StudentNo},
			"a school's code":     {ClassCode: tree.School.Code, Name: right.Name, StudentNo: right.StudentNo},
			"wrong name":          {ClassCode: right.ClassCode, Name: "王方", StudentNo: right.StudentNo},
			"empty name":          {ClassCode: right.ClassCode, Name: "", StudentNo: right.StudentNo},
			"unknown number":      {ClassCode: right.ClassCode, Name: right.Name, StudentNo: "G9"},
			"another's number":    {ClassCode: right.ClassCode, Name: right.Name, StudentNo: other.StudentNo},
			"departed":            gone,
			"a number of control": {ClassCode: right.ClassCode, Name: right.Name, StudentNo: "\x00"},
		} {
			_, err := b.bind(b.Account(), claim)
			require.Equal(b.t, errNotMatched, err, name)
		}
		b.Set(tree.Class, "archived_at", b.store.Now())
		_, err := b.bind(b.Account(), right)
		require.Equal(b.t, errNotMatched, err, "archived class")
	})
}

func TestWrongClaimsAreSlowedByAccount(t *testing.T) {
	t.Parallel()
	b := setup(t, storetest.SQLite(t), storetest.InProcessRedis(t))
	class := b.Tree().Class
	_, right := b.enrol(class, "王芳", "G1")
	actor := b.Account()
	for range 10 { // right ones cost nothing
		_, err := b.bind(actor, right)
		require.NoError(t, err)
	}
	for i := range claimsPerAccount.Count {
		_, err := b.bind(actor, Claim{ClassCode: class.Code, Name: "王芳", StudentNo: fmt.Sprint("X", i)})
		require.ErrorIs(t, err, errNotMatched)
	}
	_, err := b.bind(actor, right)
	require.Equal(t, model.KindTooMany, model.KindOf(err))
	var e *model.Error
	require.ErrorAs(t, err, &e)
	require.Positive(t, e.RetryAfter)
	require.LessOrEqual(t, e.RetryAfter, time.Hour)
	_, err = b.BindPupil(t.Context(), actor, right)
	require.Equal(t, model.KindTooMany, model.KindOf(err), "both ways of claiming share the tries")
	_, err = b.bind(b.Account(), right)
	require.NoError(t, err, "others go on")
}

func TestOfFiftyRacingGuardiansTwoAreBound(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		pupil, _ := b.enrol(b.Tree().Class, "王芳", "G1")
		var actors [50]model.Actor
		for i := range actors {
			actors[i] = b.Account()
		}
		errs := storetest.Contend(2*len(actors), func(i int) error { // each of them taps twice
			_, err := b.bindChild(context.Background(), actors[i/2], pupil.ID, model.RelationOther)
			return err
		})
		require.Equal(b.t, map[string]int{"": 2 * model.MaxGuardians, family.ErrGuardiansFull.Code: 100 - 2*model.MaxGuardians}, storetest.Codes(b.t, errs))
		var seats []int
		require.NoError(b.t, b.store.Read(b.t.Context()).Model(&model.Guardianship{}).Where("pupil_id = ?", pupil.ID).Order("seat").Pluck("seat", &seats).Error)
		require.Equal(b.t, []int{1, 2}, seats)
	})
}

// The unique index decides where locks do not reach (another node of a cluster).
func TestASeatIsNeverTakenTwice(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		pupil := b.Pupil(b.Tree().Class)
		b.Bind(b.Account(), pupil)
		second := b.Account().AccountID
		err := b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
			return tx.Create(&model.Guardianship{AccountID: second, PupilID: pupil.ID, Seat: 1, Relation: model.RelationOther, CreatedAt: b.store.Now()}).Error
		})
		require.ErrorIs(b.t, err, gorm.ErrDuplicatedKey)
	})
}

func TestAFreedSeatIsTakenAgain(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		pupil, claim := b.enrol(b.Tree().Class, "王芳", "G1")
		first := b.Account()
		for _, actor := range []model.Actor{first, b.Account()} {
			_, err := b.bind(actor, claim)
			require.NoError(b.t, err)
		}
		third := b.Account()
		_, err := b.bind(third, claim)
		require.ErrorIs(b.t, err, family.ErrGuardiansFull)
		require.NoError(b.t, b.UnbindChild(b.t.Context(), first, pupil.ID))
		_, err = b.bind(third, claim)
		require.NoError(b.t, err)
	})
}

// A father who watched before he bound the child covers it at once.
func TestWhatTheGuardianWatchedCountsForANewChild(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		_, claim := b.enrol(tree.Class, "王芳", "G1")
		actor := b.Account()
		done := b.Lesson(tree.County, 60, model.SideGuardian)
		begun := b.Lesson(tree.School, 60, model.SideGuardian, model.SidePupil)
		opened := b.Lesson(tree.County, 60, model.SideGuardian)
		ours := b.Lesson(tree.County, 60, model.SidePupil) // watched beside another child: no lesson of guardians'
		started := b.store.Now().Add(-time.Hour)
		completed := started.Add(time.Minute)
		progress := func(l *model.Lesson, started, completed *time.Time) {
			b.Insert(&model.LessonProgress{ViewerID: actor.AccountID, LessonID: l.ID, WatchID: b.store.NewID(), Bitmap: model.NewBitmap(60), StartedAt: started, CompletedAt: completed, UpdatedAt: b.store.Now()})
		}
		progress(done, &started, &completed)
		progress(begun, &started, nil)
		progress(opened, nil, nil)
		progress(ours, &started, &completed)
		for range 2 { // the second binding must not count twice
			_, err := b.bind(actor, claim)
			require.NoError(b.t, err)
		}
		figure := func(l *model.Lesson, side model.Side) coverage.Figure {
			f, err := b.coverage.Figures(b.t.Context(), l.Item(), side, []model.ID{tree.Class.ID})
			require.NoError(b.t, err)
			return f[tree.Class.ID]
		}
		require.Equal(b.t, coverage.Figure{Roster: 1, Started: 1, Covered: 1}, figure(done, model.SideGuardian))
		require.Equal(b.t, coverage.Figure{Roster: 1, Started: 1}, figure(begun, model.SideGuardian))
		require.Equal(b.t, coverage.Figure{Roster: 1}, figure(begun, model.SidePupil))
		require.Equal(b.t, coverage.Figure{Roster: 1}, figure(opened, model.SideGuardian))
		require.Equal(b.t, coverage.Figure{Roster: 1}, figure(ours, model.SideGuardian))
		var fact model.CoverageFact
		require.NoError(b.t, b.store.Read(b.t.Context()).Take(&fact, "item_id = ?", done.ID).Error)
		require.Equal(b.t, started, fact.StartedAt)
		require.Equal(b.t, completed, *fact.CoveredAt)
		require.Equal(b.t, model.CoverWatch, fact.How)
		require.NotZero(b.t, fact.CauseID)
	})
}
