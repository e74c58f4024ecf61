# The contenders of life.sh, each a function NAME IP: a container with that name
# and address that runs /bin/true, from its beginning to its end.
# shellcheck shell=bash disable=SC2034,SC2154 # read by life.sh

# What each does of the same work; why one is missing.
declare -A missing=() does=(
	['ours']='network, namespaces, 10 MB, pivot, capabilities, seccomp, locks, roll-back'
	['floor']='the same by system calls in C; no seccomp, no check, no lock; pair left to the kernel'
	['floor-sync']='the same, and waits for the end of the pair'
	['by-hand']='by iproute2, util-linux and bash; all capabilities, no seccomp, no check, no roll-back'
	['crun-cni']='by crun and CNI bridge; no limit on a hybrid host'
	['runc-cni']='the same by runc and CNI bridge'
	['podman']='image store, network, limits, capabilities, seccomp, logs'
	['bwrap-netns']='ip netns and a pair on the bridge; no cgroup, no limit'
	['ours-chain']='mc-ns run --mount --uts --ipc --pid -- mc-rootfs pivot'
	['bwrap-chain']='bwrap with the same namespaces; no /sys, no masks, no files in /etc'
)

ours() { "$BENCH/../scripts/mini-container.sh" "$MC_ROOT" "$1" "$2" /bin/true; }
floor() { "$TMP/floor" "$MC_ROOT" "$1" "$2" /bin/true; }
floor-sync() { "$TMP/floor" --sync "$MC_ROOT" "$1" "$2" /bin/true; }
by-hand() { "$BENCH/by-hand.sh" "$MC_ROOT" "$1" "$2" /bin/true; }
ours-chain() { mc-ns run --mount --uts --ipc --pid --hostname "$1" -- mc-rootfs pivot "$MC_ROOT" -- /bin/true; }
bwrap-chain() { bwrap --bind "$MC_ROOT" / --proc /proc --dev /dev --unshare-pid --unshare-uts --unshare-ipc --hostname "$1" /bin/true; }

bwrap-netns() {
	ip netns add "$1"
	ip link add "bw-${1#*-}" type veth peer name eth0 netns "$1"
	ip link set "bw-${1#*-}" master mc0 up
	ip -n "$1" address add "$2/24" dev eth0
	ip -n "$1" link set eth0 up
	ip -n "$1" route add default via 192.168.1.1
	ip netns exec "$1" bwrap --bind "$MC_ROOT" / --proc /proc --dev /dev --unshare-pid --unshare-uts --unshare-ipc --hostname "$1" /bin/true
	ip link delete "bw-${1#*-}"
	ip netns delete "$1"
}

# bundle NAME: an OCI bundle with the runtime's own default configuration.
bundle() {
	local folder=$TMP/bundle-$1
	[[ ! -e $folder ]] || return 0
	mkdir -p "$folder"
	runc spec --bundle "$folder"
	jq --arg root "$MC_ROOT" --arg name "$1" --arg group "/$MC_CGROUP_PARENT/oci-$1" '
		.process.terminal = false | .process.args = ["/bin/true"] | .hostname = $name
		| .root = {path: $root, readonly: false} | .linux.cgroupsPath = $group
		| .linux.resources.memory = {limit: 10485760, swap: 10485760}
		| (.linux.namespaces[] | select(.type == "network")).path = "/run/netns/\($name)"' \
		"$folder/config.json" >"$folder/new"
	mv "$folder/new" "$folder/config.json"
}

# cni ADD|DEL NAME IP: the bridge plugin, with the address given.
cni() {
	printf '{"cniVersion":"0.4.0","name":"bench","type":"bridge","bridge":"mc0","ipam":{"type":"static","addresses":[{"address":"%s/24","gateway":"192.168.1.1"}],"routes":[{"dst":"0.0.0.0/0"}]}}' "$3" |
		CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni /usr/lib/cni/bridge >/dev/null
}

oci() { # RUNTIME NAME IP
	bundle "$2"
	ip netns add "$2"
	cni ADD "$2" "$3"
	"$1" --root "$TMP/$1" run --bundle "$TMP/bundle-$2" "$2" 2>"$TMP/oci.$2" || { cat "$TMP/oci.$2" >&2 && return 1; }
	cni DEL "$2" "$3"
	ip netns delete "$2"
}
crun-cni() { oci crun "$@"; }
runc-cni() { oci runc "$@"; }

podman() { # NAME IP
	[[ -e $TMP/podman ]] || tar -C "$MC_ROOT" -c . |
		command podman --root "$TMP/podman" --runroot "$TMP/podman-run" --storage-driver vfs import - localhost/bench >/dev/null
	command podman --root "$TMP/podman" --runroot "$TMP/podman-run" --storage-driver vfs --events-backend none \
		run --rm --name "$1" --hostname "$1" --memory 10m --memory-swap 10m --network podman localhost/bench /bin/true
}

# has NAME PROGRAM...: notes what is not installed.
has() {
	local name=$1 program
	shift
	for program; do command -v "$program" >/dev/null || missing[$name]="no $program"; done
}
has crun-cni crun runc /usr/lib/cni/bridge
has runc-cni runc /usr/lib/cni/bridge
has bwrap-netns bwrap
has bwrap-chain bwrap
has podman podman

# probe NAME...: one that cannot run here is missing, and says why.
probe() {
	local name
	for name; do
		[[ ! ${missing[$name]-} ]] || continue
		"$name" probe 192.168.1.3 </dev/null >/dev/null 2>"$TMP/why" || missing[$name]=$(tail -n 1 "$TMP/why" | cut -c1-90)
		ip netns delete probe 2>/dev/null || true
	done
}

# same: what is inside must be alike, or the comparison says nothing.
same() {
	local name look='hostname; ip -4 -o addr show eth0 | sed "s/.*inet //; s/brd [0-9.]* //"; ip link show lo | grep -o "[<,]UP"; ip route
		cut -d" " -f5,6 /proc/self/mountinfo | sort; ls -l /dev | cut -c1-4,40-; cat /etc/hostname
		id -u; echo $$'
	mc-net up other --ip 192.168.1.9/24 >/dev/null
	"$BENCH/../scripts/mini-container.sh" "$MC_ROOT" life-1 192.168.1.2 /bin/sh -c "$look" >"$TMP/inside.ours" </dev/null
	"$BENCH/by-hand.sh" "$MC_ROOT" life-1 192.168.1.2 /bin/sh -c "$look" >"$TMP/inside.by-hand" </dev/null
	"$TMP/floor" "$MC_ROOT" life-1 192.168.1.2 /bin/sh -c "$look" >"$TMP/inside.floor" </dev/null
	for name in by-hand floor; do
		diff "$TMP/inside.ours" "$TMP/inside.$name" >&2 || { echo "life.sh: $name is another container than ours" >&2 && return 1; }
	done
	mc-net down --wait other
}
