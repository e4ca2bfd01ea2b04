package api

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// Two pupils of one class with one name are told apart in every list in which
// staff see or tick names, and one who is alone with the name carries no mark.
func TestNamesakesAreToldApartWhereverStaffSeeThem(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		j := newJourney(w)
		class := j.own.Class
		var others []model.Pupil
		require.NoError(t, w.store.Read(t.Context()).Find(&others).Error)
		for _, p := range others { // the cast's pupils have no numbers that can be opened
			sealed, err := w.vault.Seal(model.StudentNoField, p.ID, "")
			require.NoError(t, err)
			w.Set(&p, "student_no", sealed)
		}
		first, claim := w.enrol(class, "王子轩", "G320623201403050012")
		second, other := w.enrol(class, "王子轩", "G320623201411050029")
		w.Set(first, "birth_date", "2014-03-05")
		w.Set(second, "birth_date", "2014-11-05")
		marks := map[string]string{first.ID.String(): "尾号0012 · 3月生", second.ID.String(): "尾号0029 · 11月生"}

		manager := w.as(w.Staff(model.RoleManager, j.own.School))
		w.do(http.MethodPut, "/units/"+j.own.School.ID.String()+"/claim-rule", manager, map[string]any{"rule": "confirm"}).status(http.StatusOK)
		asked := make([]string, 2)
		for i, c := range []map[string]any{claim, other} {
			c["relation"] = "mother"
			asked[i] = w.do(http.MethodPost, "/me/children", w.as(w.Account()), c).status(http.StatusAccepted).text("id")
		}
		session, lecture := j.session, j.do(http.MethodGet, j.session, j.teacher, nil).status(http.StatusOK).text("lectureId")
		sessionID, err := model.ParseID(session[len("/lecture-sessions/"):])
		require.NoError(t, err)
		var late []any
		for _, p := range []*model.Pupil{first, second} {
			late = append(late, &model.CheckIn{ID: w.store.NewID(), SessionID: sessionID, PupilID: p.ID, Side: model.SideGuardian, AccountID: j.teacherID,
				Mode: model.CheckInScan, At: w.store.Now(), ReceivedAt: w.store.Now().Add(time.Hour), Late: true})
		}
		w.Insert(late...)
		roll := map[string]any{"pupilIds": []model.ID{first.ID, second.ID}}
		w.do(http.MethodPost, session+"/roll-call", j.teacher, roll).status(http.StatusOK)
		for _, p := range []*model.Pupil{first, second} {
			gone := w.do(http.MethodDelete, session+"/check-ins/"+p.ID.String(), j.teacher, map[string]any{"reason": "点错了"}).status(http.StatusOK)
			require.Equal(t, marks[p.ID.String()], gone.text("mark"))
		}

		toldTo := func(token, path, id, name string) {
			t.Helper()
			found := map[string]string{}
			for i, item := range w.do(http.MethodGet, path, token, nil).status(http.StatusOK).items() {
				row := item.(map[string]any)
				mark, _ := row["mark"].(string)
				require.NotNil(t, row[name], "%s: item %d has a name", path, i)
				if row[name] == "王子轩" {
					found[row[id].(string)] = mark
				} else {
					require.Empty(t, mark, path)
				}
			}
			require.Equal(t, marks, found, path)
		}
		told := func(path, id, name string) { t.Helper(); toldTo(j.teacher, path, id, name) }
		unit := "/units/" + class.ID.String()
		told(unit+"/pupils", "id", "name")
		told("/pupils?name=王子", "id", "name")
		told(session+"/roster?side=pupil", "pupilId", "name")
		told(session+"/missing", "pupilId", "name")
		told(session+"/late-check-ins", "pupilId", "name")
		told(session+"/retractions", "pupilId", "name")
		told("/coverage/missing?itemKind=lecture&side=pupil&itemId="+lecture+"&unitId="+class.ID.String(), "pupilId", "name")
		told(unit+"/claims", "pupilId", "pupilName")
		for _, id := range asked {
			w.do(http.MethodPost, "/claims/"+id+"/confirm", manager, nil).status(http.StatusNoContent)
		}
		told(unit+"/decided-claims", "pupilId", "pupilName")

		counsellor, duty, now := w.Staff(model.RoleCounsellor, j.own.School), w.Staff(model.RoleDuty, j.own.School), w.store.Now()
		for i, p := range []*model.Pupil{first, second} {
			starts := now.AddDate(0, 0, 1+i)
			w.Insert(&model.Booking{ID: w.store.NewID(), CounsellorID: counsellor.AccountID, UnitID: j.own.School.ID, Mode: model.CounselInPerson, AttendeeID: p.ID, PupilID: p.ID,
				AccountID: w.store.NewID(), Status: model.BookingBooked, StartsAt: starts, EndsAt: starts.Add(time.Hour), Version: 1, CreatedAt: now, UpdatedAt: now},
				&model.Alert{ID: w.store.NewID(), Level: model.AlertUrgent, Status: model.AlertRaised, UnitID: class.ID, PupilID: p.ID, AccountID: w.store.NewID(),
					SourceKind: "staff", SourceID: w.store.NewID(), RaisedAt: now, DueAt: now.Add(time.Hour)},
				&model.CallTask{ID: w.store.NewID(), Queue: model.QueueClass, UnitID: class.ID, PupilID: p.ID, RecipientID: w.store.NewID(), Kind: "k", CauseKind: "lesson",
					CauseID: w.store.NewID(), Reason: "no_leave", DueAt: now.Add(time.Hour), CreatedAt: now})
		}
		toldTo(w.as(counsellor), "/bookings", "pupilId", "pupilName")
		toldTo(w.as(duty), "/alerts", "pupilId", "pupilName")
		told("/call-list", "pupilId", "pupilName")
		require.True(t, slices.ContainsFunc(w.do(http.MethodGet, unit+"/pupils", j.teacher, nil).items(), func(item any) bool { return item.(map[string]any)["name"] != "王子轩" }))
	})
}
