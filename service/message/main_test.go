package message

import (
	"os"
	"testing"

	"xinyu/service/platform/logwatch"
	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(replicaEnv) != "" {
		os.Exit(runReplica())
	}
	logwatch.Forbid("a template, or what a call to WeChat is made of", testSecret+`|\bdemo-[a-z-]+|access_token|touser`)
	os.Exit(storetest.Main(m))
}
