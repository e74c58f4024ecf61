package chain

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot be run is known before anything is changed, with env(1)'s
// statuses.
func TestFind(t *testing.T) {
	folder := t.TempDir()
	first, second := filepath.Join(folder, "first"), filepath.Join(folder, "second")
	for _, made := range []string{filepath.Join(first, "folder"), second} {
		if err := os.MkdirAll(made, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plain := write(t, filepath.Join(first, "plain"), 0o644, "text")
	both := write(t, filepath.Join(second, "both"), 0o755, "#!/bin/sh\n")
	write(t, filepath.Join(first, "both"), 0o644, "text")
	if err := os.Symlink("nowhere", filepath.Join(first, "dangling")); err != nil {
		t.Fatal(err)
	}
	path := first + ":" + second
	for _, c := range []struct {
		program, found, err string
		status              int
	}{
		{program: "both", found: both},
		{program: both, found: both},
		{program: "no-such", err: "no-such: command not found", status: 127},
		{program: "", err: "'': command not found", status: 127},
		{program: "--", err: "--: command not found", status: 127},
		{program: "dangling", err: "dangling: command not found", status: 127},
		{program: "/no/such", err: "/no/such: no such file", status: 127},
		{program: plain + "/below", err: plain + "/below: no such file", status: 127},
		{program: "folder", err: filepath.Join(first, "folder") + ": is a directory", status: 126},
		{program: first, err: first + ": is a directory", status: 126},
		{program: "plain", err: plain + ": not executable: permission denied", status: 126},
		{program: strings.Repeat("x", 300), err: filepath.Join(second, strings.Repeat("x", 300)) + ": file name too long", status: 126},
	} {
		found, err := find(c.program, path)
		if found != c.found || (err == nil) != (c.err == "") {
			t.Errorf("%q: %q, %v", c.program, found, err)
			continue
		}
		if exit := new(notRun); err != nil && (!errors.As(err, &exit) || exit.status != c.status || err.Error() != c.err) {
			t.Errorf("%q: %v, want %s", c.program, err, c.err)
		}
	}
}

// The first folder of the PATH that has a program wins; a file that cannot be
// run is passed over, and named only when no later folder has a better one.
func TestOrder(t *testing.T) {
	root := t.TempDir()
	var folders []string
	for _, name := range []string{"a", "b", "c"} {
		folder := filepath.Join(root, name)
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		folders = append(folders, folder)
	}
	a, b, c := folders[0], folders[1], folders[2]
	write(t, filepath.Join(a, "refused"), 0o644, "")
	write(t, filepath.Join(b, "twice"), 0o755, "")
	write(t, filepath.Join(c, "twice"), 0o755, "")
	if err := os.Mkdir(filepath.Join(a, "twice"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		a + ":" + b + ":" + c:            filepath.Join(b, "twice"),
		c + ":" + b:                      filepath.Join(c, "twice"),
		"/no/such:" + c:                  filepath.Join(c, "twice"),
		filepath.Join(a, "refused:") + c: filepath.Join(c, "twice"), // a file is no folder
	} {
		if got, err := find("twice", path); got != want {
			t.Errorf("PATH=%s: %q, %v, want %s", path, got, err, want)
		}
	}
	_, err := find("refused", a+":"+b)
	if exit := new(notRun); !errors.As(err, &exit) || exit.status != statusCannotRun || !strings.HasPrefix(err.Error(), filepath.Join(a, "refused")) {
		t.Errorf("a file that is there is not named: %v", err)
	}
}

// An empty folder of the PATH is the working directory, as execvp(3) has it.
func TestWorkingDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "here", 0o755, "#!/bin/sh\n")
	for _, path := range []string{":/bin", "/bin:", "/bin:."} {
		if found, err := find("here", path); found != "./here" {
			t.Errorf("PATH=%s: %q, %v", path, found, err)
		}
	}
	if _, err := find("here", "/bin"); err == nil {
		t.Error("a file of the working directory is found without being asked for")
	}
	if found, err := find("here", ""); err == nil {
		t.Errorf("an empty PATH finds %s", found)
	}
}

// What the kernel does not take is told by what the file asks for.
func TestWhy(t *testing.T) {
	folder := install(t)
	var foreign bytes.Buffer
	header := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_S390), Version: uint32(elf.EV_CURRENT),
		Ehsize: 64, Phentsize: 56, Shentsize: 64,
	}
	if err := binary.Write(&foreign, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, err string
		status          int
	}{
		{"script", "#! /no/such/interpreter -x\n", "its interpreter /no/such/interpreter is not there", 127},
		{"tabs", "#!\t/no/such/interpreter\t-x", "its interpreter /no/such/interpreter is not there", 127},
		{"dos", "#!/bin/sh\r\necho hello\r\n", `its interpreter /bin/sh\r is not there`, 127},
		{"nothing", "#!\n", "", 126},
		{"text", "echo hello\n", "neither a program nor a script with a #! line", 126},
		{"empty", "", "neither a program nor a script with a #! line", 126},
		{"foreign", foreign.String(), "built for s390, this machine is ", 126},
		{"dynamic", dynamic(t), "its interpreter /no64/", 127},
	} {
		path := write(t, filepath.Join(folder, c.name), 0o755, c.text)
		got := run(t, folder, nil, "mc-ns", "--", path)
		if got.status != c.status || !strings.Contains(got.stderr, path+": "+c.err) {
			t.Errorf("%s: %+v, want %d and %s", c.name, got, c.status, c.err)
		}
	}
}

// dynamic is a program whose loader is not there.
func dynamic(t *testing.T) string {
	t.Helper()
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte("/lib64/ld-"), []byte("/no64//ld-"), 1)
	if bytes.Equal(changed, text) {
		// A static shell: a program that asks for a loader is made by hand.
		return loader("/no64/ld.so")
	}
	return string(changed)
}

// loader is the smallest ELF file that asks for an interpreter.
func loader(path string) string {
	var b bytes.Buffer
	for _, part := range []any{
		elf.Header64{
			Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
			Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64,
		},
		elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: uint32(elf.PF_R), Off: 120, Filesz: uint64(len(path) + 1), Memsz: uint64(len(path) + 1), Align: 1},
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // to memory
	}
	return b.String() + path + "\x00"
}
