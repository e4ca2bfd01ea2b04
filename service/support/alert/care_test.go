package alert

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// taken is a county with an alert that an officer of the school has taken on.
type taken struct {
	*watch
	officer, second, county model.Actor
	id                      model.ID
}

func take(t *testing.T, st *store.Store, clock *storetest.Clock) *taken {
	w := keepWatch(t, st, clock)
	k := &taken{watch: w, officer: w.watch("officer"), second: w.watch("second"), county: w.Staff(model.RoleDuty, w.tree.County)}
	w.names[k.county.AccountID] = "county"
	raise(t, st, w.pupil)
	w.told()
	k.id = w.alert().ID
	_, err := w.svc.Acknowledge(t.Context(), k.officer, k.id, taking)
	require.NoError(t, err)
	clock.Advance(time.Second)
	return k
}

// watch is an officer of the school who is on duty that night.
func (w *watch) watch(name string) model.Actor {
	who := w.officer(name, w.tree.School)
	w.shift(w.tree.School, 1, who)
	return who
}

func (k *taken) add(in EntryIn) error {
	_, err := k.svc.AddEntry(k.t.Context(), k.officer, k.id, in)
	return err
}

func (k *taken) sheet(actor model.Actor) Sheet {
	k.t.Helper()
	sheet, err := k.svc.Sheet(k.t.Context(), actor, k.id)
	require.NoError(k.t, err)
	return sheet
}

func kinds(sheet Sheet) []model.EntryKind {
	return store.Each(sheet.Entries, func(e Entry) model.EntryKind { return e.Kind })
}

func TestAnAlertIsClosedByTwo(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		k := take(t, st, clock)
		ctx, svc := t.Context(), k.svc
		_, err := svc.Review(ctx, k.second, k.id, "看过了")
		storetest.Refused(t, err, "alert_not_in_review")
		_, err = svc.Close(ctx, k.officer, k.id, "已平稳")
		storetest.Refused(t, err, "alert_undecided")
		require.NoError(t, k.add(EntryIn{Kind: model.EntryDecision, Decision: model.DecisionNoReferral, Text: "家长陪同，学生平静，明早面谈"}))
		_, err = svc.Close(ctx, k.officer, k.id, " ")
		storetest.Refused(t, err, "text_missing")
		closed, err := svc.Close(ctx, k.officer, k.id, "已平稳")
		require.NoError(t, err)
		require.Equal(t, []any{model.AlertInReview, k.officer.AccountID}, []any{closed.Status, closed.ClosedBy})
		require.Equal(t, []string{"second"}, k.told(), "the reviewer is told, not who closed it")
		again, err := svc.Close(ctx, k.officer, k.id, "再按一次")
		require.NoError(t, err)
		require.Equal(t, closed.ClosedAt, again.ClosedAt)

		for name, try := range map[string]func() error{
			"who closed it":  func() error { _, err := svc.Review(ctx, k.officer, k.id, "我看过了"); return err },
			"another entry":  func() error { return k.add(EntryIn{Kind: model.EntryNote, Text: "补记"}) },
			"another taking": func() error { _, err := svc.Acknowledge(ctx, k.second, k.id, taking); return err },
			"another unit's": func() error {
				_, err := svc.Review(ctx, k.Staff(model.RoleDuty, k.tree.OtherClass), k.id, "看过了")
				return err
			},
			"a manager's review": func() error {
				_, err := svc.Review(ctx, k.Staff(model.RoleManager, k.tree.County), k.id, "看过了")
				return err
			},
		} {
			want := map[string]string{"who closed it": "alert_review_by_second", "another unit's": "alert_not_found", "a manager's review": "alert_not_found"}[name]
			if want == "" {
				want = "alert_closed"
			}
			storetest.Refused(t, try(), want)
		}
		t.Run("nor may who closed it by another account of theirs", func(t *testing.T) {
			other := k.watch.watch("other")
			phone := func(a model.Actor) {
				require.NoError(t, st.Tx(ctx, func(tx *gorm.DB) error { return svc.phones.Keep(tx, a.AccountID, "13800005678") }))
			}
			phone(k.officer)
			phone(other)
			_, err := svc.Review(ctx, other, k.id, "看过了")
			storetest.Refused(t, err, "alert_review_by_second")
		})
		t.Run("a review that does not come tells the next people each day", func(t *testing.T) {
			clock.Advance(reviewWithin)
			require.Contains(t, k.told(), "second")
		})
		reviewed, err := svc.Review(ctx, k.second, k.id, "电话核实，同意")
		require.NoError(t, err)
		require.Equal(t, model.AlertClosed, reviewed.Status)
		require.Equal(t, []model.EntryKind{model.EntryAcknowledged, model.EntryDecision, model.EntryClosed, model.EntryReviewed}, kinds(k.sheet(k.second)))
		clock.Advance(48 * time.Hour)
		require.Empty(t, k.told())
		p, err := svc.Alerts(ctx, k.second, AlertsIn{Open: true})
		require.NoError(t, err)
		require.Empty(t, p.Items)

		t.Run("a new sign reopens it, and needs a new decision", func(t *testing.T) {
			row := k.alert()
			require.NoError(t, svc.Raise(ctx, model.Alert{Level: model.AlertImmediate, UnitID: row.UnitID, PupilID: row.PupilID, AccountID: row.AccountID,
				SourceKind: "booking", SourceID: st.NewID()}))
			again := k.alert()
			require.Equal(t, []any{row.ID, model.AlertRaised, 2}, []any{again.ID, again.Status, again.Episode})
			require.NotEmpty(t, k.told())
			_, err := svc.Acknowledge(ctx, k.officer, k.id, taking)
			require.NoError(t, err)
			_, err = svc.Close(ctx, k.officer, k.id, "已平稳")
			storetest.Refused(t, err, "alert_undecided")
		})
		t.Run("what was written is in no row in plain text", func(t *testing.T) {
			var rows []model.AlertEntry
			require.NoError(t, st.Read(ctx).Find(&rows).Error)
			for _, r := range rows {
				require.NotContains(t, string(r.Content), "平")
			}
		})
	})
}

