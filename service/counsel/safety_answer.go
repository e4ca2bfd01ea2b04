package counsel

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"xinyu/model"
)

// SafetyAnswer is what the body of a call says to the safety question.
type SafetyAnswer struct {
	Said Said
	// PupilID is the pupil whom the body names: zero where it names none, model.NoSuchID where what it names is no id.
	PupilID model.ID
}

// Said is an answer to the safety question. The graver of two is the greater.
type Said int

// The answers.
const (
	SaidNothing Said = iota // no answer, or none that can be read
	SaidNo                  // false, wherever the question is answered
	SaidUnclear             // another value, which may mean yes
	SaidYes
)

// maxAnswerDepth is how deeply nested an answer is still read.
const maxAnswerDepth = 100

// ReadSafetyAnswer reads a body as far as it is JSON: what comes before a
// fault counts, and of several answers the gravest.
func ReadSafetyAnswer(body []byte) SafetyAnswer {
	r := answerReader{json: json.NewDecoder(bytes.NewReader(body))}
	r.json.UseNumber()
	_ = r.value("", 0) // a fault ends the reading
	return r.answer
}

type answerReader struct {
	json   *json.Decoder
	answer SafetyAnswer
}

// value reads the value of the member name, and those inside it.
func (r *answerReader) value(name string, depth int) error {
	token, err := r.json.Token()
	if err != nil {
		return err
	}
	asked := strings.EqualFold(name, "selfHarm")
	open, nested := token.(json.Delim)
	if !nested {
		if asked {
			r.keep(meaningOf(token))
		}
		if text, ok := token.(string); ok && name == "pupilId" {
			id, err := model.ParseID(text)
			if err != nil {
				id = model.NoSuchID
			}
			r.answer.PupilID = id
		}
		return nil
	}
	if asked {
		r.keep(SaidUnclear)
	}
	if depth == maxAnswerDepth {
		return io.ErrShortBuffer
	}
	for r.json.More() {
		member := name // those of a list are the member's too
		if open == '{' {
			key, err := r.json.Token()
			if err != nil {
				return err
			}
			member, _ = key.(string)
		}
		if err := r.value(member, depth+1); err != nil {
			return err
		}
	}
	_, err = r.json.Token() // the closing bracket
	return err
}

// keep keeps the gravest answer.
func (r *answerReader) keep(s Said) { r.answer.Said = max(r.answer.Said, s) }

// meaningOf is what a value means as an answer.
func meaningOf(value any) Said {
	switch v := value.(type) {
	case bool:
		if !v {
			return SaidNo
		}
		return SaidYes
	case json.Number:
		if v == "1" {
			return SaidYes
		}
	case string:
		text, _ := model.NormalText(v)
		switch strings.ToLower(text) {
		case "true", "1", "yes", "是":
			return SaidYes
		}
	}
	return SaidUnclear
}
