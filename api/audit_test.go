package api

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

func TestAnEntrySaysByWhichCallAndFromWhere(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		b := setup(w)
		w.doWith(http.MethodPost, "/bookings", b.who(model.RoleGuardian).token, map[string]any{"slotId": b.slot(b.ahead()).ID, "pupilId": b.pupil.ID,
			"safety": map[string]any{"selfHarm": true}}, nil).status(http.StatusCreated)
		officer, from := b.who(model.RoleDuty).actor.AccountID, http.Header{"X-Forwarded-For": {"9.9.9.9, 203.0.113.7"}}
		w.doWith(http.MethodGet, "/alerts", b.who(model.RoleDuty).token, nil, from).status(http.StatusOK)
		w.doWith(http.MethodPost, "/login", "", map[string]any{"code": w.wechat.IssueCode("o" + officer.String())}, from).status(http.StatusOK)
		var entries []model.AuditEntry
		require.NoError(w.t, w.store.Read(w.t.Context()).Order("id").Find(&entries, "actor_id = ? AND address <> '127.0.0.1'", officer).Error)
		require.Equal(w.t, []string{"getAlerts 203.0.113.7", "postLogin 203.0.113.7"}, store.Each(entries, func(e model.AuditEntry) string { return e.Operation + " " + e.Address }))
	})
}
