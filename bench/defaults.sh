#!/bin/bash
# Measures what each default of a confined command costs at its start: the same
# command in turn without any, with one, and with all. The filter of system calls
# is ready for the default capabilities; for others it is compiled.
set -euo pipefail
PATH=$(dirname "$(readlink -f "$0")")/../bin:$PATH
export GOMAXPROCS=1 # as the script has it
runs=${1:-200}

declare -A flags=(
	[nothing]='' [capabilities]='--cap-drop all --cap-add chown' [no_new_privs]=--no-new-privs
	[user]='--user 0' [keyring]=--keyring [limits]='--ulimit core=1'
	['confine but seccomp']='--confine --seccomp unconfined' [confine]=--confine ['confine, compiled']='--confine --cap-drop setpcap'
)
names=(nothing capabilities no_new_privs user keyring limits 'confine but seccomp' confine 'confine, compiled')

for ((i = 0; i < runs; i++)); do
	for name in "${names[@]}"; do
		from=$EPOCHREALTIME
		# shellcheck disable=SC2086 # several words
		mc-ns run ${flags[$name]} -- /bin/true
		to=$EPOCHREALTIME
		echo "${name// /_} $((${to/./} - ${from/./}))"
	done
done | sort -k1,1 -k2,2n | awk -v order="${names[*]// /_}" '
	{ n[$1]++; t[$1, n[$1]] = $2 }
	END {
		many = split(order, name, " ")
		for (i = 1; i <= many; i++) {
			median = t[name[i], int((n[name[i]] + 1) / 2)] / 1000
			if (i == 1) base = median
			gsub("_", " ", name[i])
			printf "%-20s %6.2f ms %+6.2f\n", name[i], median, median - base
		}
	}'
