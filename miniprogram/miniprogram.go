// Package miniprogram holds the WeChat client. Its browser build is embedded
// here and served at /m/; the build for WeChat is opened in its developer tools.
package miniprogram

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

//go:embed all:web
var web embed.FS

// Path is where Handler expects to be mounted, with all paths below it.
const Path = "/m/"

// Policy lets the client load nothing but from this server; pictures and
// films may lie in the object store that the server names.
const Policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; font-src 'self' data:; media-src 'self' blob: https:; frame-ancestors 'none'"

const notBuilt = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>心育</title>
<p>客户端还没有构建。在源代码目录里运行 <code>make clients</code>（需要 Node.js），再重新启动。</p></html>
`

// Built reports whether the browser build was there when the binary was made.
func Built() bool { return built(files()) }

// Login is how a browser learns who is using it; the page passes it to the client.
type Login string

// The ways to log in.
const (
	LoginDemo     Login = "demo"            // anyone chooses a demo account
	LoginOfficial Login = "officialAccount" // WeChat's browser logs in through the official account
	LoginNone     Login = "none"            // in no way: people use the mini-program
)

// Handler serves the browser build, or says how to make it.
func Handler(login Login) http.Handler { return serve(files(), login) }

func files() fs.FS {
	sub, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

func built(client fs.FS) bool {
	_, err := fs.Stat(client, "index.html")
	return err == nil
}

func serve(client fs.FS, login Login) http.Handler {
	if !built(client) {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(notBuilt)) // nothing to do where the client hung up
		})
	}
	page := pageFor(client, login)
	server := http.StripPrefix(strings.TrimSuffix(Path, "/"), http.FileServerFS(client))
	return gzhttp.GzipHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "GET, HEAD", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Security-Policy", Policy)
		w.Header().Set("Cache-Control", "no-cache") // the page names its files by their content
		if strings.HasPrefix(r.URL.Path, Path+"assets/") {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		if r.URL.Path != Path && strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r) // the file server would list the folder
			return
		}
		if r.URL.Path == Path {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(page) // as above; net/http omits the body of a HEAD
			return
		}
		server.ServeHTTP(w, r)
	}))
}

// pageFor is the one page, with the way to log in among what it says of itself.
func pageFor(client fs.FS, login Login) []byte {
	page, err := fs.ReadFile(client, "index.html")
	if err != nil {
		panic(err) // built has just found it
	}
	meta := []byte(`<meta name="xinyu-login" content="` + string(login) + `">`)
	if i := bytes.Index(page, []byte("</head>")); i >= 0 {
		return slices.Concat(page[:i], meta, page[i:])
	}
	return slices.Concat(meta, page)
}
