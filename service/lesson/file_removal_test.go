package lesson

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store/storetest"
)

// fileBundle is a draft of a manager, in a media store in which things happen.
type fileBundle struct {
	*bundle
	manager model.Actor
	draft   model.ID
	// stored is called when a file has been stored, and removing before one is
	// removed, which its error keeps from being so.
	stored   func(key string)
	removing func(key string) error
}

type hookedStore struct {
	media.Store
	g *fileBundle
}

func (h hookedStore) Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error {
	err := h.Store.Put(ctx, key, r, size, contentType)
	h.g.stored(key)
	return err
}

func (h hookedStore) Delete(ctx context.Context, key string) error {
	if err := h.g.removing(key); err != nil {
		return err
	}
	return h.Store.Delete(ctx, key)
}

func eachWithFiles(t *testing.T, test func(t *testing.T, g *fileBundle)) {
	t.Helper()
	each(t, func(t *testing.T, b *bundle) {
		g := &fileBundle{bundle: b, manager: b.Staff(model.RoleManager, b.tree.School), stored: func(string) {}, removing: func(string) error { return nil }}
		b.svc.media = hookedStore{b.svc.media, g}
		l, err := b.svc.Create(t.Context(), g.manager, b.tree.School.ID, Edit{Title: "认识情绪", Sides: []model.Side{model.SidePupil}, Term: "2026H2", PassPercent: 90, MaxRate: 1.5})
		require.NoError(t, err)
		g.draft = l.ID
		test(t, g)
	})
}

func (g *fileBundle) setVideo() error {
	g.t.Helper()
	file, err := os.Open("../../cmd/xinyu/demo/media/social-skills.mp4")
	require.NoError(g.t, err)
	defer func() { require.NoError(g.t, file.Close()) }()
	_, err = g.svc.SetVideo(context.WithoutCancel(g.t.Context()), g.manager, g.draft, file)
	return err
}

func (g *fileBundle) setCover(who model.Actor) error {
	g.t.Helper()
	var file bytes.Buffer
	require.NoError(g.t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))))
	_, err := g.svc.SetCover(g.t.Context(), who, g.draft, &file)
	return err
}

// named returns the files that the draft names.
func (g *fileBundle) named() (video, cover string) {
	g.t.Helper()
	var l model.Lesson
	require.NoError(g.t, g.st.Read(g.t.Context()).Take(&l, "id = ?", g.draft).Error)
	return l.VideoKey, l.CoverKey
}

// kept reports whether the file is in the store.
func (g *fileBundle) kept(key string) bool {
	g.t.Helper()
	file, _, err := g.svc.media.Open(g.t.Context(), key)
	if model.KindOf(err) == model.KindNotFound {
		return false
	}
	require.NoError(g.t, err)
	require.NoError(g.t, file.Close())
	return true
}

// waiting returns how many files are still to be removed.
func (g *fileBundle) waiting() int64 {
	g.t.Helper()
	var n int64
	require.NoError(g.t, g.st.Read(g.t.Context()).Model(&model.FileRemoval{}).Count(&n).Error)
	return n
}

// Files of a lesson that are replaced stay while links to them work, and no longer.
func TestReplacedFilesAreRemovedWhenTheirLinksHaveExpired(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		var old []string
		for range 3 {
			video, cover := g.named()
			old = append(old, video, cover)
			require.NoError(t, g.setVideo())
			require.NoError(t, g.setCover(g.manager))
		}
		old = old[2:]
		video, cover := g.named()
		require.EqualValues(t, len(old), g.waiting())
		g.clock.Advance(removeAfter - time.Second)
		require.NoError(t, g.svc.RemoveFiles(t.Context()))
		for _, key := range old {
			require.True(t, g.kept(key), "somebody may be watching it")
		}
		g.clock.Advance(time.Second)
		for range 2 {
			require.NoError(t, g.svc.RemoveFiles(t.Context()))
		}
		for _, key := range old {
			require.False(t, g.kept(key))
		}
		require.True(t, g.kept(video))
		require.True(t, g.kept(cover))
		require.Zero(t, g.waiting())
	})
}

