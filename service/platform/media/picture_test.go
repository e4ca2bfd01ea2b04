package media_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/media"
	"xinyu/service/platform/store/storetest"
)

// photo is a JPEG, twice as wide as high, with a red left half and a blue right
// half, whose EXIF data says the orientation and a secret.
func photo(t *testing.T, orientation byte) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 32, 16))
	for y := range 16 {
		for x := range 32 {
			c := color.RGBA{R: 255, A: 255}
			if x >= 16 {
				c = color.RGBA{B: 255, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, nil))
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(orientation) + "\x00\x00\x00\x00\x00\x00WHERE I LIVE")
	segment := append([]byte("\xff\xe1\x00\x00Exif\x00\x00"), tiff...)
	binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)-2))
	return slices.Concat(b.Bytes()[:2], segment, b.Bytes()[2:])
}

func TestPictureKeepsThePixelsAlone(t *testing.T) {
	t.Parallel()
	file := photo(t, 1)
	require.Contains(t, string(file), "WHERE I LIVE")
	painted, err := media.Picture(bytes.NewReader(file))
	require.NoError(t, err)
	require.NotContains(t, string(painted), "WHERE I LIVE")
	require.NotContains(t, string(painted), "Exif")
	_, err = jpeg.Decode(bytes.NewReader(painted))
	require.NoError(t, err)
}

// The place of the red half says which way up a photo is.
func TestPictureTurnsPhotosUpright(t *testing.T) {
	t.Parallel()
	for orientation, red := range map[byte]image.Point{
		0: {2, 8}, 1: {2, 8}, 2: {29, 8}, 3: {29, 8}, 4: {2, 8}, 5: {8, 2}, 6: {8, 2}, 7: {8, 29}, 8: {8, 29}, 9: {2, 8},
	} {
		painted, err := media.Picture(bytes.NewReader(photo(t, orientation)))
		require.NoError(t, err)
		img, err := jpeg.Decode(bytes.NewReader(painted))
		require.NoError(t, err)
		require.Equal(t, orientation >= 5 && orientation <= 8, img.Bounds().Dy() > img.Bounds().Dx(), orientation)
		r, _, b, _ := img.At(red.X, red.Y).RGBA()
		require.Greater(t, r, b, orientation)
	}
}

func TestPicturePaintsOntoWhite(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 8, 8))))
	painted, err := media.Picture(&b)
	require.NoError(t, err)
	img, err := jpeg.Decode(bytes.NewReader(painted))
	require.NoError(t, err)
	r, _, _, _ := img.At(4, 4).RGBA()
	require.Equal(t, uint32(0xffff), r)
}

// pngSaying is the beginning of a PNG of the size.
func pngSaying(width, height uint32) []byte {
	header := []byte("IHDR\x00\x00\x00\x00\x00\x00\x00\x00\x08\x06\x00\x00\x00")
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	file := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(file, crc32.ChecksumIEEE(header))
}

func TestPictureRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":                         {nil, "file_type"},
		"a page":                          {[]byte("<html>"), "file_type"},
		"a picture of 3.6 billion pixels": {pngSaying(60_000, 60_000), "picture_too_large"},
		"a very long one":                 {pngSaying(10_000, 1), "picture_too_large"},
		"one that breaks off":             {photo(t, 1)[:200], "picture_broken"},
		"one without pixels":              {pngSaying(8, 8), "picture_broken"},
	} {
		_, err := media.Picture(bytes.NewReader(c.file))
		require.Equal(t, "file", storetest.Refused(t, err, c.want).Field, name)
	}
}

func FuzzPicture(f *testing.F) {
	f.Add(pngSaying(8, 8))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II\x2a\x00\x08\x00\x00\x00"))
	f.Fuzz(func(_ *testing.T, file []byte) { _, _ = media.Picture(io.LimitReader(bytes.NewReader(file), 1<<20)) })
}
