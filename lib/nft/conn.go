package nft

import (
	"errors"
	"fmt"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// Conn is a socket to the nf_tables of this thread's network namespace. It is
// opened with its first use, and anew after a failure: what is left of the
// answers then would be taken for those of the next question.
type Conn struct {
	socket  *nftables.Conn
	fd      int
	deleted bool // by this socket
}

func (c *Conn) open() (*nftables.Conn, error) {
	if c.socket != nil {
		return c.socket, nil
	}
	socket, err := nftables.New(nftables.AsLasting(), descriptor(&c.fd))
	if err != nil {
		return nil, fmt.Errorf("nf_tables socket: %w", cause(err))
	}
	c.socket = socket
	return socket, nil
}

// Close closes the socket, if there is one.
func (c *Conn) Close() {
	if c.socket != nil {
		if c.deleted {
			leave(c.fd)
		}
		_ = c.socket.CloseLasting() // nothing is left to be written
		c.socket, c.deleted = nil, false
	}
}

// failed closes the socket after an error, and takes the library's words off
// it: they say nothing about the object.
func (c *Conn) failed(err error) error {
	if err == nil {
		return nil
	}
	c.Close()
	return cause(err)
}

func cause(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// Has tells whether the table is there.
func (c *Conn) Has(t *Table) (bool, error) {
	socket, err := c.open()
	if err != nil {
		return false, err
	}
	_, err = socket.ListTableOfFamily(t.Name, t.Family.number())
	if errors.Is(err, unix.ENOENT) {
		return false, nil
	}
	return err == nil, c.failed(err)
}

// Names lists the tables of a family.
func (c *Conn) Names(f Family) ([]string, error) {
	socket, err := c.open()
	if err != nil {
		return nil, err
	}
	tables, err := socket.ListTablesOfFamily(f.number())
	var names []string
	for _, t := range tables {
		names = append(names, t.Name)
	}
	return names, c.failed(err)
}

// Make makes the table, in one transaction: it is there with all of its rules,
// or nothing has changed. One of the same name is an error.
func (c *Conn) Make(t *Table) error {
	socket, err := c.open()
	if err != nil {
		return err
	}
	if err := t.add(socket, socket.CreateTable(t.head())); err != nil {
		return c.failed(err)
	}
	return c.failed(socket.Flush())
}

// Delete deletes the table with all that is in it. One that is gone is no error.
func (c *Conn) Delete(t *Table) error {
	socket, err := c.open()
	if err != nil {
		return err
	}
	c.deleted = true
	socket.DelTable(t.head())
	if err = socket.Flush(); errors.Is(err, unix.ENOENT) {
		return nil
	}
	return c.failed(err)
}
