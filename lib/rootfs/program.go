package rootfs

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"mini-container/lib/plain"

	"golang.org/x/sys/unix"
)

// mostInterpreters is how deep the kernel follows #! lines (execve(2)).
const mostInterpreters = 5

// file opens a plain file inside for reading. Anything else is not opened: a
// FIFO would keep us waiting, and a device could do anything.
func (t *tree) file(inside string) (int, unix.Stat_t, error) {
	var st unix.Stat_t
	fd, err := t.open(inside, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return -1, st, err
	}
	if err := unix.Fstat(fd, &st); err != nil {
		t.look(err)
		return -1, st, errors.Join(err, unix.Close(fd))
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return -1, st, errors.Join(errors.New("is no plain file"), unix.Close(fd))
	}
	return fd, st, nil
}

// read gives the beginning of a plain file.
func (t *tree) read(inside string, most int64) ([]byte, error) {
	if kind := t.kind(inside); kind != unix.S_IFREG && kind != 0 {
		return nil, errors.New("is no plain file")
	}
	fd, st, err := t.file(inside)
	if err != nil {
		return nil, err
	}
	text := make([]byte, min(most, st.Size))
	n, err := io.ReadFull(t.descriptor(fd), text)
	return text[:n], errors.Join(err, unix.Close(fd))
}

// descriptor is an open file by its number.
type descriptor struct {
	tree *tree
	fd   int
}

func (t *tree) descriptor(fd int) descriptor { return descriptor{t, fd} }

func (d descriptor) Read(b []byte) (int, error) {
	n, err := again(func() (int, error) { return unix.Read(d.fd, b) })
	d.tree.look(err)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), err
}

// ReadAt reads from a place of the file.
func (d descriptor) ReadAt(b []byte, at int64) (int, error) {
	n, err := again(func() (int, error) { return unix.Pread(d.fd, b, at) })
	d.tree.look(err)
	if n < len(b) && err == nil {
		return max(n, 0), io.EOF
	}
	return max(n, 0), err
}

// again makes a call that a signal has interrupted once more.
func again(call func() (int, error)) (n int, err error) {
	for n, err = call(); errors.Is(err, unix.EINTR); {
		n, err = call()
	}
	return n, err
}

// program looks whether a file can be run: the one of a #! line too, and what
// an ELF file asks for.
func (r *Report) program(file string, depth int) {
	if kind := r.tree.kind(file); kind != unix.S_IFREG {
		r.add(plain.Bad, file, "is %s, not a program", aFile(kind))
		return
	}
	fd, st, err := r.tree.file(file)
	if err != nil {
		r.add(plain.Bad, file, "cannot be read: %v", err)
		return
	}
	defer unix.Close(fd)
	if st.Mode&0o111 == 0 {
		r.add(plain.Bad, file, "may be run by nobody: its mode is %04o", st.Mode&0o7777)
		return
	}
	first := make([]byte, 256)
	n, _ := r.tree.descriptor(fd).ReadAt(first, 0)
	if line, is := bytes.CutPrefix(first[:n], []byte("#!")); is {
		r.script(file, line, depth)
		return
	}
	r.elf(file, fd)
}

func (r *Report) script(file string, line []byte, depth int) {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	words := strings.Fields(string(line))
	switch {
	case len(words) == 0:
		r.add(plain.Bad, file, "its #! line names no program")
	case strings.HasSuffix(string(line), "\r"):
		r.add(plain.Bad, file, "its #! line ends with a carriage return, which the kernel takes for a part of the name")
	case depth == mostInterpreters:
		r.add(plain.Bad, file, "its #! lines lead from script to script, and the kernel gives up")
	case r.tree.kind(words[0]) == 0:
		r.add(plain.Bad, file, "its interpreter %s is not there", words[0])
	default:
		r.add(plain.OK, file, "a script for %s", words[0])
		r.program(words[0], depth+1)
		if path.Base(words[0]) == "env" && len(words) > 1 && !strings.HasPrefix(words[1], "-") {
			r.command(Spec{Command: words[1], Path: cleanPath})
		}
	}
}

// cleanPath is the PATH that env(1) finds inside.
const cleanPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

func (r *Report) elf(file string, fd int) {
	f, err := elf.NewFile(r.tree.descriptor(fd))
	if err != nil {
		r.add(plain.Bad, file, "is neither a program nor a script with a #! line")
		return
	}
	if why := foreign(f); why != "" {
		r.add(plain.Bad, file, "%s", why)
		return
	}
	interpreter := interpreterOf(f)
	if interpreter == "" {
		r.add(plain.OK, file, "a static program for %s", machineOf(f))
		return
	}
	if r.tree.kind(interpreter) == 0 {
		r.add(plain.Bad, file, "its interpreter %s is not there", interpreter)
		return
	}
	r.add(plain.OK, file, "a program for %s, with %s", machineOf(f), interpreter)
	r.libraries(file, f)
}

// machineOf is the machine's name as uname(2) has it, mostly.
func machineOf(f *elf.File) string {
	return strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_"))
}

// foreign says why the kernel cannot run the file, or nothing.
func foreign(f *elf.File) string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	machine := unix.ByteSliceToString(u.Machine[:])
	runs := map[string][]elf.Machine{
		"x86_64": {elf.EM_X86_64, elf.EM_386}, "aarch64": {elf.EM_AARCH64, elf.EM_ARM}, "riscv64": {elf.EM_RISCV},
		"ppc64le": {elf.EM_PPC64}, "s390x": {elf.EM_S390},
	}[machine]
	for _, m := range runs {
		if f.Machine == m {
			return ""
		}
	}
	if runs == nil {
		return ""
	}
	return fmt.Sprintf("is built for %s, this machine is %s (a handler of binfmt_misc could run it)", machineOf(f), machine)
}

// interpreterOf is PT_INTERP.
func interpreterOf(f *elf.File) string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name, _ := io.ReadAll(io.LimitReader(p.Open(), unix.PathMax))
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}
