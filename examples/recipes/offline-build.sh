#!/bin/bash
# A build without network, and within limits: what it fetches by the way it has
# to do without, and a leak or a fork bomb in it ends it, not the machine.
#
# Run it:  sudo examples/recipes/offline-build.sh make -j8
#
# The command finds the host as it is, but for the network, its mounts and its
# IPC objects. In the end it is told what the build took, of all its processes.
set -euo pipefail
PATH=${0%/*}/../../bin:$PATH
group=build-$$

mc-cgroup run "$group" --memory-max "${MEMORY:-2G}" --swap-max 0 --pids-max "${PIDS:-1000}" -- \
	mc-ns run --net --mount --ipc --no-new-privs -- \
	"$@" && status=0 || status=$?

mc-cgroup show "$group" --json |
	jq -r '"the build ended with '"$status"'; it took \(.memory_peak / 1048576 | floor) MiB at most and \(.cpu_usage_usec / 1000 | floor) ms of processor time"' >&2
mc-cgroup delete --kill "$group"
exit "$status"
