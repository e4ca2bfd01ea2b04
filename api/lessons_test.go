package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

const demoVideo = "../cmd/xinyu/demo/media/social-skills.mp4"

// A manager drafts, uploads and publishes; a family sees the lesson, plays its
// video by the signed link, watches it and is counted.
func TestALessonFromDraftToCoverage(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, time.Date(2026, 9, 7, 10, 0, 0, 0, time.UTC), func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := newWorld(t, st)
		tree := w.Tree()
		pupil := w.Pupil(tree.Class)
		parent, manager := w.as(w.Guardian(pupil)), w.as(w.Staff(model.RoleManager, tree.County))
		id := w.publishLesson(manager, parent, tree.County)
		w.seeLesson(parent, pupil)
		w.watchLesson(parent, id, pupil, clock)
		w.mustCoverLesson(parent, manager, id, tree)
	})
}

// publishLesson drafts a lesson for pupils, uploads its video and publishes it.
func (w *world) publishLesson(manager, parent string, unit *model.Unit) string {
	w.t.Helper()
	draft := w.do("POST", "/lessons", manager, map[string]any{"unitId": unit.ID, "title": "学会交往", "sides": []string{"pupil"},
		"term": string(model.TermOf(w.store.Now())), "passPercent": 50}).status(201)
	path := "/lessons/" + draft.text("id")
	form := map[string]any{"title": "学会交往（上）", "sides": []string{"pupil"}, "term": string(model.TermOf(w.store.Now())), "passPercent": 50, "version": draft.at("version")}
	require.EqualValues(w.t, 2, w.do("PUT", path, manager, form).status(200).at("version"))
	form["title"] = "学会交往（下）"
	stale := w.do("PUT", path, manager, form).problem(409, "version_conflict")
	require.Equal(w.t, "学会交往（上）", stale.at("details", "title"))
	require.EqualValues(w.t, 2, stale.at("details", "version"))
	w.do("POST", path+"/publish", manager, nil).problem(409, "lesson_has_no_video")
	w.do("GET", path, parent, nil).problem(404, "lesson_not_found")

	video, err := os.ReadFile(demoVideo)
	require.NoError(w.t, err)
	uploaded := w.doWith("PUT", path+"/video", manager, video, http.Header{"Content-Type": {"video/mp4"}}).status(200)
	require.EqualValues(w.t, 20, uploaded.at("durationSeconds"), "read from the file")
	w.do("POST", path+"/publish", manager, nil).status(200)
	w.do("PUT", path+"/video", manager, video).problem(409, "lesson_not_draft")
	return draft.text("id")
}

// seeLesson finds the one lesson on the parent's list and plays the beginning of its video.
func (w *world) seeLesson(parent string, pupil *model.Pupil) {
	w.t.Helper()
	list := w.do("GET", "/lessons?side=pupil&term="+string(model.TermOf(w.store.Now()))+"&pupilId="+pupil.ID.String(), parent, nil).status(200)
	require.Len(w.t, list.items(), 1)
	got := w.getMedia(list.text("items", 0, "videoUrl"), "bytes=0-99")
	require.Equal(w.t, http.StatusPartialContent, got.StatusCode)
	require.Equal(w.t, "video/mp4", got.Header.Get("Content-Type"))
}

// watchLesson reports faster than time passes, which earns nothing, and then
// the half that passes at double speed.
func (w *world) watchLesson(parent, id string, pupil *model.Pupil, clock *storetest.Clock) {
	w.t.Helper()
	watch := w.do("POST", "/lessons/"+id+"/watches", parent, map[string]any{"pupilId": pupil.ID}).status(201)
	require.EqualValues(w.t, 0, watch.at("resumeAt"))
	require.Equal(w.t, []any{}, watch.at("segments"))
	report := "/watches/" + watch.text("id") + "/reports"
	cheat := w.do("POST", report, parent, map[string]any{"seq": 1, "position": 20, "rate": 1, "segments": [][]float64{{0, 20}}}).status(200)
	require.Equal(w.t, []any{map[string]any{"from": 0.0, "to": 20.0, "reason": "faster_than_time"}}, cheat.at("rejected"))
	require.EqualValues(w.t, 0, cheat.at("watchedSeconds"))

	clock.Advance(5 * time.Second)
	done := w.do("POST", report, parent, map[string]any{"seq": 2, "position": 10, "rate": 2, "segments": [][]float64{{0, 10}}}).status(200)
	require.Equal(w.t, true, done.at("completed"))
	require.EqualValues(w.t, 50, done.at("percent"))
}

