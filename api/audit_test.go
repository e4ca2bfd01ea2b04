package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestAnEntrySaysByWhichCallAndFromWhere(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		b := setup(w)
		w.doWith(http.MethodPost, "/bookings", b.who(model.RoleGuardian).token, map[string]any{"slotId": b.slot(b.ahead()).ID, "pupilId": b.pupil.ID,
			"safety": map[string]any{"selfHarm": true}}, nil).status(http.StatusCreated)
		w.doWith(http.MethodGet, "/alerts", b.who(model.RoleDuty).token, nil, http.Header{"X-Forwarded-For": {"9.9.9.9, 203.0.113.7"}}).status(http.StatusOK)
		var entry model.AuditEntry
		require.NoError(w.t, w.store.Read(w.t.Context()).Take(&entry, "actor_id = ?", b.who(model.RoleDuty).actor.AccountID).Error)
		require.Equal(w.t, []string{"getAlerts", "203.0.113.7"}, []string{entry.Operation, entry.Address})
	})
}
