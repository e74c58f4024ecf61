// Mc-cgroup makes, fills, shows and removes one control group per name.
//
// The group NAME is the folder mini-container/NAME of the cgroup v2 tree, and
// web/worker-1 is one that is below the group web. On a host where a controller
// still sits on cgroup v1 the same verbs and flags drive it there, with the same
// meaning.
//
//	mc-cgroup create host-1 --memory-max 10M --swap-max 0
//	mc-cgroup exec host-1 -- make -j8
//	mc-cgroup run host-2 --pids-max 64 -- make -j8
//	mc-cgroup show host-1
//	mc-cgroup watch host-1
//	mc-cgroup freeze host-1; mc-cgroup thaw host-1
//	mc-cgroup wait host-1 --timeout 60 || mc-cgroup kill host-1
//	mc-cgroup delete host-1
//	mc-cgroup gc
package main

import (
	"os"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/name"
)

type commands struct {
	Explain cli.ExplainFlag `help:"Say the steps as a shell script on stdout, and do none."`
	Parent  cgroup.Parent   `env:"MC_CGROUP_PARENT" placeholder:"PATH" help:"Folder of the groups, below the root of the hierarchy, or, as ./PATH, below the caller's own group (mini-container; who is not root has it in the outermost group that is delegated to him)."`

	Create createCmd `cmd:"" help:"Make the group NAME and set its limits."`
	Run    runCmd    `cmd:"" help:"Make the group NAME and run a command in it."`
	Set    setCmd    `cmd:"" help:"Change limits of the group NAME."`
	Exec   execCmd   `cmd:"" help:"Run a command in the group NAME."`
	Show   showCmd   `cmd:"" help:"Show limits, use and processes of the group NAME."`
	Ls     lsCmd     `cmd:"" help:"List the groups."`
	Kill   killCmd   `cmd:"" help:"Send a signal to every process of the group NAME."`
	Freeze freezeCmd `cmd:"" help:"Stop every process of the group NAME."`
	Thaw   thawCmd   `cmd:"" help:"Let the processes of the group NAME go on."`
	Move   moveCmd   `cmd:"" help:"Move running processes into the group NAME."`
	Wait   waitCmd   `cmd:"" help:"Wait for something that happens in the group NAME."`
	Events eventsCmd `cmd:"" help:"Tell what happens in the group NAME, line by line."`
	Watch  watchCmd  `cmd:"" help:"Show what the group NAME does, live."`
	Top    topCmd    `cmd:"" help:"Show what all groups do, live."`
	Delete deleteCmd `cmd:"" help:"Remove the group NAME."`
	Gc     gcCmd     `cmd:"" help:"Remove what killed processes have left."`
}

// AfterApply finds the place of the groups before any verb begins.
func (all *commands) AfterApply() (err error) {
	all.Parent, err = all.Parent.Resolve()
	return err
}

func (all *commands) open(n name.Path) (*cgroup.Group, error) {
	return cgroup.Open(n, string(all.Parent))
}

// existing gives a group that is there.
func (all *commands) existing(n name.Path) (*cgroup.Group, error) {
	g, err := all.open(n)
	if err == nil && !g.Exists() {
		err = g.Missing()
	}
	return g, err
}

func main() { os.Exit(cli.Main("mc-cgroup", &commands{}, os.Args[1:], cli.OS())) }
