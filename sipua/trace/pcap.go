package trace

import (
	"encoding/binary"
	"net/netip"

	"intercom/sipua/sip"
)

// The capture file (draft-ietf-opsawg-pcap section 4), little-endian:
//
//	magic a1b2c3d4 │ version 2.4 │ 0 │ 0 │ snap length │ link type 101: raw IP
//	seconds │ microseconds │ length here │ length there │ IP header, UDP or TCP header, message    … for each packet
const (
	pcapMagic   = 0xa1b2c3d4
	snapLength  = 1 << 18
	linkTypeRaw = 101
)

// capture makes the file of records one by one.
type capture struct {
	places  places
	streams map[stream]uint32 // the next sequence number of each direction
	serial  uint16            // of IPv4's identification
}

// stream is one direction of a connection.
type stream struct{ from, to netip.AddrPort }

// maxStreams bounds the sequence numbers remembered. A tool takes a stream whose numbers start anew for another one,
// which is what a scanner's hundreds of connections are.
const maxStreams = 1024

// begin appends the header of the file.
func (c *capture) begin(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, pcapMagic)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, snapLength)
	return binary.LittleEndian.AppendUint32(b, linkTypeRaw)
}

// record appends a message in as many packets as it needs.
func (c *capture) record(b []byte, r Record) []byte {
	local, remote := c.places.ends(r)
	p := packet{from: remote, to: local, isStream: r.Transport != sip.UDP}
	if r.Sent {
		p.from, p.to = local, remote
	}
	if p.isStream {
		p.from, p.to = inTheClear(p.from), inTheClear(p.to)
	}
	for payload := r.Message; ; {
		p.payload = payload[:min(len(payload), p.room())]
		payload = payload[len(p.payload):]
		b = c.packet(b, r, p)
		if len(payload) == 0 || !p.isStream {
			return b // what no datagram can hold was none: masking made it longer
		}
	}
}

// packet appends one packet with its record header.
func (c *capture) packet(b []byte, r Record, p packet) []byte {
	c.serial++
	p.serial = c.serial
	if p.isStream {
		p.sequence, p.acknowledged = c.advance(p)
	}
	size := uint32(p.size())
	b = binary.LittleEndian.AppendUint32(b, uint32(r.At.Unix()))
	b = binary.LittleEndian.AppendUint32(b, uint32(r.At.Nanosecond()/1000))
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint32(b, size)
	return p.append(b)
}

// advance gives a segment its sequence number, and acknowledges what went the other way.
func (c *capture) advance(p packet) (sequence, acknowledged uint32) {
	there, back := stream{p.from, p.to}, stream{p.to, p.from}
	if _, ok := c.streams[there]; !ok && len(c.streams) >= maxStreams-1 || c.streams == nil {
		c.streams = make(map[stream]uint32)
	}
	for _, s := range []stream{there, back} {
		if _, ok := c.streams[s]; !ok {
			c.streams[s] = 1
		}
	}
	sequence = c.streams[there]
	c.streams[there] += uint32(len(p.payload))
	return sequence, c.streams[back]
}

// inTheClear renames the port on which tools expect nothing but TLS.
func inTheClear(a netip.AddrPort) netip.AddrPort {
	if a.Port() == 5061 {
		return netip.AddrPortFrom(a.Addr(), 5060)
	}
	return a
}
