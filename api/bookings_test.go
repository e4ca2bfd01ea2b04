package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// clinic is a school's counselling room with a week of open slots.
type clinic struct {
	cast
	room                                 string
	manager, counsellor, guardian, other string // tokens
	slots                                []any
}

func (w *world) clinic() clinic {
	w.t.Helper()
	c := clinic{cast: w.cast()}
	c.manager, c.guardian = c.member(model.RoleManager, "own").token, c.member(model.RoleGuardian, "own").token
	c.other = c.member(model.RoleGuardian, "other").token
	staff := c.member(model.RoleCounsellor, "own")
	c.counsellor = staff.token
	c.room = w.do(http.MethodPost, "/rooms", c.manager, map[string]any{"unitId": c.own.School.ID, "name": "心语室", "openHours": "周一至周五"}).status(http.StatusCreated).text("id")
	w.do(http.MethodPut, "/rooms/"+c.room+"/counsellors/"+staff.actor.AccountID.String(), c.manager, map[string]any{"name": "陈老师"}).status(http.StatusOK)
	for weekday := range 7 {
		w.do(http.MethodPost, "/availability-rules", c.counsellor, map[string]any{
			"mode": "in_person", "weekday": weekday, "startMinute": 540, "endMinute": 660, "slotMinutes": 30, "horizonDays": 7,
		}).status(http.StatusCreated)
	}
	c.slots = w.do(http.MethodGet, "/slots?limit=100&roomId="+c.room, c.guardian, nil).status(http.StatusOK).items()
	require.GreaterOrEqual(w.t, len(c.slots), 28)
	return c
}

func (c clinic) slot(i int) any { return c.slots[i].(map[string]any)["id"] }

func ask(slot any, more map[string]any) map[string]any {
	body := map[string]any{"slotId": slot, "safety": map[string]any{"selfHarm": false}}
	for k, v := range more {
		body[k] = v
	}
	return body
}

// Nobody books with a counsellor who has gone: the post ended, or the account locked.
func TestACounsellorWithoutThePostIsNotOffered(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		counsellor, room := c.member(model.RoleCounsellor, "own").actor.AccountID.String(), "/rooms/"+c.room
		grant := func() string {
			for _, g := range w.do(http.MethodGet, "/units/"+c.own.School.ID.String()+"/grants", c.manager, nil).status(http.StatusOK).items() {
				if g, ok := g.(map[string]any); ok && g["accountId"] == counsellor {
					return "/grants/" + g["id"].(string)
				}
			}
			return ""
		}
		offered := func(slots, counsellors int) {
			w.t.Helper()
			require.Len(w.t, w.do(http.MethodGet, "/slots?limit=100&roomId="+c.room, c.guardian, nil).status(http.StatusOK).items(), slots)
			require.Len(w.t, w.do(http.MethodGet, room, c.guardian, nil).status(http.StatusOK).at("counsellors"), counsellors)
		}
		all, week := len(c.slots), w.store.Now().AddDate(0, 0, 7)
		wait := map[string]any{"counsellorId": counsellor, "to": week}

		w.do(http.MethodPost, "/accounts/"+counsellor+"/lock", c.manager, map[string]any{"reason": "离职"}).status(http.StatusNoContent)
		offered(0, 0)
		w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(9), nil)).problem(http.StatusConflict, "slot_taken")
		w.do(http.MethodPost, "/wait-list", c.guardian, wait).problem(http.StatusNotFound, "counsellor_not_found")
		w.do(http.MethodPost, "/accounts/"+counsellor+"/unlock", c.manager, nil).status(http.StatusNoContent)
		offered(all, 1)

		w.do(http.MethodDelete, grant(), c.manager, nil).status(http.StatusNoContent)
		offered(0, 0)
		w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(9), nil)).problem(http.StatusConflict, "slot_taken")
		w.do(http.MethodPost, "/wait-list", c.guardian, wait).problem(http.StatusNotFound, "counsellor_not_found")
		code := w.do(http.MethodPost, "/me/invite-code", w.as(c.member(model.RoleCounsellor, "own").actor), nil).status(http.StatusCreated).text("code")
		w.do(http.MethodPost, "/units/"+c.own.School.ID.String()+"/grants", c.manager, map[string]any{"inviteCode": code, "role": "counsellor", "name": "陈老师"}).status(http.StatusCreated)
		offered(all, 1)
	})
}

