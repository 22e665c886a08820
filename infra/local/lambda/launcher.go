package lambda

import (
	"os/exec"
	"runtime"
)

// Launcher starts processes that cannot outlive this one: each in a group of
// its own, so that a terminal's Ctrl-C reaches only the parent, and on Linux
// with a signal at the parent's death.
//
// That signal comes when the starting thread ends, not the process, so all are
// started from one goroutine that holds its thread.
type Launcher struct {
	requests chan launch
}

type launch struct {
	cmd    *exec.Cmd
	result chan error
}

// NewLauncher returns a running Launcher.
func NewLauncher() *Launcher {
	l := &Launcher{requests: make(chan launch)}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for request := range l.requests {
			contain(request.cmd)
			request.result <- request.cmd.Start()
		}
	}()
	return l
}

// Close ends the launcher; every process it started must have ended before.
func (l *Launcher) Close() { close(l.requests) }

func (l *Launcher) start(cmd *exec.Cmd) error {
	request := launch{cmd, make(chan error, 1)}
	l.requests <- request
	return <-request.result
}
