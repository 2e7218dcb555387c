package trace

import (
	"encoding/binary"
	"net/netip"
)

// Lengths of headers without options.
const (
	ip4Header = 20
	ip6Header = 40
	udpHeader = 8
	tcpHeader = 20

	protocolTCP = 6
	protocolUDP = 17
)

// packet is an IP packet with a message, or a part of one.
type packet struct {
	from, to     netip.AddrPort // of one family
	isStream     bool
	payload      []byte
	serial       uint16
	sequence     uint32
	acknowledged uint32
}

// room is how much payload the length fields of the headers can tell. IPv6 does not count its own header.
func (p packet) room() int { return 0xffff - ip4Header - p.transportHeader() }

func (p packet) transportHeader() int {
	if p.isStream {
		return tcpHeader
	}
	return udpHeader
}

func (p packet) protocol() byte {
	if p.isStream {
		return protocolTCP
	}
	return protocolUDP
}

// size is the length of the packet.
func (p packet) size() int {
	n := p.transportHeader() + len(p.payload)
	if p.from.Addr().Is4() {
		return ip4Header + n
	}
	return ip6Header + n
}

// append writes the packet.
func (p packet) append(b []byte) []byte {
	if p.from.Addr().Is4() {
		b = p.appendIP4(b)
	} else {
		b = p.appendIP6(b)
	}
	start := len(b)
	checksumAt := start + 6
	if p.isStream {
		b, checksumAt = p.appendTCP(b), start+16
	} else {
		b = p.appendUDP(b)
	}
	b = append(b, p.payload...)
	sum := fold(add(p.pseudoHeader(), b[start:]))
	if sum == 0 && !p.isStream {
		sum = 0xffff // RFC 768: zero says that there is none
	}
	binary.BigEndian.PutUint16(b[checksumAt:], sum)
	return b
}

// appendIP4 writes the header of RFC 791 section 3.1: version and length, service, total length, identification,
// do not fragment, time to live 64, protocol, checksum, source, destination.
func (p packet) appendIP4(b []byte) []byte {
	start := len(b)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(p.size()))
	b = binary.BigEndian.AppendUint16(b, p.serial)
	b = append(b, 0x40, 0, 64, p.protocol(), 0, 0)
	from, to := p.from.Addr().As4(), p.to.Addr().As4()
	b = append(append(b, from[:]...), to[:]...)
	binary.BigEndian.PutUint16(b[start+10:], fold(add(0, b[start:])))
	return b
}

// appendIP6 writes the header of RFC 8200 section 3: version, payload length, next header, hop limit 64, addresses.
func (p packet) appendIP6(b []byte) []byte {
	b = append(b, 0x60, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(p.size()-ip6Header))
	b = append(b, p.protocol(), 64)
	from, to := p.from.Addr().As16(), p.to.Addr().As16()
	return append(append(b, from[:]...), to[:]...)
}

// appendUDP writes the header of RFC 768 without its checksum.
func (p packet) appendUDP(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, p.from.Port())
	b = binary.BigEndian.AppendUint16(b, p.to.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(udpHeader+len(p.payload)))
	return append(b, 0, 0)
}

// appendTCP writes the header of RFC 9293 section 3.1 without its checksum: ports, numbers, length, PSH and ACK, window.
func (p packet) appendTCP(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, p.from.Port())
	b = binary.BigEndian.AppendUint16(b, p.to.Port())
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	b = binary.BigEndian.AppendUint32(b, p.acknowledged)
	return append(b, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0)
}

// pseudoHeader is the sum of the addresses, the protocol and the length (RFC 9293 section 3.1, RFC 8200 section 8.1).
func (p packet) pseudoHeader() uint32 {
	from, to := p.from.Addr().AsSlice(), p.to.Addr().AsSlice()
	return add(add(0, from), to) + uint32(p.protocol()) + uint32(p.transportHeader()+len(p.payload))
}

// add sums 16-bit words (RFC 1071). 64 KiB of them stay below 2^31.
func add(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// fold makes the checksum of a sum.
func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
