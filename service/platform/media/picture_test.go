package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store/storetest"
)

// photo is a JPEG, twice as wide as high, with a red left half and a blue right
// half, whose EXIF data says the orientation and a secret.
func photo(t testing.TB, orientation byte) []byte {
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

func paint(t *testing.T, file []byte) ([]byte, error) {
	t.Helper()
	return media.NewPainter().Paint(t.Context(), bytes.NewReader(file))
}

func TestPictureKeepsThePixelsAlone(t *testing.T) {
	t.Parallel()
	file := photo(t, 1)
	require.Contains(t, string(file), "WHERE I LIVE")
	painted, err := paint(t, file)
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
		painted, err := paint(t, photo(t, orientation))
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
	painted, err := paint(t, b.Bytes())
	require.NoError(t, err)
	img, err := jpeg.Decode(bytes.NewReader(painted))
	require.NoError(t, err)
	r, _, _, _ := img.At(4, 4).RGBA()
	require.Equal(t, uint32(0xffff), r)
}

// A large picture of any kind of pixels becomes one that a phone shows. Its left
// fifth is red, what follows blue, and a pixel across the edge is of both.
func TestPictureShrinksToThePhone(t *testing.T) {
	t.Parallel()
	const w, h = 1_700, 300
	size := image.Rect(0, 0, w, h)
	for name, img := range map[string]draw.Image{
		"8 bits": image.NewRGBA(size), "16 bits": image.NewNRGBA64(size),
		"a palette": image.NewPaletted(size, color.Palette{color.RGBA{R: 255, A: 255}, color.RGBA{B: 255, A: 255}}),
	} {
		draw.Draw(img, size, image.NewUniform(color.RGBA{B: 255, A: 255}), image.Point{}, draw.Src)
		draw.Draw(img, image.Rect(0, 0, w/5, h), image.NewUniform(color.RGBA{R: 255, A: 255}), image.Point{}, draw.Src)
		var file bytes.Buffer
		require.NoError(t, png.Encode(&file, img))
		painted, err := paint(t, file.Bytes())
		require.NoError(t, err, name)
		got, err := jpeg.Decode(bytes.NewReader(painted))
		require.NoError(t, err, name)
		require.Equal(t, image.Rect(0, 0, 1_600, 282), got.Bounds(), name)
		for x, red := range map[int]uint32{0: 254, 310: 254, 330: 0, 1_599: 0} {
			for _, y := range []int{0, 140, 281} {
				r, g, b, _ := got.At(x, y).RGBA()
				require.InDelta(t, red, r>>8, 3, "%s at %d,%d", name, x, y)
				require.InDelta(t, 254-red, b>>8, 3, "%s at %d,%d", name, x, y)
				require.Less(t, g>>8, uint32(4), "%s at %d,%d", name, x, y)
			}
		}
	}
}

// Whoever holds the painter up holds the others up no longer than they wait.
func TestPicturesArePaintedOneAtATime(t *testing.T) {
	t.Parallel()
	p := media.NewPainter()
	file, sender := io.Pipe()
	first := make(chan error, 1)
	go func() {
		_, err := p.Paint(context.WithoutCancel(t.Context()), file)
		first <- err
	}()
	content := photo(t, 1)
	_, err := sender.Write(content[:100])
	require.NoError(t, err) // it is being read
	hurried, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = p.Paint(hurried, bytes.NewReader(content))
	require.Positive(t, storetest.Refused(t, err, "pictures_busy").RetryAfter)
	require.Equal(t, model.KindUnavailable, model.KindOf(err))

	second := make(chan error, 1)
	go func() {
		_, err := p.Paint(context.WithoutCancel(t.Context()), bytes.NewReader(content))
		second <- err
	}()
	select {
	case err := <-second:
		require.Fail(t, "two at a time", "%v", err)
	case <-time.After(20 * time.Millisecond):
	}
	require.NoError(t, sender.CloseWithError(io.ErrClosedPipe)) // the turn passes on also after a failure
	require.ErrorIs(t, <-first, io.ErrClosedPipe)
	require.NoError(t, <-second)
}

// What a picture takes is known before it is taken.
func TestPictureOfLittleBytesTakesLittleMemory(t *testing.T) {
	var file bytes.Buffer
	require.NoError(t, png.Encode(&file, image.NewNRGBA64(image.Rect(0, 0, 4_000, 4_000))))
	require.Less(t, file.Len(), 200_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := paint(t, file.Bytes())
	storetest.Refused(t, err, "picture_too_large")
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

// jpegSaying is the beginning of a JPEG of 3,000×3,000 pixels, with a frame of
// the kind and with what stands before it.
func jpegSaying(frame byte, before string) []byte {
	return []byte("\xff\xd8" + before + "\xff" + string([]byte{frame}) + "\x00\x11\x08\x0b\xb8\x0b\xb8\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00" +
		"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00")
}

// jpegBehindFiller is a JPEG of many scans. Whoever takes the filling byte before
// its frame for a marker goes on at another frame, of one scan.
func jpegBehindFiller() []byte {
	file := append(jpegSaying(0xc2, "\xff"), make([]byte, 0x1_0000)...)
	return append(file[:2+2+0xc200], jpegSaying(0xc0, "")[2:]...)
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
		"a photo without pixels":          {jpegSaying(0xc0, ""), "picture_broken"},
		"a photo of many scans":           {jpegSaying(0xc2, ""), "picture_too_large"},
		"one that hides it":               {jpegSaying(0xc2, "\xff\xd0"), "picture_too_large"},
		"one that hides it behind filler": {jpegBehindFiller(), "picture_too_large"},
	} {
		_, err := paint(t, c.file)
		require.Equal(t, "file", storetest.Refused(t, err, c.want).Field, name)
	}
}

func FuzzPicture(f *testing.F) {
	f.Add(pngSaying(8, 8))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II\x2a\x00\x08\x00\x00\x00"))
	f.Add(photo(f, 6))
	f.Fuzz(func(t *testing.T, file []byte) {
		painted, err := media.NewPainter().Paint(t.Context(), io.LimitReader(bytes.NewReader(file), 1<<20))
		if err != nil {
			require.Equal(t, model.KindInvalid, model.KindOf(err))
			return
		}
		_, err = jpeg.Decode(bytes.NewReader(painted))
		require.NoError(t, err)
		require.NotContains(t, string(painted), "Exif")
	})
}
