package network

import (
	"errors"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// portFlag turns a flag of a bridge's port on, which goes with its link: this
// very list has made it.
type portFlag struct {
	step.Final
	at   *place
	link string
	flag int    // IFLA_BRPORT_*
	word string // of bridge(8)
}

// isolate keeps a port from all others that are isolated too. What is not, as
// the host, reaches it.
func isolate(at *place, link string) portFlag {
	return portFlag{at: at, link: link, flag: nl.IFLA_BRPORT_ISOLATED, word: "isolated"}
}

// hairpin lets a container reach itself by a port of the host: where
// br_netfilter translates addresses on the bridge, the frame goes back by the
// port by which it came.
func hairpin(at *place, link string) portFlag {
	return portFlag{at: at, link: link, flag: nl.IFLA_BRPORT_MODE, word: "hairpin"}
}

// Do turns it on.
func (s portFlag) Do() error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return about(s.link+": "+s.word, errors.Join(err, unix.ENODEV))
	}
	m := nl.NewIfInfomsg(unix.AF_BRIDGE)
	m.Index = int32(l.Index)
	port := attribute(unix.IFLA_PROTINFO|unix.NLA_F_NESTED, nil)
	port.AddRtAttr(s.flag, []byte{1})
	return about(s.link+": "+s.word, s.at.conn.do(unix.RTM_SETLINK, 0, m, port))
}

// Say is bridge(8).
func (s portFlag) Say() string { return step.Say("bridge", "link", "set", "dev", s.link, s.word, "on") }
