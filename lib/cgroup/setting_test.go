package cgroup

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// TestAdd reads the forms that people write, and refuses the others by a line
// that says what is wrong.
func TestAdd(t *testing.T) {
	for word, want := range map[string]string{
		"memory.max=64M":            "67108864",
		"memory.max= 64M ":          "67108864",
		"memory.high=infinity":      "max",
		"memory.min=-1":             "max",
		"memory.low=0%":             "0",
		"memory.swap.high=1GiB":     "1073741824",
		"memory.zswap.max=0":        "0",
		"memory.oom.group=on":       "1",
		"memory.oom.group=0":        "0",
		"pids.max=50":               "50",
		"cpu.max=2cpus":             "200000 100000",
		"cpu.max.burst=5000us":      "5000",
		"cpu.weight=1":              "1",
		"cpu.weight=10000":          "10000",
		"cpuset.cpus=3,0-1,1,2":     "0-3",
		"cpuset.cpus=8,0-2,5":       "0-2,5,8",
		"cpuset.mems=0":             "0",
		"cpuset.mems=max":           "\n",
		"io.weight=200":             "default 200",
		"io.bfq.weight=default 50":  "default 50",
		"hugetlb.2MB.max=4M":        "4194304",
		"hugetlb.1GB.max=max":       "max",
		"memory.swappiness=10":      "10",
		"cgroup.max.depth=a=b c":    "a=b c",
		"hugetlb.2MB.rsvd.max=4096": "4096", // a * takes the dot as well
	} {
		l := Limits{}
		file, _, _ := strings.Cut(word, "=")
		if err := l.Add([]string{word}); err != nil || l[file] != want || len(l) != 1 {
			t.Errorf("%s: %q, %v; want %q", word, l, err, want)
		}
	}
	for word, want := range map[string]string{
		"":                       "is it FILE=VALUE",
		"memory.max":             "is it FILE=VALUE",
		"=64M":                   "named as memory.max",
		"memory=64M":             "named as memory.max",
		"../memory.max=64M":      "named as memory.max",
		"memory.max/..=64M":      "named as memory.max",
		"memory..max=64M":        "named as memory.max",
		"memory.max =64M":        "named as memory.max",
		"memroy.max=64M":         "no file of a group begins with memroy",
		"cgroup.procs=1":         "'mc-cgroup move' does that",
		"cgroup.kill=1":          "'mc-cgroup kill' does that",
		"cgroup.freeze=1":        "'mc-cgroup freeze' does that",
		"memory.max=":            "needs a value",
		"memory.swappiness= ":    "needs a value",
		"memory.max=10MB":        "write 10M for powers of 1024",
		"memory.max=101%":        "0% to 100%",
		"memory.max=-1%":         "0% to 100%",
		"memory.max=NaN%":        "0% to 100%",
		"memory.max=%":           "0% to 100%",
		"memory.oom.group=2":     "is it 1 or 0?",
		"cpu.weight=0":           "a weight is 1 to 10000",
		"cpu.weight=10001":       "a weight is 1 to 10000",
		"cpu.weight=max":         "a weight is 1 to 10000",
		"cpu.max.burst=-1":       "a whole number of microseconds",
		"cpu.max.burst=max":      "a whole number of microseconds",
		"cpuset.cpus=a":          "numbers and ranges",
		"cpuset.cpus=3-1":        "numbers and ranges",
		"cpuset.cpus=0-":         "numbers and ranges",
		"cpuset.cpus=0,":         "numbers and ranges",
		"cpuset.cpus=0-65535":    "numbers and ranges",
		"cpuset.cpus=0-1-2":      "numbers and ranges",
		"io.weight=0":            "a weight is 1 to 10000",
		"io.weight=a b c":        "'DEVICE WEIGHT'",
		"io.weight=/proc 5000x":  "a weight is 1 to 10000",
		"hugetlb.2MB.max=many":   "a size is",
		"io.max=vda":             "'DEVICE rbps=10M'",
		"io.max=/ bps=1":         "is none of rbps, wbps, riops, wiops",
		"io.max=/ rbps=x":        "rbps: ",
		"io.max=/ riops=1M":      "riops: ",
		"io.max=/ rbps=0":        "more than nothing",
		"io.max=/ rbps=1 rbps=2": "rbps: is given twice",
	} {
		l := Limits{}
		err := l.Add([]string{word})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(l) > 0 {
			t.Errorf("%q: %q, %v; want %s", word, l, err, want)
		}
	}
}

