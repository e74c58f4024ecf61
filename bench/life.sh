#!/usr/bin/env bash
# Measures the whole life of a container, from the command line to the last
# thing that is removed: ours against the same by hand. Both run in turn, in a
# network and mount namespace of their own. Prints one table.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
BIN=$here/../bin

usage() {
	cat <<'EOF'
Usage: life.sh [RUNS]

Run each contender RUNS times (30), in turn, and print the median, the tenth
and the ninetieth percentile in milliseconds: alone on the host, and beside
another container, where the bridge stays. Needs root.

  MC_ROOT=FOLDER   the root file system (./rootfs, or a new one of busybox)
EOF
}

# contender NAME COMMAND...: runs the command in a container of that contender.
contender() {
	local name=$1
	shift
	case $name in
	ours) "$here/../scripts/mini-container.sh" "$MC_ROOT" bench-1 192.168.1.2 "$@" ;;
	by-hand) "$here/by-hand.sh" "$MC_ROOT" bench-1 192.168.1.2 "$@" ;;
	esac
}
contenders=(ours by-hand)

# same: what is inside must be alike, or the comparison says nothing.
same() {
	local look='hostname; ip -4 -o addr show eth0 | sed "s/.*inet //"; ip link show lo | grep -o "[<,]UP"; ip route
		cut -d" " -f5,6 /proc/self/mountinfo | sort; ls -l /dev | cut -c1-4,40-; cat /etc/hosts
		sed "s,.*:,," /proc/self/cgroup | grep -c bench-1; id; echo $$'
	local name
	for name in "${contenders[@]}"; do
		contender "$name" /bin/sh -c "$look" >"$tmp/inside.$name" </dev/null
		diff "$tmp/inside.ours" "$tmp/inside.$name" >&2 || { echo "life.sh: $name is another container than ours" >&2 && return 1; }
	done
}

# round WHERE RUNS: runs all in turn, and prints their rows; a ratio is to ours.
round() {
	local name from to
	for ((i = 0; i < $2; i++)); do
		for name in "${contenders[@]}"; do
			from=$EPOCHREALTIME
			contender "$name" /bin/true </dev/null
			to=$EPOCHREALTIME
			echo "$name" $((${to/./} - ${from/./}))
		done
	done | sort -k1,1 -k2,2n >"$tmp/times"
	for name in "${contenders[@]}"; do sed -n "s/^$name //p" "$tmp/times" | row "$name, $1"; done |
		awk -F '\t' 'NR == 1 { ours = $2 } { printf "%-32s %8.1f %8.1f %8.1f %8.2f\n", $1, $2, $3, $4, $2 / ours }'
}

# row NAME: the percentiles of the sorted times on stdin, in milliseconds.
row() {
	awk -v name="$1" '{ t[NR] = $1 / 1000 } function at(p) { return t[int((NR - 1) * p + 0.5) + 1] }
		END { printf "%s\t%f\t%f\t%f\n", name, at(0.5), at(0.1), at(0.9) }'
}

sizes() {
	printf '\n%-32s %8s\n' "binary" KiB
	for name in mc-net mc-cgroup mc-ns mc-rootfs; do
		printf '%-32s %8d\n' "$name" $(($(stat -c %s "$BIN/$name") / 1024))
	done
}

if [[ ${1-} != --alone ]]; then
	[[ ${1-} != -h && ${1-} != --help ]] || { usage && exit; }
	[[ $# -le 1 && ${1:-1} =~ ^[1-9][0-9]*$ ]] || { echo "life.sh: $*: wrong arguments (try '$0 --help')" >&2 && exit 1; }
	((EUID == 0)) || { echo "life.sh: needs root" >&2 && exit 1; }
	[[ -x $BIN/mc-ns ]] || { echo "life.sh: $BIN: no tools there (make build)" >&2 && exit 1; }
	exec unshare --net --mount --propagation private "$0" --alone "${1:-30}"
fi

mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"; rmdir /sys/fs/cgroup/{,*/}"$MC_CGROUP_PARENT"/{bench-1,} 2>/dev/null || true' EXIT
PATH=$(readlink -f "$BIN"):$PATH
export MC_CGROUP_PARENT=mini-container-bench-$$
MC_ROOT=${MC_ROOT:-$here/../rootfs}
[[ -e $MC_ROOT/bin/sh ]] || MC_ROOT=$tmp/rootfs
ROOTFS_OFFLINE=1 "$here/../scripts/rootfs.sh" "$MC_ROOT" 2>/dev/null

same
printf '%-32s %8s %8s %8s %8s\n' "life of a container, ms" median 10% 90% ratio
round alone "$2"
mc-net up other --ip 192.168.1.9/24 >/dev/null
round 'beside another' "$2"
sizes
