package trace_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intercom/sipua/sip"
	"intercom/sipua/trace"
)

// captured is a packet as a tool would read it.
type captured struct {
	at       time.Time
	from, to netip.AddrPort
	isTCP    bool
	seq, ack uint32
	payload  []byte
}

// readCapture takes a file apart, with nothing shared with the code that made it, and checks lengths and checksums.
func readCapture(t testing.TB, b []byte) []captured {
	t.Helper()
	if len(b) < 24 || binary.LittleEndian.Uint32(b) != 0xa1b2c3d4 || binary.LittleEndian.Uint32(b[4:]) != 0x00040002 || binary.LittleEndian.Uint32(b[20:]) != 101 {
		t.Fatalf("no capture file of raw IP: % x", b[:min(24, len(b))])
	}
	snap := binary.LittleEndian.Uint32(b[16:])
	var all []captured
	for b = b[24:]; len(b) > 0; {
		if len(b) < 16 {
			t.Fatalf("%d bytes behind the last packet", len(b))
		}
		seconds, micros := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		here, there := binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])
		if here != there || here > snap || int(here) > len(b)-16 || micros >= 1e6 {
			t.Fatalf("packet header % x with %d bytes left", b[:16], len(b))
		}
		p := readPacket(t, b[16:16+here])
		p.at = time.Unix(int64(seconds), int64(micros)*1000).UTC()
		all = append(all, p)
		b = b[16+here:]
	}
	return all
}

func readPacket(t testing.TB, b []byte) (p captured) {
	t.Helper()
	var pseudo []byte
	var protocol byte
	var from, to netip.Addr
	var segment []byte
	switch b[0] >> 4 {
	case 4:
		if int(binary.BigEndian.Uint16(b[2:])) != len(b) || b[0] != 0x45 || wordSum(b[:20]) != 0xffff {
			t.Fatalf("bad IPv4 header % x for %d bytes", b[:20], len(b))
		}
		from, to, protocol, segment = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20])), b[9], b[20:]
		pseudo = append(pseudo, b[12:20]...)
	case 6:
		if int(binary.BigEndian.Uint16(b[4:])) != len(b)-40 {
			t.Fatalf("bad IPv6 header % x for %d bytes", b[:40], len(b))
		}
		from, to, protocol, segment = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40])), b[6], b[40:]
		pseudo = append(pseudo, b[8:40]...)
	default:
		t.Fatalf("version %d", b[0]>>4)
	}
	pseudo = append(pseudo, 0, protocol)
	pseudo = binary.BigEndian.AppendUint16(pseudo, uint16(len(segment)))
	if sum := wordSum(append(pseudo, segment...)); sum != 0xffff {
		t.Fatalf("checksum: the words add up to %04x", sum)
	}
	p.from = netip.AddrPortFrom(from, binary.BigEndian.Uint16(segment))
	p.to = netip.AddrPortFrom(to, binary.BigEndian.Uint16(segment[2:]))
	switch protocol {
	case 17:
		if int(binary.BigEndian.Uint16(segment[4:])) != len(segment) || segment[6] == 0 && segment[7] == 0 {
			t.Fatalf("bad UDP header % x for %d bytes", segment[:8], len(segment))
		}
		p.payload = segment[8:]
	case 6:
		p.isTCP, p.seq, p.ack = true, binary.BigEndian.Uint32(segment[4:]), binary.BigEndian.Uint32(segment[8:])
		p.payload = segment[4*(segment[12]>>4):]
	default:
		t.Fatalf("protocol %d", protocol)
	}
	return p
}

// wordSum is the one's complement sum of RFC 1071 by its definition: carries come back in at once.
func wordSum(b []byte) uint16 {
	var sum uint16
	for i := 0; i < len(b); i += 2 {
		word := uint16(b[i]) << 8
		if i+1 < len(b) {
			word |= uint16(b[i+1])
		}
		before := sum
		if sum += word; sum < before {
			sum++
		}
	}
	return sum
}

func TestCaptureReadsBack(t *testing.T) {
	records := ringing(t)
	packets := readCapture(t, write(t, trace.Pcap, records))
	if len(packets) != len(records) {
		t.Fatalf("%d packets of %d messages", len(packets), len(records))
	}
	for i, p := range packets {
		r := records[i]
		if !bytes.Equal(p.payload, r.Message) || !p.at.Equal(r.At) || p.isTCP != (r.Transport != sip.UDP) {
			t.Errorf("packet %d is %+v", i, p)
		}
		far := p.from
		if r.Sent {
			far = p.to
		}
		if far != r.Remote {
			t.Errorf("packet %d: far end %v, want %v", i, far, r.Remote)
		}
	}
	if p := packets[0]; p.from.String() != "192.0.2.1:40000" {
		t.Errorf("the wildcard's address is %v, want that of our Via", p.from)
	}
}

// TestDialledStreamHasAPort: and both directions the same one.
func TestDialledStreamHasAPort(t *testing.T) {
	packets := readCapture(t, write(t, trace.Pcap, ringing(t)))
	there, back := packets[11], packets[13]
	if there.from.Port() < 49152 || there.from != back.to || there.to != back.from {
		t.Errorf("%v to %v, %v to %v", there.from, there.to, back.from, back.to)
	}
}

