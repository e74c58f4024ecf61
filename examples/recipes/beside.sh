#!/bin/bash
# The tools beside other people's: each link of the chain is one that others can
# take the place of. bwrap has no limits and no network of its own, unshare has
# no address, podman can be given a network: that is what these are for.
#
# Run it:  sudo examples/recipes/beside.sh ROOT
#
# ROOT is a folder with a root file system (make rootfs).
set -euo pipefail
PATH=${0%/*}/../../bin:$PATH
root=${1:?needs ROOT, a folder with a root file system}

tmp=$(mktemp -d)
undo() { rm -rf "$tmp" && mc-cgroup delete --kill beside && mc-net down beside; }
trap undo EXIT
mc-net up beside --ip 10.7.3.2/24 --bridge beside0 >/dev/null
mc-cgroup create beside --memory-max 64M --pids-max 32 >/dev/null
# shellcheck disable=SC2016 # it is for the shells inside
look='echo "$(hostname): $(ip -4 -o addr show eth0 | tr -s " " | cut -d " " -f 4)"'

echo "bwrap, with a network and limits:"
mc-cgroup exec beside -- mc-ns run --net beside -- \
	bwrap --unshare-pid --unshare-uts --hostname in-bwrap --bind "$root" / --proc /proc --dev /dev /bin/sh -c "$look"

echo "unshare in the place of mc-ns, and nsenter for its --net:"
mc-cgroup exec beside -- nsenter --net=/run/netns/beside unshare --mount --uts --pid --fork \
	mc-rootfs pivot "$root" -- /bin/sh -c "hostname in-unshare; $look"

echo "a network for a process that unshare has made:"
unshare --net --uts sleep 1000 &
until [[ $(cat /proc/$!/comm) == sleep ]]; do sleep 0.1; done
mc-net up later --pid $! --ip 10.7.3.3/24 --bridge beside0
mc-ns enter $! --tools -- ip -4 -br addr show eth0
mc-net down later
kill $!

echo "podman, with a network of ours:"
# Its storage is not touched, nor are the host's mounts.
mc-ns run --mount -- podman --root "$tmp/storage" --runroot "$tmp/run" --cgroup-manager cgroupfs --events-backend file \
	run --rm --network ns:/run/netns/beside --rootfs "$root" /bin/sh -c "$look" || echo "podman does not run here"
