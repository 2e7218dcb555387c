package locate

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// seeds are packets that hostile servers send, each as an answer with id 0 to "SRV _sip._udp.example.com.".
func seeds(t testing.TB) map[string][]byte {
	t.Helper()
	good := goodAnswer(t)
	question := len(questionOf(t)) // where the answer section begins
	with := func(at int, values ...byte) []byte {
		packet := bytes.Clone(good)
		copy(packet[at:], values)
		return packet
	}
	header := bytes.Clone(good[:question])
	header[7] = 1 // one answer
	return map[string][]byte{
		"good":                  good,
		"name points to itself": append(bytes.Clone(header), 0xc0, byte(question), 0, 33, 0, 1, 0, 0, 0, 1, 0, 7, 0, 1, 0, 1, 19, 0xc4, 0),
		"two names in a circle": append(bytes.Clone(header), 0xc0, byte(question+2), 0xc0, byte(question), 0, 33, 0, 1),
		"points past the end":   append(bytes.Clone(header), 0xff, 0xff, 0, 33, 0, 1, 0, 0, 0, 1, 0, 0),
		"label past the end":    append(bytes.Clone(header), 63, 'a'),
		"RDLENGTH too long":     with(question+10, 0xff, 0xff),
		"RDLENGTH too short":    with(question+10, 0, 1),
		"RDLENGTH zero":         with(question+10, 0, 0),
		"count of answers":      with(6, 0xff, 0xff),
		"count of additional":   with(10, 0xff, 0xff),
		"count of questions":    with(4, 0xff, 0xff),
		"no questions":          with(4, 0, 0),
		"a query, no answer":    with(2, 0),
		"another type asked":    with(question-3, 1),
		"another class asked":   with(question-1, 3),
		"reserved label type":   append(bytes.Clone(header), 0x80, 1, 0),
	}
}

func questionOf(t testing.TB) []byte {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion("_sip._udp.example.com.", dns.TypeSRV)
	m.Id = 0
	packet, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packet
}

func goodAnswer(t testing.TB) []byte {
	t.Helper()
	zone, err := NewZone("_sip._udp.example.com. IN SRV 1 1 5060 pbx.example.com.\npbx.example.com. IN A 192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	packet, _ := zone.respond("udp", questionOf(t))
	return packet
}

// hear gives a resolver the packet as the answer of its only server and returns what it makes of it.
func hear(t testing.TB, packet []byte) Result {
	t.Helper()
	resolver, err := New(Config{Servers: []string{"192.0.2.53"}, Rand: zeros{}, Attempts: 1, Timeout: 20 * time.Millisecond,
		Dial: func(context.Context, string, string) (net.Conn, error) { return &oneAnswer{packet: packet}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return resolver.Locate(t.Context(), start, Query{URI: parseURI(t, "sip:example.com;transport=udp"), IPv4: true})
}

// oneAnswer is a connection that answers each question with the same packet, again and again.
type oneAnswer struct {
	net.Conn
	packet []byte
}

func (c *oneAnswer) Write(b []byte) (int, error)      { return len(b), nil }
func (c *oneAnswer) Read(b []byte) (int, error)       { return copy(b, c.packet), nil }
func (c *oneAnswer) Close() error                     { return nil }
func (c *oneAnswer) SetDeadline(time.Time) error      { return nil }
func (c *oneAnswer) SetReadDeadline(time.Time) error  { return nil }
func (c *oneAnswer) SetWriteDeadline(time.Time) error { return nil }

// TestMalformedAnswers: compression loops and lying lengths neither hang nor panic nor yield a target (the class of
// CVE-2022-24793); the good answer among them does.
func TestMalformedAnswers(t *testing.T) {
	for name, packet := range seeds(t) {
		t.Run(name, func(t *testing.T) {
			result := hear(t, packet)
			if name == "good" || name == "count of additional" || name == "count of answers" {
				return // a count may lie if what is there is whole; that it ends is what counts
			}
			if len(result.Targets) > 0 {
				t.Errorf("leads to %v\n%s", result.Targets, text(result))
			}
		})
	}
	if result := hear(t, goodAnswer(t)); len(result.Targets) != 1 {
		t.Errorf("the good answer leads to %v\n%s", result.Targets, text(result))
	}
}

// TestEveryTruncation: no prefix of a good answer is taken for one.
func TestEveryTruncation(t *testing.T) {
	question := new(dns.Msg)
	question.SetQuestion("_sip._udp.example.com.", dns.TypeSRV)
	question.Id = 0
	good := goodAnswer(t)
	for n := range good {
		m, ours, err := readPacket(good[:n], question)
		if ours && err == nil && len(m.Extra) > 0 {
			t.Errorf("%d of %d bytes were read as the whole answer", n, len(good))
		}
	}
}

// TestForeignDatagrams: a flood of answers to other questions ends the try, and does not hold it.
func TestForeignDatagrams(t *testing.T) {
	packet := goodAnswer(t)
	binary.BigEndian.PutUint16(packet, 77)
	result := hear(t, packet)
	if result.Err == nil || len(result.Targets) > 0 {
		t.Errorf("result\n%s", text(result))
	}
}

// FuzzReply: whatever a server sends, over UDP or TCP, Locate ends without a panic, within its bounds, and prints.
func FuzzReply(f *testing.F) {
	for _, packet := range seeds(f) {
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		result := hear(t, packet)
		if (result.Err == nil) != (len(result.Targets) > 0) || len(result.Targets) > maxTargets {
			t.Errorf("error %v with %d targets", result.Err, len(result.Targets))
		}
		if !slices.ContainsFunc(result.Steps, func(s Step) bool { return s.Query != "" }) {
			t.Error("the question is not among the steps")
		}
		_ = text(result)
	})
}

// FuzzZone: no packet makes the zone panic, and what it answers can be read.
func FuzzZone(f *testing.F) {
	zone, err := NewZone(office)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("udp", questionOf(f))
	f.Add("tcp", goodAnswer(f))
	f.Fuzz(func(t *testing.T, network string, packet []byte) {
		answer, _ := zone.respond(network, packet)
		zone.Forget()
		if answer == nil {
			return
		}
		if err := new(dns.Msg).Unpack(answer); err != nil {
			t.Errorf("unreadable answer to %q: %v", packet, err)
		}
	})
}

func BenchmarkLocateCached(b *testing.B) {
	zone, err := NewZone(full)
	if err != nil {
		b.Fatal(err)
	}
	resolver, err := New(Config{Servers: []string{"192.0.2.53"}, Dial: func(context.Context, string, string) (net.Conn, error) {
		return &zoneConn{zone: zone}, nil
	}})
	if err != nil {
		b.Fatal(err)
	}
	q := Query{URI: parseURI(b, "sip:example.com"), IPv4: true}
	b.ReportAllocs()
	for b.Loop() {
		resolver.Locate(b.Context(), start, q)
	}
}

// zoneConn asks a zone without a network.
type zoneConn struct {
	oneAnswer
	zone *Zone
}

func (c *zoneConn) Write(b []byte) (int, error) {
	c.packet, _ = c.zone.respond("udp", b)
	return len(b), nil
}
