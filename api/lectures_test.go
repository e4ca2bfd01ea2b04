package api

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
)

// journey is a school with a lecture of the county, held now by its teacher.
type journey struct {
	*world
	cast
	teacher, manager, guardian string // tokens
	teacherID                  model.ID
	session                    string
}

func newJourney(w *world) *journey {
	w.t.Helper()
	j := &journey{world: w, cast: w.cast()}
	host := w.Staff(model.RoleTeacher, j.own.School)
	j.teacherID = host.AccountID
	j.teacher, j.manager, j.guardian = w.as(host), j.member(model.RoleManager, "own").token, j.member(model.RoleGuardian, "own").token
	county := w.as(w.Staff(model.RoleManager, j.own.County))
	lecture := w.do(http.MethodPost, "/lectures", county, map[string]any{
		"unitId": j.own.County.ID, "number": 4, "title": "第四讲", "sides": []string{"pupil", "guardian"}}).status(http.StatusCreated).text("id")
	r := w.do(http.MethodPost, "/lecture-sessions", j.teacher, j.plan("lectureId", lecture, "targetUnitIds", []model.ID{j.own.School.ID})).status(http.StatusCreated)
	j.session = "/lecture-sessions/" + r.text("id")
	require.Equal(w.t, "open", r.text("status"))
	require.Equal(w.t, "第四讲", r.text("lectureTitle"))
	require.Equal(w.t, j.teacherID.String(), r.text("hostId"))
	return j
}

// plan is an hour offline that began just now, with further members given in pairs.
func (j *journey) plan(more ...any) map[string]any {
	now := j.store.Now()
	p := map[string]any{"mode": "offline", "place": "礼堂", "startsAt": now, "endsAt": now.Add(time.Hour)}
	for i := 0; i < len(more); i += 2 {
		p[more[i].(string)] = more[i+1]
	}
	return p
}

func TestLectureFromTheCountyToAMakeUp(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		j := newJourney(w)
		j.find()
		token := j.showCode()
		j.checkIn(token)
		j.callRoll()
		j.move()
		j.holdMakeUp()
	})
}

// find lists the lecture and the session as the family sees them.
func (j *journey) find() {
	j.t.Helper()
	require.Len(j.t, j.do(http.MethodGet, "/lectures?side=pupil&limit=1", j.guardian, nil).status(http.StatusOK).items(), 1)
	list := j.do(http.MethodGet, "/lecture-sessions?from="+j.store.Now().Add(-time.Hour).Format(time.RFC3339)+"&unitId="+j.own.Class.ID.String(), j.guardian, nil).status(http.StatusOK)
	require.Equal(j.t, "missing", list.text("items", 0, "checkedIn", 0, "status"))
}

// showCode reads the code and its picture as the host, and returns the token.
func (j *journey) showCode() string {
	j.t.Helper()
	code := j.do(http.MethodGet, j.session+"/code", j.teacher, nil).status(http.StatusOK)
	seconds := code.at("validSeconds").(float64)
	require.True(j.t, seconds >= 1 && seconds <= 15)
	picture := code.text("qrPngUrl")
	require.True(j.t, strings.HasPrefix(picture, rest.Base))
	drawn := j.do(http.MethodGet, strings.TrimPrefix(picture, rest.Base), "", nil).status(http.StatusOK)
	require.Equal(j.t, "image/png", drawn.header.Get("Content-Type"))
	_, err := png.Decode(bytes.NewReader(drawn.raw))
	require.NoError(j.t, err)
	j.do(http.MethodGet, j.session+"/code.png?token=forged", "", nil).problem(http.StatusNotFound, "code_not_found")
	return code.text("token")
}

// checkIn checks the family in by the token, and again by the digits, which changes nothing.
func (j *journey) checkIn(token string) {
	j.t.Helper()
	in := j.do(http.MethodPost, "/check-ins", j.guardian, map[string]any{"token": token, "pupilIds": []model.ID{j.ownPupil.ID}, "at": "2001-01-01T00:00:00Z"}).status(http.StatusOK)
	require.Len(j.t, in.items(), 2)
	require.Equal(j.t, "checkedIn", in.text("items", 0, "status"))
	require.Equal(j.t, false, in.at("items", 0, "late"))
	require.NotContains(j.t, in.text("items", 0, "at"), "2001", "the phone's clock is not believed")
	digits := j.do(http.MethodPost, "/check-ins", j.guardian, map[string]any{"digits": j.do(http.MethodGet, j.session+"/code", j.teacher, nil).text("digits"),
		"sessionId": strings.TrimPrefix(j.session, "/lecture-sessions/")}).status(http.StatusOK)
	require.Equal(j.t, "already", digits.text("items", 0, "status"))
	require.Equal(j.t, in.text("items", 0, "at"), digits.text("items", 0, "at"))
	j.do(http.MethodPost, "/check-ins", j.guardian, map[string]any{"token": "forged"}).problem(http.StatusUnprocessableEntity, "code_invalid")
}

