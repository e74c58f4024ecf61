//go:build !fault

package step

// do does the step.
func do(s Step) error { return s.Do() }
