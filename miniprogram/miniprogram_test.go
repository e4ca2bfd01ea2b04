package miniprogram

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func get(t *testing.T, h http.Handler, method, path string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestTheClientIsServed(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("let it = 'be long enough to be worth packing';", 100)
	h := serve(fstest.MapFS{
		"index.html":       {Data: []byte("<title>心育</title>")},
		"assets/a.1234.js": {Data: []byte(script)},
	}, LoginNone)

	page := get(t, h, http.MethodGet, "/m/")
	defer page.Body.Close()
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Equal(t, "no-cache", page.Header.Get("Cache-Control"))
	require.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'self'")

	asset := get(t, h, http.MethodGet, "/m/assets/a.1234.js")
	defer asset.Body.Close()
	require.Contains(t, asset.Header.Get("Cache-Control"), "immutable")
	require.Equal(t, "gzip", asset.Header.Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(asset.Body)
	require.NoError(t, err)
	body, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Equal(t, script, string(body))
}

func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	h := serve(fstest.MapFS{"index.html": {Data: []byte("x")}, "assets/a.js": {Data: []byte("x")}}, LoginNone)
	for path, want := range map[string]int{
		"/m/none":                http.StatusNotFound,
		"/m/assets/":             http.StatusNotFound,
		"/m/../miniprogram.go":   http.StatusNotFound,
		"/m/%2e%2e/package.json": http.StatusNotFound,
	} {
		answer := get(t, h, http.MethodGet, path)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, want, answer.StatusCode, path)
	}
	answer := get(t, h, http.MethodPost, "/m/")
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
}

func TestAMissingBuildSaysHowToMakeIt(t *testing.T) {
	t.Parallel()
	var empty fs.FS = fstest.MapFS{".keep": {}}
	answer := get(t, serve(empty, LoginNone), http.MethodGet, "/m/")
	defer answer.Body.Close()
	require.Equal(t, http.StatusNotFound, answer.StatusCode)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "make clients")
}

func TestThePageSaysHowToLogIn(t *testing.T) {
	t.Parallel()
	for _, login := range []Login{LoginDemo, LoginOfficial, LoginNone} {
		h := serve(fstest.MapFS{"index.html": {Data: []byte("<html><head><title>心育</title></head></html>")}}, login)
		page := get(t, h, http.MethodGet, "/m/")
		defer page.Body.Close()
		body, err := io.ReadAll(page.Body)
		require.NoError(t, err)
		require.Equal(t, `<html><head><title>心育</title><meta name="xinyu-login" content="`+string(login)+`"></head></html>`, string(body))
		require.Equal(t, "no-cache", page.Header.Get("Cache-Control"))
	}
}
