#!/bin/bash
# Measures what the host's own work loses to a bomb inside a limited group: a
# fork bomb, programs that want more memory, processor time or disk than there
# is. The work keeps every processor busy, so that what the bomb takes is missing
# there: with a quota of Q of N processors it should slow to N / (N - Q) at most.
# Nothing is ever started without its limits.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
PATH=$here/../bin:$PATH
export MC_CGROUP_PARENT=mini-container-bombs-$$ GOMAXPROCS=1
rounds=${1:-15} quota=${MC_QUOTA:-50}
[[ $rounds =~ ^[1-9][0-9]*$ && $quota =~ ^[1-9][0-9]*$ ]] || { echo "usage: bombs.sh [ROUNDS] (MC_QUOTA=PERCENT of one processor)" >&2 && exit 1; }
((EUID == 0)) || { echo "bombs.sh: needs root" >&2 && exit 1; }
processors=$(nproc)
tmp=$(mktemp -d)
trap 'mc-cgroup delete --kill bomb; rm -rf "$tmp"' EXIT

declare -A bombs=(
	[nothing]='sleep 600' [fork]='payload bomb' [memory]='stress-ng --vm 4 --vm-bytes 1G --vm-keep'
	[processor]="stress-ng --cpu $((processors * 4))" [disk]="stress-ng --hdd 2 --hdd-bytes 64M --temp-path $tmp"
)
names=(nothing fork memory processor disk)

# work is what the host does meanwhile, on every processor.
work() {
	local n
	for ((n = 0; n < processors; n++)); do
		awk 'BEGIN { for (i = 0; i < 4000000; i++) x += i % 7 }' &
	done
	wait "$(jobs -p | tail -n 1)" && wait
}

# explode NAME: the bomb, in its limits, and until it is at work.
explode() {
	mc-cgroup create bomb --pids-max 200 --memory-max 256M --swap-max 0 --cpu-max "$quota%" >/dev/null
	(
		cd "$tmp"
		# shellcheck disable=SC2086 # several words
		exec setsid -f mc-cgroup exec bomb -- timeout 120 ${bombs[$1]} </dev/null >/dev/null 2>&1
	)
	until [[ $(mc-cgroup show bomb --json | jq '.processes[1]') != null ]]; do sleep 0.01; done
	sleep 0.3
}

for ((i = 0; i < rounds; i++)); do
	for name in "${names[@]}"; do
		explode "$name"
		from=$EPOCHREALTIME
		work
		to=$EPOCHREALTIME
		mc-cgroup kill bomb
		after=$EPOCHREALTIME
		echo "$name $((${to/./} - ${from/./})) $((${after/./} - ${to/./})) $(mc-cgroup show bomb --json | jq -r '"\(.forks_refused // 0) \(.oom_kills // 0)"')"
		mc-cgroup delete bomb
	done
done >"$tmp/times"

# Of each the fastest quarter is taken: what else is on the machine can only
# make it slower.
printf '%d processors, %d %% of one for the bomb: at most %s\n' "$processors" "$quota" "$(awk "BEGIN { printf \"%.2f\", $processors / ($processors - $quota / 100) }")"
printf '%-12s %9s %7s %17s %9s %9s\n' beside 'work, ms' ratio 'longest kill, ms' refused killed
for name in "${names[@]}"; do
	awk -v name="$name" '$1 == name' "$tmp/times" | sort -k2,2n | awk -v name="$name" -v base="${base:-0}" -v base_file="$tmp/fast" '
		{ work[NR] = $2; refused += $4; killed += $5; if ($3 > kill) kill = $3 }
		END {
			fast = work[int((NR + 3) / 4)]
			printf "%-12s %9.0f %7.2f %17.1f %9d %9d\n", name, fast / 1000, base ? fast / base : 1, kill / 1000, refused / NR, killed / NR
			print fast >base_file
		}'
	base=${base:-$(<"$tmp/fast")}
done
