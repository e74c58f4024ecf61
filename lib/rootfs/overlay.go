package rootfs

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Layer is where what is written goes, instead of into the root: many
// containers can share one.
type Layer struct {
	Folder string // made when it is missing; empty for one in memory, which ends with the container
}

// overlay puts a writable layer over the tree (overlayfs, in the kernel's
// documentation). It comes after the attach step: the tree is what lies below.
type overlay struct {
	root  *tree
	layer Layer
	below int // the tree's descriptor before
	upper int // of the layer's mount
}

func (s *overlay) Do() error {
	if err := s.open(); err != nil {
		return fmt.Errorf("%s: layer: %w", s.name(), err)
	}
	err := s.cover()
	if errors.Is(err, unix.EBUSY) {
		err = fmt.Errorf("another container has it: %w", err)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: layer over %s: %w", s.name(), s.root.path, err), uncover(s.upper))
	}
	return nil
}

// name is the layer, for an error.
func (s *overlay) name() string {
	if s.layer.Folder == "" {
		return "tmpfs"
	}
	return s.layer.Folder
}

// open mounts the layer over the tree, where nobody looks for it: the kernel
// takes only layers that are mounted in this namespace.
func (s *overlay) open() error {
	var err error
	if s.upper, err = s.mount(); err != nil {
		return err
	}
	if err := unix.MoveMount(s.upper, "", s.root.fd, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH); err != nil {
		return errors.Join(err, unix.Close(s.upper))
	}
	for _, folder := range []string{"upper", "work"} {
		err := s.root.users.act(func() error { return unix.Mkdirat(s.upper, folder, 0o755) })
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return errors.Join(err, uncover(s.upper))
		}
	}
	return nil
}

// mount is the layer, mounted nowhere yet.
func (s *overlay) mount() (int, error) {
	if s.layer.Folder == "" {
		f := fileSystem{kind: "tmpfs", data: []string{"mode=755"}}
		f.data = s.root.users.owned(f)
		return create(f)
	}
	if err := unix.Mkdir(s.layer.Folder, 0o700); err != nil && !errors.Is(err, unix.EEXIST) {
		return -1, err
	}
	folder, err := unix.Open(s.layer.Folder, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(folder)
	return clone(folder, "", 0)
}

// cover mounts the two as one over both. They are named by their descriptors:
// whatever their paths are, there is no comma or colon in that.
func (s *overlay) cover() error {
	below, upper := "/proc/self/fd/"+strconv.Itoa(s.root.fd), "/proc/self/fd/"+strconv.Itoa(s.upper)
	data := []string{"lowerdir=" + below, "upperdir=" + upper + "/upper", "workdir=" + upper + "/work"}
	if s.layer.Folder != "" {
		data = append(data, "index=on") // else two may have one layer at once
	}
	fd, err := create(fileSystem{kind: "overlay", source: s.source(), data: data})
	if err != nil {
		return err
	}
	err = unix.MoveMount(fd, "", s.upper, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	if err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	s.below, s.root.fd = s.root.fd, fd
	return nil
}

// mostSource is the longest string that a file system's context takes, less its
// NUL (fsconfig(2)).
const mostSource = 255

// source is what the table of mounts says of the two: LOWER, or LOWER:LAYER,
// as the descriptors by which the kernel knows them tell nobody anything.
func (s *overlay) source() string {
	source := colons(s.root.path)
	if s.layer.Folder != "" {
		source += ":" + colons(absolute(s.layer.Folder))
	}
	if len(source) > mostSource {
		return "overlay"
	}
	return source
}

func (s *overlay) Undo() error {
	fd := s.root.fd
	s.root.fd = s.below
	return errors.Join(uncover(fd), uncover(s.upper))
}

func (s *overlay) Say() string {
	root, layer := s.root.path, absolute(s.layer.Folder)
	first, index := step.Say("mount", "--rbind", layer, root), ",index=on"
	if s.layer.Folder == "" {
		first, index = step.Say("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", root), ""
	}
	return "exec 8<" + step.Quote(root) + "\n" + first + "\n" + step.Say("mkdir", "-p", root+"/upper", root+"/work") + "\n" +
		step.Say("mount", "-t", "overlay", "-o", "lowerdir=/proc/self/fd/8,upperdir="+root+"/upper,workdir="+root+"/work"+index, s.source(), root)
}

func (*overlay) Why() string {
	return "What is written goes into a layer over the root (man 8 mount, overlay)."
}
