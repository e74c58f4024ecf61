package test

import (
	"testing"

	"mini-container/test/testenv"
)

// TestUnpackOnTerminal: who watches sees how far it is, and what came of it;
// Ctrl-C leaves nothing. Without a terminal on stdin there would be no stream.
func TestUnpackOnTerminal(t *testing.T) {
	p, _ := onTerminal(t)
	p.Type("mc-rootfs unpack - out\n")
	p.Expect(`mc-rootfs: standard input is a terminal`)
	p.Expect(outside)
	p.Type("tar -cf root.tar -C rootfs .; mkfifo hold more; (exec >hold; head -c 500000 root.tar; read -r x <more) &\n")
	p.Expect(outside)
	p.Type("mc-rootfs unpack hold out\n")
	p.Expect(`\r\d+ members, [0-9.]+[KM]?i?B, [0-9.]+[KMG]?i?B/s\x1b\[K`)
	p.Type(testenv.Ctrl('C'))
	p.Expect(`mc-rootfs: hold: (member .*: )?stopped by SIGINT`)
	p.Expect(outside)
	p.Type("echo status $?; kill %1; ls -dA *out*\n")
	p.Expect(`status 130\r`)
	p.Expect(`cannot access '\*out\*'`)
	p.Expect(outside)
	p.Type("mc-rootfs unpack root.tar out\n")
	p.Expect(`\n?\r\x1b\[K\d+ members, [0-9.]+MiB, [0-9.]+[KMG]iB/s\r\n`)
	p.Expect(`/out\r`)
	p.Expect(outside)
	p.Type("mc-rootfs unpack -q root.tar quiet 2>&1 >/dev/null | cat; echo and no word\n")
	p.Expect(`quiet 2>&1 >/dev/null \| cat; echo and no word\r\nand no word\r`)
	leave(t, p)
}
