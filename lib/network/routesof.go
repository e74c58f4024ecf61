package network

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// Route is a way that a container's packets take.
type Route struct {
	Destination netip.Prefix `json:"destination"` // of no bits: everywhere
	Gateway     string       `json:"gateway"`     // empty where the destination is on the link
	Interface   string       `json:"interface"`   // that it goes out by
}

// String is the route as ip-route(8) has it.
func (r Route) String() string {
	words := r.Destination.String()
	if r.Destination.Bits() == 0 {
		words = "default"
	}
	if r.Gateway != "" {
		words += " via " + r.Gateway
	}
	return words + " dev " + r.Interface
}

// readRoutes reads the main tables' routes by an interface, and the gateways.
// What every link has of IPv6 by itself says nothing.
func (c *Container) readRoutes(in *conn, eth *link) error {
	for _, f := range []*family{&ipv4, &ipv6} {
		all, err := in.routes(f)
		if err != nil {
			return err
		}
		gateway := &c.Gateway
		if f == &ipv6 {
			gateway = &c.Gateway6
		}
		for _, r := range all {
			a := r.to.Addr()
			if r.out != eth.Index || r.kind != unix.RTN_UNICAST || a.Is6() && a.IsLinkLocalUnicast() {
				continue
			}
			out := Route{Destination: r.to, Interface: eth.Name}
			if r.gateway.IsValid() {
				out.Gateway = r.gateway.String()
			}
			if r.to.Bits() == 0 && *gateway == "" {
				*gateway = out.Gateway
			}
			c.Routes = append(c.Routes, out)
		}
	}
	return nil
}