func TestABookingFromSlotToRecord(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		require.Equal(t, "陈老师", w.do(http.MethodGet, "/rooms/"+c.room, c.guardian, nil).status(http.StatusOK).text("counsellors", 0, "name"))
		key := http.Header{"Idempotency-Key": {"k-1"}}
		body := ask(c.slot(9), map[string]any{"pupilId": c.ownPupil.ID, "concern": "最近睡不好"})
		made := w.doWith(http.MethodPost, "/bookings", c.guardian, body, key).status(http.StatusCreated)
		id := made.text("id")
		require.Equal(t, id, w.doWith(http.MethodPost, "/bookings", c.guardian, body, key).status(http.StatusCreated).text("id"))
		w.doWith(http.MethodPost, "/bookings", c.guardian, ask(c.slot(10), nil), key).problem(http.StatusConflict, "idempotency_key_reused")
		require.Equal(t, "最近睡不好", w.do(http.MethodGet, "/bookings/"+id, c.counsellor, nil).status(http.StatusOK).text("concern"))
		require.NotContains(t, w.do(http.MethodGet, "/bookings/"+id, c.manager, nil).status(http.StatusOK).json, "concern")
		w.do(http.MethodGet, "/bookings/"+id, c.other, nil).problem(http.StatusNotFound, "booking_not_found")
		require.Len(t, w.do(http.MethodGet, "/bookings?status=booked", c.guardian, nil).status(http.StatusOK).items(), 1)
		require.Empty(t, w.do(http.MethodGet, "/bookings", c.other, nil).status(http.StatusOK).items())

		staff := c.member(model.RoleTeacher, "own").token
		taken := w.do(http.MethodPost, "/bookings", staff, ask(c.slot(9), map[string]any{"pupilId": c.ownPupil.ID})).problem(http.StatusConflict, "slot_taken")
		require.Len(t, taken.at("details", "alternatives"), 6)
		w.do(http.MethodPost, "/bookings", c.other, ask(c.slot(9), nil)).problem(http.StatusNotFound, "slot_not_found")
		w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(11), map[string]any{"pupilId": c.otherPupil.ID})).problem(http.StatusNotFound, "pupil_not_found")

		w.do(http.MethodPost, "/bookings/"+id+"/complete", c.counsellor, nil).problem(http.StatusConflict, "booking_not_started")
		w.do(http.MethodPost, "/bookings/"+id+"/no-show", c.guardian, nil).problem(http.StatusForbidden, "role_required")
		require.Equal(t, c.slot(12), w.do(http.MethodPost, "/bookings/"+id+"/reschedule", c.guardian, map[string]any{"slotId": c.slot(12)}).status(http.StatusOK).at("slotId"))
		w.do(http.MethodPost, "/bookings/"+id+"/records", c.counsellor, map[string]any{"text": "电话沟通"}).status(http.StatusCreated)
		require.Equal(t, "电话沟通", w.do(http.MethodGet, "/bookings/"+id+"/records", c.counsellor, nil).status(http.StatusOK).text("items", 0, "text"))
		w.do(http.MethodGet, "/bookings/"+id+"/records", c.manager, nil).problem(http.StatusForbidden, "role_required")
		w.do(http.MethodGet, "/bookings/"+id+"/records", c.member(model.RoleCounsellor, "other").token, nil).problem(http.StatusNotFound, "booking_not_found")
		for range 2 {
			require.Equal(t, "cancelled", w.do(http.MethodPost, "/bookings/"+id+"/cancel", c.guardian, nil).status(http.StatusOK).text("status"))
		}
	})
}

