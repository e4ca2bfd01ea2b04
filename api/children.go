package api

import (
	"context"
	"strings"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/identity"
	"xinyu/service/platform/store"
)

// ClaimBody is what a family types to be bound to a pupil of a roster.
type ClaimBody struct {
	ClassCode string     `json:"classCode" minLength:"1" maxLength:"32" doc:"The class's code, from the teacher"`
	Name      string     `json:"name" minLength:"1" maxLength:"64" doc:"The pupil's name"`
	StudentNo string     `json:"studentNo,omitempty" maxLength:"64" doc:"学籍号"`
	BirthDate model.Date `json:"birthDate,omitempty" maxLength:"10" doc:"YYYY-MM-DD, in place of studentNo, for a pupil who has none yet: such a claim always waits for a teacher"`
}

func (b ClaimBody) claim() identity.Claim {
	return identity.Claim{ClassCode: b.ClassCode, Name: b.Name, StudentNo: strings.TrimSpace(b.StudentNo), BirthDate: b.BirthDate}
}

// bound is the pupil who is bound now, or the claim that waits for a teacher.
type bound[View any] = rest.OrLater[View, identity.ClaimView]

type bindChildInput struct {
	Body struct {
		ClaimBody
		Relation model.Relation `json:"relation"`
	}
}

func (s *Server) bindChild(ctx context.Context, actor model.Actor, in *bindChildInput) (bound[identity.ChildView], error) {
	b, err := s.svc.Identity.BindChild(ctx, actor, in.Body.claim(), in.Body.Relation)
	return bound[identity.ChildView]{Now: b.Bound, Later: b.Waiting}, err
}

type bindPupilInput struct{ Body ClaimBody }

func (s *Server) bindPupil(ctx context.Context, actor model.Actor, in *bindPupilInput) (bound[identity.PupilView], error) {
	b, err := s.svc.Identity.BindPupil(ctx, actor, in.Body.claim())
	return bound[identity.PupilView]{Now: b.Bound, Later: b.Waiting}, err
}

type guardianInput struct {
	rest.IDInput
	AccountID store.IDParam `path:"accountId"`
}

func (s *Server) endGuardianship(ctx context.Context, actor model.Actor, in *guardianInput) (rest.None, error) {
	return rest.None{}, s.svc.Identity.EndGuardianship(ctx, actor, in.ID.ID, in.AccountID.ID)
}
