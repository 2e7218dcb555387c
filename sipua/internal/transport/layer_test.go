package transport

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua/sip"
)

func TestDefaults(t *testing.T) {
	want := Limits{
		Connections: 64, ConnectionsPerSource: 8, MaxMessage: 65535, Queue: 512 << 10,
		DialTimeout: 10 * time.Second, MessageTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 10 * time.Minute, SourceRate: 20, StrangerRate: 200,
	}
	if got := (Limits{}).withDefaults(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	own := Limits{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if got := own.withDefaults(); got != own {
		t.Errorf("a limit of the user was changed: %+v", got)
	}
}

func TestNames(t *testing.T) {
	for kind, want := range map[Kind]string{Received: "received", Failed: "failed", Pong: "pong", Bound: "bound"} {
		if kind.String() != want {
			t.Errorf("%d is %q, want %q", int(kind), kind, want)
		}
	}
	f := Flow{Transport: sip.TLS, Remote: netip.MustParseAddrPort("[2001:db8::1]:5061"), ServerName: "example.com"}
	err := &FlowError{Flow: f, Op: "dial", Err: syscall.ECONNREFUSED}
	if want := "TLS dial to [2001:db8::1]:5061: connection refused"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

// TestSocketIsChosenByFlow holds that Local names the socket, and that without it the family decides.
func TestSocketIsChosenByFlow(t *testing.T) {
	inMemory(t, func(w *world) {
		door := w.open(Config{Network: w.door, Listen: []Listen{
			{sip.UDP, "192.0.2.1:5060"}, {sip.UDP, "192.0.2.1:5070"}, {sip.UDP, "[2001:db8::1]:5060"},
			{sip.TCP, "192.0.2.1:5060"}, {sip.TCP, "[2001:db8::1]:5060"},
		}})
		desk := w.open(Config{Network: w.desk, Listen: []Listen{{sip.UDP, ":5060"}}})
		if got := fmt.Sprint(door.Local(sip.UDP), door.Local(sip.TCP), door.Local(sip.TLS)); got !=
			"[192.0.2.1:5060 192.0.2.1:5070 [2001:db8::1]:5060] [192.0.2.1:5060 [2001:db8::1]:5060] []" {
			w.Errorf("listening on %s", got)
		}
		v4, v6 := netip.MustParseAddrPort("192.0.2.2:5060"), netip.MustParseAddrPort("[2001:db8::2]:5060")
		tests := []struct {
			name string
			flow Flow
			from string
		}{
			{"first of its family", Flow{Transport: sip.UDP, Remote: v4}, "192.0.2.1:5060"},
			{"first of its family", Flow{Transport: sip.UDP, Remote: v6}, "[2001:db8::1]:5060"},
			{"named", Flow{Transport: sip.UDP, Remote: v4, Local: netip.MustParseAddrPort("192.0.2.1:5070")}, "192.0.2.1:5070"},
			{"completed", door.FlowTo(sip.UDP, v6, "ignored"), "[2001:db8::1]:5060"},
		}
		for _, test := range tests {
			door.Send(test.flow, request("1", 0))
			got := desk.wantRequest("1")
			if got.Flow.Remote.String() != test.from || got.Flow.Local.String() != "[::]:5060" {
				w.Errorf("%s: came over %+v, want it from %s", test.name, got.Flow, test.from)
			}
			desk.Send(got.Flow, response(got.Message))
			if back := door.wantResponse("1"); back.Flow.Local.String() != test.from {
				w.Errorf("%s: the answer came over %+v", test.name, back.Flow)
			}
		}
		lost := Flow{Transport: sip.UDP, Remote: v4, Local: netip.MustParseAddrPort("192.0.2.9:5060")}
		door.Send(lost, request("1", 0))
		door.wantFailure("a socket which is not ours", lost, "send", ErrNoSocket)
	})
}

func TestRejectedAddress(t *testing.T) {
	inMemory(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{})
		w.net.SetRejected(desk.addr(sip.UDP).Addr(), true)
		f := door.flowTo(sip.UDP, desk)
		door.Send(f, request("1", 0))
		door.wantFailure("a router says no", f, "send", syscall.EHOSTUNREACH)
		w.net.SetRejected(desk.addr(sip.UDP).Addr(), false)
		door.Send(f, request("2", 0))
		desk.wantRequest("2")
	})
}

// TestLastWordsComeBeforeTheEnd holds the order of events of one connection.
func TestLastWordsComeBeforeTheEnd(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		desk, dial := w.accepting(Limits{})
		c := dial()
		for i := range 20 {
			c.Write(request(fmt.Sprint(i), 0))
		}
		c.Close()
		for i := range 20 {
			desk.wantRequest(fmt.Sprint(i))
		}
		if e := desk.want("the end", Failed); !strings.Contains(e.Err.Error(), io.EOF.Error()) {
			w.Errorf("the end is %v", e.Err)
		}
	})
}