func TestSilenceAfterTakingHasTheAlertWaitAgain(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		k := take(t, st, clock)
		quiet := 30 * time.Minute
		clock.Advance(quiet - time.Minute - time.Second)
		require.NoError(t, k.add(EntryIn{Kind: model.EntryContact, Whom: model.ContactPupil, Reached: true}))
		clock.Advance(quiet - time.Second)
		require.Empty(t, k.told(), "an entry came in time")
		clock.Advance(time.Second)
		require.Empty(t, k.told())
		require.Equal(t, []string{"officer", "second"}, k.told(), "in the next turn of the job")
		row := k.alert()
		require.Equal(t, []any{model.AlertRaised, 2, model.ID(0)}, []any{row.Status, row.Episode, row.AcknowledgedBy})
		sheet := k.sheet(k.second)
		last := sheet.Entries[len(sheet.Entries)-1]
		require.Equal(t, []any{model.EntryReopened, model.ReopenSilence, ""}, []any{last.Kind, last.Reason, last.By})
		require.Equal(t, k.officer.AccountID, sheet.Alert.Reopened[0].AcknowledgedBy)

		t.Run("unless a later time was given", func(t *testing.T) {
			_, err := k.svc.Acknowledge(t.Context(), k.officer, k.id, taking)
			require.NoError(t, err)
			later, morning := st.Now().Add(13*24*time.Hour), st.Now().Add(9*time.Hour)
			require.NoError(t, k.add(EntryIn{Kind: model.EntryNote, Text: "两周后回访", NextAt: &later}))
			require.NoError(t, k.add(EntryIn{Kind: model.EntryNote, Text: "家长整夜陪同，早上八点再联系", NextAt: &morning}))
			clock.Advance(8 * time.Hour)
			require.Empty(t, k.told())
			clock.Advance(time.Hour)
			k.told()
			require.NotEmpty(t, k.told())
		})
	})
}