func TestASelfHarmAnswerReachesADutyOfficer(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		duty := c.member(model.RoleDuty, "own").token
		card := w.do(http.MethodGet, "/hotlines", "", nil).status(http.StatusOK).items()
		require.Len(t, card, 4)
		yes := map[string]any{"pupilId": c.ownPupil.ID, "safety": map[string]any{"selfHarm": true}}
		require.Equal(t, card, w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(9), yes)).status(http.StatusCreated).at("hotlines"))
		pupil := c.member(model.RolePupil, "own")
		refused := w.do(http.MethodPost, "/bookings", pupil.token, ask(c.slot(9), map[string]any{"safety": map[string]any{"selfHarm": true}})).problem(http.StatusConflict, "slot_taken")
		require.Equal(t, card, refused.at("details", "hotlines"))
		w.do(http.MethodPost, "/bookings", c.member("", "none").token, map[string]any{"safety": map[string]any{"selfHarm": true, "since": "yesterday"}, "more": 1}).problem(http.StatusUnprocessableEntity, "invalid_input")
		alerts := w.do(http.MethodGet, "/alerts?status=raised", duty, nil).status(http.StatusOK)
		require.Len(t, alerts.items(), 3, "also of the one who belongs nowhere")
		require.NotContains(t, alerts.at("items", 2), "pupilId", "those of unknown accounts come last")
		require.Equal(t, false, alerts.at("items", 2, "known"))
		require.Equal(t, pupil.actor.PupilID.String(), alerts.text("items", 1, "pupilId"))
		id := alerts.text("items", 0, "id")
		taking := map[string]any{"doing": "正在打电话", "withPerson": "unknown"}
		w.do(http.MethodPost, "/alerts/"+id+"/acknowledge", c.manager, taking).problem(http.StatusForbidden, "role_required")
		w.do(http.MethodPost, "/alerts/"+id+"/acknowledge", c.member(model.RoleDuty, "other").token, taking).problem(http.StatusNotFound, "alert_not_found")
		for range 2 {
			require.Equal(t, "acknowledged", w.do(http.MethodPost, "/alerts/"+id+"/acknowledge", duty, taking).status(http.StatusOK).text("status"))
		}
		w.do(http.MethodGet, "/alerts", c.guardian, nil).problem(http.StatusForbidden, "role_required")
		require.Empty(t, w.do(http.MethodGet, "/alerts", c.member(model.RoleManager, "other").token, nil).status(http.StatusOK).items())
	})
}

