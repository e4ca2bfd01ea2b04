package api

import (
	"context"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/calendar"
)

// CalendarYear names a year of a unit's calendar. (Exported for huma, as it is embedded.)
type CalendarYear struct {
	rest.IDInput
	Year int `query:"year" minimum:"2020" maximum:"2099" required:"true"`
}

func (s *Server) calendar(ctx context.Context, actor model.Actor, in *CalendarYear) (calendar.Year, error) {
	return s.svc.Calendar.Get(ctx, actor, in.ID.ID, in.Year)
}

type setCalendarInput struct {
	CalendarYear
	Body calendar.Change
}

func (s *Server) setCalendar(ctx context.Context, actor model.Actor, in *setCalendarInput) (calendar.Year, error) {
	return s.svc.Calendar.Set(ctx, actor, in.ID.ID, in.Year, in.Body)
}

type readCalendarInput struct {
	CalendarYear
	Body struct {
		Lines string `json:"lines" maxLength:"6000" doc:"As the State Council publishes it, a line for each holiday: 国庆节：10月1日（周四）至7日（周三）放假，共7天。10月10日（周六）上班，按周三。"`
	}
}

func (s *Server) readCalendar(ctx context.Context, actor model.Actor, in *readCalendarInput) (rest.List[calendar.Day], error) {
	return rest.ListOf(s.svc.Calendar.Read(ctx, actor, in.ID.ID, in.Year, in.Body.Lines))
}
