#!/usr/bin/env bash
# Puts a root file system into a folder, for "make rootfs".
set -euo pipefail

# The one place that pins the root: version and sum.
version=3.22.1
sha256=0e5cc5702ad72a4e151f219976ba946d50161c3acce210ef3b122a529aba1270
url=https://dl-cdn.alpinelinux.org/alpine/v${version%.*}/releases/x86_64/alpine-minirootfs-$version-x86_64.tar.gz

usage() {
	cat <<EOF
Usage: rootfs.sh [FOLDER]

Put Alpine $version (x86_64) into FOLDER, ./rootfs by default.

  ROOTFS_TARBALL=FILE   take it from a file, which must have the pinned sum
  ROOTFS_SHA256=SUM     or this one
  ROOTFS_OFFLINE=1      do not try the network

Without network the root is a small one, made of the host's static busybox.
EOF
}

fail() {
	echo "rootfs.sh: $*" >&2
	exit 1
}

# unpack FILE: checks the sum, and unpacks into the folder $new.
unpack() {
	local sum
	sum=$(sha256sum "$1" | cut -d' ' -f1)
	[[ $sum == "${ROOTFS_SHA256:-$sha256}" ]] || fail "$1: its sha256 is $sum, not ${ROOTFS_SHA256:-$sha256}: nothing is unpacked"
	tar --extract --gzip --numeric-owner --file "$1" --directory "$new"
}

# download: Alpine's own file, into the folder $new.
download() {
	local get=(curl --fail --silent --show-error --location --max-time 300 --output "$tarball" "$url")
	command -v curl >/dev/null || get=(wget -q -T 60 -O "$tarball" "$url")
	echo "rootfs.sh: getting $url" >&2
	"${get[@]}" && unpack "$tarball"
}

# small: a root of busybox alone, into the folder $new.
small() {
	local busybox
	busybox=$(command -v busybox) || fail "neither network nor busybox: give a file by ROOTFS_TARBALL=, or install busybox-static"
	# A dynamic busybox would miss its libraries inside.
	! ldd "$busybox" >/dev/null 2>&1 || fail "$busybox: is not static: install busybox-static"
	mkdir -p "$new"/{bin,sbin,usr/bin,usr/sbin,etc,root,proc,sys,dev,run,var,home}
	mkdir -m 1777 "$new/tmp" "$new/var/tmp"
	cp "$busybox" "$new/bin/busybox"
	for applet in $("$busybox" --list); do
		[[ $applet == busybox ]] || ln -s busybox "$new/bin/$applet"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$new/etc/passwd"
	echo 'root:x:0:' >"$new/etc/group"
	: >"$new/etc/hosts"
	echo "made by mini-container of $("$busybox" | head -n 1)" >"$new/etc/busybox-root"
	echo "rootfs.sh: no network: made a small root of busybox: /bin/sh and its tools, but no package manager" >&2
}

[[ ${1-} != -h && ${1-} != --help ]] || { usage && exit; }
[[ $# -le 1 && ${1-} != -* ]] || fail "$*: wrong arguments (try '$0 --help')"
folder=${1:-rootfs}
if [[ -e $folder ]]; then
	[[ -x $folder/bin/sh || -L $folder/bin/sh ]] || fail "$folder: is there, and is no root file system"
	echo "rootfs.sh: $folder is there already" >&2
	exit
fi

# Made beside the folder and renamed at the end: a run that is cut off never
# looks like a finished root.
mkdir -p "$(dirname "$folder")"
new=$(mktemp -d "$folder.new-XXXXXX")
tarball=$new.tar.gz
trap 'rm -rf "$new" "$tarball"' EXIT
chmod 755 "$new"
if [[ ${ROOTFS_TARBALL-} ]]; then
	[[ -f $ROOTFS_TARBALL ]] || fail "$ROOTFS_TARBALL: no such file"
	unpack "$ROOTFS_TARBALL"
elif [[ $(uname -m) != x86_64 ]]; then
	fail "the pinned root is for x86_64, this machine is $(uname -m): give a file by ROOTFS_TARBALL= and its sum by ROOTFS_SHA256="
elif [[ ${ROOTFS_OFFLINE-} ]] || ! download; then
	small
fi
mv --no-target-directory "$new" "$folder"
