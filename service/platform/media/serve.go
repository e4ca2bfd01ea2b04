package media

import (
	"net/http"
	"time"
)

// Serve returns a GET or HEAD with the file under key, whole or in the ranges
// asked for (206, 416), or 304 where the client has it. An error means that
// nothing was written yet: the caller responds with it.
func Serve(w http.ResponseWriter, r *http.Request, s Store, key string) error {
	f, info, err := s.Open(r.Context(), key)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read; the response has gone out
	h := w.Header()
	h.Set("Content-Type", info.ContentType)
	h.Set("ETag", info.ETag)
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("X-Content-Type-Options", "nosniff")
	// The time is left out: the ETag says it better, and a time of whole
	// seconds can't tell two versions apart.
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}