// TestAddTwice: one file has one value, but those of devices, which have a line
// each.
func TestAddTwice(t *testing.T) {
	l := Limits{"memory.max": "4096"}
	if err := l.Add([]string{"memory.max=8K"}); err == nil || err.Error() != "memory.max: is given twice: 4096 and 8192" {
		t.Errorf("twice: %v", err)
	}
	if err := l.Add([]string{"io.weight=50", "io.weight=default 60", "pids.max=1"}); err != nil || l["io.weight"] != "default 50\ndefault 60" {
		t.Errorf("%q, %v", l, err)
	}
	if err := l.Add([]string{"memory.swappiness=1", "memory.swappiness=2"}); err == nil {
		t.Error("a file that is not known is taken twice")
	}
}

// TestShareOfMemory: a share of the memory is whole pages, and all of it is what there
// is.
func TestShareOfMemory(t *testing.T) {
	var whole, half Size
	if err := whole.UnmarshalText([]byte("100%")); err != nil {
		t.Fatal(err)
	}
	if err := half.UnmarshalText([]byte("50%")); err != nil {
		t.Fatal(err)
	}
	all, _ := amount(string(whole))
	part, _ := amount(string(half))
	if all < 1<<20 || part < all/2-4096 || part > all/2 || int64(part)%4096 != 0 {
		t.Errorf("50%% of %s is %s", whole, half)
	}
}

// TestRows: the order of writing is the table's, and what is not in it comes
// last.
func TestRows(t *testing.T) {
	l := Limits{"memory.swappiness": "1", "hugetlb.2MB.max": "0", "cpu.max.burst": "1", "cpu.max": "max", "memory.swap.max": "0", "memory.max": "1", "pids.max": ""}
	var files []string
	for _, k := range l.rows() {
		files = append(files, k.file)
	}
	want := []string{"memory.max", "memory.swap.max", "cpu.max", "cpu.max.burst", "hugetlb.2MB.max", "memory.swappiness"}
	if !slices.Equal(files, want) {
		t.Errorf("%q", files)
	}
}

// TestKnobs: each row can be written in a line of a help, and has what its
// readers rely on.
func TestKnobs(t *testing.T) {
	members := map[string]bool{}
	for _, k := range knobs {
		if k.parse == nil || !slices.Contains(named, k.controller) || !strings.HasPrefix(k.file, k.controller+".") {
			t.Errorf("%+v", k)
		}
		if (k.write == nil) != (k.read == nil) {
			t.Errorf("%s: on v1 it is written or read, but not both", k.file)
		}
		if members[k.member] || k.member != "" && k.member != strings.ReplaceAll(k.file, ".", "_") {
			t.Errorf("%s is %s in JSON", k.file, k.member)
		}
		members[k.member] = true
	}
}

// TestWeights: v2's weights and v1's shares are the same thing, there and back.
func TestWeights(t *testing.T) {
	for weight, shares := range map[string]string{"1": "10", "50": "512", "100": "1024", "333": "3410", "10000": "102400"} {
		plan, err := writeWeight("/nowhere", Limits{"cpu.weight": weight})
		if err != nil || len(plan) != 1 || plan[0].Say() != "echo "+shares+" >/nowhere/cpu.shares" {
			t.Errorf("%s: %v, %v", weight, plan, err)
		}
	}
	g := group(t, "weights")
	if _, isV2 := g.folder("cpu"); isV2 {
		return // the kernel's own file
	}
	makeWith(t, g, Limits{})
	defer func() { _ = g.Remove().Run(step.Silent) }()
	for _, weight := range []string{"1", "2", "99", "100", "333", "9999", "10000"} {
		l := Limits{"cpu.weight": weight, "cpu.max": "50000 100000", "cpu.max.burst": "5000", "memory.swappiness": "7"}
		plan, err := g.Set(l)
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.Run(step.Silent); err != nil {
			t.Fatal(err)
		}
		if said := g.Differences(l); len(said) > 0 {
			t.Errorf("%s: %q", weight, said)
		}
	}
}

