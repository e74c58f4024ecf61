// House measures the sizes that this project keeps, prints them, and fails
// when one is not held. It reads the Go sources of cmd and lib, and the lines
// of the tests of all folders.
//
//	go run ./test/house
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	minTests := flag.Float64("tests", 1, "least lines of tests for a line of code")
	flag.Parse()
	os.Exit(run(".", *minTests))
}

func run(root string, minTests float64) int {
	house, err := measure(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		return 1
	}
	status := 0
	for _, r := range house.rows(minTests) {
		mark := "  "
		if !r.held {
			mark, status = "✗ ", 1
		}
		fmt.Printf("%s%-44s %8s   %s\n", mark, r.what, r.measured, r.bound)
		for _, where := range r.where {
			fmt.Println("      " + where)
		}
	}
	return status
}
