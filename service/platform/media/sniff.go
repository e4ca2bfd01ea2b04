package media

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// brands are the major brands of MP4 files that http.DetectContentType may
// miss, as it looks for "mp4" in a brand's name.
var brands = []string{"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "avc1", "cmfc", "dash", "M4V ", "MSNV"}

// Sniff tells the content type by the first bytes of a file, whatever its name
// or the client says, and goes back to the start. Anything but video/mp4,
// image/jpeg and image/png is a *model.Error of KindInvalid on field "file".
func Sniff(r io.ReadSeeker) (string, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("sniff file: %w", err)
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("sniff file: %w", err)
	}
	head = head[:n]
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", fmt.Errorf("sniff file: %w", err)
	}
	switch t := http.DetectContentType(head); t {
	case TypeMP4, TypeJPEG, TypePNG:
		return t, nil
	}
	if n >= 16 && string(head[4:8]) == "ftyp" && slices.Contains(brands, string(head[8:12])) {
		return TypeMP4, nil
	}
	return "", errType
}
