package org

import (
	"context"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
)

// What the audit log says of rosters. An import is one entry for each step, whose
// subject it is: the import has the counts. Whether a pupil of the roster is the one of
// the file a manager decides by hand: each such yes is an entry of its own.

// importEntry is what the log says of a step of an import.
func importEntry(action model.AuditAction, row model.RosterImport) audit.Entry {
	return audit.Entry{Action: action, Subject: model.AuditRoster, SubjectID: row.ID, UnitID: row.UnitID, Role: model.RoleManager, Purpose: model.AuditManagement}
}

// logImport notes a step of an import in the transaction of its change.
func (s *Service) logImport(tx *gorm.DB, actor model.Actor, row model.RosterImport) error {
	return s.log.Write(tx, actor, importEntry(model.AuditWrite, row))
}

// logApplied notes of which pupils the actor said that the file means them: they
// have another number, name or class now.
func (s *Service) logApplied(tx *gorm.DB, actor model.Actor, p *plan) error {
	var entries []audit.Entry
	for _, q := range p.questions {
		if q.answer != nil && *q.answer {
			entries = append(entries, audit.Entry{Action: model.AuditWrite, Subject: model.AuditPupil, SubjectID: q.pupil.ID, PupilID: q.pupil.ID, UnitID: q.class.ID,
				Role: model.RoleManager, Purpose: model.AuditManagement})
		}
	}
	return s.log.Write(tx, actor, entries...)
}

// logList notes that a list of pupils of the unit is shown to the actor, who may see it
// by one of the roles.
func (s *Service) logList(ctx context.Context, actor model.Actor, subject model.AuditSubject, unitID model.ID, roles []model.Role) error {
	role := actor.Holding(s.store.Now(), roles...)
	return s.log.Record(ctx, actor, audit.Entry{Action: model.AuditRead, Subject: subject, SubjectID: unitID, UnitID: unitID, Role: role, Purpose: audit.PurposeOf(role)})
}

// managedNow are the units that the actor manages by SQL: what a login remembers may
// be a minute old. A command, which has no account, manages what it says.
func (s *Service) managedNow(db *gorm.DB, actor model.Actor) ([]model.ID, error) {
	if actor.AccountID == 0 {
		return s.managed(actor), nil
	}
	return s.accounts.UnitsOf(db, actor.AccountID, s.store.Now(), model.RoleManager)
}
