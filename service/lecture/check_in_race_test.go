package lecture

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
)

// mustTally asserts that tallies, Redis and facts agree on the county's figure.
func (b *bundle) mustTally(l *model.Lecture, side model.Side, roster, covered int) {
	b.t.Helper()
	want := coverage.Figure{Roster: roster, Started: covered, Covered: covered}
	require.Equal(b.t, want, b.figure(l, side, b.tree.County))
	wrong, err := b.engine.Rebuild(b.t.Context(), nil)
	require.NoError(b.t, err)
	require.Zero(b.t, wrong, "a class's tallies differ from its facts")
	require.Equal(b.t, want, b.figure(l, side, b.tree.County), "counted anew from the facts")
}

// A thousand calls: 250 families, of whom both guardians scan, each twice.
func TestAThousandCheckInsGiveOneRowEach(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil, model.SideGuardian)
		s := b.session(l)
		const families = 250
		var callers []model.Actor
		for i := range families {
			p := b.Pupil([]*model.Unit{b.tree.Class, b.tree.OtherClass}[i%2])
			callers = append(callers, b.Guardian(p), b.Guardian(p))
		}
		b.figure(l, model.SidePupil, b.tree.County) // fills Redis, so that increments are seen
		token := b.token(s)
		var mu sync.Mutex
		tally := map[string]int{}
		var wg sync.WaitGroup
		for _, caller := range append(callers, callers...) {
			wg.Go(func() {
				r, err := b.svc.CheckIn(t.Context(), caller, CheckIn{Token: token})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					tally[err.Error()]++
					return
				}
				for _, item := range r.Items {
					tally[item.Status]++
				}
			})
		}
		wg.Wait()
		require.Equal(t, map[string]int{"checkedIn": 2 * families, "already": 6 * families}, tally)
		require.Equal(t, 2*families, b.Count(&model.CheckIn{}))
		require.Equal(t, 2*families, b.Count(&model.CoverageFact{}))
		b.mustTally(l, model.SidePupil, families+1, families)
		b.mustTally(l, model.SideGuardian, families+1, families)
	})
}
