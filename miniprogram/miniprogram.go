// Package miniprogram holds the WeChat client. Its browser build is embedded
// here and served at /m/; the build for WeChat is opened in its developer tools.
package miniprogram

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

//go:embed all:web
var web embed.FS

// Path is where Handler expects to be mounted, with all that lies below.
const Path = "/m/"

// policy lets the client load nothing but from this server; pictures and
// films may lie in the object store that the server names.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self' data:; media-src 'self' blob: https:; frame-ancestors 'none'"

const notBuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>心育</title>
<p>客户端还没有构建。在源代码目录里运行 <code>make clients</code>（需要 Node.js），再重新启动。</p></html>
`

// Built reports whether the browser build was there when the binary was made.
func Built() bool {
	_, err := fs.Stat(web, "web/index.html")
	return err == nil
}

// Handler serves the browser build, or says how to make it.
func Handler() http.Handler {
	if !Built() {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(notBuilt)) // a client that hung up is nobody's concern
		})
	}
	files, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the name is a constant
	}
	server := http.StripPrefix(strings.TrimSuffix(Path, "/"), http.FileServerFS(files))
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Cache-Control", "no-cache") // the page names its files by their content
		if strings.HasPrefix(r.URL.Path, Path+"assets/") {
			header.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "GET, HEAD", http.StatusMethodNotAllowed)
			return
		}
		server.ServeHTTP(w, r)
	}))
}
