package pbx

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transport"
	"intercom/sipua/simnet"
	"intercom/sipua/sip"
)

// house is a running PBX on 192.0.2.1:5060 in a network of telephones, inside a synctest bubble.
type house struct {
	t      *testing.T
	net    *simnet.Net
	pbx    *PBX
	cancel context.CancelFunc
	ended  chan error
}

func newHouse(t *testing.T, change func(*Config)) *house {
	t.Helper()
	h := &house{t: t, net: simnet.New(simnet.Config{Seed: 1, Link: simnet.Link{Delay: 5 * time.Millisecond}}), ended: make(chan error, 1)}
	cfg := Config{
		Domain: "house.example", Network: h.net.Host(netip.MustParseAddr("192.0.2.1")),
		Listen: []Listen{{Transport: sip.UDP, Address: "0.0.0.0:5060"}, {Transport: sip.TCP, Address: "0.0.0.0:5060"}},
		Groups: []Group{{"all", []string{"kitchen", "study"}}},
	}
	withUsers(&cfg)
	if change != nil {
		change(&cfg)
	}
	var err error
	if h.pbx, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h.cancel = cancel
	go func() { h.ended <- h.pbx.Run(ctx) }()
	t.Cleanup(cancel)
	return h
}

// stop ends the PBX and waits for it.
func (h *house) stop() {
	h.t.Helper()
	h.cancel()
	if err := <-h.ended; err != nil {
		h.t.Errorf("Run: %v", err)
	}
}

// phone is a scripted telephone.
type phone struct {
	t       *testing.T
	name    string
	via     string
	contact string
	write   func([]byte)
	inbox   chan *sip.Message
	client  *digest.Client
	serial  int
}

func (h *house) newPhone(name, via, transportName string) *phone {
	return &phone{
		t: h.t, name: name, via: "SIP/2.0/" + transportName + " " + via, inbox: make(chan *sip.Message, 64),
		client: digest.NewClient(digest.ClientConfig{Username: name, Password: digest.Secret(name + "!")}),
	}
}

// udpPhone is a telephone at addr:5060.
func (h *house) udpPhone(name, addr string) *phone {
	h.t.Helper()
	pc, err := h.net.Host(netip.MustParseAddr(addr)).ListenPacket(h.t.Context(), "udp", addr+":5060")
	if err != nil {
		h.t.Fatal(err)
	}
	p := h.newPhone(name, addr+":5060", sip.UDP)
	p.contact = "<sip:" + name + "@" + addr + ">"
	server := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:5060"))
	p.write = func(b []byte) { _, _ = pc.WriteTo(b, server) }
	go func() {
		buffer := make([]byte, 65536)
		for {
			n, _, err := pc.ReadFrom(buffer)
			if err != nil {
				return
			}
			if m, err := sip.Parse(buffer[:n]); err == nil {
				p.inbox <- m
			}
		}
	}()
	h.t.Cleanup(func() { pc.Close() })
	return p
}

// tcpPhone is a telephone that keeps a connection open.
func (h *house) tcpPhone(name, addr string) *phone {
	h.t.Helper()
	c, err := h.net.Host(netip.MustParseAddr(addr)).Dial(h.t.Context(), "tcp", "192.0.2.1:5060")
	if err != nil {
		h.t.Fatal(err)
	}
	return h.onConnection(name, c)
}

// onConnection is a telephone on a connection that is open.
func (h *house) onConnection(name string, c net.Conn) *phone {
	h.t.Helper()
	p := h.newPhone(name, c.LocalAddr().String(), sip.TCP)
	p.contact = "<sip:" + name + "@" + c.LocalAddr().String() + ";transport=tcp>"
	p.write = func(b []byte) { _, _ = c.Write(b) }
	go func() {
		var framer transport.Framer
		buffer := make([]byte, 65536)
		for {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			_, _ = framer.Write(buffer[:n])
			for frame, ok := framer.Next(); ok; frame, ok = framer.Next() {
				if m, err := sip.Parse(frame.Data); err == nil {
					p.inbox <- m
				}
			}
		}
	}()
	h.t.Cleanup(func() { c.Close() })
	return p
}

// request makes a request of the telephone.
func (p *phone) request(method, target string) *sip.Message {
	p.serial++
	n := p.name + strconv.Itoa(p.serial)
	return parse(p.t, method+" "+target+" SIP/2.0\nVia: "+p.via+";rport;branch=z9hG4bK"+n+"\nFrom: <sip:"+p.name+
		"@house.example>;tag="+n+"\nTo: <"+target+">\nCall-ID: "+n+"\nCSeq: 1 "+method+"\nContact: "+p.contact+"\nMax-Forwards: 70\n\n")
}

func (p *phone) send(m *sip.Message) { p.write(m.Append(nil)) }

