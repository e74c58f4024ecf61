package main

import (
	"os"
	"slices"
	"strings"

	"mini-container/lib/namespace"
	"mini-container/lib/plain"
	"mini-container/lib/privilege"
	"mini-container/lib/process"
)

// describe finds the options of mc-ns run for a process that anybody has made.
func describe(p *process.Process) (*plain.Again, error) {
	seen, err := process.Look(os.Getpid())
	if err != nil {
		return nil, err
	}
	has, err := privilege.Of(p.PID)
	if err != nil {
		return nil, err
	}
	options, unsaid := p.Args(seen)
	if id, own := p.Own("net"); own {
		options = append(options, strings.TrimSuffix("--net="+namespace.Named(id), "="))
	}
	if _, own := p.Own("uts"); own {
		host, domain, err := namespace.NamesOf(p.PID)
		if err != nil {
			return nil, err
		}
		options = append(options, "--hostname", host)
		if domain != "(none)" && domain != "" {
			options = append(options, "--domainname", domain)
		}
	}
	_, ownUser := p.Own("user")
	may, not := has.Args(ownUser)
	d := &plain.Again{Command: slices.Concat([]string{"mc-ns", "run"}, options, may, []string{"--"}, p.Command)}
	d.Unsaid = append(append([]string{}, slices.Concat(unsaid, not)...), "its environment, open files, keys, and resource limits but that of core dumps")
	return d, nil
}
