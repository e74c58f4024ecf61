package network

import (
	"encoding/binary"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stranger asks on the bridge who has the address, if somebody is there that
// we did not put there, and gives the hardware address of who answers. Our own
// are known by their altnames, so that a normal start does not wait.
func (p *Plan) stranger(a netip.Addr, b *bridge) (net.HardwareAddr, error) {
	if b.link == nil || !b.up() {
		return nil, nil
	}
	if b.strangers == nil {
		there, err := p.host.conn.strangers(b)
		if err != nil {
			return nil, err
		}
		b.strangers = &there
	}
	if !*b.strangers {
		return nil, nil
	}
	return probe(b.link, a)
}

// strangers tells whether a port that is up is not ours. Of a port with a name
// of ours nothing more is asked: there may be a thousand.
func (c *conn) strangers(b *bridge) (bool, error) {
	k, err := newAsker()
	if err != nil {
		return false, err
	}
	defer k.close()
	ports, err := k.ports(b.Name)
	if err != nil {
		return false, err
	}
	for _, index := range ports {
		if index == 0 || b.ours && isOurs(k.name(index)) {
			continue
		}
		l, err := c.index(int(index))
		if err != nil {
			return false, err
		}
		if l == nil {
			continue
		}
		if _, ours := l.owner(); !ours && l.up() {
			return true, nil
		}
	}
	return false, nil
}

// isOurs tells whether a link is named as we name a container's.
func isOurs(link string) bool {
	return strings.HasPrefix(link, "mc-") || strings.HasPrefix(link, "mc.") || strings.HasPrefix(link, retiredPrefix)
}

// brctlGetPortList is BRCTL_GET_PORT_LIST of <linux/if_bridge.h>.
const brctlGetPortList = 7

// interfaceRequest is struct ifreq of netdevice(7).
type interfaceRequest struct {
	name  [unix.IFNAMSIZ]byte
	value uint64 // the index of a link, or a pointer
	_     [16]byte
}

// asker asks by ioctl(2) what rtnetlink(7) tells only along with everything
// else.
type asker struct{ socket int }

func newAsker() (*asker, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	return &asker{fd}, about("socket", err)
}

func (k *asker) close() { _ = unix.Close(k.socket) }

func (k *asker) ask(kind uintptr, r *interfaceRequest) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(k.socket), kind, uintptr(unsafe.Pointer(r)))
	if errno != 0 {
		return errno
	}
	return nil
}

// ports are the indexes of the links that are ports of a bridge, 0 where there
// is none.
func (k *asker) ports(bridge string) ([]uint32, error) {
	ports := make([]uint32, maxPorts+1)
	arguments := &[4]uintptr{brctlGetPortList, uintptr(unsafe.Pointer(unsafe.SliceData(ports))), uintptr(len(ports))}
	r := &interfaceRequest{value: uint64(uintptr(unsafe.Pointer(arguments)))}
	copy(r.name[:unix.IFNAMSIZ-1], bridge)
	err := k.ask(unix.SIOCDEVPRIVATE, r)
	runtime.KeepAlive(ports)
	runtime.KeepAlive(arguments)
	return ports, about(bridge+": ports", err)
}

// name is that of a link, empty when it is gone.
func (k *asker) name(index uint32) string {
	r := &interfaceRequest{}
	binary.NativeEndian.PutUint32((*[8]byte)(unsafe.Pointer(&r.value))[:], index)
	if k.ask(unix.SIOCGIFNAME, r) != nil {
		return ""
	}
	return unix.ByteSliceToString(r.name[:])
}
