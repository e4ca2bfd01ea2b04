package api

import (
	"context"
	"net/http"
	"strings"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/lesson"
	"xinyu/service/platform/store"
)

// maxVideo bounds an uploaded video: half an hour in good quality. An upload is
// spooled to the temporary directory; deploy/nginx/xinyu.conf has the same bound.
const maxVideo = 512 << 20

type getLessonInput struct {
	rest.IDInput
	PupilID store.IDParam `query:"pupilId" doc:"A child of the caller: its progress"`
}

func (s *Server) getLesson(ctx context.Context, actor model.Actor, in *getLessonInput) (lesson.View, error) {
	return s.svc.Lesson.Get(ctx, actor, in.ID.ID, in.PupilID.ID)
}

// LessonBody is what a manager writes about a lesson.
type LessonBody struct{ lesson.Edit }

type createLessonInput struct {
	Body struct {
		UnitID model.ID `json:"unitId" doc:"The unit that publishes it, for all below"`
		LessonBody
	}
}

func (s *Server) createLesson(ctx context.Context, actor model.Actor, in *createLessonInput) (lesson.View, error) {
	return s.svc.Lesson.Create(ctx, actor, in.Body.UnitID, in.Body.Edit)
}

type updateLessonInput struct {
	rest.IDInput
	Body struct {
		LessonBody
		Version int `json:"version" minimum:"1" doc:"The version that the change was made to"`
	}
}

func (s *Server) updateLesson(ctx context.Context, actor model.Actor, in *updateLessonInput) (lesson.View, error) {
	return s.svc.Lesson.Update(ctx, actor, in.ID.ID, in.Body.Version, in.Body.Edit)
}

type tallyInput struct {
	rest.IDInput
	UnitID store.IDParam `query:"unitId" required:"true"`
	Side   model.Side    `query:"side" doc:"The pupils' where the lesson is for them, else the guardians'"`
}

func (s *Server) lessonTally(ctx context.Context, actor model.Actor, in *tallyInput) (lesson.Tally, error) {
	return s.svc.Lesson.Tally(ctx, actor, in.ID.ID, in.UnitID.ID, in.Side)
}

// uploadInput is a file for one thing.
type uploadInput struct {
	rest.IDInput
	rest.RawInput
}

func (s *Server) uploadVideo(ctx context.Context, actor model.Actor, in *uploadInput) (lesson.View, error) {
	file, _, err := in.File()
	if err != nil {
		return lesson.View{}, err
	}
	return s.svc.Lesson.SetVideo(ctx, actor, in.ID.ID, file)
}

func (s *Server) uploadCover(ctx context.Context, actor model.Actor, in *uploadInput) (lesson.View, error) {
	file, _, err := in.File()
	if err != nil {
		return lesson.View{}, err
	}
	return s.svc.Lesson.SetCover(ctx, actor, in.ID.ID, file)
}

type mediaInput struct {
	Key string `path:"key"`
	rest.RawInput
}

// media serves files by signed links, which players fetch without a token.
func (s *Server) media(_ context.Context, _ model.Actor, in *mediaInput) (rest.Stream, error) {
	return func(w http.ResponseWriter, r *http.Request) error {
		return s.svc.Lesson.ServeMedia(w, r, strings.TrimPrefix(in.Key, "/"), r.URL.Query())
	}, nil
}
