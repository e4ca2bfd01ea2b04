// Package media keeps uploaded files (lesson videos, covers, pictures) in a
// directory or in an S3-compatible store, reads what a video says about itself,
// and serves files with ranges and signed links.
package media

import (
	"bufio"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"xinyu/model"
)

// Store keeps files by key. Both implementations are safe for concurrent use.
//
// Every method refuses a key that ValidKey refuses, with a *model.Error of
// KindInvalid. A file that isn't there is a *model.Error of KindNotFound, code
// file_not_found; a store that does not respond is one of KindUnavailable.
type Store interface {
	// Put stores size bytes from r under key, replacing what was there. A reader
	// sees the old file or the new one, never a part. contentType must be the
	// one that key stands for. An r shorter or longer than size stores nothing
	// and is a *model.Error of KindInvalid.
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error
	// Open reads a file. The caller closes it; ctx must live until then.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, Info, error)
	// Move renames a file, replacing what was at to. Both keys stand for the same content type.
	Move(ctx context.Context, from, to string) error
	// Delete removes a file; one that isn't there is no error.
	Delete(ctx context.Context, key string) error
	// URL is a link that downloads the file straight from the store and holds
	// for ttl; ok is false where the store has none, and Serve must do it.
	// Whether the file exists is not looked up.
	URL(ctx context.Context, key string, ttl time.Duration) (link string, ok bool, err error)
	// Upload is a request by which a client sends size bytes straight to the
	// store within ttl; ok is false where the store has none, and Put must do
	// it. As the client may repeat the request, let it write to a key of its
	// own ("incoming/…"), Move the file, and only then Sniff and Probe it.
	Upload(ctx context.Context, key string, size int64, contentType string, ttl time.Duration) (up Upload, ok bool, err error)
}

// Info describes a stored file.
type Info struct {
	Size        int64 // bytes
	ContentType string
	ETag        string // quoted, as in the HTTP header; differs whenever the content does
	ModTime     time.Time
}

// Upload is an HTTP request that a client makes to send a file to the store.
type Upload struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`
	Header map[string]string `json:"header"` // to be sent exactly so
}

// exactReader gives the size bytes of an upload. Where r holds fewer or more,
// or ctx is done, it fails before the last byte is given, so that no store can
// take what it read for complete.
type exactReader struct {
	ctx  context.Context
	r    *bufio.Reader
	left int64
	// err is why it failed: it tells the sender's faults from the store's. An
	// HTTP transport may still be reading when the store has given up.
	err atomic.Pointer[error]
}

func newExactReader(ctx context.Context, r io.Reader, size int64) *exactReader {
	return &exactReader{ctx: ctx, r: bufio.NewReader(r), left: size}
}

func (e *exactReader) Read(p []byte) (int, error) {
	if err := e.fault(); err != nil {
		return 0, err
	}
	n, err := e.read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		e.err.Store(&err)
	}
	return n, err
}

// fault is why reading failed, or nil.
func (e *exactReader) fault() error {
	if err := e.err.Load(); err != nil {
		return *err
	}
	return nil
}

func (e *exactReader) read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if e.left > 0 {
		if errors.Is(err, io.EOF) {
			err = errWrongSize
		}
		return n, err
	}
	if _, err = e.r.Peek(1); err == nil {
		err = errWrongSize
	}
	if !errors.Is(err, io.EOF) {
		n = 0
	}
	return n, err
}

var errWrongSize = model.Invalid("file", "file_size", "文件没有传完整，请重新上传")
