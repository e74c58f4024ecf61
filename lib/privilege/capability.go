package privilege

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/moby/sys/capability"
	"golang.org/x/sys/unix"

	"mini-container/lib/capable"
	"mini-container/lib/raw"
)

// Set is a set of capabilities (capabilities(7)), one bit each.
type Set uint64

// All are those that this library knows, and whatever comes after them.
const All = ^Set(0)

// Default are those that a confined command has: what podman gives.
// What docker gives beyond it is left out: NET_RAW, which can forge any packet
// (ping works without it: ping_group_range), MKNOD and AUDIT_WRITE.
const Default = Set(1<<unix.CAP_CHOWN | 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_FOWNER | 1<<unix.CAP_FSETID |
	1<<unix.CAP_KILL | 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_SETFCAP | 1<<unix.CAP_SETGID |
	1<<unix.CAP_SETPCAP | 1<<unix.CAP_SETUID | 1<<unix.CAP_SYS_CHROOT)

// Has tells whether the capability is in the set.
func (s Set) Has(c capability.Cap) bool { return s&(1<<c) != 0 }

// Names are CAP_CHOWN and so on, in the order of their numbers.
func (s Set) Names() []string {
	var names []string
	for _, c := range capability.ListKnown() {
		if s.Has(c) {
			names = append(names, "CAP_"+strings.ToUpper(c.String()))
		}
	}
	return names
}

func (s Set) setpriv() string {
	words := []string{"-all"}
	for _, name := range s.Names() {
		words = append(words, "+"+strings.ToLower(strings.TrimPrefix(name, "CAP_")))
	}
	if s == All {
		return "+all"
	}
	return strings.Join(words, ",")
}

// UnmarshalText takes a name as docker does, with or without CAP_ and in any
// case, several with commas between, or all. It adds to what is in the set.
func (s *Set) UnmarshalText(text []byte) error {
	for word := range strings.SplitSeq(string(text), ",") {
		one, err := named(word)
		if err != nil {
			return err
		}
		*s |= one
	}
	return nil
}

// MarshalJSON is the number, as the kernel has it: for the next link.
func (s Set) MarshalJSON() ([]byte, error) { return strconv.AppendUint(nil, uint64(s), 10), nil }

// UnmarshalJSON takes the number.
func (s *Set) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 64)
	*s = Set(n)
	return err
}

func named(word string) (Set, error) {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(word)), "cap_")
	if name == "all" {
		return All, nil
	}
	for _, c := range capability.ListKnown() {
		if c.String() == name {
			return 1 << c, nil
		}
	}
	return 0, fmt.Errorf("%q: is no capability (capabilities(7) lists them), nor all", word)
}

// last is the highest capability that the kernel has.
func last() capability.Cap {
	n, err := capability.LastCap()
	if err != nil {
		return unix.CAP_LAST_CAP // /proc is not mounted: what this was built with
	}
	return n
}

// bound cuts the bounding set: what no program can give any more.
func (s Spec) bound() raw.Calls {
	if s.Capabilities == nil {
		return nil
	}
	var calls raw.Calls
	for c := range last() + 1 {
		if s.Capabilities.Has(c) {
			continue
		}
		// To enter a user namespace fills the set again.
		if has, err := capability.GetBound(c); s.UserNS == 0 && (err != nil || !has) {
			continue
		}
		calls = append(calls, raw.Prctl("drop CAP_"+strings.ToUpper(c.String()), unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0))
	}
	return calls
}

// capabilities cuts the other four sets. The inheritable and the ambient ones
// are empty for root, who needs none to keep them over an exec; another user
// keeps by them what was asked for by name.
func (s Spec) capabilities(who *Who) (raw.Calls, error) {
	if s.Capabilities == nil {
		return nil, nil
	}
	owned, err := s.owned()
	if err != nil {
		return nil, err
	}
	if who.left != nil {
		owned &= *who.left
	}
	if lacks := s.Kept & *s.Capabilities &^ owned; lacks != 0 && s.Kept != All {
		return nil, fmt.Errorf("%s: cannot be given: this process has it not itself", strings.Join(lacks.Names(), ", "))
	}
	permitted, inheritable := *s.Capabilities&owned, Set(0)
	if who.UID != 0 {
		permitted &= s.Kept
		inheritable = permitted
	}
	who.left = &permitted
	calls := raw.Calls{
		raw.Prctl("no ambient capabilities", unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
		capset(permitted, inheritable),
	}
	for rest := inheritable; rest != 0; rest &= rest - 1 {
		c := bits.TrailingZeros64(uint64(rest))
		calls = append(calls, raw.Prctl("keep CAP_"+strings.ToUpper(capability.Cap(c).String()),
			unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(c), 0, 0))
	}
	return calls, nil
}

// owned are those that the process has when they are cut: all, as root in a
// user namespace that it has just entered.
func (s Spec) owned() (Set, error) {
	full := Set(1)<<(last()+1) - 1
	if s.UserNS > 0 {
		return full, nil
	}
	_, permitted, err := capable.Sets()
	return full & Set(permitted), err
}

// capset is capset(2) for this thread.
func capset(permitted, inheritable Set) raw.Call {
	header := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := new([2]unix.CapUserData)
	for i := range data {
		p, inh := uint32(permitted>>(32*i)), uint32(inheritable>>(32*i))
		data[i] = unix.CapUserData{Effective: p, Permitted: p, Inheritable: inh}
	}
	return raw.Pointing(raw.Pointing(raw.New("set the capabilities", unix.SYS_CAPSET), 0, header), 1, &data[0])
}
