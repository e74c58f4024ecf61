package main

import (
	"errors"
	"fmt"
	"time"

	"mini-container/lib/chain"
	"mini-container/lib/cli"
	"mini-container/lib/namespace"
	"mini-container/lib/privilege"
)

// explain says the link as a shell script, and goes on with the next one.
func (c *runCmd) explain(env *cli.Env, spec namespace.Spec, promises []chain.Promise) error {
	script, err := env.Script()
	if err != nil {
		return err
	}
	for _, fd := range c.KeepFD {
		if fd <= chain.RootLock {
			return fmt.Errorf("--keep-fd %d: in a script the descriptors up to %d are the shell's own", fd, chain.RootLock)
		}
	}
	script.Promises = append(script.Promises, promises...)
	if err := script.Say(c.unsaid()...); err != nil {
		return err
	}
	if spec != (namespace.Spec{}) {
		if err := spec.Explain(script, c.DieWithParent); err != nil {
			return err
		}
	}
	return script.Next(c.Next, privilege.Here)
}

// unsaid are remarks on what is not in the script.
func (c *runCmd) unsaid() []string {
	var all []string
	if c.StopTimeout != nil {
		all = append(all, fmt.Sprintf("# --stop-timeout %s: the supervisor kills what does not end; the script waits.", time.Duration(*c.StopTimeout)))
	}
	if c.Init {
		all = append(all, "# --init: util-linux has no process 1 that reaps orphans: the command is process 1 itself.")
	}
	return all
}

// explained refuses a verb that has no script.
func explained(env *cli.Env, verb string) error {
	if !env.Explains() {
		return nil
	}
	return errors.New(verb + ": cannot be said as a script (--explain): run can")
}
