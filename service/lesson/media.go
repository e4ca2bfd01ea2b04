package lesson

import (
	"net/http"
	"net/url"

	"xinyu/service/platform/media"
)

// ServeMedia serves a file of the media store by a signed link. It writes
// nothing when it returns an error.
func (s *Service) ServeMedia(w http.ResponseWriter, r *http.Request, key string, query url.Values) error {
	if err := s.signer.Verify(key, query); err != nil {
		return err
	}
	return media.Serve(w, r, s.media, key)
}
