package main

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/service/platform/wechat"
	"xinyu/service/platform/wechat/emulator"
)

func TestTheMenuIsSetAndShown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(emulator.NewOfficial(emulator.OfficialOptions{AppID: "wxofficial", Secret: "s", MiniProgram: "wxmini"}))
	t.Cleanup(server.Close)
	o := wechat.NewOfficial(wechat.OfficialConfig{Config: wechat.Config{AppID: "wxofficial", Secret: "s", BaseURL: server.URL}, MiniProgram: "wxmini"})
	t.Cleanup(o.Close)
	const publicURL = "https://xinyu.test"

	var out bytes.Buffer
	require.NoError(t, runMenu(t.Context(), o, publicURL, true, &out))
	require.Equal(t, "no menu is set\n", out.String(), "showing sets nothing")
	out.Reset()
	require.NoError(t, runMenu(t.Context(), o, publicURL, false, &out))
	require.Equal(t, strings.Join([]string{
		"微课  pages/lessons/index", "宣讲  pages/lectures/index", "更多",
		"  求助热线  pages/help/index", "  心理咨询  pages/counsel/index", "  工作台  work/index", "",
	}, "\n"), out.String())
	set := out.String()
	out.Reset()
	require.NoError(t, runMenu(t.Context(), o, publicURL, true, &out))
	require.Equal(t, set, out.String())
}

// A menu that leads nowhere shows only on phones.
func TestTheMenusPagesExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../miniprogram/src/pages.json")
	require.NoError(t, err)
	var app struct {
		Pages []struct {
			Path string `json:"path"`
		} `json:"pages"`
		SubPackages []struct {
			Root  string `json:"root"`
			Pages []struct {
				Path string `json:"path"`
			} `json:"pages"`
		} `json:"subPackages"`
	}
	var clean []string // the build's conditions stand in comments
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			clean = append(clean, line)
		}
	}
	require.NoError(t, json.Unmarshal([]byte(strings.Join(clean, "")), &app))
	pages := map[string]bool{}
	for _, p := range app.Pages {
		pages[p.Path] = true
	}
	for _, sub := range app.SubPackages {
		for _, p := range sub.Pages {
			pages[sub.Root+"/"+p.Path] = true
		}
	}
	for _, item := range officialMenu("https://x.test") {
		for _, i := range append(item.Items, item) {
			require.True(t, i.Page == "" || pages[i.Page], i.Page)
		}
	}
}