// TestLocalAddressUnknown: before our own Via is seen a dummy of the right family stands there.
func TestLocalAddressUnknown(t *testing.T) {
	options := message(t, "", "OPTIONS sip:x SIP/2.0", "Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bK1", "From: <sip:a@b>;tag=1", "To: <sip:x>", "Call-ID: a", "CSeq: 1 OPTIONS")
	for _, tt := range []struct{ local, remote, want string }{
		{"0.0.0.0:5060", "203.0.113.9:5060", "192.0.0.8:5060"},
		{"[::]:5060", "203.0.113.9:5060", "192.0.0.8:5060"},
		{"[::]:5060", "[2001:db8::9]:5060", "[100::8]:5060"},
		{"", "[2001:db8::9]:5060", "[100::8]:49152"},
		{"192.0.2.1:5060", "[2001:db8::9]:5060", "[100::8]:5060"},
		{"192.0.2.1:5060", "203.0.113.9:5060", "192.0.2.1:5060"},
	} {
		r := trace.New(way("", false, sip.UDP, tt.local, tt.remote), options)
		if p := readCapture(t, write(t, trace.Pcap, []trace.Record{r}))[0]; p.to.String() != tt.want {
			t.Errorf("%q from %s: local %v, want %s", tt.local, tt.remote, p.to, tt.want)
		}
	}
}

// TestStreamNumbersGoOn: the sequence of each direction follows its bytes, and acknowledges the other's.
func TestStreamNumbersGoOn(t *testing.T) {
	var stream []captured
	for _, p := range readCapture(t, write(t, trace.Pcap, ringing(t))) {
		if p.isTCP && (p.from.String() == "192.0.2.20:5060" || p.to.String() == "192.0.2.20:5060") && (p.from.Port() == 5060 && p.to.Port() == 5060) {
			stream = append(stream, p)
		}
	}
	if len(stream) != 3 {
		t.Fatalf("%d segments", len(stream))
	}
	invite, ringing, ok := stream[0], stream[1], stream[2]
	if invite.seq != 1 || ringing.seq != 1 || ringing.ack != 1+uint32(len(invite.payload)) || ok.seq != 1+uint32(len(ringing.payload)) {
		t.Errorf("invite %d/%d, ringing %d/%d, ok %d/%d", invite.seq, invite.ack, ringing.seq, ringing.ack, ok.seq, ok.ack)
	}
}

// TestLongMessages: a stream is cut into segments, a datagram that masking made too long is cut off.
func TestLongMessages(t *testing.T) {
	body := strings.Repeat("x", 90_000)
	m := message(t, "", "MESSAGE sip:x SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "From: <sip:a@b>;tag=1", "To: <sip:x>", "Call-ID: a", "CSeq: 1 MESSAGE")
	m.Body = []byte(body)
	for _, tt := range []struct {
		transport, remote string
		packets           int
	}{{sip.TCP, "192.0.2.10:5060", 2}, {sip.TCP, "[2001:db8::1]:5060", 2}, {sip.UDP, "192.0.2.10:5060", 1}, {sip.UDP, "[2001:db8::1]:5060", 1}} {
		r := trace.New(way("", true, tt.transport, "", tt.remote), m)
		packets := readCapture(t, write(t, trace.Pcap, []trace.Record{r}))
		if len(packets) != tt.packets {
			t.Fatalf("%s: %d packets, want %d", tt.transport, len(packets), tt.packets)
		}
		var all []byte
		for _, p := range packets {
			all = append(all, p.payload...)
		}
		if !bytes.HasPrefix(r.Message, all) || tt.transport == sip.TCP && len(all) != len(r.Message) || len(all) < 65_000 {
			t.Errorf("%s: %d of %d bytes", tt.transport, len(all), len(r.Message))
		}
	}
}

// TestTLSInTheClear: tools try to decrypt whatever goes to port 5061.
func TestTLSInTheClear(t *testing.T) {
	r := trace.New(way("", true, sip.TLS, "192.0.2.1:5061", "192.0.2.10:5061"), secretive(t)[4])
	if p := readCapture(t, write(t, trace.Pcap, []trace.Record{r}))[0]; p.from.Port() != 5060 || p.to.Port() != 5060 || !p.isTCP {
		t.Errorf("%+v", p)
	}
	if text := string(write(t, trace.Ladder, []trace.Record{r})); !strings.Contains(text, "192.0.2.10:5061") || !strings.Contains(text, "TLS") {
		t.Errorf("the ladder must tell the truth:\n%s", text)
	}
}

func TestEmptyCapture(t *testing.T) {
	if packets := readCapture(t, write(t, trace.Pcap, nil)); len(packets) != 0 {
		t.Errorf("%d packets of nothing", len(packets))
	}
}

// TestManyStreams: a scanner's connections do not grow the memory, and every packet is still well formed.
func TestManyStreams(t *testing.T) {
	m := ringing(t)[0]
	var records []trace.Record
	for i := range 3000 {
		r := m
		r.Transport, r.Remote = sip.TCP, netip.AddrPortFrom(r.Remote.Addr(), uint16(1000+i))
		records = append(records, r)
	}
	if packets := readCapture(t, write(t, trace.Pcap, records)); len(packets) != len(records) {
		t.Errorf("%d packets", len(packets))
	}
}
