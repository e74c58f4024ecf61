// Mc-rootfs makes a folder the root of a command.
//
// The command finds the folder as /, with a /proc, /sys and /dev of its own,
// the host's knobs masked, and the names in /etc. It is a link of a chain: the
// mount namespace, which must be a new one, comes from the link before. Such a
// folder is also made by it, from a tar stream.
//
//	docker export web | mc-rootfs unpack - ./rootfs
//	mc-ns run --mount --pid -- mc-rootfs pivot ./rootfs -- /bin/sh
//	unshare -m -p -f mc-rootfs pivot ./rootfs --bind ./src:/src:ro -w /src -- make
//	mc-ns run --mount --pid -- mc-rootfs pivot ./rootfs --read-only --tmpfs /var:size=10m -- ls /
package main

import (
	"os"

	"mini-container/lib/cli"
)

type commands struct {
	Explain cli.ExplainFlag `help:"Say the steps of pivot or unpack as a shell script on stdout, and do none."`

	Check  checkCmd  `cmd:"" help:"Tell whether the folder ROOT would do for a command, and what pivot would do."`
	Pivot  pivotCmd  `cmd:"" help:"Make the folder ROOT the root, and run a command in it."`
	Show   showCmd   `cmd:"" help:"Show what a process has for a root, and what is mounted there."`
	Unpack unpackCmd `cmd:"" help:"Make the folder DIR from a tar stream."`
}

func main() { os.Exit(cli.Main("mc-rootfs", &commands{}, os.Args[1:], cli.OS())) }
