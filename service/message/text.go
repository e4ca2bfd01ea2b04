package message

// texts are all that a message can say. A message is shown on a
// locked phone, in a family that may not know of a booking: so no name, no
// class, and no word of what the programme is about. Add to it with care.
var texts = map[string]string{
	"todo":       "您有一条待办",
	"drill":      "您有一条演练待办",
	"soon":       "您有一项安排即将开始",
	"cancelled":  "您的一项安排已取消",
	"moved":      "您的一项安排时间有变",
	"offer":      "为您保留了一个时间",
	"open":       "您有一项活动已经开始",
	"makeUp":     "您有一项活动待参加",
	"unfinished": "您有一项内容待完成",
	"changed":    "您的账号信息有变动",
	"look":       "请点击查看详情",
}

// heads are titles of templates, by status: those that an operator should look
// for in WeChat's library, and that the demo's have. A title is shown too.
var heads = map[string]string{
	"todo":      "待办事项提醒",
	"drill":     "演练通知",
	"soon":      "日程提醒",
	"cancelled": "日程取消通知",
	"moved":     "日程变更通知",
	"open":      "活动开始提醒",
	"changed":   "信息变更通知",
}

// statuses are the words short enough for fields of five characters.
var statuses = map[string]string{
	"todo":      "待办",
	"drill":     "演练",
	"soon":      "即将开始",
	"cancelled": "已取消",
	"moved":     "已改期",
	"open":      "进行中",
	"changed":   "已变更",
}
