package api

import (
	"context"
	"log/slog"
	"net/http"

	"xinyu/api/internal/rest"
	"xinyu/service/counsel"
)

// Calls that ask the safety question read its answer before anything else is
// looked at. A caller who is not logged in any more, or whose body breaks its
// schema, is refused as ever, but with the hotline card unless the answer is a
// clear no; and a "yes" that reaches no service raises its alert here.

// maxSafetyBody bounds bodies that answer the safety question, in bytes: far
// above what their texts may hold, as the answer is read before a text is refused.
const maxSafetyBody = 1 << 20

// safety is what the person is asked before any counselling.
type safety struct {
	SelfHarm bool `json:"selfHarm" doc:"Whether the person thinks of harming themselves; yes raises an alert at once"`
}

// asksSafety marks a line of the table whose body answers the safety question.
func (s *Server) asksSafety(r rest.Route) rest.Route {
	return r.UpTo(maxSafetyBody).Before(s.readSafetyAnswer)
}

type safetyAnswerKey struct{}

// readSafetyAnswer is the step of marked lines that comes before all else.
func (s *Server) readSafetyAnswer(r *http.Request) *http.Request {
	answer := counsel.ReadSafetyAnswer(rest.PeekBody(r, maxSafetyBody))
	ctx := context.WithValue(r.Context(), safetyAnswerKey{}, answer)
	return r.WithContext(rest.OnRefusal(ctx, func(ctx context.Context, p *rest.Problem, handled bool) *rest.Problem {
		if answer.Said == counsel.SaidNo {
			return p
		}
		actor := rest.ActorOf(ctx)
		if answer.Said == counsel.SaidYes && !handled && actor.AccountID != 0 { // a handler's service raises it itself
			if err := s.svc.Counsel.RaiseAlert(ctx, actor, answer.PupilID); err != nil {
				slog.Error("an alert of the safety question could not be stored", "account", actor.AccountID, "err", err)
			}
		}
		c := *p
		c.Details = counsel.WithCard(p.Details)
		return &c
	}))
}

// selfHarm is the answer that a service acts upon: a "yes" in the wrong place
// of the body is one too.
func selfHarm(ctx context.Context, asked safety) bool {
	answer, _ := ctx.Value(safetyAnswerKey{}).(counsel.SafetyAnswer)
	return asked.SelfHarm || answer.Said == counsel.SaidYes
}
