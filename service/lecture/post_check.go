package lecture

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/platform/store"
)

// TextChecker has WeChat check a text that all who take part will read, and
// reports whether it passes. A KindUnavailable error means that it may be asked
// again, any other that it can't check this text.
type TextChecker func(ctx context.Context, openID, text string) (pass bool, err error)

const (
	// checkDeadline is how long a post's own call waits for the verdict.
	checkDeadline = 3 * time.Second
	// checkAgainAfter is when a post without a verdict is checked again.
	checkAgainAfter = time.Minute
	// checkFor is how long it is tried: WeChat checks only the texts of people
	// who used the mini-program within two hours
	// (https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/sec-center/sec-check/msgSecCheck.html).
	// After that a host must decide.
	checkFor = 2 * time.Hour
	// checksARun bounds one run of the job.
	checksARun = 200
)

// checkNow has a post that was just saved checked, and returns its status
// then. When WeChat is down or slow the post stays held and the job checks it later.
func (s *Service) checkNow(ctx context.Context, row model.SessionPost, text string) model.PostStatus {
	// A caller who disconnects has still posted.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkDeadline)
	defer cancel()
	status, err := s.check(ctx, row, text)
	if err != nil {
		slog.Warn("a post stays held", "post", row.ID, "err", err)
	}
	return status
}

// check asks for the verdict and saves it. The error means that there is none yet.
func (s *Service) check(ctx context.Context, row model.SessionPost, text string) (model.PostStatus, error) {
	if s.checker == nil {
		return row.Status, nil
	}
	openID, err := s.accounts.OpenID(s.store.Read(ctx), row.AccountID)
	if err != nil {
		return row.Status, err
	}
	pass, err := s.checker(ctx, openID, text)
	if model.KindOf(err) == model.KindUnavailable {
		return row.Status, err
	}
	if err != nil {
		slog.Warn("a post can't be checked", "post", row.ID, "err", err)
	}
	status, verdict := model.PostHeld, model.VerdictReview
	if pass && err == nil {
		status, verdict = model.PostShown, model.VerdictPass
	}
	return s.saveVerdict(ctx, row, status, verdict)
}

// saveVerdict writes a verdict, unless a host has decided or the author has deleted the post.
func (s *Service) saveVerdict(ctx context.Context, row model.SessionPost, status model.PostStatus, verdict model.PostVerdict) (model.PostStatus, error) {
	err := s.store.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&model.SessionPost{}).Where("id = ? AND verdict = ? AND deleted_at IS NULL", row.ID, model.VerdictPending).
			Updates(map[string]any{"status": status, "verdict": verdict, "check_at": nil})
		if res.Error == nil && res.RowsAffected == 0 {
			status = row.Status
		}
		return res.Error
	})
	if err != nil {
		return row.Status, err
	}
	return status, nil
}

// CheckPosts has those posts checked that got no verdict: WeChat was down,
// or the process that saved them died. Any number of replicas may run it.
func (s *Service) CheckPosts(ctx context.Context) error {
	if s.checker == nil {
		return nil
	}
	now := s.store.Now()
	var due []model.SessionPost
	if err := s.store.Read(ctx).Where("check_at <= ?", now).Order("check_at, id").Limit(checksARun).Find(&due).Error; err != nil {
		return err
	}
	for _, row := range due {
		mine, err := s.store.ClaimDue(ctx, &model.SessionPost{}, store.Where("id = ? AND verdict = ?", row.ID, model.VerdictPending),
			"check_at", *row.CheckAt, map[string]any{"check_at": s.store.Now().Add(checkAgainAfter)})
		if err != nil {
			return err
		}
		if !mine {
			continue // another replica checks it
		}
		if err := s.checkAgain(ctx, row); err != nil {
			return err // WeChat is down: the others wait for the next run
		}
	}
	return nil
}

func (s *Service) checkAgain(ctx context.Context, row model.SessionPost) error {
	if s.store.Now().Sub(row.CreatedAt) > checkFor {
		_, err := s.saveVerdict(ctx, row, model.PostHeld, model.VerdictReview)
		return err
	}
	text, err := s.vault.Unseal(model.SessionPostField, row.ID, row.Content)
	if err != nil {
		slog.Error("a post can't be opened", "post", row.ID, "err", err)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	_, err = s.check(ctx, row, text)
	return err
}
