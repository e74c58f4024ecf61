package namespace

import (
	"mini-container/lib/chain"
	"mini-container/lib/step"
)

// Explain says the namespaces as the programs that make them, and goes on in an
// inner shell where something is left to be set from within. The shell of the
// script can be in a new PID namespace only as a child's: unshare(1) forks it.
func (s Spec) Explain(script *chain.Script, dieWithParent bool) error {
	why := []string{"# The namespaces of its own: what is set below is set for the container alone (man 7 namespaces)."}
	if s.Mount && !script.Own {
		script.Opened(chain.HostRoot)
		why = append(why, "# Descriptor 7 leads back to the host's programs from the mount namespace (man 7 mount_namespaces).", "exec 7</")
	}
	if s.PID {
		why = append(why, "# The child is process 1; when unshare ends, the kernel kills it and all beside it (man 7 pid_namespaces).",
			"# unshare hands no signal on: the tools have a supervisor for that, and for the terminal's keys. Of a command",
			"# that was killed some versions of it say 1; the tools say 137.")
	}
	if err := script.Say(why...); err != nil {
		return err
	}
	if err := script.Enter(s.programs(dieWithParent)...); err != nil {
		return err
	}
	script.Own = script.Own || s.Mount
	if s.Hostname != "" {
		script.Hostname = string(s.Hostname)
	}
	return script.Run(s.set())
}

// programs enter and make the namespaces.
func (s Spec) programs(dieWithParent bool) []string {
	var all []string
	if dieWithParent {
		all = append(all, step.Say("setpriv", "--pdeathsig", "KILL"))
	}
	if s.JoinNet != "" {
		all = append(all, join{kind: "net", path: s.JoinNet}.Say())
	}
	options := append([]string{"unshare"}, words(s.flags())...)
	if s.Mount {
		options = append(options, "--propagation", string(unchanged)) // it is set within
	}
	if s.User {
		options = append(options, "--map-root-user")
	}
	if s.Forks() || s.Time {
		options = append(options, "--fork", "--kill-child")
	}
	if len(options) > 1 {
		all = append(all, step.Say(options...))
	}
	return all
}