func TestWhatIsWrittenOfAnAlertIsWhole(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		k := take(t, st, clock)
		long, soon, past := st.Now().Add(15*24*time.Hour), st.Now().Add(time.Hour), st.Now().AddDate(0, 0, -4)
		for code, in := range map[string]EntryIn{
			"entry_incomplete":     {Kind: model.EntryContact},
			"entry_reason_missing": {Kind: model.EntryDecision, Decision: model.DecisionRefer},
			"text_too_long":        {Kind: model.EntryNote, Text: strings.Repeat("长", maxText+1)},
			"text_unreadable":      {Kind: model.EntryNote, Text: "a\u202eb"},
			"next_at":              {Kind: model.EntryNote, Text: "记", NextAt: &long},
			"entry_time":           {Kind: model.EntryContact, Whom: model.ContactPolice, HappenedAt: &soon},
		} {
			storetest.Refused(t, k.add(in), code)
		}
		storetest.Refused(t, k.add(EntryIn{Kind: model.EntryClosed, Text: "办结"}), "entry_incomplete")
		storetest.Refused(t, k.add(EntryIn{Kind: model.EntryReport, Recipient: model.RecipientPolice, Text: "号", HappenedAt: &past}), "entry_time")
		require.Equal(t, 1, k.Count(&model.AlertEntry{}), "nothing of it is kept")

		report := EntryIn{Kind: model.EntryReport, Recipient: model.RecipientPolice, Text: "接警编号 2026-1123"}
		require.NoError(t, k.add(report))
		require.NoError(t, k.add(report), "sent twice")
		require.Equal(t, 2, k.Count(&model.AlertEntry{}))
		clock.Advance(sameWithin)
		require.NoError(t, k.add(report))
		require.Equal(t, 3, k.Count(&model.AlertEntry{}))
		_, err := k.svc.AddEntry(t.Context(), k.second, k.id, EntryIn{Kind: model.EntryNote, Text: "我在学校门口"})
		require.NoError(t, err, "a colleague on duty may add")
		_, err = k.svc.AddEntry(t.Context(), k.Guardian(k.pupil), k.id, EntryIn{Kind: model.EntryNote, Text: "看看"})
		storetest.Refused(t, err, "alert_not_found")
	})
}

func TestAnAlertIsHandedOverByAsking(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		k := take(t, st, clock)
		ctx := t.Context()
		storetest.Refused(t, k.add(EntryIn{Kind: model.EntryHandOver, ToID: k.Staff(model.RoleDuty, k.tree.OtherClass).AccountID}), "receiver_not_on_duty")
		storetest.Refused(t, k.add(EntryIn{Kind: model.EntryHandOver, ToID: k.officer.AccountID}), "receiver_not_on_duty")
		_, err := k.svc.Acknowledge(ctx, k.second, k.id, taking)
		storetest.Refused(t, err, "alert_acknowledged")
		require.NoError(t, k.add(EntryIn{Kind: model.EntryHandOver, ToID: k.second.AccountID}))
		require.Equal(t, 1, k.Count(&model.OutboxMessage{}, "recipient_id = ? AND status = 'pending'", k.second.AccountID))
		require.Equal(t, k.officer.AccountID, k.alert().AcknowledgedBy, "it stays with who has it")
		_, err = k.svc.Acknowledge(ctx, k.county, k.id, taking)
		storetest.Refused(t, err, "alert_acknowledged")
		got, err := k.svc.Acknowledge(ctx, k.second, k.id, taking)
		require.NoError(t, err)
		require.Equal(t, k.second.AccountID, got.AcknowledgedBy)
		require.Zero(t, k.Count(&model.OutboxMessage{}, "status = 'pending'"))
	})
}

