#!/usr/bin/env bash
# The kernel tests, in the virtual machine.
set -u
uname -r
echo "controllers of cgroup v2: $(cat /sys/fs/cgroup/cgroup.controllers)"
echo "swap: $(sed -n 2p /proc/swaps)"
failed=0
for package in test lib/network lib/cgroup lib/namespace lib/rootfs; do
	cd "/src/$package" || exit 1
	echo "=== $package"
	began=$SECONDS
	# A run that tests nothing has failed, and so has one that skips.
	./run.test -test.timeout 10m -test.v >/tmp/log 2>&1 || failed=1
	grep -q '^--- PASS' /tmp/log || failed=1
	! grep -- '--- SKIP' /tmp/log || failed=1
	grep -E '^ *--- |^panic|leaves' /tmp/log
	! grep -q -- '--- FAIL\|^panic\|leaves\|the host has changed' /tmp/log || cat /tmp/log
	echo "=== $package: $((SECONDS - began)) s"
done
((failed == 0)) && echo "all tests of the virtual machine have passed"
exit "$failed"
