#!/usr/bin/env bash
# One part ($MC_PART) of the kernel tests, in the virtual machine.
set -u
echo "controllers of cgroup v2: $(cat /sys/fs/cgroup/cgroup.controllers)"
echo "Linux $(uname -r), swap: $(sed -n 2p /proc/swaps)"
failed=0

# run PACKAGE ARGUMENTS...: a run that tests nothing has failed, and so has one
# that skips.
run() {
	local package=$1 began=$SECONDS
	shift
	cd "/src/$package" || exit 1
	./run.test -test.timeout 24m -test.v "$@" >/tmp/log 2>&1 || failed=1
	grep -q '^--- PASS' /tmp/log || failed=1
	! grep -- '--- SKIP' /tmp/log || failed=1
	grep -E '^ *--- [A-Z]+:|^panic' /tmp/log
	! grep -q -- '--- FAIL\|^panic\|the host has changed' /tmp/log || cat /tmp/log
	echo "=== $package $*: $((SECONDS - began)) s"
}

# without MODULE: mc-net up says what is missing, while no test runs that has
# a use for the module.
without() {
	rmmod "$1" || failed=1
	/tree/bin/mc-net up host-1 --ip 192.168.1.2/24 >/tmp/log 2>&1 && failed=1
	grep -x "mc-net: .*this kernel has no $1: try 'modprobe $1': operation not supported" /tmp/log || { failed=1 && cat /tmp/log; }
	[[ ! -e /run/netns/host-1 ]] || failed=1
	insmod /modules/*-"$1".ko* || failed=1
}

# The last two parts have what the others leave out.
case $MC_PART in
1) run test -test.run 'TestScripts/^chain-[a-d]' ;;
2) run test -test.run 'TestScripts/^chain-[e-o]' ;;
3) run test -test.run 'TestScripts/^chain-[p-z]' ;;
4) run test -test.run 'TestScripts/^cgroup-' ;;
5) run test -test.run 'TestScripts/^v2-' ;;
6)
	without bridge
	without veth
	run test -test.run 'TestScripts/^net-[a-e]'
	;;
7) run test -test.run 'TestScripts/^net-[f-z]' ;;
8) run test -test.run 'TestScripts/^(docs|examples|look|recipes)' ;;
9) run test -test.run 'TestScripts/^explain-' ;;
10) run test -test.skip 'TestScripts/^(chain|cgroup|v2|net|docs|e|look|recipes)' ;;
11) for package in nft network cgroup namespace rootfs; do run "lib/$package"; done ;;
esac
((failed == 0)) && echo "all tests of this machine have passed"
exit "$failed"
