package locate

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua/sip"
)

// start is the time at which tests begin: that of a synctest bubble.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// wire is an in-memory network with name servers, each a Zone reachable over UDP and TCP. A datagram is one write
// into a net.Pipe, which knows deadlines and blocks durably for synctest.
type wire struct {
	servers map[string]*exchangePoint
	refuse  map[string]bool // network of connections refused
	dialled []string
}

type exchangePoint struct {
	packets *packetSide
	streams *streamSide
}

func (w *wire) Dial(_ context.Context, network, address string) (net.Conn, error) {
	w.dialled = append(w.dialled, network+" "+address)
	server := w.servers[address]
	if server == nil || w.refuse[network] {
		return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
	}
	near, far := net.Pipe()
	if network == "tcp" {
		server.streams.accept <- far
		return near, nil
	}
	server.packets.attach(far)
	return near, nil
}

// packetSide is the net.PacketConn of a server.
type packetSide struct {
	arrived chan datagram
	closed  chan struct{}
	once    sync.Once
}

type datagram struct {
	bytes []byte
	from  net.Conn
}

type pipeAddr struct{ conn net.Conn }

func (pipeAddr) Network() string { return "udp" }
func (pipeAddr) String() string  { return "pipe" }

func newPacketSide() *packetSide {
	return &packetSide{arrived: make(chan datagram), closed: make(chan struct{})}
}

func (p *packetSide) attach(far net.Conn) {
	go func() {
		defer far.Close()
		buffer := make([]byte, 65535)
		for {
			n, err := far.Read(buffer)
			if err != nil {
				return
			}
			select {
			case p.arrived <- datagram{append([]byte(nil), buffer[:n]...), far}:
			case <-p.closed:
				return
			}
		}
	}()
}

func (p *packetSide) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-p.arrived:
		return copy(b, d.bytes), pipeAddr{d.from}, nil
	case <-p.closed:
		return 0, nil, net.ErrClosed
	}
}

func (p *packetSide) WriteTo(b []byte, to net.Addr) (int, error) {
	return to.(pipeAddr).conn.Write(b)
}

func (p *packetSide) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *packetSide) LocalAddr() net.Addr              { return pipeAddr{} }
func (p *packetSide) SetDeadline(time.Time) error      { return nil }
func (p *packetSide) SetReadDeadline(time.Time) error  { return nil }
func (p *packetSide) SetWriteDeadline(time.Time) error { return nil }

// streamSide is the net.Listener of a server.
type streamSide struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newStreamSide() *streamSide {
	return &streamSide{accept: make(chan net.Conn, 8), closed: make(chan struct{})}
}

func (s *streamSide) Accept() (net.Conn, error) {
	select {
	case conn := <-s.accept:
		return conn, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *streamSide) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *streamSide) Addr() net.Addr { return pipeAddr{} }

// rig is a resolver, the name servers it may ask and a clock that stands still unless the bubble's time passes.
type rig struct {
	t        *testing.T
	wire     *wire
	zone     *Zone // the first server
	second   *Zone // the second server, with the same records
	resolver *Resolver
	elapsed  time.Duration // added to the bubble's time: a TTL's hour passes without an hour of the zone's timers
}

const (
	firstServer  = "192.0.2.53:53"
	secondServer = "192.0.2.54:53"
)

// inBubble runs test in a synctest bubble with two name servers serving the zone text.
func inBubble(t *testing.T, zone string, test func(r *rig)) {
	t.Helper()
	withConfig(t, zone, Config{}, test)
}

func withConfig(t *testing.T, zone string, config Config, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := &rig{t: t, wire: &wire{servers: map[string]*exchangePoint{}, refuse: map[string]bool{}}}
		var group sync.WaitGroup
		serve := func(address string) *Zone {
			zone, err := NewZone(zone)
			if err != nil {
				t.Fatal(err)
			}
			point := &exchangePoint{newPacketSide(), newStreamSide()}
			r.wire.servers[address] = point
			group.Go(func() { _ = zone.Serve(ctx, point.packets, point.streams) })
			return zone
		}
		r.zone, r.second = serve(firstServer), serve(secondServer)
		config.Servers = []string{"192.0.2.53", "192.0.2.54"}
		config.Dial = r.wire.Dial
		if config.Rand == nil {
			config.Rand = rand.NewChaCha8([32]byte{1})
		}
		resolver, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		r.resolver = resolver
		t.Cleanup(func() {
			cancel()
			group.Wait()
		})
		test(r)
	})
}

func (r *rig) now() time.Time { return time.Now().Add(r.elapsed) }

// locate runs Locate for a URI with UDP, TCP and TLS over both families.
func (r *rig) locate(uri string) Result {
	return r.ask(Query{URI: parseURI(r.t, uri), Transports: []string{sip.UDP, sip.TCP, sip.TLS}})
}

func (r *rig) ask(q Query) Result {
	r.t.Helper()
	return r.resolver.Locate(r.t.Context(), r.now(), q)
}

// wantTargets compares the targets, written "UDP 192.0.2.1:5060".
func (r *rig) wantTargets(result Result, want ...string) {
	r.t.Helper()
	var got []string
	for _, target := range result.Targets {
		got = append(got, target.Transport+" "+target.Addr.String())
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		r.t.Errorf("targets\n got %v\nwant %v\n%s", got, want, text(result))
	}
	if len(want) > 0 && result.Err != nil {
		r.t.Errorf("error %v beside targets", result.Err)
	}
}

func (r *rig) wantError(result Result, want error) {
	r.t.Helper()
	if !errors.Is(result.Err, want) || len(result.Targets) != 0 {
		r.t.Errorf("error %v and targets %v, want %v and none\n%s", result.Err, result.Targets, want, text(result))
	}
}

// wantQuestions compares everything the first server was asked since the last call, and nothing else.
func (r *rig) wantQuestions(want ...string) {
	r.t.Helper()
	wantLog(r.t, r.zone, want...)
}

func wantLog(t *testing.T, zone *Zone, want ...string) {
	t.Helper()
	var got []string
	for _, question := range zone.Questions() {
		got = append(got, question.String())
	}
	zone.Forget()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("questions\n got %q\nwant %q", got, want)
	}
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) { r.elapsed += d }

func text(result Result) string {
	var b strings.Builder
	_ = result.WriteText(&b)
	return b.String()
}

// zeros is a source of randomness whose draw is always 0.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

var _ io.Reader = zeros{}
