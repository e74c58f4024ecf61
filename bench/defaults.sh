#!/bin/bash
# Measures what each default of a container costs at its start: the same command
# in turn without any, with one, and with all. First what mc-ns takes from a
# command, then the same for a whole chain without a network. The filter of
# system calls is ready for the default capabilities; for others it is compiled.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
PATH=$here/../bin:$PATH
export GOMAXPROCS=1 # as the script has it
runs=${1:-200}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
ROOTFS_OFFLINE=1 "$here/../scripts/rootfs.sh" "$root/root" 2>/dev/null

command='mc-ns run' chain='mc-ns run --mount --pid --uts --ipc'
pivot="-- mc-rootfs pivot $root/root"
declare -A ways=(
	[command]="$command" [capabilities]="$command --cap-drop all --cap-add chown" [no_new_privs]="$command --no-new-privs"
	[user]="$command --user 0" [keyring]="$command --keyring" [limits]="$command --ulimit core=1"
	['confine but seccomp']="$command --confine --seccomp unconfined" [confine]="$command --confine"
	['confine, compiled']="$command --confine --cap-drop setpcap"
	[chain]="$chain $pivot --unmask all" [masks]="$chain $pivot" ['read-only root']="$chain $pivot --unmask all --read-only"
	[overlay]="$chain $pivot --unmask all --overlay" ['cgroup namespace']="$chain --cgroup $pivot --unmask all"
	[confined]="$chain --confine $pivot --unmask all" [init]="$chain $pivot --unmask all --init"
	[userns]="$chain --userns=auto $pivot --unmask all" ['all defaults']="$chain --cgroup --confine $pivot"
)
names=(command capabilities no_new_privs user keyring limits 'confine but seccomp' confine 'confine, compiled'
	chain masks 'cgroup namespace' confined 'all defaults' 'read-only root' overlay init userns)

for ((i = 0; i < runs; i++)); do
	for name in "${names[@]}"; do
		from=$EPOCHREALTIME
		# shellcheck disable=SC2086 # several words
		${ways[$name]} -- /bin/true
		to=$EPOCHREALTIME
		echo "${name// /_} $((${to/./} - ${from/./}))"
	done
done | sort -k1,1 -k2,2n | awk -v order="${names[*]// /_}" '
	{ n[$1]++; t[$1, n[$1]] = $2 }
	END {
		many = split(order, name, " ")
		for (i = 1; i <= many; i++) {
			median = t[name[i], int((n[name[i]] + 1) / 2)] / 1000
			if (name[i] == "command" || name[i] == "chain") base = median
			gsub("_", " ", name[i])
			printf "%-20s %6.2f ms %+6.2f\n", name[i], median, median - base
		}
	}'