// want takes the next message and checks what it is: "INVITE", or "200".
func (p *phone) want(what string) *sip.Message {
	p.t.Helper()
	select {
	case m := <-p.inbox:
		got := m.Method
		if m.Status != 0 {
			got = strconv.Itoa(m.Status)
		}
		if got != what {
			p.t.Fatalf("%s got %s, want %s:\n%s", p.name, got, what, m)
		}
		return m
	case <-time.After(time.Minute):
		p.t.Fatalf("%s waited a minute for %s", p.name, what)
		return nil
	}
}

// wantNothing checks that the telephone has got nothing more.
func (p *phone) wantNothing() {
	p.t.Helper()
	synctest.Wait()
	select {
	case m := <-p.inbox:
		p.t.Fatalf("%s got\n%s", p.name, m)
	default:
	}
}

// asks sends a request, answers the challenge to it, and gives the request as it was sent last.
func (p *phone) asks(m *sip.Message, status string) *sip.Message {
	p.t.Helper()
	var try digest.Attempt
	p.send(m)
	refused := p.want(status)
	field := map[string]string{"401": "WWW-Authenticate", "407": "Proxy-Authenticate"}[status]
	if err := p.client.Challenged(&try, refused.Status, slices.Collect(refused.Header.Values(field))); err != nil {
		p.t.Fatal(err)
	}
	if m.Method == sip.INVITE {
		p.send(p.ack(m, refused, false))
	}
	again := m.Clone()
	again.Via[0].Params = again.Via[0].Params.With("branch", again.Via[0].Branch()+"a")
	again.CSeq.Seq++
	for _, f := range p.client.Authorize(&try, digest.Request{Method: m.Method, URI: m.URI.String()}) {
		again.Header.Add(f.Name, f.Value)
	}
	p.send(again)
	return again
}

// ack makes the ACK of a response; that of a 2xx goes along its Record-Route.
func (p *phone) ack(invite, r *sip.Message, isAccepted bool) *sip.Message {
	a := p.request(sip.ACK, invite.URI.String())
	a.From, a.To, a.CallID, a.CSeq.Seq = r.From, r.To, r.CallID, invite.CSeq.Seq
	if !isAccepted {
		a.Via = invite.Via[:1]
		return a
	}
	p.inDialog(a, r)
	return a
}

// inDialog aims a request of the caller at the callee of a 2xx.
func (p *phone) inDialog(m, ok *sip.Message) {
	m.From, m.To, m.CallID = ok.From, ok.To, ok.CallID
	contacts, err := ok.Contacts()
	if err != nil || len(contacts) != 1 {
		p.t.Fatalf("Contact of the 2xx: %v, %v", contacts, err)
	}
	m.URI = contacts[0].URI
	routes, _ := ok.RecordRoutes()
	for _, r := range slices.Backward(routes) {
		m.Header.Add("Route", r.String())
	}
}

// answer responds to a request.
func (p *phone) answer(request *sip.Message, status int) {
	r := sip.NewResponse(request, status, "")
	if r.To.Tag() == "" {
		r.To.Params = r.To.Params.With("tag", "to-"+p.name)
	}
	for value := range request.Header.Values("Record-Route") {
		r.Header.Add("Record-Route", value)
	}
	r.Header.Add("Contact", p.contact)
	p.send(r)
}

// registers goes through challenge and answer.
func (p *phone) registers() {
	p.t.Helper()
	m := p.request(sip.REGISTER, "sip:house.example")
	m.To = sip.Address{URI: sip.URI{Scheme: "sip", User: p.name, Host: "house.example"}}
	p.asks(m, "401")
	p.want("200")
}

// TestHouse is a day's work: registrations by UDP and TCP, a call that rings both, is answered and hung up, and the end.
func TestHouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		door, kitchen, study := h.udpPhone("door", "192.0.2.10"), h.udpPhone("kitchen", "192.0.2.20"), h.tcpPhone("study", "192.0.2.30")
		if list, err := h.pbx.Bindings(t.Context()); err != nil || len(list) != 0 {
			t.Fatalf("bindings before anyone has registered: %v, %v", list, err)
		}
		kitchen.registers()
		study.registers()
		list, err := h.pbx.Bindings(t.Context())
		if err != nil || len(list) != 2 || list[0].User != "kitchen" || list[1].Transport != sip.TCP {
			t.Fatalf("bindings %+v, %v", list, err)
		}
		invite := door.asks(door.request(sip.INVITE, "sip:all@house.example"), "407")
		inKitchen, inStudy := kitchen.want("INVITE"), study.want("INVITE")
		kitchen.answer(inKitchen, 180)
		door.want("180")
		study.answer(inStudy, 200)
		ok := door.want("200")
		cancel := kitchen.want("CANCEL")
		kitchen.answer(cancel, 200)
		kitchen.answer(inKitchen, 487)
		kitchen.want("ACK")
		door.send(door.ack(invite, ok, true))
		study.want("ACK")
		bye := door.request(sip.BYE, "sip:house.example")
		door.inDialog(bye, ok)
		door.send(bye)
		study.answer(study.want("BYE"), 200)
		door.want("200")
		time.Sleep(2 * time.Minute)
		door.wantNothing()
		kitchen.wantNothing()
		study.wantNothing()
		h.stop()
		var kinds []Kind
		for e := range h.pbx.Events() {
			kinds = append(kinds, e.Kind)
		}
		if want := []Kind{Registered, Registered, Forwarded, Answered}; !slices.Equal(kinds, want) {
			t.Errorf("events %v, want %v", names(kinds), names(want))
		}
		if _, err := h.pbx.Bindings(t.Context()); !errors.Is(err, ErrStopped) {
			t.Errorf("bindings after the end: %v", err)
		}
	})
}

