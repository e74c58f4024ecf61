#!/usr/bin/env bash
# The same container as mini-container.sh makes, by hand: iproute2, util-linux,
# coreutils, and echo into the files of the control group. It is what
# bench/life.sh measures against; life.sh also looks whether both are the same
# inside. No error is handled, nothing is locked or rolled back.
#
#     by-hand.sh ROOT NAME IP COMMAND [ARG]...
set -euo pipefail

inside() { # ROOT NAME IP COMMAND...: the first process of the new namespaces
	local root=$1 name=$2 ip=$3 path fd
	shift 3
	hostname "$name"
	mount --make-rprivate /
	mount --rbind "$root" "$root"
	cd "$root"

	local files=(hosts hostname resolv.conf)
	mkdir -p proc sys dev
	mount -t tmpfs -o nosuid,nodev,noexec,mode=755,size=1m tmpfs dev
	printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n%s\t%s\n' "$ip" "$name" >dev/hosts
	echo "$name" >dev/hostname
	cat /etc/resolv.conf >dev/resolv.conf
	for path in "${files[@]}"; do
		[[ -e etc/$path ]] || : >"etc/$path"
		mount --bind "dev/$path" "etc/$path"
	done
	umount dev

	mount -t proc -o nosuid,nodev,noexec proc proc
	mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
	mount -t tmpfs -o nosuid,strictatime,mode=755,size=65536k tmpfs dev
	mkdir dev/pts dev/shm dev/mqueue
	mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
	mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs dev/shm
	mount -t mqueue -o nosuid,nodev,noexec mqueue dev/mqueue
	mknod -m 666 dev/null c 1 3
	mknod -m 666 dev/zero c 1 5
	mknod -m 666 dev/full c 1 7
	mknod -m 666 dev/random c 1 8
	mknod -m 666 dev/urandom c 1 9
	mknod -m 666 dev/tty c 5 0
	ln -s pts/ptmx dev/ptmx
	ln -s /proc/self/fd dev/fd
	ln -s /proc/self/fd/0 dev/stdin
	ln -s /proc/self/fd/1 dev/stdout
	ln -s /proc/self/fd/2 dev/stderr

	for path in proc/acpi proc/asound proc/scsi sys/dev/block sys/firmware sys/fs/selinux sys/devices/virtual/powercap; do
		[[ ! -d $path ]] || mount -t tmpfs -o ro,nosuid,nodev,noexec,nr_inodes=1,mode=755 tmpfs "$path"
	done
	for path in proc/{interrupts,kcore,keys,latency_stats,timer_list,timer_stats,sched_debug}; do
		[[ ! -e $path ]] || mount --bind dev/null "$path"
	done
	for path in proc/{bus,fs,irq,sys,sysrq-trigger}; do
		[[ ! -e $path ]] || mount -o bind,ro,nosuid,nodev,noexec "$path" "$path"
	done

	pivot_root . .
	hash -r
	umount -l .
	cd /
	# The groups are joined through the descriptors that are open since before
	# the pivot; 0 is who writes it.
	for fd in $MC_GROUPS; do
		echo 0 >&"$fd"
		exec {fd}>&-
	done
	unset MC_GROUPS
	exec "$@"
}

if [[ $1 == --inside ]]; then
	shift
	inside "$@"
fi

root=$(readlink -f "$1") name=$2 ip=$3
link=mc-$name bridge=mc0 parent=${MC_CGROUP_PARENT:-mini-container}

# The network.
mkdir -p /run/netns
ip netns add "$name"
if ! ip link show "$bridge" &>/dev/null; then
	ip link add "$bridge" type bridge
	ip link set "$bridge" alias mini-container up
	ip address add 192.168.1.1/24 broadcast + dev "$bridge"
fi
ip link add "$link" type veth peer name eth0 netns "$name"
ip link set "$link" alias "mini-container $name $ip/24" master "$bridge" up
ip link property add dev "$link" altname "mc.name.$name" altname "mc.ip.$ip"
ip -n "$name" link set lo up
ip -n "$name" address add "$ip/24" broadcast + dev eth0
ip -n "$name" link set eth0 up
ip -n "$name" route add default via 192.168.1.1 dev eth0

# The control group: on cgroup v2, or on the hierarchies of a hybrid host.
top=/sys/fs/cgroup
if [[ -e $top/cgroup.controllers ]]; then
	groups=("$top/$parent/$name")
	echo '+memory +pids +cpu' >$top/cgroup.subtree_control
	mkdir "$top/$parent"
	echo '+memory +pids +cpu' >"$top/$parent/cgroup.subtree_control"
	mkdir "${groups[0]}"
	echo 10M >"${groups[0]}/memory.max"
	echo 0 >"${groups[0]}/memory.swap.max"
else
	groups=("$top"/{unified,memory,pids,cpu}"/$parent/$name")
	mkdir -p "${groups[@]}"
	echo 10M >"${groups[1]}/memory.limit_in_bytes"
	echo 10M >"${groups[1]}/memory.memsw.limit_in_bytes"
fi
MC_GROUPS=
for group in "${groups[@]}"; do
	exec {fd}>"$group/cgroup.procs"
	MC_GROUPS+="$fd "
done
export MC_GROUPS

status=0
nsenter --net="/run/netns/$name" unshare --mount --uts --ipc --pid --fork --kill-child \
	bash "$0" --inside "$root" "$name" "$ip" "${@:4}" || status=$?

# The end. The pair is deleted from here: left to the end of its namespace, the
# next container of the name would find it still there.
for fd in $MC_GROUPS; do exec {fd}>&-; done
rmdir "${groups[@]}"
rmdir "${groups[@]%/*}" 2>/dev/null || true # another may be in there
ip link delete "$link"
ip netns delete "$name"
[[ $(ip link show master "$bridge" 2>/dev/null) ]] || ip link delete "$bridge"
exit "$status"
