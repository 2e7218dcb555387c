package siptest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// Received is a message that arrived at a Peer.
type Received struct {
	*sip.Message
	At     time.Time
	Source netip.AddrPort
	Stream net.Conn // nil for UDP
}

// What is the method, or the status and the method it is for: "INVITE", "200 INVITE".
func (r *Received) What() string {
	if r.IsRequest() {
		return r.Method
	}
	return fmt.Sprintf("%d %s", r.Status, r.CSeq.Method)
}

// Peer is a machine with a SIP port, UDP and TCP, that does only what the test tells it.
type Peer struct {
	Host    *simnet.Host
	Addr    netip.AddrPort // its SIP port, 5060
	w       *World
	packets net.PacketConn
	stream  net.Listener
	inbox   chan *Received
	gone    chan struct{} // closed with the test
	ignored []string

	mu     sync.Mutex
	mapped netip.AddrPort // guarded by mu
}

// Peer adds a machine.
func (w *World) Peer(address string) *Peer {
	w.T.Helper()
	addr := netip.MustParseAddr(address)
	p := &Peer{Host: w.Net.Host(addr), w: w, Addr: netip.AddrPortFrom(addr, 5060), inbox: make(chan *Received, 4096)}
	p.gone = make(chan struct{})
	p.Open()
	w.T.Cleanup(func() { p.Close(); close(p.gone) })
	return p
}

// Open opens the peer's port, again after Close: the machine boots.
func (p *Peer) Open() {
	p.w.T.Helper()
	packets, err := p.Host.ListenPacket(context.Background(), "udp", p.Addr.String())
	if err != nil {
		p.w.T.Fatal(err)
	}
	stream, err := p.Host.Listen(context.Background(), "tcp", p.Addr.String())
	if err != nil {
		p.w.T.Fatal(err)
	}
	p.packets, p.stream = packets, stream
	go p.readPackets(packets)
	go p.accept(stream)
}

// Close closes the port: from now on the machine answers with ICMP errors.
func (p *Peer) Close() {
	p.packets.Close()
	p.stream.Close()
}

// CloseTCP closes the port for streams only.
func (p *Peer) CloseTCP() { p.stream.Close() }

func (p *Peer) readPackets(c net.PacketConn) {
	buf := make([]byte, 65535)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		p.take(bytes.Clone(buf[:n]), from, nil)
	}
}

func (p *Peer) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		p.w.T.Cleanup(func() { c.Close() })
		go p.readStream(c)
	}
}

// readStream cuts a stream into messages by Content-Length; a keep-alive is answered as RFC 5626 section 3.5.1 says.
func (p *Peer) readStream(c net.Conn) {
	var pending []byte
	buf := make([]byte, 65535)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		pending = append(pending, buf[:n]...)
		for {
			message, rest := cut(pending)
			if message == nil {
				break
			}
			pending = rest
			if string(message) == "\r\n\r\n" {
				_, _ = c.Write([]byte("\r\n"))
				continue
			}
			p.take(message, c.RemoteAddr(), c)
		}
	}
}

// cut takes the first message, or keep-alive, off a stream.
func cut(b []byte) (message, rest []byte) {
	if bytes.HasPrefix(b, []byte("\r\n\r\n")) {
		return b[:4], b[4:]
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return nil, b
	}
	length, _, err := sip.ContentLength(b[:end+4])
	if err != nil || len(b) < end+4+length {
		return nil, b
	}
	return bytes.Clone(b[:end+4+length]), b[end+4+length:]
}

// take queues what arrived. What the door sends must always be good SIP.
func (p *Peer) take(data []byte, from net.Addr, c net.Conn) {
	if len(bytes.TrimSpace(data)) == 0 {
		return // keep-alive
	}
	if request, err := transport.ParseBinding(data); err == nil {
		p.answerStun(request, from)
		return
	}
	m, err := sip.Parse(data)
	if status, isRefusal := refusal(data); err != nil && isRefusal {
		m, err = &sip.Message{Status: status}, nil // of rubbish, whose identifiers nobody can repeat
	}
	if err != nil {
		p.w.T.Errorf("%v got what cannot be parsed: %v\n%s", p.Addr, err, data)
		return
	}
	select {
	case p.inbox <- &Received{Message: m, At: clock(), Source: netip.MustParseAddrPort(from.String()), Stream: c}:
	case <-p.gone:
	}
}

// answerStun answers a STUN binding request.
func (p *Peer) answerStun(request transport.Binding, from net.Addr) {
	p.mu.Lock()
	mapped := p.mapped
	p.mu.Unlock()
	if mapped.IsValid() {
		_, _ = p.packets.WriteTo(transport.AppendBindingResponse(nil, request.ID, mapped), from)
	}
}

// AnswerStun lets the peer answer STUN requests from now on, as seeing the door at an address; the zero one ends that.
func (p *Peer) AnswerStun(mapped netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mapped = mapped
}

// refusal reads the status of a 4xx or 5xx response.
func refusal(data []byte) (status int, ok bool) {
	n, _ := fmt.Sscanf(string(data), "SIP/2.0 %d", &status)
	return status, n == 1 && status >= 400 && status < 600
}

// Want waits for the next message, which must be what.
func (p *Peer) Want(why, what string) *Received {
	p.w.T.Helper()
	m := p.Next(patience)
	if m == nil {
		p.w.T.Fatalf("%s: %v waits for %s in vain", why, p.Addr, what)
	}
	if m.What() != what {
		p.w.T.Fatalf("%s: %v got %s, want %s\n%v", why, p.Addr, m.What(), what, m.Message)
	}
	return m
}

// WantIn is Want with the exact time the message must take to come, counted from now.
func (p *Peer) WantIn(why, what string, after time.Duration) *Received {
	p.w.T.Helper()
	start := clock()
	p.WantIdle(why+": not earlier", after-time.Nanosecond)
	m := p.Want(why, what)
	if got := m.At.Sub(start); got != after {
		p.w.T.Fatalf("%s: %s came after %v, want %v", why, what, got, after)
	}
	return m
}

// WantIdle lets time pass in which nothing may arrive.
func (p *Peer) WantIdle(why string, during time.Duration) {
	p.w.T.Helper()
	if during <= 0 {
		return
	}
	if m := p.Next(during); m != nil {
		p.w.T.Fatalf("%s: %v got %s\n%v", why, p.Addr, m.What(), m.Message)
	}
}

// Ignore passes over some messages from now on, such as repetitions; with nothing it ignores nothing any more.
func (p *Peer) Ignore(what ...string) { p.ignored = what }

// Drain throws away what has arrived.
func (p *Peer) Drain() {
	synctest.Wait()
	for len(p.inbox) > 0 {
		<-p.inbox
	}
}

// Next is the next message that is not ignored, or nil when none comes in time.
func (p *Peer) Next(during time.Duration) *Received {
	limit := time.After(during)
	for {
		select {
		case m := <-p.inbox:
			if !slices.Contains(p.ignored, m.What()) {
				return m
			}
		case <-limit:
			return nil
		case <-p.gone:
			return nil
		}
	}
}

// fill puts lines into a message: "Name: value" is a field, anything else the body, which is a session description
// unless a Content-Type stands before it.
func fill(m *sip.Message, lines []string) {
	for _, l := range lines {
		name, value, isField := strings.Cut(l, ": ")
		switch {
		case isField:
			m.Header.Add(name, value)
		case l != "":
			m.Body = []byte(l)
			if !m.Header.Has("Content-Type") {
				m.Header.Set("Content-Type", "application/sdp")
			}
		}
	}
}
