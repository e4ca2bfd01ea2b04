package scene

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

const (
	// maxLinkLife is how long WeChat lets a URL link live at the most
	// (https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/url-link/generateUrlLink.html).
	maxLinkLife = 30 * 24 * time.Hour
	// linkDeadline is how long the maker of a scene waits for its link.
	linkDeadline = 3 * time.Second
)

// link returns the scene's URL link: the one that is stored, or a new one. It is
// empty where WeChat gives none: the picture opens the page too.
func (s *Scenes) link(ctx context.Context, row model.Scene) string {
	now := s.Store.Now()
	if row.LinkUntil != nil && now.Before(*row.LinkUntil) {
		return row.Link
	}
	if s.WeChat == nil {
		return ""
	}
	until := row.ExpiresAt
	if latest := now.Add(maxLinkLife); until.After(latest) {
		until = latest
	}
	asking, cancel := context.WithTimeout(ctx, linkDeadline)
	defer cancel()
	var err error
	row.Link, err = s.WeChat.URLLink(asking, row.Page, queryOf(row), until)
	if err != nil {
		slog.Warn("a scene without a link", "scene", row.ID, "err", err)
		return ""
	}
	err = s.Store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&model.Scene{}).Where("id = ?", row.ID).Updates(map[string]any{"link": row.Link, "link_until": until}).Error
	})
	if err != nil {
		slog.Warn("a link is not kept", "scene", row.ID, "err", err)
	}
	return row.Link
}

// PicturePath is where the API serves the pictures, below its base.
func PicturePath(code string) string { return "/scenes/" + code + "/code.png" }

// Show is the scene as its maker sees it; base is where the API stands. With
// linked it has a URL link, where WeChat gives one.
func (s *Scenes) Show(ctx context.Context, row model.Scene, base string, linked bool) View {
	v := View{Scene: row.Code, Page: row.Page, PNGURL: base + PicturePath(row.Code), ExpiresAt: row.ExpiresAt.UTC()}
	if linked {
		v.URLLink = s.link(ctx, row)
	}
	return v
}
