package lesson

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// removeAfter is how long a file stays that no lesson names: for as long as
// links to it work, as somebody may be watching it. It is more than an upload takes.
const removeAfter = linkLife + time.Hour

// removalsAStep bounds what is read and deleted at a time.
const removalsAStep = 200

// removeLater has the file removed when the links to it have expired.
func (s *Service) removeLater(tx *gorm.DB, key string) error {
	return tx.Create(&model.FileRemoval{ID: s.store.NewID(), FileKey: key, DueAt: s.store.Now().Add(removeAfter)}).Error
}

// errUploadExpired is of an upload that took longer than its file is kept.
var errUploadExpired = model.Unavailable("upload_expired", time.Second, nil)

// exchangeFiles keeps the files that the lesson names now, and has those removed
// that it names no more.
func (s *Service) exchangeFiles(tx *gorm.DB, before, after *model.Lesson) error {
	for _, file := range [][2]string{{before.VideoKey, after.VideoKey}, {before.CoverKey, after.CoverKey}} {
		old, fresh := file[0], file[1]
		if old == fresh {
			continue
		}
		kept := tx.Where("file_key = ? AND due_at > ?", fresh, s.store.Now()).Delete(&model.FileRemoval{})
		if err := store.Changed(kept, errUploadExpired); err != nil {
			return err
		}
		if old == "" {
			continue
		}
		if err := s.removeLater(tx, old); err != nil {
			return err
		}
	}
	return nil
}

// discard removes a file that was uploaded in vain, unless the lesson has taken
// it after all: the error may have been about the response to the commit. What
// fails here is left to RemoveFiles.
func (s *Service) discard(ctx context.Context, key string) {
	ctx = context.WithoutCancel(ctx)
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		due := tx.Model(&model.FileRemoval{}).Where("file_key = ?", key).Update("due_at", s.store.Now())
		return store.Changed(due, model.NotFound("file"))
	})
	if err == nil {
		_ = s.media.Delete(ctx, key)
	}
}

// RemoveFiles removes the files that are due. A run that was cut off is repeated
// without harm, and a file that can't be removed is tried again by the next.
func (s *Service) RemoveFiles(ctx context.Context) error {
	var failed error
	for last := model.ID(0); ; {
		var due []model.FileRemoval
		err := s.store.Read(ctx).Where("due_at <= ? AND id > ?", s.store.Now(), last).Order("id").Limit(removalsAStep).Find(&due).Error
		if err != nil || len(due) == 0 {
			return errors.Join(failed, err)
		}
		last = due[len(due)-1].ID
		var removed []model.ID
		for _, f := range due {
			err := s.media.Delete(ctx, f.FileKey)
			switch {
			case model.KindOf(err) == model.KindUnavailable || ctx.Err() != nil:
				return errors.Join(err, ctx.Err()) // the others would fail too; to remove a file twice is no error
			case err != nil:
				failed = fmt.Errorf("remove file %s: %w", f.ID, err)
			default:
				removed = append(removed, f.ID)
			}
		}
		if err := s.store.Tx(ctx, func(tx *gorm.DB) error { return tx.Where("id IN ?", removed).Delete(&model.FileRemoval{}).Error }); err != nil {
			return err
		}
	}
}
