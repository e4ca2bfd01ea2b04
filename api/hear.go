package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"xinyu/api/internal/rest"
	"xinyu/model"
	"xinyu/service/counsel"
)

// Calls that ask the safety question are heard before anything else is looked
// at: who is not logged in any more, or whose body breaks its schema, is
// refused as ever, but with the hotline card unless the answer is a clear no;
// and a "yes" that no service gets to see raises its alert here.

// word is what a body says to the safety question, by its weight.
type word int

const (
	unheard word = iota // nothing, or nothing that could be read
	saidNo              // false, wherever it is asked
	unclear             // another value, which may mean yes
	saidYes
)

// hearing is what a call says to the safety question, and who says it.
type hearing struct {
	said    word
	pupilID model.ID // as the body names it; zero where it does not
	// told is set once a service has the answer: it raises the alert itself.
	told bool
}

type hearingKey struct{}

// hearingOf is the call's hearing, or nil on routes that do not ask.
func hearingOf(ctx context.Context) *hearing {
	h, _ := ctx.Value(hearingKey{}).(*hearing)
	return h
}

// selfHarm is the answer that a service is to act upon: a "yes" in the wrong
// place of the body is one too.
func selfHarm(ctx context.Context, asked safety) bool {
	h := hearingOf(ctx)
	if h == nil {
		return asked.SelfHarm
	}
	h.told = true
	return asked.SelfHarm || h.said == saidYes
}

// hear listens to a body and leaves it to be read again.
func (s *Server) hear(r *http.Request) *http.Request {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxHeard))
	left := io.Reader(r.Body)
	if err != nil {
		left = broken{err}
	}
	r.Body = readCloser{io.MultiReader(bytes.NewReader(body), left), r.Body}
	ctx := context.WithValue(r.Context(), hearingKey{}, listen(body))
	return r.WithContext(rest.OnRefusal(ctx, s.comfort))
}

type readCloser struct {
	io.Reader
	io.Closer
}

// broken is the rest of a body that could not be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// maxDepth is how deep a body is listened to.
const maxDepth = 100

// listen makes out what a body says, as far as it is JSON.
func listen(body []byte) *hearing {
	l := listener{json: json.NewDecoder(bytes.NewReader(body)), heard: &hearing{}}
	l.json.UseNumber()
	_ = l.value("", 0) // what comes before a fault counts
	return l.heard
}

type listener struct {
	json  *json.Decoder
	heard *hearing
}

// value listens to the value of the member name, and to those inside it.
func (l *listener) value(name string, depth int) error {
	token, err := l.json.Token()
	if err != nil {
		return err
	}
	asked := strings.EqualFold(name, "selfHarm")
	open, nested := token.(json.Delim)
	if !nested {
		if asked {
			l.hear(meaning(token))
		}
		if text, ok := token.(string); ok && name == "pupilId" {
			var id heardID
			_ = id.UnmarshalText([]byte(text)) // never fails
			l.heard.pupilID = id.ID
		}
		return nil
	}
	if asked {
		l.hear(unclear)
	}
	if depth == maxDepth {
		return io.ErrShortBuffer
	}
	for l.json.More() {
		member := name // those of a list are the member's too
		if open == '{' {
			key, err := l.json.Token()
			if err != nil {
				return err
			}
			member, _ = key.(string)
		}
		if err := l.value(member, depth+1); err != nil {
			return err
		}
	}
	_, err = l.json.Token() // the closing bracket
	return err
}

// hear keeps the gravest word.
func (l *listener) hear(w word) { l.heard.said = max(l.heard.said, w) }

// meaning is what a value means as an answer.
func meaning(value any) word {
	switch v := value.(type) {
	case bool:
		if !v {
			return saidNo
		}
		return saidYes
	case json.Number:
		if v == "1" {
			return saidYes
		}
	case string:
		text, _ := model.NormalText(v)
		switch strings.ToLower(text) {
		case "true", "1", "yes", "是":
			return saidYes
		}
	}
	return unclear
}

// comfort completes the refusal of a call which asks the safety question,
// before it is written: a "yes" that has not reached a service is an alert by then.
func (s *Server) comfort(ctx context.Context, p *rest.Problem) *rest.Problem {
	h := hearingOf(ctx)
	actor := rest.ActorOf(ctx)
	if h.said == saidYes && !h.told && actor.AccountID != 0 {
		h.told = true
		if err := s.svc.Counsel.Heard(ctx, actor, h.pupilID); err != nil {
			slog.Error("a cry for help could not be stored", "account", actor.AccountID, "err", err)
		}
	}
	if h.said == saidNo {
		return p
	}
	c := *p
	c.Details = counsel.WithCard(p.Details)
	return &c
}
