package network

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/step"
)

// makeVeth makes the pair in one message: the host's end on the bridge and up,
// the other end in the container's namespace from its first moment.
type makeVeth struct {
	host, inside *place
	link, inner  string // the ends
	bridge       string
	mtu          MTU
	mac          MAC
}

// Do makes it.
func (s makeVeth) Do() error {
	bridge, err := s.host.conn.find(s.bridge)
	if err != nil || bridge == nil {
		return about(s.bridge, errors.Join(err, unix.ENODEV))
	}
	data := attribute(nl.IFLA_INFO_DATA, nil)
	peer := data.AddRtAttr(nl.VETH_INFO_PEER, nil)
	nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC)
	peer.AddRtAttr(unix.IFLA_IFNAME, text(s.inner))
	peer.AddRtAttr(unix.IFLA_NET_NS_FD, number(s.inside.fd))
	if s.mac != nil {
		peer.AddRtAttr(unix.IFLA_ADDRESS, s.mac)
	}
	m := linkMessage(0)
	m.Flags, m.Change = unix.IFF_UP, unix.IFF_UP
	parts := []nl.NetlinkRequestData{m,
		attribute(unix.IFLA_IFNAME, text(s.link)),
		attribute(unix.IFLA_GROUP, number(group)),
		attribute(unix.IFLA_MASTER, number(bridge.Index))}
	if s.mtu != 0 {
		peer.AddRtAttr(unix.IFLA_MTU, number(int(s.mtu)))
		parts = append(parts, attribute(unix.IFLA_MTU, number(int(s.mtu))))
	}
	err = s.host.conn.do(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, append(parts, kind("veth", data))...)
	return about(s.link+": make veth pair", whyVeth(s.bridge, unmade(err, s.Undo)))
}

// Undo destroys both ends.
func (s makeVeth) Undo() error { return s.host.delete(s.link) }

// Say is ip-link(8).
func (s makeVeth) Say() string {
	words := []string{"link", "add", s.link, "group", strconv.Itoa(group)}
	if s.mtu != 0 {
		words = append(words, "mtu", strconv.Itoa(int(s.mtu)))
	}
	words = append(words, "master", s.bridge, "up", "type", "veth", "peer", "name", s.inner)
	if s.mac != nil {
		words = append(words, "address", net.HardwareAddr(s.mac).String())
	}
	if s.mtu != 0 {
		words = append(words, "mtu", strconv.Itoa(int(s.mtu)))
	}
	return s.host.say(append(words, "netns", s.inside.word())...)
}

func (makeVeth) Why() string {
	return "The cable: one end on the bridge, the other in the container's namespace from its first moment (man 4 veth)."
}

func (s makeVeth) SayUndo() string { return s.host.say("link", "delete", s.link) }

// addAltnames gives a link alternative names. The kernel lets one link of a
// namespace have a name, so that they are locks too.
type addAltnames struct {
	at       *place
	link     string
	altnames []string
	taken    func() error // says who has one of them
}

func (s addAltnames) do(kind int) error {
	list := attribute(unix.IFLA_PROP_LIST|unix.NLA_F_NESTED, nil)
	for _, altname := range s.altnames {
		list.AddRtAttr(unix.IFLA_ALT_IFNAME, text(altname))
	}
	return s.at.conn.do(kind, 0, linkMessage(0), named(s.link), list)
}

// Do adds them.
func (s addAltnames) Do() error {
	err := s.do(unix.RTM_NEWLINKPROP)
	if errors.Is(err, unix.EEXIST) {
		return errors.Join(s.taken(), s.Undo())
	}
	return about(s.link+": altname", err)
}

// Undo takes them off. One that is not there is no error, as the kernel may
// have added the first of two only.
func (s addAltnames) Undo() error {
	for _, altname := range s.altnames {
		err := addAltnames{at: s.at, link: s.link, altnames: []string{altname}}.do(unix.RTM_DELLINKPROP)
		if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EINVAL) {
			return about(s.link+": altname", err)
		}
	}
	return nil
}

// Say is ip-link(8).
func (s addAltnames) Say() string { return s.at.say(s.words("add")...) }

func (addAltnames) Why() string {
	return "Its other names find the link, and keep name and address from being taken twice (man 8 ip-link)."
}

func (s addAltnames) words(verb string) []string {
	words := []string{"link", "property", verb, "dev", s.link}
	for _, altname := range s.altnames {
		words = append(words, "altname", altname)
	}
	return words
}

// dropAltnames frees the name and the address of a link that goes.
type dropAltnames struct {
	step.Final
	addAltnames
}

// Do takes them off.
func (s dropAltnames) Do() error { return s.addAltnames.Undo() }

// Undo does nothing: a removal is final.
func (s dropAltnames) Undo() error { return nil }

// Why needs no word.
func (s dropAltnames) Why() string { return "" }

// Say is ip-link(8).
func (s dropAltnames) Say() string { return s.at.say(s.words("del")...) }

// unplug takes a link off its bridge and puts it down.
type unplug struct {
	step.Final
	at   *place
	link string
}

// Do does both in one message. A link that is gone meanwhile is no error.
func (s unplug) Do() error {
	m := linkMessage(0)
	m.Change = unix.IFF_UP
	err := s.at.conn.do(unix.RTM_SETLINK, 0, m, named(s.link), attribute(unix.IFLA_MASTER, number(0)))
	return about(s.link+": off the bridge", unlessGone(err))
}

// Say is ip-link(8).
func (s unplug) Say() string { return s.at.say("link", "set", s.link, "nomaster", "down") }

// retire renames a link out of the way, and takes its mark off: the kernel
// will destroy it, and meanwhile it is nobody's.
type retire struct {
	step.Final
	at       *place
	link, to string
}

// Do does both in one message. A link that is gone meanwhile is no error.
func (s retire) Do() error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return err
	}
	err = s.at.conn.do(unix.RTM_SETLINK, 0, linkMessage(l.Index),
		attribute(unix.IFLA_IFNAME, text(s.to)), attribute(unix.IFLA_IFALIAS, nil))
	return about(s.link+": rename", unlessGone(err))
}

// Say is ip-link(8).
func (s retire) Say() string { return s.at.say("link", "set", s.link, "name", s.to, "alias", "") }

// retired is a name that no container's link has, and no other retired one.
func retired(l *link) string { return retiredPrefix + strconv.Itoa(l.Index) }

const retiredPrefix = "mc~"

func (l *link) isRetired() bool { return strings.HasPrefix(l.Name, retiredPrefix) }

// handleNames are the altnames of a container's link: its name and its
// addresses.
func handleNames(altname string, all []Address) []string {
	names := []string{altname}
	for _, a := range all {
		names = append(names, name.AddressAltname(a.Addr()))
	}
	return names
}

func unlessGone(err error) error {
	if errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}
