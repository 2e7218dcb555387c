package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"intercom/sipua"
)

// Ports opens the sound's sockets on a network, each call on an even port of a range and the odd one after it
// (RFC 3550 section 11). It belongs to the line's loop.
type Ports struct {
	Network     sipua.Network
	First, Last int        // 0 and 0: whatever port is free
	Address     netip.Addr // the address to tell peers; invalid or unspecified: the one towards the peer

	next int
}

// outside is where "somewhere outside" is for the routing table: documentation addresses, to which nothing is sent.
var outside = [...]netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, 1}), netip.MustParseAddr("2001:db8::1"), netip.AddrFrom4([4]byte{127, 0, 0, 1})}

// Open implements Sockets.
func (p *Ports) Open(ctx context.Context, peer netip.Addr) (rtp, rtcp net.PacketConn, local netip.AddrPort, err error) {
	addr, err := p.towards(ctx, peer)
	if err != nil {
		return nil, nil, local, err
	}
	if p.Last == 0 {
		return p.anywhere(ctx, addr)
	}
	pairs := (p.Last - p.First + 1) / 2
	for range pairs {
		port := p.First + p.First&1 + 2*p.next
		p.next = (p.next + 1) % pairs
		if rtp, rtcp, err = p.pair(ctx, addr, port); err == nil {
			return rtp, rtcp, netip.AddrPortFrom(addr, uint16(port)), nil
		}
	}
	return nil, nil, local, fmt.Errorf("all ports of %d to %d are taken, widen rtp_ports: %w", p.First, p.Last, err)
}

// anywhere takes a free even port whose neighbour is free too.
func (p *Ports) anywhere(ctx context.Context, addr netip.Addr) (rtp, rtcp net.PacketConn, local netip.AddrPort, err error) {
	for range 16 {
		probe, err := p.listen(ctx, addr, 0)
		if err != nil {
			return nil, nil, local, err
		}
		port := portOf(probe) &^ 1
		probe.Close()
		if rtp, rtcp, err = p.pair(ctx, addr, port); err == nil {
			return rtp, rtcp, netip.AddrPortFrom(addr, uint16(port)), nil
		}
	}
	return nil, nil, local, errors.New("no pair of free ports found")
}

func (p *Ports) pair(ctx context.Context, addr netip.Addr, port int) (rtp, rtcp net.PacketConn, err error) {
	if rtp, err = p.listen(ctx, addr, port); err != nil {
		return nil, nil, err
	}
	if rtcp, err = p.listen(ctx, addr, port+1); err != nil {
		rtp.Close()
		return nil, nil, err
	}
	return rtp, rtcp, nil
}

func (p *Ports) listen(ctx context.Context, addr netip.Addr, port int) (net.PacketConn, error) {
	return p.Network.ListenPacket(ctx, "udp", netip.AddrPortFrom(addr, uint16(port)).String())
}

// towards is the local address that packets to peer leave from. Connecting a UDP socket asks the routing table and
// sends nothing.
func (p *Ports) towards(ctx context.Context, peer netip.Addr) (netip.Addr, error) {
	if p.Address.IsValid() && !p.Address.IsUnspecified() {
		return p.Address, nil
	}
	var last error
	for _, to := range append([]netip.Addr{peer}, outside[:]...) {
		if !to.IsValid() {
			continue
		}
		conn, err := p.Network.Dial(ctx, "udp", netip.AddrPortFrom(to, 9).String())
		if err != nil {
			last = err
			continue
		}
		local := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
		conn.Close()
		return local, nil
	}
	return netip.Addr{}, fmt.Errorf("this host has no address: %w", last)
}

func portOf(c net.PacketConn) int { return c.LocalAddr().(*net.UDPAddr).Port }
