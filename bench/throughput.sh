#!/bin/bash
# Measures what a container's network carries: 1 GB by iperf3 between two
# containers of one bridge, in turn with the same two pairs on a bridge made by
# ip(8) alone. Works in namespaces of its own.
set -euo pipefail
self=$(readlink -f "$0")
if [[ ${1-} != --alone ]]; then
	((EUID == 0)) || { echo "throughput.sh: needs root" >&2 && exit 1; }
	exec unshare --net --mount --pid --fork --mount-proc --propagation private "$self" --alone "$@"
fi
shift
PATH=${self%/*}/../bin:$PATH
rounds=${1:-5} bytes=${2:-1000000000}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/netns
ip link set lo up

mc-net up ours-1 --ip 10.1.0.2/24 --bridge ours >/dev/null
mc-net up ours-2 --ip 10.1.0.3/24 --bridge ours >/dev/null
ip link add plain up type bridge
for n in 2 3; do
	ip netns add "plain-$((n - 1))"
	ip link add "plain$n" master plain up type veth peer name eth0 netns "plain-$((n - 1))"
	ip -n "plain-$((n - 1))" address add "10.2.0.$n/24" dev eth0
	ip -n "plain-$((n - 1))" link set eth0 up
done
for maker in ours plain; do
	ip netns exec $maker-2 iperf3 --server --daemon --pidfile "/run/$maker"
done
until [[ -s /run/ours && -s /run/plain ]]; do sleep 0.1; done

declare -A address=([ours]=10.1.0.3 [plain]=10.2.0.3)
for ((i = 0; i < rounds; i++)); do
	for maker in ours plain; do
		ip netns exec $maker-1 iperf3 --json --bytes "$bytes" --client "${address[$maker]}" |
			jq -r --arg maker $maker '"\($maker) \(.end.sum_received.bits_per_second / 1e9)"'
	done
done | sort -k1,1 -k2,2n | awk '
	{ n[$1]++; t[$1, n[$1]] = $2 }
	function median(what) { return t[what, int((n[what] + 1) / 2)] }
	END {
		printf "%-8s %8.2f Gbit/s\n%-8s %8.2f Gbit/s\n", "ours", median("ours"), "plain", median("plain")
		printf "%-8s %8.2f\n", "ratio", median("ours") / median("plain")
	}'
