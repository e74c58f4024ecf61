package network

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"mini-container/lib/nft"
	"mini-container/lib/step"
)

// setting is a file below /proc/sys/net that gets another value.
type setting struct {
	path, was, is string
}

// sysctl reads a setting of this host's network, empty when there is none.
func sysctl(path string) (string, error) {
	text, err := os.ReadFile(settingsFolder + path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", settingsFolder+path, step.Cause(err))
	}
	return strings.TrimSpace(string(text)), nil
}

const settingsFolder = "/proc/sys/net/"

func (s setting) write(value string) step.WriteFile {
	return step.WriteFile{Path: settingsFolder + s.path, Text: value}
}

// Do writes it.
func (s setting) Do() error { return s.write(s.is).Do() }

// Undo writes what it was.
func (s setting) Undo() error { return s.write(s.was).Do() }

// Say is echo.
func (s setting) Say() string { return s.write(s.is).Say() }

// planSetting plans to set what is not so already, and says so in a note.
func (p *Plan) planSetting(path, value, note string) (changed bool, err error) {
	was, err := sysctl(path)
	if err != nil || was == value || was == "" {
		return false, err
	}
	p.add(setting{path, was, value})
	if note != "" {
		p.Notes = append(p.Notes, fmt.Sprintf("%s (net.%s=%s)", note, strings.ReplaceAll(path, "/", "."), value))
	}
	return true, nil
}

// planForwarding lets the host forward what the container needs: the families
// that it has, and 127.0.0.1 to its bridge if a port of that is published. A
// bridge that we did not make is never altered.
func (p *Plan) planForwarding(s Spec, b *bridge) error {
	has := func(f *family) bool {
		return slices.ContainsFunc(s.Addresses, func(a Address) bool { return familyOf(a.Addr()) == f })
	}
	if has(&ipv4) {
		if _, err := p.planSetting("ipv4/ip_forward", "1", "this host forwards IPv4 from now on"); err != nil {
			return err
		}
	}
	if has(&ipv6) {
		if err := p.planForwarding6(); err != nil {
			return err
		}
	}
	if !leadsLoopback(s, b) {
		return nil
	}
	local := localnet(string(b.name), "0", "1")
	if b.link == nil { // it has no file yet
		p.add(local)
		return nil
	}
	_, err := p.planSetting(local.path, "1", "")
	return err
}

// leadsLoopback tells that a port of 127.0.0.1 leads to the bridge.
func leadsLoopback(s Spec, b *bridge) bool {
	return b.ours && slices.ContainsFunc(s.Addresses, func(a Address) bool { return a.Addr().Is4() }) &&
		slices.ContainsFunc(s.Publish, func(u Publish) bool { return !u.Host.IsValid() || u.Host.IsLoopback() })
}

// localnet is whether the bridge takes what has an address of 127.0.0.0/8.
func localnet(bridge, was, is string) setting {
	return setting{"ipv4/conf/" + bridge + "/route_localnet", was, is}
}

// planForwarding6 keeps what routers have told this host: a host that forwards
// believes them only if it is said to.
func (p *Plan) planForwarding6() error {
	const all = "ipv6/conf/all/forwarding"
	if on, err := sysctl(all); err != nil || on != "0" {
		return err
	}
	routes, err := p.host.conn.routes(&ipv6)
	if err != nil {
		return err
	}
	for _, r := range routes {
		if r.protocol != unix.RTPROT_RA {
			continue
		}
		link := p.linkName(r.out)
		path := "ipv6/conf/" + link + "/accept_ra"
		if slices.ContainsFunc(p.Steps, func(s step.Step) bool { w, is := s.(setting); return is && w.path == path }) {
			continue
		}
		if _, err := p.planSetting(path, "2", "routers at "+link+" are still believed"); err != nil {
			return err
		}
	}
	_, err = p.planSetting(all, "1", "this host forwards IPv6 from now on")
	return err
}

// planDeaf ends the way from 127.0.0.1 to the bridges whose containers the table
// knew: without it nothing would keep others from 127.0.0.1.
func (p *Plan) planDeaf(elements []nft.Element) {
	var seen []string
	for _, e := range elements {
		bridge := nft.Text(e.Key[0])
		if len(e.Value) > 0 || slices.Contains(seen, bridge) {
			continue
		}
		seen = append(seen, bridge)
		if l, err := p.host.conn.find(bridge); err != nil || l == nil || !l.ours() {
			continue
		}
		deaf := localnet(bridge, "1", "0")
		if on, _ := sysctl(deaf.path); on == "1" {
			p.add(deafBridge{link: bridge, setting: deaf})
		}
	}
}

// deafBridge writes a setting of a bridge that may be gone meanwhile.
type deafBridge struct {
	step.Final
	link    string
	setting setting
}

// Do writes it.
func (s deafBridge) Do() error { return unlessNotOurs(s.setting.Do()) }

// Say is echo.
func (s deafBridge) Say() string { return s.setting.Say() }
