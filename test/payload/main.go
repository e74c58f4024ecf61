// Else Go's runtime would hold two files of the control group open.
//go:debug containermaxprocs=0

// Payload is what the tests run inside groups, namespaces and roots: a static
// program with verbs, each of which does or tells one thing in plain lines. It
// needs nothing of its root but, where it says so, /proc.
//
//	payload fds               list the open descriptors' numbers
//	payload env               print the environment, as it came
//	payload mounts            print point, type and options of each mount (/proc)
//	payload ns                print kind and inode of each namespace (/proc)
//	payload caps              print ids, capabilities, seccomp of the process (/proc)
//	payload cgroup            print the control groups (/proc)
//	payload zombies           print the pids of the zombies that are seen (/proc)
//	payload tty               say what each of the streams is, and whose terminal
//	payload winsize           print the terminal's size now and at each change
//	payload sig               print each signal that comes; TERM is the last
//	payload ignore            ignore HUP, INT, QUIT and TERM
//	payload forkn N           have N children at a time; say how many could be made
//	payload orphan SECONDS    leave a process behind that ends later (/proc)
//	payload bomb              fork as fast as it can, and so do the children, below a limit
//	payload alloc SIZE        take so much memory, as 64M, and end
//	payload sleep SECONDS     wait
//	payload hold              wait for a line, or for the end of the input
//	payload write PATH TEXT   write the text to the file
//	payload listen ADDRESS    print what one client sends
//	payload dial ADDRESS TEXT send the text
//	payload serve NET ADDRESS tell each client where it comes from, by tcp or udp
//	payload ask NET ADDRESS   print what such a server says
//	payload names ADDRESS     answer whoever asks for a name
//	payload breakout          leave by the old way out of a chroot; list the root it sees
//	payload exit N            end with the status
//	payload selfkill SIGNAL   end by the signal, as KILL or 9
//
// Verbs that wait say "ready" when a test may go on.
package main

import (
	"fmt"
	"os"
)

// verb is what one word does with the words after it.
type verb struct {
	args int // how many words it takes
	do   func(args []string) error
}

var verbs = map[string]verb{
	"fds": {0, fds}, "env": {0, env}, "mounts": {0, mounts}, "ns": {0, namespaces},
	"caps": {0, caps}, "cgroup": {0, cgroup}, "zombies": {0, zombies},
	"tty": {0, tty}, "winsize": {0, winsize}, "sig": {0, sig}, "ignore": {0, ignore},
	"bomb": {0, bomb}, "forkn": {1, forkn}, "orphan": {1, orphan}, "alloc": {1, alloc}, "sleep": {1, sleep},
	"hold": {0, hold}, "write": {2, write}, "listen": {1, listen}, "dial": {2, dial}, "names": {1, names},
	"serve": {2, serve}, "ask": {2, ask},
	"breakout": {0, breakout}, "exit": {1, exit}, "selfkill": {1, selfkill},
}

// statusUsage is that of a test which is written wrong: no test expects it.
const statusUsage = 99

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) == 0 || verbs[args[0]].do == nil {
		fmt.Fprintf(os.Stderr, "payload: %q: no such verb\n", args)
		return statusUsage
	}
	v := verbs[args[0]]
	if len(args)-1 != v.args {
		fmt.Fprintf(os.Stderr, "payload: %s: takes %d words, not %d\n", args[0], v.args, len(args)-1)
		return statusUsage
	}
	if err := v.do(args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "payload: %s: %v\n", args[0], err)
		return 1
	}
	return 0
}
