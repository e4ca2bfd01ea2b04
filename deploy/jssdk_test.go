package deploy_test

import (
	"compress/gzip"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/miniprogram"
)

// page answers as xinyu does: with its policy, and packed where one may.
func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", miniprogram.Policy)
	var out io.Writer = w
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		defer func() { _ = packed.Close() }()
		out = packed
	}
	_, _ = io.WriteString(out, "<html><head><title>心育</title></head></html>")
}

// An operator's copy of WeChat's script is in the page, and can contact no
// other host than ours.
func TestTheSDKOfAnOperatorIsInThePage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, conf := filepath.Join(dir, "jweixin.js"), filepath.Join(dir, "jssdk.conf")
	require.NoError(t, os.WriteFile(script, []byte("window.wx = {}"), 0o600))
	copyWith(t, "nginx/jssdk.conf", conf, "/etc/nginx/jweixin.js", script)
	_, secure, _ := startNginx(t, http.HandlerFunc(page), conf)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	t.Cleanup(client.CloseIdleConnections)
	get := func(path string) (http.Header, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, secure+path, nil)
		require.NoError(t, err)
		res, err := client.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode)
		return res.Header, string(text)
	}
	header, text := get(miniprogram.Path)
	require.Equal(t, `<html><head><title>心育</title><script src="/m/jweixin.js"></script></head></html>`, text)
	ours := strings.Replace(miniprogram.Policy, "img-src 'self' data: https:;", "img-src 'self' data:;", 1)
	require.NotEqual(t, miniprogram.Policy, ours)
	require.Equal(t, []string{ours}, header.Values("Content-Security-Policy"))
	require.NotEmpty(t, header.Get("Strict-Transport-Security"))
	_, text = get(miniprogram.Path + "jweixin.js")
	require.Equal(t, "window.wx = {}", text)
	_, text = get(miniprogram.Path + "assets/a.js")
	require.NotContains(t, text, "jweixin", "the page alone is changed")
}
