// Hungry is the demonstration of the memory limit: it takes memory, one
// mebibyte after the other, and says how much it has. Without SIZE it never
// stops: in a group with a memory limit and no swap it ends in "Killed".
//
//	./hungry
//	./hungry 30M
//	./hungry --hold 30M
//
// SIZE is in bytes, or with K, M or G. With --hold the memory is kept until a
// signal comes, to be looked at.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/docker/go-units"
	"golang.org/x/sys/unix"
)

// step is how much is taken at a time, in bytes.
const step = 1 << 20

var errUsage = errors.New("usage: hungry [--hold] [SIZE], as 30M")

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	if err := run(os.Args[1:], os.Stdout, stop); err != nil {
		fmt.Fprintln(os.Stderr, "hungry:", err)
		os.Exit(1)
	}
}

// run takes memory until it has what args ask for, or a signal comes.
func run(args []string, out io.Writer, stop <-chan os.Signal) error {
	flags := flag.NewFlagSet("hungry", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	hold := flags.Bool("hold", false, "")
	if flags.Parse(args) != nil || flags.NArg() > 1 || *hold && flags.NArg() == 0 {
		return errUsage
	}
	var most int64
	if text := flags.Arg(0); text != "" {
		size, err := units.RAMInBytes(text)
		if err != nil || size < 1 {
			return fmt.Errorf("%q is no size (%w)", text, errUsage)
		}
		most = size
	}
	if err := eat(most, out, stop); err != nil {
		return err
	}
	if *hold {
		<-stop
	}
	return nil
}

// eat takes the number of bytes, rounded up to mebibytes, or without end if it
// is 0. What it takes is never given back.
func eat(most int64, out io.Writer, stop <-chan os.Signal) error {
	for has := int64(0); most == 0 || has < most; has += step {
		if len(stop) > 0 {
			return nil
		}
		// Not from Go's own heap, which takes more than is asked for.
		memory, err := unix.Mmap(-1, 0, step, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			return fmt.Errorf("take one more MiB: %w", err)
		}
		for i := 0; i < len(memory); i += os.Getpagesize() {
			memory[i] = 1 // only memory that is touched counts
		}
		fmt.Fprintf(out, "%d MiB\n", (has+step)/step)
	}
	return nil
}
