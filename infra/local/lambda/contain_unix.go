//go:build unix && !linux

package lambda

import (
	"os/exec"
	"syscall"
)

// contain cannot tie a process's life to ours here: a kill -9 of the parent
// leaves idle environments behind, whose next request for work then fails and
// ends them.
func contain(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
