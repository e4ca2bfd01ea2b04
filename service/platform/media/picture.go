package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // registers the format
	"io"
	"time"

	"xinyu/model"
)

// Bounds of a picture that is read. Its memory is what decoding it takes.
const (
	maxPictureSide   = 8_192
	maxPicturePixels = 16 << 20
	maxPictureMemory = 96 << 20
)

// keptSide is the longest side of the picture that is kept, more than a phone
// shows, and keptQuality its quality as a JPEG: 85 shows no loss there.
const (
	keptSide    = 1_600
	keptQuality = 85
)

// paintWait is how long a picture waits for those before it.
const paintWait = 20 * time.Second

// A picture of any kind is within the bounds that the message names.
var (
	errPictureSize = model.Invalid("file", "picture_too_large", "图片的尺寸太大，请缩小到 2000×2000 像素以内")
	errPicture     = model.Invalid("file", "picture_broken", "图片打不开，请换一张")
)

// Painter paints pictures anew, one at a time, as a small file may take
// much memory and a second of a processor. It is safe for concurrent use.
type Painter struct{ turn chan struct{} }

// NewPainter makes a Painter. A process needs one.
func NewPainter() *Painter { return &Painter{turn: make(chan struct{}, 1)} }

// Paint reads a JPEG or PNG whole and returns it as a JPEG that is at most
// keptSide long: what else the file held, such as the place and the phone of a
// photo, is left behind. file must not make it wait: others have to.
//
// The error is a *model.Error: of KindInvalid on field "file" where the file is
// no such picture, broken, or too large, which is found out before its pixels
// are read; of KindUnavailable where too many others are before it, or ctx ends
// while it waits.
func (p *Painter) Paint(ctx context.Context, file io.Reader) ([]byte, error) {
	waiting, cancel := context.WithTimeout(ctx, paintWait)
	defer cancel()
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-waiting.Done():
		return nil, model.Unavailable("pictures_busy", paintWait, waiting.Err())
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	return paint(content)
}

func paint(file []byte) ([]byte, error) {
	switch bounds, _, err := image.DecodeConfig(bytes.NewReader(file)); {
	case errors.Is(err, image.ErrFormat):
		return nil, errType
	case err != nil:
		return nil, errPicture
	case bounds.Width > maxPictureSide || bounds.Height > maxPictureSide, bounds.Width*bounds.Height > maxPicturePixels,
		bounds.Width*bounds.Height*bytesPerPixel(bounds.ColorModel, file) > maxPictureMemory:
		return nil, errPictureSize
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, errPicture
	}
	pixels, ok := picture.(image.RGBA64Image)
	if !ok || picture.Bounds().Empty() {
		return nil, errPicture // every format that is registered has such pixels
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(shrink(pixels), orientation(file)), &jpeg.Options{Quality: keptQuality}); err != nil {
		return nil, fmt.Errorf("paint a picture anew: %w", err)
	}
	return out.Bytes(), nil
}

// bytesPerPixel is the memory that decoding takes for each pixel, at most.
func bytesPerPixel(m color.Model, file []byte) int {
	n := 4
	switch m {
	case color.NRGBA64Model, color.RGBA64Model: // 16 bits a colour
		n = 8
	case color.CMYKModel: // put together from a picture without black
		n = 8
	}
	if progressive(file) {
		n += 4 * 4 // the coefficients of four colours, until the last scan is read
	}
	return n
}

// shrink returns the picture on white, where it is transparent, and no longer
// than keptSide. A pixel of the result is the mean of those that it covers; one
// that lies on an edge counts on both sides, by its parts there.
func shrink(src image.RGBA64Image) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	width, height := w, h
	if longest := max(w, h); longest > keptSide {
		width, height = max(1, w*keptSide/longest), max(1, h*keptSide/longest)
	}
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	// Lengths are such that a pixel of src is width wide and height high, and
	// one of dst w wide and h high. Sums stay far below 64 bits.
	line := make([][3]uint64, width+1)  // a row of src, its pixels put together
	sums := make([][3]uint64, width+1)  // a row of dst
	below := make([][3]uint64, width+1) // the next one
	for y, row := 0, 0; y < h; y++ {
		clear(line)
		for x := range w {
			c := src.RGBA64At(b.Min.X+x, b.Min.Y+y)
			white := 0xffff - uint64(c.A)
			at := x * width / w
			left := min(width, (at+1)*w-x*width)
			for i, value := range [3]uint64{uint64(c.R) + white, uint64(c.G) + white, uint64(c.B) + white} {
				line[at][i] += value * uint64(left)
				line[at+1][i] += value * uint64(width-left)
			}
		}
		upper := min(height, (row+1)*h-y*height)
		for x := range line {
			for i, value := range line[x] {
				sums[x][i] += value * uint64(upper)
				below[x][i] += value * uint64(height-upper)
			}
		}
		if (y+1)*height < (row+1)*h {
			continue
		}
		for x := range width {
			mean := func(i int) uint8 { return uint8(sums[x][i] / uint64(w*h) >> 8) }
			dst.SetRGBA(x, row, color.RGBA{R: mean(0), G: mean(1), B: mean(2), A: 255})
		}
		sums, below = below, sums
		clear(below)
		row++
	}
	return dst
}

// upright turns the picture as its EXIF orientation says (1 to 8, Exif 2.32,
// tag 0x0112).
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	from := map[int]func(x, y int) (int, int){
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, h - 1 - x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return w - 1 - y, x },
	}[orientation]
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	turned := image.NewRGBA(size)
	for y := range size.Dy() {
		for x := range size.Dx() {
			turned.SetRGBA(x, y, src.RGBAAt(from(x, y)))
		}
	}
	return turned
}