// mustCoverLesson looks at the figures of the pupil who has watched.
func (w *world) mustCoverLesson(parent, manager, id string, tree storetest.Tree) {
	w.t.Helper()
	tally := "/lessons/" + id + "/tally?unitId="
	for _, unit := range []*model.Unit{tree.Class, tree.School, tree.Town, tree.County} {
		got := w.do("GET", tally+unit.ID.String(), manager, nil).status(200)
		require.Equal(w.t, map[string]any{"roster": 1.0, "started": 1.0, "completed": 1.0, "rate": 100.0}, got.json)
	}
	w.do("GET", tally+tree.Town.ID.String(), parent, nil).status(200)
	w.do("GET", tally+tree.OtherClass.ID.String(), parent, nil).problem(404, "unit_not_found")

	page := w.do("GET", "/coverage?itemKind=lesson&side=pupil&itemId="+id+"&unitId="+tree.School.ID.String(), manager, nil).status(200)
	require.EqualValues(w.t, 1, page.at("unit", "covered"))
	children, ok := page.at("children").([]any)
	require.True(w.t, ok)
	require.Len(w.t, children, 2)
}

func (w *world) getMedia(link, ranges string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, strings.TrimSuffix(w.url, rest.Base)+link, nil)
	require.NoError(w.t, err)
	if ranges != "" {
		req.Header.Set("Range", ranges)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, res.Body.Close())
	return res
}

func TestMediaNeedsASignedLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree := w.Tree()
	manager := w.as(w.Staff(model.RoleManager, tree.County))
	draft := w.do("POST", "/lessons", manager, map[string]any{"unitId": tree.County.ID, "title": "一", "sides": []string{"pupil"}, "term": "2026H2"}).status(201)
	video, err := os.ReadFile(demoVideo)
	require.NoError(t, err)
	link := w.do("PUT", "/lessons/"+draft.text("id")+"/video", manager, video).status(200).text("videoUrl")
	path, query, _ := strings.Cut(link, "?")
	require.Equal(t, 200, w.getMedia(link, "").StatusCode)
	for name, bad := range map[string]string{
		"no signature": path, "another file": "/media/lessons/1.mp4?" + query, "longer life": path + "?" + strings.Replace(query, "e=", "e=9", 1),
		"outside": "/media/../keyset?" + query, "nothing": "/media/", "root": "/media/%2e%2e/%2e%2e/etc/passwd?" + query,
	} {
		require.GreaterOrEqual(t, w.getMedia(bad, "").StatusCode, 400, name)
	}
	require.Equal(t, 416, w.getMedia(link, "bytes=99999999-").StatusCode)
}

func TestUploadsThatAreNoVideo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree := w.Tree()
	manager := w.as(w.Staff(model.RoleManager, tree.County))
	draft := w.do("POST", "/lessons", manager, map[string]any{"unitId": tree.County.ID, "title": "一", "sides": []string{"pupil"}, "term": "2026H2"}).status(201)
	path := "/lessons/" + draft.text("id")
	for name, body := range map[string][]byte{"empty": {}, "text": []byte("hello, I am a video"), "half": half(t)} {
		r := w.do("PUT", path+"/video", manager, bytes.NewReader(body))
		require.Equal(t, 422, r.code, name)
		require.Equal(t, "file", r.json["field"], name)
	}
	w.do("PUT", path+"/cover", manager, bytes.Repeat([]byte("x"), 6<<20)).problem(413, "file_too_large")
	w.do("PUT", path+"/cover", manager, half(t)).problem(422, "file_type")
	w.do("PUT", "/lessons/1/video", manager, []byte("x")).problem(404, "lesson_not_found")
	w.do("PUT", "/lessons/x/video", manager, []byte("x")).problem(422, "invalid_input")
}

