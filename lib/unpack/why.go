package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// clean is a member's name as a path beneath the root. What GNU tar would bend
// (an absolute name) or leave out (a name with ..) is refused: no tool writes
// such names of a root file system.
func clean(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return "", errors.New("its name is absolute, and leads out of the root")
	}
	if slices.Contains(strings.Split(name, "/"), "..") {
		return "", errors.New("its name has .., and could lead out of the root")
	}
	if strings.Contains(name, "\x00") {
		return "", errors.New("its name has a NUL")
	}
	return path.Clean(name), nil
}

// inMember says which member an error is of.
func inMember(m *member, err error) error {
	if m.Typeflag == tar.TypeLink {
		return fmt.Errorf("hard link %s to %s: %w", m.Name, m.Linkname, err)
	}
	return fmt.Errorf("member %s: %w", m.Name, err)
}

// why names the stream, and says what an error of it means.
func (in *input) why(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("is cut off: %w", err)
	case errors.Is(err, tar.ErrHeader):
		err = fmt.Errorf("is damaged, or no tar stream, plain or by gzip, zstd or xz: %w", err)
	}
	name := in.name
	if name == "-" {
		name = "standard input"
	}
	return fmt.Errorf("%s: %w", name, err)
}

// whyParent says what is in the way to a member's folder.
func whyParent(folder string, err error) error {
	switch {
	case errors.Is(err, unix.ELOOP):
		return fmt.Errorf("%s: leads through a symbolic link of the archive", folder)
	case errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%s: is no folder in the archive", folder)
	}
	return fmt.Errorf("%s: %w", folder, err)
}
