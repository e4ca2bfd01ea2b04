package demo

import (
	"bytes"
	"context"
	"embed"
	"fmt"

	"xinyu/model"
	"xinyu/service/platform/media"
)

// files are the lessons' videos and covers; deploy/demo/make-media.sh draws them.
//
//go:embed media
var files embed.FS

// lessons are published by the county; the first two last 20 seconds.
var lessons = []struct {
	file, title, summary string
	sides                []model.Side
}{
	{"social-skills", "学会交往 和谐相处", "和同学有了分歧怎么办？先听对方说完，再好好说出自己的想法。", []model.Side{model.SidePupil}},
	{"raising-resilience", "培养孩子良好的心理素质", "陪孩子一起面对困难，看见他的努力。", []model.Side{model.SideGuardian}},
	{"knowing-feelings", "认识情绪", "高兴、难过、生气、害怕都很正常。和孩子一起看，说说今天的心情。", []model.Side{model.SidePupil, model.SideGuardian}},
	{"listening-to-children", "倾听孩子", "每天留十分钟，放下手机，听孩子把话说完。", []model.Side{model.SideGuardian}},
}

func videoKey(file string) string { return "lessons/demo-" + file + ".mp4" }
func coverKey(file string) string { return "covers/demo-" + file + ".jpg" }

// keepFiles stores the files that the media store does not have. Their keys
// are always the same, so that it does no harm when replicas do it at once.
func (d *Demo) keepFiles(ctx context.Context) error {
	for _, l := range lessons {
		if err := d.keepFile(ctx, l.file+".mp4", videoKey(l.file), media.TypeMP4); err != nil {
			return err
		}
		if err := d.keepFile(ctx, l.file+".jpg", coverKey(l.file), media.TypeJPEG); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) keepFile(ctx context.Context, name, key, contentType string) error {
	there, _, err := d.Media.Open(ctx, key)
	if err == nil {
		return there.Close()
	}
	if model.KindOf(err) != model.KindNotFound {
		return fmt.Errorf("look for %s: %w", key, err)
	}
	content, err := files.ReadFile("media/" + name)
	if err != nil {
		return err
	}
	if err := d.Media.Put(ctx, key, bytes.NewReader(content), int64(len(content)), contentType); err != nil {
		return fmt.Errorf("store %s: %w", key, err)
	}
	return nil
}

// lessons adds the published lessons.
func (b *builder) lessons() error {
	for _, l := range lessons {
		content, err := files.ReadFile("media/" + l.file + ".mp4")
		if err != nil {
			return err
		}
		info, err := media.Probe(bytes.NewReader(content))
		if err != nil {
			return fmt.Errorf("%s: %w", l.file, err)
		}
		b.published = append(b.published, &model.Lesson{
			ID: b.Store.NewID(), UnitID: b.units[b.county.Code].ID, Title: l.title, Summary: l.summary, Sides: model.SidesOf(l.sides),
			Term: model.TermOf(b.now), VideoKey: videoKey(l.file), LessonCover: model.LessonCover{CoverKey: coverKey(l.file)}, DurationSeconds: int(info.Duration.Seconds()),
			PassPercent: 90, MaxRatePercent: 200, Status: model.LessonPublished, Version: 1, CreatedBy: b.accounts["demo-county"], CreatedAt: b.now, UpdatedAt: b.now,
		})
	}
	return nil
}