func TestAGuardianWhoMayBeTheReasonHearsNothing(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		k := take(t, st, clock)
		ctx := t.Context()
		mother := k.Guardian(k.pupil)
		require.NoError(t, st.Tx(ctx, func(tx *gorm.DB) error { return k.svc.phones.Keep(tx, mother.AccountID, "13800001234") }))
		sheet := k.sheet(k.officer)
		require.Equal(t, "13800001234", sheet.Guardians[0].Phone)
		require.Equal(t, 1, k.Count(&model.AuditEntry{}, "subject = 'contact' AND subject_id = ? AND pupil_id = ? AND withheld", mother.AccountID, k.pupil.ID),
			"each number that is shown is kept")

		_, err := k.svc.Withhold(ctx, k.officer, k.id, WithholdIn{Withheld: true, Reason: "学生说父亲动手"})
		require.NoError(t, err)
		sheet = k.sheet(k.officer)
		require.True(t, sheet.GuardiansWithheld)
		require.Empty(t, sheet.Guardians)
		children, err := family.Children(st.Read(ctx), []model.ID{mother.AccountID})
		require.NoError(t, err)
		require.Empty(t, children[mother.AccountID])

		_, err = k.svc.Withhold(ctx, k.officer, k.id, WithholdIn{Reason: "已核实不是家长"})
		require.NoError(t, err)
		require.Len(t, k.sheet(k.officer).Guardians, 1)

		t.Run("nor is the guardian called who asked for help", func(t *testing.T) {
			raised, err := k.svc.AskToTalk(ctx, mother, TalkIn{PupilID: k.pupil.ID})
			require.NoError(t, err)
			_, err = k.svc.Acknowledge(ctx, k.officer, raised.ID, taking)
			require.NoError(t, err)
			person := func() Contact {
				sheet, err := k.svc.Sheet(ctx, k.officer, raised.ID)
				require.NoError(t, err)
				require.True(t, sheet.Person.Guardian)
				require.False(t, sheet.Person.Pupil)
				return *sheet.Person
			}
			hears := func() int {
				mine, err := k.svc.Mine(ctx, mother)
				require.NoError(t, err)
				return len(mine)
			}
			require.Equal(t, "13800001234", person().Phone)
			require.Equal(t, 1, hears())
			_, err = k.svc.Withhold(ctx, k.officer, raised.ID, WithholdIn{Withheld: true, Reason: "学生说母亲动手"})
			require.NoError(t, err)
			require.Empty(t, person().Phone)
			require.Zero(t, hears())
		})
	})
}

func TestStaffRaiseAlertsOfTheirPupils(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		ctx, teacher := t.Context(), w.Staff(model.RoleTeacher, w.tree.Class)
		duty := w.watch("officer")
		in := RaiseIn{PupilID: w.pupil.ID, Level: model.AlertUrgent, Words: "今天写了告别的话"}
		for name, who := range map[string]model.Actor{
			"a teacher of another class": w.Staff(model.RoleTeacher, w.tree.OtherClass), "a guardian": w.Guardian(w.pupil),
			"a manager of another county": w.Staff(model.RoleManager, w.Fixture.Tree().County),
		} {
			_, err := w.svc.RaiseByHand(ctx, who, in)
			require.Equal(t, "pupil_not_found", storetest.Refused(t, err, "pupil_not_found").Code, name)
		}
		require.Zero(t, w.Count(&model.Alert{}))
		got, err := w.svc.RaiseByHand(ctx, teacher, in)
		require.NoError(t, err)
		require.Equal(t, night.Add(2*time.Hour), got.DueAt)
		require.Equal(t, []string{"officer"}, w.told())
		sheet, err := w.svc.Sheet(ctx, duty, got.ID)
		require.NoError(t, err)
		require.Equal(t, []any{"今天写了告别的话", teacher.AccountID}, []any{sheet.Entries[0].Text, sheet.Person.AccountID})

		t.Run("worse news of the same pupil is due sooner, and told anew", func(t *testing.T) {
			clock.Advance(time.Second)
			in.Level, in.Words = model.AlertImmediate, "人不见了"
			worse, err := w.svc.RaiseByHand(ctx, teacher, in)
			require.NoError(t, err)
			require.Equal(t, []any{got.ID, model.AlertImmediate, st.Now().Add(10 * time.Minute)}, []any{worse.ID, worse.Level, worse.DueAt})
			require.Equal(t, []string{"officer"}, w.told())
			clock.Advance(immediatePatience)
			require.NotEmpty(t, w.told())
			clock.Advance(immediatePatience)
			w.told()
			require.Equal(t, 1, w.Count(&model.AlertStep{}, "kind = 'tell' AND episode = 2 AND done_at IS NULL"), "one chain of steps goes on")
		})
		t.Run("and better news changes nothing", func(t *testing.T) {
			in.Level = model.AlertWatch
			same, err := w.svc.RaiseByHand(ctx, teacher, in)
			require.NoError(t, err)
			require.Equal(t, model.AlertImmediate, same.Level, "no machine makes it less urgent")
		})
	})
}