// callRoll notes the one who is missing; nobody is late.
func (j *journey) callRoll() {
	j.t.Helper()
	rows := j.do(http.MethodGet, j.session+"/roster?side=pupil", j.teacher, nil).status(http.StatusOK)
	require.Equal(j.t, map[string]any{"total": 2.0, "checkedIn": 1.0, "late": 0.0, "missing": 1.0}, rows.at("counts"))
	missing := j.do(http.MethodGet, j.session+"/missing", j.teacher, nil).status(http.StatusOK)
	require.Len(j.t, missing.items(), 1)
	roll := j.do(http.MethodPost, j.session+"/roll-call", j.teacher, map[string]any{"pupilIds": []any{missing.at("items", 0, "pupilId")}, "mode": "roll_call"}).status(http.StatusOK)
	require.Equal(j.t, 1.0, roll.at("checkedIn"))
	absent := j.session + "/check-ins/" + missing.text("items", 0, "pupilId")
	j.do(http.MethodDelete, absent, j.teacher, nil).problem(http.StatusBadRequest, "invalid_input")
	j.do(http.MethodDelete, absent, j.teacher, map[string]any{"reason": " "}).problem(http.StatusUnprocessableEntity, "reason_malformed")
	gone := j.do(http.MethodDelete, absent, j.teacher, map[string]any{"reason": "点错了"}).status(http.StatusOK)
	require.Equal(j.t, "roll_call", gone.text("mode"))
	trail := j.do(http.MethodGet, j.session+"/retractions", j.teacher, nil).status(http.StatusOK)
	require.Len(j.t, trail.items(), 1)
	require.Equal(j.t, "点错了", trail.text("items", 0, "reason"))
	j.do(http.MethodDelete, absent, j.teacher, map[string]any{"reason": "点错了"}).problem(http.StatusNotFound, "check_in_not_found")
	again := j.do(http.MethodPost, j.session+"/roll-call", j.teacher, map[string]any{"pupilIds": []any{missing.at("items", 0, "pupilId")}}).status(http.StatusOK)
	require.Equal(j.t, 1.0, again.at("checkedIn"))
	require.Empty(j.t, j.do(http.MethodGet, j.session+"/late-check-ins", j.teacher, nil).status(http.StatusOK).items())
	j.do(http.MethodPost, j.session+"/late-check-ins/confirm", j.teacher, map[string]any{"checkInIds": []string{"7"}}).problem(http.StatusUnprocessableEntity, "check_in_unknown")
	j.do(http.MethodPost, j.session+"/late-check-ins/refuse", j.teacher, map[string]any{"checkInIds": []string{"7"}}).problem(http.StatusUnprocessableEntity, "check_in_unknown")
}

// move changes the place once; a second change of the same version is refused.
func (j *journey) move() {
	j.t.Helper()
	changed := j.do(http.MethodPut, j.session, j.teacher, j.plan("version", 1, "startsAt", j.do(http.MethodGet, j.session, j.teacher, nil).text("startsAt"), "place", "操场")).status(http.StatusOK)
	require.Equal(j.t, "操场", changed.text("place"))
	j.do(http.MethodPut, j.session, j.teacher, j.plan("version", 1, "startsAt", changed.text("startsAt"))).problem(http.StatusConflict, "version_conflict")
}

// holdMakeUp plans a make-up, cancels it and ends the session.
func (j *journey) holdMakeUp() {
	j.t.Helper()
	made := j.do(http.MethodPost, j.session+"/make-up", j.teacher, j.plan()).status(http.StatusCreated) // for the guardian of the one who was called
	require.Equal(j.t, strings.TrimPrefix(j.session, "/lecture-sessions/"), made.text("makeUpOf"))
	j.do(http.MethodPost, "/lecture-sessions/"+made.text("id")+"/cancel", j.teacher, nil).status(http.StatusOK)
	require.Equal(j.t, "ended", j.do(http.MethodPost, j.session+"/end", j.teacher, nil).status(http.StatusOK).text("status"))
	j.do(http.MethodGet, j.session+"/code", j.teacher, nil).problem(http.StatusConflict, "session_not_open")
}

