package network

import (
	"fmt"
	"strings"

	"mini-container/lib/nft"
	"mini-container/lib/step"
)

// makeNat makes the table.
type makeNat struct {
	at    *place
	table *nft.Table
	last  lastOut
}

// Do makes it.
func (s makeNat) Do() error {
	return about("table "+natTable, whyNat(unmade(s.at.nft.Make(s.table), s.Undo)))
}

// Undo deletes it.
func (s makeNat) Undo() error { return dropNat{at: s.at, table: s.table}.Do() }

// Say is nft(8).
func (s makeNat) Say() string { return step.Say("nft", s.table.String()) }

func (s makeNat) Why() string {
	return "One table for all containers of the host, in which each has its elements (man 8 nft)."
}

// SayUndo leaves the table to containers that have come since.
func (s makeNat) SayUndo() string { return s.last.Say() }

// lastOut is how a shell removes the table when no container is in it any more,
// as the removal of the last one does.
type lastOut struct {
	table  *nft.Table // nil for not at all
	bridge string     // takes nothing of 127.0.0.1 then; empty for none
}

// Say is nft(8), and echo.
func (s lastOut) Say() string {
	said := step.Say("nft", "list", "table", string(s.table.Family), s.table.Name) + " | grep -q elements || " + dropNat{table: s.table}.Say()
	if s.bridge == "" {
		return said
	}
	return said + " && " + localnet(s.bridge, "1", "0").Say()
}

// dropNat deletes the table.
type dropNat struct {
	step.Final
	at    *place
	table *nft.Table
}

// Do deletes it. What is gone is no error.
func (s dropNat) Do() error { return about("table "+natTable, s.at.nft.Delete(s.table)) }

// Say is nft(8).
func (s dropNat) Say() string {
	return step.Say("nft", "delete", "table", string(s.table.Family), s.table.Name)
}

// addElements adds a container's elements to the table.
type addElements struct {
	at       *place
	table    *nft.Table
	marks    []*nft.Set
	elements []nft.Element
	last     lastOut // said with its undoing, where the table was there before
}

// Do adds them.
func (s addElements) Do() error {
	err := s.at.nft.Add(s.table, s.marks, s.elements)
	return about("table "+natTable, unmade(err, s.Undo))
}

// Undo removes them.
func (s addElements) Undo() error {
	return about("table "+natTable, s.at.nft.Remove(s.table, s.marks, s.elements))
}

// Say is nft(8).
func (s addElements) Say() string {
	var words []string
	for _, m := range s.marks {
		words = append(words, fmt.Sprintf("add set %s %s %s", s.table.Family, s.table.Name, strings.TrimPrefix(m.String(), "set ")))
	}
	return step.Say("nft", strings.Join(append(words, s.each("add")...), "; "))
}

// SayUndo is nft(8).
func (s addElements) SayUndo() string {
	said := dropElements{addElements: s}.Say()
	if s.last.table == nil {
		return said
	}
	return said + "\n" + s.last.Say()
}

func (s addElements) Why() string {
	return "What comes to a port of the host goes in, and what goes out has the host's address (man 8 nft)."
}

func (s addElements) each(verb string) (words []string) {
	for _, e := range s.elements {
		words = append(words, fmt.Sprintf("%s element %s %s %s { %s }", verb, s.table.Family, s.table.Name, e.Set.Name, e))
	}
	return words
}

// dropElements removes a container's elements from the table.
type dropElements struct {
	step.Final
	addElements
}

// Do removes them.
func (s dropElements) Do() error { return s.addElements.Undo() }

// Undo does nothing: a removal is final.
func (s dropElements) Undo() error { return nil }

// Why needs no word.
func (s dropElements) Why() string { return "" }

// Say is nft(8).
func (s dropElements) Say() string {
	words := s.each("delete")
	for _, m := range s.marks {
		words = append(words, fmt.Sprintf("delete set %s %s %s", s.table.Family, s.table.Name, m.Name))
	}
	return step.Say("nft", strings.Join(words, "; "))
}
