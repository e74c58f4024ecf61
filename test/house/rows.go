package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// The bounds.
const (
	longFunction    = 60 // lines: what a screen shows
	shareOfLong     = 1  // percent of the functions
	longestFunction = 80
)

// row is one measure and its bound.
type row struct {
	what, measured, bound string
	held                  bool
	where                 []string // what breaks it
}

// rows are all measures; minTests is the least share of tests to code.
func (h *house) rows(minTests float64) []row {
	none := func(what string, found []string) row {
		return row{what, fmt.Sprint(len(found)), "0", len(found) == 0, found}
	}
	var undocumented []string
	for _, folder := range slices.Sorted(maps.Keys(h.packages)) {
		if !h.packages[folder] {
			undocumented = append(undocumented, folder)
		}
	}
	return append(h.sizes(minTests),
		none("functions with more than 5 parameters", h.manyParameters),
		none("two bools side by side", h.twoBools),
		none("errors given to Errorf without %w", h.lost),
		none("package variables but tables and errors", h.variables),
		none("exits but the one of each main.go", h.exits),
		none("exported without a comment", h.noComment),
		none("packages without a comment", undocumented),
	)
}

// sizes are the measures that are more than a list of places.
func (h *house) sizes(minTests float64) []row {
	byLength := func(a, b function) int { return cmp.Compare(b.lines, a.lines) }
	slices.SortFunc(h.files, byLength)
	slices.SortFunc(h.functions, byLength)
	long := 0
	var longest []string
	for _, f := range h.functions {
		if f.lines > longFunction {
			long++
			longest = append(longest, fmt.Sprintf("%s, %d lines", f.where, f.lines))
		}
	}
	share := 100 * float64(long) / float64(max(1, len(h.functions)))
	ratio := float64(h.tests) / float64(max(1, h.code))
	return []row{
		{"files of the product", fmt.Sprint(len(h.files)), "any", len(h.files) > 0, nil},
		{"lines of the product (Go)", fmt.Sprint(h.code), "as few as do it", true, nil},
		{"median file, lines", fmt.Sprint(at(h.files, len(h.files)/2).lines), "60 to 120", true, nil},
		{"longest file, lines", fmt.Sprint(at(h.files, 0).lines), at(h.files, 0).where, true, nil},
		{"lines of tests (Go, scripts)", fmt.Sprint(h.tests), "", true, nil},
		{"tests to code", fmt.Sprintf("%.2f", ratio), fmt.Sprintf("at least %g", minTests), ratio >= minTests, nil},
		{"functions", fmt.Sprint(len(h.functions)), "any", true, nil},
		{"functions over 60 lines", fmt.Sprintf("%.1f %%", share), "at most 1 %", share <= shareOfLong, longest},
		{"longest function, lines", fmt.Sprint(at(h.functions, 0).lines), "at most 80", at(h.functions, 0).lines <= longestFunction, nil},
	}
}

// at is the element i, or nothing where there is none.
func at(all []function, i int) function {
	if i >= len(all) {
		return function{}
	}
	return all[i]
}
