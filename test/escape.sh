#!/usr/bin/env bash
# Runs test/tries in containers of several makers, and prints a table of what
# is open in them. Needs root, and bin/ with the tools and the payloads. Works in
# a network and a mount namespace of its own.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
PATH=$PATH:$here/../scripts:$here/../bin
if [[ ${1-} != --alone ]]; then
	((EUID == 0)) || { echo "escape.sh: needs root" >&2 && exit 1; }
	exec unshare --net --mount --propagation private "$here/escape.sh" --alone "$@"
fi
shift
mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
tmp=$(mktemp -d /tmp/escape.XXXXXX)
trap 'kill "${listener-}" 2>/dev/null || true; rm -rf "$tmp"' EXIT
ROOTFS_OFFLINE=1 rootfs.sh "$tmp/root" 2>/dev/null
mkdir "$tmp/share"
cp "$(type -P tries)" "$tmp/share/"
echo outside >"$tmp/mark"

export TRIES_MARK=$tmp/mark TRIES_PID=$$ TRIES_SOCKET=escape-$$ TRIES_SECRET=1
tries listen >"$tmp/ready" &
listener=$!
until grep -qs ready "$tmp/ready"; do sleep 0.01; done
told=(TRIES_MARK TRIES_PID TRIES_SOCKET)

inside=/var/shared_folder/tries
ours() {
	mini-container.sh "$@" --share "$tmp/share" "${told[@]/#/--env=}" "$tmp/root" escape-1 192.168.1.2 $inside
}
plain() {
	# shellcheck disable=SC2016 # for the shell inside
	unshare --mount --uts --ipc --net --pid --fork sh -c '
		mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" && exec chroot "$@"
	' "$tmp/root" "$tmp/root" $inside
}
# oci RUNTIME: the configuration that the runtime itself writes.
oci() {
	local bundle=$tmp/$1 environ
	mkdir -p "$bundle" "$tmp/root/var/shared_folder"
	environ=$(for name in "${told[@]}"; do echo "$name=${!name}"; done | jq -R . | jq -s .)
	(cd "$bundle" && "$1" spec)
	jq --argjson environ "$environ" --arg root "$tmp/root" --arg share "$tmp/share" --arg inside $inside '
		.root = {path: $root, readonly: false} | .process.terminal = false | .process.args = [$inside]
		| .process.env += $environ | .mounts += [{destination: "/var/shared_folder", type: "none", source: $share, options: ["bind", "ro"]}]
	' "$bundle/config.json" >"$bundle/new"
	mv "$bundle/new" "$bundle/config.json"
	"${@:2}" run --bundle "$bundle" "escape-$1-$$"
}
# by_podman: its own defaults. Without a network it needs no further program.
by_podman() {
	podman --root "$tmp/podman" --runroot "$tmp/podman.run" --cgroup-manager=cgroupfs --events-backend=file --runtime crun \
		run --rm --network none "${told[@]/#/--env=}" --volume "$tmp/share:/var/shared_folder:ro" --rootfs "$tmp/root" $inside
}
declare -A makers=(
	['ours']='ours' ['ours --userns']='ours --userns' ['ours --init']='ours --init'
	['runc spec']='oci runc runc' ['crun spec']='oci crun crun --cgroup-manager=cgroupfs' ['podman']=by_podman
	['bwrap']="bwrap --bind $tmp/root / --ro-bind $tmp/share /var/shared_folder --proc /proc --dev /dev --unshare-all $inside"
	['unshare']=plain
	['nothing']='unshare --mount --uts --ipc --net --pid --fork --mount-proc tries'
)
columns=('ours' 'ours --init' 'ours --userns' 'podman' 'crun spec' 'runc spec' 'bwrap' 'unshare' 'nothing')
[[ $# -eq 0 ]] || columns=("$@")

mkdir -p "$tmp/root/var/shared_folder"
cp "$tmp/share/tries" "$tmp/root/var/shared_folder/"
for maker in "${columns[@]}"; do
	# shellcheck disable=SC2086 # a command line
	${makers[$maker]} >"$tmp/out.$maker" 2>"$tmp/err.$maker" </dev/null || true
done

printf '| |'
printf ' %s |' "${columns[@]}"
printf '\n|---|'
printf '%0.s---|' "${columns[@]}"
echo
tries | awk '{ print $1 }' | while read -r name; do
	printf '| %s |' "$name"
	for maker in "${columns[@]}"; do
		state=$(awk -v n="$name" '$1 == n { print $2 }' "$tmp/out.$maker")
		[[ $state != open ]] || state='**open**'
		printf ' %s |' "${state:--}"
	done
	echo
done
for maker in "${columns[@]}"; do
	[[ -s $tmp/out.$maker ]] || echo "$maker: $(tail -n 1 "$tmp/err.$maker")" >&2
done
