package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

// eachStore runs the test on every kind of store, empty at first.
func eachStore(t *testing.T, test func(t *testing.T, s Store)) {
	t.Run("dir", func(t *testing.T) {
		t.Parallel()
		test(t, newDir(t))
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		s, _ := newS3(t)
		test(t, s)
	})
}

func put(t testing.TB, s Store, key string, content []byte) {
	t.Helper()
	contentType, err := keyType(key)
	require.NoError(t, err)
	require.NoError(t, s.Put(t.Context(), key, bytes.NewReader(content), int64(len(content)), contentType))
}

func get(t testing.TB, s Store, key string) ([]byte, Info) {
	t.Helper()
	f, info, err := s.Open(t.Context(), key)
	require.NoError(t, err)
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.EqualValues(t, len(b), info.Size)
	return b, info
}

func requireMissing(t testing.TB, s Store, key string) {
	t.Helper()
	_, _, err := s.Open(t.Context(), key)
	require.Equal(t, model.KindNotFound, model.KindOf(err), "%v", err)
}

func TestStoreKeepsReplacesMovesAndDeletes(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		requireMissing(t, s, "lessons/1.mp4")
		put(t, s, "lessons/1.mp4", []byte("first"))
		b, info := get(t, s, "lessons/1.mp4")
		require.Equal(t, "first", string(b))
		require.Equal(t, TypeMP4, info.ContentType)
		require.Regexp(t, `^"[^"]+"$`, info.ETag)
		require.False(t, info.ModTime.IsZero())

		f, _, err := s.Open(t.Context(), "lessons/1.mp4")
		require.NoError(t, err)
		pos, err := f.Seek(-2, io.SeekEnd)
		require.NoError(t, err)
		require.EqualValues(t, 3, pos)
		tail, err := io.ReadAll(f)
		require.NoError(t, err)
		require.Equal(t, "st", string(tail))
		require.NoError(t, f.Close())

		put(t, s, "lessons/1.mp4", []byte("other"))
		b, again := get(t, s, "lessons/1.mp4")
		require.Equal(t, "other", string(b))
		require.NotEqual(t, info.ETag, again.ETag)

		put(t, s, "lessons/2.mp4", []byte("replaced"))
		require.NoError(t, s.Move(t.Context(), "lessons/1.mp4", "lessons/2.mp4"))
		requireMissing(t, s, "lessons/1.mp4")
		b, _ = get(t, s, "lessons/2.mp4")
		require.Equal(t, "other", string(b))
		require.NoError(t, s.Move(t.Context(), "lessons/2.mp4", "lessons/2.mp4"))
		get(t, s, "lessons/2.mp4")
		err = s.Move(t.Context(), "lessons/3.mp4", "lessons/4.mp4")
		require.Equal(t, model.KindNotFound, model.KindOf(err), "%v", err)

		require.NoError(t, s.Delete(t.Context(), "lessons/2.mp4"))
		requireMissing(t, s, "lessons/2.mp4")
		require.NoError(t, s.Delete(t.Context(), "lessons/2.mp4"), "gone is gone")
	})
}

func TestStoreTakesNoBrokenUpload(t *testing.T) {
	t.Parallel()
	broken := errors.New("the client went away")
	eachStore(t, func(t *testing.T, s Store) {
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		put(t, s, "a/kept.png", []byte("before"))
		for name, c := range map[string]struct {
			ctx  context.Context
			r    io.Reader
			size int64
			want error
		}{
			"short":         {t.Context(), strings.NewReader("1234"), 5, errWrongSize},
			"long":          {t.Context(), strings.NewReader("123456"), 5, errWrongSize},
			"long by bytes": {t.Context(), iotest.OneByteReader(strings.NewReader("123456")), 5, errWrongSize},
			"empty":         {t.Context(), strings.NewReader(""), 0, errWrongSize},
			"no size":       {t.Context(), strings.NewReader("12345"), -1, errWrongSize},
			"broken":        {t.Context(), io.MultiReader(strings.NewReader("123"), iotest.ErrReader(broken)), 5, broken},
			"canceled":      {canceled, strings.NewReader("12345"), 5, context.Canceled},
		} {
			for _, key := range []string{"a/new.png", "a/kept.png"} {
				err := s.Put(c.ctx, key, c.r, c.size, TypePNG)
				require.ErrorIs(t, err, c.want, name)
			}
		}
		requireMissing(t, s, "a/new.png")
		b, _ := get(t, s, "a/kept.png")
		require.Equal(t, "before", string(b))
	})
}

