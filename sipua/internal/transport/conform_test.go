package transport

import (
	"errors"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"intercom/sipua/sip"
)

// The checks of this file hold in both worlds: what the network in memory says about the Layer is worth as much
// as it behaves like the kernel's.

func TestRequestAndResponse(t *testing.T) {
	for _, transport := range []string{sip.UDP, sip.TCP, sip.TLS} {
		t.Run(transport, func(t *testing.T) {
			inBothWorlds(t, func(w *world) {
				door, desk := w.pair(transport, Limits{})
				f := door.flowTo(transport, desk)
				for _, callID := range []string{"first", "second"} {
					door.Send(f, request(callID, 0))
					got := desk.wantRequest(callID)
					if got.Flow.Transport != transport || got.Flow.Local != desk.addr(transport) || got.Local != got.Flow.Local {
						w.Errorf("the desk's flow is %+v, local %v", got.Flow, got.Local)
					}
					desk.Send(got.Flow, response(got.Message))
					if back := door.wantResponse(callID); back.Flow != f || !back.Local.IsValid() || back.Local.Port() == 0 {
						w.Errorf("the response came over %+v, local %v, want %+v", back.Flow, back.Local, f)
					}
				}
			})
		})
	}
}

func TestStreamIsUsedBothWaysAndAgain(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.TCP, Limits{})
		f := door.flowTo(sip.TCP, desk)
		door.Send(f, request("1", 0))
		first := desk.wantRequest("1")
		door.Send(f, request("2", 0))
		second := desk.wantRequest("2")
		if first.Flow != second.Flow {
			w.Errorf("the second request came over %+v, the first over %+v", second.Flow, first.Flow)
		}
		// A request to the remote of an accepted connection goes over it, as it would to one behind NAT.
		desk.Send(desk.FlowTo(sip.TCP, first.Flow.Remote, ""), request("3", 0))
		if got := door.wantRequest("3"); got.Flow != f {
			w.Errorf("the desk's request came over %+v, want %+v", got.Flow, f)
		}
		// Its end is told under both names.
		door.Close()
		for range 2 {
			if e := desk.want("the end", Failed); e.Flow != first.Flow && e.Flow != first.Flow.dialled() {
				w.Errorf("the end of %+v was told", e.Flow)
			}
		}
	})
}

func TestLargestMessages(t *testing.T) {
	for _, transport := range []string{sip.UDP, sip.TCP, sip.TLS} {
		inBothWorlds(t, func(w *world) {
			door, desk := w.pair(transport, Limits{})
			packet := request("large", 60_000)
			packet = request("large", 60_000+65_507-len(packet))
			door.Send(door.flowTo(transport, desk), packet)
			if got := desk.wantRequest("large"); len(packet) != 65_507 || len(got.Message.Body) < 65_000 {
				w.Errorf("%s: a body of %d octets arrived in a packet of %d", transport, len(got.Message.Body), len(packet))
			}
		})
	}
}

func TestUnreachablePort(t *testing.T) {
	for transport, op := range map[string]string{sip.UDP: "send", sip.TCP: "dial", sip.TLS: "dial"} {
		inBothWorlds(t, func(w *world) {
			door, desk := w.pair(transport, Limits{})
			f := door.flowTo(transport, desk)
			desk.Close()
			door.Send(f, request("refused", 0))
			door.wantFailure(transport, f, op, syscall.ECONNREFUSED)
		})
	}
}

// TestUnreachablePortAmongOthers holds that an ICMP error is told for the address it is about, and that no
// datagram to somebody else is lost by it.
func TestUnreachablePortAmongOthers(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{})
		gone := w.open(Config{Network: w.desk, Listen: []Listen{{sip.UDP, w.deskAddr}}})
		toGone := door.flowTo(sip.UDP, gone)
		gone.Close()
		const rounds = 20
		for range rounds {
			door.Send(toGone, request("gone", 0))
			door.Send(door.flowTo(sip.UDP, desk), request("there", 0))
			desk.wantRequest("there")
		}
		for range rounds {
			door.wantFailure("the closed port", toGone, "send", syscall.ECONNREFUSED)
		}
	})
}

func TestWildcardSocketServesBothFamilies(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		w := &world{T: t, door: HostNetwork{}, desk: HostNetwork{}, doorAddr: ":0", deskAddr: addr, isReal: true}
		door, desk := w.pair(sip.UDP, Limits{})
		f := door.flowTo(sip.UDP, desk)
		door.Send(f, request("1", 0))
		got := desk.wantRequest("1")
		desk.Send(got.Flow, response(got.Message))
		if back := door.wantResponse("1"); back.Flow != f {
			t.Errorf("%s: the response came over %+v, want %+v", addr, back.Flow, f)
		}
		desk.Close()
		door.Send(f, request("2", 0))
		door.wantFailure(addr, f, "send", syscall.ECONNREFUSED)
	}
}

func TestPingPong(t *testing.T) {
	for _, transport := range []string{sip.TCP, sip.TLS} {
		inBothWorlds(t, func(w *world) {
			door, desk := w.pair(transport, Limits{})
			f := door.flowTo(transport, desk)
			door.Send(f, []byte(Ping))
			if pong := door.want("the pong", Pong); pong.Flow != f {
				w.Errorf("the pong came over %+v, want %+v", pong.Flow, f)
			}
			door.Send(f, request("after", 0))
			desk.wantRequest("after")
		})
	}
}

