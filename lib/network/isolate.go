package network

import (
	"errors"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// isolate keeps a port of a bridge from all others that are isolated too. What
// is not, as the host, reaches it. The port goes with its link, which this very
// list has made.
type isolate struct {
	step.Final
	at   *place
	link string
}

// Do sets the flag.
func (s isolate) Do() error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return about(s.link+": isolate", errors.Join(err, unix.ENODEV))
	}
	m := nl.NewIfInfomsg(unix.AF_BRIDGE)
	m.Index = int32(l.Index)
	port := attribute(unix.IFLA_PROTINFO|unix.NLA_F_NESTED, nil)
	port.AddRtAttr(nl.IFLA_BRPORT_ISOLATED, []byte{1})
	return about(s.link+": isolate", s.at.conn.do(unix.RTM_SETLINK, 0, m, port))
}

// Say is bridge(8).
func (s isolate) Say() string {
	return step.Say("bridge", "link", "set", "dev", s.link, "isolated", "on")
}
