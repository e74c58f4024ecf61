#!/usr/bin/env bash
# A virtual machine with Debian's cloud kernel and pure cgroup v2, made of this
# host's own programs, to run the kernel tests in.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
vm=$PWD/build/vm

usage() {
	cat <<'EOF'
Usage: vm.sh test             run the kernel tests in the machine
       vm.sh run [COMMAND]    run a command there, or a shell
       vm.sh peers [COMMAND]  the same, with podman, runc, crun and a disk there
       vm.sh escape           print the table of test/escape.sh from there

MC_VM_TIMEOUT=SECONDS ends a machine that hangs (1500).
EOF
}

# The programs that the tests use, besides our own.
programs=(
	bash sh ip unshare nsenter bwrap jq pgrep ps grep sed awk cut tr sort uniq head tail wc cat cp ls mkdir rm
	ln mv touch chmod chown mkfifo mknod sleep env nice timeout readlink stat hostname mount umount findmnt cmp diff tar gzip
	sha256sum find xargs id chroot seq tee true false test date dirname basename mktemp rmdir tty stty uname
	setsid install flock comm nproc dd od kill ldd column getfattr setfattr setpriv prlimit pivot_root dash expr realpath lsns arping xz zstd truncate du tc bridge sysctl nft tcpdump script ss
)
modules=(bridge veth macvlan overlay zram loop lzo_rle af_packet dummy tun sch_tbf nf_tables nft_chain_nat nft_nat nft_masq nft_ct nft_fib_inet)

# kernel: Debian's, unpacked beside us and not installed.
kernel() {
	[[ ! -e $vm/kernel ]] || return 0
	mkdir -p "$vm/deb"
	[[ $(apt-cache policy linux-image-cloud-amd64) ]] || apt-get update -qq
	local package
	package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1)
	echo "vm: getting $package"
	(cd "$vm/deb" && apt-get download -qq "$package" && dpkg -x ./*.deb . && rm ./*.deb)
	depmod -b "$vm/deb" "$(ls "$vm/deb/lib/modules")"
	cp "$vm"/deb/boot/vmlinuz-* "$vm/kernel"
}

# root: the machine's root file system.
root() {
	rm -rf "$vm/root"
	mkdir -p "$vm"/root/usr/{bin,sbin,lib,lib64} "$vm"/root/{etc,proc,sys,dev,run,root,mnt,modules,new,src/test,var/tmp}
	mkdir -m 1777 "$vm/root/tmp"
	for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$vm/root/$folder"; done
	cp /bin/busybox "$vm/root/bin/busybox"
	for applet in $(busybox --list | grep -vx busybox); do ln -s busybox "$vm/root/bin/$applet"; done
	for program in "${programs[@]}"; do
		path=$(type -P "$program") || continue # a test that needs it fails there
		rm -f "$vm/root/bin/$program"
		cp -L "$path" "$vm/root/bin/$program"
		# Not a program of its own libraries: a script, or static.
		ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true
	done | sort -u | while read -r library; do cp -L --parents "$library" "$vm/root"; done
	cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/protocols "$vm/root/etc/" 2>/dev/null || true
	echo vm >"$vm/root/etc/hostname"
	echo '127.0.0.1 localhost' >"$vm/root/etc/hosts"
	echo 'nameserver 192.0.2.1' >"$vm/root/etc/resolv.conf"
	local n=10
	for module in "${modules[@]}"; do
		# A name that is built in, or not there at all, needs no file.
		{ modprobe -d "$vm/deb" -S "$(ls "$vm/deb/lib/modules")" --show-depends "$module" 2>/dev/null || true; } |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | awk '!seen[$0]++' | while read -r file; do
		n=$((n + 1))
		cp "$file" "$vm/root/modules/$n-${file##*/}"
	done
	cp test/vm/init.sh "$vm/root/init"
	cp test/vm/tests.sh "$vm/root/src/tests.sh"
}

