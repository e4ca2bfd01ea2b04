package alert

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// Bounds of what is written of an alert.
const (
	maxText    = 2000 // characters
	maxEntries = 500  // by hand, of one alert
	// sameWithin is how long the same entry of the same person is one that was sent twice.
	sameWithin = time.Minute
	// longestPause is how far ahead the next entry can be put off.
	longestPause = 14 * 24 * time.Hour
)

var (
	errNotTaken      = model.Conflict("alert_not_acknowledged", "请先接手，再记录")
	errEntryTooMany  = model.Conflict("alert_entries_full", fmt.Sprintf("一条预警最多记%d条", maxEntries))
	errEntryChoice   = model.Invalid("kind", "entry_incomplete", "请把这一条选完整：联系了谁、作了什么决定、向谁报告或交给谁")
	errEntryTime     = model.Invalid("happenedAt", "entry_time", "时间不能在以后，也不能早于预警三天以前")
	errNextAt        = model.Invalid("nextAt", "next_at", "下次记录的时间要在以后十四天之内")
	errReasonMissing = model.Invalid("text", "entry_reason_missing", "请写明理由或内容")
	errReceiver      = model.Invalid("toId", "receiver_not_on_duty", "对方现在不是这里的值班人员")
)

// Entry is one line of an alert's chronology.
type Entry struct {
	ID         model.ID              `json:"id"`
	Kind       model.EntryKind       `json:"kind"`
	At         time.Time             `json:"at"`
	By         string                `json:"by,omitempty" doc:"The name of who wrote it; absent for the program and for who has none"`
	Text       string                `json:"text,omitempty"`
	WithPerson model.Company         `json:"withPerson,omitempty"`
	Whom       model.Contacted       `json:"whom,omitempty"`
	Reached    bool                  `json:"reached,omitempty"`
	Decision   model.AlertDecision   `json:"decision,omitempty"`
	Recipient  model.ReportRecipient `json:"recipient,omitempty"`
	Reason     model.ReopenReason    `json:"reason,omitempty" doc:"Why it waits again"`
	To         string                `json:"to,omitempty" doc:"The name of who was asked to take it over"`
	HappenedAt *time.Time            `json:"happenedAt,omitempty" doc:"Of a contact or report, where it was earlier"`
}

// EntryIn is an entry as an officer writes it.
type EntryIn struct {
	Kind       model.EntryKind       `json:"kind" doc:"note, contact, hand_over, decision or report"`
	Text       string                `json:"text,omitempty" doc:"At most 2,000 characters, kept sealed; needed for all but a contact and a hand-over"`
	Whom       model.Contacted       `json:"whom,omitempty" doc:"For a contact"`
	Reached    bool                  `json:"reached,omitempty" doc:"For a contact: whether that one was reached"`
	Decision   model.AlertDecision   `json:"decision,omitempty" doc:"For a decision"`
	Recipient  model.ReportRecipient `json:"recipient,omitempty" doc:"For a mandatory report; its text holds the reference"`
	ToID       model.ID              `json:"toId,omitempty" doc:"For a hand-over: an account that is on duty for the alert's unit"`
	HappenedAt *time.Time            `json:"happenedAt,omitempty" doc:"Of a contact or report; absent: now"`
	NextAt     *time.Time            `json:"nextAt,omitempty" doc:"By when the next entry will come, at most 14 days ahead; absent: after the time of the level. The alert waits again where none has come"`
}

