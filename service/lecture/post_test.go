package lecture

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
	"xinyu/service/platform/store/storetest"
)

// checker stands for WeChat: it returns what the test says, and notes what it was asked.
type checker struct {
	mu    sync.Mutex
	pass  bool
	err   error
	hang  bool // until the deadline
	asked []string
}

func (c *checker) check(ctx context.Context, openID, text string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, openID+" "+text)
	if c.hang {
		<-ctx.Done()
		return false, model.Unavailable("wechat_unavailable", time.Second, ctx.Err())
	}
	return c.pass, c.err
}

var errWeChatDown = model.Unavailable("wechat_unavailable", time.Second, nil)

// discussion is a session for guardians of the whole school.
func (b *bundle) discussion() model.ID {
	b.t.Helper()
	return b.session(b.lecture(model.SideGuardian)).ID
}

func (b *bundle) say(actor model.Actor, session model.ID, text string) Post {
	b.t.Helper()
	p, err := b.svc.AddPost(b.t.Context(), actor, session, NewPost{Text: text})
	require.NoError(b.t, err)
	return p
}

// texts are the posts that the actor reads, newest first, each with its status.
func (b *bundle) texts(actor model.Actor, session model.ID) []string {
	b.t.Helper()
	page, err := b.svc.Posts(b.t.Context(), actor, session, store.PageRequest{})
	require.NoError(b.t, err)
	list := []string{}
	for _, p := range page.Items {
		list = append(list, p.Text+" "+string(p.Status))
	}
	return list
}

func TestWhoTakesPartInADiscussion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		b.checker.pass = true
		session := b.discussion()
		p := b.say(b.guardian, session, " 孩子最近\r\n爱说话了 ")
		t.Run("a guardian, named by the class, in a text that WeChat has judged", func(t *testing.T) {
			require.Equal(t, b.tree.Class.Name+"家长", p.Author)
			require.Equal(t, "孩子最近\n爱说话了", p.Text)
			require.True(t, p.Mine)
			require.Equal(t, model.PostShown, p.Status)
			require.Equal(t, []string{"o" + b.guardian.AccountID.String() + " 孩子最近\n爱说话了"}, b.checker.asked)
		})
		host := b.say(b.teacher, session, "欢迎提问")
		t.Run("the host, named as such", func(t *testing.T) {
			require.Equal(t, "主持人", host.Author)
		})
		t.Run("another guardian reads all, the newest first", func(t *testing.T) {
			neighbour := b.Guardian(b.Pupil(b.tree.OtherClass))
			page, err := b.svc.Posts(ctx, neighbour, session, store.PageRequest{Limit: 1})
			require.NoError(t, err)
			require.Equal(t, host.ID, page.Items[0].ID)
			require.False(t, page.Items[0].Mine)
			page, err = b.svc.Posts(ctx, neighbour, session, store.PageRequest{Limit: 1, Cursor: page.NextCursor})
			require.NoError(t, err)
			require.Equal(t, p.ID, page.Items[0].ID)
			require.Empty(t, page.NextCursor)
		})
		for name, actor := range map[string]model.Actor{
			"a pupil": b.PupilAccount(b.pupil), "a guardian of another county": b.Guardian(b.Pupil(b.Tree().Class)),
			"a manager of another county": b.Staff(model.RoleManager, b.Tree().County), "an inspector": b.Staff(model.RoleInspector, b.tree.County),
		} {
			t.Run("not "+name, func(t *testing.T) {
				_, err := b.svc.AddPost(ctx, actor, session, NewPost{Text: "我也说一句"})
				storetest.Refused(t, err, "session_not_found")
				_, err = b.svc.Posts(ctx, actor, session, store.PageRequest{})
				storetest.Refused(t, err, "session_not_found")
			})
		}
		t.Run("a teacher who does not run the session reads only", func(t *testing.T) {
			colleague := b.Staff(model.RoleTeacher, b.tree.Class)
			require.Len(t, b.texts(colleague, session), 2)
			_, err := b.svc.AddPost(ctx, colleague, session, NewPost{Text: "同事"})
			storetest.Refused(t, err, "not_your_session")
		})
		t.Run("nobody where the session is not for guardians", func(t *testing.T) {
			pupils := b.session(b.Lecture(b.tree.County, 5, model.SidePupil)).ID
			_, err := b.svc.Posts(ctx, b.guardian, pupils, store.PageRequest{})
			storetest.Refused(t, err, "discussion_not_found")
		})
		require.Equal(t, 2, b.Count(&model.SessionPost{}))
	})
}

func TestAPostIsPlainShortAndInTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		session := b.discussion()
		for text, code := range map[string]string{
			"": "text_required", " \n": "text_required", "\u3164\u2800\u200d": "text_required", strings.Repeat("长", 501): "text_too_long", "a\x00b": "text_malformed", "\u202eabc": "text_malformed",
		} {
			_, err := b.svc.AddPost(ctx, b.guardian, session, NewPost{Text: text})
			storetest.Refused(t, err, code)
		}
		b.say(b.guardian, session, strings.Repeat("长", 500))
		b.clock.Advance(31 * 24 * time.Hour)
		_, err := b.svc.AddPost(ctx, b.guardian, session, NewPost{Text: "还在吗"})
		storetest.Refused(t, err, "discussion_closed")
		require.Len(t, b.texts(b.guardian, session), 1, "it can still be read")
	})
}

func TestAHeldPostIsThereForItsAuthorAndTheHosts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		session := b.discussion() // the checker lets nothing pass
		neighbour := b.Guardian(b.Pupil(b.tree.Class))
		p := b.say(b.guardian, session, "请老师看看")
		require.Equal(t, model.PostHeld, p.Status)
		require.Empty(t, b.texts(neighbour, session))
		require.Equal(t, []string{"请老师看看 held"}, b.texts(b.guardian, session))
		require.Equal(t, []string{"请老师看看 held"}, b.texts(b.manager, session))

		stranger := b.Staff(model.RoleTeacher, b.Tree().School)
		for _, actor := range []model.Actor{b.guardian, neighbour, stranger, b.Staff(model.RoleTeacher, b.tree.Class)} {
			_, err := b.svc.ShowPost(ctx, actor, p.ID)
			storetest.Refused(t, err, "post_not_found")
			_, err = b.svc.HidePost(ctx, actor, p.ID)
			storetest.Refused(t, err, "post_not_found")
		}
		shown, err := b.svc.ShowPost(ctx, b.manager, p.ID)
		require.NoError(t, err)
		require.Equal(t, model.PostShown, shown.Status)
		require.Equal(t, []string{"请老师看看 shown"}, b.texts(neighbour, session))
		_, err = b.svc.HidePost(ctx, b.teacher, p.ID)
		require.NoError(t, err)
		require.Empty(t, b.texts(neighbour, session))
		require.Equal(t, []string{"请老师看看 hidden"}, b.texts(b.guardian, session))

		storetest.Refused(t, b.svc.DeletePost(ctx, neighbour, p.ID), "post_not_found")
		storetest.Refused(t, b.svc.DeletePost(ctx, b.teacher, p.ID), "post_not_found")
		require.NoError(t, b.svc.DeletePost(ctx, b.guardian, p.ID))
		storetest.Refused(t, b.svc.DeletePost(ctx, b.guardian, p.ID), "post_not_found")
		_, err = b.svc.ShowPost(ctx, b.teacher, p.ID)
		storetest.Refused(t, err, "post_not_found")
		require.Empty(t, b.texts(b.teacher, session))
		var row model.SessionPost
		require.NoError(t, b.st.Read(ctx).Take(&row, "id = ?", p.ID).Error)
		require.Empty(t, row.Content, "what is taken away is gone")
	})
}