func TestStoreTakesUploadsInOddPieces(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "end with data": iotest.DataErrReader,
		} {
			require.NoError(t, s.Put(t.Context(), "a.png", wrap(strings.NewReader("content")), 7, TypePNG), name)
			b, _ := get(t, s, "a.png")
			require.Equal(t, "content", string(b), name)
		}
	})
}

func TestStoreRefusesBadKeysAndTypes(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		put(t, s, "good.png", []byte("x"))
		for _, key := range []string{
			"", ".", "..", "/", "a", "a.exe", ".png", "a..png", "../a.png", "a/../b.png", "/etc/a.png", "a//b.png", "a/.b.png", "a.d/b.png",
			"a\\b.png", "A.png", "a b.png", "a.png\n", "a.png/", "a\x00.png", "课.png", ".parts/a.png", "-a.png", "a.png?x", strings.Repeat("a", 197) + ".png",
		} {
			_, _, err := s.Open(t.Context(), key)
			require.ErrorIs(t, err, errKey, "%q", key)
			require.ErrorIs(t, s.Put(t.Context(), key, strings.NewReader("x"), 1, TypePNG), errKey, "%q", key)
			require.ErrorIs(t, s.Delete(t.Context(), key), errKey, "%q", key)
			require.ErrorIs(t, s.Move(t.Context(), key, "b.png"), errKey, "%q", key)
			require.ErrorIs(t, s.Move(t.Context(), "good.png", key), errKey, "%q", key)
			_, ok, err := s.URL(t.Context(), key, 1)
			require.ErrorIs(t, err, errKey, "%q", key)
			require.False(t, ok)
			_, ok, err = s.Upload(t.Context(), key, 1, TypePNG, 1)
			require.ErrorIs(t, err, errKey, "%q", key)
			require.False(t, ok)
		}
		require.ErrorIs(t, s.Put(t.Context(), "a.png", strings.NewReader("x"), 1, TypeJPEG), errType)
		require.ErrorIs(t, s.Put(t.Context(), "a.png", strings.NewReader("x"), 1, "text/html"), errType)
		require.ErrorIs(t, s.Move(t.Context(), "good.png", "good.mp4"), errType)
		_, _, err := s.Upload(t.Context(), "a.mp4", 1, TypePNG, 1)
		require.ErrorIs(t, err, errType)
		put(t, s, strings.Repeat("a", 196)+".png", []byte("x"))
	})
}

func TestReadersNeverSeeHalfAFile(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		const size, writers, readers = 200_000, 4, 4
		put(t, s, "a.png", bytes.Repeat([]byte{'0'}, size))
		done := make(chan struct{})
		var writing, reading sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				for range 10 {
					content := bytes.Repeat([]byte{byte('1' + w)}, size)
					if err := s.Put(t.Context(), "a.png", bytes.NewReader(content), size, TypePNG); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range readers {
			reading.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					f, _, err := s.Open(t.Context(), "a.png")
					if err != nil {
						t.Error(err)
						return
					}
					b, err := io.ReadAll(f)
					// A bucket may refuse to go on with a file that was replaced;
					// it must not pass off a mixture as the file.
					if err == nil && (len(b) != size || bytes.Count(b, b[:1]) != size) {
						t.Errorf("read a mixture of %d bytes", len(b))
					}
					if err := f.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		close(done)
		reading.Wait()
	})
}

func TestNewKeyIsValidAndTellsTheType(t *testing.T) {
	t.Parallel()
	key, err := NewKey("lessons", 42, TypeMP4)
	require.NoError(t, err)
	require.Equal(t, "lessons/42.mp4", key)
	require.True(t, ValidKey(key))
	key, err = NewKey("covers", 42, TypeJPEG)
	require.NoError(t, err)
	require.Equal(t, "covers/42.jpg", key)
	_, err = NewKey("../x", 42, TypeMP4)
	require.ErrorIs(t, err, errKey)
	_, err = NewKey("lessons", 42, "text/html")
	require.ErrorIs(t, err, errType)
}
