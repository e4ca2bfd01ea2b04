package model

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PostStatus is who can read a post.
type PostStatus string

// The states of a post: held → shown or hidden, and from each of these to the other.
const (
	PostHeld   PostStatus = "held"   // by its author and the hosts, until it is judged
	PostShown  PostStatus = "shown"  // by all who take part
	PostHidden PostStatus = "hidden" // by its author and the hosts: a host took it away
)

// PostVerdict is what became of the look at a post's text.
type PostVerdict string

// The verdicts. Whatever is not passed stays held until a host decides.
const (
	VerdictPending PostVerdict = "pending" // not judged yet, or WeChat was down
	VerdictPass    PostVerdict = "pass"
	VerdictReview  PostVerdict = "review" // WeChat would not let it pass, or could not judge it
	VerdictHost    PostVerdict = "host"   // a host decided, which no later verdict changes
)

// SessionPost is a guardian's or host's contribution to the discussion under
// a session for guardians.
type SessionPost struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	SessionID  ID
	AccountID  ID
	ClassID    ID     // the class as whose parent the author speaks; zero for a host
	Content    []byte // sealed; nil once it is deleted
	Status     PostStatus
	Verdict    PostVerdict
	CheckAt    *time.Time // when to have the text looked at again, while the verdict is pending
	DecidedBy  ID         // the host who last showed or hid it, or zero
	RequestKey *string    // Idempotency-Key of the call that made it
	CreatedAt  time.Time
	DeletedAt  *time.Time // by its author; the row stays, so that a repeat of the call does not bring it back
}

// PostReportReason is why somebody reports a post.
type PostReportReason string

// The reasons.
const (
	ReportPrivate PostReportReason = "private" // it names a person, or tells of one
	ReportAbuse   PostReportReason = "abuse"   // it insults or attacks
	ReportAd      PostReportReason = "ad"      // it advertises, or lures away
	ReportOther   PostReportReason = "other"
)

// PostReport says that an account has reported a post, once.
type PostReport struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	PostID    ID
	AccountID ID
	Reason    PostReportReason
	CreatedAt time.Time
	DecidedAt *time.Time // when a host decided on the post
}

// SessionPostField names SessionPost.Content to the vault.
const SessionPostField = "session_posts.content"

// discussionOpenFor is how long after its end a session is still discussed.
const discussionOpenFor = 30 * 24 * time.Hour

// Discussed reports whether something can be posted under the session at now.
func (s LectureSession) Discussed(now time.Time) bool {
	return s.Status != SessionCancelled && now.Before(s.EndsAt.Add(discussionOpenFor))
}

// PostText is the one form in which a post is kept: lines end in \n, there is
// never more than one empty line on end, and what can't be seen is gone. It is
// false where the text holds control characters or bytes that could not be
// decoded, or turns the direction of writing, by which text can be made to
// read otherwise than it was checked. A text that shows nothing is empty.
func PostText(s string) (string, bool) {
	var b strings.Builder
	b.Grow(len(s))
	lines := 0 // ends of line since the last thing that is seen
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			lines++
			if lines <= 2 {
				b.WriteByte('\n')
			}
			continue
		case r == utf8.RuneError || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || unicode.Is(unicode.Co, r):
			return "", false
		case unicode.IsSpace(r):
			b.WriteByte(' ')
			continue
		case r == '\u200d' || r == '\ufe0f': // join the parts of an emoji
		case isInvisible(r):
			continue
		case unicode.In(r, unicode.Cc, unicode.Cf):
			return "", false
		default:
			lines = 0
		}
		b.WriteRune(r)
	}
	text := strings.TrimSpace(b.String())
	if showsNothing(text) {
		return "", true
	}
	return text, true
}

// TitleText is PostText for what must be one line and not empty: titles end in
// ledgers and on cards.
func TitleText(s string) (string, bool) {
	text, ok := PostText(s)
	return text, ok && text != "" && !strings.Contains(text, "\n")
}
