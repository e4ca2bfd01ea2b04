package demo

import (
	"time"

	"gorm.io/gorm"

	"xinyu/model"
	"xinyu/service/unit"
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

// discussion is the beginning of the discussion under a new session.
func (d *Demo) discussion(tx *gorm.DB, session *model.LectureSession) ([]*model.SessionPost, error) {
	var rows []*model.SessionPost
	for i, p := range posts {
		author, err := d.account(tx, p.account)
		if err != nil {
			return nil, err
		}
		if author == 0 {
			continue // a demo filled before there were discussions lacks the neighbour
		}
		row := &model.SessionPost{ID: d.Store.NewID(), SessionID: session.ID, AccountID: author, Status: p.status, Verdict: p.verdict,
			CreatedAt: session.CreatedAt.Add(time.Duration(i-len(posts)) * 7 * time.Minute)}
		if p.class != "" {
			class, err := unit.ByCode(tx, p.class)
			if err != nil {
				return nil, err
			}
			row.ClassID = class.ID
		}
		if row.Content, err = d.Vault.Seal(model.SessionPostField, row.ID, p.text); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}
