package media

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"xinyu/model"
)

// Dir keeps files in a directory, which replicas may share.
type Dir struct{ root *os.Root }

var _ Store = (*Dir)(nil)

// partsDir holds files that are still being written; no key can name it.
const partsDir = ".parts"

// OpenDir uses the directory at path and makes it where it is missing. Call
// Close when done.
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make media directory: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open media directory: %w", err)
	}
	d := &Dir{root: root}
	if err := d.clean(); err != nil {
		return nil, errors.Join(fmt.Errorf("clean media directory: %w", err), root.Close())
	}
	return d, nil
}

// clean removes what uploads cut off by a crash left behind. Younger parts may
// belong to another replica.
func (d *Dir) clean() error {
	if err := d.root.MkdirAll(partsDir, 0o700); err != nil {
		return err
	}
	parts, err := fs.ReadDir(d.root.FS(), partsDir)
	if err != nil {
		return err
	}
	for _, p := range parts {
		info, err := p.Info()
		if err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			err = d.root.Remove(path.Join(partsDir, p.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another replica cleans too
			return err
		}
	}
	return nil
}

// Close frees the directory; files opened before stay readable.
func (d *Dir) Close() error { return d.root.Close() }

// Put implements Store. When it returns without error the file survives a power cut.
func (d *Dir) Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error {
	if err := checkUpload(key, size, contentType); err != nil {
		return err
	}
	part := path.Join(partsDir, rand.Text())
	f, err := d.root.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	_, err = io.Copy(f, newExactReader(ctx, r, size))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		// The kernel's own stamp moves in steps of milliseconds, too coarse for an ETag.
		now := time.Now()
		err = d.root.Chtimes(part, now, now)
	}
	if err == nil {
		err = d.rename(part, key)
	}
	if err != nil {
		return fmt.Errorf("store file: %w", errors.Join(err, d.root.Remove(part)))
	}
	return nil
}

// rename puts the file at from in its place for good.
func (d *Dir) rename(from, key string) error {
	if err := d.root.MkdirAll(path.Dir(key), 0o700); err != nil {
		return err
	}
	if err := d.root.Rename(from, key); err != nil {
		return err
	}
	dir, err := d.root.Open(path.Dir(key))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Open implements Store.
func (d *Dir) Open(ctx context.Context, key string) (io.ReadSeekCloser, Info, error) {
	contentType, err := keyType(key)
	if err != nil {
		return nil, Info{}, err
	}
	if err := ctx.Err(); err != nil {
		return nil, Info{}, err
	}
	f, err := d.root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Info{}, model.NotFound("file")
	}
	if err != nil {
		return nil, Info{}, fmt.Errorf("open file: %w", err)
	}
	stat, err := f.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = model.NotFound("file")
	}
	if err != nil {
		return nil, Info{}, errors.Join(err, f.Close())
	}
	return f, Info{
		Size:        stat.Size(),
		ContentType: contentType,
		ETag:        fmt.Sprintf(`"%x-%x"`, stat.ModTime().UnixNano(), stat.Size()),
		ModTime:     stat.ModTime(),
	}, nil
}

// Move implements Store.
func (d *Dir) Move(_ context.Context, from, to string) error {
	if err := checkMove(from, to); err != nil {
		return err
	}
	err := d.rename(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		return model.NotFound("file")
	}
	if err != nil {
		return fmt.Errorf("move file: %w", err)
	}
	return nil
}

// Delete implements Store.
func (d *Dir) Delete(_ context.Context, key string) error {
	if !ValidKey(key) {
		return errKey
	}
	if err := d.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete file: %w", err)
	}
	return nil
}

// URL implements Store; a directory has no links of its own.
func (d *Dir) URL(_ context.Context, key string, _ time.Duration) (string, bool, error) {
	if !ValidKey(key) {
		return "", false, errKey
	}
	return "", false, nil
}

// Upload implements Store; nobody can send to a directory but through Put.
func (d *Dir) Upload(_ context.Context, key string, size int64, contentType string, _ time.Duration) (Upload, bool, error) {
	return Upload{}, false, checkUpload(key, size, contentType)
}
