package media

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestServeReturnsRanges(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		put(t, s, "lessons/1.mp4", []byte("0123456789"))
		_, info := get(t, s, "lessons/1.mp4")
		for name, c := range map[string]struct {
			method  string
			header  map[string]string
			status  int
			body    string
			contRng string
		}{
			"whole":             {"GET", nil, 200, "0123456789", ""},
			"head":              {"HEAD", nil, 200, "", ""},
			"middle":            {"GET", map[string]string{"Range": "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
			"to the end":        {"GET", map[string]string{"Range": "bytes=7-"}, 206, "789", "bytes 7-9/10"},
			"last two":          {"GET", map[string]string{"Range": "bytes=-2"}, 206, "89", "bytes 8-9/10"},
			"beyond":            {"GET", map[string]string{"Range": "bytes=10-"}, 416, "invalid range: failed to overlap\n", "bytes */10"},
			"known":             {"GET", map[string]string{"If-None-Match": info.ETag}, 304, "", ""},
			"another known":     {"GET", map[string]string{"If-None-Match": `"other"`}, 200, "0123456789", ""},
			"range of the same": {"GET", map[string]string{"Range": "bytes=0-0", "If-Range": info.ETag}, 206, "0", "bytes 0-0/10"},
			"range of another":  {"GET", map[string]string{"Range": "bytes=0-0", "If-Range": `"other"`}, 200, "0123456789", ""},
		} {
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), c.method, "/", nil)
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			require.NoError(t, Serve(w, r, s, "lessons/1.mp4"), name)
			require.Equal(t, c.status, w.Code, name)
			require.Equal(t, c.body, w.Body.String(), name)
			require.Equal(t, c.contRng, w.Header().Get("Content-Range"), name)
			require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"), name)
			if c.status == 416 {
				continue
			}
			require.Equal(t, info.ETag, w.Header().Get("ETag"), name)
			require.Contains(t, w.Header().Get("Cache-Control"), "private", name)
			if c.status != 304 {
				require.Equal(t, TypeMP4, w.Header().Get("Content-Type"), name)
				require.Equal(t, "bytes", w.Header().Get("Accept-Ranges"), name)
			}
		}
	})
}

func TestServeWritesNothingWhereThereIsNoFile(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		for key, kind := range map[string]model.Kind{"none.mp4": model.KindNotFound, "../none.mp4": model.KindInvalid} {
			w := httptest.NewRecorder()
			err := Serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), s, key)
			require.Equal(t, kind, model.KindOf(err))
			require.Empty(t, w.Header())
			require.Empty(t, w.Body.Bytes())
		}
	})
}

func TestProbeAndSniffReadStraightFromAStore(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, s Store) {
		put(t, s, "a.mp4", demo(t, "social-skills.mp4"))
		f, _, err := s.Open(t.Context(), "a.mp4")
		require.NoError(t, err)
		got, err := Sniff(f)
		require.NoError(t, err)
		require.Equal(t, TypeMP4, got)
		info, err := Probe(f)
		require.NoError(t, err)
		require.Equal(t, video(info.Duration), info)
		require.EqualValues(t, 20, info.Duration.Seconds())
		require.NoError(t, f.Close())
	})
}

func TestSniffGoesByContent(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG\r\n\x1a\n rest")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"video":             {demo(t, "social-skills.mp4"), TypeMP4},
		"fragments":         {fragmented(t, 1), TypeMP4},
		"plain brand":       {box("ftyp", []byte("isom"), u32(0), []byte("isom")), TypeMP4},
		"jpeg":              {demo(t, "social-skills.jpg"), TypeJPEG},
		"png":               {png, TypePNG},
		"empty":             {nil, ""},
		"text":              {[]byte("hello"), ""},
		"html":              {[]byte("<html><script>"), ""},
		"svg":               {[]byte("<svg xmlns='http://www.w3.org/2000/svg'>"), ""},
		"html before video": {append([]byte("<html>"), demo(t, "social-skills.mp4")...), ""},
		"gif":               {[]byte("GIF89a......"), ""},
		"webm":              {[]byte("\x1a\x45\xdf\xa3........"), ""},
		"heic":              {box("ftyp", []byte("heic"), u32(0), []byte("mif1heic")), ""},
		"quicktime":         {box("ftyp", []byte("qt  "), u32(0), []byte("qt  ")), ""},
	} {
		r := bytes.NewReader(c.content)
		got, err := Sniff(r)
		require.Equal(t, c.want, got, name)
		require.Equal(t, len(c.content), r.Len(), "%s: back at the start", name)
		if c.want == "" {
			require.ErrorIs(t, err, errType, name)
		} else {
			require.NoError(t, err, name)
		}
	}
	require.Equal(t, "file", errType.Field)
}
