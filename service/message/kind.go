package message

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"xinyu/model"
)

// The kinds of messages.
const (
	KindBookingDay      = "booking_reminder_24h"
	KindBookingHour     = "booking_reminder_1h"
	KindBookingOff      = "booking_cancelled"
	KindBookingMoved    = "booking_rescheduled"
	KindWaitOffer       = "wait_list_offer"
	KindSessionOpen     = "session_opening"
	KindSessionReminder = "session_reminder"
	KindMakeUp          = "make_up_scheduled"
	KindRetracted       = "check_in_retracted"
	KindNudge           = "coverage_nudge"
	KindBinding         = "family_binding"
	KindReleased        = "account_released"
	KindGuesses         = "wrong_claims"
	KindClaims          = "claims_waiting"
	KindDecided         = "claim_decided"
	KindConfirmed       = "claims_confirmed"
	KindAppointed       = "duty_appointed"
	KindAlert           = "alert_waiting"
	KindDrill           = "alert_drill"
	KindRotaGap         = "rota_gap"
)

// kind is what the programme knows of a kind of message. Which template of
// WeChat's carries it is the operator's to configure (Templates).
type kind struct {
	// title names it to the person who is asked for permission, inside our own pages.
	title string
	// asks says on which tap permission is asked for.
	asks string
	// text and status are what it says, keys of the whitelist.
	text, status string
	// queue says who telephones instead.
	queue model.CallQueue
	// calls says that someone must telephone those whom it can't reach. Where it
	// is false the message is only written for those whom it can reach.
	calls bool
	// learning says that it goes only to those who consent to PurposeLearning.
	learning bool
	// staff are the roles that it goes to: others are not asked. None means all.
	staff []model.Role
	// page is where it leads in the mini-program.
	page func(payload) string
}

func to(page string) func(payload) string { return func(payload) string { return page } }

// kinds is every kind; another one is refused by Enqueue.
var kinds = map[string]kind{
	KindBookingDay:   {title: "预约前一天提醒", asks: "booking", text: "soon", status: "soon", queue: model.QueueCounsel, calls: true, page: to("pages/counsel/bookings")},
	KindBookingHour:  {title: "预约前一小时提醒", asks: "booking", text: "soon", status: "soon", queue: model.QueueCounsel, calls: true, page: to("pages/counsel/bookings")},
	KindBookingOff:   {title: "预约取消通知", asks: "booking", text: "cancelled", status: "cancelled", queue: model.QueueCounsel, calls: true, page: to("pages/counsel/bookings")},
	KindBookingMoved: {title: "预约改期通知", asks: "booking", text: "moved", status: "moved", queue: model.QueueCounsel, calls: true, page: to("pages/counsel/bookings")},
	KindWaitOffer:    {title: "候补到号通知", asks: "waitList", text: "offer", status: "todo", queue: model.QueueCounsel, calls: true, page: to("pages/counsel/bookings")},
	KindSessionOpen:  {title: "宣讲开始通知", asks: "checkIn", text: "open", status: "open", queue: model.QueueClass, learning: true, page: payload.session},
	KindSessionReminder: {title: "宣讲参加提醒", asks: "checkIn", text: "todo", status: "todo", queue: model.QueueClass, calls: true,
		learning: true, page: payload.session},
	KindMakeUp: {title: "补课安排通知", asks: "checkIn", text: "makeUp", status: "todo", queue: model.QueueClass, calls: true,
		learning: true, page: payload.session},
	// The session's page says it too; nobody is telephoned for it.
	KindRetracted: {title: "签到变动通知", asks: "checkIn", text: "changed", status: "changed", queue: model.QueueClass, learning: true, page: payload.session},
	KindNudge: {title: "学习待办提醒", asks: "lesson", text: "unfinished", status: "todo", queue: model.QueueClass, calls: true,
		learning: true, page: payload.item},
	KindBinding: {title: "孩子绑定变化通知", asks: "binding", text: "changed", status: "changed", queue: model.QueueClass, calls: true, page: to("pages/mine/index")},
	// Nobody telephones a person who may be a stranger to the pupil.
	KindReleased:  {title: "账号解除通知", asks: "binding", text: "changed", status: "changed", queue: model.QueueClass, page: to("pages/mine/index")},
	KindGuesses:   {title: "班级绑定异常通知", asks: "alert", text: "todo", status: "todo", queue: model.QueueClass, staff: model.Hosts, page: to("work/teach/classes")},
	KindClaims:    {title: "家长绑定待确认通知", asks: "alert", text: "todo", status: "todo", queue: model.QueueClass, staff: model.Hosts, page: to("work/teach/classes")},
	KindDecided:   {title: "绑定申请结果通知", asks: "binding", text: "changed", status: "changed", queue: model.QueueClass, page: to("pages/mine/index")},
	KindConfirmed: {title: "班级绑定确认通知", asks: "alert", text: "changed", status: "changed", queue: model.QueueClass, staff: model.Hosts, page: to("work/teach/classes")},
	KindAppointed: {title: "值班人员变动通知", asks: "alert", text: "changed", status: "changed", queue: model.QueueDuty, calls: true,
		staff: model.AlertReaders, page: to("work/index")},
	// The call does not wait for the message to fail: the escalation raises both.
	KindRotaGap: {title: "值班空缺通知", asks: "alert", text: "todo", status: "todo", queue: model.QueueDuty, calls: true,
		staff: []model.Role{model.RoleManager}, page: to("work/index")},
	KindDrill: {title: "值班演练通知", asks: "alert", text: "drill", status: "drill", queue: model.QueueDuty, staff: model.AlertReaders, page: to("work/duty/alerts")},
	KindAlert: {title: "值班待办通知", asks: "alert", text: "todo", status: "todo", queue: model.QueueDuty, staff: model.AlertReaders, page: to("work/duty/alerts")},
}

// Kinds are the names of all kinds, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// payload is what any cause may have put into a message.
type payload struct {
	SessionID model.ID   `json:"sessionId"`
	LessonID  model.ID   `json:"lessonId"`
	StartsAt  *time.Time `json:"startsAt"`
	HeldUntil *time.Time `json:"heldUntil"`
}

func readPayload(row model.OutboxMessage) payload {
	var p payload
	// A payload that can't be read leads to the plain page and the message's own time.
	_ = json.Unmarshal([]byte(row.Payload), &p)
	return p
}

func (p payload) session() string {
	if p.SessionID == 0 {
		return "pages/lectures/index"
	}
	return "pages/lectures/session?id=" + p.SessionID.String()
}

func (p payload) item() string {
	if p.LessonID == 0 {
		return "pages/lectures/index"
	}
	return "pages/lessons/play?id=" + p.LessonID.String()
}

// at is the time that the message speaks of: when something begins, or until
// when it is kept.
func (p payload) at(row model.OutboxMessage) time.Time {
	switch {
	case p.HeldUntil != nil:
		return *p.HeldUntil
	case p.StartsAt != nil:
		return *p.StartsAt
	}
	return row.SendAfter
}
