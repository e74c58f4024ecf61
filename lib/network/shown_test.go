package network

import (
	"fmt"
	"testing"
)

// TestRateAndRoutesReadBack: what the kernel has is what was asked for, a rate
// over 32 bits too; a list leaves both out.
func TestRateAndRoutesReadBack(t *testing.T) {
	for i, want := range []Rate{0, 500e3, 10e6, 100e9} {
		s := spec(t, fmt.Sprint("host-", i), fmt.Sprintf("192.168.1.%d/24", i+2))
		s.Rate = want
		upFor(t, s)
		c, err := Find(s.Name)
		if err != nil || c.Rate != want || c.VLAN != 0 {
			t.Errorf("%v: %+v, %v", want, c, err)
		}
		if got := fmt.Sprint(c.Routes); got != "[default via 192.168.1.1 dev eth0 192.168.1.0/24 dev eth0]" {
			t.Error(got)
		}
	}
	all, err := List()
	if err != nil || len(all) != 4 || all[3].Rate != 0 || len(all[3].Routes) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
