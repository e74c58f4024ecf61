package nofile_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mini-container/lib/nofile"
)

// TestBefore starts this test once more under another limit, and asks there.
func TestBefore(t *testing.T) {
	if os.Getenv("NOFILE_CHILD") != "" {
		soft, hard, known := nofile.Before()
		if !known {
			t.Fatal("not known")
		}
		var now unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &now); err != nil {
			t.Fatal(err)
		}
		if now.Cur == soft {
			t.Error("Go did not raise the limit: this package has no use any more")
		}
		os.Stdout.WriteString("limits " + strconv.FormatUint(soft, 10) + " " + strconv.FormatUint(hard, 10) + "\n")
		return
	}
	cmd := exec.Command("sh", "-c", `ulimit -Sn 789; ulimit -Hn 3000; exec "$0" -test.run TestBefore`, os.Args[0])
	cmd.Env = append(os.Environ(), "NOFILE_CHILD=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "limits 789 3000\n") {
		t.Errorf("%v: %s", err, out)
	}
}
