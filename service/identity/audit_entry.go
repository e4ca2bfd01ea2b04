package identity

import (
	"context"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/family"
	"xinyu/service/platform/limit"
)

// What the audit log says of what staff do with accounts, and of their logins. What
// families do with their own accounts is not in it.

// pupilEntry is what the log says of what a teacher or manager did with the accounts of the pupil's family.
func (s *Service) pupilEntry(actor model.Actor, action model.AuditAction, p model.Pupil) audit.Entry {
	role := actor.Holding(s.store.Now(), model.Hosts...)
	return audit.Entry{Action: action, Subject: model.AuditAccount, SubjectID: p.ID, PupilID: p.ID, UnitID: p.ClassID, Role: role, Purpose: audit.PurposeOf(role)}
}

// logFamily notes, in the transaction of the change, what a teacher or manager did
// with the accounts of the pupil's family.
func (s *Service) logFamily(tx *gorm.DB, actor model.Actor, pupil model.ID) error {
	row, err := family.Pupil(tx, pupil)
	if err != nil {
		return err
	}
	return s.log.Write(tx, actor, s.pupilEntry(actor, model.AuditWrite, row))
}

// managedEntry is what the log says of what a manager did with the account of a member
// of staff of the unit, or with the unit's rule for claims where account is zero.
func managedEntry(action model.AuditAction, account, unit model.ID) audit.Entry {
	subject := model.AuditAccount
	if account == 0 {
		subject, account = model.AuditRoster, unit
	}
	return audit.Entry{Action: action, Subject: subject, SubjectID: account, UnitID: unit, Role: model.RoleManager, Purpose: model.AuditManagement}
}

// refusedLogins bounds the entries of one locked account.
var refusedLogins = limit.Rate{Count: 1, Period: time.Hour}

// logLogin notes that a member of staff has logged in by the token, or was refused as
// the account is locked, which is noted once an hour.
func (s *Service) logLogin(ctx context.Context, in LoginIn, actor model.Actor, token model.ID, refused bool) error {
	action, now := model.AuditLogin, s.store.Now()
	role := actor.Holding(now, model.Staff...)
	if role == "" {
		return nil
	}
	if refused {
		action = model.AuditLoginRefused
		if _, _, ok := s.limiter.Take(ctx, "login-refused:"+actor.AccountID.String(), refusedLogins); !ok {
			return nil
		}
	}
	actor.TokenID, actor.Operation = token, in.Operation
	if in.From.IsValid() {
		actor.Address = in.From.String()
	}
	return s.log.Record(ctx, actor, audit.Entry{Action: action, Subject: model.AuditAccount, SubjectID: actor.AccountID, UnitID: actor.UnitsAs(now, role)[0], Role: role,
		Purpose: model.AuditOwn})
}
