package lecture

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store/storetest"
)

func TestTokenNamesItsSessionAndStep(t *testing.T) {
	t.Parallel()
	c := codes{mac: storetest.Vault(t).MAC}
	for _, session := range []model.ID{1, 1 << 62} {
		n := stepAt(start)
		gotSession, gotStep, ok := c.read(c.token(session, n))
		require.True(t, ok)
		require.Equal(t, session, gotSession)
		require.Equal(t, n, gotStep)
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	c, other := codes{mac: storetest.Vault(t).MAC}, codes{mac: storetest.Vault(t).MAC}
	good := c.token(7, 100)
	raw, err := tokenEncoding.DecodeString(good)
	require.NoError(t, err)
	for bit := range len(raw) * 8 {
		bad := bytes.Clone(raw)
		bad[bit/8] ^= 1 << (bit % 8)
		_, _, ok := c.read(tokenEncoding.EncodeToString(bad))
		require.False(t, ok, "bit %d", bit)
	}
	for name, bad := range map[string]string{
		"empty": "", "short": good[:len(good)-1], "long": good + "A", "padded": good + "=", "newline": good + "\n",
		"another key": other.token(7, 100), "spare bits": good[:len(good)-1] + flipSpare(good), "digits as tag": strings.Repeat("A", len(good)),
	} {
		_, _, ok := c.read(bad)
		require.False(t, ok, name)
	}
}

// flipSpare is the token's last letter with the bits changed that carry no data.
func flipSpare(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, token[len(token)-1])^1])
}

func FuzzTokenDecoder(f *testing.F) {
	c := codes{mac: storetest.Vault(f).MAC}
	genuine := c.token(7, 100)
	f.Add("")
	f.Add(genuine)
	f.Add(genuine[1:])
	f.Add(strings.Repeat("é", 38))
	f.Fuzz(func(t *testing.T, token string) {
		session, n, ok := c.read(token)
		if ok && c.token(session, n) != token {
			t.Fatalf("two tokens for session %d and step %d", session, n)
		}
		if ok && (session != 7 || n != 100) {
			t.Fatal("a token that nobody made")
		}
	})
}

func TestDigitsAreSixAndChangeWithStepAndSession(t *testing.T) {
	t.Parallel()
	c := codes{mac: storetest.Vault(t).MAC}
	seen, same := map[string]bool{}, 0
	for n := range step(200) {
		d := c.digits(7, n)
		require.Regexp(t, `^\d{6}$`, d)
		if d == c.digits(8, n) {
			same++
		}
		seen[d] = true
	}
	require.Greater(t, len(seen), 195)
	require.Less(t, same, 3, "six digits meet by chance, but seldom")
}

func TestCodeIsForHostAndManagersWhileOpen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		l := b.lecture(model.SidePupil)
		plan := b.plan(b.tree.School)
		plan.StartsAt = start.Add(time.Hour)
		plan.EndsAt = start.Add(2 * time.Hour)
		s, err := b.svc.Schedule(t.Context(), b.teacher, l.ID, plan)
		require.NoError(t, err)
		code := func(actor model.Actor) (Code, error) { return b.svc.Code(t.Context(), actor, s.ID, "/api/v1") }
		opens := plan.StartsAt.Add(-15 * time.Minute)

		b.clock.Set(opens.Add(-time.Millisecond))
		_, err = code(b.teacher)
		storetest.Refused(t, err, "session_not_open")
		b.clock.Set(opens)
		_, err = code(b.teacher)
		require.NoError(t, err)
		_, err = code(b.manager)
		require.NoError(t, err)
		_, err = code(b.Staff(model.RoleManager, b.tree.County))
		require.NoError(t, err, "a manager above")

		_, err = code(b.Staff(model.RoleTeacher, b.tree.School))
		storetest.Refused(t, err, "host_only")
		_, err = code(b.Staff(model.RoleManager, b.tree.Class))
		storetest.Refused(t, err, "host_only")
		_, err = code(b.Staff(model.RoleManager, b.Tree().School))
		storetest.Refused(t, err, "session_not_found")
		_, err = code(b.guardian)
		storetest.Refused(t, err, "host_only")

		b.clock.Set(plan.EndsAt)
		_, err = code(b.teacher)
		storetest.Refused(t, err, "session_not_open")
	})
}

func TestValidSecondsCountDownToTheStepsEnd(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		for after, want := range map[time.Duration]int{0: 15, time.Millisecond: 15, time.Second: 14, 14 * time.Second: 1, 15*time.Second - time.Millisecond: 1, 15 * time.Second: 15} {
			b.clock.Set(start.Add(after))
			code, err := b.svc.Code(t.Context(), b.teacher, s.ID, "/api/v1")
			require.NoError(t, err)
			require.Equal(t, want, code.ValidSeconds, after)
		}
	})
}

func TestPictureNeedsATokenOfNowAndOfTheSession(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, b *bundle) {
		s := b.session(b.lecture(model.SidePupil))
		token := b.token(s)
		picture, err := b.svc.CodePicture(s.ID, token)
		require.NoError(t, err)
		img, err := png.Decode(bytes.NewReader(picture))
		require.NoError(t, err)
		require.Equal(t, codePixels, img.Bounds().Dx())
		_, err = b.svc.CodePicture(s.ID+1, token)
		storetest.Refused(t, err, "code_not_found")
		_, err = b.svc.CodePicture(s.ID, token[1:])
		storetest.Refused(t, err, "code_not_found")
		b.clock.Advance(30*time.Second - time.Millisecond)
		_, err = b.svc.CodePicture(s.ID, token)
		require.NoError(t, err, "the step before is good still")
		b.clock.Advance(time.Millisecond)
		_, err = b.svc.CodePicture(s.ID, token)
		storetest.Refused(t, err, "code_not_found")
	})
}
