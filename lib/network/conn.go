package network

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// dumpTries is how often a dump is asked for again that a change interrupted.
const dumpTries = 20

// conn is an rtnetlink(7) socket at one network namespace. All messages go
// through do and ask, and all dumps through dump.
type conn struct {
	sockets map[int]*nl.SocketHandle
}

// dialIn opens a socket at the namespace of the descriptor.
func dialIn(fd int) (c *conn, err error) {
	err = visit(fd, func() error {
		c, err = dial()
		return err
	})
	return c, err
}

// visit calls f in the namespace of the descriptor. The thread that goes there
// ends there: from one whose way back has failed the runtime would go on to
// change the wrong namespace.
func visit(fd int, f func() error) error {
	return onDyingThread(func() error {
		if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter: %w", err)
		}
		return f()
	})
}

// dial opens a socket at this thread's namespace.
func dial() (*conn, error) {
	s, err := nl.GetNetlinkSocketAt(netns.None(), netns.None(), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("rtnetlink socket: %w", err)
	}
	// Strict checking makes the kernel filter a dump by what is asked for,
	// so that one link's addresses do not cost a walk over all of them.
	if err := unix.SetsockoptInt(s.GetFd(), unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1); err != nil {
		s.Close()
		return nil, fmt.Errorf("rtnetlink socket: strict checking: %w", err)
	}
	return &conn{map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: s}}}, nil
}

func (c *conn) close() {
	if c != nil {
		c.sockets[unix.NETLINK_ROUTE].Close()
	}
}

// do sends one change and waits for its acknowledgement.
func (c *conn) do(kind, flags int, parts ...nl.NetlinkRequestData) error {
	_, err := c.send(kind, flags|unix.NLM_F_ACK, parts)
	return err
}

// unmade takes back what may have been made by a request whose answer could not
// be read: the kernel has done it by then. What was there before, it did not
// touch.
func unmade(err error, undo func() error) error {
	if err != nil && !errors.Is(err, unix.EEXIST) {
		_ = undo() // there may be nothing
	}
	return err
}

// ask sends one question and waits for its answers.
func (c *conn) ask(kind int, parts ...nl.NetlinkRequestData) ([][]byte, error) {
	return c.send(kind, 0, parts)
}

func (c *conn) send(kind, flags int, parts []nl.NetlinkRequestData) ([][]byte, error) {
	request := nl.NewNetlinkRequest(kind, flags)
	request.Sockets = c.sockets
	request.Data = parts
	return request.Execute(unix.NETLINK_ROUTE, 0)
}

// dump asks for a list. The kernel marks a list during which something
// changed, as entries may be missing: that one is asked for again.
func (c *conn) dump(kind int, parts ...nl.NetlinkRequestData) ([][]byte, error) {
	for try := 1; ; try++ {
		list, err := c.send(kind, unix.NLM_F_DUMP, parts)
		if err == nil || !errors.Is(err, nl.ErrDumpInterrupted) || try == dumpTries {
			return list, err
		}
	}
}

// attribute is one attribute of a message, rtnetlink(7).
func attribute(kind int, value []byte) *nl.RtAttr { return nl.NewRtAttr(kind, value) }

func number(n int) []byte { return nl.Uint32Attr(uint32(n)) }

func text(s string) []byte { return nl.ZeroTerminated(s) }
