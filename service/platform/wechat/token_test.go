package wechat

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/silenceper/wechat/v2/util"
	"github.com/stretchr/testify/require"
)

func TestATokenIsKeptForItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, lasts := 0, 2*time.Hour
		source := &tokenSource{timeout: time.Second, fetch: func(context.Context, bool) (string, time.Duration, error) {
			asked++
			return fmt.Sprintf("v%d", asked), lasts, nil
		}}
		get := func(bad string) string {
			token, err := source.get(t.Context(), bad)
			require.NoError(t, err)
			return token
		}
		require.Equal(t, "v1", get(""))
		time.Sleep(lasts - tokenMargin - time.Nanosecond)
		require.Equal(t, "v1", get(""))
		time.Sleep(time.Nanosecond)
		require.Equal(t, "v2", get(""), "the first is about to end")
		require.Equal(t, "v3", get("v2"), "what WeChat refused is dropped")
		require.Equal(t, "v3", get("v2"), "a late refusal of an older one drops nothing")
		for lasts = range tokenMargin / time.Minute { // in minutes
			lasts *= time.Minute
			before := asked
			get(fmt.Sprintf("v%d", asked))
			get("")
			require.Equal(t, before+2, asked, "one that is about to end is not kept")
		}
	})
}

func TestALibraryCallWithoutAClientIsRefused(t *testing.T) {
	t.Parallel()
	_, err := util.HTTPGet("https://api.weixin.qq.com/")
	require.ErrorIs(t, err, errNoClient)
	require.Equal(t, errNoClient, safeCause(err))
}

func TestAnAPIErrorKeepsOnlyCodeAndRequestID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "wechat: errcode 40029, rid 6129ee10-272863a4-64d75414", newAPIError(40029, "invalid code s3cret, rid: 6129ee10-272863a4-64d75414").Error())
	require.Equal(t, "wechat: errcode -1", newAPIError(-1, "system error, rid: s3cret").Error())
}

func TestForcedTokensKeepWithinWeChatsDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forced := 0
		source := &tokenSource{timeout: time.Second, fetch: func(_ context.Context, force bool) (string, time.Duration, error) {
			if force {
				forced++
			}
			return "refused by all", 2 * time.Hour, nil
		}}
		for range 24 * 60 {
			_, err := source.get(t.Context(), "refused by all")
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		require.Equal(t, int(24*time.Hour/forceEvery), forced)
	})
}