// Of uploads at the same time one is named, and all others are removed.
func TestUploadsAtOnceLeaveOneFile(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		keys := make(chan string, 8)
		g.stored = func(key string) { keys <- key }
		for _, err := range storetest.Contend(cap(keys), func(int) error { return g.setVideo() }) {
			require.NoError(t, err)
		}
		g.clock.Advance(removeAfter)
		require.NoError(t, g.svc.RemoveFiles(t.Context()))
		video, _ := g.named()
		for range cap(keys) {
			key := <-keys
			require.Equal(t, key == video, g.kept(key))
		}
		require.Zero(t, g.waiting())
	})
}

// What the lesson does not take is removed at once; after a crash, in time.
func TestAFileThatTheLessonDoesNotTakeIsRemoved(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		require.NoError(t, g.setVideo())
		var key string
		g.stored = func(k string) {
			key = k
			_, err := g.svc.Publish(t.Context(), g.manager, g.draft)
			require.NoError(t, err)
		}
		storetest.Refused(t, g.setVideo(), "lesson_not_draft")
		require.False(t, g.kept(key))
		require.NoError(t, g.svc.RemoveFiles(t.Context()))

		require.NoError(t, g.svc.putFile(t.Context(), "lessons/crashed.jpg", bytes.NewReader([]byte("x")), media.TypeJPEG))
		require.True(t, g.kept("lessons/crashed.jpg"))
		g.clock.Advance(removeAfter)
		require.NoError(t, g.svc.RemoveFiles(t.Context()))
		require.False(t, g.kept("lessons/crashed.jpg"))
		require.Zero(t, g.waiting())
		video, _ := g.named()
		require.True(t, g.kept(video))
	})
}

// An error after the commit must not remove what the lesson names.
func TestAFileThatTheLessonHasTakenIsNotDiscarded(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		require.NoError(t, g.setVideo())
		video, _ := g.named()
		g.svc.discard(t.Context(), video)
		require.True(t, g.kept(video))
	})
}

// A lesson must not name a file that has been removed while it was uploaded.
func TestALessonDoesNotTakeAFileThatIsRemoved(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		var key string
		g.stored = func(k string) {
			key = k
			g.clock.Advance(removeAfter + time.Second)
		}
		storetest.Refused(t, g.setVideo(), "upload_expired")
		require.False(t, g.kept(key))
		video, _ := g.named()
		require.Empty(t, video)
	})
}

// A file that can't be removed keeps no other from being removed, and a store
// that is down is not asked about each.
func TestRemovalGoesOnAfterAFailure(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		for range 3 {
			require.NoError(t, g.setCover(g.manager))
		}
		g.clock.Advance(removeAfter)
		var asked atomic.Int32
		g.removing = func(string) error { asked.Add(1); return model.Unavailable("media_unavailable", time.Second, nil) }
		require.Equal(t, model.KindUnavailable, model.KindOf(g.svc.RemoveFiles(t.Context())))
		require.EqualValues(t, 1, asked.Load())
		require.EqualValues(t, 2, g.waiting())

		broken, first := errors.New("broken"), ""
		g.removing = func(key string) error {
			if first == "" {
				first = key
				return broken
			}
			return nil
		}
		require.ErrorIs(t, g.svc.RemoveFiles(t.Context()), broken)
		require.EqualValues(t, 1, g.waiting())
		require.True(t, g.kept(first))
		require.NoError(t, g.svc.RemoveFiles(t.Context()))
		require.False(t, g.kept(first))
		require.Zero(t, g.waiting())
	})
}

func TestTheUploadsOfAnAccountAreBounded(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		storetest.Refused(t, g.setCover(g.Staff(model.RoleManager, g.Tree().School)), "lesson_not_found")
		for range uploadRate.Count {
			require.NoError(t, g.setCover(g.manager))
		}
		for _, err := range []error{g.setCover(g.manager), g.setVideo()} {
			require.Positive(t, storetest.Refused(t, err, "too_many_uploads").RetryAfter)
		}
		require.NoError(t, g.setCover(g.Staff(model.RoleManager, g.tree.School)), "another account")
	})
}
