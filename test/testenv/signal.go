package testenv

import (
	"os"
	"os/signal"
	"syscall"
)

// DefaultSignals makes the programs of the tests start as from a terminal:
// what nohup(1), or a shell's &, has told this process to ignore they would
// ignore too, and no trap of a shell can change that.
func DefaultSignals() {
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT} {
		if signal.Ignored(s) {
			// Caught here, it is at its default after the exec.
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}
