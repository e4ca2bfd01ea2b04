package deploy_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/testserver"
)

// video is longer than two of the slices that nginx fetches.
var video = bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)

// backend stands where xinyu would, and remembers what reached it.
type backend struct {
	mu   sync.Mutex
	seen []*http.Request
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	b.seen = append(b.seen, r)
	b.mu.Unlock()
	switch {
	case strings.HasPrefix(r.URL.Path, "/media/public"):
		w.Header().Set("Cache-Control", "public, max-age=60")
		http.ServeContent(w, r, "v.mp4", time.Unix(0, 0), bytes.NewReader(video))
	case strings.HasPrefix(r.URL.Path, "/media/"):
		w.Header().Set("Cache-Control", "private")
		http.ServeContent(w, r, "v.mp4", time.Unix(0, 0), bytes.NewReader(video))
	default:
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// requests returns what reached the backend at that path.
func (b *backend) requests(path string) []*http.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*http.Request
	for _, r := range b.seen {
		if r.URL.Path == path {
			out = append(out, r)
		}
	}
	return out
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := testserver.FreePort()
	require.NoError(t, err)
	return fmt.Sprint(port)
}

// copyWith copies a file, with each old text, which must be there, replaced.
func copyWith(t *testing.T, from, to string, oldNew ...string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	for i := 0; i < len(oldNew); i += 2 {
		require.Contains(t, string(text), oldNew[i])
	}
	require.NoError(t, os.WriteFile(to, []byte(strings.NewReplacer(oldNew...).Replace(string(text))), 0o600))
}

func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	cert, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{"xinyu.crt": {Type: "CERTIFICATE", Bytes: cert}, "xinyu.key": {Type: "PRIVATE KEY", Bytes: der}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}

// startNginx runs nginx with our settings, and what is included in its second
// server, before a backend. It returns the addresses of both its doors and the
// name of its access log.
func startNginx(t *testing.T, b http.Handler, included ...string) (httpURL, httpsURL, accessLog string) {
	t.Helper()
	dir := t.TempDir()
	more := "client_max_body_size 32m;"
	for _, file := range included {
		more = "include " + file + "; " + more
	}
	app := httptest.NewServer(b)
	t.Cleanup(app.Close)
	plain, secure := freePort(t), freePort(t)
	accessLog = filepath.Join(dir, "access.log")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "tls"), 0o700))
	writeCertificate(t, filepath.Join(dir, "tls"))
	copyWith(t, "nginx/upstream-local.conf", filepath.Join(dir, "upstream.conf"), "127.0.0.1:8080", app.Listener.Addr().String())
	copyWith(t, "nginx/xinyu.conf", filepath.Join(dir, "xinyu.conf"),
		"listen 80;", "listen 127.0.0.1:"+plain+";", "listen [::]:80;", "",
		"listen 443 ", "listen 127.0.0.1:"+secure+" ", "listen [::]:443 ssl http2;", "", "client_max_body_size 32m;", more,
		"/var/cache/nginx/xinyu", filepath.Join(dir, "cache"), "/var/log/nginx/access.log", accessLog)
	main := "daemon off; pid nginx.pid; error_log stderr; events {}\nhttp {\n"
	if os.Geteuid() == 0 {
		main = "user root;\n" + main
	}
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += kind + "_temp_path " + filepath.Join(dir, kind) + ";\n"
	}
	main += "include upstream.conf; include xinyu.conf;\n}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(main), 0o600))

	bin, err := exec.LookPath("nginx")
	if err != nil {
		bin = "/usr/sbin/nginx" // not in everybody's PATH
	}
	args := []string{"-p", dir, "-c", "nginx.conf", "-e", "stderr"}
	out, err := exec.Command(bin, append(args, "-t")...).CombinedOutput()
	require.NoError(t, err, string(out))
	cmd := exec.Command(bin, args...)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		require.NoError(t, cmd.Wait())
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+secure)
		return err == nil && c.Close() == nil
	}, 10*time.Second, 10*time.Millisecond)
	return "http://127.0.0.1:" + plain, "https://127.0.0.1:" + secure, accessLog
}

func TestNginxStandsBeforeXinyuAsItShould(t *testing.T) {
	t.Parallel()
	b := &backend{}
	plain, secure, accessLog := startNginx(t, b)
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}
	t.Cleanup(client.CloseIdleConnections)
	send := func(method, url string, body []byte, headers ...string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
		require.NoError(t, err)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res, text
	}

	// Without TLS one is sent to TLS.
	res, _ := send("GET", plain+"/api/v1/lessons", nil)
	require.Equal(t, http.StatusMovedPermanently, res.StatusCode)
	require.Equal(t, "https://127.0.0.1/api/v1/lessons", res.Header.Get("Location"))

	// What a client claims about its address is thrown away.
	res, _ = send("GET", secure+"/api/v1/me?secret=word", nil, "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "http")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, 2, res.ProtoMajor)
	require.NotEmpty(t, res.Header.Get("Strict-Transport-Security"))
	got := b.requests("/api/v1/me")
	require.Len(t, got, 1)
	require.Equal(t, []string{"127.0.0.1"}, got[0].Header.Values("X-Forwarded-For"))
	require.Equal(t, []string{"https"}, got[0].Header.Values("X-Forwarded-Proto"))
	require.Len(t, got[0].Header.Get("X-Request-Id"), 32)

	// The inside is not shown.
	for _, path := range []string{"/metrics", "/readyz"} {
		res, _ = send("GET", secure+path, nil)
		require.Equal(t, http.StatusNotFound, res.StatusCode)
		require.Empty(t, b.requests(path))
	}

	// Bodies have their limits; a video's is the higher.
	big := make([]byte, 33<<20)
	res, _ = send("POST", secure+"/api/v1/check-ins", big)
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	require.Empty(t, b.requests("/api/v1/check-ins"))
	res, _ = send("POST", secure+"/api/v1/lessons/1/video", big)
	require.Equal(t, http.StatusOK, res.StatusCode)

	// Public media are fetched once and sought in; private ones are never kept.
	for path, slices := range map[string]int{"/media/public": 2, "/media/private": 6} {
		for range 3 {
			res, text := send("GET", secure+path, nil, "Range", "bytes=1500000-2500000")
			require.Equal(t, http.StatusPartialContent, res.StatusCode)
			require.True(t, bytes.Equal(video[1500000:2500001], text))
		}
		require.Len(t, b.requests(path), slices, path)
	}

	require.Eventually(t, func() bool {
		text, err := os.ReadFile(accessLog)
		return err == nil && strings.Contains(string(text), "GET /api/v1/me\" 200")
	}, 5*time.Second, 20*time.Millisecond)
	text, err := os.ReadFile(accessLog)
	require.NoError(t, err)
	require.NotContains(t, string(text), "secret=word", "a query may hold a token")
}
