#!/bin/busybox sh
# shellcheck shell=dash
# The first process of the virtual machine. The kernel does not let go of the
# root that it starts with (pivot_root(2)), so all moves to one of our own.
if [ ! -e /moved ]; then
	# What pivot says here is for a test (rootfs-why.txt).
	mount -t proc proc /proc
	mount -t devtmpfs dev /dev
	mkdir /x
	cp -r /tree/bin/mc-ns /x/it
	unshare -m /tree/bin/mc-rootfs pivot /x -- /it --version 2>/why.initramfs
	umount /dev /proc
	mount -t tmpfs -o size=90% root /new
	cp -a /bin /sbin /lib /lib64 /usr /etc /root /var /src /tree /tmp /modules /command /init /why.initramfs /new/
	mkdir /new/proc /new/sys /new/dev /new/run /new/mnt
	touch /new/moved
	exec switch_root /new /init
fi
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir /dev/pts /dev/shm
ln -s /proc/self/fd /dev/fd
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for module in /modules/*; do insmod "$module" 2>/dev/null; done
# Swap in memory: without any, no test could tell a swap limit from none.
if [ -e /sys/block/zram0/disksize ]; then
	echo 256M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
fi
# Huge pages for who asks: else a heap of Go has 2 or 4 MB more, by the chance of
# where it begins, and who measures one measures that.
echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
ip link set lo up
hostname vm
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-dumb}
export CI=true MC_VM=1 MC_TREE=/tree
[ ! -e /src/root.tar.gz ] || export ROOTFS_TARBALL=/src/root.tar.gz
sh -c "$(cat /command)"
echo "vm: status $?"
sync
poweroff -f
