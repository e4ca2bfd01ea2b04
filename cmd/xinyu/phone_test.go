package main

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADemoShowsWhatArrivedOnPhones(t *testing.T) {
	t.Parallel()
	p := startProgram(t, environment(t))
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
}
