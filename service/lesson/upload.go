package lesson

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
)

// uploadRate bounds the files that one account uploads, videos and covers
// together: each may stay for as long as links to it work.
var uploadRate = limit.Rate{Count: 30, Period: time.Hour}

// setFile copies the upload to a temporary file, has it converted to what is
// kept, checks that, stores it and sets it on the lesson. Until the lesson has
// taken it, a row says that the file is to be removed.
func (s *Service) setFile(ctx context.Context, actor model.Actor, id model.ID, upload io.Reader, convert func(*os.File) (io.ReadSeeker, error),
	set func(l *model.Lesson, file io.ReadSeeker, key, contentType string) error) (View, error) {
	var l model.Lesson
	if err := s.store.Read(ctx).Where(s.ownedBy(actor)).Take(&l, "lessons.id = ?", id).Error; err != nil {
		return View{}, store.Found(err, "lesson") // before the whole file is taken in
	}
	if _, wait, ok := s.limiter.Take(ctx, "upload:"+actor.AccountID.String(), uploadRate); !ok {
		return View{}, model.TooMany("too_many_uploads", wait)
	}
	spool, err := spool(upload)
	if err != nil {
		return View{}, err
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}()
	file, err := convert(spool)
	if err != nil {
		return View{}, err
	}
	contentType, err := media.Sniff(file)
	if err != nil {
		return View{}, err
	}
	key, err := media.NewKey("lessons", s.store.NewID(), contentType)
	if err != nil {
		return View{}, err
	}
	if err := set(&l, file, key, contentType); err != nil { // refuse before storing
		return View{}, err
	}
	if err := s.putFile(ctx, key, file, contentType); err != nil {
		return View{}, err
	}
	view, err := s.change(ctx, actor, id, func(l *model.Lesson) error { return set(l, file, key, contentType) })
	if err != nil {
		s.discard(ctx, key)
	}
	return view, err
}

// spool takes the upload in as a temporary file, which the caller removes: a
// phone may send for minutes, and nobody is to wait for it.
func spool(upload io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "xinyu-upload-*")
	if err != nil {
		return nil, fmt.Errorf("spool upload: %w", err)
	}
	if _, err = io.Copy(file, upload); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("spool upload: %w", errors.Join(err, file.Close(), os.Remove(file.Name())))
	}
	return file, nil
}

// putFile stores the whole file, and first the row by which it is removed
// should no lesson take it.
func (s *Service) putFile(ctx context.Context, key string, file io.ReadSeeker, contentType string) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("read upload: %w", err)
	}
	if err := s.store.Tx(ctx, func(tx *gorm.DB) error { return s.removeLater(tx, key) }); err != nil {
		return err
	}
	return s.media.Put(ctx, key, file, size, contentType)
}
