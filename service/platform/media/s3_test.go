package media

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func newS3(t testing.TB) (*S3, *httptest.Server) {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("media"))
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s, err := OpenS3(t.Context(), testConfig(server))
	require.NoError(t, err)
	return s, server
}

func testConfig(server *httptest.Server) S3Config {
	return S3Config{Endpoint: server.Listener.Addr().String(), Bucket: "media", AccessKey: "access", SecretKey: "topsecret"}
}

func request(t *testing.T, method, link, body string, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, link, strings.NewReader(body))
	require.NoError(t, err)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	b, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer, string(b)
}

func TestS3LinkDownloadsTheFile(t *testing.T) {
	t.Parallel()
	s, _ := newS3(t)
	put(t, s, "lessons/1.mp4", []byte("content"))
	link, ok, err := s.URL(t.Context(), "lessons/1.mp4", 10*time.Minute)
	require.NoError(t, err)
	require.True(t, ok)
	u, err := url.Parse(link)
	require.NoError(t, err)
	require.Equal(t, "600", u.Query().Get("X-Amz-Expires"))
	require.NotEmpty(t, u.Query().Get("X-Amz-Signature"))
	require.NotContains(t, link, "topsecret")
	answer, body := request(t, http.MethodGet, link, "", map[string]string{"Range": "bytes=1-3"})
	require.Equal(t, http.StatusPartialContent, answer.StatusCode)
	require.Equal(t, "ont", body)
	require.Equal(t, TypeMP4, answer.Header.Get("Content-Type"))
}

func TestS3UploadLinkStoresTheFile(t *testing.T) {
	t.Parallel()
	s, _ := newS3(t)
	up, ok, err := s.Upload(t.Context(), "incoming/1.mp4", 7, TypeMP4, time.Minute)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, http.MethodPut, up.Method)
	u, err := url.Parse(up.URL)
	require.NoError(t, err)
	signed := strings.Split(u.Query().Get("X-Amz-SignedHeaders"), ";")
	require.Subset(t, signed, []string{"content-length", "content-type"})
	answer, body := request(t, up.Method, up.URL, "content", up.Header)
	require.Equal(t, http.StatusOK, answer.StatusCode, body)
	require.NoError(t, s.Move(t.Context(), "incoming/1.mp4", "lessons/1.mp4"))
	b, info := get(t, s, "lessons/1.mp4")
	require.Equal(t, "content", string(b))
	require.Equal(t, TypeMP4, info.ContentType)
}

func TestS3LinksNameThePublicAddress(t *testing.T) {
	t.Parallel()
	_, server := newS3(t)
	cfg := testConfig(server)
	for public, want := range map[string]string{
		"media.example.org:9000":           "http://media.example.org:9000/media/a.png",
		"cos.ap-nanjing.myqcloud.com":      "http://media.cos.ap-nanjing.myqcloud.com/a.png",
		"not-cos.example.org.myqcloud.cn2": "http://not-cos.example.org.myqcloud.cn2/media/a.png",
	} {
		cfg.PublicEndpoint = public
		s, err := OpenS3(t.Context(), cfg)
		require.NoError(t, err)
		link, _, err := s.URL(t.Context(), "a.png", time.Minute)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(link, want+"?"), link)
		up, _, err := s.Upload(t.Context(), "a.png", 1, TypePNG, time.Minute)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(up.URL, want+"?"), up.URL)
		put(t, s, "a.png", []byte("x")) // still by the inner address
	}
}

func TestS3TakesLargeFilesInParts(t *testing.T) {
	t.Parallel()
	// Without TLS minio-go signs the body in chunks, which the fake store
	// doesn't take apart in uploads of several parts.
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket("media"))
	server := httptest.NewTLSServer(gofakes3.New(backend).Server())
	defer server.Close()
	cfg := testConfig(server)
	cfg.Secure, cfg.transport = true, server.Client().Transport
	s, err := OpenS3(t.Context(), cfg)
	require.NoError(t, err)
	content := bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16) // more than one part
	err = s.Put(t.Context(), "large.mp4", io.MultiReader(bytes.NewReader(content)), int64(len(content))+1, TypeMP4)
	require.ErrorIs(t, err, errWrongSize)
	requireMissing(t, s, "large.mp4")
	require.NoError(t, s.Put(t.Context(), "large.mp4", io.MultiReader(bytes.NewReader(content)), int64(len(content)), TypeMP4))
	b, _ := get(t, s, "large.mp4")
	require.True(t, bytes.Equal(content, b))
}

func TestS3DownIsUnavailable(t *testing.T) {
	t.Parallel()
	s, server := newS3(t)
	server.Close()
	_, _, err := s.Open(t.Context(), "a.png")
	require.Equal(t, model.KindUnavailable, model.KindOf(err), "%v", err)
	err = s.Put(t.Context(), "a.png", strings.NewReader("x"), 1, TypePNG)
	require.Equal(t, model.KindUnavailable, model.KindOf(err), "%v", err)
	require.Equal(t, model.KindUnavailable, model.KindOf(s.Delete(t.Context(), "a.png")))
	require.NotContains(t, err.Error(), "topsecret")
}

func TestOpenS3RefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	_, server := newS3(t)
	cfg := testConfig(server)
	cfg.Bucket = "absent"
	_, err := OpenS3(t.Context(), cfg)
	require.ErrorContains(t, err, "no such bucket")
	require.ErrorContains(t, err, "/absent")
	require.NotContains(t, err.Error(), "topsecret")
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg), "topsecret")
	cfg = testConfig(server)
	cfg.Endpoint = "http://with-a-scheme/"
	_, err = OpenS3(t.Context(), cfg)
	require.Error(t, err)
	cfg = testConfig(server)
	cfg.PublicEndpoint = "http://with-a-scheme/path"
	_, err = OpenS3(t.Context(), cfg)
	require.ErrorContains(t, err, "sign links")
}
