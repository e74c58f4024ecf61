//go:build !vm

package crash

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// usage is one way to call a verb, and what belongs around it.
type usage struct {
	verb   string // tool and verb, or the script
	before string // what it needs, a command of bash
	within string // the program that runs it, as unshare(1)
	call   string
	proof  string // shows that the work was done, where its output does not
	after  string // the clean-up of a call that did its work

	removes bool   // what a failed one leaves is removed by the next
	finds   string // what it finds, with status 1, on a host that is broken so
	looks   bool   // it changes nothing, and its figures differ from time to time
}

const (
	container = "mini-container.sh root host-1 192.168.1.2 /bin/hostname"
	members   = `/bin/sh -c 'sed s,.*:,, /proc/self/cgroup | grep -c /host-1'`
	dead      = `bash -c 'mc-net up host-1 --ip 192.168.1.2/24 --owner $$ >/dev/null; mc-cgroup create host-1 --owner $$ >/dev/null'`
	up        = "mc-net up host-1 --ip 192.168.1.2/24 >/dev/null"
	create    = "mc-cgroup create host-1 --memory-max 64M >/dev/null"
	down      = "mc-net down --wait host-1"
	theirs    = "ip netns add x; ip link add br9 up type bridge; ip link add v9 master br9 up type veth peer name eth0 netns x; ip -n x link set eth0 up; ip -n x address add 10.9.0.2/24 dev eth0; ip -n x route add default via 10.9.0.1; ip -n x rule add priority 9 lookup 77; ip netns exec x nft add table inet wall"
	apart     = "ip netns delete x; umount /run/netns; ip link delete br9"
	router    = "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
	open      = "mc-net up host-1 --ip 192.168.1.2/24 --nat --publish 8080:80"
	network   = "mc-net show host-1 --json | jq -c '[.state, .addresses, .gateway, .bridge]'"
	limits    = "mc-cgroup show host-1 --json | jq -c '[.limits, .processes]'"
	inhabited = create + `; mc-cgroup exec host-1 -- sleep 100 </dev/null >/dev/null 2>&1 & until mc-cgroup show host-1 --json | jq -e '.processes[0]' >/dev/null; do sleep 0.01; done`
	living    = `sleep 100 </dev/null >/dev/null 2>&1 & echo $! >pid; mc-net up host-1 --ip 192.168.1.2/24 --owner $! >/dev/null; mc-cgroup create host-1 --owner $! >/dev/null`
	visited   = dead + "; nsenter --net=/run/netns/host-1 mc-cgroup exec host-1 -- sleep 100 </dev/null >/dev/null 2>&1 & echo $! >pid; until [ $(cat /proc/$!/comm) = sleep ]; do sleep 0.01; done"
	archive   = "mkdir -p tree/a/b && echo x >tree/a/file && ln -f tree/a/file tree/hard && ln -sfn a tree/soft && truncate -s 1M tree/hole && tar -cSzf root.tar.gz -C tree ."
	unpacked  = "ls -A | grep -v log; find out -printf '%p %y %m %s %n %l\\n' | sort"
	frozen    = "grep frozen $(mc-cgroup show host-1 --json | jq -r .path)/cgroup.events"
	names     = "mc-net ls; mc-cgroup ls -q"
	rooted    = `unshare --mount mc-rootfs pivot root --overlay --bind /usr:/mnt/a:ro -- /bin/sleep 100 </dev/null >/dev/null 2>&1 & echo $! >pid; until [ $(cat /proc/$!/comm) = sleep ]; do sleep 0.01; done`
	sleeper   = `mc-ns run --mount --uts --pid --hostname host-1 -- sleep 100 </dev/null >/dev/null 2>&1 & until pgrep -P $! sleep >pid; do sleep 0.01; done`
)

