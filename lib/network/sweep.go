package network

import (
	"fmt"
	"os"
	"syscall"

	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// sweep leaves an empty bridge to a process that will remove it in a moment,
// if it is empty still. To destroy a bridge takes 50 ms and more, most of
// which the kernel keeps everybody from changing any link; containers that
// come one after the other take the bridge over instead. The bridge's alias
// names the process, so that there is one only.
type sweep struct {
	step.Final
	at      *place
	bridge  string
	command []string
}

// Do starts the process, in a session of its own and with nothing of ours.
func (s sweep) Do() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return about(s.bridge+": sweep", err)
	}
	defer null.Close()
	process, err := os.StartProcess(s.command[0], s.command, &os.ProcAttr{
		Dir: "/", Env: []string{}, Files: []*os.File{null, null, null},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return deleteLink{at: s.at, link: s.bridge}.Do()
	}
	var sweeper owner.Owner
	if sweeper.UnmarshalText(fmt.Append(nil, process.Pid)) == nil {
		err = setAlias{at: s.at, link: s.bridge, alias: mark + " " + sweeper.String()}.Do()
	}
	_ = process.Release() // it never fails on Unix
	return err
}

// Say is ip-link(8), in the background.
func (s sweep) Say() string {
	return fmt.Sprintf(`(sleep 0.5; [ "$(%s)" ] || %s) >/dev/null 2>&1 &`,
		s.at.say("link", "show", "master", s.bridge), s.at.say("link", "delete", s.bridge))
}