# sources: our programs, and the tests of the packages that touch the kernel.
sources() {
	make --silent build payload TREE="$vm/root/tree"
	cp -r test/testdata test/escape.sh "$vm/root/src/test/"
	cp -r docs "$vm/root/src/"
	local packages=(test lib/network lib/nft lib/cgroup lib/namespace lib/rootfs)
	for package in "${packages[@]}"; do
		mkdir -p "$vm/root/src/$package"
		CGO_ENABLED=0 go test -c -tags vm -o "$vm/root/src/$package/run.test" "./$package"
	done
	local tarball=${ROOTFS_TARBALL:-../shared/data/alpine-minirootfs-3.22.1-x86_64.tar.gz}
	[[ ! -e $tarball ]] || cp "$tarball" "$vm/root/src/root.tar.gz"
}

# pack COMMAND: the machine's file system, in which it runs the command.
pack() {
	printf '%s\n' "$1" >"$vm/root/command"
	(cd "$vm/root" && find . -print0 | cpio --null --create --format=newc --quiet) >"$vm/initrd"
}

# boot PART: starts the machine, which runs its command with $MC_PART set, and
# ends. One that has locked up is not one that has failed: it is started again.
boot() {
	local log=$vm/log.$1 try status
	for try in 1 2 3; do
		machine "$1" | tee "$log" || true
		status=$(tr -d '\r' <"$log" | sed -n 's/^vm: status //p')
		[[ ! $status ]] || return "$status"
		grep -q 'soft lockup\|detected stalls' "$log" || break
		echo "vm: the emulated processor has locked up (start $try of 3)" >&2
	done
	echo "vm: the machine ended without a word" >&2
	return 1
}

# machine PART: one run of it. It has one processor: several that QEMU emulates
# in threads wait for each other for ever, once in some minutes.
machine() {
	# With a stdin at its end QEMU would look for input over and over, and take
	# as much of this host's time again.
	local console=(-display none -monitor none -serial file:/dev/stdout)
	[[ ! -t 0 ]] || console=(-nographic)
	timeout --foreground "${MC_VM_TIMEOUT:-1500}" qemu-system-x86_64 -accel tcg -smp 1 -m 3G \
		-kernel "$vm/kernel" -initrd "$vm/initrd" "${console[@]}" -no-reboot -nic none \
		-append "console=ttyS0 quiet panic=-1 cgroup_no_v1=all softlockup_panic=1 MC_PART=$1"
}

# parts: all tests, a machine for each part, as many at once as there are
# processors: more would only make each of them too slow to end in time.
parts() {
	local part failed=0
	for part in {1..11}; do
		while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || true; done
		rm -f "$vm/passed.$part"
		(boot "$part" </dev/null >"$vm/out.$part" 2>&1 && touch "$vm/passed.$part") &
	done
	wait
	for part in {1..11}; do
		[[ -e $vm/passed.$part ]] || failed=1
		echo "=== machine $part of 11"
		tr -d '\r' <"$vm/out.$part" | sed -n '/controllers of cgroup v2/,$p'
	done
	return "$failed"
}

# Two at once would build into each other's folders.
alone() {
	mkdir -p "$vm"
	exec 8>"$vm/lock"
	flock --nonblock 8 || { echo "vm: waiting for another one" >&2 && flock 8; }
}

# peers COMMAND: a machine with more than the tests need: a big root file system
# takes long to unpack. And a disk, since this kernel cannot ID-map (--userns) a
# tmpfs.
peers() {
	programs+=(crun runc podman conmon mkfs.ext4)
	modules+=(ext4 loop)
	alone && kernel && root && sources
	cp -rL --parents /etc/containers /usr/share/containers "$vm/root/"
	# shellcheck disable=SC2016 # for the shell there
	pack 'truncate -s 400M /disk && mkfs.ext4 -q /disk && mount -o loop /disk /tmp &&
		export PATH=/tree/bin:/tree/scripts:$PATH && '"$1"
	boot 0
}

case ${1-} in
test)
	alone && kernel && root && sources
	pack 'exec bash /src/tests.sh'
	parts
	;;
run)
	alone && kernel && root && sources
	shift
	pack "${*:-exec setsid cttyhack bash}"
	boot 0
	;;
peers)
	shift
	peers "${*:-exec setsid cttyhack bash}"
	;;
escape) peers 'exec bash /src/test/escape.sh' ;;
*) usage ;;
esac
