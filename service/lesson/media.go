package lesson

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"xinyu/model"
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

// uploadError distinguishes an upload that is too large from one that broke off.
func uploadError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &model.Error{Kind: model.KindTooLarge, Code: "file_too_large", Field: "file",
			Message: fmt.Sprintf("文件太大，请压缩到 %d MB 以内", tooLarge.Limit>>20)}
	}
	return model.Invalid("file", "upload_broken", "上传中断了，请重试").WithCause(err)
}
