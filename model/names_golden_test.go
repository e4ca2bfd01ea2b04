package model_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
)

var update = flag.Bool("update", false, "rewrite golden files")

// namesGolden holds names as they are typed, each with its NameKey. The client,
// which folds names by itself to find them in a list, is tested by it too.
const namesGolden = "testdata/names.json"

func TestNamesFoldAsTheClientIsToldTheyDo(t *testing.T) {
	t.Parallel()
	typed := []string{
		"王芳", " 王芳 ", "王　芳", "王 芳", "王\u200b芳", "\ufeff王芳", "王\ufe00芳", "王芳丶", "〇 一",
		"阿依古丽.买买提", "阿依古丽 • 买买提", "阿依古丽・买买提", "阿依古丽‧买买提", "阿依古丽∙买买提", "阿依古丽⋅买买提", "阿依古丽●买买提",
		"阿依古丽⸱买买提", "阿依古丽ꞏ买买提", "阿依古丽᛫买买提", "阿依古丽丶买买提", "阿依古丽．买买提", "阿依古丽..买买提", "阿依古丽 . . 买买提", "阿依古丽·",
		"Ａｎｎａ", "ANNA  Smith", "Anna‐Lena", "Anna–Lena", "Anna—Lena", "Anna − Lena", "欧阳-娜娜", "O’Neil", "O‘Neil", "Oʼneil", "Oʻneil", "O′neil", "O`neil",
		"Jose\u0301", "Jose\u200b\u0301", "José", "བཀྲ་ཤིས་", "བཀྲ་ཤིས།", "محـمد", "ᠪᠠᠶᠠᠷ ᠲᠤᠶᠠ", "ﾜﾝ", "王\x00芳", "王\ufffd芳", "王\ue000芳", "\u3164", "\u2800\u0301", "", " ",
	}
	for r := '\ue5e5'; r <= '\ue864'; r++ { // the characters of old fonts that have a standard form
		if model.StandardForm(string(r)) != string(r) {
			typed = append(typed, "李"+string(r))
		}
	}
	pairs := make([][2]string, len(typed))
	for i, s := range typed {
		pairs[i] = [2]string{s, model.NameKey(s)}
	}
	now, err := json.MarshalIndent(pairs, "", "  ")
	require.NoError(t, err)
	now = append(now, '\n')
	if *update {
		require.NoError(t, os.WriteFile(namesGolden, now, 0o600))
	}
	golden, err := os.ReadFile(namesGolden)
	require.NoError(t, err)
	require.Equal(t, string(golden), string(now), "go test ./model -run Fold -update, and see whether the client still folds so")
}
