package lesson

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/png"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func TestALessonsFormIsChecked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		manager := b.Staff(model.RoleManager, b.tree.School)
		good := Edit{Title: " 认识情绪（上）", Summary: "第一段\r\n第二段", Sides: []model.Side{model.SidePupil}, Term: "2026H2", PassPercent: 90, MaxRate: 1.5}
		for code, change := range map[string]func(*Edit){
			"title_malformed":   func(e *Edit) { e.Title = "认识\x00情绪" },
			"summary_malformed": func(e *Edit) { e.Summary = "\u202e反" },
			"term_invalid":      func(e *Edit) { e.Term = "2026H3" },
		} {
			e := good
			change(&e)
			_, err := b.svc.Create(ctx, manager, b.tree.School.ID, e)
			storetest.Refused(t, err, code)
		}
		l, err := b.svc.Create(ctx, manager, b.tree.School.ID, good)
		require.NoError(t, err)
		require.Equal(t, "认识情绪（上）", l.Title)
		require.Equal(t, "第一段\n第二段", l.Summary)
	})
}

// A phone that sends slowly keeps nobody from having a cover painted.
func TestASlowUploadHoldsUpNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := context.WithoutCancel(t.Context())
		manager := b.Staff(model.RoleManager, b.tree.School)
		slow, quick := b.Lesson(b.tree.School, 60, model.SidePupil), b.Lesson(b.tree.School, 60, model.SidePupil)
		var file bytes.Buffer
		require.NoError(t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 8, 8))))
		upload, sender := io.Pipe()
		done := make(chan error, 1)
		go func() {
			_, err := b.svc.SetCover(ctx, manager, slow.ID, upload)
			done <- err
		}()
		_, err := sender.Write(file.Bytes()[:30])
		require.NoError(t, err)
		hurried, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err = b.svc.SetCover(hurried, manager, quick.ID, bytes.NewReader(file.Bytes()))
		require.NoError(t, err)
		_, err = sender.Write(file.Bytes()[30:])
		require.NoError(t, err)
		require.NoError(t, sender.Close())
		require.NoError(t, <-done)
	})
}

// Of those who edit what they saw at once, one succeeds; the others get the
// lesson as it stands, and lose nothing of what it says.
func TestLostEditsOfALessonAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := context.WithoutCancel(t.Context())
		manager := b.Staff(model.RoleManager, b.tree.School)
		form := Edit{Title: "认识情绪", Sides: []model.Side{model.SidePupil}, Term: "2026H2", PassPercent: 90, MaxRate: 1.5}
		seen, err := b.svc.Create(ctx, manager, b.tree.School.ID, form)
		require.NoError(t, err)
		require.Equal(t, 1, seen.Version)
		edits := make([]View, 10)
		errs := storetest.Contend(len(edits), func(i int) (err error) {
			e := form
			e.Title = strings.Repeat("上", i+1)
			edits[i], err = b.svc.Update(ctx, manager, seen.ID, seen.Version, e)
			return err
		})
		won := slices.Index(errs, nil)
		require.NotEqual(t, -1, won)
		stands, err := b.svc.Get(ctx, manager, seen.ID, 0)
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("上", won+1), stands.Title)
		require.Equal(t, 2, stands.Version)
		for i, err := range errs {
			if i != won {
				require.Equal(t, stands, storetest.Refused(t, err, "version_conflict").Details)
			}
		}
		_, err = b.svc.Update(ctx, b.Staff(model.RoleManager, b.Tree().School), seen.ID, seen.Version, form)
		require.Nil(t, storetest.Refused(t, err, "lesson_not_found").Details)
		_, err = b.svc.Update(ctx, manager, seen.ID, stands.Version, form)
		require.NoError(t, err)
	})
}

// What is done to a lesson beside its form is a change too.
func TestEveryChangeOfALessonMovesItsVersion(t *testing.T) {
	t.Parallel()
	eachWithFiles(t, func(t *testing.T, g *fileBundle) {
		ctx := t.Context()
		for i, change := range []func() error{
			g.setVideo,
			func() error { return g.setCover(g.manager) },
			func() error { _, err := g.svc.Publish(ctx, g.manager, g.draft); return err },
			func() error { _, err := g.svc.Withdraw(ctx, g.manager, g.draft); return err },
		} {
			require.NoError(t, change())
			_, err := g.svc.Update(ctx, g.manager, g.draft, i+1, Edit{})
			current, ok := storetest.Refused(t, err, "version_conflict").Details.(View)
			require.True(t, ok)
			require.Equal(t, i+2, current.Version)
		}
	})
}

// A camera writes the index of a film behind the pictures: it is stored in
// front, and is the same film.
func TestAFilmsIndexIsStoredInFront(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		manager := b.Staff(model.RoleManager, b.tree.School)
		file, err := os.ReadFile("../../cmd/xinyu/demo/media/social-skills.mp4")
		require.NoError(t, err)
		index := bytes.Index(file, []byte("moov")) - 4
		length := int(binary.BigEndian.Uint32(file[index:]))
		camera := slices.Concat(file[:index], file[index+length:], file[index:index+length])
		draft, err := b.svc.Create(ctx, manager, b.tree.School.ID, Edit{Title: "认识情绪", Sides: []model.Side{model.SidePupil}, Term: "2026H2", PassPercent: 90, MaxRate: 1.5})
		require.NoError(t, err)
		got, err := b.svc.SetVideo(ctx, manager, draft.ID, bytes.NewReader(camera))
		require.NoError(t, err)
		require.Equal(t, 20, got.DurationSeconds)
		var l model.Lesson
		require.NoError(t, b.st.Read(ctx).Take(&l, "id = ?", draft.ID).Error)
		stored, _, err := b.svc.media.Open(ctx, l.VideoKey)
		require.NoError(t, err)
		defer func() { require.NoError(t, stored.Close()) }()
		kept, err := io.ReadAll(stored)
		require.NoError(t, err)
		require.Len(t, kept, len(file))
		require.Less(t, bytes.Index(kept, []byte("moov")), bytes.Index(kept, []byte("mdat")))
	})
}
