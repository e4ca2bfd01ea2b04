package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tour that the README shows must go on working, in real time, on both databases.
func TestTheTourOfTheReadme(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, env []string, _ string) {
		p := startProgram(t, env)
		out, err := exec.CommandContext(t.Context(), "bash", "../../deploy/demo/tour.sh", p.url).CombinedOutput()
		require.NoError(t, err, "%s", out)
		for _, part := range []string{
			`"reason":"faster_than_time"`,
			`"watchedSeconds":20,"percent":100,"completed":true,"rejected":[]`,
			`"started":1,"completed":1`,
			`"status":"checkedIn"`,
			`"status":"already"`,
			`"status":"booked"`,
			`"code":"slot_taken"`,
		} {
			require.Contains(t, string(out), part)
		}
		p.stop()
	})
}
