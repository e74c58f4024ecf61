#!/usr/bin/env bash
# Installs what the tests and checks need, on Debian and as root; elsewhere it
# says what is missing. More of PROGRAM=PACKAGE can be asked for.
set -euo pipefail

# One list: a program or a file, and the package that has it.
packages=(
	ip=iproute2 unshare=util-linux jq=jq bwrap=bubblewrap busybox=busybox-static
	cc=build-essential strace=strace pgrep=procps qemu-system-x86_64=qemu-system-x86 cpio=cpio depmod=kmod shellcheck=shellcheck
	setfattr=attr xz=xz-utils zstd=zstd nft=nftables mandoc=mandoc tcpdump=tcpdump
	zsh=zsh fish=fish /usr/share/bash-completion/bash_completion=bash-completion
	"$@"
)

missing=()
for entry in "${packages[@]}"; do
	command -v "${entry%%=*}" >/dev/null || [[ $entry == /* && -e ${entry%%=*} ]] || missing+=("${entry#*=}")
done
((${#missing[@]})) || exit 0
if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
	echo "missing: ${missing[*]}" >&2
	exit 1
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
