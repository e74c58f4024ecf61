package privilege

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Own are the effective and the permitted capabilities of the calling thread
// (capget(2)).
func Own() (effective, permitted Set, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData // the lower 32 of each set, then the others
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0, 0, fmt.Errorf("capget: %w", err)
	}
	for i := range data {
		effective |= Set(data[i].Effective) << (32 * i)
		permitted |= Set(data[i].Permitted) << (32 * i)
	}
	return effective, permitted, nil
}
