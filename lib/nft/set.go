package nft

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// Type is what a field of an element holds.
type Type int

// Types that we use.
const (
	Name Type = iota // of a link
	Address
	Address6
	Protocol // of IP
	Port
)

// types are their names and sizes in nf_tables.
var types = map[Type]nftables.SetDatatype{
	Name: nftables.TypeIFName, Address: nftables.TypeIPAddr, Address6: nftables.TypeIP6Addr,
	Protocol: nftables.TypeInetProto, Port: nftables.TypeInetService,
}

// Set is a set, or with values a map.
type Set struct {
	Name  string
	Key   []Type
	Value []Type
}

// Element is one element of a set: each field fills up to four bytes.
type Element struct {
	Set   *Set
	Key   [][]byte
	Value [][]byte
}

// String is the element as nft(8) reads it.
func (e Element) String() string {
	s := said(e.Set.Key, e.Key)
	if len(e.Value) > 0 {
		s += " : " + said(e.Set.Value, e.Value)
	}
	return s
}

// Field is a text that fills a field for the name of a link.
func Field(link string) []byte { return append([]byte(link), make([]byte, unix.IFNAMSIZ-len(link))...) }

// Text is the inverse of Field.
func Text(field []byte) string { return unix.ByteSliceToString(field) }

func said(of []Type, fields [][]byte) string {
	var all []string
	for i, f := range fields {
		switch of[i] {
		case Name:
			all = append(all, fmt.Sprintf("%q", Text(f)))
		case Protocol:
			all = append(all, map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp"}[f[0]])
		case Port:
			all = append(all, fmt.Sprint(binary.BigEndian.Uint16(f)))
		default:
			a, _ := netip.AddrFromSlice(f)
			all = append(all, a.String())
		}
	}
	return strings.Join(all, " . ")
}

// register4 is how many bytes a field takes a multiple of.
const register4 = 4

func (s *Set) message(head *nftables.Table) *nftables.Set {
	m := &nftables.Set{Table: head, Name: s.Name, KeyType: concatenated(s.Key), Concatenation: len(s.Key) > 1}
	if len(s.Value) > 0 {
		m.IsMap, m.DataType = true, concatenated(s.Value)
	}
	return m
}

// String is the set as nft(8) reads it.
func (s *Set) String() string {
	if len(s.Value) > 0 {
		return fmt.Sprintf("map %s { type %s : %s; }", s.Name, concatenated(s.Key).Name, concatenated(s.Value).Name)
	}
	return fmt.Sprintf("set %s { type %s; }", s.Name, concatenated(s.Key).Name)
}

func concatenated(fields []Type) nftables.SetDatatype {
	var all []nftables.SetDatatype
	for _, f := range fields {
		all = append(all, types[f])
	}
	return nftables.MustConcatSetType(all...) // it fails for more than five
}

func joined(fields [][]byte) []byte {
	var all []byte
	for _, f := range fields {
		all = append(all, f...)
		for len(all)%register4 != 0 {
			all = append(all, 0)
		}
	}
	return all
}

// apart is the inverse of joined.
func apart(of []Type, value []byte) [][]byte {
	var all [][]byte
	for _, t := range of {
		n := int(types[t].Bytes)
		padded := (n + register4 - 1) / register4 * register4
		if len(value) < padded {
			return nil
		}
		all, value = append(all, value[:n]), value[padded:]
	}
	return all
}

// HasSet tells whether there is such a table with a set of the name.
func (c *Conn) HasSet(t *Table, name string) (bool, error) {
	socket, err := c.open()
	if err != nil {
		return false, err
	}
	_, err = socket.GetSetByName(t.head(), name)
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return err == nil, c.failed(err)
}

// Add adds sets to the table, and elements to its sets, in one transaction. An
// element that is there with another value is an error.
func (c *Conn) Add(t *Table, sets []*Set, all []Element) error {
	socket, err := c.open()
	if err != nil {
		return err
	}
	head := t.head()
	for _, s := range sets {
		if err := socket.AddSet(s.message(head), nil); err != nil {
			return c.failed(err)
		}
	}
	for _, e := range all {
		if err := socket.SetAddElements(e.Set.message(head), e.message()); err != nil {
			return c.failed(err)
		}
	}
	return c.failed(socket.Flush())
}

// Remove removes elements, and sets, in one transaction. One that is gone is an
// error.
func (c *Conn) Remove(t *Table, sets []*Set, all []Element) error {
	socket, err := c.open()
	if err != nil {
		return err
	}
	c.deleted = true
	head := t.head()
	for _, e := range all {
		if err := socket.SetDeleteElements(e.Set.message(head), e.message()); err != nil {
			return c.failed(err)
		}
	}
	for _, s := range sets {
		socket.DelSet(s.message(head))
	}
	return c.failed(socket.Flush())
}

func (e Element) message() []nftables.SetElement {
	return []nftables.SetElement{{Key: joined(e.Key), Val: joined(e.Value)}}
}

// Unlike is the error of a table that lacks a set.
type Unlike struct{ Set string }

// Error names the set.
func (u *Unlike) Error() string { return "has no set " + u.Set }

// unlike tells whether a set could not be read because there is none: the
// library's error does not say.
func (c *Conn) unlike(t *Table, s *Set, err error) error {
	err = c.failed(fmt.Errorf("set %s: %w", s.Name, err))
	socket, again := c.open()
	if again != nil {
		return err
	}
	sets, again := socket.GetSets(t.head())
	if again != nil {
		return errors.Join(err, c.failed(again))
	}
	if slices.ContainsFunc(sets, func(has *nftables.Set) bool { return has.Name == s.Name }) {
		return err
	}
	return &Unlike{s.Name}
}

// Elements lists what is in the table's sets.
func (c *Conn) Elements(t *Table) ([]Element, error) {
	socket, err := c.open()
	if err != nil {
		return nil, err
	}
	var all []Element
	for _, s := range t.Sets {
		got, err := socket.GetSetElements(s.message(t.head()))
		if err != nil {
			return nil, c.unlike(t, s, err)
		}
		for _, e := range got {
			all = append(all, Element{Set: s, Key: apart(s.Key, e.Key), Value: apart(s.Value, e.Val)})
		}
	}
	return all, nil
}
