//go:build !linux

package testserver

import (
	"errors"
	"os/exec"
	"strconv"
)

// startTied starts cmd and beside it a watchdog that kills it when this process
// ends, however it ends: the watchdog's standard input is a pipe that only we
// hold open. Not as tight as Linux's own means: whoever is killed between the
// two starts leaves the child running.
func startTied(cmd *exec.Cmd) (untie func() error, err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	watchdog := exec.Command("/bin/sh", "-c", `read -r _ || kill -9 "$1"`, "watchdog", strconv.Itoa(cmd.Process.Pid))
	input, err := watchdog.StdinPipe()
	if err == nil {
		err = watchdog.Start()
	}
	if err != nil {
		return nil, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	return func() error {
		_, err := input.Write([]byte("\n")) // a line, and not the end of the input: the watchdog ends and kills nothing
		return errors.Join(err, input.Close(), watchdog.Wait())
	}, nil
}
