// Mc-net gives a container its network: a bridge of the host, a pair of links
// from there into a network namespace of its own, an address and a default
// route. All is kept by the kernel under the container's name:
//
//	mc-net up host-1 --ip 192.168.1.2/24    make it, print /run/netns/host-1
//	mc-net exec host-1 -- ss -tln           run a command in it
//	mc-net wait host-1 --tcp 80             wait until it answers
//	mc-net show host-1                      look at it
//	mc-net ls                               look at all
//	mc-net map                              draw what hangs together
//	mc-net check host-1                     say where it breaks
//	mc-net capture host-1 > x.pcapng        its packets, for tcpdump and Wireshark
//	mc-net down host-1                      remove it
//	mc-net gc                               remove what killed processes left
//
// The namespace is used by whatever takes one: mc-ns run --net host-1,
// ip netns exec host-1, nsenter --net=/run/netns/host-1. With --netns or
// --pid it is one that somebody else made.
//
// The bridge is made with its first container and removed with its last. A
// bridge that somebody else made is used as it is, and never altered.
package main

import (
	"os"

	"mini-container/lib/cli"
)

type commands struct {
	Explain cli.ExplainFlag `help:"Only say the steps, as a shell script of ip(8)."`

	Up      upCmd      `cmd:"" help:"Make the network of the container NAME."`
	Down    downCmd    `cmd:"" help:"Remove the network of the container NAME."`
	Exec    execCmd    `cmd:"" help:"Run a command in the network of NAME."`
	Show    showCmd    `cmd:"" help:"Show the network of the container NAME."`
	Ls      lsCmd      `cmd:"" help:"List the networks of all containers."`
	Wait    waitCmd    `cmd:"" help:"Wait until the network of NAME can be used."`
	Check   checkCmd   `cmd:"" help:"Follow the way of a packet from NAME, and say where it breaks."`
	Capture captureCmd `cmd:"" help:"Write the packets of NAME as pcapng."`
	Map     mapCmd     `cmd:"" help:"Draw the bridges of this host, and what is plugged in."`
	Gc      gcCmd      `cmd:"" help:"Remove what killed processes have left."`
}

func main() { os.Exit(cli.Main("mc-net", &commands{}, os.Args[1:], cli.OS())) }