// AddEntry writes what an officer did about an alert that a human has taken on.
// The same entry sent twice within a minute is one.
func (s *Service) AddEntry(ctx context.Context, actor model.Actor, id model.ID, in EntryIn) (Alert, error) {
	now := s.store.Now()
	row, words, err := in.row(now)
	if err != nil {
		return Alert{}, err
	}
	return s.change(ctx, actor, id, func(tx *gorm.DB, a *model.Alert) error {
		if a.Status == model.AlertInReview || a.Status == model.AlertClosed {
			return errClosed
		}
		if a.Status != model.AlertAcknowledged {
			return errNotTaken
		}
		if row.HappenedAt != nil && row.HappenedAt.Before(a.RaisedAt.AddDate(0, 0, -3)) {
			return errEntryTime
		}
		row.AccountID = actor.AccountID
		sent, err := s.sentBefore(tx, a.ID, row, words)
		if err != nil || sent {
			return err
		}
		if row.Kind == model.EntryHandOver {
			if err := s.askToTakeOver(tx, a, actor, row.ToID); err != nil {
				return err
			}
		}
		return s.writeByHand(tx, a, row, words, in.NextAt)
	})
}

// row checks the entry and returns it as it is kept, with its text.
func (in EntryIn) row(now time.Time) (row model.AlertEntry, words string, err error) {
	if in.Text != "" {
		if words, err = text("text", in.Text); err != nil {
			return row, "", err
		}
	}
	choices := map[model.EntryKind]string{model.EntryNote: "-", model.EntryContact: string(in.Whom), model.EntryDecision: string(in.Decision),
		model.EntryReport: string(in.Recipient), model.EntryHandOver: "-"}
	choice := choices[in.Kind]
	if choice == "" || in.Kind == model.EntryHandOver && in.ToID == 0 {
		return row, "", errEntryChoice
	}
	row = model.AlertEntry{Kind: in.Kind}
	if choice != "-" {
		row.Choice = choice
	}
	switch in.Kind {
	case model.EntryContact:
		row.Reached, row.HappenedAt = in.Reached, in.HappenedAt
	case model.EntryHandOver:
		row.ToID = in.ToID
	case model.EntryReport:
		row.HappenedAt = in.HappenedAt
	}
	if words == "" && in.Kind != model.EntryContact && in.Kind != model.EntryHandOver {
		return row, "", errReasonMissing
	}
	if row.HappenedAt != nil && row.HappenedAt.After(now.Add(time.Minute)) { // clocks of phones differ
		return row, "", errEntryTime
	}
	if in.NextAt != nil && (!in.NextAt.After(now) || in.NextAt.After(now.Add(longestPause))) {
		return row, "", errNextAt
	}
	return row, words, nil
}

// sentBefore reports whether the last entry of the person on the alert is this one.
func (s *Service) sentBefore(tx *gorm.DB, alert model.ID, row model.AlertEntry, words string) (bool, error) {
	var last []model.AlertEntry
	err := tx.Where("alert_id = ? AND account_id = ? AND at > ?", alert, row.AccountID, s.store.Now().Add(-sameWithin)).Order("id DESC").Limit(1).Find(&last).Error
	if err != nil || len(last) == 0 {
		return false, err
	}
	said, err := s.open(last[0])
	return said == words && last[0].Kind == row.Kind && last[0].Choice == row.Choice && last[0].Reached == row.Reached && last[0].ToID == row.ToID, err
}

// askToTakeOver asks another officer by message and call. Until they acknowledge
// the alert it stays with who has it.
func (s *Service) askToTakeOver(tx *gorm.DB, a *model.Alert, actor model.Actor, to model.ID) error {
	now := s.store.Now()
	ladder, err := s.ladderOf(tx, *a, now)
	if err != nil {
		return err
	}
	if to == actor.AccountID || !slices.Contains(ladder.everybody, to) {
		return errReceiver
	}
	a.HandedTo = to
	if err := tx.Model(a).Update("handed_to", to).Error; err != nil {
		return err
	}
	if err := s.outbox.DropTo(tx, causeAlert, a.ID, []model.ID{to}); err != nil {
		return err
	}
	return s.call(tx, *a, a.UnitID, []model.ID{to}, now)
}