func TestWhatWeChatCouldNotJudgeIsNeverLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		session := b.discussion()
		neighbour := b.Guardian(b.Pupil(b.tree.Class))
		b.checker.err = errWeChatDown
		first := b.say(b.guardian, session, "第一句")
		second := b.say(b.guardian, session, "第二句")
		hidden := b.say(b.guardian, session, "第三句")
		require.Equal(t, model.PostHeld, first.Status)
		require.Len(t, b.checker.asked, 3)
		require.NoError(t, b.svc.CheckPosts(ctx))
		require.Len(t, b.checker.asked, 3, "none is due yet")
		b.clock.Advance(checkAgainAfter)
		require.ErrorIs(t, b.svc.CheckPosts(ctx), errWeChatDown)
		require.Len(t, b.checker.asked, 4, "while WeChat is down one is asked about, not all")

		_, err := b.svc.HidePost(ctx, b.teacher, hidden.ID)
		require.NoError(t, err)
		require.NoError(t, b.svc.DeletePost(ctx, b.guardian, second.ID))
		b.checker.err, b.checker.pass = nil, true
		b.clock.Advance(checkAgainAfter)
		require.NoError(t, b.svc.CheckPosts(ctx))
		require.Equal(t, []string{"第一句 shown"}, b.texts(neighbour, session), "a verdict overrules no host and brings nothing back")
		require.Len(t, b.checker.asked, 5)

		b.checker.err = errWeChatDown
		late := b.say(b.guardian, session, "第四句")
		b.checker.err = nil
		b.clock.Advance(checkFor + time.Second)
		require.NoError(t, b.svc.CheckPosts(ctx))
		require.NoError(t, b.svc.CheckPosts(ctx))
		require.Len(t, b.checker.asked, 6, "WeChat judges nothing of people who went away: a host must")
		_, err = b.svc.ShowPost(ctx, b.teacher, late.ID)
		require.NoError(t, err)

		b.checker.err = errors.New("a definite no")
		require.Equal(t, model.PostHeld, b.say(b.guardian, session, "第五句").Status)
		b.clock.Advance(checkAgainAfter)
		require.NoError(t, b.svc.CheckPosts(ctx))
		require.Len(t, b.checker.asked, 7, "what WeChat can't judge is not asked about again")
	})
}

func TestAPostDoesNotWaitForASlowWeChat(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		session := b.discussion()
		b.checker.hang = true
		began := time.Now()
		require.Equal(t, model.PostHeld, b.say(b.guardian, session, "慢").Status)
		require.Less(t, time.Since(began), checkDeadline+3*time.Second)
	})
}

func TestARepeatedPostIsOnePost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		b.checker.pass = true
		session := b.discussion()
		same := NewPost{Text: "一样的话", RequestKey: "k"}
		var wg sync.WaitGroup
		ids := make([]model.ID, 8)
		for i := range ids {
			wg.Go(func() {
				if p, err := b.svc.AddPost(ctx, b.guardian, session, same); err == nil {
					ids[i] = p.ID
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
		require.NotZero(t, ids[0])
		require.Equal(t, 1, b.Count(&model.SessionPost{}))
		_, err := b.svc.AddPost(ctx, b.guardian, session, NewPost{Text: "别的话", RequestKey: "k"})
		storetest.Refused(t, err, "idempotency_key_reused")
		require.NoError(t, b.svc.DeletePost(ctx, b.guardian, ids[0]))
		_, err = b.svc.AddPost(ctx, b.guardian, session, same)
		storetest.Refused(t, err, "post_not_found")
		require.Empty(t, b.texts(b.guardian, session), "a late repeat does not bring it back")
	})
}

func TestOneAccountPostsOnlySoMuch(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		session := b.discussion()
		for i := range postRate.Count {
			b.say(b.guardian, session, strconv.Itoa(i))
		}
		_, err := b.svc.AddPost(t.Context(), b.guardian, session, NewPost{Text: "再来"})
		storetest.Refused(t, err, "too_many_posts")
		b.say(b.Guardian(b.pupil), session, "别人还可以")
	})
}
