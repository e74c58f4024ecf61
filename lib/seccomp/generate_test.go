package seccomp

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// update writes the files that are built in, instead of comparing them:
//
//	go test ./lib/seccomp -run Built -update
var update = flag.Bool("update", false, "write the tables of numbers and the ready filter")

func built(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not up to date: go test ./lib/seccomp -run Built -update, twice", name)
	}
}

// TestBuiltNumbers holds the tables against the version of golang.org/x/sys
// that go.mod names.
func TestBuiltNumbers(t *testing.T) {
	folder, err := exec.Command("go", "list", "-f", "{{.Dir}}", "golang.org/x/sys/unix").Output()
	if err != nil {
		t.Fatal(err)
	}
	constant := regexp.MustCompile(`(?m)^\s+SYS_([A-Z0-9_]+)\s+= ([0-9]+)`)
	for _, machine := range []string{"amd64", "386", "arm64", "arm"} {
		source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "zsysnum_linux_"+machine+".go"))
		if err != nil {
			t.Fatal(err)
		}
		var table strings.Builder
		for _, m := range constant.FindAllStringSubmatch(string(source), -1) {
			table.WriteString(strings.ToLower(m[1]) + " " + m[2] + "\n")
		}
		built(t, "calls_"+machine+".txt", []byte(table.String()))
	}
}

// TestBuiltFilter holds the ready filter against the profile of the library's
// version.
func TestBuiltFilter(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the ready filter is for amd64: the library asks for the processor that it runs on")
	}
	profile, err := profile()
	if err != nil {
		t.Fatal(err)
	}
	filter, err := Compile(profile, usual)
	if err != nil {
		t.Fatal(err)
	}
	built(t, "default_amd64.bpf", filter)
}
