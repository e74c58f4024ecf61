//go:build !vm

package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mini-container/test/testenv"
)

// made runs make on the tests' own tree.
func made(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("make", append([]string{"--silent", "TREE=" + string(tree), "VERSION=v1.2.3"}, args...)...)
	cmd.Dir = testenv.Repository()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %q: %v: %s", args, err, out)
	}
}

// installed are the files and links below the folder.
func installed(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, strings.TrimPrefix(path, folder+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// used makes a container with what is in the folder bin alone, by the links
// there, and looks for a page of the manual.
func used(t *testing.T, prefix string) {
	t.Helper()
	host, work := testenv.Isolate(t), t.TempDir()
	if err := roots.In(work + "/root"); err != nil {
		t.Fatal(err)
	}
	environ := append(host.Environ(), "PATH="+prefix+"/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("env", append([]string{"-i"}, append(environ, args...)...)...)
		cmd.Dir = work
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v: %s", args, err, out)
		}
		return string(out)
	}
	if out := run("mini-container.sh", "./root", "host-1", "192.168.1.2", "/bin/sh", "-c", "hostname; echo $$"); out != "host-1\n1\n" {
		t.Errorf("the container says %q", out)
	}
	// The links must know each other for tools: the promise reaches the end.
	group := run("mc-cgroup", "run", "host-2", "--pids-max", "7", "--", "mc-ns", "run", "--mount", "--pid", "--", "mc-rootfs", "pivot", "./root", "--", "/bin/sh", "-c", "grep host-2 /proc/self/cgroup")
	if !strings.Contains(group, "/host-2") {
		t.Errorf("the command of the chain is in no group: %q", group)
	}
	run("mc-cgroup", "delete", "host-2")
	run("tar", "-cf", "r.tar", "-C", "root", "etc")
	run("mc-rootfs", "unpack", "r.tar", "unpacked")
	if _, err := os.Stat(work + "/unpacked/etc"); err != nil {
		t.Error(err)
	}
	if help := run("mc-exec.sh", "--help"); !strings.HasPrefix(help, "Usage: mc-exec.sh") {
		t.Errorf("mc-exec.sh says %q", help)
	}
	page, err := exec.Command("mandoc", "-Tutf8", prefix+"/share/man/man8/mc-net.8.gz").Output()
	if err != nil || !strings.Contains(string(page), "MC-NET(8)") {
		t.Errorf("the page: %v, %q", err, page)
	}
}

// TestInstall: an installation works from where it is, and uninstall leaves
// what is not ours alone.
func TestInstall(t *testing.T) {
	destination := t.TempDir()
	prefix := destination + "/opt/mc"
	other := prefix + "/bin/other"
	if err := os.MkdirAll(prefix+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second time over the first
		made(t, "install", "DESTDIR="+destination, "PREFIX=/opt/mc")
	}
	for _, link := range []string{"mc-net", "mc-cgroup", "mc-ns", "mc-rootfs", "mini-container.sh", "mc-exec.sh"} {
		to, err := os.Readlink(prefix + "/bin/" + link)
		if err != nil || filepath.IsAbs(to) {
			t.Errorf("%s: leads to %q, %v", link, to, err)
		}
		if info, err := os.Stat(prefix + "/bin/" + link); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", link, info, err)
		}
	}
	for _, file := range []string{"bash-completion/completions/mc-net", "zsh/site-functions/_mc-net", "fish/vendor_completions.d/mc-net.fish"} {
		if info, err := os.Stat(prefix + "/share/" + file); err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	used(t, prefix)
	made(t, "uninstall", "DESTDIR="+destination, "PREFIX=/opt/mc")
	if left := installed(t, destination); !slices.Equal(left, []string{"opt/mc/bin/other"}) {
		t.Errorf("uninstall leaves %q", left)
	}
}

// TestDeb: the package has what an installation has, works where dpkg unpacks
// it, and goes without a rest. The machine's own list of packages is not asked.
func TestDeb(t *testing.T) {
	made(t, "deb")
	packages, _ := filepath.Glob(string(tree) + "/build/mini-container_1.2.3_*.deb")
	if len(packages) != 1 {
		t.Fatalf("the packages are %q", packages)
	}
	root := t.TempDir()
	if err := os.MkdirAll(root+"/var/lib/dpkg/updates", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(root+"/var/lib/dpkg/info", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(root+"/var/lib/dpkg/status", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dpkg := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("dpkg", append([]string{"--root=" + root, "--log=/dev/null", "--force-depends"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("dpkg %q: %v: %s", args, err, out)
		}
		return string(out)
	}
	dpkg("--install", packages[0])
	if said := dpkg("--status", "mini-container"); !strings.Contains(said, "Status: install ok installed") || !strings.Contains(said, "Version: 1.2.3\n") {
		t.Errorf("dpkg says %s", said)
	}
	staged, listed := installed(t, string(tree)+"/build/deb"), dpkg("--listfiles", "mini-container")
	if len(staged) < 15 {
		t.Errorf("staged are %q", staged)
	}
	for _, path := range append(staged, "usr/share/doc/mini-container/copyright", "usr/share/zsh/vendor-completions/_mc-net") {
		if !strings.Contains(listed, "/"+path+"\n") {
			t.Errorf("the package lacks %s", path)
		}
	}
	used(t, root+"/usr")
	dpkg("--purge", "mini-container")
	for _, path := range installed(t, root) {
		if !strings.HasPrefix(path, "var/") {
			t.Errorf("dpkg leaves %s", path)
		}
	}
}
