package step

import (
	"errors"
	"io/fs"
	"os"
)

// Cause takes the path and the system call's name off an error of package os,
// for a caller that says both itself.
func Cause(err error) error {
	var path *fs.PathError
	var call *os.SyscallError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	case errors.As(err, &call):
		return call.Err
	}
	return err
}
