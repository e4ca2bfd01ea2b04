package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store/storetest"
)

// form is a file as wx.uploadFile sends it.
func form(t *testing.T, field, name string, data []byte) (*bytes.Buffer, http.Header) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("note", "before the file"))
	part, err := w.CreateFormFile(field, name)
	require.NoError(t, err)
	_, err = part.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return &b, http.Header{"Content-Type": {w.FormDataContentType()}}
}

func TestARosterIsUploadedPreviewedAppliedAndListed(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		t := w.t
		tree := w.Tree()
		manager := w.as(w.Staff(model.RoleManager, tree.School))
		stranger := w.as(w.Staff(model.RoleManager, w.Tree().School))
		csv := []byte("班级,姓名,学籍号,性别\n三年级1班,王　芳,t001,女\n三年级1班,李明,T002,男\n")
		path := "/roster-imports?unitId=" + tree.School.ID.String()
		body, header := form(t, "file", "花名册.csv", csv)
		id := w.doWith(http.MethodPost, path, manager, body, header).status(http.StatusCreated).text("id")
		raw := w.do(http.MethodPost, path, manager, csv).status(http.StatusCreated)
		require.Equal(t, "previewed", raw.text("status"))
		require.EqualValues(t, 2, raw.at("added"))
		require.Equal(t, "三年级1班", raw.text("newUnits", 0, "name"))
		w.do(http.MethodPost, "/roster-imports/"+raw.text("id")+"/discard", manager, nil).status(http.StatusOK)

		for _, call := range []struct{ method, path string }{
			{http.MethodGet, "/roster-imports/" + id}, {http.MethodPost, "/roster-imports/" + id + "/apply"}, {http.MethodPost, "/roster-imports/" + id + "/discard"},
		} {
			w.do(call.method, call.path, stranger, nil).problem(http.StatusNotFound, "import_not_found")
		}
		w.do(http.MethodPost, path, stranger, csv).problem(http.StatusNotFound, "unit_not_found")

		w.do(http.MethodPost, "/roster-imports/"+id+"/apply", manager, nil).status(http.StatusAccepted)
		require.Eventually(t, func() bool {
			return w.do(http.MethodGet, "/roster-imports/"+id, manager, nil).status(http.StatusOK).text("status") == "applied"
		}, 20*time.Second, 10*time.Millisecond)
		list := w.do(http.MethodGet, "/roster-imports?limit=1", manager, nil).status(http.StatusOK)
		require.Len(t, list.items(), 1)
		require.Len(t, w.do(http.MethodGet, "/roster-imports?limit=1&cursor="+list.text("nextCursor"), manager, nil).status(http.StatusOK).items(), 1)

		var class string
		for _, item := range w.do(http.MethodGet, "/units?parentId="+tree.School.ID.String(), manager, nil).status(http.StatusOK).items() {
			if unit := item.(map[string]any); unit["name"] == "三年级1班" {
				class = unit["id"].(string)
				require.EqualValues(t, 2, unit["pupilCount"])
			}
		}
		pupils := w.do(http.MethodGet, "/units/"+class+"/pupils", manager, nil).status(http.StatusOK)
		require.Equal(t, "王芳", pupils.text("items", 0, "name"))
		require.Equal(t, "****01", pupils.text("items", 0, "studentNo"))
		w.do(http.MethodGet, "/units/"+class+"/pupils", stranger, nil).problem(http.StatusNotFound, "unit_not_found")

		code := w.do(http.MethodGet, "/units/"+class, manager, nil).status(http.StatusOK).text("code")
		require.NotEqual(t, code, w.do(http.MethodPost, "/units/"+class+"/new-code", manager, nil).status(http.StatusOK).text("code"))
		w.do(http.MethodPut, "/units/"+class, manager, map[string]any{"name": "三1班"}).status(http.StatusOK)
		w.do(http.MethodPost, "/units/"+class+"/archive", manager, nil).problem(http.StatusConflict, "unit_has_pupils")
		made := w.do(http.MethodPost, "/units", manager, map[string]any{"parentId": tree.School.ID, "kind": "class", "name": "三2班"}).status(http.StatusCreated).text("id")
		require.NotEmpty(t, w.do(http.MethodPost, "/units/"+made+"/archive", manager, nil).status(http.StatusOK).text("archivedAt"))
		w.do(http.MethodPost, "/units", manager, map[string]any{"parentId": tree.School.ID, "kind": "county", "name": "县"}).problem(http.StatusUnprocessableEntity, "invalid_input")
	})
}

func TestAnUploadThatIsNoRosterIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.SQLite(t))
	tree := w.Tree()
	manager := w.as(w.Staff(model.RoleManager, tree.School))
	path := "/roster-imports?unitId=" + tree.School.ID.String()
	faulty := w.do(http.MethodPost, path, manager, []byte("班级,姓名,学籍号\n1班,王芳2,T001\n")).status(http.StatusCreated)
	require.Equal(t, "refused", faulty.text("status"))
	require.EqualValues(t, 2, faulty.at("faults", 0, "row"))
	require.Equal(t, "姓名", faulty.text("faults", 0, "column"))
	w.do(http.MethodPost, "/roster-imports/"+faulty.text("id")+"/apply", manager, nil).problem(http.StatusConflict, "import_not_previewed")
	w.do(http.MethodPost, path, manager, []byte{}).problem(http.StatusUnprocessableEntity, "file_missing")
	w.do(http.MethodPost, path, manager, []byte("\x00\x01\x02 nothing")).status(http.StatusUnprocessableEntity)
	body, header := form(t, "other", "a.csv", []byte("x"))
	w.doWith(http.MethodPost, path, manager, body, header).problem(http.StatusUnprocessableEntity, "file_missing")
	w.doWith(http.MethodPost, path, manager, []byte("cut off"), http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}).status(http.StatusUnprocessableEntity)
	w.do(http.MethodPost, "/roster-imports?unitId=x", manager, []byte("x")).problem(http.StatusUnprocessableEntity, "invalid_input")
	w.do(http.MethodPost, path, manager, bytes.Repeat([]byte("x"), maxRoster+1)).problem(http.StatusRequestEntityTooLarge, "file_too_large")
	w.do(http.MethodPost, path, w.as(w.Staff(model.RoleTeacher, tree.School)), []byte("x")).problem(http.StatusForbidden, "role_required")

	template := w.do(http.MethodGet, "/roster-template.xlsx", manager, nil).status(http.StatusOK)
	require.Equal(t, xlsxType, template.header.Get("Content-Type"))
	empty := w.do(http.MethodPost, path, manager, template.raw).status(http.StatusCreated)
	require.Equal(t, "no_rows", empty.text("faults", 0, "code"), fmt.Sprint(empty.at("faults")))
}

// roles are the roles that the token's holder has now.
func (w *world) roles(token string) any {
	w.t.Helper()
	return w.do(http.MethodGet, "/me", token, nil).status(http.StatusOK).at("account", "roles")
}

// What a roster says of a pupil holds for the family's next call.
func TestAnImportShowsInTheRolesOfFamiliesAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		manager := w.Staff(model.RoleManager, tree.School)
		apply := func(lines string) {
			w.t.Helper()
			d, err := w.svc.Org.PreviewImport(w.t.Context(), manager, org.NewImport{UnitID: tree.School.ID, Data: []byte("班级,姓名,学籍号\n1班,李明,T009\n" + lines)})
			require.NoError(w.t, err)
			require.Empty(w.t, d.Faults)
			d, err = w.svc.Org.ApplyImportNow(w.t.Context(), manager, d.ID, nil)
			require.NoError(w.t, err)
			require.Equal(w.t, model.ImportApplied, d.Status)
		}
		class := func(name string) string {
			var unit model.Unit
			require.NoError(w.t, w.store.Read(w.t.Context()).Take(&unit, "parent_id = ? AND name = ?", tree.School.ID, name).Error)
			return unit.ID.String()
		}
		apply("1班,王芳,T001\n2班,张伟,T002\n")
		var unit model.Unit
		require.NoError(w.t, w.store.Read(w.t.Context()).Take(&unit, "id = ?", class("1班")).Error)
		parent, own := w.login("demo-one"), w.login("demo-two")
		claim := map[string]any{"classCode": unit.Code, "name": "王芳", "studentNo": "T001"}
		w.do(http.MethodPost, "/me/pupil", own, claim).status(http.StatusCreated)
		claim["relation"] = "mother"
		w.do(http.MethodPost, "/me/children", parent, claim).status(http.StatusCreated)
		for _, step := range []struct{ lines, class string }{
			{"1班,王芳,T001\n2班,张伟,T002\n", "1班"},
			{"2班,王芳,T001\n2班,张伟,T002\n", "2班"}, // transferred
			{"2班,张伟,T002\n", ""},               // departed
			{"1班,王芳,T001\n2班,张伟,T002\n", "1班"}, // back
		} {
			tokens := map[string]string{"guardian": w.login("demo-one"), "pupil": w.login("demo-two")} // fresh: Redis keeps their holders
			for _, token := range tokens {
				w.roles(token)
			}
			apply(step.lines)
			for role, token := range tokens {
				want := []any{}
				if step.class != "" {
					want = []any{map[string]any{"role": role, "unitId": class(step.class)}}
				}
				for range 2 { // of SQL and of Redis
					require.Equal(w.t, want, w.roles(token), "%s after %q", role, step.lines)
				}
			}
		}
	})
}
