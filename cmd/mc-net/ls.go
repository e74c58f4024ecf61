package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"mini-container/lib/cli"
	"mini-container/lib/network"
)

type lsCmd struct {
	Quiet bool `short:"q" help:"Names only."`
}

func (c *lsCmd) Help() string {
	return `The columns are NAME, ADDRESS, BRIDGE, LINK, NETNS and STATE; what is not there is a -. A name in /run/netns whose namespace is gone is rotten: up uses it again, and down removes it.

Example:

    mc-net ls
    mc-net ls --quiet | xargs -n 1 mc-net down`
}

// Run lists them.
func (c *lsCmd) Run(env *cli.Env) error {
	all, err := network.List()
	if err != nil {
		return err
	}
	if c.Quiet {
		return env.Print(names(all), all)
	}
	return env.Print(table(all), all)
}

func names(all []*network.Container) string {
	var out strings.Builder
	for i, c := range all {
		if i == 0 || all[i-1].Name != c.Name { // each interface stands by itself
			fmt.Fprintln(&out, c.Name)
		}
	}
	return out.String()
}

func table(all []*network.Container) string {
	if len(all) == 0 {
		return ""
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tADDRESS\tBRIDGE\tLINK\tNETNS\tSTATE")
	for _, c := range all {
		fmt.Fprintln(w, strings.Join([]string{
			string(c.Name), dash(addresses(c.Addresses)), dash(c.Bridge), dash(c.Link), dash(c.Netns), string(c.State),
		}, "\t"))
	}
	_ = w.Flush()
	return out.String()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