func TestAnyoneCanAskToTalk(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		ctx, duty := t.Context(), w.watch("officer")
		w.officer("county", w.tree.County)
		pupil, other := w.PupilAccount(w.pupil), w.Pupil(w.tree.OtherClass)
		got, err := w.svc.AskToTalk(ctx, pupil, TalkIn{PupilID: other.ID, Words: "想找人说说"})
		require.NoError(t, err)
		require.Equal(t, w.pupil.ID, got.PupilID, "a pupil speaks of themselves")
		require.Equal(t, model.AlertUrgent, got.Level)
		require.Equal(t, []string{"officer"}, w.told())
		sheet, err := w.svc.Sheet(ctx, duty, got.ID)
		require.NoError(t, err)
		require.True(t, sheet.Person.Pupil)
		require.False(t, sheet.Person.Guardian)

		stranger := w.Account()
		got, err = w.svc.AskToTalk(ctx, stranger, TalkIn{PupilID: w.pupil.ID, Words: "a\u202eb"})
		require.NoError(t, err, "no text is refused")
		require.Zero(t, got.PupilID)
		parent := w.Guardian(w.pupil)
		got, err = w.svc.AskToTalk(ctx, parent, TalkIn{})
		require.NoError(t, err)
		require.Zero(t, got.PupilID, "about themselves")
		got, err = w.svc.AskToTalk(ctx, parent, TalkIn{PupilID: w.pupil.ID})
		require.NoError(t, err)
		require.Equal(t, w.pupil.ID, got.PupilID)

		t.Run("a yes to the safety question that came without its booking is as urgent as with it", func(t *testing.T) {
			yes, err := w.svc.AskToTalk(ctx, parent, TalkIn{PupilID: w.pupil.ID, SelfHarm: true})
			require.NoError(t, err)
			require.Equal(t, []any{got.ID, model.AlertImmediate, st.Now().Add(10 * time.Minute)}, []any{yes.ID, yes.Level, yes.DueAt}, "it joins the alert that is there")
			stranger := w.Account()
			yes, err = w.svc.AskToTalk(ctx, stranger, TalkIn{SelfHarm: true})
			require.NoError(t, err)
			require.Equal(t, model.AlertImmediate, yes.Level)
			require.Equal(t, 1, w.Count(&model.Alert{}, "source_kind = 'booking' AND account_id = ?", stranger.AccountID))
		})

		mine, err := w.svc.Mine(ctx, pupil)
		require.NoError(t, err)
		require.Len(t, mine, 1)
		require.Nil(t, mine[0].AcknowledgedAt)
		_, err = w.svc.Acknowledge(ctx, duty, mine[0].ID, taking)
		require.NoError(t, err)
		mine, err = w.svc.Mine(ctx, pupil)
		require.NoError(t, err)
		require.Equal(t, night, *mine[0].AcknowledgedAt)
		mine, err = w.svc.Mine(ctx, w.Account())
		require.NoError(t, err)
		require.Empty(t, mine)
	})
}

