#!/bin/bash
# A hunt for a memory leak: run a command in a group that cannot take the
# machine's memory, look at the group again and again, and say what it did.
#
# Run it:  sudo examples/recipes/leak.sh ./server 8080
#
#   LIMIT=64M      where the command is ended
#   EVERY=1        seconds between two looks
#   LOOKS=60       how many
#
# A program that warms up grows and then stays; one that leaks grows to the end.
set -euo pipefail
PATH=${0%/*}/../../bin:$PATH
group=leak-$$

trap 'mc-cgroup delete --kill "$group"' EXIT
mc-cgroup create "$group" --memory-max "${LIMIT:-64M}" --swap-max 0 >/dev/null
mc-cgroup exec "$group" -- "$@" &
command=$!

for ((look = 0; look < ${LOOKS:-60}; look++)); do
	sleep "${EVERY:-1}"
	kill -0 "$command" 2>/dev/null || break
	mc-cgroup show "$group" --json
done | jq -rn '
	[inputs.memory_current] as $all
	| ($all | length) as $looks
	| "in \($looks) looks: \($all | map(. / 1024 | floor | tostring + "K") | join(" "))",
	  if $looks < 4 then "too few to tell"
	  elif ($all[-($looks / 4 | floor):] | add / length) > 1.1 * ($all[$looks / 2 | floor:][:$looks / 4 | floor] | add / length) then "it grows to the end: a leak?"
	  else "it does not grow any more: no leak" end'
mc-cgroup show "$group" --json | jq -r 'if (.oom_kills // 0) > 0 then "and it was ended by the limit, \(.limits.memory_max / 1048576 | floor) MiB" else empty end'
kill "$command" 2>/dev/null || true
