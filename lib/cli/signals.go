package cli

import (
	"context"
	"os/signal"

	"golang.org/x/sys/unix"
)

// UntilStopped is the context of a verb that writes until somebody has enough:
// Ctrl-C or a TERM ends it in order, so that what was begun is closed, and a
// reader that has gone is a write's EPIPE and no signal(7). The second Ctrl-C
// ends the process at once: a reader that does not read may hold it up. The
// function gives the signals back.
func UntilStopped() (context.Context, context.CancelFunc) {
	signal.Ignore(unix.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}
