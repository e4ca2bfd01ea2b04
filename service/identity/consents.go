package identity

import (
	"context"
	"embed"
	"strings"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/family"
)

// consentFiles holds every version of every text that anyone may have agreed
// to: <purpose>.<version>.md, with the title on the first line. A published
// file is never changed; a new version is a new file.
//
//go:embed consents
var consentFiles embed.FS

// consentVersions names the version that is agreed to now.
var consentVersions = map[model.Purpose]string{model.PurposeLearning: "1", model.PurposeCounselling: "1"}

var (
	errPurpose         = model.NotFound("purpose")
	errConsentOutdated = model.Conflict("consent_version_outdated", "说明已经更新，请阅读新的内容后再同意")
)

// ConsentText is what is agreed to for a purpose.
type ConsentText struct {
	Purpose model.Purpose `json:"purpose"`
	Version string        `json:"version" doc:"Of the text in force: consents are given to this one"`
	Title   string        `json:"title"`
	Text    string        `json:"text" doc:"Markdown"`
}

// readConsentTexts reads the texts in force. It panics where one is missing: a
// fault of the build.
func readConsentTexts() []ConsentText {
	texts := make([]ConsentText, len(model.Purposes))
	for i, purpose := range model.Purposes {
		version := consentVersions[purpose]
		content, err := consentFiles.ReadFile("consents/" + string(purpose) + "." + version + ".md")
		if err != nil {
			panic(err)
		}
		title, text, _ := strings.Cut(string(content), "\n")
		texts[i] = ConsentText{Purpose: purpose, Version: version, Title: strings.TrimPrefix(title, "# "), Text: strings.TrimSpace(text)}
	}
	return texts
}

// ConsentTexts lists what is agreed to for each purpose.
func (s *Service) ConsentTexts() []ConsentText { return s.consentTexts }

// ConsentView is how an account's consent to a purpose stands.
type ConsentView struct {
	Purpose        model.Purpose `json:"purpose"`
	Version        string        `json:"version" doc:"Of the text that was agreed to last; empty before the first time"`
	CurrentVersion string        `json:"currentVersion" doc:"Of the text in force: ask again where it differs from version"`
	Given          bool          `json:"given" doc:"Whether the consent holds; it does so until it is withdrawn"`
	GivenAt        *time.Time    `json:"givenAt,omitempty"`
	WithdrawnAt    *time.Time    `json:"withdrawnAt,omitempty"`
}

func viewConsent(purpose model.Purpose, row *model.Consent) ConsentView {
	v := ConsentView{Purpose: purpose, CurrentVersion: consentVersions[purpose]}
	if row != nil {
		v.Version, v.Given, v.GivenAt, v.WithdrawnAt = row.Version, row.WithdrawnAt == nil, &row.GivenAt, row.WithdrawnAt
	}
	return v
}

// consents returns how the account's consent to each purpose stands.
func consents(db *gorm.DB, account model.ID) ([]ConsentView, error) {
	rows, err := family.Consents(db, account)
	if err != nil {
		return nil, err
	}
	views := make([]ConsentView, len(model.Purposes))
	for i, purpose := range model.Purposes {
		views[i] = viewConsent(purpose, nil)
		for _, row := range rows {
			if row.Purpose == purpose {
				views[i] = viewConsent(purpose, &row)
			}
		}
	}
	return views, nil
}

// GiveConsent notes that the account agrees to the text in force; again
// changes nothing. Errors: purpose_not_found, consent_version_outdated, and
// guardian_consent_needed for the own account of a pupil under 14.
func (s *Service) GiveConsent(ctx context.Context, actor model.Actor, purpose model.Purpose, version string) (ConsentView, error) {
	current, ok := consentVersions[purpose]
	if !ok {
		return ConsentView{}, errPurpose
	}
	if version != current {
		return ConsentView{}, errConsentOutdated
	}
	var row *model.Consent
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		row, err = s.families.GiveConsent(tx, actor.AccountID, purpose, version)
		return err
	})
	return viewConsent(purpose, row), err
}

// WithdrawConsent notes that the account no longer agrees; again, or where it
// never did, changes nothing. The only error of its own is purpose_not_found.
func (s *Service) WithdrawConsent(ctx context.Context, actor model.Actor, purpose model.Purpose) (ConsentView, error) {
	if _, ok := consentVersions[purpose]; !ok {
		return ConsentView{}, errPurpose
	}
	var row *model.Consent
	err := s.store.Tx(ctx, func(tx *gorm.DB) (err error) {
		row, err = s.families.WithdrawConsent(tx, actor.AccountID, purpose)
		return err
	})
	return viewConsent(purpose, row), err
}
