#!/usr/bin/env bash
# Puts a root file system into a folder, for "make rootfs".
set -euo pipefail
self=$0
[[ ! -L $self ]] || self=$(readlink -f "$self")
[[ $self == */* ]] || self=./$self
PATH=${self%/*}/../bin:$PATH

# The one place that pins the root: version and sum.
version=3.22.1
sha256=0e5cc5702ad72a4e151f219976ba946d50161c3acce210ef3b122a529aba1270
url=https://dl-cdn.alpinelinux.org/alpine/v${version%.*}/releases/x86_64/alpine-minirootfs-$version-x86_64.tar.gz

usage() {
	cat <<EOF || exit
Usage: rootfs.sh [FOLDER]

Put the root file system of Alpine $version (x86_64) into FOLDER, ./rootfs by
default. A root that is there already is left as it is.

  ROOTFS_TARBALL=FILE   take it from a file, which must have the pinned sum
  ROOTFS_SHA256=SUM     or this one
  ROOTFS_OFFLINE=1      do not try the network

Where Alpine cannot be had from the network, the root is a small one, made of
the host's static busybox.

Example: ROOTFS_TARBALL=alpine-minirootfs-$version-x86_64.tar.gz rootfs.sh
EOF
	exit
}

fail() {
	echo "rootfs.sh: $*" >&2
	exit 1
}

# unpack FILE: checks the sum, and makes the folder.
unpack() {
	local sum want=${ROOTFS_SHA256:-$sha256}
	sum=$(sha256sum <"$1")
	sum=${sum%% *}
	[[ $sum == "$want" ]] || fail "$1: its sha256 is $sum, not $want: nothing is unpacked"
	mc-rootfs unpack "$1" "$folder" >/dev/null || fail "$1: cannot be unpacked"
}

# download: Alpine's own file, into $tarball.
download() {
	local get=(curl --fail --silent --show-error --location --connect-timeout 10 --max-time 300 --output "$tarball" "$url")
	command -v curl >/dev/null || get=(wget -q -t 2 -T 30 -O "$tarball" "$url")
	echo "rootfs.sh: getting $url" >&2
	"${get[@]}"
}

# small: a root of busybox alone, made in the folder $new beside.
small() {
	local busybox applet
	busybox=$(type -P busybox) || fail "no Alpine and no busybox: give a file by ROOTFS_TARBALL=, or install busybox-static"
	# A dynamic busybox would miss its loader inside: the name of one stands
	# at the beginning of the file (elf(5), PT_INTERP).
	! grep -aq '/ld-' <(head -c 4096 "$busybox") || fail "$busybox: is not static: install busybox-static"
	mkdir -p "$new"/{bin,sbin,usr/bin,usr/sbin,etc,root,home,proc,sys,dev,run,mnt,var/lib,var/log}
	mkdir -m 1777 "$new/tmp" "$new/var/tmp"
	chmod 700 "$new/root"
	cp "$busybox" "$new/bin/busybox"
	for applet in $("$busybox" --list-full); do
		[[ $applet == bin/busybox || $applet != */* ]] || ln -s /bin/busybox "$new/$applet"
	done
	[[ -L $new/bin/sh ]] || fail "$busybox: has no sh"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$new/etc/passwd"
	echo 'root:x:0:' >"$new/etc/group"
	printf '%s\tlocalhost\n' 127.0.0.1 ::1 >"$new/etc/hosts"
	"$busybox" | sed -n '1s/ (.*//p' >"$new/etc/busybox-root"
	chmod 755 "$new"
	mv --no-target-directory "$new" "$folder"
	echo "rootfs.sh: $folder: a small root of $busybox instead of Alpine: /bin/sh and its tools, but no libc and no package manager" >&2
}

# have: the root, from where it is to be had.
have() {
	if [[ ${ROOTFS_TARBALL-} ]]; then
		[[ -f $ROOTFS_TARBALL ]] || fail "$ROOTFS_TARBALL: no such file"
		unpack "$ROOTFS_TARBALL"
	elif [[ ${ROOTFS_OFFLINE-} ]]; then
		small
	elif [[ $(uname -m) != x86_64 ]]; then
		fail "the pinned root is for x86_64, this machine is $(uname -m): give a file by ROOTFS_TARBALL= and its sum by ROOTFS_SHA256=, or ROOTFS_OFFLINE=1 for a root of busybox"
	elif download; then
		unpack "$tarball"
	else
		small
	fi
}

[[ ${1-} != -h && ${1-} != --help ]] || usage
[[ $# -le 1 && ${1-} != -* ]] || fail "$*: wrong arguments (try '$0 --help')"
folder=${1:-rootfs}
if [[ -e $folder/bin/sh || -L $folder/bin/sh ]]; then
	echo "rootfs.sh: $folder is there already" >&2
	exit
fi
[[ ! -e $folder || -d $folder && -z $(ls -A "$folder") ]] || fail "$folder: is there, and is no root file system"

# A run that is cut off never looks like a finished root: what is made has
# another name until the end.
umask 022
folder=${folder%"${folder##*[!/]}"}
mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.new-XXXXXX")
tarball=$new.tar.gz
trap 'rm -rf "$new" "$tarball"' EXIT
have
