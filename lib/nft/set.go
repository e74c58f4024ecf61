package nft

import (
	"fmt"
	"strings"

	"github.com/google/nftables"
)

// Types of what a set holds.
var (
	Name     = nftables.TypeIFName
	Address  = nftables.TypeIPAddr
	Address6 = nftables.TypeIP6Addr
	Protocol = nftables.TypeInetProto
	Port     = nftables.TypeInetService
)

// Set is a set, or with values a map.
type Set struct {
	Name  string
	Key   []nftables.SetDatatype
	Value []nftables.SetDatatype
}

// Element is one element of a set: each field fills up to four bytes.
type Element struct {
	Set   *Set
	Key   [][]byte
	Value [][]byte
	Says  string // as nft(8) has it
}

// register4 is how many bytes a field takes a multiple of.
const register4 = 4

func (s *Set) message(head *nftables.Table) *nftables.Set {
	m := &nftables.Set{Table: head, Name: s.Name, KeyType: nftables.MustConcatSetType(s.Key...), Concatenation: len(s.Key) > 1}
	if len(s.Value) > 0 {
		m.IsMap, m.DataType = true, nftables.MustConcatSetType(s.Value...)
	}
	return m
}

// String is the set as nft(8) reads it.
func (s *Set) String() string {
	if len(s.Value) > 0 {
		return fmt.Sprintf("map %s { type %s : %s; }", s.Name, names(s.Key), names(s.Value))
	}
	return fmt.Sprintf("set %s { type %s; }", s.Name, names(s.Key))
}

func names(types []nftables.SetDatatype) string {
	var all []string
	for _, t := range types {
		all = append(all, t.Name)
	}
	return strings.Join(all, " . ")
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
func apart(types []nftables.SetDatatype, value []byte) [][]byte {
	var all [][]byte
	for _, t := range types {
		n := int(t.Bytes)
		padded := (n + register4 - 1) / register4 * register4
		if len(value) < padded {
			return nil
		}
		all, value = append(all, value[:n]), value[padded:]
	}
	return all
}

// Add adds elements to the table's sets, in one transaction. One that is there
// with another value is an error.
func (c *Conn) Add(t *Table, all []Element) error {
	return c.change(t, all, (*nftables.Conn).SetAddElements)
}

// Remove removes elements, in one transaction. One that is gone is an error.
func (c *Conn) Remove(t *Table, all []Element) error {
	c.deleted = true
	return c.change(t, all, (*nftables.Conn).SetDeleteElements)
}

func (c *Conn) change(t *Table, all []Element, by func(*nftables.Conn, *nftables.Set, []nftables.SetElement) error) error {
	socket, err := c.open()
	if err != nil {
		return err
	}
	head := t.head()
	for _, e := range all {
		if err := by(socket, e.Set.message(head), []nftables.SetElement{{Key: joined(e.Key), Val: joined(e.Value)}}); err != nil {
			return c.failed(err)
		}
	}
	return c.failed(socket.Flush())
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
			return nil, c.failed(fmt.Errorf("set %s: %w", s.Name, err))
		}
		for _, e := range got {
			all = append(all, Element{Set: s, Key: apart(s.Key, e.Key), Value: apart(s.Value, e.Val)})
		}
	}
	return all, nil
}
