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
func form(t testing.TB, field, name string, data []byte) (*bytes.Buffer, http.Header) {
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

// upload is a school with its manager, a manager of another school, and a file.
type upload struct {
	*world
	school            *model.Unit
	manager, stranger string // tokens
	path              string
	csv               []byte
}

func newUpload(w *world) *upload {
	school := w.Tree().School
	return &upload{world: w, school: school, manager: w.as(w.Staff(model.RoleManager, school)), stranger: w.as(w.Staff(model.RoleManager, w.Tree().School)),
		path: "/roster-imports?unitId=" + school.ID.String(), csv: []byte("班级,姓名,学籍号,性别\n三年级1班,王　芳,t001,女\n三年级1班,李明,T002,男\n")}
}

func TestARosterIsUploadedPreviewedAppliedAndListed(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		u := newUpload(w)
		id := u.preview()
		u.mustHideFromOthers(id)
		u.apply(id)
		class := u.find("三年级1班")
		u.listPupils(class)
		u.changeClass(class)
	})
}

// preview uploads the file as a form, and once more as it is, which is discarded; it returns the first import.
func (u *upload) preview() string {
	u.t.Helper()
	body, header := form(u.t, "file", "花名册.csv", u.csv)
	id := u.doWith(http.MethodPost, u.path, u.manager, body, header).status(http.StatusCreated).text("id")
	raw := u.do(http.MethodPost, u.path, u.manager, u.csv).status(http.StatusCreated)
	require.Equal(u.t, "previewed", raw.text("status"))
	require.EqualValues(u.t, 2, raw.at("added"))
	require.Equal(u.t, "三年级1班", raw.text("newUnits", 0, "name"))
	u.do(http.MethodPost, "/roster-imports/"+raw.text("id")+"/discard", u.manager, nil).status(http.StatusOK)
	return id
}

func (u *upload) mustHideFromOthers(id string) {
	u.t.Helper()
	for _, call := range []struct{ method, path string }{
		{http.MethodGet, "/roster-imports/" + id}, {http.MethodPost, "/roster-imports/" + id + "/apply"}, {http.MethodPost, "/roster-imports/" + id + "/discard"},
	} {
		u.do(call.method, call.path, u.stranger, nil).problem(http.StatusNotFound, "import_not_found")
	}
	u.do(http.MethodPost, u.path, u.stranger, u.csv).problem(http.StatusNotFound, "unit_not_found")
}

// apply applies the import, waits for it and pages through the imports.
func (u *upload) apply(id string) {
	u.t.Helper()
	u.do(http.MethodPost, "/roster-imports/"+id+"/apply", u.manager, nil).status(http.StatusAccepted)
	require.Eventually(u.t, func() bool {
		return u.do(http.MethodGet, "/roster-imports/"+id, u.manager, nil).status(http.StatusOK).text("status") == "applied"
	}, 20*time.Second, 10*time.Millisecond)
	list := u.do(http.MethodGet, "/roster-imports?limit=1", u.manager, nil).status(http.StatusOK)
	require.Len(u.t, list.items(), 1)
	require.Len(u.t, u.do(http.MethodGet, "/roster-imports?limit=1&cursor="+list.text("nextCursor"), u.manager, nil).status(http.StatusOK).items(), 1)
}

// find returns the id of the class with two pupils that the import has made.
func (u *upload) find(name string) (class string) {
	u.t.Helper()
	for _, item := range u.do(http.MethodGet, "/units?parentId="+u.school.ID.String(), u.manager, nil).status(http.StatusOK).items() {
		if unit := item.(map[string]any); unit["name"] == name {
			class = unit["id"].(string)
			require.EqualValues(u.t, 2, unit["pupilCount"])
		}
	}
	return class
}

func (u *upload) listPupils(class string) {
	u.t.Helper()
	pupils := u.do(http.MethodGet, "/units/"+class+"/pupils", u.manager, nil).status(http.StatusOK)
	require.Equal(u.t, "王芳", pupils.text("items", 0, "name"))
	require.Equal(u.t, "****01", pupils.text("items", 0, "studentNo"))
	u.do(http.MethodGet, "/units/"+class+"/pupils", u.stranger, nil).problem(http.StatusNotFound, "unit_not_found")
}

