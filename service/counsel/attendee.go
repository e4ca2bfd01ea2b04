package counsel

import (
	"context"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
)

// attendee is the person a booking is for: a pupil, or the adult who booked.
type attendee struct {
	id      model.ID     // the pupil's, or the booking adult's account
	pupil   *model.Pupil // nil for an adult
	byStaff bool         // a counsellor, teacher or manager asks for the pupil
}

func (a attendee) pupilID() model.ID {
	if a.pupil == nil {
		return 0
	}
	return a.pupil.ID
}

// attendee says for whom the actor asks: a pupil's own account always for the
// pupil; a guardian for the own child, or without pupilID for themselves;
// staff for a pupil of their units (walk-in, by phone). Anyone else's child is not found.
func (s *Service) attendee(ctx context.Context, actor model.Actor, pupilID model.ID) (attendee, error) {
	byChild := actor.PupilID != 0
	if byChild && pupilID == 0 {
		pupilID = actor.PupilID
	}
	if pupilID == 0 {
		return attendee{id: actor.AccountID}, nil
	}
	if byChild && pupilID != actor.PupilID {
		return attendee{}, model.NotFound("pupil")
	}
	db := s.store.Read(ctx)
	pupil, err := family.Pupil(db, pupilID, family.OnRoster())
	if err != nil {
		return attendee{}, err
	}
	who := attendee{id: pupilID, pupil: &pupil}
	if byChild {
		return who, nil
	}
	guards, err := family.IsGuardian(db, actor.AccountID, pupilID)
	if guards || err != nil {
		return who, err
	}
	units := actor.UnitsAs(s.store.Now(), model.PupilFinders...)
	theirs, err := store.AmongBelow(db, []model.ID{pupil.ClassID}, units)
	if err == nil && !theirs[pupil.ClassID] {
		err = model.NotFound("pupil")
	}
	who.byStaff = true
	return who, err
}

// mustConsent refuses where nobody who may has consented to counselling.
func (s *Service) mustConsent(ctx context.Context, actor model.Actor, who attendee) error {
	subject := family.Subject{AccountID: actor.AccountID, PupilID: who.pupilID(), Staff: who.byStaff}
	return family.RequireConsent(s.store.Read(ctx), model.PurposeCounselling, model.DateOf(s.store.Now()), subject)
}
