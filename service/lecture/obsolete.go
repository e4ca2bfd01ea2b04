package lecture

import (
	"context"
	"maps"
	"slices"

	"xinyu/model"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// Obsolete tells which messages about sessions, or calls in their place, are
// not to be made any more: their session has ended or is cancelled, or the
// pupil is covered. It is the check of the kinds of messages of this domain.
func (s *Service) Obsolete(ctx context.Context, contacts []message.Contact) (map[model.ID]bool, error) {
	db := s.store.Read(ctx)
	sessionOf, err := s.sessionsBehind(ctx, contacts)
	if err != nil {
		return nil, err
	}
	var sessions []model.LectureSession
	if err := db.Where("id IN ?", store.Distinct(slices.Collect(maps.Values(sessionOf)))).Find(&sessions).Error; err != nil {
		return nil, err
	}
	byID := store.Keyed(sessions, func(session model.LectureSession) (model.ID, model.LectureSession) { return session.ID, session })
	lectures := store.Each(sessions, func(session model.LectureSession) model.ID { return session.LectureID })
	owed, err := s.stillOwed(ctx, contacts, store.Distinct(lectures))
	if err != nil {
		return nil, err
	}
	obsolete := map[model.ID]bool{}
	for _, contact := range contacts {
		session, ok := byID[sessionOf[contact.ID]]
		switch {
		case !ok, refuseOver(session.StatusAt(s.store.Now())) != nil:
			obsolete[contact.ID] = true
		case contact.Kind != message.KindSessionOpen && !owed[[2]model.ID{session.LectureID, contact.PupilID}]:
			obsolete[contact.ID] = true
		}
	}
	return obsolete, nil
}

// sessionsBehind returns the sessions that the contacts are about: their cause,
// or what a nudge is about.
func (s *Service) sessionsBehind(ctx context.Context, contacts []message.Contact) (map[model.ID]model.ID, error) {
	var ids []model.ID
	for _, contact := range contacts {
		if contact.CauseKind == message.CauseNudge {
			ids = append(ids, contact.CauseID)
		}
	}
	nudges, err := message.Nudges(s.store.Read(ctx), ids)
	if err != nil {
		return nil, err
	}
	behind := make(map[model.ID]model.ID, len(contacts))
	for _, contact := range contacts {
		behind[contact.ID] = contact.CauseID
		if contact.CauseKind == message.CauseNudge {
			behind[contact.ID] = nudges[contact.CauseID].SubjectID
		}
	}
	return behind, nil
}

// stillOwed tells which of the contacts' pupils are not covered by which of the
// lectures on a side that it is for.
func (s *Service) stillOwed(ctx context.Context, contacts []message.Contact, lectures []model.ID) (map[[2]model.ID]bool, error) {
	pupils := store.Each(contacts, func(contact message.Contact) model.ID { return contact.PupilID })
	found, err := lecturesByID(s.store.Read(ctx), lectures)
	if err != nil {
		return nil, err
	}
	owed := map[[2]model.ID]bool{}
	for id, lecture := range found {
		var missing []model.ID
		err := uncovered(s.store.Read(ctx), lecture).Where("p.id IN ?", store.Distinct(pupils)).Pluck("p.id", &missing).Error
		if err != nil {
			return nil, err
		}
		for _, pupil := range missing {
			owed[[2]model.ID{id, pupil}] = true
		}
	}
	return owed, nil
}
