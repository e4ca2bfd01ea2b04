package identity

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store/storetest"
)

// enrolFresh puts a pupil without a student number on the roster.
func (b *bundle) enrolFresh(class *model.Unit, name string, birth model.Date) (*model.Pupil, Claim) {
	b.t.Helper()
	p := b.Pupil(class)
	b.Set(p, "name", name)
	b.Set(p, "birth_date", birth)
	b.Set(p, "student_no_hash", family.NoNumberHash(b.vault, p.ID))
	sealed, err := b.vault.Seal(model.StudentNoField, p.ID, "")
	require.NoError(b.t, err)
	b.Set(p, "student_no", sealed)
	return p, Claim{ClassCode: class.Code, Name: name, BirthDate: birth}
}

func TestAPupilWithoutANumberIsBoundByBirthDateOnceATeacherConfirms(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, claim := b.enrolFresh(tree.Class, "新生", "2019-09-01")
		numbered, byNumber := b.enrol(tree.Class, "王芳", "G900")
		b.Set(numbered, "birth_date", "2019-09-02")

		// It waits even where the school's rule is that claims are good at once.
		_, err := b.SetClaimRule(ctx, b.Staff(model.RoleManager, tree.Class), tree.Class.ID, ClaimsAtOnce)
		require.NoError(b.t, err)
		asker := b.Account()
		asked := b.ask(asker, claim, model.RelationMother)
		require.Len(b.t, b.claims(asker), 1)
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		require.Equal(b.t, pupil.ID, b.waiting(teacher, tree.Class)[0].PupilID)
		b.ask(b.Account(), claim, "") // the pupil's own account waits too
		require.NoError(b.t, b.ConfirmClaim(ctx, teacher, asked.ID))
		require.Equal(b.t, 1, b.Count(&model.Guardianship{}, "pupil_id = ? AND account_id = ?", pupil.ID, asker.AccountID))

		for name, wrong := range map[string]Claim{
			"another birth date":           {ClassCode: claim.ClassCode, Name: claim.Name, BirthDate: "2019-09-03"},
			"another class":                {ClassCode: tree.OtherClass.Code, Name: claim.Name, BirthDate: claim.BirthDate},
			"one who has a number":         {ClassCode: byNumber.ClassCode, Name: byNumber.Name, BirthDate: "2019-09-02"},
			"a number where there is none": {ClassCode: claim.ClassCode, Name: claim.Name, StudentNo: "G901"},
			"no date at all":               {ClassCode: claim.ClassCode, Name: claim.Name, BirthDate: "x"},
		} {
			_, err := b.BindChild(ctx, b.Account(), wrong, model.RelationFather)
			require.ErrorIs(b.t, err, errNotMatched, name)
		}
		_, err = b.BindChild(ctx, b.Account(), Claim{ClassCode: claim.ClassCode, Name: claim.Name}, model.RelationFather)
		storetest.Refused(b.t, err, "claim_incomplete")

		// Once the number has come, the birth date is of no use.
		b.Set(pupil, "student_no_hash", b.vault.LookupHash(model.StudentNoField, "G777"))
		_, err = b.BindChild(ctx, b.Account(), claim, model.RelationFather)
		require.ErrorIs(b.t, err, errNotMatched)
	})
}

func TestABirthDateIsNotGuessed(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		_, right := b.enrolFresh(tree.Class, "新生", "2019-09-01")
		errs := storetest.Contend(60, func(i int) error {
			c := right
			c.BirthDate = model.Date(fmt.Sprintf("2019-%02d-%02d", 1+i/28, 1+i%28))
			_, err := b.BindChild(b.t.Context(), model.Actor{AccountID: model.ID(1000 + i)}, c, model.RelationMother)
			return err
		})
		codes := storetest.Codes(b.t, errs)
		require.Equal(b.t, family.TriesPerDay, codes[errNotMatched.Code])
		require.Equal(b.t, len(errs)-family.TriesPerDay, codes["child_tries_spent"])
		_, err := b.BindChild(b.t.Context(), b.Account(), right, model.RelationMother)
		storetest.Refused(b.t, err, "child_tries_spent")
	})
}

func TestAClassWithoutNumbersHasTheRuleOfTheOthers(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree := b.Tree()
		b.enrolFresh(tree.OtherClass, "甲甲", "2019-09-01")
		b.enrolFresh(tree.OtherClass, "乙乙", "2019-09-02")
		view, err := b.ClaimRule(b.t.Context(), b.Staff(model.RoleTeacher, tree.OtherClass), tree.OtherClass.ID)
		require.NoError(b.t, err)
		require.False(b.t, *view.Waits, "nobody's number can be guessed")
	})
}
