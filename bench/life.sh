#!/bin/bash
# Measures the whole life of a container, from the command line to the last
# thing that is removed, and what belongs to it: ours against what people use
# instead. All run in turn, in a network and mount namespace of their own.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
export BENCH=$here BIN=$here/../bin

usage() {
	cat <<'EOT'
Usage: life.sh [RUNS]

Run each contender RUNS times (20), in turn, and print tables of the medians:
whole lives, chains without a network, lives side by side, lives beside many,
the memory of a supervisor, the slowest steps. Needs root, a C compiler, and
the peers (make bench installs them); one that is missing is named.

  MC_MANY="0 100 500"  how many others there are when growth is measured
  MC_ROOT=FOLDER       the root file system (./rootfs, or a new one of busybox)
EOT
}

if [[ ${1-} != --alone ]]; then
	[[ ${1-} != -h && ${1-} != --help ]] || { usage && exit; }
	[[ $# -le 1 && ${1:-1} =~ ^[1-9][0-9]*$ ]] || { echo "life.sh: $*: wrong arguments (try '$0 --help')" >&2 && exit 1; }
	((EUID == 0)) || { echo "life.sh: needs root" >&2 && exit 1; }
	[[ -x $BIN/mc-ns ]] || { echo "life.sh: $BIN: no tools there (make build)" >&2 && exit 1; }
	exec unshare --net --mount --propagation private "$0" --alone "${1:-20}"
fi
runs=$2

mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
tmp=$(mktemp -d)
PATH=$(readlink -f "$BIN"):$PATH
export TMP=$tmp MC_CGROUP_PARENT=mini-container-bench-$$ MC_ROOT=${MC_ROOT:-$here/../rootfs}
trap 'leave' EXIT
leave() {
	mc-net gc >/dev/null 2>&1 || true
	local pid
	[[ ! -e $tmp/pids ]] || while read -r pid; do
		kill -TERM "$pid" 2>/dev/null && tail --pid="$pid" -f /dev/null
	done <"$tmp/pids"
	rm -rf "$tmp"
	rmdir /sys/fs/cgroup/{,*/}"$MC_CGROUP_PARENT"/{*,} 2>/dev/null || true
}
[[ -e $MC_ROOT/bin/sh ]] || MC_ROOT=$tmp/rootfs
ROOTFS_OFFLINE=1 "$here/../scripts/rootfs.sh" "$MC_ROOT" 2>/dev/null
MC_ROOT=$(readlink -f "$MC_ROOT")
cc -O2 -o "$tmp/floor" "$here/floor/floor.c"
# shellcheck source=/dev/null
. "$here/contenders.sh"

# timed COMMAND...: its time in microseconds, and its end waited for by nobody.
timed() {
	local from=$EPOCHREALTIME to
	"$@" </dev/null >/dev/null || { echo "life.sh: $* failed" >&2 && return 1; }
	to=$EPOCHREALTIME
	echo $((${to/./} - ${from/./}))
}

# medians FILE: lines "NAME MICROSECONDS" become "NAME MEDIAN", in milliseconds.
medians() {
	sort -k1,1 -k2,2n "$1" | awk '{ n[$1]++; t[$1, n[$1]] = $2 }
		END { for (name in n) printf "%s %.1f\n", name, t[name, int((n[name] + 1) / 2)] / 1000 }'
}

# table TITLE RATIO-OF NAME...: the medians of $tmp/times in the order of names.
table() {
	local title=$1 base=$2 name of
	shift 2
	medians "$tmp/times" >"$tmp/medians"
	base=$(awk -v n="$base" '$1 == n { print $2 }' "$tmp/medians")
	printf '\n%-18s %8s %8s  %s\n' "$title" ms ratio ''
	for name; do
		of=$(awk -v n="$name" '$1 == n { print $2 }' "$tmp/medians")
		if [[ $of ]]; then
			printf '%-18s %8.1f %8.2f  %s\n' "$name" "$of" "$(awk "BEGIN { print $of / $base }")" "${does[$name]-}"
		else
			printf '%-18s %8s %8s  %s\n' "$name" - - "not here: ${missing[$name]-}"
		fi
	done
}

# beside: another, so that the bridge and the folder of the groups are there.
beside() { mc-net up other --ip 192.168.1.9/24 >/dev/null && mc-cgroup create other >/dev/null; }

# round NAME...: each contender's life RUNS times in turn. What the kernel has
# still to do for one must not be charged to the next: there is a pause.
round() {
	: >"$tmp/times"
	local name
	for ((i = 0; i < runs; i++)); do
		for name; do
			[[ ! ${missing[$name]-} ]] || continue
			echo "$name $(timed "$name" life-1 192.168.1.2)" >>"$tmp/times"
			sleep 0.1
		done
	done
}

same
beside
probe crun-cni runc-cni podman bwrap-netns bwrap-chain
whole=(ours floor floor-sync by-hand crun-cni runc-cni podman bwrap-netns)
round "${whole[@]}"
table 'a whole life' ours "${whole[@]}"
mc-net down other && mc-cgroup delete other
sleep 1
round ours by-hand
table 'the only one' ours ours by-hand
beside

round ours-chain bwrap-chain
table 'no network' ours-chain ours-chain bwrap-chain

# Side by side: lives a second.
printf '\n%-18s %8s %8s %8s\n' 'lives a second' '1' '4' '16'
for name in ours floor floor-sync by-hand crun-cni runc-cni; do
	[[ ! ${missing[$name]-} ]] || continue
	printf '%-18s' "$name"
	for lanes in 1 4 16; do
		from=$EPOCHREALTIME
		for ((lane = 0; lane < lanes; lane++)); do
			(for ((i = 0; i < 1 + runs / 4; i++)); do "$name" "lane-$lane" "192.168.1.$((lane + 20))" </dev/null >/dev/null || echo "life.sh: $name failed" >&2; done) &
		done
		wait
		to=$EPOCHREALTIME
		printf ' %8.0f' "$(awk "BEGIN { print $lanes * (1 + int($runs / 4)) * 1e6 / (${to/./} - ${from/./}) }")"
		sleep 0.3
	done
	echo
done

# Beside many: networks that are up.
printf '\n%-18s %8s %8s %8s\n' 'beside' ms ratio floor
first='' up=0 many=${MC_MANY:-0 100 500}
for more in $many; do
	for (( ; up < more; up++)); do
		mc-net up "many-$up" --ip "10.9.$((up / 250)).$((up % 250 + 2))/16" --bridge mc9 >/dev/null
	done
	sleep 1
	round ours floor
	now=$(medians "$tmp/times" | awk '$1 == "ours" { print $2 }')
	first=${first:-$now}
	printf '%-18s %8.1f %8.2f %8.1f\n' "$more containers" "$now" "$(awk "BEGIN { print $now / $first }")" \
		"$(medians "$tmp/times" | awk '$1 == "floor" { print $2 }')"
done
for ((i = 0; i < up; i++)); do echo "many-$i"; done | xargs -n 1 -P 4 mc-net down

# What waits while a container runs.
for n in 1 2; do
	"$here/../scripts/mini-container.sh" "$MC_ROOT" "wait-$n" "192.168.1.$((n + 10))" /bin/sleep 1000 </dev/null >/dev/null &
	echo $! >>"$tmp/pids"
done
for ((i = 0; i < 100; i++)); do
	supervisor=$(pgrep -P "$(head -n 1 "$tmp/pids")" mc-ns) && pgrep -P "$supervisor" sleep >/dev/null && break
	sleep 0.1
done
printf '\nsupervisor, KiB, one of two: %s\n' "$(awk '/^(Rss|Pss|Private_Clean|Private_Dirty):/ { printf "%s %s  ", $1, $2 }' "/proc/$supervisor/smaps_rollup")"

printf '\nslowest steps of a life, ms\n'
"$here/../scripts/mini-container.sh" --trace=json "$MC_ROOT" steps 192.168.1.2 /bin/true 2>&1 |
	sed 's/.*"tool":"\([^"]*\)","step":"\(.*\)","seconds":\([0-9.e-]*\).*/\3 \1 \2/' | sort -rg | awk 'NR <= 8' | awk '{ printf "%8.2f  ", $1 * 1000; $1 = ""; print substr($0, 2, 66) }'
