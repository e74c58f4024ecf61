package network

import (
	"encoding/binary"
	"errors"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// atOnce is how many names are asked for in one message: the answers have to fit
// the socket's buffer.
const atOnce = 64

// taken tells of each name whether a link has it. A link that has the name is
// not described but refused to be made (NLM_F_EXCL without NLM_F_CREATE, see
// rtnetlink(7)): the kernel answers with a few bytes, and nothing is changed.
func (c *conn) taken(names []string) ([]bool, error) {
	own, err := dial() // answers that are not read go away with it
	if err != nil {
		return nil, err
	}
	defer own.close()
	socket := own.sockets[unix.NETLINK_ROUTE].Socket
	var all []byte
	seqs := map[uint32]int{}
	for i, n := range names {
		request := nl.NewNetlinkRequest(unix.RTM_NEWLINK, unix.NLM_F_EXCL|unix.NLM_F_ACK)
		request.AddData(linkMessage(0))
		request.AddData(named(n))
		seqs[request.Seq] = i
		all = append(all, request.Serialize()...)
	}
	if err := unix.Sendto(socket.GetFd(), all, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, about("names of links", err)
	}
	taken := make([]bool, len(names))
	for left := len(names); left > 0; {
		answers, _, err := socket.Receive()
		if err != nil {
			return nil, about("names of links", err)
		}
		for _, answer := range answers {
			i, asked := seqs[answer.Header.Seq]
			if !asked || answer.Header.Type != unix.NLMSG_ERROR || len(answer.Data) < 4 {
				return nil, errors.New("names of links: an answer that nobody has asked for")
			}
			switch errno := unix.Errno(-int32(binary.NativeEndian.Uint32(answer.Data))); errno {
			case unix.EEXIST:
				taken[i] = true
			case unix.ENODEV:
			default:
				return nil, about("names of links", errno)
			}
			left--
		}
	}
	return taken, nil
}
