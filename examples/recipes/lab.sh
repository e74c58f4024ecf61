#!/bin/bash
# A test lab: three hosts and a router between two networks, none of them the
# machine's own. The router is a network namespace that forwards, no more.
#
# Run it:  sudo examples/recipes/lab.sh [COMMAND [ARG]...]
#
# COMMAND (a shell without one) is run in the lab's first host, alice. There,
# bob is 10.7.1.3 in the same network, and carol 10.7.2.2 behind the router:
#
#     sudo examples/recipes/lab.sh ip route get 10.7.2.2
set -euo pipefail
PATH=${0%/*}/../../bin:$PATH

undo() { for host in alice bob carol router; do mc-net down "$host"; done; }
trap undo EXIT

# A router sends what others have sent, so nobody checks its addresses. Its two
# interfaces are in one namespace; the networks meet nowhere else, for with
# --gateway none the machine itself has no address in them.
mc-net up router --bridge lab1 --ip 10.7.1.1/24 --gateway none --no-antispoof >/dev/null
mc-net up router --bridge lab2 --ip 10.7.2.1/24 --gateway none --no-antispoof --ifname eth1 >/dev/null
nsenter --net=/run/netns/router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'

mc-net up alice --bridge lab1 --ip 10.7.1.2/24 --gateway none >/dev/null
mc-net up bob --bridge lab1 --ip 10.7.1.3/24 --gateway none >/dev/null
mc-net up carol --bridge lab2 --ip 10.7.2.2/24 --gateway none >/dev/null
ip -n alice route add default via 10.7.1.1
ip -n bob route add default via 10.7.1.1
ip -n carol route add default via 10.7.2.1

mc-ns run --net alice -- "${@:-bash}"
