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
		if f := chain.Table.Family; slices.Contains(forwarded, f) {
			all = append(all, fmt.Sprintf("the chain %s of the table %s %s", chain.Name, words[f], chain.Table.Name))
		}
	}
	slices.Sort(all)
	return all, nil
}

// forwarded are the families whose packets are forwarded by address.
var forwarded = []nftables.TableFamily{nftables.TableFamilyIPv4, nftables.TableFamilyIPv6, nftables.TableFamilyINet}
