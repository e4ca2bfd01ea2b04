package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

func TestStudentNumbersMeetInOneFormHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	const want = "G320623201703050012"
	for _, s := range []string{
		want, "g320623201703050012", " G3206 2320 1703 0500 12\t", "Ｇ３２０６２３２０１７０３０５００１２", "'G320623201703050012",
		`="G320623201703050012"`, "G320623\u200b201703050012", "\ufeffG320623201703050012",
	} {
		require.Equal(t, want, model.NormalStudentNo(s), "%q", s)
	}
	require.Equal(t, "123", model.NormalStudentNo("123.0"))
	require.Empty(t, model.NormalStudentNo("12\x003"))
}

func TestNamesMeetInOneFormHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"王　芳": "王芳", " 王芳 ": "王芳", "王\u200b芳": "王芳", "阿依古丽.买买提": "阿依古丽·买买提", "阿依古丽 • 买买提": "阿依古丽·买买提",
		"Anna  Smith": "Anna Smith", "Ａｎｎａ": "Anna", "王\x00芳": "", "Jose\u200b\u0301": "José", "\u3164": "", "\u2800\u0301": "",
	} {
		require.Equal(t, want, model.NormalName(s), "%q", s)
	}
}
