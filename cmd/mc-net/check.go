package main

import (
	"mini-container/lib/cli"
	"mini-container/lib/network"
)

type checkCmd struct {
	Where network.Target `arg:"" name:"name" help:"Name of the container, or path of a network namespace."`
}

// Help is the example under the verb's usage.
func (checkCmd) Help() string {
	return `Follows the way of a packet: link, bridge, MTU, address, gateway, the way back, the way out, name servers, published ports. Each line begins with ok, note or bad. Where it says what to do, it has looked. The exit status is 1 when something is bad. Neighbours and name servers are asked, and nothing is changed.

Example:

    mc-net check web | grep -v ^ok
    mc-net check /proc/4711/ns/net`
}

// Run prints what was found.
func (c *checkCmd) Run(env *cli.Env) error {
	report, err := network.Check(c.Where)
	if err != nil {
		return err
	}
	if err := env.Print(report.Text(), report); err != nil {
		return err
	}
	if !report.Well {
		return cli.Exit(1)
	}
	return nil
}
