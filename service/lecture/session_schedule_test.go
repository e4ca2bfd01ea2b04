package lecture

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestPublishIsForManagersOfTheUnit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		publish := func(actor model.Actor, change func(*NewLecture)) error {
			in := NewLecture{UnitID: b.tree.School.ID, Number: 4, Title: "第四讲", Sides: []model.Side{model.SidePupil}}
			if change != nil {
				change(&in)
			}
			_, err := b.svc.Publish(t.Context(), actor, in)
			return err
		}
		for code, change := range map[string]func(*NewLecture){
			"number_invalid":  func(l *NewLecture) { l.Number = 0 },
			"title_required":  func(l *NewLecture) { l.Title = "" },
			"title_malformed": func(l *NewLecture) { l.Title = "第四讲\x00" },
			"sides_required":  func(l *NewLecture) { l.Sides = nil },
			"term_invalid":    func(l *NewLecture) { l.Term = "2026H3" },
			"unit_not_found":  func(l *NewLecture) { l.UnitID = b.tree.Town.ID },
		} {
			storetest.Refused(t, publish(b.manager, change), code)
		}
		storetest.Refused(t, publish(b.teacher, nil), "unit_not_found")
		require.NoError(t, publish(b.manager, nil))
		storetest.Refused(t, publish(b.manager, nil), "lecture_number_taken")
		require.NoError(t, publish(b.manager, func(l *NewLecture) { l.UnitID = b.tree.Class.ID }), "another unit's")
	})
}

func TestLecturesAreSeenAboveAndBelow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		own := []*model.Lecture{b.Lecture(b.tree.County, 1, model.SidePupil), b.Lecture(b.tree.School, 2, model.SideGuardian), b.Lecture(b.tree.OtherClass, 3, model.SidePupil)}
		b.Lecture(b.Tree().County, 1, model.SidePupil)
		numbers := func(actor model.Actor, f LectureFilter) []int {
			list := []int{}
			for {
				page, err := b.svc.Lectures(t.Context(), actor, f)
				require.NoError(t, err)
				for _, l := range page.Items {
					list = append(list, l.Number)
				}
				if f.Cursor = page.NextCursor; f.Cursor == "" {
					return list
				}
			}
		}
		require.Equal(t, []int{3, 2, 1}, numbers(b.teacher, LectureFilter{PageRequest: store.PageRequest{Limit: 1}}), "newest first, page by page")
		require.Equal(t, []int{2, 1}, numbers(b.guardian, LectureFilter{}), "not the other class's")
		require.Equal(t, []int{2}, numbers(b.guardian, LectureFilter{Side: model.SideGuardian}))
		require.Equal(t, []int{2, 1}, numbers(b.guardian, LectureFilter{Term: model.TermOf(start)}))
		require.Empty(t, numbers(b.guardian, LectureFilter{Term: "2020H1"}))
		require.Empty(t, numbers(b.Account(), LectureFilter{}))
		_, err := b.svc.Lecture(t.Context(), b.guardian, own[0].ID)
		require.NoError(t, err)
		_, err = b.svc.Lecture(t.Context(), b.guardian, own[2].ID)
		storetest.Refused(t, err, "lecture_not_found")
		_, err = b.svc.Lectures(t.Context(), b.guardian, LectureFilter{PageRequest: store.PageRequest{Cursor: "!"}})
		storetest.Refused(t, err, "cursor_invalid")
	})
}

func TestPlansThatAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		outside := b.Tree()
		strangers := b.Staff(model.RoleTeacher, outside.School)
		online := func(link string) func(*Plan) {
			return func(p *Plan) { p.Mode, p.JoinURL = model.SessionOnline, link }
		}
		for name, c := range map[string]struct {
			code   string
			change func(*Plan)
		}{
			"ends before it starts":    {"ends_before_start", func(p *Plan) { p.EndsAt = p.StartsAt }},
			"two days":                 {"session_too_long", func(p *Plan) { p.EndsAt = p.StartsAt.Add(48 * time.Hour) }},
			"two months of visits":     {"session_too_long", func(p *Plan) { p.Mode, p.EndsAt = model.SessionHomeVisit, p.StartsAt.Add(60*24*time.Hour) }},
			"long ago":                 {"start_out_of_range", func(p *Plan) { p.StartsAt = start.AddDate(-1, 0, 0); p.EndsAt = p.StartsAt.Add(time.Hour) }},
			"no mode":                  {"mode_invalid", func(p *Plan) { p.Mode = "" }},
			"no place":                 {"place_required", func(p *Plan) { p.Place = "" }},
			"no link":                  {"join_url_invalid", online("")},
			"plain http":               {"join_url_invalid", online("http://meeting.example/1")},
			"script":                   {"join_url_invalid", online("javascript:alert(1)")},
			"link with a password":     {"join_url_invalid", online("https://user:pass@meeting.example/1")},
			"link without host":        {"join_url_invalid", online("https:///1")},
			"no targets":               {"targets_count_invalid", func(p *Plan) { p.TargetUnitIDs = nil }},
			"a unit above":             {"target_not_yours", func(p *Plan) { p.TargetUnitIDs = []model.ID{b.tree.Class.ID, b.tree.Town.ID} }},
			"another county's unit":    {"target_not_yours", func(p *Plan) { p.TargetUnitIDs = []model.ID{outside.Class.ID} }},
			"another county's teacher": {"host_not_eligible", func(p *Plan) { p.HostID = strangers.AccountID }},
			"a guardian as host":       {"host_not_eligible", func(p *Plan) { p.HostID = b.guardian.AccountID }},
		} {
			plan := b.plan(b.tree.Class)
			c.change(&plan)
			_, err := b.svc.Schedule(t.Context(), b.teacher, l.ID, plan)
			require.Error(t, err, name)
			storetest.Refused(t, err, c.code)
		}
		plan := b.plan(b.tree.OtherClass)
		_, err := b.svc.Schedule(t.Context(), b.teacher, b.Lecture(b.tree.Class, 1, model.SidePupil).ID, plan)
		storetest.Refused(t, err, "target_outside_lecture")
		_, err = b.svc.Schedule(t.Context(), b.teacher, b.Lecture(outside.County, 1, model.SidePupil).ID, plan)
		storetest.Refused(t, err, "lecture_not_found")
		require.Zero(t, b.Count(&model.LectureSession{}))
		require.Zero(t, b.Count(&model.SessionTarget{}))
	})
}

func TestSessionBelongsToTheLowestUnitAboveItsTargets(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		county := b.Staff(model.RoleManager, b.tree.County)
		secondSchool := b.Unit(model.UnitSchool, b.tree.Town)
		for _, c := range []struct {
			targets []*model.Unit
			want    *model.Unit
		}{
			{[]*model.Unit{b.tree.Class, b.tree.Class}, b.tree.Class},
			{[]*model.Unit{b.tree.Class, b.tree.OtherClass}, b.tree.School},
			{[]*model.Unit{b.tree.Class, b.tree.School}, b.tree.School},
			{[]*model.Unit{b.tree.Class, secondSchool}, b.tree.Town},
		} {
			s, err := b.svc.Schedule(t.Context(), county, l.ID, b.plan(c.targets...))
			require.NoError(t, err)
			require.Equal(t, c.want.ID, s.UnitID)
		}
	})
}

func TestStatusFollowsTheClock(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	s := model.LectureSession{Status: model.SessionScheduled, StartsAt: at(0), EndsAt: at(60)}
	for minutes, want := range map[int]model.SessionStatus{-16: model.SessionScheduled, -15: model.SessionOpen, 0: model.SessionOpen, 59: model.SessionOpen, 60: model.SessionEnded} {
		require.Equal(t, want, s.StatusAt(at(minutes)), minutes)
	}
	s.Status = model.SessionCancelled
	require.Equal(t, model.SessionCancelled, s.StatusAt(at(90)))
}

func TestLostEditsAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		plan := b.plan()
		const editors = 20
		var wg sync.WaitGroup
		errs := make([]error, editors)
		for i := range editors {
			wg.Go(func() {
				p := plan
				p.Place = strings.Repeat("甲", i+1)
				_, errs[i] = b.svc.Change(t.Context(), b.teacher, s.ID, s.Version, p)
			})
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			if err == nil {
				require.Equal(t, -1, won, "two edits of one version")
				won = i
				continue
			}
			storetest.Refused(t, err, "version_conflict")
		}
		require.GreaterOrEqual(t, won, 0)
		got, err := b.svc.Session(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("甲", won+1), got.Place)
		require.Equal(t, s.Version+1, got.Version)
		require.Len(t, got.Targets, 1, "targets left out stay")
	})
}

func TestChangesAsTheSessionStands(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		change := func(actor model.Actor, p Plan) (Session, error) {
			return b.svc.Change(t.Context(), actor, s.ID, s.Version, p)
		}
		later := b.plan()
		later.StartsAt = start.Add(5 * time.Minute)
		_, err := change(b.teacher, later)
		storetest.Refused(t, err, "session_already_open")
		_, err = change(b.Staff(model.RoleTeacher, b.tree.School), b.plan())
		storetest.Refused(t, err, "host_only")
		_, err = change(b.Staff(model.RoleTeacher, b.Tree().School), b.plan())
		storetest.Refused(t, err, "session_not_found")
		s, err = change(b.manager, b.plan(b.tree.OtherClass))
		require.NoError(t, err)
		require.Equal(t, b.teacher.AccountID, s.HostID, "left out: stays")
		require.Equal(t, []Target{{UnitID: b.tree.OtherClass.ID, Name: b.tree.OtherClass.Name}}, s.Targets)
		b.refusedCheckIn(b.guardian, CheckIn{Token: b.token(s)}, "session_not_for_you")

		ended, err := b.svc.End(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		require.Equal(t, model.SessionEnded, ended.Status)
		again, err := b.svc.End(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		require.Equal(t, ended, again)
		_, err = b.svc.Cancel(t.Context(), b.teacher, s.ID)
		storetest.Refused(t, err, "session_ended")
		_, err = change(b.teacher, b.plan())
		storetest.Refused(t, err, "session_ended")
	})
}

func TestJoinLinkIsForThoseWhomTheSessionIsFor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		plan := b.plan(b.tree.Class)
		plan.Mode, plan.JoinURL = model.SessionOnline, "https://meeting.example/1"
		s, err := b.svc.Schedule(t.Context(), b.teacher, b.lecture(model.SidePupil, model.SideGuardian).ID, plan)
		require.NoError(t, err)
		require.Empty(t, s.Place)
		link := func(actor model.Actor) string {
			got, err := b.svc.Session(t.Context(), actor, s.ID)
			require.NoError(t, err)
			return got.JoinURL
		}
		for _, actor := range []model.Actor{b.teacher, b.manager, b.guardian, b.PupilAccount(b.pupil), b.Staff(model.RoleTeacher, b.tree.Class)} {
			require.Equal(t, plan.JoinURL, link(actor))
		}
		require.Empty(t, link(b.Staff(model.RoleInspector, b.tree.County)), "an inspector sees that it is held, no more")
		for _, actor := range []model.Actor{b.Guardian(b.Pupil(b.tree.OtherClass)), b.Staff(model.RoleTeacher, b.tree.OtherClass), b.Account(), b.Staff(model.RoleManager, b.Tree().County)} {
			_, err := b.svc.Session(t.Context(), actor, s.ID)
			storetest.Refused(t, err, "session_not_found")
			page, err := b.svc.Sessions(t.Context(), actor, SessionFilter{})
			require.NoError(t, err)
			require.Empty(t, page.Items)
		}
		b.clock.Set(s.EndsAt)
		require.Empty(t, link(b.guardian), "over")
	})
}