// writeByHand writes an entry of a human of the alert, locked: the next one is
// due by next, or after the time of the level.
func (s *Service) writeByHand(tx *gorm.DB, a *model.Alert, row model.AlertEntry, words string, next *time.Time) error {
	var written int64
	if err := tx.Model(&model.AlertEntry{}).Where("alert_id = ? AND kind <> ?", a.ID, model.EntrySaid).Count(&written).Error; err != nil {
		return err
	}
	if written >= maxEntries {
		return errEntryTooMany
	}
	now := s.store.Now()
	if next == nil {
		times, err := s.timesOf(tx, *a)
		if err != nil {
			return err
		}
		at := now.Add(times.quiet())
		next = &at
	}
	a.EntryAt, a.NextAt = &now, next
	if err := tx.Model(a).Select("entry_at", "next_at").Updates(a).Error; err != nil {
		return err
	}
	// Each entry has its own step, as its next one may be due sooner than that of the entry before.
	step := model.AlertStep{ID: s.store.NewID(), AlertID: a.ID, Episode: a.Episode, Kind: model.StepSilence, DueAt: *next}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&step).Error; err != nil {
		return err
	}
	return s.write(tx, a, row, words)
}

// write adds a line to the chronology of the alert.
func (s *Service) write(tx *gorm.DB, a *model.Alert, row model.AlertEntry, words string) error {
	row.ID, row.AlertID, row.Episode, row.At = s.store.NewID(), a.ID, a.Episode, s.store.Now()
	if words != "" {
		sealed, err := s.vault.Seal(fieldEntry, row.ID, words)
		if err != nil {
			return err
		}
		row.Content = sealed
	}
	return tx.Create(&row).Error
}

// open returns the text of an entry.
func (s *Service) open(row model.AlertEntry) (string, error) {
	if len(row.Content) == 0 {
		return "", nil
	}
	words, err := s.vault.Unseal(fieldEntry, row.ID, row.Content)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", fieldEntry, err)
	}
	return words, nil
}

// entriesOf reads the chronology of an alert, the first entry first.
func (s *Service) entriesOf(db *gorm.DB, alert model.ID) ([]Entry, error) {
	var rows []model.AlertEntry
	if err := db.Where("alert_id = ?", alert).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	people := slices.Concat(store.Each(rows, func(r model.AlertEntry) model.ID { return r.AccountID }), store.Each(rows, func(r model.AlertEntry) model.ID { return r.ToID }))
	names, err := s.accounts.Names(db, store.Distinct(people))
	if err != nil {
		return nil, err
	}
	list := make([]Entry, len(rows))
	for i, r := range rows {
		words, err := s.open(r)
		if err != nil {
			return nil, err
		}
		e := Entry{ID: r.ID, Kind: r.Kind, At: r.At.UTC(), By: names[r.AccountID], Text: words, Reached: r.Reached, To: names[r.ToID], HappenedAt: utc(r.HappenedAt)}
		switch r.Kind {
		case model.EntryAcknowledged:
			e.WithPerson = model.Company(r.Choice)
		case model.EntryContact:
			e.Whom = model.Contacted(r.Choice)
		case model.EntryDecision:
			e.Decision = model.AlertDecision(r.Choice)
		case model.EntryReport:
			e.Recipient = model.ReportRecipient(r.Choice)
		case model.EntryReopened:
			e.Reason = model.ReopenReason(r.Choice)
		}
		list[i] = e
	}
	return list, nil
}

// text returns what was written in the field as it is kept: it is not empty and
// can be read by everyone.
func text(field, s string) (string, error) {
	kept, ok := model.PostText(s)
	switch {
	case !ok:
		return "", model.Invalid(field, "text_unreadable", "内容里有无法显示的字符")
	case kept == "":
		return "", model.Invalid(field, "text_missing", "请写明内容")
	case utf8.RuneCountInString(kept) > maxText:
		return "", model.Invalid(field, "text_too_long", fmt.Sprintf("最多%d个字", maxText))
	}
	return kept, nil
}
