#!/bin/bash
# Two containers talk through a pipe: what one writes the other reads, and
# neither sees more of the other than that. A shell's own pipe does it, for no
# tool of the chain touches the command's input and output.
#
# Run it:  sudo examples/recipes/pipe.sh ROOT
#
# ROOT is a folder with a root file system (make rootfs); both containers share
# it, and leave it as it is (--overlay).
set -euo pipefail
PATH=${0%/*}/../../scripts:$PATH
root=${1:?needs ROOT, a folder with a root file system}

# shellcheck disable=SC2016 # it is for the shells inside
mini-container.sh --overlay "$root" asks 10.7.4.2 /bin/sh -c 'echo "from $(hostname)"; seq 1 100000' |
	mini-container.sh --overlay "$root" sums 10.7.4.3 /bin/sh -c '
		read -r first
		echo "$(hostname) reads: $first"
		awk "{ sum += \$1 } END { print \"the sum is\", sum }"'