// A "yes" raises the alert and returns the hotlines, however bad the rest of the call is.
func TestASafetyAnswerRaisesTheAlertBesideAnyOtherFault(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		duty := c.member(model.RoleDuty, "own").token
		const yes = `"safety":{"selfHarm":true}`
		for name, call := range map[string]struct{ path, body, code string }{
			"a slot that is no id":     {"/bookings", `{"slotId":"abc",` + yes + `}`, "slot_not_found"},
			"an empty slot":            {"/bookings", `{"slotId":"",` + yes + `}`, "slot_not_found"},
			"a null slot":              {"/bookings", `{"slotId":null,` + yes + `}`, "slot_not_found"},
			"a slot as a number":       {"/bookings", `{"slotId":12,` + yes + `}`, "slot_not_found"},
			"a slot beyond all ids":    {"/bookings", `{"slotId":"99999999999999999999",` + yes + `}`, "slot_not_found"},
			"a pupil that is no id":    {"/bookings", fmt.Sprintf(`{"slotId":%q,"pupilId":"x",%s}`, c.slot(9), yes), "pupil_not_found"},
			"an empty pupil":           {"/bookings", fmt.Sprintf(`{"slotId":%q,"pupilId":"",%s}`, c.slot(9), yes), "pupil_not_found"},
			"a concern of other kind":  {"/bookings", `{"concern":[5],` + yes + `}`, "slot_not_found"},
			"a concern of 100 KB":      {"/bookings", fmt.Sprintf(`{"slotId":%q,"concern":%q,%s}`, c.slot(9), strings.Repeat("a", 100<<10), yes), "concern_too_long"},
			"an offer that is no id":   {"/wait-list/abc/accept", `{` + yes + `}`, "wait_entry_not_found"},
			"an offer of someone else": {"/wait-list/7/accept", `{"concern":{},` + yes + `}`, "wait_entry_not_found"},
		} {
			actor := w.Guardian(w.Pupil(c.own.Class))
			r := w.do(http.MethodPost, call.path, w.as(actor), []byte(call.body))
			require.Equal(w.t, call.code, r.text("code"), name)
			require.Len(w.t, r.at("details", "hotlines"), 4, name)
			newest := w.do(http.MethodGet, "/alerts?limit=1", duty, nil).status(http.StatusOK)
			require.Equal(w.t, actor.AccountID.String(), newest.text("items", 0, "accountId"), name)
		}
		pupil := c.member(model.RolePupil, "own")
		w.do(http.MethodPost, "/bookings", pupil.token, []byte(fmt.Sprintf(`{"pupilId":"%d",%s}`, c.otherPupil.ID, yes))).problem(http.StatusNotFound, "slot_not_found")
		own := w.do(http.MethodGet, "/alerts?limit=1", duty, nil).status(http.StatusOK)
		require.Equal(w.t, pupil.actor.PupilID.String(), own.text("items", 0, "pupilId"), "a pupil speaks of themselves")
		w.do(http.MethodPost, "/bookings", c.guardian, []byte(fmt.Sprintf(`{"slotId":%q,"pupilId":"","safety":{"selfHarm":false}}`, c.slot(9)))).problem(http.StatusNotFound, "pupil_not_found")
	})
}

func TestTheWaitListFromCancelToAccept(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		booked := w.do(http.MethodPost, "/bookings", c.guardian, ask(c.slot(20), nil)).status(http.StatusCreated).text("id")
		second := w.as(w.Guardian(w.Pupil(c.own.Class)))
		entry := w.do(http.MethodPost, "/wait-list", second, map[string]any{"roomId": c.room, "to": time.Now().AddDate(0, 0, 10)}).status(http.StatusCreated).text("id")
		answer := map[string]any{"safety": map[string]any{"selfHarm": false}}
		w.do(http.MethodPost, "/wait-list/"+entry+"/accept", second, answer).problem(http.StatusConflict, "nothing_offered")
		w.do(http.MethodPost, "/bookings/"+booked+"/cancel", c.guardian, map[string]any{"reason": "临时有事"}).status(http.StatusOK)
		require.Equal(t, c.slot(20), w.do(http.MethodGet, "/wait-list", second, nil).status(http.StatusOK).at("items", 0, "offer", "slot", "id"))
		w.do(http.MethodPost, "/wait-list/"+entry+"/accept", c.guardian, answer).problem(http.StatusNotFound, "wait_entry_not_found")
		require.Equal(t, c.slot(20), w.do(http.MethodPost, "/wait-list/"+entry+"/accept", second, answer).status(http.StatusCreated).at("slotId"))
		w.do(http.MethodPost, "/wait-list/"+entry+"/cancel", second, nil).problem(http.StatusConflict, "wait_over")
	})
}

