// Package scene keeps scenes, as WeChat calls them: short opaque texts, each for
// a page of the mini-program with its parameters. The domains decide what a
// scene opens and who may make one; this package stores them and draws their codes.
package scene

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/limit"
	"xinyu/service/platform/media"
	"xinyu/service/platform/store"
)

// WeChat draws codes and makes links. *wechat.Client does.
type WeChat interface {
	// WXACode is the picture of a mini-program code (wxacode.getUnlimited).
	WXACode(ctx context.Context, scene, page string) ([]byte, error)
	// URLLink is a link that opens the page from outside WeChat, 30 days at most.
	URLLink(ctx context.Context, page, query string, expires time.Time) (string, error)
}

// Config is what Scenes need.
type Config struct {
	Store   *store.Store
	Media   media.Store
	Limiter *limit.Limiter
	// WeChat may be nil: then every picture is an ordinary QR code and there are no links.
	WeChat WeChat
	// PublicURL is where phones reach this server, without a slash at its end; empty where that is not set.
	PublicURL string
}

// Scenes keeps the scenes. It is safe for concurrent use.
type Scenes struct {
	Config
	drawing singleflight.Group
}

// New makes Scenes.
func New(cfg Config) *Scenes { return &Scenes{Config: cfg} }

// Want is a scene to be made.
type Want struct {
	Kind     model.SceneKind
	TargetID model.ID
	Page     string // without a leading slash
	Params   map[string]string
	Until    time.Time
}

// View is a scene as it is shown to whoever made it.
type View struct {
	Scene     string    `json:"scene" doc:"The scene of the mini-program code; its page gets it as the query parameter scene"`
	Page      string    `json:"page"`
	PNGURL    string    `json:"pngUrl" doc:"A picture that needs no login, below this server"`
	URLLink   string    `json:"urlLink,omitempty" doc:"Opens the page from a text message or another app; staff only, and only where WeChat gives one"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// Opened is the page that a scene opens.
type Opened struct {
	Kind     model.SceneKind   `json:"kind"`
	TargetID model.ID          `json:"targetId"`
	Page     string            `json:"page" doc:"Of the mini-program, without a leading slash"`
	Params   map[string]string `json:"params" doc:"The page's query"`
}

// Make returns a scene for what is wanted. One that opens the same page for at
// least half as long is returned again, so that the codes of a thing printed on
// different days stay few.
func (s *Scenes) Make(ctx context.Context, actor model.Actor, want Want) (model.Scene, error) {
	params, err := json.Marshal(want.Params) // sorts the names: the same parameters are the same text
	if err != nil {
		return model.Scene{}, fmt.Errorf("scene: %w", err)
	}
	now := s.Store.Now()
	// The code is 26 random capital letters and digits, 130 bits, all of which a scene
	// may hold: at most 32 characters of digits, letters and !#$&'()*+,/:;=?@-._~
	// (https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html).
	// Nobody finds a scene by trying, so the calls that open one need no limit; a
	// bucket shared by all strangers would only let one of them shut out the rest.
	row := model.Scene{ID: s.Store.NewID(), Code: rand.Text(), Kind: want.Kind, TargetID: want.TargetID, Page: want.Page, Params: string(params),
		MadeBy: actor.AccountID, CreatedAt: now, ExpiresAt: model.Instant(want.Until)}
	enough := now.Add(want.Until.Sub(now) / 2)
	err = s.Store.Tx(ctx, func(tx *gorm.DB) error {
		var there []model.Scene
		err := tx.Where("kind = ? AND target_id = ? AND page = ? AND params = ? AND expires_at >= ?", row.Kind, row.TargetID, row.Page, row.Params, enough).
			Order("expires_at DESC").Limit(1).Find(&there).Error
		if err != nil {
			return err
		}
		if len(there) > 0 {
			row = there[0]
			return nil
		}
		return tx.Create(&row).Error
	})
	return row, err
}

// Open returns the page of a scene, or scene_not_found; one that has expired is
// not found either.
func (s *Scenes) Open(ctx context.Context, code string) (Opened, error) {
	row, err := s.read(ctx, code)
	if err != nil {
		return Opened{}, err
	}
	o := Opened{Kind: row.Kind, TargetID: row.TargetID, Page: row.Page}
	if o.Params, err = paramsOf(row); err != nil {
		return Opened{}, err
	}
	return o, nil
}

func (s *Scenes) read(ctx context.Context, code string) (model.Scene, error) {
	var row model.Scene
	err := s.Store.Read(ctx).Take(&row, "code = ? AND expires_at > ?", code, s.Store.Now()).Error
	return row, store.Found(err, "scene")
}

func paramsOf(row model.Scene) (map[string]string, error) {
	params := map[string]string{}
	if err := json.Unmarshal([]byte(row.Params), &params); err != nil {
		return nil, fmt.Errorf("scene %s: %w", row.ID, err)
	}
	return params, nil
}

// queryOf is the query by which a link or an ordinary code names the scene, as
// WeChat's own code does: so all of them end with it.
func queryOf(row model.Scene) string { return "scene=" + row.Code }

// End ends, in tx, all scenes of a thing, such as of a class whose code has leaked.
func (s *Scenes) End(tx *gorm.DB, kind model.SceneKind, target model.ID) error {
	now := s.Store.Now()
	return tx.Model(&model.Scene{}).Where("kind = ? AND target_id = ? AND expires_at > ?", kind, target, now).Update("expires_at", now).Error
}

// sweepAfter is how long an expired scene is kept, so that support can say what a printed code was.
const sweepAfter = 30 * 24 * time.Hour

// Sweep removes scenes long expired, with their pictures.
func (s *Scenes) Sweep(ctx context.Context) error {
	var old []model.Scene
	if err := s.Store.Read(ctx).Where("expires_at < ?", s.Store.Now().Add(-sweepAfter)).Order("expires_at").Limit(500).Find(&old).Error; err != nil {
		return err
	}
	for _, row := range old {
		key, err := pictureKey(row)
		if err != nil {
			return err
		}
		if err := s.Media.Delete(ctx, key); err != nil {
			return fmt.Errorf("sweep scenes: %w", err)
		}
		err = s.Store.Tx(ctx, func(tx *gorm.DB) error { return tx.Delete(&model.Scene{}, "id = ?", row.ID).Error })
		if err != nil {
			return err
		}
	}
	return nil
}

var errNoWeChat = errors.New("no WeChat to ask")
