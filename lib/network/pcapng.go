package network

import (
	"encoding/binary"
	"time"
)

// Blocks of pcapng (draft-ietf-opsawg-pcapng, sections 4 and 3.5 for options).
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockStatistics = 5
	blockPacket     = 6

	pcapngOrder   = 0x1a2b3c4d
	unknownLength = 1<<64 - 1

	optionIfName        = 2
	optionIfDescription = 3
	optionIfTsresol     = 9
	optionPacketFlags   = 2
	optionIfReceived    = 4
	optionIfDropped     = 5

	nanoseconds = 9 // the power of ten of if_tsresol
)

// direction of a packet, as epb_flags has it.
type direction uint32

// Directions, from the container's view.
const (
	inbound  direction = 1
	outbound direction = 2
)

// block frames a body and its options, each of them padded to four bytes. All is
// little-endian, as the section's header says.
func block(kind uint32, body []byte, options ...[]byte) []byte {
	all := padded(body)
	for _, o := range options {
		all = append(all, o...)
	}
	if len(options) > 0 {
		all = append(all, 0, 0, 0, 0) // opt_endofopt
	}
	size := uint32(len(all) + 12)
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, size), kind)
	b = append(binary.LittleEndian.AppendUint32(b, size), all...)
	return binary.LittleEndian.AppendUint32(b, size)
}

func option(code uint16, value []byte) []byte {
	head := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, code), uint16(len(value)))
	return append(head, padded(value)...)
}

func padded(b []byte) []byte {
	return append(b[:len(b):len(b)], make([]byte, -len(b)&3)...)
}

// section begins a file whose length nobody knows yet.
func section() []byte {
	body := binary.LittleEndian.AppendUint32(nil, pcapngOrder)
	body = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(body, 1), 0) // version 1.0
	return block(blockSection, binary.LittleEndian.AppendUint64(body, unknownLength))
}

// description is of the interface that the next number stands for, from 0 on.
func description(t *tap, snaplen int) []byte {
	body := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, t.linktype), 0)
	return block(blockInterface, binary.LittleEndian.AppendUint32(body, uint32(snaplen)),
		option(optionIfName, []byte(t.name)),
		option(optionIfDescription, []byte(t.description)),
		option(optionIfTsresol, []byte{nanoseconds}))
}

// packet is one that was seen.
type packet struct {
	on     int // number of the interface
	at     time.Time
	way    direction
	length int    // bytes on the wire
	data   []byte // the first of them
}

func (p packet) block() []byte {
	body := stamped(p.on, p.at)
	body = binary.LittleEndian.AppendUint32(body, uint32(len(p.data)))
	body = binary.LittleEndian.AppendUint32(body, uint32(p.length))
	return block(blockPacket, append(body, p.data...),
		option(optionPacketFlags, binary.LittleEndian.AppendUint32(nil, uint32(p.way))))
}

// statistics count the packets of an interface that were for us, and those of
// them that came too fast.
func statistics(on int, at time.Time, received, dropped uint32) []byte {
	return block(blockStatistics, stamped(on, at),
		option(optionIfReceived, binary.LittleEndian.AppendUint64(nil, uint64(received))),
		option(optionIfDropped, binary.LittleEndian.AppendUint64(nil, uint64(dropped))))
}

// stamped is how packets and statistics begin: the upper half of a time is the
// first.
func stamped(on int, at time.Time) []byte {
	ns := uint64(at.UnixNano())
	b := binary.LittleEndian.AppendUint32(nil, uint32(on))
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, uint32(ns>>32)), uint32(ns))
}
