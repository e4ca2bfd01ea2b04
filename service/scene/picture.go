package scene

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // WeChat draws JPEG as a rule
	"image/png"
	"io"
	"log/slog"
	"time"

	"github.com/skip2/go-qrcode"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
)

const (
	// qrPixels is the width and height of the ordinary code.
	qrPixels = 480
	// drawDeadline is how long someone waits for WeChat's picture before they get the ordinary one.
	drawDeadline = 4 * time.Second
	// maxPixels bounds a side of what is decoded; WeChat draws 1,280 at most.
	maxPixels = 2000
)

// drawRate bounds how often WeChat is asked for one picture: while it refuses,
// strangers who reload a page must not use up the quota of its API.
var drawRate = limit.Rate{Count: 3, Period: time.Minute}

// Picture is a scene's code as a PNG: WeChat's, drawn once and kept, or an
// ordinary QR code while WeChat gives none. The ordinary one is never kept.
func (s *Scenes) Picture(ctx context.Context, code string) ([]byte, error) {
	row, err := s.read(ctx, code)
	if err != nil {
		return nil, err
	}
	key, err := pictureKey(row)
	if err != nil {
		return nil, err
	}
	if picture, err := s.kept(ctx, key); err != nil || picture != nil {
		return picture, err
	}
	// One request for all who look at a new code at the same moment; the first of them may have disconnected.
	drawn, err, _ := s.drawing.Do(code, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drawDeadline)
		defer cancel()
		return s.draw(ctx, row, key)
	})
	if err == nil {
		return drawn.([]byte), nil
	}
	if !errors.Is(err, errNoWeChat) {
		slog.Warn("an ordinary code instead of WeChat's", "scene", row.ID, "err", err)
	}
	return s.ordinary(row)
}

func pictureKey(row model.Scene) (string, error) {
	return media.NewKey("scenes", row.ID, media.TypePNG)
}

// kept is the picture in the media store, or nil.
func (s *Scenes) kept(ctx context.Context, key string) ([]byte, error) {
	file, _, err := s.Media.Open(ctx, key)
	if model.KindOf(err) == model.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	picture, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read a code: %w", err)
	}
	return picture, nil
}

// draw asks WeChat and keeps what it draws.
func (s *Scenes) draw(ctx context.Context, row model.Scene, key string) ([]byte, error) {
	if s.WeChat == nil {
		return nil, errNoWeChat
	}
	if _, _, ok := s.Limiter.Take(ctx, "wxacode:"+row.ID.String(), drawRate); !ok {
		return nil, errNoWeChat
	}
	raw, err := s.WeChat.WXACode(ctx, row.Code, row.Page)
	if err != nil {
		return nil, err
	}
	picture, err := asPNG(raw)
	if err != nil {
		return nil, fmt.Errorf("the code that WeChat drew: %w", err)
	}
	if err := s.Media.Put(ctx, key, bytes.NewReader(picture), int64(len(picture)), media.TypePNG); err != nil {
		slog.Warn("a code is not kept", "scene", row.ID, "err", err) // it is drawn again another time
	}
	return picture, nil
}

// asPNG makes a PNG of a PNG or JPEG.
func asPNG(raw []byte) ([]byte, error) {
	size, format, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if size.Width > maxPixels || size.Height > maxPixels {
		return nil, errors.New("too large")
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	if format == "png" {
		return raw, nil
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// ordinary is a QR code of the browser's client with the scene. It is also the
// address that an operator lets WeChat open the mini-program by (扫普通链接二维码
// 打开小程序), which compares no fragment: so the scene is in the query. Where it
// is not set how phones reach this server, it is the page's path, for the
// client's own scanner.
func (s *Scenes) ordinary(row model.Scene) ([]byte, error) {
	text := row.Page + "?" + queryOf(row)
	if s.PublicURL != "" {
		text = s.PublicURL + "/m/?" + queryOf(row)
	}
	picture, err := qrcode.Encode(text, qrcode.Medium, qrPixels)
	if err != nil {
		return nil, fmt.Errorf("draw code: %w", err)
	}
	return picture, nil
}