// TestBothDialAtOnce holds that two connections between the same ends do not confuse each other.
func TestBothDialAtOnce(t *testing.T) {
	for _, transport := range []string{sip.TCP, sip.TLS} {
		inBothWorlds(t, func(w *world) {
			door, desk := w.pair(transport, Limits{})
			there, back := door.flowTo(transport, desk), desk.flowTo(transport, door)
			door.Send(there, request("there", 0))
			desk.Send(back, request("back", 0))
			atDesk, atDoor := desk.wantRequest("there"), door.wantRequest("back")
			desk.Send(atDesk.Flow, response(atDesk.Message))
			door.Send(atDoor.Flow, response(atDoor.Message))
			if got := door.wantResponse("there"); got.Flow != there {
				w.Errorf("%s: the door's answer came over %+v, want %+v", transport, got.Flow, there)
			}
			if got := desk.wantResponse("back"); got.Flow != back {
				w.Errorf("%s: the desk's answer came over %+v, want %+v", transport, got.Flow, back)
			}
		})
	}
}

// TestLogHoldsNoSecrets reads what is logged about a malformed message with credentials in it.
func TestLogHoldsNoSecrets(t *testing.T) {
	inMemory(t, func(w *world) {
		var mu sync.Mutex
		var log bytes.Buffer
		writer := writerFunc(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return log.Write(p)
		})
		logger := slog.New(slog.NewTextHandler(writer, &slog.HandlerOptions{Level: slog.LevelDebug}))
		desk := w.open(Config{
			Network: w.desk, Listen: []Listen{{sip.UDP, "192.0.2.2:5060"}, {sip.TCP, "192.0.2.2:5060"}},
			Logger: logger, Limits: Limits{ConnectionsPerSource: 1},
		})
		secret := "SIP/2.0 999 topsecret\r\nAuthorization: Digest topsecret\r\nCSeq: topsecret\r\nContent-Length: 0\r\n\r\n"
		c, err := w.door.Dial(context.Background(), "udp", "192.0.2.2:5060")
		if err != nil {
			w.Fatal(err)
		}
		c.Write([]byte(secret))
		stream := w.dialRaw(desk, sip.TCP)
		stream.Write([]byte(secret))
		w.wantEnd("one connection too many", w.dialRaw(desk, sip.TCP))
		desk.wantQuiet("nothing to answer", time.Second)
		mu.Lock()
		defer mu.Unlock()
		if text := log.String(); strings.Contains(text, "topsecret") || strings.Count(text, "malformed") != 2 || strings.Count(text, "refused") != 1 {
			w.Errorf("the log says:\n%s", text)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestNoise throws random bytes, and messages with random bytes changed, at every transport. The Layer must stay
// usable for others.
func TestNoise(t *testing.T) {
	inMemory(t, func(w *world) {
		rng := rand.New(rand.NewPCG(1, 1))
		desk := w.open(Config{
			Network: w.desk, Listen: []Listen{{sip.UDP, "192.0.2.2:5060"}, {sip.TCP, "192.0.2.2:5060"}},
			Limits: Limits{SourceRate: -1},
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			for e := range desk.Events() {
				if e.Kind == Received && e.Message == nil {
					w.Errorf("an event without a message: %+v", e)
				}
				if e.Kind == Received && e.Message.IsRequest() {
					desk.Send(e.Flow, response(e.Message))
				}
			}
		})
		for range 300 {
			packet := noise(rng)
			for _, network := range []string{"udp", "tcp"} {
				c, err := w.door.Dial(context.Background(), network, "192.0.2.2:5060")
				if err != nil {
					w.Fatal(err)
				}
				c.Write(packet)
				time.Sleep(100 * time.Millisecond)
				c.Close()
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		before := desk.Counters().Received
		c := w.dialRaw(desk, sip.TCP)
		c.Write(request("alive", 0))
		answer := make([]byte, 12)
		if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "SIP/2.0 200 " {
			w.Errorf("the answer is %q, %v", answer, err)
		}
		if after := desk.Counters().Received; after != before+1 {
			w.Errorf("%d messages were received, want %d", after, before+1)
		}
		desk.Close()
		wg.Wait()
	})
}

// noise is anything from pure chance to an almost right message.
func noise(rng *rand.Rand) []byte {
	packet := request("noise", rng.IntN(200))
	changes := rng.IntN(10)
	if rng.IntN(3) == 0 {
		changes = len(packet)
	}
	for range changes {
		packet[rng.IntN(len(packet))] = byte(rng.Uint32())
	}
	return packet[:rng.IntN(len(packet)+1)]
}

func BenchmarkUDPReceive(b *testing.B) {
	l, err := Open(Config{Listen: []Listen{{sip.UDP, "127.0.0.1:0"}}, Limits: Limits{SourceRate: -1}})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	s := l.packets[0]
	packet := request("1", 300)
	src := netip.MustParseAddrPort("192.0.2.1:5060")
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		s.receive(packet, src)
		<-l.Events()
	}
}

// BenchmarkUDPFlood is the cost of a datagram over the limit: a look and no parser.
func BenchmarkUDPFlood(b *testing.B) {
	l, err := Open(Config{Listen: []Listen{{sip.UDP, "127.0.0.1:0"}}, Limits: Limits{SourceRate: 1e-9, StrangerRate: 1e-9}})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	s := l.packets[0]
	packet := request("1", 300)
	src := netip.MustParseAddrPort("192.0.2.1:5060")
	b.ReportAllocs()
	for b.Loop() {
		s.receive(packet, src)
	}
}