// Every call on a session, by everyone: own host and managers may, others of
// the county may not, and whom it does not concern learns nothing of it.
func TestWhoMayDoWhatWithASession(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		j := newJourney(w)
		hostCalls := []struct {
			method, path string
			body         any
		}{
			{http.MethodGet, "/code", nil},
			{http.MethodGet, "/late-check-ins", nil},
			{http.MethodPost, "/roll-call", map[string]any{"pupilIds": []model.ID{j.ownPupil.ID}}},
			{http.MethodDelete, "/check-ins/" + j.ownPupil.ID.String(), map[string]any{"reason": "点错了"}},
			{http.MethodGet, "/retractions", nil},
			{http.MethodPut, "", j.plan("version", 99)},
			{http.MethodPost, "/make-up", j.plan()},
			{http.MethodPost, "/late-check-ins/confirm", map[string]any{"checkInIds": []string{"7"}}},
			{http.MethodPost, "/late-check-ins/refuse", map[string]any{"checkInIds": []string{"7"}}},
			{http.MethodPost, "/end", nil},
			{http.MethodPost, "/cancel", nil},
		}
		for _, m := range j.members {
			isHost := m.role == model.RoleTeacher || m.role == model.RoleManager
			got := w.do(http.MethodGet, j.session, m.token, nil)
			if m.place == "own" {
				got.status(http.StatusOK)
			} else {
				got.problem(http.StatusNotFound, "session_not_found")
			}
			for _, call := range hostCalls {
				r := w.do(call.method, j.session+call.path, m.token, call.body)
				switch {
				case !isHost:
					r.problem(http.StatusForbidden, "role_required")
				case m.place != "own":
					r.problem(http.StatusNotFound, "session_not_found")
				case m.role == model.RoleTeacher:
					r.problem(http.StatusForbidden, "host_only")
				default:
					require.NotContains(t, []int{http.StatusForbidden, http.StatusNotFound}, r.code, "%s may %s: %s", m.name, r.call, r.raw)
				}
			}
			for _, path := range []string{"/roster", "/missing"} {
				r := w.do(http.MethodGet, j.session+path, m.token, nil)
				switch {
				case !isHost:
					r.problem(http.StatusForbidden, "role_required")
				case m.place != "own":
					r.problem(http.StatusNotFound, "session_not_found")
				default:
					r.status(http.StatusOK)
				}
			}
		}
		for _, call := range hostCalls {
			w.do(call.method, j.session+call.path, "", call.body).problem(http.StatusUnauthorized, "login_required")
		}
	})
}

func TestWhoMayPublishScheduleAndCheckIn(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		j := newJourney(w)
		lecture := w.do(http.MethodGet, j.session, j.teacher, nil).text("lectureId")
		token := w.do(http.MethodGet, j.session+"/code", j.teacher, nil).text("token")
		for i, m := range j.members {
			publish := w.do(http.MethodPost, "/lectures", m.token, map[string]any{"unitId": j.own.School.ID, "number": 100 + i, "title": "讲座", "sides": []string{"pupil"}})
			schedule := w.do(http.MethodPost, "/lecture-sessions", m.token, j.plan("lectureId", lecture, "targetUnitIds", []model.ID{j.own.Class.ID}))
			checkIn := w.do(http.MethodPost, "/check-ins", m.token, map[string]any{"token": token})
			seen := w.do(http.MethodGet, "/lectures/"+lecture, m.token, nil)
			if m.place == "own" {
				seen.status(http.StatusOK)
			} else {
				seen.problem(http.StatusNotFound, "lecture_not_found")
			}
			switch {
			case m.role != model.RoleManager:
				publish.problem(http.StatusForbidden, "role_required")
			case m.place == "own":
				publish.status(http.StatusCreated)
			default:
				publish.problem(http.StatusNotFound, "unit_not_found")
			}
			switch {
			case m.role != model.RoleManager && m.role != model.RoleTeacher:
				schedule.problem(http.StatusForbidden, "role_required")
			case m.place == "own":
				schedule.status(http.StatusCreated)
			default:
				schedule.problem(http.StatusNotFound, "lecture_not_found")
			}
			switch {
			case m.role != model.RoleGuardian && m.role != model.RolePupil:
				checkIn.problem(http.StatusForbidden, "role_required")
			case m.place != "own":
				require.GreaterOrEqual(t, checkIn.code, 400, m.name)
			case m.role == model.RoleGuardian:
				checkIn.status(http.StatusOK)
			default:
				checkIn.problem(http.StatusForbidden, "guardian_consent_needed") // the cast's pupil has no guardian
			}
		}
	})
}
