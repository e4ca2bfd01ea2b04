package testserver

import (
	"os/exec"
	"syscall"
)

// startTied starts cmd so that the kernel kills it when this process ends,
// however it ends. What the kernel watches is the thread that started the
// child, so the caller must keep its thread until the child has ended.
func startTied(cmd *exec.Cmd) (untie func() error, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error { return nil }, nil
}
