package scene_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skip2/go-qrcode"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
	"xinyu/service/scene"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// weixin answers for WeChat as the test says.
type weixin struct {
	picture []byte
	err     error
	drawn   atomic.Int32
	linked  atomic.Int32
	until   time.Time
}

func (w *weixin) WXACode(context.Context, string, string) ([]byte, error) {
	w.drawn.Add(1)
	return w.picture, w.err
}

func (w *weixin) URLLink(_ context.Context, page, query string, expires time.Time) (string, error) {
	w.linked.Add(1)
	w.until = expires
	return "https://wxaurl.cn/" + page + "?" + query, w.err
}

type bundle struct {
	t      *testing.T
	st     *store.Store
	clock  *storetest.Clock
	wechat *weixin
	scenes *scene.Scenes
}

func each(t *testing.T, test func(t *testing.T, b *bundle)) {
	t.Helper()
	storetest.EachAt(t, time.Date(2026, 9, 7, 10, 0, 0, 0, time.UTC), func(t *testing.T, st *store.Store, clock *storetest.Clock) {
		b := &bundle{t: t, st: st, clock: clock, wechat: &weixin{}}
		files, err := media.OpenDir(t.TempDir())
		require.NoError(t, err)
		var picture bytes.Buffer
		require.NoError(t, jpeg.Encode(&picture, dots(), nil))
		b.wechat.picture = picture.Bytes()
		b.scenes = scene.New(scene.Config{Store: b.st, Media: files, Limiter: limit.New(storetest.InProcessRedis(t)), WeChat: b.wechat, PublicURL: "https://xinyu.example.com"})
		test(t, b)
	})
}

func dots() image.Image {
	m := image.NewGray(image.Rect(0, 0, 16, 16))
	m.Set(3, 3, color.White)
	return m
}

func (b *bundle) want(days int) scene.Want {
	return scene.Want{Kind: model.SceneSession, TargetID: 7, Page: "pages/lectures/session", Params: map[string]string{"id": "7"}, Until: b.clock.Now().AddDate(0, 0, days)}
}

func (b *bundle) make(want scene.Want) model.Scene {
	b.t.Helper()
	row, err := b.scenes.Make(b.t.Context(), model.Actor{AccountID: 1}, want)
	require.NoError(b.t, err)
	return row
}

func TestASceneLeadsThereUntilItExpires(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		row := b.make(b.want(10))
		require.LessOrEqual(t, len(row.Code), 32)
		require.Empty(t, strings.Trim(row.Code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
		require.Equal(t, row.Code, b.make(b.want(10)).Code)
		require.Equal(t, row.Code, b.make(b.want(19)).Code, "lives for more than half as long as is wanted")
		longer := b.make(b.want(30))
		require.NotEqual(t, row.Code, longer.Code)
		other := b.want(10)
		other.Params = map[string]string{"id": "8"}
		require.NotEqual(t, row.Code, b.make(other).Code)

		opened, err := b.scenes.Open(ctx, row.Code)
		require.NoError(t, err)
		require.Equal(t, scene.Opened{Kind: model.SceneSession, TargetID: 7, Page: "pages/lectures/session", Params: map[string]string{"id": "7"}}, opened)
		unknown := func(code string) {
			_, err := b.scenes.Open(ctx, code)
			require.ErrorIs(t, err, model.NotFound("scene"))
			_, err = b.scenes.Picture(ctx, code)
			require.ErrorIs(t, err, model.NotFound("scene"))
		}
		unknown("NOTHING")
		unknown(strings.ToLower(row.Code))
		b.clock.Advance(10 * 24 * time.Hour)
		unknown(row.Code)
		require.NoError(t, b.st.Tx(ctx, func(tx *gorm.DB) error { return b.scenes.End(tx, model.SceneSession, 7) }))
		unknown(longer.Code)
	})
}

func TestACodeIsDrawnByWeChatOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		row := b.make(b.want(10))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				picture, err := b.scenes.Picture(t.Context(), row.Code)
				if err != nil {
					t.Error(err)
					return
				}
				size, err := png.DecodeConfig(bytes.NewReader(picture))
				if err != nil || size.Width != 16 {
					t.Errorf("no PNG of WeChat's: %v", err)
				}
			})
		}
		wg.Wait()
		drawn := b.wechat.drawn.Load()
		require.LessOrEqual(t, drawn, int32(3))
		b.wechat.err = errors.New("down")
		picture, err := b.scenes.Picture(t.Context(), row.Code)
		require.NoError(t, err)
		size, err := png.DecodeConfig(bytes.NewReader(picture))
		require.NoError(t, err)
		require.Equal(t, 16, size.Width, "it is kept")
		require.Equal(t, drawn, b.wechat.drawn.Load())
	})
}

func TestAnOrdinaryCodeStandsInForWeChats(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		row := b.make(b.want(10))
		good := b.wechat.picture
		width := func() int {
			picture, err := b.scenes.Picture(ctx, row.Code)
			require.NoError(t, err)
			size, err := png.DecodeConfig(bytes.NewReader(picture))
			require.NoError(t, err)
			return size.Width
		}
		b.wechat.err = errors.New("down")
		require.Equal(t, 480, width())
		picture, err := b.scenes.Picture(ctx, row.Code)
		require.NoError(t, err)
		want, err := qrcode.Encode("https://xinyu.example.com/m/?scene="+row.Code, qrcode.Medium, 480)
		require.NoError(t, err)
		require.Equal(t, want, picture, "it opens the browser's client, or the mini-program by its address")
		b.wechat.err, b.wechat.picture = nil, []byte(`{"errcode":41030}`)
		require.Equal(t, 480, width(), "what is no picture is not shown")
		b.wechat.err = errors.New("down")
		for range 20 {
			require.Equal(t, 480, width())
		}
		require.EqualValues(t, 3, b.wechat.drawn.Load(), "strangers do not use up WeChat's patience")

		other := b.want(10)
		other.TargetID = 8
		row = b.make(other)
		require.Equal(t, 480, width())
		b.wechat.err, b.wechat.picture = nil, good
		require.Equal(t, 16, width(), "the ordinary one is not kept")
	})
}

func TestALinkIsAskedForOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		row := b.make(b.want(100))
		view := b.scenes.Show(ctx, row, "/api/v1", false)
		require.Equal(t, scene.View{Scene: row.Code, Page: row.Page, PNGURL: "/api/v1/scenes/" + row.Code + "/code.png", ExpiresAt: row.ExpiresAt}, view)
		b.wechat.err = errors.New("down")
		require.Empty(t, b.scenes.Show(ctx, row, "", true).URLLink)
		b.wechat.err = nil
		link := b.scenes.Show(ctx, row, "", true).URLLink
		require.Equal(t, "https://wxaurl.cn/pages/lectures/session?scene="+row.Code, link)
		require.Equal(t, b.clock.Now().AddDate(0, 0, 30), b.wechat.until, "WeChat's most")
		require.Equal(t, link, b.scenes.Show(ctx, b.make(b.want(100)), "", true).URLLink)
		require.EqualValues(t, 2, b.wechat.linked.Load())
		b.clock.Advance(30 * 24 * time.Hour)
		b.scenes.Show(ctx, b.make(b.want(70)), "", true)
		require.EqualValues(t, 3, b.wechat.linked.Load())
	})
}

func TestOldScenesAreSweptWithTheirPictures(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		old, young := b.make(b.want(1)), b.make(b.want(300))
		for _, row := range []model.Scene{old, young} {
			_, err := b.scenes.Picture(ctx, row.Code)
			require.NoError(t, err)
		}
		b.clock.Advance(32 * 24 * time.Hour)
		require.NoError(t, b.scenes.Sweep(ctx))
		var left []model.Scene
		require.NoError(t, b.st.Read(ctx).Find(&left).Error)
		require.Len(t, left, 1)
		require.Equal(t, young.Code, left[0].Code)
		key, err := media.NewKey("scenes", old.ID, media.TypePNG)
		require.NoError(t, err)
		_, _, err = b.scenes.Media.Open(ctx, key)
		require.Equal(t, model.KindNotFound, model.KindOf(err))
	})
}
