package network

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/name"
	"mini-container/lib/owner"
	"mini-container/lib/step"
)

// netnsMode is the mode of the file of a namespace that we have made.
const netnsMode = 0o444

// ownNetns is this thread's namespace. It is not /proc/self, which is the
// first thread's.
const ownNetns = "/proc/thread-self/ns/net"

// claimNetns makes the file /run/netns/NAME, which is the lock on the name.
type claimNetns struct{ name name.Name }

// Do makes it, if there is none.
func (s claimNetns) Do() error {
	path := s.name.Netns()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, netnsMode)
	switch {
	case errors.Is(err, unix.EEXIST):
		return about(string(s.name), already(s.name))
	case err != nil:
		return fmt.Errorf("%s: make file: %w", path, err)
	}
	return unix.Close(fd)
}

// Undo removes it.
func (s claimNetns) Undo() error { return removeNetns{name: s.name, rotten: true}.Do() }

// Say is sh(1) that overwrites no file.
func (s claimNetns) Say() string {
	return step.Say("sh", "-C", "-c", ": >"+step.Quote(s.name.Netns()))
}

func (claimNetns) Why() string {
	return "The file is the lock on the name: one that is there is not overwritten (man 1 sh)."
}

// SayUndo is umount(8) and rm(1). A namespace may be mounted there by half.
func (s claimNetns) SayUndo() string {
	return step.Say("umount", "--lazy", s.name.Netns()) + "; " + step.Say("rm", s.name.Netns())
}

// makeNetns makes a namespace, kept alive by a mount on /run/netns/NAME.
type makeNetns struct {
	name  name.Name
	owner owner.Owner
	at    *place // becomes the new namespace
}

// Do makes the namespace: a thread leaves for it, marks it, and dies, as the Go
// runtime must never use it for anything else. The mark is there before the name
// is, so that no name leads to a namespace of which nobody knows who made it.
func (s makeNetns) Do() error {
	return onDyingThread(func() error { return s.unshare(s.name.Netns()) })
}

// onDyingThread calls f on a thread that ends with it. The first thread of a
// process cannot end, and would stay where f went: it is kept busy meanwhile.
func onDyingThread(f func() error) error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			failed <- onDyingThread(f)
			runtime.UnlockOSThread()
			return
		}
		failed <- f()
	}()
	return <-failed
}

func (s makeNetns) unshare(path string) (err error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("%s: new network namespace: %w", s.name, whyUnshare(err))
	}
	if s.at.fd, err = unix.Open(ownNetns, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return fmt.Errorf("%s: %w", ownNetns, err)
	}
	if s.at.conn, err = dial(); err != nil {
		return err
	}
	up := linkMessage(loopback)
	up.Flags, up.Change = unix.IFF_UP, unix.IFF_UP
	if err := s.at.conn.do(unix.RTM_SETLINK, 0, up, attribute(unix.IFLA_IFALIAS, []byte(s.alias()))); err != nil {
		return fmt.Errorf("%s: lo: %w", s.name, err)
	}
	if err := set(); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if err := unix.Mount(ownNetns, path, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("%s: mount network namespace: %w", path, err)
	}
	return nil
}

// settings are those of a namespace of ours. Anybody in it may ping (icmp(7)),
// and serve at a port below 1024 (ip(7)), without any capability. Nobody takes
// an address and a route from a neighbour who says to be a router.
var settings = []step.WriteFile{
	{Path: "/proc/sys/net/ipv4/ping_group_range", Text: "0 2147483647"},
	{Path: "/proc/sys/net/ipv4/ip_unprivileged_port_start", Text: "0"},
	{Path: "/proc/sys/net/ipv6/conf/default/accept_ra", Text: "0"},
}

// set writes them for the namespace of the thread. Where /proc/sys is
// read-only or not ours, as in a container, the network does without.
func set() error {
	for _, file := range settings {
		if err := unlessNotOurs(file.Do()); err != nil {
			return err
		}
	}
	return nil
}

func (s makeNetns) alias() string {
	return strings.TrimSpace(mark + " " + string(s.name) + " " + s.owner.String())
}

// Undo takes the name off it, and with that it is gone.
func (s makeNetns) Undo() error { return removeNetns{name: s.name}.Do() }

// Say is unshare(1).
func (s makeNetns) Say() string {
	inside := step.Say("ip", "link", "set", "lo", "up", "alias", s.alias()) + " || exit"
	for _, file := range settings {
		inside += "; " + file.Say()
	}
	return step.Say("unshare", "--net="+s.name.Netns(), "sh", "-c", inside)
}

func (makeNetns) Why() string {
	return "A network namespace lives as long as a process or a mount holds it; ip netns looks for it there (man 8 ip-netns)."
}

// removeNetns takes the name /run/netns/NAME off a namespace. The kernel ends
// the namespace when its last process is gone.
type removeNetns struct {
	step.Final
	name   name.Name
	rotten bool // there is only the file
}

// Do removes mount and file. What is gone is no error.
func (s removeNetns) Do() error {
	path := s.name.Netns()
	if err := unix.Unmount(path, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: unmount: %w", path, err)
	}
	// This also detaches what is mounted there in other mount namespaces.
	err := unix.Unlink(path)
	if errors.Is(err, unix.EBUSY) {
		err = onDyingThread(func() error { return unlinkCovered(path) })
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("%s: remove: %w", path, err)
	}
	return nil
}

// unlinkCovered removes a file on which something is mounted that no path leads
// to: an ip netns add that came later has mounted the folder on itself. In a
// mount namespace of the thread's own that cover is taken off.
func unlinkCovered(path string) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for {
		if err := unix.Unmount(name.Folder, unix.MNT_DETACH); err != nil {
			return unix.EBUSY // there is no cover
		}
		_ = unix.Unmount(path, unix.MNT_DETACH) // there may be no mount in this layer
		if err := unix.Unlink(path); !errors.Is(err, unix.EBUSY) {
			return err
		}
	}
}

// Say is umount(8) and rm(1).
func (s removeNetns) Say() string {
	remove := step.Say("rm", s.name.Netns())
	if s.rotten {
		return remove
	}
	return step.Say("umount", "--lazy", s.name.Netns()) + " && " + remove
}

// dropRotten removes the file of a namespace whose mount is gone.
type dropRotten struct{ name name.Name }

// Do removes the file.
func (s dropRotten) Do() error { return removeNetns{name: s.name, rotten: true}.Do() }

// Undo makes it again.
func (s dropRotten) Undo() error { return claimNetns(s).Do() }

// Say is rm(1).
func (s dropRotten) Say() string { return step.Say("rm", s.name.Netns()) }
