package main

import (
	"errors"
	"slices"
	"time"

	"mini-container/lib/cli"
	"mini-container/lib/network"
)

type waitCmd struct {
	Where   network.Target `arg:"" name:"name" help:"Name of the container, or path of a network namespace."`
	TCP     []uint16       `name:"tcp" sep:"none" placeholder:"PORT" help:"Until somebody inside listens at this port, too; can be said more than once."`
	Timeout cli.Time       `placeholder:"TIME" help:"For no longer than this: 5, 0.5, 2m. Then the exit status is 124, as that of timeout(1)."`
}

// Help is the example under the verb's usage.
func (waitCmd) Help() string {
	return `Waits until the network is there, its links are up at both ends, and its addresses may be used. A server is not called, only looked for. What was missing when the time was over is said.

Example:

    mc-net wait web --tcp 8080 --timeout 10 && curl http://192.168.1.2:8080/`
}

// Run waits.
func (c *waitCmd) Run(*cli.Env) error {
	if slices.Contains(c.TCP, 0) {
		return errors.New("--tcp 0: nobody listens at that port")
	}
	return network.Wait(c.Where, c.TCP, time.Duration(c.Timeout))
}