// half is the first half of a video, as a broken upload leaves it: still an
// MP4, so a wrong file for a cover.
func half(t *testing.T) []byte {
	t.Helper()
	video, err := os.ReadFile(demoVideo)
	require.NoError(t, err)
	return video[:len(video)/100]
}

func TestLessonFormIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree, other := w.Tree(), w.Tree()
	manager := w.as(w.Staff(model.RoleManager, tree.Town))
	good := func() map[string]any {
		return map[string]any{"unitId": tree.Town.ID, "title": "一", "sides": []string{"pupil"}, "term": "2026H2"}
	}
	for name, c := range map[string]struct {
		field string
		value any
		code  int
	}{
		"no title": {"title", "", 422}, "long title": {"title", strings.Repeat("长", 61), 422}, "no sides": {"sides", []string{}, 422},
		"unknown side": {"sides", []string{"teacher"}, 422}, "bad term": {"term", "2026H3", 422}, "low pass": {"passPercent", 10, 422},
		"high rate": {"maxRate", 4, 422}, "number as id": {"unitId", 12, 422}, "county above": {"unitId", tree.County.ID, 404},
		"another town": {"unitId", other.Town.ID, 404}, "unknown member": {"colour", "red", 422},
		"inverted window": {"publishUntil", "2020-01-01T00:00:00Z", 422},
	} {
		body := good()
		body[c.field] = c.value
		if name == "inverted window" {
			body["publishFrom"] = "2021-01-01T00:00:00Z"
		}
		r := w.do("POST", "/lessons", manager, body)
		require.Equal(t, c.code, r.code, "%s: %s", name, r.raw)
		if c.code == 422 {
			require.Contains(t, r.json["field"], c.field, name)
		}
	}
	w.do("POST", "/lessons", manager, good()).status(201)
}

func TestReportFormIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree := w.Tree()
	pupil := w.Pupil(tree.Class)
	parent := w.as(w.Guardian(pupil))
	lesson := w.Lesson(tree.County, 20, model.SidePupil)
	watch := w.do("POST", "/lessons/"+lesson.ID.String()+"/watches", parent, map[string]any{"pupilId": pupil.ID}).status(201).text("id")
	path := "/watches/" + watch + "/reports"
	many := make([][]float64, 10_000)
	for i := range many {
		many[i] = []float64{float64(i), float64(i + 1)}
	}
	huge, err := json.Marshal(map[string]any{"seq": 1, "position": 0, "rate": 1, "segments": many})
	require.NoError(t, err)
	for name, body := range map[string][]byte{
		"10,000 segments": huge,
		"NaN":             []byte(`{"seq":1,"position":0,"rate":1,"segments":[[0,NaN]]}`),
		"three numbers":   []byte(`{"seq":1,"position":0,"rate":1,"segments":[[0,1,2]]}`),
		"text":            []byte(`{"seq":1,"position":0,"rate":1,"segments":[["0","1"]]}`),
		"null":            []byte(`{"seq":1,"position":0,"rate":1,"segments":[null]}`),
		"no seq":          []byte(`{"position":0,"rate":1,"segments":[]}`),
		"seq 0":           []byte(`{"seq":0,"position":0,"rate":1,"segments":[]}`),
		"overflow":        []byte(`{"seq":1,"position":1e999,"rate":1,"segments":[]}`),
	} {
		r := w.do("POST", path, parent, body)
		require.Contains(t, []int{400, 413, 422}, r.code, "%s: %s", name, r.raw)
	}
	negative := w.do("POST", path, parent, []byte(`{"seq":1,"position":0,"rate":1,"segments":[[-3,2],[5,1]]}`)).status(200)
	require.EqualValues(t, 0, negative.at("watchedSeconds"))
	require.Equal(t, "malformed", negative.text("rejected", 0, "reason"))
	require.Equal(t, "malformed", negative.text("rejected", 1, "reason"))
	stranger := w.as(w.Guardian(w.Pupil(tree.Class)))
	w.do("POST", path, stranger, []byte(`{"seq":2,"position":0,"rate":1,"segments":[]}`)).problem(404, "watch_not_found")
	w.do("POST", path, "", []byte(`{"seq":2,"position":0,"rate":1,"segments":[]}`)).problem(401, "login_required")
	w.do("POST", "/lessons/"+lesson.ID.String()+"/watches", stranger, map[string]any{"pupilId": pupil.ID}).problem(404, "child_not_found")
	w.do("POST", "/lessons/"+lesson.ID.String()+"/watches", parent, map[string]any{}).problem(422, "pupil_needed")
}

