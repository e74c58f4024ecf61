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

MC_VM_TIMEOUT=SECONDS ends a machine that hangs (480).
EOF
}

# The programs that the tests use, besides our own.
programs=(
	bash sh ip unshare nsenter bwrap jq pgrep ps grep sed awk cut tr sort uniq head tail wc cat cp ls mkdir rm
	ln mv touch chmod chown mkfifo mknod sleep env nice timeout readlink stat hostname mount umount findmnt cmp diff tar gzip
	sha256sum find xargs id chroot seq tee true false test date dirname basename mktemp rmdir tty stty uname
	setsid flock nproc dd od kill ldd column getfattr setpriv expr realpath lsns arping
)
modules=(bridge veth overlay zram lzo_rle af_packet dummy tun)

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
	cp -r test/testdata "$vm/root/src/test/"
	local packages=(test lib/network lib/cgroup lib/namespace lib/rootfs)
	for package in "${packages[@]}"; do
		mkdir -p "$vm/root/src/$package"
		CGO_ENABLED=0 go test -c -tags vm -o "$vm/root/src/$package/run.test" "./$package"
	done
	local tarball=${ROOTFS_TARBALL:-../shared/data/alpine-minirootfs-3.22.1-x86_64.tar.gz}
	[[ ! -e $tarball ]] || cp "$tarball" "$vm/root/src/root.tar.gz"
}

# boot COMMAND: starts the machine, which runs the command and ends. A machine
# that has locked up is not one that has failed: it is started again, twice.
boot() {
	printf '%s\n' "$1" >"$vm/root/command"
	(cd "$vm/root" && find . -print0 | cpio --null --create --format=newc --quiet) >"$vm/initrd"
	local try status
	for try in 1 2 3; do
		machine
		status=$(tr -d '\r' <"$vm/log" | sed -n 's/^vm: status //p')
		[[ ! $status ]] || return "$status"
		grep -q 'soft lockup\|detected stalls' "$vm/log" || break
		echo "vm: the emulated processors have locked up (start $try of 3)" >&2
	done
	echo "vm: the machine ended without a word" >&2
	return 1
}

# machine: one run of it, into $vm/log. Its processors never halt: some of
# those that QEMU emulates in threads do not wake up again. One that hangs all
# the same ends itself after 20 s.
machine() {
	timeout --foreground "${MC_VM_TIMEOUT:-480}" qemu-system-x86_64 -accel tcg,thread=multi -smp "$(nproc)" -m 3G \
		-kernel "$vm/kernel" -initrd "$vm/initrd" -nographic -no-reboot -nic none \
		-append 'console=ttyS0 quiet panic=-1 cgroup_no_v1=all idle=poll softlockup_panic=1 watchdog_thresh=10' |
		tee "$vm/log" || true
}

# Two at once would build into each other's folders.
alone() {
	mkdir -p "$vm"
	exec 8>"$vm/lock"
	flock --nonblock 8 || { echo "vm: waiting for another one" >&2 && flock 8; }
}

case ${1-} in
test)
	alone && kernel && root && sources
	boot 'exec bash /src/tests.sh'
	;;
run)
	alone && kernel && root && sources
	shift
	boot "${*:-exec setsid cttyhack bash}"
	;;
*) usage ;;
esac
