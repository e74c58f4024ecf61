#!/bin/bash
# A container, said in one sentence of four tools. Each tool changes one thing
# about the process and becomes the next one; the last becomes the command.
set -euo pipefail
self=$0
[[ ! -L $self ]] || self=$(readlink -f "$self")
[[ $self == */* ]] || self=./$self
PATH=${self%/*}/../bin:$PATH
export GOMAXPROCS=1 # the tools live for milliseconds; the command never sees it

usage() {
	cat <<'EOF' || exit 125
Usage: mini-container.sh [OPTION]... ROOT NAME IP[/PREFIX],... [COMMAND...]
       mini-container.sh --gc

Run COMMAND (default /bin/sh) in a container: in the root file system ROOT,
with the host name NAME and the address IP on a bridge of the host (auto and
auto6: the lowest of IPv4 and of IPv6 that is free).

  -m, --memory SIZE   most memory, as 10M or max        (MC_MEMORY, 10M)
  -s, --swap SIZE     most swap                         (MC_SWAP, 0)
      --pids N        most processes and threads        (MC_PIDS, max)
      --cpu TIME      most processor time, as 50% or 2cpus
                                                        (MC_CPU, max)
      --share FOLDER  seen inside, read-only, at
                      /var/shared_folder                (MC_SHARE)
  -b, --bridge NAME   the host's bridge                 (MC_BRIDGE, mc0)
      --subnet SUBNET where auto looks (the bridge's)   (MC_SUBNET)
  -p, --publish [HOSTIP:]PORT:PORT[/udp]
                      a port of the host, and where it leads inside
      --nat           reaches other networks, by the host's address
      --isolate       kept from the bridge's others that are isolated too
      --no-antispoof  may send under any address
      --dns ADDRESS   name server                       (the host's)
      --add-host NAME:ADDRESS
                      a line of /etc/hosts
      --stop-timeout SECONDS
                      from TERM to KILL                 (MC_STOP_TIMEOUT, 10)
      --init          a process 1 that reaps the command's orphans
      --userns        root inside is nobody outside, with such a process 1
  -e, --env K=V, -w, --workdir DIR, --bind SRC:DST[:ro,rslave], --tmpfs DST,
  --read-only, --overlay[=FOLDER], --unmask PATH|all
                      as mc-rootfs pivot has them
  --user USER[:GROUP], --group-add GROUP, --cap-add CAP, --cap-drop CAP,
  --new-privs, --no-keyring, --seccomp FILE|unconfined, --umask MODE,
  --ulimit NAME=N, --keep-fd N
                      as mc-ns run has them, which says what a command may
                      not do unless it is told otherwise (--confine)
      --trace[=json]  say each step on stderr
      --explain       make nothing: print a script of iproute2, nft, util-linux
                      and coreutils that makes the same container
      --report        say at the end what it has taken      (MC_REPORT=1)
      --gc            remove what killed containers have left, and name it;
                      the next start of the same name does so for itself
  -h, --help          this text

The exit status is the command's; 128+N when signal N ended it; 125 when the
container could not be made, 126 or 127 when the command could not be run.

Example: mini-container.sh ./rootfs host-1 192.168.1.2 /bin/sh -c 'hostname'
EOF
	exit
}

fail() {
	echo "mini-container: $*" >&2
	exit 125
}

memory=${MC_MEMORY:-10M} swap=${MC_SWAP:-0} share=${MC_SHARE:-} bridge=${MC_BRIDGE:-mc0} stop=${MC_STOP_TIMEOUT:-10}
limits=(${MC_PIDS:+--pids-max "$MC_PIDS"} ${MC_CPU:+--cpu-max "$MC_CPU"}) # and others, below
network=() inside=() confined=(--confine) trace=() report=() owner=(--owner $$)
while [[ ${1-} == -* ]]; do
	case $1 in
	-h | --help) usage ;;
	--init | --read-only | --overlay | --overlay=*) inside+=("$1") && shift && continue ;;
	--nat | --isolate | --no-antispoof) network+=("$1") && shift && continue ;;
	--report) MC_REPORT=1 && shift && continue ;;
	--new-privs | --no-keyring) confined+=("$1") && shift && continue ;;
	--userns) confined+=(--userns=auto) && shift && continue ;;
	--gc)
		mc-cgroup "${trace[@]}" gc
		mc-net "${trace[@]}" gc
		exit
		;;
	--explain) explain=1 owner=() trace=(--explain=finally) && shift && continue ;;
	--trace | --trace=*) trace=("$1") && shift && continue ;;
	--*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
	esac
	(($# > 1)) || fail "$1: needs a value, or is no option (try '$0 --help')"
	case $1 in
	-m | --memory) memory=$2 ;;
	-s | --swap) swap=$2 ;;
	--pids | --cpu) limits+=("$1-max=$2") ;;
	--share) share=$2 ;;
	-b | --bridge) bridge=$2 ;;
	--subnet | -p | --publish) network+=("$1" "$2") ;;
	--stop-timeout) stop=$2 ;;
	-e | --env | -w | --workdir | --dns | --add-host | --bind | --tmpfs | --unmask) inside+=("$1" "$2") ;;
	--user | --group-add | --cap-add | --cap-drop | --seccomp | --umask | --ulimit | --keep-fd) confined+=("$1" "$2") ;;
	*) fail "$1: no such option (try '$0 --help')" ;;
	esac
	# What follows the host's mounts has to get them.
	[[ $1 != --bind || ! $2 =~ :([a-z]+,)*rslave(,|$) ]] || confined+=(--propagation slave)
	shift 2
done
(($# >= 3)) || fail "needs ROOT, NAME and IP (try '$0 --help')"
root=$1 name=$2 ip=$3
shift 3
[[ ! ${MC_REPORT-} ]] || report=(--report --die-with-parent)
[[ -d $root ]] || fail "$root: no such folder to be the root"
[[ -z $share || -d $share ]] || fail "$share: no such folder to share"
limits=(--memory-max "$memory" --swap-max "$swap" "${limits[@]}")
addresses=() rest=$ip,
while [[ $rest ]]; do
	address=${rest%%,*} rest=${rest#*,}
	case $address in
	auto | auto6 | */*) ;;
	*:*) address+=/64 ;;
	*) address+=/24 ;;
	esac
	network+=(--ip "$address") addresses+=("$address")