func TestSTUNKeepAlive(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{})
		id := TransactionID{7}
		door.Send(door.flowTo(sip.UDP, desk), AppendBindingRequest(nil, id))
		asked := desk.want("the STUN request", Bound)
		if !asked.Binding.IsRequest || asked.Binding.ID != id {
			w.Errorf("the desk got %+v", asked.Binding)
		}
		desk.Send(asked.Flow, AppendBindingResponse(nil, asked.Binding.ID, asked.Flow.Remote))
		got := door.want("the STUN response", Bound)
		if got.Binding.ID != id || got.Binding.Mapped != door.addr(sip.UDP) || got.Flow.Remote != desk.addr(sip.UDP) {
			w.Errorf("the door got %+v from %+v", got.Binding, got.Flow)
		}
	})
}

func TestMalformedMessageOnAStreamDoesNoHarm(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		desk := w.open(Config{Network: w.desk, Listen: []Listen{{sip.TCP, w.deskAddr}}})
		c := w.dialRaw(desk, sip.TCP)
		bad := strings.Replace(string(request("bad", 0)), "CSeq: 1 OPTIONS", "CSeq: one OPTIONS", 1)
		silly := "SIP/2.0 999 x\r\nl: 0\r\n\r\n" // a response nobody answers
		c.Write([]byte(bad + silly + string(request("good", 0))))
		got := desk.want("the malformed request", Received)
		var syntax *sip.SyntaxError
		if !errors.As(got.Err, &syntax) || syntax.Status != 400 || got.Message == nil || got.IsClosing {
			w.Fatalf("the malformed request: %+v", got)
		}
		desk.wantRequest("good")
		if n := desk.Counters(); n.Malformed != 2 || n.Received != 1 {
			w.Errorf("counters %+v", n)
		}
	})
}

func TestLostFramingIsAnsweredAndClosed(t *testing.T) {
	tests := map[string]string{
		"ncl":     "Content-Length: -999",
		"mcl01":   "Content-Length: 0\r\nl: 0",
		"missing": "X: y",
		"words":   "l: many",
	}
	for name, lines := range tests {
		worlds := inMemory
		if name == "ncl" {
			worlds = inBothWorlds // once: on real sockets the wait for the peer takes its second
		}
		worlds(t, func(w *world) {
			desk := w.open(Config{Network: w.desk, Listen: []Listen{{sip.TCP, w.deskAddr}}})
			c := w.dialRaw(desk, sip.TCP)
			bad := strings.Replace(string(request(name, 0)), "Content-Length: 0", lines, 1)
			c.Write([]byte(bad + string(request("hidden", 0))))
			got := desk.want(name, Received)
			var syntax *sip.SyntaxError
			if !errors.As(got.Err, &syntax) || syntax.Status != 400 || !got.IsClosing || got.Message.CallID != name {
				w.Fatalf("%s: got %+v", name, got)
			}
			desk.Send(got.Flow, []byte("the answer"))
			if answer := w.wantEnd(name, c); answer != "the answer" {
				w.Errorf("%s: the peer read %q before the end", name, answer)
			}
			desk.wantFailure(name, got.Flow, "read", ErrFraming)
		})
	}
}

func TestCloseSendsWhatWasSentBefore(t *testing.T) {
	for _, transport := range []string{sip.UDP, sip.TCP, sip.TLS} {
		inBothWorlds(t, func(w *world) {
			door, desk := w.pair(transport, Limits{})
			f := door.flowTo(transport, desk)
			door.Send(f, request("first", 0))
			desk.wantRequest("first")
			for range 20 {
				door.Send(f, request("last", 0))
			}
			if err := door.Close(); err != nil {
				w.Error(err)
			}
			for range 20 {
				desk.wantRequest("last")
			}
			if err := door.Close(); !errors.Is(err, ErrClosed) {
				w.Errorf("second Close: %v", err)
			}
			if _, isOpen := <-door.Events(); isOpen {
				w.Error("an event after Close")
			}
			door.Send(f, request("late", 0))
		})
	}
}

func TestSource(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{})
		got, err := door.Source(desk.addr(sip.UDP))
		if err != nil || got != door.addr(sip.UDP).Addr() {
			w.Errorf("the source is %v, %v, want %v", got, err, door.addr(sip.UDP).Addr())
		}
	})
}

func TestSendErrors(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		remote := netip.MustParseAddrPort("192.0.2.9:5060")
		gone := netip.MustParseAddrPort("192.0.2.1:5060")
		tests := []struct {
			flow Flow
			want error
		}{
			{Flow{Transport: sip.UDP, Remote: remote}, ErrNoSocket},
			{Flow{Transport: sip.TCP, Local: gone, Remote: remote}, ErrNoConnection},
			{Flow{Transport: "WS", Remote: remote}, ErrTransport},
		}
		door := w.open(Config{Network: w.door})
		for _, test := range tests {
			door.Send(test.flow, request("1", 0))
			door.wantFailure(test.want.Error(), test.flow, "send", test.want)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	inBothWorlds(t, func(w *world) {
		taken := w.open(Config{Network: w.desk, Listen: []Listen{{sip.UDP, w.deskAddr}, {sip.TCP, w.deskAddr}}})
		tests := []struct {
			name   string
			listen Listen
			want   string
		}{
			{"taken UDP port", Listen{sip.UDP, taken.addr(sip.UDP).String()}, "in use"},
			{"taken TCP port", Listen{sip.TCP, taken.addr(sip.TCP).String()}, "in use"},
			{"TLS without certificate", Listen{sip.TLS, w.deskAddr}, "needs a certificate"},
			{"unknown transport", Listen{"udp", w.deskAddr}, "unknown transport"},
		}
		for _, test := range tests {
			// The first socket is opened and must be closed again.
			l, err := Open(Config{Network: w.desk, Listen: []Listen{{sip.UDP, w.deskAddr}, {sip.TCP, w.deskAddr}, test.listen}})
			if err == nil || l != nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "Listen[2]") {
				w.Errorf("%s: got the error %v, want one with %q", test.name, err, test.want)
			}
		}
	})
}
