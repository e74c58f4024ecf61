package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"mini-container/lib/step"
)

// Rate is a number of bits per second; zero is no limit.
type Rate uint64

// rateUnits are those of tc(8) that count bits.
var rateUnits = []struct {
	name string
	bits float64
}{{"tbit", 1e12}, {"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}, {"bit", 1}}

// minRate lets a packet through in a second or so, on a link of the usual MTU.
const minRate = 8000

// UnmarshalText takes 10mbit, as tc(8) has it.
func (r *Rate) UnmarshalText(t []byte) error {
	for _, unit := range rateUnits {
		digits, is := strings.CutSuffix(strings.ToLower(string(t)), unit.name)
		if !is {
			continue
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || !(n*unit.bits >= minRate && n*unit.bits < math.MaxInt64) {
			break
		}
		*r = Rate(n * unit.bits)
		return nil
	}
	return fmt.Errorf("%q: a rate is a number of bits per second from 8kbit on, as 500kbit, 10mbit or 1gbit", t)
}

// String is the number with the largest unit that leaves it whole.
func (r Rate) String() string {
	for _, unit := range rateUnits {
		if n := uint64(unit.bits); uint64(r)%n == 0 {
			return strconv.FormatUint(uint64(r)/n, 10) + unit.name
		}
	}
	return ""
}

// burst is how many bytes may go at once: what the rate gives in 4 ms, a tick
// of most kernels, and not less than 20 packets.
func (r Rate) burst() uint32 { return uint32(min(max(uint64(r)/8/250, 32<<10), 16<<20)) }

// queued is how many bytes wait at most: those of 50 ms.
func (r Rate) queued() uint32 { return uint32(min(uint64(r)/8/20+uint64(r.burst()), math.MaxUint32)) }

// limitRate is a token bucket filter (tc-tbf(8)) on a link that this very list
// has made: it limits what goes out there.
type limitRate struct {
	step.Final
	at   *place
	link string
	rate Rate
}

// Attributes of <linux/pkt_sched.h>.
const (
	tcaKind      = 1
	tcaOptions   = 2
	tbfParms     = 1
	tbfRate64    = 4
	tbfBurst     = 6
	linkEthernet = 1
)

// Do sets it.
func (s limitRate) Do() error {
	l, err := s.at.conn.find(s.link)
	if err != nil || l == nil {
		return about(s.link+": rate", errors.Join(err, unix.ENODEV))
	}
	bytes := uint64(s.rate) / 8
	// struct tc_tbf_qopt: two struct tc_ratespec, and three numbers.
	parms := make([]byte, 36)
	parms[1] = linkEthernet
	binary.NativeEndian.PutUint32(parms[8:], uint32(min(bytes, math.MaxUint32)))
	binary.NativeEndian.PutUint32(parms[24:], s.rate.queued())
	options := attribute(tcaOptions, nil)
	options.AddRtAttr(tbfParms, parms)
	options.AddRtAttr(tbfBurst, number(int(s.rate.burst())))
	if bytes > math.MaxUint32 {
		options.AddRtAttr(tbfRate64, binary.NativeEndian.AppendUint64(nil, bytes))
	}
	m := &nl.TcMsg{Family: unix.AF_UNSPEC, Ifindex: int32(l.Index), Parent: math.MaxUint32} // the root
	err = s.at.conn.do(unix.RTM_NEWQDISC, unix.NLM_F_CREATE|unix.NLM_F_REPLACE, m, attribute(tcaKind, text("tbf")), options)
	return about(s.link+": rate "+s.rate.String(), whyRate(err))
}

// Say is tc(8).
func (s limitRate) Say() string {
	words := []string{"qdisc", "replace", "dev", s.link, "root", "tbf", "rate", s.rate.String(),
		"burst", strconv.Itoa(int(s.rate.burst())), "limit", strconv.Itoa(int(s.rate.queued()))}
	return strings.Replace(s.at.say(words...), "ip ", "tc ", 1)
}

// port adds what is set at the host's end of the pair.
func (c *Container) port(host *conn, l *link) (err error) {
	if c.VLAN, err = host.ownVLAN(l); err == nil {
		c.Rate, err = host.rate(l)
	}
	return err
}

// rate is that of the token bucket filter on a link; 0 when it has none. The
// kernel lists the queues of all links only.
func (c *conn) rate(l *link) (Rate, error) {
	m := &nl.TcMsg{Family: unix.AF_UNSPEC, Ifindex: int32(l.Index)}
	answers, err := c.dump(unix.RTM_GETQDISC, m)
	if err != nil {
		return 0, about(l.Name+": rate", err)
	}
	for _, answer := range answers {
		at := nl.DeserializeTcMsg(answer)
		attributes := answer[at.Len():]
		if int(at.Ifindex) != l.Index || at.Parent != math.MaxUint32 || unix.ByteSliceToString(within(attributes, tcaKind)) != "tbf" {
			continue
		}
		options := within(attributes, tcaOptions)
		if wide := within(options, tbfRate64); len(wide) == 8 {
			return Rate(binary.NativeEndian.Uint64(wide) * 8), nil
		}
		if parms := within(options, tbfParms); len(parms) >= 12 {
			return Rate(binary.NativeEndian.Uint32(parms[8:])) * 8, nil
		}
	}
	return 0, nil
}
