package cli

import (
	"fmt"
	"strconv"
	"time"
)

// PID is the number of a process on the command line. The zero value is none.
type PID int

// UnmarshalText takes a number from 1 on.
func (p *PID) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil || n < 1 {
		return fmt.Errorf("%q: is no number of a process", text)
	}
	*p = PID(n)
	return nil
}

// Times is how often something is done. The zero value is without end.
type Times uint

// UnmarshalText takes a number from 1 on.
func (c *Times) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 31)
	if err != nil || n < 1 {
		return fmt.Errorf("%q: must be a number from 1 on", text)
	}
	*c = Times(n)
	return nil
}

// Time is a length of time on the command line.
type Time time.Duration

// longest is what the number of nanoseconds has room for, in seconds: less than
// 300 years.
const longest = 9e9

// UnmarshalText takes seconds, as 10 or 0.5, or a number with its unit, as
// 500ms or 2m.
func (t *Time) UnmarshalText(text []byte) error {
	word := string(text)
	if n, err := strconv.ParseFloat(word, 64); err == nil && n >= 0 && n < longest {
		*t = Time(n * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		return fmt.Errorf("%q: a time is a number of seconds, or as 500ms or 2m", word)
	}
	*t = Time(d)
	return nil
}
