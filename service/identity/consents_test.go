package identity

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/family"
	"xinyu/service/platform/store/storetest"
)

func (b *bundle) events(account model.ID) []string {
	b.t.Helper()
	var actions []string
	require.NoError(b.t, b.store.Read(b.t.Context()).Model(&model.ConsentEvent{}).Where("account_id = ?", account).Order("id").Pluck("action", &actions).Error)
	return actions
}

func TestEveryConsentTextHasItsRequiredParts(t *testing.T) {
	t.Parallel()
	for i, text := range readConsentTexts() {
		require.Equal(t, model.Purposes[i], text.Purpose)
		require.NotEmpty(t, text.Version)
		require.NotContains(t, text.Title, "#")
		for _, part := range []string{"使用哪些信息", "为什么需要", "谁能看到", "保存多久", "如何撤回", "由谁负责", "14周岁"} {
			require.Contains(t, text.Text, part, text.Purpose)
		}
	}
}

func TestConsentIsGivenWithdrawnAndGivenAgain(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, actor := b.t.Context(), b.Account()
		version := consentVersions[model.PurposeLearning]
		_, err := b.WithdrawConsent(ctx, actor, model.PurposeLearning)
		require.NoError(b.t, err, "nothing to withdraw is no error")
		for range 2 {
			v, err := b.GiveConsent(ctx, actor, model.PurposeLearning, version)
			require.NoError(b.t, err)
			require.True(b.t, v.Given)
			require.Equal(b.t, version, v.Version)
			require.NotNil(b.t, v.GivenAt)
			require.Nil(b.t, v.WithdrawnAt)
		}
		for range 2 {
			v, err := b.WithdrawConsent(ctx, actor, model.PurposeLearning)
			require.NoError(b.t, err)
			require.False(b.t, v.Given)
			require.NotNil(b.t, v.WithdrawnAt)
		}
		_, err = b.GiveConsent(ctx, actor, model.PurposeLearning, version)
		require.NoError(b.t, err)
		require.Equal(b.t, []string{"given", "withdrawn", "given"}, b.events(actor.AccountID))

		me, err := b.Me(ctx, actor)
		require.NoError(b.t, err)
		require.Len(b.t, me.Consents, 2)
		require.True(b.t, me.Consents[0].Given)
		require.Equal(b.t, ConsentView{Purpose: model.PurposeCounselling, CurrentVersion: consentVersions[model.PurposeCounselling]}, me.Consents[1])
	})
}

func TestAConsentToAFormerTextHoldsAndIsRenewed(t *testing.T) {
	t.Parallel()
	b := setup(t, storetest.SQLite(t), storetest.InProcessRedis(t))
	actor := b.Account()
	b.Insert(&model.Consent{AccountID: actor.AccountID, Purpose: model.PurposeLearning, Version: "0", GivenAt: b.store.Now().Add(-time.Hour)})
	me, err := b.Me(t.Context(), actor)
	require.NoError(t, err)
	require.True(t, me.Consents[0].Given)
	require.Equal(t, "0", me.Consents[0].Version)
	_, err = b.GiveConsent(t.Context(), actor, model.PurposeLearning, "0")
	require.ErrorIs(t, err, errConsentOutdated)
	v, err := b.GiveConsent(t.Context(), actor, model.PurposeLearning, consentVersions[model.PurposeLearning])
	require.NoError(t, err)
	require.Equal(t, v.CurrentVersion, v.Version)
	require.Equal(t, []string{"given"}, b.events(actor.AccountID))
}

func TestAnUnknownPurposeIsNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t, storetest.SQLite(t), storetest.InProcessRedis(t))
	_, err := b.GiveConsent(t.Context(), b.Account(), "advertising", "1")
	require.ErrorIs(t, err, errPurpose)
	_, err = b.WithdrawConsent(t.Context(), b.Account(), "advertising")
	require.ErrorIs(t, err, errPurpose)
}

func TestAPupilConsentsFromFourteenOn(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		ctx, pupil := b.t.Context(), b.Pupil(b.Tree().Class)
		actor := b.PupilAccount(pupil)
		actor.PupilID = 0 // an actor loaded before the pupil was bound must not get past
		give := func() error {
			_, err := b.GiveConsent(ctx, actor, model.PurposeCounselling, consentVersions[model.PurposeCounselling])
			return err
		}
		require.ErrorIs(b.t, give(), family.ErrGuardianConsentNeeded)
		require.Empty(b.t, b.events(actor.AccountID))
		b.Set(pupil, "birth_date", model.DateOf(b.store.Now().In(model.Shanghai).AddDate(-14, 0, 0)))
		require.NoError(b.t, give())
	})
}

// However many phones tap at once, the history has one line.
func TestConsentsThatRaceAreWrittenOnce(t *testing.T) {
	t.Parallel()
	each(t, func(b *bundle) {
		actor := b.Account()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := b.GiveConsent(context.Background(), actor, model.PurposeLearning, consentVersions[model.PurposeLearning]); err != nil {
					b.t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(b.t, []string{"given"}, b.events(actor.AccountID))
	})
}
