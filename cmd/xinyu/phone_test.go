package main

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/platform/store"
)

func TestADemoShowsWhatArrivedOnPhones(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startProgram(t, environment(t, "XINYU_DATA_DIR="+dir))
	status, page := p.get(phonePath + "?as=demo-parent")
	require.Equal(t, http.StatusOK, status)
	for _, want := range []string{"还没有收到消息", "预约前一天提醒", "还可以发 0 条", "值班员"} {
		require.Contains(t, page, want)
	}
	resp, err := http.PostForm(p.url+phonePath, url.Values{"as": {"demo-parent"}, "template": {"demo-booking-reminder-24h"}})
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "led back to the page")
	require.Contains(t, string(body), "还可以发 1 条")
	p.stop()
	require.Contains(t, p.stdout.String(), phonePath)

	st, err := store.Open(t.Context(), store.Options{SQLitePath: filepath.Join(dir, "xinyu.db")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	var credits []model.MessageCredit
	require.NoError(t, st.Read(t.Context()).Find(&credits).Error)
	require.Len(t, credits, 1)
	require.Equal(t, []any{"demo-booking-reminder-24h", 1}, []any{credits[0].TemplateID, credits[0].Credits}, "the server heard of it")
}
