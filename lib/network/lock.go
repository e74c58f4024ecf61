package network

import "mini-container/lib/lock"

// lockFile is an object that is there anyway: there is one in each network
// namespace, and only root can open it, so that nobody else can hold us up.
// (/proc/self/ns/net can be locked by every user.) It is written to only by
// those who want the route cache flushed; we never write.
const lockFile = "/proc/sys/net/ipv4/route/flush"

// Lock keeps other runs in this network namespace out, between the look at a
// bridge and the change of it: one may be about to remove the bridge that
// another is about to use. The kernel frees it by the death of its holder.
func Lock() (unlock func(), err error) {
	if err := Privileged(); err != nil {
		return nil, err
	}
	return lock.Take(lockFile, "mc-net")
}
