// Package name says what a container's name is, and derives from it every
// handle by which the kernel keeps the container: no state folder is needed.
package name

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/netip"
	"strings"
)

// Max is the longest name, in characters: that of a host name label
// (hostname(7)).
const Max = 63

// maxLink is the longest interface name: IFNAMSIZ of <linux/if.h> less its NUL.
const maxLink = 15

// Folder is where named network namespaces are kept, as ip-netns(8) does.
const Folder = "/run/netns"

const (
	nameAltname    = "mc.name."
	addressAltname = "mc.ip."
)

// Name is the name of a container. It holds no character that a shell, a
// path or an interface name could take for something else.
type Name string

// UnmarshalText takes the name from a command line, or says what a name is.
func (n *Name) UnmarshalText(text []byte) error {
	s := string(text)
	if !valid(s) {
		return fmt.Errorf("%q: a name is 1 to %d of a-z, 0-9 and -, neither first nor last a -", s, Max)
	}
	*n = Name(s)
	return nil
}

// Path is the name of a group, below others where they are named before it:
// web/worker-1.
type Path string

// UnmarshalText takes names with a slash between them.
func (p *Path) UnmarshalText(text []byte) error {
	for part := range strings.SplitSeq(string(text), "/") {
		if valid(part) {
			continue
		}
		if err := new(Name).UnmarshalText([]byte(part)); part != "" || len(text) == 0 {
			return err
		}
		return fmt.Errorf("%q: names below each other have one slash between them, as web/worker-1", text)
	}
	*p = Path(text)
	return nil
}

// Above is the group that the last name stands in, and "" when there is one name
// only.
func (p Path) Above() Path {
	at := max(strings.LastIndexByte(string(p), '/'), 0)
	return p[:at]
}

func valid(s string) bool {
	if len(s) == 0 || len(s) > Max || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.IndexFunc(s, foreign) < 0
}

func foreign(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
}

// Like is a name that resembles a text which is none: what no name may have is a
// dash in it.
func Like(text string) Name {
	like := strings.Map(func(r rune) rune {
		if foreign(r) {
			return '-'
		}
		return r
	}, strings.ToLower(text))
	if like = strings.Trim(like[:min(len(like), Max)], "-"); like == "" {
		return "unnamed"
	}
	return Name(like)
}

// Netns is the file that keeps the container's network namespace alive.
func (n Name) Netns() string { return Folder + "/" + string(n) }

// Link is the name of the host's end of the veth pair: readable where 15
// characters allow, else a hash. A dot never stands in a name, so the two
// forms never meet.
func (n Name) Link() string {
	if link := "mc-" + string(n); len(link) <= maxLink {
		return link
	}
	return hashed(string(n))
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "mc." + strings.ToLower(base32.HexEncoding.EncodeToString(sum[:]))[:maxLink-3]
}

// Another is the name of the host's end of a further interface.
func (n Name) Another(ifname string) string { return hashed(string(n) + "." + ifname) }

// AnotherAltname is Altname for a further interface.
func (n Name) AnotherAltname(ifname string) string { return n.Altname() + "." + ifname }

// Altname is the alternative name of the host's end. It holds the whole name,
// finds the link, and is the lock on the name: the kernel lets one link of a
// network namespace have it (ip-link(8), property).
func (n Name) Altname() string { return nameAltname + string(n) }

// FromAltname is the inverse of Altname and AnotherAltname.
func FromAltname(altname string) (n Name, ifname string, ok bool) {
	s, ok := strings.CutPrefix(altname, nameAltname)
	s, ifname, further := strings.Cut(s, ".")
	return Name(s), ifname, ok && valid(s) && (ifname != "") == further
}

// AddressAltname is the alternative name that reserves an address. The name of a
// link has no colons, those of IPv6 are dashes in it.
func AddressAltname(a netip.Addr) string {
	return addressAltname + strings.ReplaceAll(a.String(), ":", "-")
}
