package nft

import (
	"github.com/google/nftables/expr"
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
