package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"mini-container/lib/cli"
	"mini-container/lib/network"
)

type captureCmd struct {
	Where   network.Target `arg:"" name:"name" help:"Name of the container, or path of a network namespace."`
	Ifname  string         `placeholder:"IFNAME" help:"This interface inside only (all of a container's, or a namespace's first)."`
	Count   cli.Times      `short:"n" placeholder:"N" help:"End after so many packets."`
	Snaplen int            `default:"262144" placeholder:"BYTES" help:"Keep so much of each packet (${default})."`
	For     cli.Time       `placeholder:"TIME" help:"End after this time: 10, 0.5, 2m."`
}

// Help is the example under the verb's usage.
func (captureCmd) Help() string {
	return `Writes the packets as pcapng, each at once, for tcpdump and Wireshark. In and out are as the container sees them. At the end, which may be Ctrl-C, it says how many were lost. When the reader has gone the exit status is 0, too. Tcpdump is not needed in the container.

Example:

    mc-net capture web --for 10 > web.pcapng
    mc-net capture web | tcpdump -n -r - tcp port 80`
}

// Run writes until something ends it.
func (c *captureCmd) Run(env *cli.Env) error {
	switch {
	case c.Snaplen < 1 || c.Snaplen > network.MaxSnaplen:
		return fmt.Errorf("--snaplen: is from 1 to %d bytes", network.MaxSnaplen)
	case env.Explains():
		return nil
	}
	out, is := env.Stdout.(*os.File)
	if !is {
		return errors.New("stdout: is no file")
	}
	ctx, stop := cli.UntilStopped()
	defer stop()
	capture := network.Capture{Ifname: c.Ifname, Snaplen: c.Snaplen, Count: uint(c.Count), For: time.Duration(c.For)}
	return capture.Run(ctx, c.Where, out)
}
