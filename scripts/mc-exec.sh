#!/bin/bash
# A command in a container that is running, said in one sentence of two tools:
# one knows who is in the container, the other goes where those are.
set -euo pipefail
self=$0
[[ ! -L $self ]] || self=$(readlink -f "$self")
[[ $self == */* ]] || self=./$self
PATH=${self%/*}/../bin:$PATH
export GOMAXPROCS=1 # the tools live for milliseconds; the command never sees it

usage() {
	cat <<'EOT' || exit 125
Usage: mc-exec.sh [OPTION]... NAME [COMMAND [ARG]...]

Run COMMAND (default /bin/sh) in the container NAME, which is running: in its
namespaces, its root, its control group, and with no more privileges than it
has. A container has many doors: this one asks its group who is inside.

  -e, --env K=V, -w, --workdir DIR, --user USER[:GROUP], --group-add GROUP,
  --cap-add CAP, --cap-drop CAP, --new-privs, --seccomp FILE|unconfined,
  --umask MODE, --ulimit NAME=N, --keep-fd N
                  as mc-ns enter has them
      --tools     the COMMAND ($SHELL) is the host's, and the container is at
                  /mnt: for one that has no tools of its own
      --trace[=json]
                  say each step on stderr
  -h, --help      this text

The exit status is the command's; 128+N when signal N ended it; 125 when there
is no such container, 126 or 127 when the command could not be run.

Example: mc-exec.sh host-1 ps
EOT
	exit
}

fail() {
	echo "mc-exec: $*" >&2
	exit 125
}

options=() trace=()
while [[ ${1-} == -* ]]; do
	case $1 in
	-h | --help) usage ;;
	--) shift && break ;;
	--new-privs | --tools) options+=("$1") && shift && continue ;;
	--trace | --trace=*) trace=("$1") && shift && continue ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	esac
	(($# > 1)) || fail "$1: needs a value, or is no option (try '$0 --help')"
	case $1 in
	-e | --env | -w | --workdir | --user | --group-add | --cap-add | --cap-drop | --seccomp | --umask | --ulimit | --keep-fd) options+=("$1" "$2") ;;
	*) fail "$1: no such option (try '$0 --help')" ;;
	esac
	shift 2
done
(($# >= 1)) || fail "needs NAME (try '$0 --help')"
name=$1
shift
[[ ${1-} != -- ]] || shift

# The container's own command has the lowest number inside; the others may be
# visitors, with fewer privileges. A tool of ours that is in there is none: it is
# the init, or a link of a chain that is still on its way, with more.
first='' lowest=
pids=$(mc-cgroup show --pids -- "$name")
for pid in $pids; do
	program=$(readlink "/proc/$pid/exe") || continue # it has ended just now
	[[ ! $program =~ /mc-(net|cgroup|ns|rootfs)( .deleted.)?$ ]] || continue
	inside=$(awk '/^NSpid:/ { print ($3 ? $3 : $2) }' "/proc/$pid/status" 2>/dev/null) || continue
	[[ $lowest && $inside -ge $lowest ]] || { lowest=$inside first=$pid; }
done
[[ $first ]] || fail "$name: nothing runs in it"

exec mc-ns "${trace[@]}" enter "${options[@]}" "$first" -- "$@"
