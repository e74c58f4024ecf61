// Hungry is the demonstration of the memory limit: it takes memory, one
// mebibyte after the other, and says how much it has. Without SIZE it never
// stops: in a group with a memory limit and no swap it ends in "Killed".
//
//	./hungry
//	./hungry 30M
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// step is how much is taken at a time, in bytes.
const step = 1 << 20

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hungry:", err)
		os.Exit(1)
	}
}

// run takes memory until it has what args ask for, in MiB; it keeps it all.
func run(args []string, out io.Writer) error {
	most := 0
	if len(args) > 0 {
		n, err := strconv.Atoi(strings.TrimSuffix(args[0], "M"))
		if err != nil || n < 1 || len(args) > 1 {
			return errors.New("usage: hungry [SIZE], in MiB, as 30M")
		}
		most = n
	}
	for has := 1; most == 0 || has <= most; has++ {
		// Not from Go's own heap, which takes more than is asked for.
		memory, err := unix.Mmap(-1, 0, step, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			return fmt.Errorf("take one more MiB: %w", err)
		}
		for i := 0; i < len(memory); i += os.Getpagesize() {
			memory[i] = 1 // only memory that is touched counts
		}
		fmt.Fprintf(out, "%d MiB\n", has)
	}
	return nil
}
