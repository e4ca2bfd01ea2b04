package api

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

// A cover on its whole way: put up, judged by WeChat, pushed, shown.
func TestACoverIsShownOnceWeChatHasLetItPass(t *testing.T) {
	t.Parallel()
	each(t, func(w *world) {
		tree := w.Tree()
		lesson := w.Lesson(tree.School, 20, model.SidePupil)
		manager := w.as(w.Staff(model.RoleManager, tree.School))
		parent := w.as(w.Guardian(w.Pupil(tree.Class)))
		path := "/lessons/" + lesson.ID.String()
		var picture bytes.Buffer
		require.NoError(w.t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))))
		put := w.do("PUT", path+"/cover", manager, picture.Bytes()).status(200)
		require.Equal(w.t, "unchecked", put.text("coverStatus"))
		require.Empty(w.t, w.do("GET", path, parent, nil).status(200).text("coverUrl"))
		w.do("POST", path+"/cover/release", manager, nil).problem(409, "cover_not_held")

		require.NoError(w.t, w.svc.Lesson.CheckCovers(w.t.Context()))
		media := w.wechat.Media()
		require.Len(w.t, media, 1)
		verdict := emulator.MediaEvent(media[0].OpenID, w.store.Now(), testAppID, media[0].TraceID, "review")
		s := w.pushes[wechat.MiniProgram]
		s.URL = strings.TrimSuffix(w.url, rest.Base) + WebhookPath
		require.NoError(w.t, s.Push(w.t.Context(), verdict, w.store.Now))
		require.Eventually(w.t, func() bool { return w.do("GET", path, manager, nil).text("coverStatus") == "review" }, 5*time.Second, 10*time.Millisecond)
		require.Empty(w.t, w.do("GET", path, parent, nil).status(200).text("coverUrl"))

		require.Equal(w.t, "pass", w.do("POST", path+"/cover/release", manager, nil).status(200).text("coverStatus"))
		seen := w.do("GET", path, parent, nil).status(200)
		require.NotEmpty(w.t, seen.text("coverUrl"))
		require.NotContains(w.t, seen.json, "coverStatus")
	})
}
