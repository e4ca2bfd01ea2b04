package wechat_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"go.uber.org/goleak"

	"xinyu/service/platform/logwatch"
)

// hidden is what no log line and no error may hold: secrets, access tokens,
// codes, openids, texts of messages.
var hidden = regexp.MustCompile(secret + `|99_[0-9a-f]{6}|access_token=|js_code|oParent|oPerson|demo-parent|您有一条待办`)

// TestMain also fails where a test logged what it must not, or left a goroutine.
func TestMain(m *testing.M) {
	logwatch.Forbid("what the tests of WeChat hide", hidden.String())
	code := logwatch.Watch(m).Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
