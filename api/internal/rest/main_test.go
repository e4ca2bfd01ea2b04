package rest

import (
	"os"
	"testing"

	"xinyu/service/platform/logwatch"
)

func TestMain(m *testing.M) { os.Exit(logwatch.Watch(m).Run()) }