done

# The sentence, said by functions: once it is run, once it is explained.
network() {
	mc-net "${trace[@]}" up "${owner[@]}" "${network[@]}" --bridge "$bridge" -- "$name"
}
chain() {
	for address in "${addresses[@]}"; do
		inside+=(--add-host "$name:${address%/*}")
	done
	exec mc-cgroup "${trace[@]}" "${group:-run}" "$name" "${report[@]}" "${owner[@]}" "${limits[@]}" -- \
		mc-ns "${trace[@]}" run --mount --uts --ipc --pid --cgroup --net "$name" --hostname "$name" \
		--die-with-parent --stop-timeout "$stop" "${confined[@]}" -- \
		mc-rootfs "${trace[@]}" pivot "${inside[@]}" "$root" ${share:+--bind "${share//:/\\:}:/var/shared_folder:ro"} -- "$@"
}

# The same as a script of other people's tools: set-up, chain and tear-down. It
# is written when all of it is known, and does nothing when a part of it is lost.
explain() {
	local wires groups links text found=() group=exec
	# A shell without them complains, and goes on as if nothing had been printed.
	# shellcheck disable=SC2116,SC2234 # to be seen failing, by nobody
	([[ $(echo end) ]]) 2>/dev/null || fail "--explain: no pipe or process for what the tools print (ulimit -n, ulimit -u)"
	said network && wires=$text
	while [[ $ip == *auto* && $text =~ "ip -n $name address add "([^ ]+) ]]; do
		found+=("${BASH_REMATCH[1]}") text=${text#*"${BASH_REMATCH[0]}"}
	done
	addresses=("${found[@]:-${addresses[@]}}")
	said mc-cgroup "${trace[@]}" create "$name" "${limits[@]}" && groups=$text
	trace=(--explain) limits=()
	said chain "$@" && links=$text
	(printf %s "#!/bin/sh
# The container $name as mini-container.sh makes it, by iproute2, nft, util-linux
# and coreutils alone. As root: sh FILE. What no command can say is a comment.
set -eu
{ # sh reads all of it before it does anything

# finally COMMAND: it is done when the script ends, however that is; the last one first.
undo=
finally() {
	undo=\"\$1
\$undo\"
}
end() {
	status=\$?
	trap - EXIT
	trap '' HUP INT TERM
	set +eu
	eval \"\$undo\"
	exit \"\$status\"
}
trap end EXIT

# A signal ends the script; but what is just being made is made first, to be undone.
signal= made=
trap 'signal=129; [ ! \"\$made\" ] || exit 129' HUP
trap 'signal=130; [ ! \"\$made\" ] || exit 130' INT
trap 'signal=143; [ ! \"\$made\" ] || exit 143' TERM

### mc-net: the network

$wires
### mc-cgroup: the group

$groups
### mc-cgroup, mc-ns, mc-rootfs: the chain that becomes the command

# In the background, as a shell has no ear for signals while it waits for the foreground; but with its input,
# and with the two signals that a shell lets ignore what is there (man 1 env).
exec 9<&0
made=1 ended=
[ ! \"\$signal\" ] || exit \"\$signal\"
finally '[ \"\$ended\" ] || [ ! \"\${!-}\" ] || { kill -KILL \"\$!\"; wait \"\$!\"; } 2>/dev/null'
env --default-signal=INT,QUIT sh -euc \"\$(cat <<'INSIDE0'
${links#$'\n'}INSIDE0
)\" <&9 9<&- &
wait \"\$!\" 2>/dev/null && ended=0 || ended=\$?
exit \"\$ended\"
}
") 2>/dev/null || fail "stdout: the script cannot be written to its end"
}
# said FUNCTION...: what it prints is the text, when it has come to its end.
said() {
	text=$( ("$@") && echo end) || exit $(($? > 127 ? 125 : $?)) # it may have been killed
	[[ $text == *end ]] || exit 125
	text=${text%end}
}
if [[ ${explain-} ]]; then
	(explain "$@") # a part of this shell has no descriptor for the script
	exit
fi

# Undo what is ours, however the script ends.
# shellcheck disable=SC2317 # called by a trap
undo() {
	status=${noted:-$?}
	[[ $BASHPID == "$$" ]] || exit "$status" # it is not for a part of the script
	trap '' INT TERM HUP
	[[ ${networked-} || $status -gt 128 ]] || exit "$status" # none of it is there
	mc-net "${trace[@]}" down --owner $$ "$name" &
	mc-cgroup "${trace[@]}" delete --owner $$ --kill --recursive --story mini-container "$name" || status=125
	wait $! || status=125
	exit "$status"
}
trap undo EXIT

# A signal is for the container, and its supervisor hands it on. One that comes
# while there is none ends the script before there is.
hand_on() {
	handed=1
	[[ ${container-} ]] || { early=$2 && return; }
	# While it is a part of this shell still, the signal would be lost.
	while [[ /proc/$container/exe -ef /proc/$$/exe ]]; do :; done
	kill -s "$1" "$container" || true
}
trap 'hand_on INT 130' INT
trap 'hand_on QUIT 131' QUIT
trap 'hand_on USR1 138' USR1
trap 'hand_on USR2 140' USR2
trap 'noted=129; hand_on HUP 129' HUP
trap 'noted=143; hand_on TERM 143' TERM

(network) >/dev/null # a function of this shell would need a further descriptor
networked=1
[[ ! ${early-} ]] || exit "$early"
# shellcheck disable=SC2207 # an address is one word
[[ $ip != *auto* ]] || addresses=($(mc-net show --ip "$name"))

# In the background, because a shell has no ear for signals while it waits for
# the foreground; but with its terminal, its input, and its signals.
(
	trap - INT QUIT
	chain "$@"
) <&0 &
container=$!
[[ ! ${early-} ]] || { noted=$early && hand_on TERM "$early"; } # it came in between
handed=1 status=125
while [[ $handed ]]; do # a signal ends the wait, but not the container
	handed=
	wait "$container" && ended=0 || ended=$?
	# bash 5.2 loses the status of what ends just as a signal interrupts the
	# wait, and says -1 from then on. Then it stays the signal's.
	((ended < 0)) || status=$ended
done
exit "$status"