func TestSessionsAreListedByStart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		other := b.Lecture(b.tree.County, 9, model.SidePupil)
		for i, hours := range []int{3, 1, 2, 1} {
			plan := b.plan([]*model.Unit{b.tree.Class, b.tree.OtherClass}[i%2])
			plan.StartsAt = start.Add(time.Duration(hours) * time.Hour)
			plan.EndsAt = plan.StartsAt.Add(time.Hour)
			id := l.ID
			if i == 0 {
				id = other.ID
			}
			_, err := b.svc.Schedule(t.Context(), b.teacher, id, plan)
			require.NoError(t, err)
		}
		hours := func(f SessionFilter) []float64 {
			list := []float64{}
			f.Limit = 2
			for {
				page, err := b.svc.Sessions(t.Context(), b.teacher, f)
				require.NoError(t, err)
				for _, s := range page.Items {
					list = append(list, s.StartsAt.Sub(start).Hours())
				}
				if f.Cursor = page.NextCursor; f.Cursor == "" {
					return list
				}
			}
		}
		require.Equal(t, []float64{1, 1, 2, 3}, hours(SessionFilter{}))
		require.Equal(t, []float64{3, 2, 1, 1}, hours(SessionFilter{Latest: true}))
		require.Equal(t, []float64{2, 3}, hours(SessionFilter{From: start.Add(2 * time.Hour)}))
		require.Equal(t, []float64{1, 1}, hours(SessionFilter{To: start.Add(2 * time.Hour)}))
		require.Equal(t, []float64{3}, hours(SessionFilter{LectureID: store.IDParam{ID: other.ID}}))
		require.Equal(t, []float64{2, 3}, hours(SessionFilter{UnitID: store.IDParam{ID: b.tree.Class.ID}}))
		require.Equal(t, []float64{1, 1, 2, 3}, hours(SessionFilter{UnitID: store.IDParam{ID: b.tree.Town.ID}}))
		b.session(l) // for the whole school
		require.Equal(t, []float64{0, 2, 3}, hours(SessionFilter{UnitID: store.IDParam{ID: b.tree.Class.ID}}))
	})
}

func TestFamiliesSeeHowEachChildStands(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		sibling := b.Pupil(b.tree.OtherClass)
		b.Bind(b.guardian, sibling)
		s := b.session(b.lecture(model.SidePupil, model.SideGuardian))
		at := b.clock.Now()
		b.checkIn(b.guardian, b.token(s), b.pupil.ID)
		got, err := b.svc.Session(t.Context(), b.guardian, s.ID)
		require.NoError(t, err)
		require.Equal(t, []ChildState{
			{PupilID: b.pupil.ID, Side: model.SidePupil, Status: Here, At: &at},
			{PupilID: b.pupil.ID, Side: model.SideGuardian, Status: Here, At: &at},
			{PupilID: sibling.ID, Side: model.SidePupil, Status: Missing},
			{PupilID: sibling.ID, Side: model.SideGuardian, Status: Missing},
		}, got.Children)
		got, err = b.svc.Session(t.Context(), b.PupilAccount(b.pupil), s.ID)
		require.NoError(t, err)
		require.Equal(t, []ChildState{{PupilID: b.pupil.ID, Side: model.SidePupil, Status: Here, At: &at}}, got.Children)
		got, err = b.svc.Session(t.Context(), b.teacher, s.ID)
		require.NoError(t, err)
		require.Empty(t, got.Children)
	})
}

// A session on a holiday is no mistake: it is shown as one, and takes place.
func TestASessionOnAHolidayIsShownAsSuch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l, plan := b.lecture(model.SidePupil), b.plan(b.tree.School)
		plan.StartsAt, plan.EndsAt = plan.StartsAt.AddDate(0, 0, 1), plan.EndsAt.AddDate(0, 0, 1)
		day := model.DateOf(plan.StartsAt)
		b.Insert(&model.CalendarDay{UnitID: b.tree.County.ID, OnDate: day, Year: 2026, Kind: model.CalendarHoliday, Name: "测试节"})
		s, err := b.svc.Schedule(t.Context(), b.teacher, l.ID, plan)
		require.NoError(t, err)
		require.Equal(t, []any{"测试节", model.SessionScheduled}, []any{s.Holiday, s.Status})
		next := plan
		next.StartsAt, next.EndsAt = plan.StartsAt.AddDate(0, 0, 1), plan.EndsAt.AddDate(0, 0, 1)
		moved, err := b.svc.Change(t.Context(), b.teacher, s.ID, s.Version, next)
		require.NoError(t, err)
		require.Empty(t, moved.Holiday)
	})
}
