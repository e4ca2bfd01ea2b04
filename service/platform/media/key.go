package media

import (
	"regexp"
	"strings"

	"xinyu/model"
)

// The content types that are stored. A key ends in the extension of its type,
// so that a file's type needs no record beside it and can't be changed by a client.
const (
	TypeMP4  = "video/mp4"
	TypeJPEG = "image/jpeg"
	TypePNG  = "image/png"
)

var typeOf = map[string]string{"mp4": TypeMP4, "jpg": TypeJPEG, "png": TypePNG}

// maxKey keeps keys within what file systems and indexed columns take.
const maxKey = 200

// One dot only, before the extension: no name is hidden, climbs up, or is a
// folder here and a file there.
var keyForm = regexp.MustCompile(`^(?:[a-z0-9][a-z0-9_-]*/)*[a-z0-9][a-z0-9_-]*\.(?:mp4|jpg|png)$`)

var (
	errKey  = model.Invalid("key", "media_key", "文件名无效")
	errType = model.Invalid("file", "file_type", "只能上传 MP4 视频、JPEG 或 PNG 图片")
)

// NewKey is the key of a new file: kind ("lessons", "covers"), id, and the
// extension of its type. Give each upload an id of its own, as clients keep
// files for a while. The error is a *model.Error of KindInvalid.
func NewKey(kind string, id model.ID, contentType string) (string, error) {
	for ext, t := range typeOf {
		if t == contentType {
			key := kind + "/" + id.String() + "." + ext
			if !ValidKey(key) {
				return "", errKey
			}
			return key, nil
		}
	}
	return "", errType
}

// ValidKey reports whether key may name a file: lower-case letters, digits, "-"
// and "_", folders parted by "/", then .mp4, .jpg or .png; 200 bytes at most.
func ValidKey(key string) bool { return len(key) <= maxKey && keyForm.MatchString(key) }

// keyType is the content type that key stands for.
func keyType(key string) (string, error) {
	if !ValidKey(key) {
		return "", errKey
	}
	return typeOf[key[strings.LastIndexByte(key, '.')+1:]], nil
}

// checkUpload refuses what Put and Upload must not take.
func checkUpload(key string, size int64, contentType string) error {
	t, err := keyType(key)
	if err != nil {
		return err
	}
	if t != contentType {
		return errType
	}
	if size <= 0 {
		return errWrongSize
	}
	return nil
}

func checkMove(from, to string) error {
	a, err := keyType(from)
	if err != nil {
		return err
	}
	b, err := keyType(to)
	if err != nil {
		return err
	}
	if a != b {
		return errType
	}
	return nil
}
