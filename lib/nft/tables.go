package nft

import (
	"slices"

	"github.com/google/nftables"
)

// words are the families as nft(8) has them, by their numbers.
var words = map[nftables.TableFamily]string{
	nftables.TableFamilyIPv4: "ip", nftables.TableFamilyIPv6: "ip6", nftables.TableFamilyINet: "inet",
	nftables.TableFamilyARP: "arp", nftables.TableFamilyBridge: "bridge", nftables.TableFamilyNetdev: "netdev",
}

// Tables lists the tables of all families, as "inet filter". Those that
// iptables-nft(8) has made are among them.
func (c *Conn) Tables() ([]string, error) {
	socket, err := c.open()
	if err != nil {
		return nil, err
	}
	tables, err := socket.ListTables()
	if err != nil {
		return nil, c.failed(err)
	}
	var all []string
	for _, t := range tables {
		all = append(all, words[t.Family]+" "+t.Name)
	}
	slices.Sort(all)
	return all, nil
}
