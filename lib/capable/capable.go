// Package capable tells which capabilities this process has, whatever it wants
// them for.
package capable

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Sets are the effective and the permitted capabilities of the calling thread,
// a bit for each (capget(2)).
func Sets() (effective, permitted uint64, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the lower 32 of each set, then the others
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, 0, fmt.Errorf("capget: %w", err)
	}
	for i := range data {
		effective |= uint64(data[i].Effective) << (32 * i)
		permitted |= uint64(data[i].Permitted) << (32 * i)
	}
	return effective, permitted, nil
}

// Has tells whether all of these (CAP_SYS_ADMIN, …) are in effect.
func Has(capabilities ...int) (bool, error) {
	effective, _, err := Sets()
	var all uint64
	for _, c := range capabilities {
		all |= 1 << c
	}
	return err == nil && effective&all == all, err
}

// NeedsRoot tells who may, to who is not root and was refused (EPERM, EACCES);
// every other error is left as it is.
func NeedsRoot(err error) error {
	if os.Geteuid() != 0 && errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("needs root: %w", err)
	}
	return err
}
