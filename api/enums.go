package api

import (
	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/lecture"
	"xinyu/service/org"
	"xinyu/service/platform/wechat"
)

// enums are the types of which the contract lists the values.
func enums() []rest.Enum {
	return []rest.Enum{
		rest.EnumOf[model.Relation](),
		rest.EnumOf[model.Purpose](),
		rest.EnumOf[model.AlertLevel](),
		rest.EnumOf[model.AlertStatus](),
		rest.EnumOf[model.CalendarKind](),
		rest.EnumOf[model.CounselMode](),
		rest.EnumOf[model.BookingStatus](),
		rest.EnumOf[model.WaitStatus](),
		rest.EnumOf[model.Helped](),
		rest.EnumOf[model.Side](),
		rest.EnumOf[model.ItemKind](),
		rest.EnumOf[model.RejectReason](),
		rest.EnumOf[model.SessionMode](),
		rest.EnumOf[model.SessionStatus](),
		rest.EnumOf[model.CheckInMode](),
		rest.EnumOf[model.LessonStatus](),
		rest.EnumOf[model.CoverStatus](),
		rest.EnumOf[model.CallOutcome](),
		rest.EnumOf[model.PostStatus](),
		rest.EnumOf[model.PostReportReason](),
		rest.EnumOf[model.SceneKind](),
		rest.EnumOf[model.Sharer](),
		rest.EnumOf[model.UnitKind](),
		rest.EnumOf[model.Role](),
		rest.EnumOf[model.ImportStatus](),
		rest.EnumOf[lecture.Presence](),
		rest.EnumOf[model.BindingKind](),
		rest.EnumOf[identity.ClaimRule](),
		rest.EnumOf[identity.ClaimStatus](),
		rest.EnumOf[org.ConfirmationKind](),
		rest.EnumOf[wechat.App](),
		rest.EnumOf[model.StepKind](),
		rest.EnumOf[model.StepOutcome](),
		rest.EnumOf[model.EntryKind](),
		rest.EnumOf[model.Company](),
		rest.EnumOf[model.Contacted](),
		rest.EnumOf[model.AlertDecision](),
		rest.EnumOf[model.ReportRecipient](),
		rest.EnumOf[model.ReopenReason](),
		rest.EnumOf[model.AuditAction](),
		rest.EnumOf[model.AuditSubject](),
		rest.EnumOf[model.AuditPurpose](),
	}
}
