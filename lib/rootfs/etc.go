package rootfs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Host is a line of hosts(5).
type Host struct {
	Name    string
	Address netip.Addr
}

// UnmarshalText reads NAME:IP.
func (h *Host) UnmarshalText(text []byte) error {
	name, ip, _ := strings.Cut(string(text), ":")
	address, err := netip.ParseAddr(ip)
	if name == "" || strings.ContainsAny(name, " \t\n#") || err != nil {
		return errors.New("must be NAME:IP")
	}
	*h = Host{Name: name, Address: address}
	return nil
}

// Server is the address of a name server, as resolv.conf(5) has it.
type Server struct{ netip.Addr }

// UnmarshalText reads IP.
func (s *Server) UnmarshalText(text []byte) error {
	address, err := netip.ParseAddr(string(text))
	if err != nil {
		return fmt.Errorf("%q: must be an IP address", text)
	}
	s.Addr = address
	return nil
}

// names is why they are made.
const names = "The container's own names, in memory, over those of the root (man 5 hosts, man 5 resolv.conf)."

// etc plans the names of the container: hosts, hostname, resolv.conf. They are
// made in memory and bound over the root's own, which stay as they are.
func (s Spec) etc(root *tree) (step.List, error) {
	own, err := s.hostname()
	if err != nil {
		return nil, err
	}
	resolver, err := s.resolver()
	if err != nil {
		return nil, err
	}
	files := []struct{ name, text string }{
		{"hosts", hosts(own, s.Hosts)},
		{"hostname", own + "\n"},
		{"resolv.conf", resolver},
	}
	memory := &mount{root: root, fs: fileSystem{
		kind: "tmpfs", target: "/dev", flags: nosuid | nodev | noexec, data: []string{"mode=755", "size=1m"}, why: names,
	}}
	memory.fs.data = root.users.owned(memory.fs)
	plan := step.List{memory}
	for _, f := range files {
		from, to := "/dev/"+f.name, "/etc/"+f.name
		if root.kind(to) == unix.S_IFDIR {
			return nil, fmt.Errorf("%s: is a folder where a file must be", root.say(to))
		}
		// The step itself looks whether it is there: only then, under the lock,
		// can no other start take it away again.
		plan = append(plan, &emptyFile{root: root, path: to}, &textFile{root: root, path: from, text: f.text}, &inner{root: root, from: from, to: to, readOnly: s.ReadOnly})
	}
	return append(plan, &unmount{of: memory}), nil
}

// nameFiles are the files that etc binds something over.
var nameFiles = []string{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}

// hostname is the one that the script has set, or the node name of uname(2).
func (s Spec) hostname() (string, error) {
	if s.Script != nil && s.Script.Hostname != "" {
		return s.Script.Hostname, nil
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", fmt.Errorf("host name: %w", err)
	}
	name := unix.ByteSliceToString(u.Nodename[:])
	if name == "" || name == "(none)" {
		return "localhost", nil
	}
	return name, nil
}

// hosts is the text of /etc/hosts. The own name has an address even when
// nobody gives one: 127.0.1.1, as Debian does it.
func hosts(own string, more []Host) string {
	var b strings.Builder
	b.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	known := func(h Host) bool { return h.Name == own }
	if own != "localhost" && !slices.ContainsFunc(more, known) {
		fmt.Fprintf(&b, "127.0.1.1\t%s\n", own)
	}
	for _, h := range more {
		fmt.Fprintf(&b, "%s\t%s\n", h.Address, h.Name)
	}
	return b.String()
}

// Where the host's name servers stand: the file that programs read, and the
// true ones when systemd-resolved listens on loopback in their place.
const (
	hostResolver    = "/etc/resolv.conf"
	systemdResolver = "/run/systemd/resolve/resolv.conf"
)

// resolver is the text of /etc/resolv.conf.
func (s Spec) resolver() (string, error) {
	if len(s.DNS) > 0 {
		var b strings.Builder
		for _, ip := range s.DNS {
			fmt.Fprintf(&b, "nameserver %s\n", ip)
		}
		return b.String(), nil
	}
	own, err := ifThere(hostResolver)
	text, some := reachable(own)
	if err != nil || some {
		return text, err
	}
	if bytes.Contains(own, []byte("nameserver")) {
		behind, err := ifThere(systemdResolver)
		if text, some := reachable(behind); err != nil || some {
			return text, err
		}
	}
	return text + "# The host has no name server that can be reached from here: give one by --dns.\n", nil
}

// ifThere reads a file, and nothing where there is none.
func ifThere(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return text, err
}

// reachable keeps the lines that mean the same in another network namespace,
// where the host's loopback addresses are not the host's.
func reachable(text []byte) (kept string, some bool) {
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || strings.HasPrefix(words[0], ";") {
			continue
		}
		if words[0] == "nameserver" {
			if len(words) < 2 {
				continue
			}
			if ip, err := netip.ParseAddr(words[1]); err != nil || ip.IsLoopback() || ip.IsUnspecified() {
				continue
			}
			some = true
		}
		kept += strings.Join(words, " ") + "\n"
	}
	return kept, some
}

// inner binds a file of the root over another.
type inner struct {
	root     *tree
	from, to string
	readOnly bool
	fd       int
}

func (s *inner) Do() error {
	from, err := s.root.open(s.from, unix.O_PATH, 0)
	if err == nil {
		s.fd, err = clone(from, "", s.flags())
		err = errors.Join(err, unix.Close(from))
	}
	if err == nil {
		if err = s.root.cover(s.fd, s.to, 0); err != nil {
			err = errors.Join(err, unix.Close(s.fd))
		}
	}
	if err != nil {
		return fmt.Errorf("%s: bind over %s: %w", s.root.say(s.from), s.root.say(s.to), err)
	}
	return nil
}

func (s *inner) flags() uint64 {
	if s.readOnly {
		return ro
	}
	return 0
}

func (s *inner) Undo() error { return uncover(s.fd) }

func (s *inner) Say() string {
	if s.readOnly {
		return step.Say("mount", "-o", "bind,ro,nosuid,nodev,noexec", s.root.say(s.from), s.root.say(s.to))
	}
	return step.Say("mount", "--bind", s.root.say(s.from), s.root.say(s.to))
}

// unmount takes a mount of an earlier step away. What is bound from it lives on.
// There is nothing to put back: nobody reads the files there any more.
type unmount struct {
	step.Final
	of *mount
}

func (s *unmount) Do() error {
	err := uncover(s.of.fd)
	s.of.fd = -1
	if err != nil {
		return fmt.Errorf("%s: unmount: %w", s.of.root.say(s.of.fs.target), err)
	}
	return nil
}

func (s *unmount) Say() string { return step.Say("umount", s.of.root.say(s.of.fs.target)) }

func (*unmount) Why() string { return "The bound files live on without the file system's name." }
