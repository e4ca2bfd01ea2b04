package media

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // registers the format
	"io"

	"xinyu/model"
)

// Bounds of a picture, which is held in memory with four bytes a pixel.
const (
	maxPictureSide   = 8_192
	maxPicturePixels = 16 << 20
)

// pictureQuality is that of the JPEG that is kept; 85 shows no loss on a phone.
const pictureQuality = 85

var errPictureSize = model.Invalid("file", "picture_too_large", "图片的尺寸太大，请缩小到 4000×4000 像素以内")

// Picture reads a JPEG or PNG whole and returns it painted anew, as a JPEG: what
// else the file held, such as the place and the phone of a photo, is left
// behind. The error is a *model.Error of KindInvalid on field "file" where the
// file is no such picture, broken, or too large; its pixels are counted before
// they are read.
func Picture(upload io.Reader) ([]byte, error) {
	file, err := io.ReadAll(upload)
	if err != nil {
		return nil, err
	}
	switch bounds, _, err := image.DecodeConfig(bytes.NewReader(file)); {
	case errors.Is(err, image.ErrFormat):
		return nil, errType
	case err != nil:
		return nil, errPicture
	case bounds.Width > maxPictureSide || bounds.Height > maxPictureSide || bounds.Width*bounds.Height > maxPicturePixels:
		return nil, errPictureSize
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, errPicture
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, upright(picture, orientation(file)), &jpeg.Options{Quality: pictureQuality}); err != nil {
		return nil, fmt.Errorf("paint a picture anew: %w", err)
	}
	return out.Bytes(), nil
}

var errPicture = model.Invalid("file", "picture_broken", "图片打不开，请换一张")

// upright turns the picture as its EXIF orientation says (1 to 8, Exif 2.32,
// tag 0x0112), onto white where it is transparent.
func upright(src image.Image, orientation int) image.Image {
	b := src.Bounds()
	flat := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), src, b.Min, draw.Over)
	if orientation < 2 || orientation > 8 {
		return flat
	}
	w, h := b.Dx(), b.Dy()
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
			turned.SetRGBA(x, y, flat.RGBAAt(from(x, y)))
		}
	}
	return turned
}
