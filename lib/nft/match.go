package nft

import (
	"encoding/binary"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// register is where a value lies between two expressions of a rule.
const register = 1

// Do joins the parts of a rule.
func Do(parts ...[]expr.Any) []expr.Any {
	var all []expr.Any
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// Meta loads what the kernel knows beside the packet, into the register.
func Meta(key expr.MetaKey) []expr.Any {
	return []expr.Any{&expr.Meta{Key: key, Register: register}}
}

// Link, Network and Transport load bytes of a header, into the register.
func Link(offset, bytes uint32) []expr.Any {
	return payload(expr.PayloadBaseLLHeader, offset, bytes)
}

// Network is of the header of IPv4, IPv6 or ARP.
func Network(offset, bytes uint32) []expr.Any {
	return payload(expr.PayloadBaseNetworkHeader, offset, bytes)
}

// Transport is of the header of TCP, UDP or ICMP.
func Transport(offset, bytes uint32) []expr.Any {
	return payload(expr.PayloadBaseTransportHeader, offset, bytes)
}

func payload(base expr.PayloadBase, offset, bytes uint32) []expr.Any {
	return []expr.Any{&expr.Payload{DestRegister: register, Base: base, Offset: offset, Len: bytes}}
}

// Is goes on if the register holds the value, in the order of the network.
func Is(value ...byte) []expr.Any {
	return []expr.Any{&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: value}}
}

// IsNot goes on if it holds another.
func IsNot(value ...byte) []expr.Any {
	return []expr.Any{&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: value}}
}

// Accept, Drop and Goto end a rule.
func Accept() []expr.Any { return verdict(expr.VerdictAccept, "") }

// Drop drops the packet.
func Drop() []expr.Any { return verdict(expr.VerdictDrop, "") }

// Goto goes to another chain, and does not come back.
func Goto(chain string) []expr.Any { return verdict(expr.VerdictGoto, chain) }

func verdict(kind expr.VerdictKind, chain string) []expr.Any {
	return []expr.Any{&expr.Verdict{Kind: kind, Chain: chain}}
}

// Into changes where a value is loaded to. Fields of an element that are looked
// up lie one after the other: links' names fill registers 1 and 2, and what is
// shorter some of the small registers that begin at 8 (<linux/nf_tables.h>).
func Into(register uint32, load []expr.Any) []expr.Any {
	for _, e := range load {
		switch e := e.(type) {
		case *expr.Meta:
			e.Register = register
		case *expr.Payload:
			e.DestRegister = register
		}
	}
	return load
}

// In goes on if what is loaded is in the set.
func In(s *Set) []expr.Any {
	return []expr.Any{&expr.Lookup{SourceRegister: register, SetName: s.Name}}
}

// Of goes on with the map's value of what is loaded.
func Of(s *Set) []expr.Any {
	return []expr.Any{&expr.Lookup{SourceRegister: register, SetName: s.Name, DestRegister: register, IsDestRegSet: true}}
}

// Tracked goes on if a bit of what conntrack knows is set.
func Tracked(key expr.CtKey, bit uint32) []expr.Any {
	return []expr.Any{
		&expr.Ct{Key: key, Register: register},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4, Mask: binary.NativeEndian.AppendUint32(nil, bit), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: make([]byte, 4)},
	}
}

// ToLocal goes on if the packet is for an address of this host (RTN_LOCAL).
func ToLocal() []expr.Any {
	return []expr.Any{
		&expr.Fib{Register: register, FlagDADDR: true, ResultADDRTYPE: true},
		&expr.Cmp{Op: expr.CmpOpEq, Register: register, Data: binary.NativeEndian.AppendUint32(nil, unix.RTN_LOCAL)},
	}
}

// To sends a connection to the address in the register, and the port in another.
func To(family, port uint32) []expr.Any {
	return []expr.Any{&expr.NAT{Type: expr.NATTypeDestNAT, Family: family, RegAddrMin: register, RegProtoMin: port}}
}

// Masquerade gives a connection the address of the link by which it leaves.
func Masquerade() []expr.Any { return []expr.Any{&expr.Masq{}} }
