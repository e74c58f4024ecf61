package rootfs

import (
	"debug/elf"
	"path"
	"strings"

	"mini-container/lib/plain"

	"golang.org/x/sys/unix"
)

// mostLibraries is how many are looked at: a hostile root may have no end.
const mostLibraries = 500

// library is one that is looked for, and who asks.
type library struct{ name, by string }

// libraries looks for what a program links to, as ld.so(8) and musl's loader
// do, and for what those link to.
func (r *Report) libraries(file string, f *elf.File) {
	folders := append(runpath(file, f), r.folders()...)
	var wait []library
	for _, name := range needed(f) {
		wait = append(wait, library{name, file})
	}
	seen, missing := map[string]bool{}, 0
	for len(wait) > 0 && len(seen) < mostLibraries {
		l := wait[0]
		wait = wait[1:]
		if seen[l.name] {
			continue
		}
		seen[l.name] = true
		found, more, also := r.library(l, folders)
		if !found {
			r.add(plain.Bad, l.name, "is not there, and %s needs it", l.by)
			missing++
			continue
		}
		folders = append(folders, also...)
		wait = append(wait, more...)
	}
	if missing == 0 {
		r.add(plain.OK, file, "its libraries are there, %d in all", len(seen))
	}
}

// library finds one and gives what it needs itself, and where that may lie.
func (r *Report) library(l library, folders []string) (found bool, more []library, also []string) {
	paths := []string{l.name}
	if !strings.Contains(l.name, "/") {
		paths = nil
		for _, folder := range folders {
			paths = append(paths, path.Join(folder, l.name))
		}
	}
	for _, file := range paths {
		if r.tree.kind(file) != unix.S_IFREG {
			continue
		}
		fd, _, err := r.tree.file(file)
		if err != nil {
			continue
		}
		defer unix.Close(fd)
		f, err := elf.NewFile(r.tree.descriptor(fd))
		if err != nil {
			continue
		}
		for _, name := range needed(f) {
			more = append(more, library{name, file})
		}
		return true, more, runpath(file, f)
	}
	return false, nil, nil
}

// needed are the names of DT_NEEDED. A file without them, or a broken one, has
// none.
func needed(f *elf.File) []string {
	names, err := f.ImportedLibraries()
	if err != nil {
		return nil
	}
	return names
}

// runpath are the folders of DT_RPATH and DT_RUNPATH.
func runpath(file string, f *elf.File) []string {
	var folders []string
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		lists, err := f.DynString(tag)
		if err != nil {
			continue
		}
		for _, list := range lists {
			for folder := range strings.SplitSeq(list, ":") {
				origin := strings.NewReplacer("$ORIGIN", path.Dir(file), "${ORIGIN}", path.Dir(file))
				folders = append(folders, origin.Replace(folder))
			}
		}
	}
	return folders
}

// folders are where the loaders look: those of ld.so.conf(5), of musl's own
// file, and those that are built in.
func (r *Report) folders() []string {
	var folders []string
	configured := []string{"/etc/ld.so.conf"}
	for _, name := range r.tree.list("/etc/ld.so.conf.d") {
		configured = append(configured, "/etc/ld.so.conf.d/"+name)
	}
	for _, name := range r.tree.list("/etc") {
		if strings.HasPrefix(name, "ld-musl-") && strings.HasSuffix(name, ".path") {
			configured = append(configured, "/etc/"+name)
		}
	}
	for _, file := range configured {
		text, err := r.tree.read(file, 1<<16)
		if err != nil {
			continue
		}
		for _, word := range strings.FieldsFunc(string(text), func(c rune) bool { return strings.ContainsRune(" \t\n:,", c) }) {
			if path.IsAbs(word) {
				folders = append(folders, word)
			}
		}
	}
	for _, top := range []string{"", "/usr", "/usr/local"} {
		folders = append(folders, top+"/lib", top+"/lib64")
		for _, name := range r.tree.list(top + "/lib") {
			if strings.Contains(name, "-linux-") {
				folders = append(folders, top+"/lib/"+name)
			}
		}
	}
	return folders
}

// list gives the names in a folder inside, or none.
func (t *tree) list(inside string) []string {
	fd, err := t.open(inside, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	buf := make([]byte, 1<<16)
	var names []string
	for {
		n, err := unix.Getdents(fd, buf)
		t.look(err)
		if err != nil || n <= 0 || len(names) > 10000 {
			return names
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
}
