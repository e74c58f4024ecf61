package network

import (
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// firstPorts lists those ports of a bridge that fit the first datagram of the
// kernel's answer: some twenty, those with the lowest numbers. A bridge of a
// thousand ports costs what one of ten costs. The rest of the answer goes
// away with a socket of its own.
func firstPorts(bridge int) ([]*link, error) {
	c, err := dial()
	if err != nil {
		return nil, err
	}
	defer c.close()
	socket := c.sockets[unix.NETLINK_ROUTE].Socket
	request := nl.NewNetlinkRequest(unix.RTM_GETLINK, unix.NLM_F_DUMP)
	request.AddData(linkMessage(0))
	request.AddData(attribute(unix.IFLA_MASTER, number(bridge)))
	request.AddData(attribute(unix.IFLA_EXT_MASK, number(rtextSkipStats)))
	if err := socket.Send(request); err != nil {
		return nil, err
	}
	messages, _, err := socket.Receive()
	if err != nil {
		return nil, err
	}
	var answers [][]byte
	for _, m := range messages {
		switch {
		case m.Header.Flags&unix.NLM_F_DUMP_INTR != 0:
			return firstPorts(bridge)
		case m.Header.Type == unix.RTM_NEWLINK:
			answers = append(answers, m.Data)
		}
	}
	return parseLinks(answers)
}
