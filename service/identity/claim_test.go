package identity

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store/storetest"
)

// Twenty accounts walk through the numbers of a pupil whose class and name they
// know: together they have the tries of one, and then the right number is of no
// use either until tomorrow.
func TestANumberIsNotGuessedByManyAccounts(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		class := b.Tree().Class
		pupil, right := b.enrol(class, "王芳", "G110")
		_, other := b.enrol(class, "李明", "G111")
		errs := storetest.Contend(20*claimsPerAccount.Count, func(i int) error {
			c := right
			c.StudentNo = fmt.Sprint("G", 200+i)
			_, err := b.match(context.Background(), model.Actor{AccountID: model.ID(1000 + i/claimsPerAccount.Count)}, c)
			return err
		})
		codes := storetest.Codes(b.t, errs)
		require.Equal(b.t, family.TriesPerDay, codes[errNotMatched.Code])
		require.Equal(b.t, len(errs)-family.TriesPerDay, codes["child_tries_spent"])

		parent := b.Account()
		_, err := b.bind(parent, right)
		var e *model.Error
		require.ErrorAs(b.t, err, &e)
		require.Equal(b.t, "child_tries_spent", e.Code)
		now := b.store.Now()
		require.Equal(b.t, model.DateOf(now).AddDays(1), model.DateOf(now.Add(e.RetryAfter)))
		for range claimsPerAccount.Count + 1 { // the parent's own tries are not spent by it
			_, err = b.BindPupil(b.t.Context(), parent, right)
			require.Equal(b.t, model.KindTooMany, model.KindOf(err))
		}
		_, err = b.bind(parent, other)
		require.NoError(b.t, err, "the other pupils of the class can be bound")

		wrong, err := b.tries.Wrong(b.store.Read(b.t.Context()), class.Code, []model.Pupil{*pupil, {ID: 1, Name: "李明"}})
		require.NoError(b.t, err)
		require.Equal(b.t, map[model.ID]int{pupil.ID: family.TriesPerDay}, wrong, "which the class's teachers see")
		b.tomorrow()
		_, err = b.bind(parent, right)
		require.NoError(b.t, err)
	})
}

// tomorrow makes what was counted today that of yesterday.
func (b *bundle) tomorrow() {
	b.t.Helper()
	b.Set(&model.ClaimTry{}, "day", model.DateOf(b.store.Now()).AddDays(-1), "1 = 1")
}

// Twenty accounts fail on purpose, at all the pupils of the class whose names
// they know and at names that nobody has, while the others' parents bind.
func TestWrongClaimsLockNobodyElseOut(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		class := b.Tree().Class
		const others = 20
		var rights [others]Claim
		var parents [others]model.Actor
		for i := range others {
			_, rights[i] = b.enrol(class, fmt.Sprintf("学生%d", i), fmt.Sprint("H", i))
			parents[i] = b.Account()
		}
		b.enrol(class, "王芳", "G1")
		errs := storetest.Contend(2*others, func(i int) error {
			if i%2 == 0 {
				_, err := b.bind(parents[i/2], rights[i/2])
				return err
			}
			for j := range claimsPerAccount.Count {
				name := "王芳"
				if j > 0 {
					name = fmt.Sprint("无名", i, "号", j)
				}
				if _, err := b.match(context.Background(), model.Actor{AccountID: model.ID(1000 + i)}, Claim{ClassCode: class.Code, Name: name, StudentNo: "X"}); err == nil {
					return fmt.Errorf("matched")
				}
			}
			return nil
		})
		for _, err := range errs {
			require.NoError(b.t, err)
		}
	})
}

