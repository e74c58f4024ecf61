package network

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// parsed is a block of a file, taken to pieces by the test's own reading of the
// format.
type parsed struct {
	kind    uint32
	body    []byte // with its options
	options map[uint16][]byte
}

// fixed are the bytes before the options, by kind; those of a packet are
// followed by its data.
var fixed = map[uint32]int{0x0a0d0d0a: 16, 1: 8, 5: 12, 6: 20}

// parse reads a whole file, and fails where it breaks off or lengths differ.
func parse(t *testing.T, file []byte) (all []parsed) {
	t.Helper()
	for len(file) > 0 {
		if len(file) < 12 {
			t.Fatalf("%d bytes are left over", len(file))
		}
		size := binary.LittleEndian.Uint32(file[4:])
		if size%4 != 0 || int(size) > len(file) || binary.LittleEndian.Uint32(file[size-4:]) != size {
			t.Fatalf("a block of %d bytes of %d is not framed", size, len(file))
		}
		b := parsed{kind: binary.LittleEndian.Uint32(file), body: file[8 : size-4], options: map[uint16][]byte{}}
		at := fixed[b.kind]
		if at == 0 {
			t.Fatalf("block of kind %d", b.kind)
		}
		if b.kind == 6 {
			at += (int(binary.LittleEndian.Uint32(b.body[12:])) + 3) / 4 * 4
		}
		for rest := b.body[at:]; len(rest) > 0; {
			code, n := binary.LittleEndian.Uint16(rest), int(binary.LittleEndian.Uint16(rest[2:]))
			if code == 0 {
				if len(rest) != 4 {
					t.Fatalf("%d bytes after the end of options", len(rest)-4)
				}
				break
			}
			b.options[code] = rest[4 : 4+n]
			rest = rest[4+(n+3)/4*4:]
		}
		all, file = append(all, b), file[size:]
	}
	return all
}

// TestPcapng reads back what is written, for all lengths of padding.
func TestPcapng(t *testing.T) {
	at := time.Unix(1700000000, 123456789)
	for n := range 9 {
		name := string(bytes.Repeat([]byte("n"), n+1))
		data := bytes.Repeat([]byte{0xab}, n)
		file := section()
		file = append(file, description(&tap{name: name, description: "host-1", linktype: 101}, 1000)...)
		file = append(file, packet{on: 3, at: at, way: outbound, length: 1500, data: data}.block()...)
		file = append(file, statistics(2, at, 70, 7)...)
		all := parse(t, file)
		if len(all) != 4 || all[0].kind != 0x0a0d0d0a || all[1].kind != 1 || all[2].kind != 6 || all[3].kind != 5 {
			t.Fatalf("%+v", all)
		}
		want := []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255}
		if !bytes.Equal(all[0].body, want) {
			t.Errorf("section: %x", all[0].body)
		}
		i := all[1]
		if !bytes.Equal(i.body[:8], []byte{101, 0, 0, 0, 0xe8, 3, 0, 0}) || string(i.options[2]) != name ||
			string(i.options[3]) != "host-1" || !bytes.Equal(i.options[9], []byte{9}) {
			t.Errorf("interface: %+v", i)
		}
		p, word := all[2], func(b []byte, i int) uint64 { return uint64(binary.LittleEndian.Uint32(b[4*i:])) }
		if word(p.body, 0) != 3 || word(p.body, 1)<<32|word(p.body, 2) != 1700000000123456789 || word(p.body, 3) != uint64(n) ||
			word(p.body, 4) != 1500 || !bytes.Equal(p.body[20:20+n], data) || word(p.options[2], 0) != 2 {
			t.Errorf("packet: %+v", p)
		}
		s := all[3]
		if word(s.body, 0) != 2 || binary.LittleEndian.Uint64(s.options[4]) != 70 || binary.LittleEndian.Uint64(s.options[5]) != 7 {
			t.Errorf("statistics: %+v", s)
		}
	}
}

// TestRetag puts the tag of a VLAN where it was on the wire.
func TestRetag(t *testing.T) {
	frame := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0, 99}
	aux := make([]byte, 20)
	for _, c := range []struct {
		status  uint32
		snaplen int
		want    []byte
	}{
		{0, 100, frame},
		{unix.TP_STATUS_VLAN_VALID, 100, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x81, 0, 0, 7, 8, 0, 99}},
		{unix.TP_STATUS_VLAN_VALID | unix.TP_STATUS_VLAN_TPID_VALID, 17, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x88, 0xa8, 0, 7, 8}},
	} {
		binary.NativeEndian.PutUint32(aux, c.status)
		binary.NativeEndian.PutUint16(aux[16:], 7)
		binary.NativeEndian.PutUint16(aux[18:], unix.ETH_P_8021AD)
		p := packet{data: bytes.Clone(frame), length: 50}
		p.retag(aux, c.snaplen)
		if !bytes.Equal(p.data, c.want) || (p.length == 54) != (c.status != 0) {
			t.Errorf("%x: %v of %d", c.status, p.data, p.length)
		}
	}
	p := packet{data: []byte{1}, length: 1}
	p.retag(aux, 100) // shorter than a header: as it is
	if len(p.data) != 1 {
		t.Error(p)
	}
}
