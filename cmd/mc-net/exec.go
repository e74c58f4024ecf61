package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/network"
	"mini-container/lib/privilege"
)

type execCmd struct {
	Where network.Target `arg:"" name:"name" help:"Name of the container, or path of a network namespace."`
	Next  []string       `arg:"" optional:"" passthrough:"partial" help:"The next link of the chain, or the command ($$SHELL)."`
}

// Help is the example under the verb's usage.
func (execCmd) Help() string {
	return `The command is in the network namespace, and in nothing else of a container: mc-ns enter gives it all of them. A path may be /proc/PID/ns/net, of whatever made that process. Unlike ip netns exec it mounts nothing: /sys still shows the devices of the caller's network, and /etc/netns is not looked at.

Example:

    mc-net exec host-1 -- ss -tlnp`
}

// Run moves this process there, and becomes the next program.
func (c *execCmd) Run(env *cli.Env) error {
	program, err := env.Link().Prepare(c.Next)
	if err != nil {
		return err
	}
	plan, err := network.Enter(c.Where)
	if err != nil {
		return err
	}
	if env.Explains() { // nsenter(1) becomes the command by itself
		script, err := env.Script()
		if err != nil {
			return err
		}
		return script.Next(c.Next, privilege.Here, plan[0].Say())
	}
	if err := env.Run(plan); err != nil {
		return err
	}
	return program.Exec()
}