// Whoever guesses can't tell what was wrong, also not by how often they may go
// on, nor by what it costs.
func TestAWrongNumberIsLikeAnUnknownName(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		class := b.Tree().Class
		_, right := b.enrol(class, "王芳", "G1")
		_, other := b.enrol(class, "李明", "G2")
		queries := storetest.Queries(b.t, b.store)
		type answer struct {
			err     error
			queries int
		}
		var first []answer
		for name, claim := range map[string]Claim{
			"wrong number":     {ClassCode: class.Code, Name: right.Name, StudentNo: "X1"},
			"another's number": {ClassCode: class.Code, Name: "王芳芳", StudentNo: other.StudentNo},
			"unknown name":     {ClassCode: class.Code, Name: "无名", StudentNo: "X2"},
			"unknown class":    {ClassCode: "NOSUCH", Name: right.Name, StudentNo: right.StudentNo},
		} {
			var answers []answer
			for range family.TriesPerDay + 2 {
				actor := b.Account()
				queries()
				_, err := b.match(b.t.Context(), actor, claim)
				if model.KindOf(err) == model.KindTooMany { // the time to wait differs by the clock alone
					err = model.TooMany("child_tries_spent", 0)
				}
				answers = append(answers, answer{err, queries()})
			}
			if first == nil {
				first = answers
			}
			require.Equal(b.t, first, answers, name)
		}
		require.Equal(b.t, errNotMatched, first[family.TriesPerDay-1].err)
		require.Equal(b.t, model.KindTooMany, model.KindOf(first[family.TriesPerDay].err))
	})
}

// Right claims cost nothing, and names are counted as people type them.
func TestTriesAreCountedByTheNameAsItIsRead(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		class := b.Tree().Class
		_, right := b.enrol(class, "王芳", "G1")
		parent := b.Account()
		for range 2 * family.TriesPerDay {
			_, err := b.bind(parent, right)
			require.NoError(b.t, err)
		}
		for i, typed := range []string{"王芳", " 王 芳", "王　芳", "王芳 ", "王芳", "王芳"} {
			_, err := b.bind(b.Account(), Claim{ClassCode: " " + class.Code, Name: typed, StudentNo: fmt.Sprint("X", i)})
			require.ErrorIs(b.t, err, errNotMatched)
		}
		_, err := b.bind(b.Account(), right)
		require.Equal(b.t, model.KindTooMany, model.KindOf(err))
		require.NoError(b.t, b.PruneClaims(b.t.Context()))
		_, err = b.bind(b.Account(), right)
		require.Equal(b.t, model.KindTooMany, model.KindOf(err), "today's are kept")
		b.Set(&model.ClaimTry{}, "id", gorm.Expr("id - ?", model.IDAt(b.store.Now())-model.IDAt(b.store.Now().AddDate(0, 0, -3))), "1 = 1")
		require.NoError(b.t, b.PruneClaims(b.t.Context()))
		_, err = b.bind(b.Account(), right)
		require.NoError(b.t, err)
	})
}

// A right number is no name's: who has one from a list tries no names to it either.
func TestNamesAreNotTriedToANumber(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		tree, ctx := b.Tree(), b.t.Context()
		pupil, right := b.enrol(tree.Class, "王芳", "G1")
		_, other := b.enrol(tree.Class, "李明", "G2")
		teacher := b.Staff(model.RoleTeacher, tree.Class)
		errs := storetest.Contend(40, func(i int) error {
			c := right
			c.Name = fmt.Sprint("王", i)
			_, err := b.match(context.Background(), model.Actor{AccountID: model.ID(1000 + i)}, c)
			return err
		})
		codes := storetest.Codes(b.t, errs)
		require.Equal(b.t, map[string]int{errNotMatched.Code: family.TriesPerDay, "child_tries_spent": len(errs) - family.TriesPerDay}, codes)
		require.Equal(b.t, []model.ID{teacher.AccountID}, b.told(message.KindGuesses))
		wrong, err := b.tries.Wrong(b.store.Read(ctx), tree.Class.Code, []model.Pupil{*pupil})
		require.NoError(b.t, err)
		require.Equal(b.t, map[model.ID]int{pupil.ID: family.TriesPerDay}, wrong, "which the class's teachers see")
		_, err = b.bind(b.Account(), right)
		require.Equal(b.t, model.KindTooMany, model.KindOf(err), "the true name is not tried out so")
		_, err = b.bind(b.Account(), other)
		require.NoError(b.t, err, "the other pupils of the class can be bound")
		require.NoError(b.t, b.ForgetWrongClaims(ctx, teacher, pupil.ID))
		for range 2 * family.TriesPerDay { // right ones are no guesses
			actor := b.Account()
			_, err = b.bind(actor, right)
			require.NoError(b.t, err)
			require.NoError(b.t, b.UnbindChild(ctx, actor, pupil.ID))
		}
	})
}