func TestMissingPupilsAndTheirMakeUp(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree, other := w.Tree(), w.Tree()
		pupils := []*model.Pupil{w.Pupil(tree.Class), w.Pupil(tree.Class), w.Pupil(tree.Class)}
		lecture := w.Lecture(tree.County, 4, model.SidePupil)
		now := w.store.Now()
		session := &model.LectureSession{ID: w.store.NewID(), LectureID: lecture.ID, UnitID: tree.School.ID, HostID: 1, Mode: model.SessionOnline, Status: model.SessionScheduled,
			StartsAt: now.Add(time.Hour), EndsAt: now.Add(2 * time.Hour), Version: 1, CreatedAt: now, UpdatedAt: now}
		w.Insert(session, &model.SessionTarget{SessionID: session.ID, UnitID: tree.School.ID})
		teacher := w.as(w.Staff(model.RoleTeacher, tree.Class))
		path := "/coverage/missing?itemKind=lecture&side=pupil&itemId=" + lecture.ID.String() + "&unitId="
		first := w.do("GET", path+tree.Class.ID.String()+"&limit=2", teacher, nil).status(200)
		require.Len(w.t, first.items(), 2)
		require.Equal(w.t, session.ID.String(), first.text("items", 0, "makeUp", "sessionId"))
		rest := w.do("GET", path+tree.Class.ID.String()+"&limit=2&cursor="+first.text("nextCursor"), teacher, nil).status(200)
		require.Len(w.t, rest.items(), 1)
		require.NotContains(w.t, rest.json, "nextCursor")
		w.do("GET", path+tree.School.ID.String(), teacher, nil).problem(404, "unit_not_found")
		w.do("GET", path+other.Class.ID.String(), teacher, nil).problem(404, "unit_not_found")
		inspector := w.as(w.Staff(model.RoleInspector, tree.County))
		w.do("GET", path+tree.Class.ID.String(), inspector, nil).problem(403, "role_required")
		makeUp := &model.LectureSession{ID: w.store.NewID(), LectureID: lecture.ID, UnitID: tree.School.ID, HostID: 1, Mode: model.SessionOnline, Status: model.SessionScheduled,
			MakeUpOf: session.ID, StartsAt: now.Add(time.Minute), EndsAt: now.Add(time.Hour), Version: 1, CreatedAt: now, UpdatedAt: now}
		w.Insert(makeUp, &model.SessionTarget{SessionID: makeUp.ID, UnitID: tree.School.ID}, &model.SessionInvitee{SessionID: makeUp.ID, PupilID: pupils[1].ID})
		invited := w.do("GET", path+tree.Class.ID.String(), teacher, nil).status(200)
		for i, want := range []model.ID{session.ID, makeUp.ID, session.ID} {
			require.Equal(w.t, want.String(), invited.text("items", i, "makeUp", "sessionId"), "a make-up is for those whom it invites")
		}
		items := w.do("GET", "/coverage/items?unitId="+tree.Town.ID.String()+"&term="+string(lecture.Term), inspector, nil).status(200)
		require.Len(w.t, items.items(), 1)
		require.EqualValues(w.t, 3, items.at("items", 0, "roster"))
	})
}
