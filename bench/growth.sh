#!/bin/bash
# Measures what the network of one more container costs when many are there
# already: up and down with a given address, with --ip auto, and without the
# guard against forged addresses; and the same pair made by ip(8), which shows
# what the kernel's own share of the growth is. Works in namespaces of its own.
set -euo pipefail
self=$(readlink -f "$0")
if [[ ${1-} != --alone ]]; then
	((EUID == 0)) || { echo "growth.sh: needs root" >&2 && exit 1; }
	exec unshare --net --mount --propagation private "$self" --alone "$@"
fi
shift
PATH=${self%/*}/../bin:$PATH
export GOMAXPROCS=1 # as the script has it
rounds=${1:-15}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns
ip link set lo up

ours() { mc-net up x --ip 10.50.255.9/16 >/dev/null && mc-net down x; }
auto() { mc-net up x --ip auto >/dev/null && mc-net down x; }
loose() { mc-net up x --ip 10.50.255.9/16 --no-antispoof >/dev/null && mc-net down x; }
by_hand() {
	ip netns add y && ip link add mc-y group 28003 master mc0 up type veth peer name eth0 netns y &&
		ip -n y address add 10.50.255.10/16 dev eth0 && ip -n y link set eth0 up && ip -n y route add default via 10.50.0.1 && ip netns delete y
}

there=0
printf '%-12s %14s %14s %14s %14s\n' containers 'up+down, ms' 'with auto, ms' 'unguarded, ms' 'ip(8), ms'
for level in 1 100 500 1000; do
	for (( ; there < level; there++)); do
		mc-net up "c-$there" --ip "10.50.$((there / 200)).$((there % 200 + 2))/16" >/dev/null
	done
	for ((i = 0; i < rounds; i++)); do
		for what in ours auto loose by_hand; do
			from=$EPOCHREALTIME
			$what
			to=$EPOCHREALTIME
			echo "$what $((${to/./} - ${from/./}))"
			sleep 0.1
		done
	done | sort -k1,1 -k2,2n | awk -v level="$level" '
		{ n[$1]++; t[$1, n[$1]] = $2 }
		function median(what) { return t[what, int((n[what] + 1) / 2)] / 1000 }
		END { printf "%-12d %14.1f %14.1f %14.1f %14.1f\n", level, median("ours"), median("auto"), median("loose"), median("by_hand") }'
done
