package network

import (
	"strings"
	"testing"
)

func TestAddressesThatAreRefused(t *testing.T) {
	for in, want := range map[string]string{
		"192.168.1.2":        "say 192.168.1.2/24",
		"192.168.1/24":       "is no address",
		"":                   "is no address",
		"host":               "is no address",
		"192.168.1.256/24":   "is no address",
		"192.168.1.2/33":     "is no address",
		"192.168.1.0/24":     "network address",
		"192.168.1.255/24":   "broadcast address",
		"192.168.3.255/22":   "broadcast address",
		"192.168.1.2/31":     "no room",
		"192.168.1.2/32":     "no room",
		"10.0.0.2/7":         "too large",
		"127.0.0.2/8":        "no host",
		"224.0.0.2/24":       "no host",
		"240.0.0.2/24":       "no host",
		"0.0.0.2/24":         "no host",
		"::ffff:10.0.0.2/24": "is no address",
		"fd00::2":            "say fd00::2/64",
		"fd00::2/127":        "no room",
		"fd00::2/4":          "too large",
		"fd00::/64":          "network address",
		"fe80::2/64":         "no host",
		"ff02::2/64":         "no host",
		"::1/64":             "no host",
		"fd00::2%eth0/64":    "is no address",
	} {
		var a Address
		if err := a.UnmarshalText([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
	}
	for _, in := range []string{"192.168.1.2/24", "10.255.0.255/8", "192.168.1.1/30", "169.254.7.7/16", "fd00::2/64", "fd00::ffff:ffff:ffff:ffff/64", "2001:db8::1/126"} {
		var a Address
		if err := a.UnmarshalText([]byte(in)); err != nil || a.String() != in {
			t.Errorf("%q: %v, %v", in, a, err)
		}
	}
}

func TestOtherValuesThatAreRefused(t *testing.T) {
	type text interface{ UnmarshalText([]byte) error }
	for _, c := range []struct {
		value    text
		in, want string
	}{
		{new(MAC), "03:00:00:00:00:01", "multicast"},
		{new(MAC), "ff:ff:ff:ff:ff:ff", "multicast"},
		{new(MAC), "00:00:00:00:00:00", "nobody"},
		{new(MAC), "02:00:00:00:01", "no MAC"},
		{new(MAC), "02:00:00:00:00:00:00:01", "no MAC"},
		{new(MTU), "67", "from 68"},
		{new(MTU), "65522", "to 65521"},
		{new(MTU), "1500x", "is a number"},
		{new(MTU), "", "is a number"},
		{new(Interface), "sixteen-letters-", "at most 15"},
		{new(Interface), "a/b", "letters"},
		{new(Interface), "..", "letters"},
		{new(Interface), "-b", "begins"},
		{new(Interface), "a b", "letters"},
		{new(Interface), "", "needs a name"},
		{new(Gateway), "nobody", "neither"},
		{new(Gateway), "fe80::1", "neither"},
	} {
		if err := c.value.UnmarshalText([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T %q: %v, want %q", c.value, c.in, err, c.want)
		}
	}
	for _, c := range []struct {
		value text
		in    string
	}{
		{new(MAC), "02:00:00:00:00:01"}, {new(MTU), "68"}, {new(MTU), "65521"},
		{new(Interface), "br-7.x_y"}, {new(Gateway), "none"}, {new(Gateway), "10.0.0.1"},
	} {
		if err := c.value.UnmarshalText([]byte(c.in)); err != nil {
			t.Errorf("%T %q: %v", c.value, c.in, err)
		}
	}
}

func TestARandomMACIsAStationsAndLocal(t *testing.T) {
	for range 1000 {
		if m := randomMAC(); m[0]&3 != 2 || len(m) != 6 {
			t.Fatal(m)
		}
	}
}