// usages are all verbs of all tools: TestEveryVerb sees to that.
var usages = []usage{
	{verb: "mc-net up", call: "mc-net up host-1 --ip 192.168.1.2/24", proof: network, after: down},
	{verb: "mc-net up", before: "mc-net up other --ip 192.168.1.2/24 >/dev/null", call: "mc-net up host-1 --ip auto --ip fd00:1::2/64", proof: network, after: down + "; mc-net down --wait other"},
	{verb: "mc-net up", before: up, call: "mc-net up host-1 --ifname eth1 --bridge lan2 --ip auto --rate 10mbit", proof: network + "; mc-net ls", after: down},
	{verb: "mc-net up", call: "mc-net up host-1 --ip 192.168.1.2/24 --isolate --no-antispoof", proof: network, after: down},
	{verb: "mc-net up", before: router, call: open + " --ip fd00:1::2/64 --isolate", proof: network + "; nft list table inet mini-container", after: down},
	{verb: "mc-net up", before: router + "; mc-net up other --ip 192.168.1.3/24 -p 81:81 >/dev/null", call: open, proof: network, after: down + "; mc-net down --wait other"},
	{verb: "mc-net down", before: open + " >/dev/null 2>&1", call: "mc-net down host-1", proof: names, after: down, removes: true},
	{verb: "mc-net down", before: open + " >/dev/null 2>&1; mc-net up other --ip 192.168.1.3/24 -p 81:81 >/dev/null", call: down, proof: names, after: down + "; mc-net down --wait other", removes: true},
	{verb: "mc-net gc", before: open + " --owner 1 >/dev/null 2>&1; ip link delete mc-host-1", call: "mc-net gc", proof: names, after: down, removes: true},
	{verb: "mc-net down", before: up + "; mc-net up host-1 --ifname eth1 --bridge lan2 --ip auto >/dev/null", call: "mc-net down host-1", proof: names, after: down, removes: true},
	{verb: "mc-net down", before: up, call: "mc-net down host-1", proof: names, after: down, removes: true},
	{verb: "mc-net down", before: up, call: down, proof: names, after: down, removes: true},
	{verb: "mc-net show", before: up, call: "mc-net show host-1", after: down, looks: true},
	{verb: "mc-net show", before: up, call: "mc-net show host-1 --as-args", after: down, looks: true},
	{verb: "mc-net show", before: theirs, call: "mc-net show /run/netns/x", after: apart, looks: true},
	{verb: "mc-net show", before: theirs, call: "mc-net show /run/netns/x --as-args", after: apart, looks: true},
	{verb: "mc-cgroup show", before: create, call: "mc-cgroup show host-1 --as-args", after: "mc-cgroup delete host-1", looks: true},
	{verb: "mc-net exec", before: up, call: "mc-net exec host-1 -- /bin/sh -c 'ip -4 -o address show eth0 | grep -o inet.*brd'", after: down},
	{verb: "mc-net wait", before: up, call: "mc-net wait host-1", after: down},
	{verb: "mc-net check", before: up, call: "mc-net check host-1", after: down, looks: true, finds: "bad   namespace: is gone"},
	{verb: "mc-net capture", before: up, call: "mc-net capture host-1 --for 0.1 >/dev/null", after: down, looks: true},
	{verb: "mc-net map", before: up, call: "mc-net map", after: down},
	{verb: "mc-net ls", before: up, call: "mc-net ls", after: down},
	{verb: "mc-net gc", before: dead, call: "mc-net gc", proof: names, after: "mc-net gc; mc-cgroup gc", removes: true},
	{verb: "mc-net gc", before: living, call: "mc-net gc", proof: names, after: "kill -KILL $(cat pid)"},
	{verb: "mc-net gc", before: visited, call: "mc-net gc", proof: names, after: "kill -KILL $(cat pid)"},
	{verb: "mc-cgroup create", call: "mc-cgroup create host-1 --memory-max 64M --swap-max 0 --pids-max 9 --cpu-max 50%", proof: limits, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup set", before: create, call: "mc-cgroup set host-1 --memory-max 32M --swap-max 0 --pids-max 9", proof: limits, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup set", before: create, call: "mc-cgroup set host-1 memory.max=32M cpu.max=50% cpu.max.burst=5000 cpu.weight=50 cgroup.max.depth=3", proof: limits, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup create", call: "mc-cgroup create host-1 --memory-max 64M --set cpu.weight=50 --set cgroup.max.depth=3", proof: limits, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup create", before: create, call: "mc-cgroup create host-1/below --pids-max 9", proof: names, after: "mc-cgroup delete -r host-1"},
	{verb: "mc-cgroup delete", before: create + "; mc-cgroup create host-1/below >/dev/null", call: "mc-cgroup delete host-1/below", proof: names, after: "mc-cgroup delete -r host-1", removes: true},
	{verb: "mc-cgroup exec", before: create, call: "mc-cgroup exec host-1 -- " + members, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup run", call: "mc-cgroup run host-1 --memory-max 64M --swap-max 0 --pids-max 9 -- " + members, proof: limits, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup exec", before: create, call: "mc-cgroup exec --report host-1 -- " + members, after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup show", before: create, call: "mc-cgroup show host-1", after: "mc-cgroup delete host-1", looks: true},
	{verb: "mc-cgroup show", before: inhabited + "; mc-cgroup show --pids host-1 >pid", call: "mc-cgroup show --pids host-1", after: "mc-cgroup delete --kill host-1", looks: true},
	{verb: "mc-cgroup show", before: inhabited + "; mc-cgroup show --pids host-1 >pid", call: "mc-cgroup show --json --pid $(cat pid)", after: "mc-cgroup delete --kill host-1", looks: true},
	{verb: "mc-cgroup show", before: inhabited + "; mc-cgroup show --pids host-1 >pid", call: "mc-cgroup --parent other show --as-args --pid $(cat pid)", after: "mc-cgroup delete --kill host-1", looks: true},
	{verb: "mc-cgroup show", before: create, call: "mc-cgroup show --effective host-1", after: "mc-cgroup delete host-1", looks: true},
	{verb: "mc-cgroup ls", before: create, call: "mc-cgroup ls", after: "mc-cgroup delete host-1", looks: true},
	{verb: "mc-cgroup ls", before: create + "; MC_CGROUP_PARENT=$MC_CGROUP_PARENT/host-1 mc-cgroup create below >/dev/null", call: "mc-cgroup ls --tree -q", after: "mc-cgroup delete --recursive host-1", looks: true},
	{verb: "mc-cgroup kill", before: inhabited, call: "mc-cgroup kill host-1", proof: limits, after: "mc-cgroup delete --kill host-1", removes: true},
	{verb: "mc-cgroup freeze", before: inhabited, call: "mc-cgroup freeze host-1", proof: frozen, after: "mc-cgroup delete --kill host-1"},
	{verb: "mc-cgroup thaw", before: inhabited + "; mc-cgroup freeze host-1", call: "mc-cgroup thaw host-1", proof: frozen, after: "mc-cgroup delete --kill host-1"},
	{verb: "mc-cgroup move", before: create + `; sleep 100 </dev/null >/dev/null 2>&1 & echo $! >pid`, call: "mc-cgroup move host-1 $(cat pid)", proof: "mc-cgroup show host-1 --json | jq '.processes | length'", after: "kill -KILL $(cat pid); mc-cgroup delete --kill host-1"},
	{verb: "mc-cgroup wait", before: create, call: "mc-cgroup wait host-1 --empty", after: "mc-cgroup delete host-1"},
	{verb: "mc-cgroup wait", before: inhabited, call: "mc-cgroup wait host-1 --memory-above 1 --cpu-pressure 10% --timeout 20", after: "mc-cgroup delete --kill host-1"},
	{verb: "mc-cgroup events", before: inhabited, call: "mc-cgroup events host-1 --json --count 1", after: "mc-cgroup delete --kill host-1", looks: true},
	{verb: "mc-cgroup watch", before: inhabited, call: "mc-cgroup watch host-1 --json --count 1 --interval 0.01", after: "mc-cgroup delete --kill host-1", looks: true},
	{verb: "mc-cgroup top", before: inhabited, call: "mc-cgroup top --json --count 1 --interval 0.01", after: "mc-cgroup delete --kill host-1", looks: true},
	{verb: "mc-cgroup delete", before: create + "; MC_CGROUP_PARENT=$MC_CGROUP_PARENT/host-1 mc-cgroup create below >/dev/null", call: "mc-cgroup delete --recursive host-1", proof: names, after: "mc-cgroup delete --recursive host-1", removes: true},
	{verb: "mc-cgroup delete", before: inhabited, call: "mc-cgroup delete --kill host-1", proof: names, after: "mc-cgroup delete --kill host-1", removes: true},
	{verb: "mc-cgroup gc", before: dead, call: "mc-cgroup gc", proof: names, after: "mc-net gc; mc-cgroup gc", removes: true},
	{verb: "mc-cgroup gc", before: living, call: "mc-cgroup gc", proof: names, after: "kill -KILL $(cat pid)"},
	{verb: "mc-cgroup gc", before: visited, call: "mc-cgroup gc", proof: names, after: "kill -KILL $(cat pid)"},
	{verb: "mc-ns run", call: "mc-ns run --mount --uts --ipc --pid --net --hostname host-1 -- /bin/hostname"},
	{verb: "mc-ns run", call: "mc-ns run --mount --uts --hostname host-1 -- /bin/hostname"},
	{verb: "mc-ns run", call: "mc-ns run --userns --mount --uts --pid --hostname host-1 -- /bin/hostname"},
	{verb: "mc-ns run", call: "mc-ns run --confine --umask 027 --mount --uts --hostname host-1 -- /bin/hostname"},
	{verb: "mc-ns run", call: "mc-ns run --confine --pid --init -- /bin/hostname"},
	{verb: "mc-ns run", call: "mc-ns run --userns=auto --pid -- /bin/hostname"},
	{verb: "mc-ns show", before: sleeper, call: "mc-ns show $(cat pid)", after: "kill -KILL $(cat pid)", looks: true},
	{verb: "mc-ns show", before: sleeper, call: "mc-ns show $(cat pid) --as-args", after: "kill -KILL $(cat pid)", looks: true},
	{verb: "mc-ns init", call: "mc-ns init -- /bin/hostname"},
	{verb: "mc-rootfs pivot", within: "unshare --mount", call: "mc-rootfs pivot --init root -- /bin/cat /etc/hostname /etc/hosts /etc/resolv.conf"},
	{verb: "mc-ns enter", before: sleeper, call: "mc-ns enter $(cat pid) -- /bin/hostname", after: "kill -KILL $(cat pid)"},
	{verb: "mc-ns enter", before: sleeper, call: "mc-ns enter --tools $(cat pid) -- /bin/hostname", after: "kill -KILL $(cat pid)"},
	{verb: "mc-rootfs pivot", within: "unshare --mount", call: "mc-rootfs pivot root -- /bin/cat /etc/hostname /etc/hosts /etc/resolv.conf"},
	{verb: "mc-rootfs pivot", within: "unshare --mount", call: "mc-rootfs pivot --read-only --bind /usr:/mnt/a:ro --tmpfs /mnt/b root -- /bin/cat /etc/hostname /etc/hosts /etc/resolv.conf"},
	{verb: "mc-rootfs pivot", within: "unshare --mount", call: "mc-rootfs pivot --overlay root -- /bin/cat /etc/hostname /etc/hosts /etc/resolv.conf"},
	{verb: "mc-rootfs check", call: "mc-rootfs check root", looks: true},
	{verb: "mc-rootfs show", before: rooted, call: "mc-rootfs show $(cat pid)", after: "kill -KILL $(cat pid)", looks: true},
	{verb: "mc-rootfs show", before: rooted, call: "mc-rootfs show $(cat pid) --as-args", after: "kill -KILL $(cat pid)", looks: true},
	{verb: "mc-rootfs unpack", before: archive, call: "mc-rootfs unpack root.tar.gz out", proof: unpacked, after: "rm -rf out"},
	{verb: "mc-rootfs unpack", before: archive + "; mkdir out", call: "$BIN/libexec/mc-rootfs unpack root.tar.gz out", proof: unpacked, after: "rm -rf out"},
	{verb: script, call: container},
	{verb: script, call: "mini-container.sh --nat -p 8080:80 --isolate root host-1 192.168.1.2 /bin/hostname"},
	{verb: script, call: "mini-container.sh --userns root host-1 192.168.1.2 /bin/hostname"},
	{verb: script, call: "mini-container.sh --explain root host-1 192.168.1.2 /bin/hostname", looks: true},
	{verb: script, call: "mini-container.sh --explain --nat -p 8080:80 --userns --overlay root host-1 auto,auto6 /bin/hostname", looks: true},
}

const script = "mini-container.sh"

// commandOf is a verb's line in a tool's help.
var commandOf = regexp.MustCompile(`(?m)^  ([a-z]+)(?: .*)?$`)

// TestEveryVerb asks the tools which verbs they have: one that is added and is
// not in the list fails here.
func TestEveryVerb(t *testing.T) {
	seen := 0
	for _, tool := range []string{"mc-net", "mc-cgroup", "mc-ns", "mc-rootfs"} {
		help, err := exec.Command(filepath.Join(tree.Bin(), tool), "--help").Output()
		if err != nil {
			t.Fatal(err)
		}
		_, commands, _ := regexpCut(`(?m)^Commands:$`, string(help))
		for _, m := range commandOf.FindAllStringSubmatch(commands, -1) {
			seen++
			if !slices.ContainsFunc(usages, func(u usage) bool { return u.verb == tool+" "+m[1] }) {
				t.Errorf("%s %s: nothing makes it fail: add it to usages", tool, m[1])
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d verbs were seen: has the form of the help changed?", seen)
	}
}

func regexpCut(pattern, text string) (before, after string, found bool) {
	at := regexp.MustCompile(pattern).FindStringIndex(text)
	if at == nil {
		return text, "", false
	}
	return text[:at[0]], text[at[1]:], true
}
