package api

import (
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/audit"
)

func matrixOfAudit() map[string]line {
	// entry says that a counsellor read the data of a bound child of the own class, and returns the entry's id.
	entry := func(b *bundle, child *model.Pupil) model.ID {
		b.t.Helper()
		log := b.server.svc.Audit
		require.NoError(b.t, log.Record(b.t.Context(), b.who(model.RoleCounsellor).actor, audit.Entry{Action: model.AuditRead, Subject: model.AuditBooking, SubjectID: b.store.NewID(),
			PupilID: child.ID, UnitID: b.own.Class.ID, Role: model.RoleCounsellor, Purpose: model.AuditCounselling}))
		require.NoError(b.t, log.Integrate(b.t.Context()))
		// As if that had been the last entry of a former day.
		require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error {
			const former = "2020-01-01"
			if err := tx.Where("day = ?", former).Delete(&model.AuditCheckpoint{}).Error; err != nil {
				return err
			}
			return tx.Model(&model.AuditCheckpoint{}).Where("day > ?", former).Update("day", former).Error
		}))
		var newest model.AuditEntry
		require.NoError(b.t, b.store.Read(b.t.Context()).Order("id DESC").Take(&newest).Error)
		return newest.ID
	}
	return map[string]line{
		"GET /audit":            {make: func(b *bundle, _ member) request { return request{path: "/audit", thing: entry(b, b.pupil).String()} }},
		"GET /audit/{id}/proof": {make: func(b *bundle, _ member) request { return of(entry(b, b.pupil), "/audit/", "/proof", nil) }},
		"GET /me/children/{id}/reads": {make: func(b *bundle, _ member) request {
			entry(b, b.pupil)
			return of(b.pupil.ID, "/me/children/", "/reads", nil)
		}},
		"GET /audit/checkpoint": {apart: true, make: func(b *bundle, _ member) request {
			entry(b, b.pupil)
			return request{path: "/audit/checkpoint"}
		}},
	}
}
