package demo

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
)

// neighbour is another parent, who only takes part in the discussion.
const neighbour = "demo-neighbour"

// posts are the beginning of a discussion under a session for guardians, the
// oldest first. One waits for its host, so that they have something to decide.
var posts = []struct {
	account, class, text string // no class: a host
	status               model.PostStatus
	verdict              model.PostVerdict
}{
	{"demo-teacher", "", "家长们好，有想听的内容可以先写在这里，讲座上我们一起聊。", model.PostShown, model.VerdictPass},
	{neighbour, siblingClass, "孩子五年级了，一写作业就拖拉，想听听怎么引导。", model.PostShown, model.VerdictPass},
	{"demo-parent", childClass, "谢谢老师！想了解怎么和孩子好好说话，不一开口就着急。", model.PostShown, model.VerdictPass},
	{neighbour, siblingClass, "需要资料的家长可以加我的联系方式。", model.PostHeld, model.VerdictReview},
}

// discuss begins the discussion under a new session.
func (d *Demo) discuss(tx *gorm.DB, session model.LectureSession) error {
	for i, p := range posts {
		var author model.Account
		found := tx.Where("open_id = ?", d.OpenID(p.account)).Limit(1).Find(&author)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 0 {
			continue // a demo filled before there were discussions lacks the neighbour
		}
		row := model.SessionPost{ID: d.Store.NewID(), SessionID: session.ID, AccountID: author.ID, Status: p.status, Verdict: p.verdict,
			CreatedAt: session.CreatedAt.Add(time.Duration(i-len(posts)) * 7 * time.Minute)}
		if p.class != "" {
			var class model.Unit
			if err := tx.Where("code = ?", p.class).Take(&class).Error; err != nil {
				return err
			}
			row.ClassID = class.ID
		}
		sealed, err := d.Vault.Seal(model.SessionPostField, row.ID, p.text)
		if err != nil {
			return err
		}
		row.Content = sealed
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}
