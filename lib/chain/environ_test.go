package chain

import (
	"slices"
	"testing"
)

// With sets a variable once, and takes it out.
func TestWith(t *testing.T) {
	environ := []string{"A=1", "AB=2", "A=3", "C="}
	if got, want := With(environ, "A", "x=y"), []string{"AB=2", "C=", "A=x=y"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := With(environ, "A", ""), []string{"AB=2", "C="}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if environ[0] != "A=1" || len(environ) != 4 {
		t.Errorf("the caller's own is changed: %q", environ)
	}
}

// Lookup takes the last one, as exec does for a doubled name.
func TestLookup(t *testing.T) {
	environ := []string{"A=1", "AB=2", "A=3=4"}
	for name, want := range map[string]string{"A": "3=4", "AB": "2", "B": "", "": ""} {
		if got := Lookup(environ, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// A clean environment keeps TERM, and what is the chain's own.
func TestClean(t *testing.T) {
	environ := []string{"SECRET=1", "PATH=/evil", "LD_PRELOAD=x", "TERM=xterm", "MC_PROMISES=[]", "MC_STATUS_FD=5", "MC_OTHER=1"}
	want := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"TERM=xterm", "MC_PROMISES=[]", "MC_STATUS_FD=5",
	}
	if got := Clean(environ); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got, want := own(environ), []string{"MC_PROMISES=[]", "MC_STATUS_FD=5"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := own([]string{"A=1"}); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestCleanMore(t *testing.T) {
	caller := []string{"TERM=vt100", "SECRET=1", "A=caller", "PATH=/x", "HOME=/home/x"}
	got := Clean(caller, "B=b=c", "A", "GONE", "HOME=/h", "EMPTY=")
	want := []string{"PATH=" + cleanPath, "TERM=vt100", "B=b=c", "A=caller", "HOME=/h", "EMPTY="}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, bad := range []string{"", "=x"} {
		if err := new(Variable).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q: is taken", bad)
		}
	}
}
