package lecture

import (
	"context"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// Over tells which messages about sessions are not to be sent any more: their
// session is over or called off, or the pupil is covered. It is the check of
// the kinds of messages that this domain writes.
func (s *Service) Over(ctx context.Context, rows []model.OutboxMessage) (map[model.ID]bool, error) {
	db := s.store.Read(ctx)
	sessionOf, err := s.sessionsBehind(ctx, rows)
	if err != nil {
		return nil, err
	}
	var ids []model.ID
	for _, id := range sessionOf {
		ids = append(ids, id)
	}
	var sessions []model.LectureSession
	if err := db.Where("id IN ?", distinct(ids)).Find(&sessions).Error; err != nil {
		return nil, store.Translate(err)
	}
	byID := map[model.ID]model.LectureSession{}
	var lectures []model.ID
	for _, session := range sessions {
		byID[session.ID], lectures = session, append(lectures, session.LectureID)
	}
	owed, err := s.stillOwed(ctx, rows, distinct(lectures))
	if err != nil {
		return nil, err
	}
	over := map[model.ID]bool{}
	for _, row := range rows {
		session, ok := byID[sessionOf[row.ID]]
		switch {
		case !ok, refuseOver(session.StatusAt(s.store.Now())) != nil:
			over[row.ID] = true
		case row.Kind != message.KindSessionOpen && !owed[[2]model.ID{session.LectureID, row.PupilID}]:
			over[row.ID] = true
		}
	}
	return over, nil
}

// sessionsBehind are the sessions that the messages are about: their cause, or
// what a nudge is about.
func (s *Service) sessionsBehind(ctx context.Context, rows []model.OutboxMessage) (map[model.ID]model.ID, error) {
	behind := make(map[model.ID]model.ID, len(rows))
	var nudges []model.ID
	for _, row := range rows {
		behind[row.ID] = row.CauseID
		if row.CauseKind == message.CauseNudge {
			nudges = append(nudges, row.CauseID)
		}
	}
	if len(nudges) == 0 {
		return behind, nil
	}
	var found []model.Nudge
	if err := s.store.Read(ctx).Where("id IN ?", nudges).Find(&found).Error; err != nil {
		return nil, store.Translate(err)
	}
	subjects := map[model.ID]model.ID{}
	for _, n := range found {
		subjects[n.ID] = n.SubjectID
	}
	for _, row := range rows {
		if row.CauseKind == message.CauseNudge {
			behind[row.ID] = subjects[row.CauseID]
		}
	}
	return behind, nil
}

// stillOwed tells which of the rows' pupils are not covered by which of the
// lectures on a side that it is for.
func (s *Service) stillOwed(ctx context.Context, rows []model.OutboxMessage, lectures []model.ID) (map[[2]model.ID]bool, error) {
	pupils := make([]model.ID, len(rows))
	for i, row := range rows {
		pupils[i] = row.PupilID
	}
	found, err := lecturesByID(s.store.Read(ctx), lectures)
	if err != nil {
		return nil, err
	}
	owed := map[[2]model.ID]bool{}
	for id, lecture := range found {
		var missing []model.ID
		err := uncovered(s.store.Read(ctx), lecture).Where("p.id IN ?", distinct(pupils)).Pluck("p.id", &missing).Error
		if err != nil {
			return nil, store.Translate(err)
		}
		for _, pupil := range missing {
			owed[[2]model.ID{id, pupil}] = true
		}
	}
	return owed, nil
}
