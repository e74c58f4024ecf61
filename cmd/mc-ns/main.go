// Mc-ns runs a command in namespaces of its own, or in those of a running
// process.
//
// "run" is a link of a chain: it changes this process and becomes the command.
// Only a new PID or user namespace needs a child; then this process stays
// outside as its supervisor, as it does for "enter". It shares its terminal,
// session and process group with the child, which does its own job control.
//
// The supervisor hands on every signal that can be caught, but those which the
// terminal sends to both. It ends with the child's exit status, or with 128+N
// for signal N. It stops with a child that Ctrl-Z or reading from behind stops,
// and goes on with it. Killed itself, it takes the child along; a command in a
// PID namespace that was entered lives on until that namespace ends.
//
// The first process of a PID namespace is kept from every signal that it does
// not catch: the supervisor then ends or stops it as the signal would have.
//
//	mc-ns run --mount --uts --ipc --pid --net host-1 --hostname host-1 -- sh
//	mc-ns run --pid -- mc-ns init -- ./does-not-reap
//	mc-ns enter 4711 -- ps
package main

import (
	"os"

	"mini-container/lib/cli"
)

type commands struct {
	Explain cli.ExplainFlag `help:"Say the steps of run, and of the links that follow, as a shell script on stdout, and do none."`

	Run   runCmd   `cmd:"" help:"Run a command in new namespaces."`
	Init  initCmd  `cmd:"" help:"Run a command and reap its orphans."`
	Show  showCmd  `cmd:"" help:"Tell what the process PID really has: namespaces, privileges, mounts."`
	Enter enterCmd `cmd:"" help:"Run a command in the namespaces and the group of the process PID."`
}

func main() { os.Exit(cli.Main("mc-ns", &commands{}, os.Args[1:], cli.OS())) }
