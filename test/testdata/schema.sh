# What is looked at by TestSchema: each object that a tool prints, made for real.
# of VERB COMMAND…: the command's output is what the verb prints with --json.
of() {
	local verb=$1 out=./$1.out
	shift
	"$@" >"$out" </dev/null || { echo "status $? of $*" >&2 && exit 1; }
	[[ -s $out ]] || echo null >"$out"
	jq -c --arg verb "$verb" '{($verb): .}' "$out"
}
# json TOOL VERB ARGUMENT…: the same, of the verb itself.
json() { of "$1 $2" "$1" "$2" --json "${@:3}"; }
set -euo pipefail

json mc-net up host-1 --ip 10.9.0.2/24 --ip fd09::2/64 --bridge b0 --nat --publish 8080:80
mc-net up host-2 --ip 10.9.0.3/24 --bridge b0 --ifname eth0 >one
mc-net up host-2 --ip 10.8.0.3/24 --bridge b1 --ifname eth1 >two
ip link add cable0 type veth peer name cable1
ip link set cable0 master b0
json mc-net show host-1
json mc-net show host-2
json mc-net show /run/netns/host-2
json mc-net show /proc/self/ns/net
unshare --net sleep 100 </dev/null >/dev/null 2>&1 &
until [[ $(</proc/$!/comm) == sleep ]]; do sleep 0.02; done
json mc-net show "/proc/$!/ns/net"
of 'mc-net show --as-args' mc-net show "/proc/$!/ns/net" --json --as-args 2>lo
kill $!
of 'mc-net show --as-args' mc-net show host-2 --json --as-args
of 'mc-net show --ip' mc-net show host-2 --json --ip
json mc-net ls
json mc-net map
json mc-net check host-2
# Who may not change the network may not see the ports.
of 'mc-net ls' setpriv --bounding-set=-net_admin mc-net ls --json
of 'mc-net show' setpriv --bounding-set=-net_admin mc-net show host-1 --json
of 'mc-net map' setpriv --bounding-set=-net_admin mc-net map --json
json mc-net wait host-1
json mc-net exec host-1 -- true
of 'mc-net capture' sh -c 'mc-net capture host-1 --json --for 0.01 >/dev/null'
json mc-net gc
json mc-net down host-1
ip link delete cable0
mc-net down host-2 --wait
touch /run/netns/rotten
json mc-net ls
json mc-net show rotten
of 'mc-net show --as-args' mc-net show rotten --json --as-args 2>lost
of 'mc-net show --ip' mc-net show rotten --json --ip
json mc-net map
mc-net down rotten

json mc-cgroup create host-1 --memory-max 16M --swap-max 0 --pids-max 8 --cpu-max 50%
json mc-cgroup set host-1 --pids-max 9
mc-cgroup exec host-1 -- sleep 1000 2>told &
until [[ $(mc-cgroup show host-1 --pids) ]]; do sleep 0.05; done
pid=$(mc-cgroup show host-1 --pids)
json mc-cgroup show host-1
of 'mc-cgroup show --as-args' mc-cgroup show host-1 --json --as-args
of 'mc-cgroup show' mc-cgroup --parent other show --pid "$pid" --json
of 'mc-cgroup show --pid --as-args' mc-cgroup --parent other show --pid "$pid" --json --as-args
of 'mc-cgroup show --effective' mc-cgroup show host-1 --json --effective
of 'mc-cgroup show --pids' mc-cgroup show host-1 --json --pids
json mc-cgroup ls
json mc-cgroup move host-1 "$pid"
json mc-cgroup freeze host-1
json mc-cgroup thaw host-1
json mc-cgroup watch host-1 --count 2 --interval 10ms
json mc-cgroup top --count 2 --interval 10ms
json mc-ns show "$pid"
of 'mc-ns show --as-args' mc-ns show "$pid" --json --as-args
json mc-ns enter "$pid" -- true
! mc-cgroup exec host-1 -- payload alloc 64M >alloc 2>&1
json mc-cgroup wait host-1 --oom
mc-cgroup events host-1 --json >events &
until [[ -s events ]]; do sleep 0.05; done
json mc-cgroup kill host-1
json mc-cgroup wait host-1
json mc-cgroup delete host-1
wait # for the stream, too, which ends with the group
of 'mc-cgroup events' cat events
mc-cgroup create host-2 >one
json mc-cgroup exec host-2 -- true
mc-cgroup delete host-2
json mc-cgroup run host-2 -- true
mc-cgroup delete host-2
json mc-cgroup gc

json mc-ns run --uts --pid -- true
json mc-ns init -- true
json mc-rootfs check root /bin/sh
mc-ns run --mount -- mc-rootfs pivot root --overlay --bind /usr:/mnt/usr:ro -- /bin/sleep 1000 2>told &
until [[ $(cat /proc/$!/comm) == sleep ]]; do sleep 0.05; done
json mc-rootfs show $!
of 'mc-rootfs show --as-args' mc-rootfs show $! --json --as-args
kill $!
of 'mc-rootfs pivot' mc-ns run --mount --pid -- mc-rootfs pivot root --json -- /bin/true
mkdir folder
touch folder/file
tar -cf folder.tar folder
json mc-rootfs unpack folder.tar unpacked

# The lines beside the output.
MC_STATUS_FD=7 mc-cgroup run host-3 --report -- mc-ns run --uts --pid -- true 7>lines 2>told
! MC_STATUS_FD=7 mc-ns run --mount -- mc-rootfs pivot /no/such -- true 7>>lines 2>told
mc-cgroup delete host-3
of MC_STATUS_FD cat lines
mc-net up host-4 --ip 10.9.0.4/24 --bridge b2 --trace=json 2>steps >one
! mc-net up host-5 --ip 10.9.1.4/24 --bridge lo --trace=json 2>more >one
mc-net down host-4 --wait
mc-cgroup create host-4 --trace=json 2>>steps >one
mc-cgroup delete host-4
of --trace=json cat steps