// changeClass gives the class a new code and name; only an empty class is archived.
func (u *upload) changeClass(class string) {
	u.t.Helper()
	code := u.do(http.MethodGet, "/units/"+class, u.manager, nil).status(http.StatusOK).text("code")
	renewed := u.do(http.MethodPost, "/units/"+class+"/new-code", u.manager, nil).status(http.StatusOK)
	require.NotEqual(u.t, code, renewed.text("code"))
	u.do(http.MethodPut, "/units/"+class, u.manager, map[string]any{"name": "三1班"}).problem(http.StatusUnprocessableEntity, "invalid_input")
	u.do(http.MethodPut, "/units/"+class, u.manager, map[string]any{"name": "三1班", "version": renewed.at("version")}).status(http.StatusOK)
	stale := u.do(http.MethodPut, "/units/"+class, u.manager, map[string]any{"name": "三一班", "version": renewed.at("version")}).problem(http.StatusConflict, "version_conflict")
	require.Equal(u.t, "三1班", stale.at("details", "name"), "what is there now")
	u.do(http.MethodPost, "/units/"+class+"/archive", u.manager, nil).problem(http.StatusConflict, "unit_has_pupils")
	made := u.do(http.MethodPost, "/units", u.manager, map[string]any{"parentId": u.school.ID, "kind": "class", "name": "三2班"}).status(http.StatusCreated).text("id")
	require.NotEmpty(u.t, u.do(http.MethodPost, "/units/"+made+"/archive", u.manager, nil).status(http.StatusOK).text("archivedAt"))
	u.do(http.MethodPost, "/units", u.manager, map[string]any{"parentId": u.school.ID, "kind": "county", "name": "县"}).problem(http.StatusUnprocessableEntity, "invalid_input")
}

func TestAnUploadThatIsNoRosterIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	u := newUpload(newWorld(t, storetest.SQLite(t)))

	t.Run("a fault names row and column, and the import is not applied", func(t *testing.T) {
		faulty := u.do(http.MethodPost, u.path, u.manager, []byte("班级,姓名,学籍号\n1班,王芳2,T001\n")).status(http.StatusCreated)
		require.Equal(t, "refused", faulty.text("status"))
		require.EqualValues(t, 2, faulty.at("faults", 0, "row"))
		require.Equal(t, "姓名", faulty.text("faults", 0, "column"))
		u.do(http.MethodPost, "/roster-imports/"+faulty.text("id")+"/apply", u.manager, nil).problem(http.StatusConflict, "import_not_previewed")
	})
	t.Run("no file, or none that can be read", func(t *testing.T) {
		u.do(http.MethodPost, u.path, u.manager, []byte{}).problem(http.StatusUnprocessableEntity, "file_missing")
		u.do(http.MethodPost, u.path, u.manager, []byte("\x00\x01\x02 nothing")).status(http.StatusUnprocessableEntity)
		body, header := form(t, "other", "a.csv", []byte("x"))
		u.doWith(http.MethodPost, u.path, u.manager, body, header).problem(http.StatusUnprocessableEntity, "file_missing")
		u.doWith(http.MethodPost, u.path, u.manager, []byte("cut off"), http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}).status(http.StatusUnprocessableEntity)
	})
	t.Run("a file too large", func(t *testing.T) {
		u.do(http.MethodPost, u.path, u.manager, bytes.Repeat([]byte("x"), maxRoster+1)).problem(http.StatusRequestEntityTooLarge, "file_too_large")
	})
	t.Run("no unit, or no manager of it", func(t *testing.T) {
		u.do(http.MethodPost, "/roster-imports?unitId=x", u.manager, []byte("x")).problem(http.StatusUnprocessableEntity, "invalid_input")
		u.do(http.MethodPost, u.path, u.as(u.Staff(model.RoleTeacher, u.school)), []byte("x")).problem(http.StatusForbidden, "role_required")
	})
	t.Run("the template without a row of one's own", func(t *testing.T) {
		template := u.do(http.MethodGet, "/roster-template.xlsx", u.manager, nil).status(http.StatusOK)
		require.Equal(t, xlsxType, template.header.Get("Content-Type"))
		empty := u.do(http.MethodPost, u.path, u.manager, template.raw).status(http.StatusCreated)
		require.Equal(t, "no_rows", empty.text("faults", 0, "code"), fmt.Sprint(empty.at("faults")))
	})
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
			d, err = w.svc.Org.ApplyImportNow(w.t.Context(), manager, d.ID, nil, nil)
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
