package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

// lessonPage is as much of the list of lessons as the tests look at.
type lessonPage struct {
	Items []struct {
		ID              model.ID
		Title           string
		Sides           []model.Side
		DurationSeconds int
		VideoURL        string
	}
}

// sessionView is as much of a session as the tests look at.
type sessionView struct {
	ID, LectureID model.ID
	Status        model.SessionStatus
	JoinURL       string
	CheckedIn     []struct{ PupilID model.ID }
}

func TestDemoAccountsHaveTheirRoles(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, env []string, _ string) {
		p := startProgram(t, env)
		accounts := map[string][]model.Role{
			"demo-parent":     {model.RoleGuardian, model.RoleGuardian},
			"demo-pupil":      {model.RolePupil},
			"demo-counsellor": {model.RoleCounsellor},
			"demo-teacher":    {model.RoleTeacher},
			"demo-volunteer":  {model.RoleVolunteer},
			"demo-school":     {model.RoleManager},
			"demo-town":       {model.RoleManager},
			"demo-county":     {model.RoleManager},
			"demo-inspector":  {model.RoleInspector},
			"demo-duty":       {model.RoleDuty},
			"demo-somebody":   nil,
		}
		for code, roles := range accounts {
			var got []model.Role
			for _, r := range p.login(code).Account.Roles {
				got = append(got, r.Role)
				require.Equal(t, r.Role == model.RoleInspector, r.EndsAt != nil)
				if r.EndsAt != nil {
					require.WithinDuration(t, time.Now().AddDate(0, 0, 60), *r.EndsAt, time.Minute)
				}
			}
			require.Equal(t, roles, got, code)
		}
		p.stop()
		require.Contains(t, p.stdout.String(), "DEMO")
		delete(accounts, "demo-somebody")
		for code := range accounts {
			require.Contains(t, p.stdout.String(), "\n  "+code+" ")
		}
	})
}

func TestDemoLessonsPlay(t *testing.T) {
	t.Parallel()
	p := startProgram(t, environment(t))
	for code, side := range map[string]model.Side{"demo-parent": model.SideGuardian, "demo-pupil": model.SidePupil} {
		token := p.login(code).Token
		var page lessonPage
		require.Equal(t, http.StatusOK, p.call(token, http.MethodGet, "/lessons?side="+string(side), nil, &page))
		require.NotEmpty(t, page.Items)
		shortest := page.Items[0].DurationSeconds
		for _, l := range page.Items {
			require.Contains(t, l.Sides, side)
			shortest = min(shortest, l.DurationSeconds)
			resp := p.fetch(l.VideoURL, "bytes=0-99")
			require.Equal(t, http.StatusPartialContent, resp.StatusCode)
			require.Equal(t, "video/mp4", resp.Header.Get("Content-Type"))
		}
		require.LessOrEqual(t, shortest, 20)
	}
	p.stop()
}

// The one journey that the county's notice is about: the teacher shows the
// code, the parent checks both children in, and the county sees it.
func TestDemoParentChecksBothChildrenIn(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, env []string, _ string) {
		p := startProgram(t, env)
		parent, teacher, county := p.login("demo-parent"), p.login("demo-teacher"), p.login("demo-county")
		var sessions struct{ Items []sessionView }
		require.Equal(t, http.StatusOK, p.call(parent.Token, http.MethodGet, "/lecture-sessions", nil, &sessions))
		open := slices.IndexFunc(sessions.Items, func(s sessionView) bool { return s.Status == model.SessionOpen })
		require.GreaterOrEqual(t, open, 0)
		session := sessions.Items[open]
		require.NotEmpty(t, session.JoinURL)
		require.Len(t, session.CheckedIn, 2)
		children := []model.ID{session.CheckedIn[0].PupilID, session.CheckedIn[1].PupilID}

		coverage := func() int {
			var report struct{ Unit struct{ Covered int } }
			path := "/coverage?itemKind=lecture&side=pupil&itemId=" + session.LectureID.String() + "&unitId=" + county.Account.Roles[0].UnitID.String()
			require.Equal(t, http.StatusOK, p.call(county.Token, http.MethodGet, path, nil, &report))
			return report.Unit.Covered
		}
		before := coverage()
		require.NotZero(t, before, "the demo's charts have something to show")

		var code struct{ Token string }
		require.Equal(t, http.StatusOK, p.call(teacher.Token, http.MethodGet, "/lecture-sessions/"+session.ID.String()+"/code", nil, &code))
		var checkedIn struct{ Items []struct{ Status string } }
		status := p.call(parent.Token, http.MethodPost, "/check-ins", map[string]any{"token": code.Token, "pupilIds": children}, &checkedIn)
		require.Equal(t, http.StatusOK, status)
		require.Len(t, checkedIn.Items, 2)
		require.Equal(t, before+2, coverage())
		p.stop()
	})
}

// The accounts hang on the mini-program's app id: with another one nobody of
// the demo could log in, but the system itself goes on.
func TestADemoMadeForAnotherMiniProgramStillStarts(t *testing.T) {
	t.Parallel()
	env := environment(t)
	startProgram(t, env).stop()
	p := startProgram(t, append(env, "XINYU_WECHAT_APP_ID=wxanother0000000"))
	require.Empty(t, p.login("demo-parent").Account.Roles)
	p.stop()
	require.Contains(t, p.stderr.String(), "no demo data")
	require.NotContains(t, p.stdout.String(), "demo-parent ")
}

// A database is a demo's or production's for good: a demo's tokens must not work
// in production, and real people's messages must not go to an emulator.
func TestADatabaseIsADemosOrProductions(t *testing.T) {
	t.Parallel()
	keyset, _, code := runOnce(t, environment(t), "keyset")
	require.Zero(t, code)
	keys := strings.TrimSpace(keyset)
	file := rosterOf(t, "roster.csv", "乡镇,学校,年级,班级,姓名,学籍号\n甲镇,一小,一年级,1班,王芳,T001\n")
	real := func(dsn string) []string {
		return environment(t, environ(with(production(), "XINYU_DB_DSN", dsn, "XINYU_KEYSET", keys))...)
	}
	demo := func(dsn string) []string {
		return environment(t, "XINYU_DEMO=true", "XINYU_DB_DSN="+dsn, "XINYU_KEYSET="+keys)
	}
	t.Run("a demo's", func(t *testing.T) {
		t.Parallel()
		dsn := storetest.MariaDBDSN(t)
		startProgram(t, demo(dsn)).stop()
		_, stderr, code := runOnce(t, real(dsn), "import", "--root-name", "某县", "--apply", file)
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "XINYU_DB_DSN: the database holds a demo")
		startProgram(t, demo(dsn)).stop()
	})
	t.Run("production's", func(t *testing.T) {
		t.Parallel()
		dsn := storetest.MariaDBDSN(t)
		_, stderr, code := runOnce(t, real(dsn), "import", "--create-county", "某县", "--create-towns", "甲镇", "--apply", file)
		require.Zero(t, code, stderr)
		_, stderr, code = runOnce(t, demo(dsn))
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "XINYU_DEMO: the database belongs to production")
	})
}
