package sipua_test

import (
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/siptest"
)

const (
	offerSDP  = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"
	answerSDP = "v=0\r\no=- 2 2 IN IP4 192.0.2.10\r\n"
	proxyAddr = "192.0.2.10"
	aor       = "sip:door@192.0.2.10"
)

// run runs a test with a world in a bubble of synctest.
func run(t *testing.T, test func(t *testing.T, w *siptest.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, siptest.New(t)) })
}

// oneAccount is the usual configuration: an account at the peer's numeric address.
func oneAccount() sipua.Config {
	return sipua.Config{Accounts: []sipua.Account{{AOR: aor, Password: "secret"}}}
}

// grant answers a REGISTER with 200.
func grant(p *siptest.Peer, m *siptest.Received, lines ...string) {
	if len(lines) == 0 {
		lines = []string{"Contact: " + m.Header.Get("Contact")}
	}
	p.Reply(m, 200, lines...)
}

// grantForLong answers a REGISTER so that no refresh comes between.
func grantForLong(p *siptest.Peer, m *siptest.Received) {
	p.Reply(m, 200, "Contact: "+replaceExpires(m.Header.Get("Contact"), "86400"))
}

// registered is a door whose binding stands, and its proxy. The proxy ignores further REGISTERs.
func registered(t *testing.T, w *siptest.World) (*siptest.Door, *siptest.Peer) {
	t.Helper()
	proxy := w.Peer(proxyAddr)
	door := w.Door(oneAccount())
	grantForLong(proxy, proxy.Want("the door registers", "REGISTER"))
	siptest.Event[sipua.Registered](door, "the binding stands")
	proxy.Ignore("REGISTER")
	return door, proxy
}

// established is a call of the door to the desk behind the proxy, answered.
func established(t *testing.T, w *siptest.World) (*siptest.Door, *siptest.Peer, sipua.CallID, *siptest.Side) {
	t.Helper()
	door, proxy := registered(t, w)
	id := door.Dial(sipua.Invitation{Account: aor, To: "desk", SDP: []byte(offerSDP)})
	invite := proxy.Want("INVITE", "INVITE")
	ok := proxy.Reply(invite, 200, answerSDP)
	proxy.Want("ACK", "ACK")
	siptest.Event[sipua.Established](door, "the call stands")
	return door, proxy, id, proxy.Callee(invite, ok)
}

// contactOf registers with the proxy and returns the door's Contact, where calls to it go.
func contactOf(t *testing.T, w *siptest.World) (*siptest.Door, *siptest.Peer, string) {
	t.Helper()
	proxy := w.Peer(proxyAddr)
	door := w.Door(oneAccount())
	m := proxy.Want("the door registers", "REGISTER")
	grantForLong(proxy, m)
	siptest.Event[sipua.Registered](door, "the binding stands")
	proxy.Ignore("REGISTER")
	contacts, err := m.Contacts()
	if err != nil {
		t.Fatal(err)
	}
	return door, proxy, contacts[0].URI.String()
}

// lossy is a link of a bad network.
func lossy(p float64) simnet.Link { return simnet.Link{Delay: 10 * time.Millisecond, Loss: p} }

// serveRegistrar grants every REGISTER that arrives, each of its repetitions as well.
func serveRegistrar(w *siptest.World, p *siptest.Peer) {
	for {
		m := p.Next(3 * time.Hour)
		if m == nil {
			return
		}
		if m.Method == "REGISTER" {
			grant(p, m)
		}
	}
}

// nextRegistration is the next Registered or Unregistered.
func nextRegistration(d *siptest.Door) sipua.Event {
	for e := range d.Events() {
		switch e.(type) {
		case sipua.Registered, sipua.Unregistered:
			return e
		}
	}
	return nil
}

// udpAddr is an address for net.PacketConn.
func udpAddr(a netip.AddrPort) net.Addr { return net.UDPAddrFromAddrPort(a) }
