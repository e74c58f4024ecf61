package nft

import (
	"unsafe"

	"github.com/google/nftables"
	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// leave lets the kernel close a socket by which something was deleted. To close
// it waits until no packet can meet what is gone, some 10 ms, which nobody
// should have to wait for: it becomes a file of an io_uring(7), whose files the
// kernel closes in the background when its process has ended. Where there is no
// io_uring the caller waits.
func leave(fd int) {
	var parameters [120]byte // struct io_uring_params
	ring, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&parameters)), 0)
	if errno != 0 {
		return
	}
	unix.CloseOnExec(int(ring)) // it is so from its making
	const registerFiles = 2     // IORING_REGISTER_FILES
	file := int32(fd)
	_, _, _ = unix.Syscall6(unix.SYS_IO_URING_REGISTER, ring, registerFiles, uintptr(unsafe.Pointer(&file)), 1, 0, 0)
}

// descriptor gives the number of the socket.
func descriptor(number *int) nftables.ConnOption {
	return nftables.WithSockOptions(func(c *netlink.Conn) error {
		raw, err := c.SyscallConn()
		if err != nil {
			return err
		}
		return raw.Control(func(fd uintptr) { *number = int(fd) })
	})
}
