package lecture

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestAPostIsReportedToTheHostsAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		b.checker.pass = true
		session := b.discussion()
		neighbour, third := b.Guardian(b.Pupil(b.tree.Class)), b.Guardian(b.Pupil(b.tree.OtherClass))
		p := b.say(b.guardian, session, "某某家的孩子又逃课")
		quiet := b.say(b.guardian, session, "谢谢老师")
		reportsTo := func(actor model.Actor) *PostReports {
			page, err := b.svc.Posts(ctx, actor, session, store.PageRequest{})
			require.NoError(t, err)
			for _, other := range page.Items {
				if other.ID == quiet.ID {
					require.Nil(t, other.Reports)
				}
				if other.ID == p.ID {
					require.Equal(t, model.PostShown, other.Status, "a report alone hides nothing")
					return other.Reports
				}
			}
			t.Fatal("the post is not there")
			return nil
		}
		waiting := func(actor model.Actor) int64 {
			view, err := b.svc.Session(ctx, actor, session)
			require.NoError(t, err)
			return view.PostsWaiting
		}

		for range 2 {
			require.NoError(t, b.svc.ReportPost(ctx, neighbour, p.ID, model.ReportPrivate), "a repeat changes nothing")
		}
		require.NoError(t, b.svc.ReportPost(ctx, third, p.ID, model.ReportAbuse))
		for _, host := range []model.Actor{b.teacher, b.manager} {
			require.Equal(t, &PostReports{Count: 2, Reasons: []model.PostReportReason{model.ReportAbuse, model.ReportPrivate}}, reportsTo(host))
			require.EqualValues(t, 1, waiting(host))
		}
		colleague := b.Staff(model.RoleTeacher, b.tree.Class)
		for _, other := range []model.Actor{b.guardian, neighbour, third, colleague} {
			require.Nil(t, reportsTo(other))
			require.Zero(t, waiting(other))
		}

		t.Run("staff who don't run the session report as families do", func(t *testing.T) {
			for actor, decides := range map[*model.Actor]bool{&b.teacher: true, &b.manager: true, &colleague: false, &neighbour: false} {
				page, err := b.svc.Posts(ctx, *actor, session, store.PageRequest{})
				require.NoError(t, err)
				require.Equal(t, decides, page.Items[0].Decides)
			}
			require.NoError(t, b.svc.ReportPost(ctx, colleague, quiet.ID, model.ReportOther))
			_, err := b.svc.ShowPost(ctx, b.teacher, quiet.ID)
			require.NoError(t, err)
		})

		t.Run("a host's word ends it, and it is not reported again by the same people", func(t *testing.T) {
			shown, err := b.svc.ShowPost(ctx, b.teacher, p.ID)
			require.NoError(t, err)
			require.Nil(t, shown.Reports)
			require.NoError(t, b.svc.ReportPost(ctx, neighbour, p.ID, model.ReportOther))
			require.Nil(t, reportsTo(b.teacher))
			require.Zero(t, waiting(b.teacher))
			require.NoError(t, b.svc.ReportPost(ctx, b.Guardian(b.Pupil(b.tree.Class)), p.ID, model.ReportAd))
			require.Equal(t, &PostReports{Count: 1, Reasons: []model.PostReportReason{model.ReportAd}}, reportsTo(b.teacher))
			_, err = b.svc.HidePost(ctx, b.teacher, p.ID)
			require.NoError(t, err)
			require.Zero(t, waiting(b.teacher))
		})
		t.Run("who may not read it does not find it", func(t *testing.T) {
			for name, actor := range map[string]model.Actor{"hidden": third, "another county's": b.Guardian(b.Pupil(b.Tree().Class)), "a pupil": b.PupilAccount(b.pupil)} {
				storetest.Refused(t, b.svc.ReportPost(ctx, actor, p.ID, model.ReportOther), "post_not_found")
				if name != "hidden" {
					storetest.Refused(t, b.svc.ReportPost(ctx, actor, quiet.ID, model.ReportOther), "post_not_found")
				}
			}
			require.NoError(t, b.svc.DeletePost(ctx, b.guardian, quiet.ID))
			storetest.Refused(t, b.svc.ReportPost(ctx, third, quiet.ID, model.ReportOther), "post_not_found")
			storetest.Refused(t, b.svc.ReportPost(ctx, third, 404, model.ReportOther), "post_not_found")
		})
		t.Run("the own one is deleted instead", func(t *testing.T) {
			own := b.say(b.guardian, session, "写错了")
			storetest.Refused(t, b.svc.ReportPost(ctx, b.guardian, own.ID, model.ReportOther), "own_post")
		})
		held := &model.SessionPost{ID: b.svc.store.NewID(), SessionID: session, AccountID: third.AccountID, Status: model.PostHeld, Verdict: model.VerdictReview, CreatedAt: b.clock.Now()}
		b.Insert(held)
		require.EqualValues(t, 1, waiting(b.teacher), "a held one waits too")
	})
}

func TestOneAccountReportsOnlySoMuch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.checker.pass = true
		session := b.discussion()
		neighbour := b.Guardian(b.Pupil(b.tree.Class))
		p := b.say(b.guardian, session, "你好")
		for range reportRate.Count {
			require.NoError(t, b.svc.ReportPost(t.Context(), neighbour, p.ID, model.ReportOther))
		}
		storetest.Refused(t, b.svc.ReportPost(t.Context(), neighbour, p.ID, model.ReportOther), "too_many_reports")
		require.Equal(t, 1, b.Count(&model.PostReport{}))
	})
}

func TestOneReportAnAccountInARace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		b.checker.pass = true
		session := b.discussion()
		neighbour := b.Guardian(b.Pupil(b.tree.Class))
		p := b.say(b.guardian, session, "你好")
		for _, err := range storetest.Contend(reportRate.Count, func(int) error { return b.svc.ReportPost(t.Context(), neighbour, p.ID, model.ReportOther) }) {
			require.NoError(t, err)
		}
		require.Equal(t, 1, b.Count(&model.PostReport{}))
	})
}
