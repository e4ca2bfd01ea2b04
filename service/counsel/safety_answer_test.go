package counsel

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestTheSafetyAnswerIsReadFromAnyBody(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Said{
		`{"safety":{"selfHarm":false}}`:                                     SaidNo,
		`{"safety":{"selfHarm":true}}`:                                      SaidYes,
		`{"safety":{"selfHarm":"true"}}`:                                    SaidYes,
		`{"safety":{"selfHarm":"TRUE "}}`:                                   SaidYes,
		`{"safety":{"selfHarm":1}}`:                                         SaidYes,
		`{"safety":{"selfHarm":"１"}}`:                                       SaidYes,
		`{"safety":{"selfHarm":"yes"}}`:                                     SaidYes,
		`{"safety":{"selfHarm":"是"}}`:                                       SaidYes,
		`{"safety":{"selfHarm":["yes"]}}`:                                   SaidYes,
		`{"safety":{"selfHarm":null}}`:                                      SaidUnclear,
		`{"safety":{"selfHarm":"false"}}`:                                   SaidUnclear,
		`{"safety":{"selfHarm":0}}`:                                         SaidUnclear,
		`{"safety":{"selfHarm":"有时"}}`:                                      SaidUnclear,
		`{"safety":{"selfHarm":{}}}`:                                        SaidUnclear,
		`{"safety":{"selfHarm":{"answer":false}}}`:                          SaidUnclear,
		`{"selfHarm":true}`:                                                 SaidYes,
		`[{"selfharm":true}]`:                                               SaidYes,
		`{"safety":{"selfHarm":true},"safety":{"selfHarm":false}}`:          SaidYes,
		`{"safety":{"selfHarm":false},"safety":{"selfHarm":"yes"}}`:         SaidYes,
		`{"safety":{"selfHarm":true`:                                        SaidYes,
		`{"safety":{"selfHarm":true},"concern":"` + "\x00":                  SaidYes,
		`{"safety":{"selfHarm":tru`:                                         SaidNothing,
		`{"safety":{}}`:                                                     SaidNothing,
		`{"safety":"selfHarm"}`:                                             SaidNothing,
		``:                                                                  SaidNothing,
		`true`:                                                              SaidNothing,
		`<selfHarm>true</selfHarm>`:                                         SaidNothing,
		strings.Repeat("[", 1<<20):                                          SaidNothing,
		strings.Repeat(`{"a":`, 1<<17) + `{"selfHarm":true}`:                SaidNothing,
		`{"safety":{"selfHarm":true},"a":` + strings.Repeat("[", 1<<20):     SaidYes,
		strings.Repeat(`[`, 50) + `{"selfHarm":1}` + strings.Repeat(`]`, 5): SaidYes,
	} {
		require.Equal(t, want, ReadSafetyAnswer([]byte(body)).Said, "%.80s", body)
	}
	require.EqualValues(t, 7, ReadSafetyAnswer([]byte(`{"pupilId":"7","safety":{"selfHarm":"yes"}}`)).PupilID)
	require.Equal(t, model.NoSuchID, ReadSafetyAnswer([]byte(`{"pupilId":"seven"}`)).PupilID)
	require.Zero(t, ReadSafetyAnswer([]byte(`{"pupilId":7}`)).PupilID)
}

// FuzzReadSafetyAnswer holds that no body upsets the reader, and that a clear "yes" before it counts.
func FuzzReadSafetyAnswer(f *testing.F) {
	for _, body := range []string{`{"pupilId":"7","safety":{"selfHarm":true}}`, `{"selfHarm":[{}]}`, `[[`, "\x00", `{"selfHarm":"是"`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ReadSafetyAnswer(body)
		require.Equal(t, SaidYes, ReadSafetyAnswer(append([]byte(`{"selfHarm":true,"a":`), body...)).Said)
	})
}
