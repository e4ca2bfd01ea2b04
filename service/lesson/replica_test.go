package lesson

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/scene"
)

// replica is another process on the same database.
func (b *bundle) replica() *Service {
	b.t.Helper()
	files, err := media.OpenDir(b.t.TempDir())
	require.NoError(b.t, err)
	svc := New(b.st, limit.New(b.cache), coverage.New(b.st, b.cache, time.Minute), files, media.NewSigner(func(x []byte) []byte { return append(x[:0:0], x...) }, b.st.Now), scene.New(scene.Config{Store: b.st}), CoverChecks{}, identity.Directory{})
	b.t.Cleanup(svc.Close)
	return svc
}

// One parent, ten lessons, four replicas, 200 reports at the same moment: the
// person earns the time that has passed and the tolerance, once over all of
// them. What keeps them apart is the lock on the person's row alone.
func TestOnePersonsTimeIsCountedOnceOverReplicas(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		replicas := []*Service{b.svc, b.replica(), b.replica(), b.replica()}
		watches := make([]OpenedWatch, 10)
		for i := range watches {
			watches[i] = b.open(b.guardian, b.Lesson(b.tree.County, 100, model.SideGuardian), 0)
		}
		const passed = 30
		b.clock.Advance(passed * time.Second)
		var seq atomic.Int64
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				n := seq.Add(1)
				from := float64(n % 20 * 5)
				_, err := replicas[i%len(replicas)].Report(t.Context(), b.guardian, watches[i%len(watches)].ID, Report{Seq: n, Rate: 1, Segments: []model.Segment{{From: from, To: from + 5}}})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var rows []model.LessonProgress
		require.NoError(t, b.st.Read(t.Context()).Find(&rows, "viewer_id = ?", b.guardian.AccountID).Error)
		sum := 0
		for _, r := range rows {
			require.Equal(t, r.Bitmap.Count(), r.WatchedSeconds)
			sum += r.WatchedSeconds
		}
		require.LessOrEqual(t, sum, passed+int(model.CreditTolerance.Seconds()))
		require.GreaterOrEqual(t, sum, passed-4, "stretches of five seconds fit into the time that passed")
	})
}