func TestAvailabilityIsTheCounsellorsAndTheManagers(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		account := c.member(model.RoleCounsellor, "own").actor.AccountID
		rules := w.do(http.MethodGet, "/availability-rules", c.counsellor, nil).status(http.StatusOK).items()
		require.Len(t, rules, 7)
		require.Equal(t, rules, w.do(http.MethodGet, fmt.Sprintf("/availability-rules?counsellorId=%d", account), c.manager, nil).status(http.StatusOK).items())
		stranger := c.member(model.RoleManager, "other").token
		w.do(http.MethodGet, fmt.Sprintf("/availability-rules?counsellorId=%d", account), stranger, nil).problem(http.StatusNotFound, "counsellor_not_found")
		rule := "/availability-rules/" + rules[0].(map[string]any)["id"].(string)
		w.do(http.MethodDelete, rule, stranger, nil).problem(http.StatusNotFound, "rule_not_found")
		w.do(http.MethodDelete, rule, c.manager, nil).status(http.StatusNoContent)
		day := model.DateOf(time.Now()).AddDays(3)
		away := w.do(http.MethodPost, "/availability-exceptions", c.counsellor, map[string]any{"onDate": day, "reason": "培训"}).status(http.StatusCreated)
		require.EqualValues(t, 1440, away.at("endMinute"))
		require.Empty(t, away.at("bookings"))
		require.Len(t, w.do(http.MethodGet, "/availability-exceptions", c.counsellor, nil).status(http.StatusOK).items(), 1)
		w.do(http.MethodDelete, "/availability-exceptions/"+away.text("id"), stranger, nil).problem(http.StatusNotFound, "exception_not_found")
		w.do(http.MethodDelete, "/availability-exceptions/"+away.text("id"), c.counsellor, nil).status(http.StatusNoContent)
		w.do(http.MethodPost, "/availability-rules", c.guardian, map[string]any{}).problem(http.StatusForbidden, "role_required")
		w.do(http.MethodPost, "/rooms", c.manager, map[string]any{"unitId": c.own.Class.ID, "name": "x"}).problem(http.StatusUnprocessableEntity, "unit_has_no_rooms")
		w.do(http.MethodPost, "/rooms", stranger, map[string]any{"unitId": c.own.School.ID, "name": "x"}).problem(http.StatusNotFound, "unit_not_found")
		w.do(http.MethodPut, "/rooms/"+c.room, stranger, map[string]any{"name": "x", "version": 1}).problem(http.StatusNotFound, "room_not_found")
		require.Empty(t, w.do(http.MethodGet, "/rooms", c.other, nil).status(http.StatusOK).items())
		w.do(http.MethodPut, "/rooms/"+c.room, c.manager, map[string]any{"name": "心语室", "closed": true, "version": 1}).status(http.StatusOK)
		require.Empty(t, w.do(http.MethodGet, "/slots", c.guardian, nil).status(http.StatusOK).items())
		w.do(http.MethodGet, "/rooms/"+c.room, c.guardian, nil).problem(http.StatusNotFound, "room_not_found")
	})
}

// A holiday that is entered closes the slots of its day in the same moment, for
// the county alone, and opens them again when it is taken out.
func TestAHolidayClosesItsSlotsAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		c := w.clinic()
		manager := w.as(w.Staff(model.RoleManager, c.own.County))
		day := model.DateOf(w.store.Now()).AddDays(3)
		year := string(day[:4])
		onDay := func() (n int) {
			for _, item := range w.do(http.MethodGet, "/slots?limit=100&roomId="+c.room, c.guardian, nil).status(http.StatusOK).items() {
				at, err := time.Parse(time.RFC3339, item.(map[string]any)["startsAt"].(string))
				require.NoError(w.t, err)
				if model.DateOf(at) == day {
					n++
				}
			}
			return n
		}
		set := func(token string, county *model.Unit, version int, days []any) {
			w.t.Helper()
			w.do(http.MethodPut, "/units/"+county.ID.String()+"/calendar?year="+year, token, map[string]any{"version": version, "days": days}).status(http.StatusOK)
		}
		holiday := []any{map[string]any{"date": day, "kind": "holiday", "name": "测试节"}}
		before := onDay()
		require.Equal(w.t, 4, before)
		set(w.as(w.Staff(model.RoleManager, c.cast.other.County)), c.cast.other.County, 0, holiday)
		require.Equal(w.t, before, onDay(), "another county's")
		set(manager, c.own.County, 0, holiday)
		require.Zero(w.t, onDay())
		set(manager, c.own.County, 1, []any{})
		require.Equal(w.t, before, onDay())
	})
}
