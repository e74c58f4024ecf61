#!/bin/bash
# A hunt for a memory leak: run a command in a group that cannot take the
# machine's memory, watch the group, and say what it did.
#
# Run it:  sudo examples/recipes/leak.sh ./server 8080
#
#   LIMIT=64M      where the command is ended
#   EVERY=1        seconds between two looks
#   LOOKS=60       how many
#
# A program that warms up grows and then stays; one that leaks grows to the end.
set -eu # no pipefail: the watch ends when its reader does
PATH=${0%/*}/../../bin:$PATH
group=leak-$$

trap 'mc-cgroup delete --kill "$group"' EXIT
mc-cgroup create "$group" --memory-max "${LIMIT:-64M}" --swap-max 0 >/dev/null
mc-cgroup exec "$group" -- "$@" >&2 &

# A group that has become empty has nothing more to show.
mc-cgroup watch "$group" --json --interval "${EVERY:-1}" --count "${LOOKS:-60}" |
	sed '/"state":"empty"/q' | jq -rn '
	[inputs] as $all
	| [$all[] | select(.state != "empty").memory_current] as $use
	| ($use | length) as $looks
	| "in \($looks) looks: \($use | map(. / 1024 | floor | tostring + "K") | join(" "))",
	  if $looks < 4 then "too few to tell"
	  elif ($use[-($looks / 4 | floor):] | add / length) > 1.1 * ($use[$looks / 2 | floor:][:$looks / 4 | floor] | add / length) then "it grows to the end: a leak?"
	  else "it does not grow any more: no leak" end,
	  if $all[-1].events["memory.oom_kill"] > 0 then "and it was ended by the limit, \($all[-1].memory_max / 1048576 | floor) MiB" else empty end'
