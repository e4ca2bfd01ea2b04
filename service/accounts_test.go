package service

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/identity"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// held are the columns that refer to an account by a row which would be out of
// reach without it: two accounts of one person become one only where one has none.
var held = []string{
	"alerts.account_id", "account_phones.account_id", "binding_claims.account_id", "binding_ends.account_id", "bookings.account_id", "consent_events.account_id", "grants.account_id",
	"guardianships.account_id", "pupils.account_id", "session_posts.account_id", "viewers.id", "wait_entries.account_id",
}

// notHeld are the other columns that refer to an account, with what holds it there.
var notHeld = map[string]string{
	"accounts.id":                           "is the account itself",
	"login_tokens.account_id":               "ends with the account",
	"invite_codes.account_id":               "ends with the account",
	"message_credits.account_id":            "permits messages of what is held",
	"message_credit_events.account_id":      "permits messages of what is held",
	"outbox_messages.recipient_id":          "tells of what is held",
	"outbox_messages.owner_id":              "has a grant",
	"call_tasks.recipient_id":               "tells of what is held",
	"call_tasks.owner_id":                   "has a grant",
	"call_tasks.done_by":                    "has a grant",
	"consents.account_id":                   "has its consent event",
	"watches.account_id":                    "has its viewer",
	"watches.viewer_id":                     "is a viewer",
	"lesson_progress.viewer_id":             "is a viewer",
	"lesson_shares.account_id":              "shares what its class or its role shows",
	"lesson_forwards.account_id":            "has a grant",
	"lessons.created_by":                    "has a grant",
	"lessons.cover_by":                      "has a grant",
	"lectures.created_by":                   "has a grant",
	"lecture_sessions.created_by":           "has a grant",
	"lecture_sessions.host_id":              "has a grant",
	"check_ins.account_id":                  "is of the pupil's family, or has a grant",
	"check_ins.decided_by":                  "has a grant",
	"check_in_retractions.account_id":       "is of the pupil's family, or has a grant",
	"check_in_retractions.retracted_by":     "has a grant",
	"session_posts.decided_by":              "has a grant",
	"post_reports.account_id":               "is about what its class or its role shows",
	"counsellors.account_id":                "has a grant",
	"availability_rules.counsellor_id":      "has a grant",
	"availability_exceptions.counsellor_id": "has a grant",
	"slots.counsellor_id":                   "has a grant",
	"bookings.counsellor_id":                "has a grant",
	"wait_entries.counsellor_id":            "has a grant",
	"counsel_records.author_id":             "has a grant",
	"record_handovers.author_id":            "has a grant",
	"record_handovers.counsellor_id":        "has a grant",
	"booking_feedback.account_id":           "has its booking",
	"alerts.acknowledged_by":                "has a grant",
	"alerts.closed_by":                      "has a grant",
	"alerts.reviewed_by":                    "has a grant",
	"alert_entries.account_id":              "has a grant, or its alert",
	"alert_times.changed_by":                "has a grant",
	"alert_reopenings.acknowledged_by":      "has a grant",
	"alert_reopenings.reopened_by":          "has a grant",
	"binding_ends.ended_by":                 "has a grant, or its own tie",
	"binding_claims.decided_by":             "has a grant, or its own claim",
	"grants.granted_by":                     "has a grant",
	"accounts.locked_by":                    "has a grant",
	"grants.revoked_by":                     "has a grant",
	"nudges.nudged_by":                      "has a grant",
	"roster_imports.account_id":             "has a grant",
	"roster_imports.undone_by":              "has a grant",
	"scenes.made_by":                        "has a grant",
	"audit_entries.actor_id":                "says what it did with what others hold",
	"alert_tellings.account_id":             "has a grant",
	"duty_rota.updated_by":                  "has a grant",
	"duty_shifts.account_id":                "has a grant",
	"duty_overrides.account_id":             "has a grant",
}

// refersToAccount finds columns by their names.
var refersToAccount = regexp.MustCompile(`[._](account|recipient|owner|viewer|host|counsellor|author|actor|guardian|volunteer|officer|member|staff|assignee)_id$|_by$`)

// Who adds a column that refers to an account says here whether it holds the
// account in use and, where it does, has its package's Holds report it.
func TestEveryReferenceToAnAccountIsKnown(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t)
	db := st.Read(t.Context())
	known := map[string]bool{"viewers.id": true, "accounts.id": true}
	for _, column := range held {
		known[column] = true
	}
	for column := range notHeld {
		known[column] = true
	}
	var columns []string
	require.NoError(t, db.Raw("SELECT m.name || '.' || c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'").Scan(&columns).Error)
	for _, column := range columns {
		if !known[column] {
			require.NotRegexp(t, refersToAccount, column, "say in held or notHeld whether it holds the account")
		}
		delete(known, column)
	}
	require.Empty(t, known, "columns that are gone")

	holders := append([]identity.Holds{family.Holds, identity.HoldsGrants}, accountHolders()...)
	holds := func(account model.ID) bool {
		for _, holds := range holders {
			found, err := holds(db, account)
			require.NoError(t, err)
			if found {
				return true
			}
		}
		return false
	}
	for _, column := range held {
		account := st.NewID()
		require.False(t, holds(account))
		insertReference(t, st, column, account)
		require.True(t, holds(account), "%s is not reported by its package's Holds", column)
	}
}

// insertReference adds a row with the account in the column, and with nothing
// that means anything in the others.
func insertReference(t *testing.T, st *store.Store, column string, account model.ID) {
	t.Helper()
	table, name, _ := strings.Cut(column, ".")
	var columns []struct {
		Name, Type string
		Notnull    bool
	}
	require.NoError(t, st.Read(t.Context()).Raw("SELECT name, type, \"notnull\" FROM pragma_table_info(?)", table).Scan(&columns).Error)
	row := map[string]any{}
	for _, c := range columns {
		switch {
		case c.Name == name:
			row[c.Name] = account
		case !c.Notnull && c.Name != "id":
		case c.Type == "INTEGER":
			row[c.Name] = st.NewID()
		case c.Type == "DATETIME":
			row[c.Name] = st.Now()
		default:
			row[c.Name] = st.NewID().String()
		}
	}
	require.NoError(t, st.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Table(table).Create(row).Error }))
}
