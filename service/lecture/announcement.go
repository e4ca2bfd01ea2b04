package lecture

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/message"
	"xinyu/service/platform/store"
)

// announceLater notes, in tx, that the families of the session are to be
// written to; Announce does it, a little at a time.
func (s *Service) announceLater(tx *gorm.DB, session model.ID, kind string) error {
	row := model.SessionAnnouncement{SessionID: session, Kind: kind, CreatedAt: s.store.Now()}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
}

// Announce is the job that writes to the families of the sessions that have
// opened, and of the make-ups that were scheduled. It goes through the classes
// in parts, each in a transaction of its own that also notes how far it came:
// a run that is cut off is taken up there, and nobody is written to twice.
func (s *Service) Announce(ctx context.Context) error {
	if err := s.noteOpened(ctx); err != nil {
		return fmt.Errorf("look for opened sessions: %w", err)
	}
	var due []model.SessionAnnouncement
	if err := s.store.Read(ctx).Where("done_at IS NULL").Order("created_at, session_id").Limit(chunk).Find(&due).Error; err != nil {
		return fmt.Errorf("look for announcements: %w", err)
	}
	var errs []error
	for _, a := range due {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = s.announcePart(ctx, a.SessionID, a.Kind); err != nil {
				errs = append(errs, fmt.Errorf("announce a session: %w", err))
				break
			}
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// noteOpened finds the sessions that are open and not announced.
func (s *Service) noteOpened(ctx context.Context) error {
	now := s.store.Now()
	var opened []model.ID
	err := s.store.Read(ctx).Model(&model.LectureSession{}).
		Where("status = ? AND starts_at > ? AND starts_at <= ? AND ends_at > ?", model.SessionScheduled, now.Add(-maxHomeVisitSpan), now.Add(model.SessionOpensBefore), now).
		Where("NOT EXISTS (SELECT 1 FROM session_announcements AS a WHERE a.session_id = lecture_sessions.id AND a.kind = ?)", message.KindSessionOpen).
		Order("starts_at, id").Limit(chunk).Pluck("id", &opened).Error
	if err != nil || len(opened) == 0 {
		return err
	}
	return s.store.Tx(ctx, func(tx *gorm.DB) error {
		for _, id := range opened {
			if err := s.announceLater(tx, id, message.KindSessionOpen); err != nil {
				return err
			}
		}
		return nil
	})
}

// announcePart writes to the families of the next classes, and reports whether
// there are more.
func (s *Service) announcePart(ctx context.Context, id model.ID, kind string) (more bool, err error) {
	var row model.SessionAnnouncement
	if err := s.store.Read(ctx).Where("session_id = ? AND kind = ? AND done_at IS NULL", id, kind).Take(&row).Error; err != nil {
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return false, nil // another replica has done it
		}
		return false, err
	}
	err = s.store.Tx(ctx, func(tx *gorm.DB) error {
		messages, last, err := s.announcements(tx, row)
		if err != nil {
			return err
		}
		more = last != 0
		set := map[string]any{"last_class": last}
		if !more {
			set = map[string]any{"done_at": s.store.Now()}
		}
		// Whoever else was at this part has not moved on from it.
		res := tx.Model(&model.SessionAnnouncement{}).
			Where("session_id = ? AND kind = ? AND last_class = ? AND done_at IS NULL", id, kind, row.LastClass).Updates(set)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		return s.outbox.EnqueueOnce(tx, messages...)
	})
	return more, err
}

// announcements are the messages of the next part and the last class in it;
// no class when the session needs no more.
func (s *Service) announcements(tx *gorm.DB, row model.SessionAnnouncement) ([]message.Message, model.ID, error) {
	var session model.LectureSession
	if err := tx.Take(&session, "id = ?", row.SessionID).Error; err != nil {
		return nil, 0, store.Found(err, "session")
	}
	now := s.store.Now()
	m := message.Message{Kind: row.Kind, CauseKind: causeSession, CauseID: session.ID, Payload: sessionPayload(session), SendAfter: now, CutoffAt: session.EndsAt}
	if row.Kind == message.KindMakeUp {
		m.CutoffAt = session.StartsAt // then its opening tells of it
	}
	if refuseOver(session.StatusAt(now)) != nil || !now.Before(m.CutoffAt) {
		return nil, 0, nil
	}
	if row.Kind == message.KindSessionOpen && !s.recipients.Any(row.Kind) {
		return nil, 0, nil
	}
	lecture, err := lectureOf(tx, session)
	if err != nil {
		return nil, 0, err
	}
	classes, err := nextClasses(tx, session, row.LastClass)
	if err != nil || len(classes) == 0 {
		return nil, 0, err
	}
	var pupils []model.Pupil
	if err := family.Enrolled(tx).Where(participantsIn(tx, session, classes)).Select("p.id", "p.class_id").Order("p.id").Scan(&pupils).Error; err != nil {
		return nil, 0, err
	}
	families, err := s.outbox.Families(tx, idsOf(pupils), lecture.ForPupils)
	if err != nil {
		return nil, 0, err
	}
	messages, err := s.addressed(tx, m, pupils, families)
	return messages, classes[len(classes)-1], err
}

// addressed is the message to each of the families. An opening is only for
// those whom it reaches: it is no use to telephone everyone at that moment.
func (s *Service) addressed(tx *gorm.DB, shared message.Message, pupils []model.Pupil, families map[model.ID][]model.ID) ([]message.Message, error) {
	var accounts []model.ID
	for _, p := range pupils {
		accounts = append(accounts, families[p.ID]...)
	}
	var reached map[model.ID]bool
	if shared.Kind == message.KindSessionOpen {
		var err error
		if reached, err = s.recipients.Reachable(tx, shared.Kind, store.Distinct(accounts)); err != nil {
			return nil, err
		}
	}
	var messages []message.Message
	for _, p := range pupils {
		for _, account := range families[p.ID] {
			if reached != nil && !reached[account] {
				continue
			}
			m := shared
			m.RecipientID, m.PupilID, m.UnitID = account, p.ID, p.ClassID
			messages = append(messages, m)
		}
	}
	return messages, nil
}