// TestRegistrationExpires: by the hour, and not a second before.
func TestRegistrationExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		kitchen := h.udpPhone("kitchen", "192.0.2.20")
		kitchen.registers()
		registered := <-h.pbx.Events()
		time.Sleep(time.Until(registered.At.Add(time.Hour - time.Second)))
		if list, _ := h.pbx.Bindings(t.Context()); len(list) != 1 {
			t.Fatalf("bindings a second before: %v", list)
		}
		e := <-h.pbx.Events()
		if e.Kind != Expired || !e.At.Equal(registered.At.Add(time.Hour)) {
			t.Errorf("%v after %v, want expired after an hour", e.Kind, e.At.Sub(registered.At))
		}
		h.stop()
	})
}

// TestShutdownTellsTheCaller: a PBX that ends refuses what is ringing.
func TestShutdownTellsTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) { c.HasFreeCalls = true })
		door, kitchen := h.udpPhone("door", "192.0.2.10"), h.udpPhone("kitchen", "192.0.2.20")
		kitchen.registers()
		door.send(door.request(sip.INVITE, "sip:kitchen@house.example"))
		kitchen.answer(kitchen.want("INVITE"), 180)
		door.want("180")
		h.stop()
		kitchen.want("CANCEL")
		door.want("503")
	})
}

// TestLossyNetwork: a third of all packets is lost, and the call is made.
func TestLossyNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) { c.HasFreeCalls = true })
		door, kitchen := h.udpPhone("door", "192.0.2.10"), h.udpPhone("kitchen", "192.0.2.20")
		kitchen.registers()
		for _, to := range []string{"192.0.2.10", "192.0.2.20"} {
			h.net.SetLink(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr(to), simnet.Link{Delay: time.Millisecond, Loss: 0.33})
		}
		door.send(door.request(sip.INVITE, "sip:kitchen@house.example"))
		kitchen.answer(kitchen.want("INVITE"), 486)
		for {
			m := <-door.inbox
			if m.Status == 486 {
				break
			}
			if m.Status != 100 {
				t.Fatalf("door got\n%s", m)
			}
		}
		h.stop()
	})
}

// TestSwitchedOffTelephone: its host answers with ICMP, and the caller knows at once.
func TestSwitchedOffTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, func(c *Config) { c.HasFreeCalls = true })
		door, kitchen := h.udpPhone("door", "192.0.2.10"), h.udpPhone("kitchen", "192.0.2.20")
		kitchen.registers()
		kitchen.contact = "<sip:kitchen@192.0.2.20:9>"
		kitchen.registers()
		m := kitchen.request(sip.REGISTER, "sip:house.example")
		m.To = sip.Address{URI: sip.URI{Scheme: "sip", User: "kitchen", Host: "house.example"}}
		m.Header.Set("Contact", "<sip:kitchen@192.0.2.20>;expires=0")
		kitchen.asks(m, "401")
		kitchen.want("200")
		began := time.Now()
		door.send(door.request(sip.INVITE, "sip:kitchen@house.example"))
		door.want("500")
		if took := time.Since(began); took > time.Second {
			t.Errorf("the caller waited %v", took)
		}
		h.stop()
	})
}

// TestSlowObserver: nobody reads the events, and the PBX goes on.
func TestSlowObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		kitchen := h.udpPhone("kitchen", "192.0.2.20")
		for range eventBuffer + 3 {
			kitchen.registers()
			time.Sleep(time.Second)
		}
		if got := h.pbx.Dropped(); got != 3 {
			t.Errorf("%d events dropped, want 3", got)
		}
		h.stop()
	})
}

// TestBindingsGivesUp: a question before Run, or to one that hangs, ends with its context.
func TestBindingsGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Config{Domain: "d", IsOpen: true, Network: simnet.New(simnet.Config{}).Host(netip.MustParseAddr("192.0.2.1")),
			Listen: []Listen{{Transport: sip.UDP, Address: "192.0.2.1:5060"}}}
		p, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Bindings(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("bindings without Run: %v", err)
		}
		if err := p.layer.Close(); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context()); err == nil {
			t.Error("Run without sockets ends in peace")
		}
	})
}
