package lecture

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/calendar"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// causeSession is the cause of messages about a session.
const causeSession = "session"

// Reminded says, by pupils, how many families were reminded of a session.
type Reminded struct {
	Reminded        int `json:"reminded"`
	AlreadyReminded int `json:"alreadyReminded" doc:"Today, before"`
	Unreachable     int `json:"unreachable" doc:"Nobody is bound to the pupil, or nobody there consents to learning"`
	// SendsAt is set where the reminder waits for the end of a holiday.
	SendsAt *time.Time `json:"sendsAt,omitempty" doc:"When they are sent, where the county has a holiday now that ends well before the session begins"`
}

// reminderAhead is how long before its session a reminder that waited for the end
// of a holiday is still early enough.
const reminderAhead = 4 * time.Hour

// Remind writes to the families of those whom the session is for and whom its
// lecture does not cover yet, once a day at most. Who can't be written to comes
// onto the call list of the class's teachers. On a holiday of the county it waits
// until that is over, but not for a session that goes on or begins before.
func (s *Service) Remind(ctx context.Context, actor model.Actor, id model.ID) (Reminded, error) {
	db := s.store.Read(ctx)
	session, err := s.runnable(db, actor, id)
	if err != nil {
		return Reminded{}, err
	}
	if err := refuseOver(session.StatusAt(s.store.Now())); err != nil {
		return Reminded{}, err
	}
	lecture, err := lectureOf(db, session)
	if err != nil {
		return Reminded{}, err
	}
	now := s.store.Now()
	sends, err := calendar.AfterHoliday(db, session.UnitID, now)
	if err != nil {
		return Reminded{}, err
	}
	if session.StartsAt.Before(sends.Add(reminderAhead)) {
		sends = now
	}
	subject := message.Subject{Kind: causeSession, ID: id, Message: message.KindSessionReminder, SendAfter: sends, CutoffAt: session.EndsAt, OwnAccounts: lecture.ForPupils,
		By: actor.AccountID, Payload: sessionPayload(session)}
	var total message.Nudged
	for last := model.ID(0); ; {
		classes, err := nextClasses(db, session, last)
		if err != nil {
			return Reminded{}, err
		}
		if len(classes) == 0 {
			break
		}
		last = classes[len(classes)-1]
		owing, err := s.owing(ctx, session, lecture, classes)
		if err != nil {
			return Reminded{}, err
		}
		var part message.Nudged
		err = s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
			part, err = s.outbox.Nudge(tx, subject, owing)
			return err
		})
		if err != nil {
			return Reminded{}, err
		}
		total.Add(part)
	}
	reminded := Reminded{Reminded: total.Nudged, AlreadyReminded: total.Already, Unreachable: total.Unreachable}
	if sends.After(now) {
		reminded.SendsAt = &sends
	}
	return reminded, nil
}

// sessionPayload is what a message needs of a session.
func sessionPayload(session model.LectureSession) map[string]any {
	return map[string]any{"sessionId": session.ID, "startsAt": session.StartsAt.UTC()}
}

// owing are the pupils of the classes whom the session is for and whom the
// lecture does not cover, with their classes.
func (s *Service) owing(ctx context.Context, session model.LectureSession, lecture model.Lecture, classes []model.ID) (map[model.ID]model.ID, error) {
	db := s.store.Read(ctx)
	var pupils []model.Pupil
	err := uncovered(db, lecture).Where(participantsIn(db, session, classes)).Select("p.id", "p.class_id").Scan(&pupils).Error
	return store.Keyed(pupils, func(p model.Pupil) (model.ID, model.ID) { return p.ID, p.ClassID }), err
}

// retell gives messages that have not left yet the new times of their session.
func (s *Service) retell(tx *gorm.DB, session model.LectureSession) error {
	for kind, cutoff := range map[string]time.Time{message.KindSessionOpen: session.EndsAt, message.KindMakeUp: session.StartsAt} {
		if err := s.outbox.Retime(tx, causeSession, session.ID, kind, sessionPayload(session), cutoff); err != nil {
			return err
		}
	}
	return nil
}

// dropMessages takes back what was to be said of a session that is over.
func (s *Service) dropMessages(tx *gorm.DB, session model.ID) error {
	if err := s.outbox.Drop(tx, causeSession, session); err != nil {
		return err
	}
	return s.outbox.DropNudges(tx, causeSession, session)
}