func TestADrillRunsTheEscalation(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		ctx, duty := t.Context(), w.watch("officer")
		in := DrillIn{UnitID: w.tree.School.ID, Level: model.AlertImmediate}
		_, err := w.svc.Drill(ctx, w.Staff(model.RoleManager, w.tree.OtherClass), in)
		storetest.Refused(t, err, "unit_not_found")
		got, err := w.svc.Drill(ctx, w.Staff(model.RoleManager, w.tree.County), in)
		require.NoError(t, err)
		require.NoError(t, w.svc.Escalate(ctx))
		require.Equal(t, 1, w.Count(&model.OutboxMessage{}, "kind = 'alert_drill' AND recipient_id = ?", duty.AccountID))
		require.Equal(t, 1, w.Count(&model.CallTask{}, "kind = 'alert_drill' AND recipient_id = ?", duty.AccountID))
		require.Zero(t, w.Count(&model.OutboxMessage{}, "kind = 'alert_waiting'"))
		sheet, err := w.svc.Sheet(ctx, duty, got.ID)
		require.NoError(t, err)
		require.True(t, sheet.Alert.Drill)
		require.Nil(t, sheet.Person)
	})
}

func TestTheCountySetsTheTimes(t *testing.T) {
	t.Parallel()
	storetest.EachAt(t, night, func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		w := keepWatch(t, st, clock)
		ctx, manager := t.Context(), w.Staff(model.RoleManager, w.tree.County)
		in := TimesIn{Level: model.AlertImmediate, DeadlineMinutes: 5, PatienceMinutes: 1, QuietMinutes: 20}
		for code, try := range map[string]func() error{
			"county_sets_times": func() error {
				_, err := w.svc.SetTimes(ctx, w.Staff(model.RoleManager, w.tree.School), w.tree.School.ID, in)
				return err
			},
			"unit_not_found": func() error {
				_, err := w.svc.SetTimes(ctx, w.Staff(model.RoleManager, w.Fixture.Tree().County), w.tree.School.ID, in)
				return err
			},
			"deadline_too_long": func() error {
				slow := in
				slow.DeadlineMinutes = 11
				_, err := w.svc.SetTimes(ctx, manager, w.tree.School.ID, slow)
				return err
			},
			"patience_too_long": func() error {
				slow := in
				slow.PatienceMinutes = 6
				_, err := w.svc.SetTimes(ctx, manager, w.tree.School.ID, slow)
				return err
			},
		} {
			storetest.Refused(t, try(), code)
		}
		_, err := w.svc.SetTimes(ctx, manager, w.tree.County.ID, TimesIn{Level: model.AlertImmediate, DeadlineMinutes: 8, PatienceMinutes: 2, QuietMinutes: 30})
		require.NoError(t, err)
		got, err := w.svc.SetTimes(ctx, manager, w.tree.School.ID, in)
		require.NoError(t, err)
		require.Equal(t, []any{5, w.tree.School.ID}, []any{got[0].DeadlineMinutes, got[0].UnitID})
		require.Equal(t, 120, got[1].DeadlineMinutes, "the other levels stay")
		raise(t, st, w.pupil)
		require.Equal(t, night.Add(5*time.Minute), w.alert().DueAt, "the nearest unit's hold")

		t.Run("watch is three working days", func(t *testing.T) {
			w.Insert(&model.CalendarDay{UnitID: w.tree.County.ID, Year: 2026, OnDate: model.DateOf(night).AddDays(1), Kind: model.CalendarHoliday, Name: "放假"})
			_, err := w.svc.RaiseByHand(ctx, w.Staff(model.RoleTeacher, w.tree.Class), RaiseIn{PupilID: w.pupil.ID, Level: model.AlertWatch, Words: "话少"})
			require.NoError(t, err)
			require.Equal(t, night.AddDate(0, 0, 4), w.alert().DueAt, "Wednesday, Thursday, Friday")
		})
	})
}
