package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPhoneNumberHasOneForm(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"13800000000": "13800000000", "+8613800000000": "13800000000", "+86 138-0000-0000": "13800000000", "１３８００００００００": "13800000000",
		"+85260000000": "+85260000000", "": "", "+": "", "1234": "", "1234567890123456": "", "13800a00000": "", "++13800000000": "",
	} {
		require.Equal(t, want, NormalPhone(in), "%q", in)
	}
}
