package main

import (
	"cmp"
	"fmt"
	"slices"
)

// The bounds.
const (
	longFunction    = 60 // lines: what a screen shows
	shareOfLong     = 1  // percent of the functions
	longestFunction = 80
	exitsOfMain     = 1 // in each main.go
)

// row is one measure and its bound.
type row struct {
	what, measured, bound string
	held                  bool
	where                 []string // what breaks it
}

// rows are all measures. The share of tests is only told, not held, while the
// tree is not complete.
func (h *house) rows(minTests float64) []row {
	none := func(what string, found []string) row {
		return row{what, fmt.Sprint(len(found)), "0", len(found) == 0, found}
	}
	return append(h.sizes(minTests),
		none("functions with more than 5 parameters", h.manyParameters),
		none("two bools side by side", h.twoBools),
		none("errors given to Errorf without %w", h.lost),
		none("package variables but tables and errors", h.variables),
		none("exits but the one of each main.go", h.exits),
		none("exported functions without a comment", h.noComment),
	)
}

// sizes are the measures that are more than a list of places.
func (h *house) sizes(minTests float64) []row {
	slices.Sort(h.files)
	slices.SortFunc(h.functions, func(a, b function) int { return cmp.Compare(b.lines, a.lines) })
	long := 0
	var longest []string
	for _, f := range h.functions {
		if f.lines > longFunction {
			long++
			longest = append(longest, fmt.Sprintf("%s, %d lines", f.where, f.lines))
		}
	}
	share := 100 * float64(long) / float64(max(1, len(h.functions)))
	top := function{}
	if len(h.functions) > 0 {
		top = h.functions[0]
	}
	ratio := float64(h.tests) / float64(max(1, h.code))
	return []row{
		{"files of the product", fmt.Sprint(len(h.files)), "any", len(h.files) > 0, nil},
		{"lines of the product (Go)", fmt.Sprint(h.code), "as few as do it", true, nil},
		{"median file, lines", fmt.Sprint(h.median()), "60 to 120", true, nil},
		{"lines of tests (Go, scripts)", fmt.Sprint(h.tests), "", true, nil},
		{"tests to code", fmt.Sprintf("%.2f", ratio), fmt.Sprintf("at least %g", minTests), ratio >= minTests, nil},
		{"functions", fmt.Sprint(len(h.functions)), "any", true, nil},
		{"functions over 60 lines", fmt.Sprintf("%.1f %%", share), "at most 1 %", share <= shareOfLong, longest},
		{"longest function, lines", fmt.Sprint(top.lines), "at most 80", top.lines <= longestFunction, nil},
	}
}

func (h *house) median() int {
	if len(h.files) == 0 {
		return 0
	}
	return h.files[len(h.files)/2]
}
