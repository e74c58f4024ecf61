package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"mini-container/lib/cgroup"
	"mini-container/lib/cli"
	"mini-container/lib/screen"
)

// liveFlags are those of the verbs that look again and again.
type liveFlags struct {
	Interval cli.Time  `short:"i" default:"1" placeholder:"TIME" help:"Look so often: 0.5, 200ms (1)."`
	Count    cli.Times `short:"n" placeholder:"N" help:"End after so many looks."`
}

const (
	// shortest is the least interval: a look takes a part of a millisecond.
	shortest = cli.Time(10 * time.Millisecond)
	// firstLook is how long the first measure takes, if the interval is longer.
	firstLook = cli.Time(200 * time.Millisecond)
)

// liveHelp is what the verbs that look again and again have in common.
const liveHelp = "On a terminal the picture is drawn again and again; q or Ctrl-C ends it. Else there is a line for each look, and with --json an object. NO_COLOR is kept."

// hungUp is the status of a process whose terminal was closed: 128 and HUP's
// number.
const hungUp = cli.Exit(128 + 1)

// view is what is looked at.
type view interface {
	look() error                              // measures what went on since the look before
	picture(p screen.Page) []string           // the lines for a terminal
	write(line func(string, any) error) error // the lines for everybody else
}

// run looks until it is enough.
func (f liveFlags) run(env *cli.Env, v view) error {
	if f.Interval < shortest {
		return fmt.Errorf("--interval: is %s at least", time.Duration(shortest))
	}
	if env.JSON() {
		return f.lines(env, v)
	}
	s, err := screen.Open(env.Stdout, env.Environ)
	if err != nil {
		return err
	}
	if s == nil {
		return f.lines(env, v)
	}
	drawn := false
	err = f.draw(s, v, &drawn)
	if errors.Is(err, screen.ErrGone) {
		err = hungUp
	}
	var last []string
	if drawn {
		last = v.picture(s.Page)
	}
	closed := s.Close(last)
	return errors.Join(ended(env, err), closed)
}

// pause is the time until the look.
func (f liveFlags) pause(looks int) time.Duration {
	if looks == 0 {
		return time.Duration(min(f.Interval, firstLook))
	}
	return time.Duration(f.Interval)
}

func (f liveFlags) lines(env *cli.Env, v view) error {
	for looks := 0; f.Count == 0 || looks < int(f.Count); looks++ {
		time.Sleep(f.pause(looks))
		if err := v.look(); err != nil {
			return ended(env, err)
		}
		if err := v.write(env.Line); err != nil {
			return err
		}
	}
	return nil
}

// draw looks, and draws after each look and whenever the window changes.
func (f liveFlags) draw(s *screen.Screen, v view, drawn *bool) error {
	for looks := 0; f.Count == 0 || looks < int(f.Count); looks++ {
		for end := time.Now().Add(f.pause(looks)); ; {
			came, err := s.Wait(time.Until(end))
			switch {
			case err != nil, came.Quit:
				return err
			case came.Signal != 0:
				return cli.Exit(128 + int(came.Signal))
			}
			if !came.Drawn {
				break
			}
			if *drawn {
				if err := s.Draw(v.picture(s.Page)); err != nil {
					return err
				}
			}
		}
		if err := v.look(); err != nil {
			return err
		}
		*drawn = true
		if err := s.Draw(v.picture(s.Page)); err != nil {
			return err
		}
	}
	return nil
}

// ended makes the end of what is looked at the end of the look.
func ended(env *cli.Env, err error) error {
	if errors.Is(err, cgroup.ErrGone) {
		env.Note(err.Error())
		return nil
	}
	return err
}

// series are the values of one figure, the newest last.
type series []float64

// mostValues is what the widest window has room for.
const mostValues = 1000

func (s *series) add(v float64) {
	if *s = append(*s, v); len(*s) > mostValues {
		*s = (*s)[len(*s)-mostValues:]
	}
}

// top is the highest of the values, and the floor at least.
func (s series) top(floor float64) float64 {
	for _, v := range s {
		if !math.IsNaN(v) {
			floor = max(floor, v)
		}
	}
	return floor
}
