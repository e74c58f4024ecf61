package nft

import (
	"fmt"
	"slices"

	"github.com/google/nftables"
)

// Dropping lists the chains at a hook that drop what none of their rules takes,
// in words. Those that iptables-nft(8) has made are among them.
func (c *Conn) Dropping(hook string) ([]string, error) {
	socket, err := c.open()
	if err != nil {
		return nil, err
	}
	chains, err := socket.ListChains()
	if err != nil {
		return nil, c.failed(err)
	}
	var all []string
	for _, chain := range chains {
		if chain.Hooknum == nil || *chain.Hooknum != *hooks[hook] || chain.Policy == nil || *chain.Policy != nftables.ChainPolicyDrop {
			continue
		}
		if word, is := families[chain.Table.Family]; is {
			all = append(all, fmt.Sprintf("the chain %s of the table %s %s", chain.Name, word, chain.Table.Name))
		}
	}
	slices.Sort(all)
	return all, nil
}

// families are those whose packets are forwarded by address, by their numbers.
var families = map[nftables.TableFamily]string{
	nftables.TableFamilyIPv4: "ip", nftables.TableFamilyIPv6: "ip6", nftables.TableFamilyINet: "inet",
}