// TestEnableFurther: what each group has is not asked for again.
func TestEnableFurther(t *testing.T) {
	g := &Group{Name: "host-1", Parent: "p", host: &Host{unified: "/nowhere", v2: []string{"cpu", "io", "memory", "pids", "cpuset"}}}
	l := Limits{"io.max": "8:0 rbps=1", "memory.max": "1", "cpuset.cpus": "0", "pids.max": "1"}
	before := maps.Clone(l)
	said := ""
	for _, s := range g.EnableFurther(l) {
		said += s.Say() + "\n"
	}
	if said != "echo '+cpuset +io' >/nowhere/cgroup.subtree_control\necho '+cpuset +io' >/nowhere/p/cgroup.subtree_control\n" || !maps.Equal(l, before) {
		t.Error(said, l)
	}
	if plan := g.EnableFurther(Limits{"memory.max": "1", "cgroup.max.depth": "1"}); len(plan) > 0 {
		t.Errorf("%v", plan)
	}
}

// TestElsewhere: a limit that is nowhere, and why.
func TestElsewhere(t *testing.T) {
	h := &Host{unified: "/nowhere", v1: map[string]string{}, other: map[string]string{}, from: map[string]string{}}
	err := h.read(strings.NewReader(strings.Join([]string{
		`35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory`,
		`36 31 0:33 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio`,
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	g := &Group{Name: "host-1", Parent: "p", host: h}
	for file, want := range map[string]string{
		"io.max":          "io.max: controller io: is on cgroup v1 here (/sys/fs/cgroup/blkio)",
		"hugetlb.2MB.max": "controller hugetlb: neither in",
		"memory.high":     "memory.high: cgroup v1, where controller memory is on this host, has no such limit",
	} {
		if _, err := g.Set(Limits{file: "8:0 rbps=1"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if plan, err := g.Set(Limits{"cgroup.max.depth": "1"}); err != nil || len(plan) != 1 || plan[0].Say() != "echo 1 >/nowhere/p/host-1/cgroup.max.depth" {
		t.Errorf("%v, %v", plan, err)
	}
}

// TestWhy: a write that the kernel refuses by a bare number, and its cause.
func TestWhy(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "cpuset.cpus.effective"), []byte("0-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file  string
		cause error
		want  string
	}{
		{"cpuset.cpus", unix.ERANGE, "numerical result out of range: there are 0-1"},
		{"cpuset.cpus", unix.EINVAL, "invalid argument: there are 0-1"},
		{"cpuset.mems", unix.EINVAL, "invalid argument"},
		{"cpu.max.burst", unix.EINVAL, "invalid argument: a burst is no longer than the quota of cpu.max"},
		{"cpu.cfs_burst_us", unix.EINVAL, "invalid argument: a burst is no longer than the quota of cpu.max"},
		{"memory.no_such", unix.ENOENT, "no such file or directory: this kernel has no such file"},
		{"memory.max", unix.EIO, "input/output error"},
	} {
		err := whyWrite(filepath.Join(folder, c.file), "1", c.cause)
		if err == nil || err.Error() != c.want || !errors.Is(err, c.cause) {
			t.Errorf("%s: %v, want %s", c.file, err, c.want)
		}
	}
	for cause, want := range map[error]string{unix.EINVAL: "holds no value to go back to", unix.EACCES: "holds no value to go back to", unix.EIO: "input/output error"} {
		if err := whyUnread("memory.reclaim", cause); !errors.Is(err, cause) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v: %v", cause, err)
		}
	}
}
