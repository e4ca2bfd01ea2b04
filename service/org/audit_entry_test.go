package org_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/org"
	"xinyu/service/platform/store"
)

// written returns what the log holds, and empties it.
func (b *bundle) written() []model.AuditEntry {
	b.t.Helper()
	var rows []model.AuditEntry
	require.NoError(b.t, b.store.Read(b.t.Context()).Order("id").Find(&rows).Error)
	require.NoError(b.t, b.store.Tx(b.t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM audit_entries").Error }))
	return rows
}

func brief(rows []model.AuditEntry) []string {
	return store.Each(rows, func(e model.AuditEntry) string {
		return string(e.ActorRole) + " " + string(e.Action) + " " + string(e.Subject)
	})
}

func TestEachStepOfAnImportIsLogged(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		b.apply(b.school, b.tree.School, roster("7班,王芳,A0001,female,2015-03-01", "7班,李雷,A0002,male,2015-04-01"))
		rows := b.written()
		require.Equal(b.t, []string{"manager write roster", "manager write roster"}, brief(rows), "uploaded and applied, whatever is in it")
		renumbered := roster("7班,王芳,B0001,female,2015-03-01", "7班,李雷,A0002,male,2015-04-01")
		d := b.preview(b.school, b.tree.School, renumbered)
		require.Equal(b.t, 1, d.SamePupilsOpen)
		_, err := b.svc.Import(ctx, b.county, d.ID)
		require.NoError(b.t, err)
		yes, pupil := true, b.pupil("A0001")
		_, err = b.svc.Choose(ctx, b.school, d.ID, org.Choices{AllSame: &yes})
		require.NoError(b.t, err)
		b.written()
		d, err = b.svc.ApplyImportNow(ctx, b.school, d.ID, nil, nil)
		require.NoError(b.t, err)
		require.Equal(b.t, model.ImportApplied, d.Status)
		_, err = b.svc.UndoImport(ctx, b.school, d.ID)
		require.NoError(b.t, err)
		rows = b.written()
		require.Equal(b.t, []string{"manager write roster", "manager write pupil", "manager write roster"}, brief(rows))
		require.Equal(b.t, []model.ID{pupil.ID, b.school.AccountID}, []model.ID{rows[1].PupilID, rows[1].ActorID}, "a pupil who is another number's by the manager's word")
		require.Equal(b.t, []model.ID{d.ID, b.tree.School.ID}, []model.ID{rows[2].SubjectID, rows[2].UnitID})

		d = b.preview(b.school, b.tree.School, renumbered)
		_, err = b.svc.DiscardImport(ctx, b.school, d.ID)
		require.NoError(b.t, err)
		_, err = b.svc.Import(ctx, b.county, d.ID)
		require.NoError(b.t, err)
		rows = b.written()
		require.Equal(b.t, []string{"manager write roster", "manager write roster"}, brief(rows), "what is dropped shows nobody")
	})
}

func TestWhoSeesAPreviewOrAListOfPupilsIsLogged(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		b.apply(b.school, b.tree.School, roster("7班,王芳,A0001,female,2015-03-01"))
		d := b.preview(b.school, b.tree.School, roster("7班,王芳,B0001,female,2015-03-01"))
		b.written()
		_, err := b.svc.Import(ctx, b.county, d.ID)
		require.NoError(b.t, err)
		class := b.pupil("A0001").ClassID
		teacher := b.Staff(model.RoleTeacher, b.tree.School)
		_, err = b.svc.Pupils(ctx, teacher, class, store.PageRequest{})
		require.NoError(b.t, err)
		counsellor := b.Staff(model.RoleCounsellor, b.tree.School)
		for _, name := range []string{"王芳", "没有"} {
			_, err = b.svc.FindPupils(ctx, counsellor, org.FindPupils{Name: name})
			require.NoError(b.t, err)
		}
		rows := b.written()
		require.Equal(b.t, []string{"manager read roster", "teacher read roster", "counsellor read pupil"}, brief(rows))
		require.Equal(b.t, []model.ID{d.ID, class, b.tree.School.ID}, []model.ID{rows[0].SubjectID, rows[1].SubjectID, rows[2].UnitID})
	})
}

func TestWhoHasJustLostTheRoleTouchesNoImport(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx := b.t.Context()
		former := b.Staff(model.RoleManager, b.tree.School)
		applied := b.apply(former, b.tree.School, roster("7班,王芳,A0001,female,2015-03-01"))
		d := b.preview(former, b.tree.School, roster("7班,王芳,B0001,female,2015-03-01"))
		b.Set(&model.Grant{}, "revoked_at", b.store.Now(), "account_id = ?", former.AccountID)
		was := b.everything()
		b.written()
		for name, call := range map[string]func() error{
			"preview": func() error {
				_, err := b.svc.PreviewImport(ctx, former, org.NewImport{UnitID: b.tree.School.ID, Data: roster("7班,李雷,A0002,,")})
				return err
			},
			"get":       func() error { _, err := b.svc.Import(ctx, former, d.ID); return err },
			"choose":    func() error { _, err := b.svc.Choose(ctx, former, d.ID, org.Choices{}); return err },
			"apply":     func() error { _, err := b.svc.ApplyImport(ctx, former, d.ID, nil); return err },
			"apply now": func() error { _, err := b.svc.ApplyImportNow(ctx, former, d.ID, nil, nil); return err },
			"discard":   func() error { _, err := b.svc.DiscardImport(ctx, former, d.ID); return err },
			"undo":      func() error { _, err := b.svc.UndoImport(ctx, former, applied.ID); return err },
			"rename":    func() error { _, err := b.svc.RenameUnit(ctx, former, b.tree.School.ID, 1, "新名"); return err },
		} {
			require.Equal(b.t, model.KindNotFound, model.KindOf(call()), name)
		}
		require.Equal(b.t, was, b.everything())
		require.Empty(b.t, b.written())
		d, err := b.svc.Import(ctx, b.school, d.ID)
		require.NoError(b.t, err)
		require.Equal(b.t, model.ImportPreviewed, d.Status)
	})
}
