package calendar

import (
	"os"
	"testing"

	"xinyu/service/platform/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
