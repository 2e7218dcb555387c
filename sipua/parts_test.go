package sipua

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

// at is a target.
func at(transport, addr string, server int, priority uint16) target {
	return target{server: server, Target: locate.Target{Transport: transport, Addr: netip.MustParseAddrPort(addr), Priority: priority}}
}

var (
	first  = at("UDP", "192.0.2.1:5060", 0, 10)
	equal  = at("UDP", "192.0.2.2:5060", 0, 10)
	worse  = at("UDP", "192.0.2.3:5060", 0, 20)
	backup = at("UDP", "192.0.2.4:5060", 1, 0)
)

func names(list []target) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(map[netip.AddrPort]string{first.Addr: "F", equal.Addr: "E", worse.Addr: "W", backup.Addr: "B"}[t.Addr])
	}
	return b.String()
}

// The order of servers: the pinned one first, unless a better one is wanted back; equals are no reason to move.
func TestOrderOfServers(t *testing.T) {
	all := []target{first, equal, worse, backup}
	for _, tc := range []struct {
		name       string
		pinned     *target
		list       []target
		wantBetter bool
		want       string
	}{
		{"nothing pinned", nil, all, false, "FEWB"},
		{"first pinned", &first, all, true, "FEWB"},
		{"an equal is no better", &equal, all, true, "EFWB"},
		{"stay", &worse, all, false, "WFEB"},
		{"go back", &worse, all, true, "FEWB"},
		{"go back from the backup", &backup, all, true, "FEWB"},
		{"stay at the backup", &backup, all, false, "BFEW"},
		{"pinned one no more in DNS", &worse, []target{first}, false, "WF"},
		{"DNS fails", &worse, nil, false, "W"},
	} {
		acc := &account{}
		if tc.pinned != nil {
			acc.pin(*tc.pinned)
		}
		if got := names(acc.order(tc.list, tc.wantBetter)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// A server that answers with errors only has its turn last, once.
func TestShunnedServerComesLast(t *testing.T) {
	acc := &account{shunned: first}
	if got := names(acc.order([]target{first, equal, backup}, false)); got != "EBF" {
		t.Errorf("got %s", got)
	}
	if got := names(acc.order([]target{first, equal, backup}, false)); got != "FEB" {
		t.Errorf("the next time: %s", got)
	}
}

// What was done over TCP for the size of one request is no way to stay.
func TestPinForgetsTheSwitchToTCP(t *testing.T) {
	acc := &account{}
	large := first
	large.Transport, large.isSwitched = sip.TCP, true
	acc.pin(large)
	if acc.pinned != first {
		t.Errorf("pinned %+v", acc.pinned)
	}
	last := first
	last.isLast = true
	acc.pin(last)
	if acc.pinned != first {
		t.Errorf("pinned %+v", acc.pinned)
	}
}

func TestTrustIsBounded(t *testing.T) {
	acc := &account{proxies: make(map[netip.Addr]bool)}
	acc.pin(first)
	for i := range 1000 {
		addr := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
		acc.trust([]target{{Target: locate.Target{Addr: netip.AddrPortFrom(addr, 5060)}}})
	}
	if len(acc.proxies) > 70 || !acc.proxies[netip.AddrFrom4([4]byte{10, 0, 3, 231})] {
		t.Errorf("%d addresses are trusted", len(acc.proxies))
	}
	acc.trust([]target{first})
	if !acc.proxies[first.Addr.Addr()] {
		t.Error("the server in use must be trusted")
	}
}

func TestBestServerIsLearnt(t *testing.T) {
	acc := &account{proxies: make(map[netip.Addr]bool)}
	acc.learn([]target{backup, worse, equal, first})
	if acc.best != equal {
		t.Errorf("best is %v", acc.best)
	}
	acc.learn(nil)
	if acc.best != equal {
		t.Error("a failed lookup teaches nothing")
	}
}

// RFC 3608 section 5.1 with and without an outbound proxy.
func TestCallRoutes(t *testing.T) {
	uri := func(s string) sip.URI {
		u, err := sip.ParseURI(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	service := []sip.Address{{URI: uri("sip:home;lr")}}
	for _, tc := range []struct {
		name, server string
		service      []sip.Address
		route, hop   string
	}{
		{"plain", "sip:pbx", nil, "", "sip:pbx"},
		{"outbound proxy", "sip:proxy;lr", nil, "<sip:proxy;lr>", "sip:proxy;lr"},
		{"service route", "sip:pbx", service, "<sip:home;lr>", "sip:home;lr"},
		{"both", "sip:proxy;lr", service, "<sip:proxy;lr> <sip:home;lr>", "sip:proxy;lr"},
	} {
		acc := &account{servers: []sip.URI{uri(tc.server)}, serviceRoute: tc.service}
		var list []string
		for _, r := range acc.callRoute(target{}) {
			list = append(list, r.String())
		}
		if got := strings.Join(list, " "); got != tc.route {
			t.Errorf("%s: Route %s", tc.name, got)
		}
		if got := acc.nextHops()[0].String(); got != tc.hop {
			t.Errorf("%s: next hop %s", tc.name, got)
		}
	}
}

// pjproject_docs #64: the certificate of the server is for its domain, whatever a Route calls it.
func TestReuseServerName(t *testing.T) {
	acc := &account{}
	tls := at("TLS", "192.0.2.1:5061", 0, 0)
	tls.domain = "example.com"
	acc.pin(tls)
	byAddress, elsewhere := tls, tls
	byAddress.domain = "192.0.2.1"
	elsewhere.domain, elsewhere.Addr = "192.0.2.9", netip.MustParseAddrPort("192.0.2.9:5061")
	list := acc.reuseServer([]target{byAddress, elsewhere})
	if list[0].domain != "example.com" || list[1].domain != "192.0.2.9" {
		t.Errorf("%+v", list)
	}
	var none *account
	if got := none.reuseServer([]target{byAddress}); got[0].domain != "192.0.2.1" {
		t.Error("a direct call has no server")
	}
}

func TestPreferFlow(t *testing.T) {
	flow := transport.Flow{Transport: "UDP", Remote: worse.Addr}
	if got := names(preferFlow([]target{first, worse, backup}, flow)); got != "WFB" {
		t.Errorf("known place: %s", got)
	}
	if got := names(preferFlow([]target{first, backup}, flow)); got != "FBW" {
		t.Errorf("elsewhere: %s, want the peer's own address as the last resort", got)
	}
	flow.Transport = "TCP"
	if got := names(preferFlow([]target{first, worse}, flow)); got != "FWW" {
		t.Errorf("other transport: %s", got)
	}
	flow.Local = first.Addr // a connection the peer has opened
	callee := at("TCP", "192.0.2.3:5080", 0, 0)
	if got := preferFlow([]target{callee}, flow); got[0].Addr != worse.Addr || got[1] != callee {
		t.Errorf("a connection of the same host comes first: %v", got)
	}
	if got := names(preferFlow(nil, flow)); got != "W" {
		t.Errorf("nothing located: %s, want the peer's own address", got)
	}
	if got := preferFlow(nil, transport.Flow{}); len(got) != 0 {
		t.Errorf("nothing known: %v", got)
	}
}

// RFC 4028 section 10.
func TestSessionTimes(t *testing.T) {
	for _, tc := range []struct {
		interval     time.Duration
		weRefresh    bool
		refresh, end time.Duration
	}{
		{1800 * time.Second, true, 900 * time.Second, 1768 * time.Second},
		{1800 * time.Second, false, 0, 1768 * time.Second},
		{90 * time.Second, true, 45 * time.Second, 60 * time.Second},
		{90 * time.Second, false, 0, 60 * time.Second},
	} {
		var s session
		if !s.due().IsZero() {
			t.Error("due before anything was agreed")
		}
		s.agree(epoch, tc.interval, tc.weRefresh)
		if tc.weRefresh && s.refreshAt.Sub(epoch) != tc.refresh || !tc.weRefresh && !s.refreshAt.IsZero() || s.endAt.Sub(epoch) != tc.end {
			t.Errorf("%v, refresher %v: refresh at %v, end at %v", tc.interval, tc.weRefresh, s.refreshAt.Sub(epoch), s.endAt.Sub(epoch))
		}
		s.agree(epoch, 0, true)
		if !s.due().IsZero() {
			t.Error("the peer gave the timer up, and something is due")
		}
	}
}

// RFC 4028: the refresher parameter keeps its meaning when the roles of client and server change.
func TestSessionField(t *testing.T) {
	var s session
	if got := s.field(30 * time.Minute); got != "1800" {
		t.Errorf("first: %s", got)
	}
	s.agree(epoch, 10*time.Minute, true)
	if got := s.field(30 * time.Minute); got != "600;refresher=uac" {
		t.Errorf("we refresh and send: %s", got)
	}
	s.agree(epoch, 10*time.Minute, false)
	if got := s.field(30 * time.Minute); got != "600;refresher=uas" {
		t.Errorf("they refresh, we send: %s", got)
	}
}

func TestRedirectTargets(t *testing.T) {
	for contact, want := range map[string]string{
		"<sip:a@x>;q=0.1, <sip:b@x>;q=0.9, <sip:c@x>": "sip:c@x sip:b@x sip:a@x",
		"<sip:a@x?Subject=evil>":                      "sip:a@x",
		"<tel:+1>, <mailto:a@x>, <https://x>":         "",
		"<sip:a@x>;q=nonsense, <sip:b@x>;q=0.5":       "sip:b@x sip:a@x",
		"<sip:a@x>;q=7, <sip:b@x>;q=-1":               "sip:a@x sip:b@x",
		"<<":                                          "",
		"":                                            "",
		"<sip:1@x>,<sip:2@x>,<sip:3@x>,<sip:4@x>,<sip:5@x>,<sip:6@x>,<sip:7@x>": "sip:1@x sip:2@x sip:3@x sip:4@x sip:5@x",
	} {
		m := &sip.Message{Status: 302}
		m.Header.Add("Contact", contact)
		var list []string
		for _, u := range redirectTargets(m) {
			list = append(list, u.String())
		}
		if got := strings.Join(list, " "); got != want {
			t.Errorf("%s: %s, want %s", contact, got, want)
		}
	}
}

// RFC 3581 and RFC 5118 section 4.5.
func TestSeenAt(t *testing.T) {
	for params, want := range map[string]string{
		";rport=5061;received=198.51.100.1":        "198.51.100.1:5061",
		";received=2001:db8::1;rport=5061":         "[2001:db8::1]:5061",
		";received=[2001:db8::1];rport=5061":       "[2001:db8::1]:5061",
		";received=::ffff:198.51.100.1;rport=5061": "198.51.100.1:5061",
		";rport=5061":                               "",
		";received=198.51.100.1":                    "",
		";received=198.51.100.1;rport":              "",
		";received=198.51.100.1;rport=0":            "",
		";received=198.51.100.1;rport=65536":        "",
		";received=example.com;rport=5061":          "",
		";received=198.51.100.1;rport=5061;rport=7": "198.51.100.1:5061",
	} {
		got, ok := seenAt(&sip.Message{Via: []sip.Via{{Params: sip.Params(params)}}})
		if ok != (want != "") || ok && got.String() != want {
			t.Errorf("%s: %v %v, want %s", params, got, ok, want)
		}
	}
}

func TestDestination(t *testing.T) {
	acc := &account{aor: sip.URI{Scheme: "sip", User: "door", Host: "example.com", Port: 5080}}
	for _, tc := range []struct {
		acc      *account
		to, want string
	}{
		{acc, "desk", "sip:desk@example.com:5080"},
		{acc, "**621", "sip:**621@example.com:5080"},
		{acc, "sip:desk@other.example", "sip:desk@other.example"},
		{acc, "SIPS:desk@other.example", "sips:desk@other.example"},
		{nil, "sip:desk@192.0.2.2;transport=tcp", "sip:desk@192.0.2.2;transport=tcp"},
		{nil, "desk", ""},
		{acc, "", ""},
		{acc, "desk@example.com", ""},
		{acc, "sip:", ""},
		{acc, "sip:desk@", ""},
		{acc, "<desk>", ""},
	} {
		u, err := destination(tc.acc, tc.to)
		if (err == nil) != (tc.want != "") || err == nil && u.String() != tc.want {
			t.Errorf("%q: %v, %v; want %q", tc.to, u, err, tc.want)
		}
		if err != nil && !strings.Contains(err.Error(), "cannot call") {
			t.Errorf("%q: the error does not say what cannot be done: %v", tc.to, err)
		}
	}
}

// RFC 3261 section 12.1.1 and RFC 5630: when Contact must be sips.
func TestIsSecure(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(s string) string
		want  bool
	}{
		"sip":              {func(s string) string { return s }, false},
		"Request-URI":      {func(s string) string { return strings.Replace(s, "INVITE sip:", "INVITE sips:", 1) }, true},
		"top Record-Route": {func(s string) string { return s + "Record-Route: <sips:p;lr>\n" }, true},
		"Contact, Record-Routed": {func(s string) string {
			return strings.Replace(s, "<sip:alice@192", "<sips:alice@192", 1) + "Record-Route: <sip:p;lr>\n"
		}, false},
		"Contact": {func(s string) string { return strings.Replace(s, "<sip:alice@192", "<sips:alice@192", 1) }, true},
	} {
		if got := isSecure(read(t, tc.spoil(inviteText)+"\n")); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestMediaType(t *testing.T) {
	for value, want := range map[string]string{
		"application/sdp": "application/sdp", "Application/SDP;charset=x": "application/sdp", " text/plain ; a": "text/plain", "": "",
	} {
		if got := mediaType(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestEarliestAndDue(t *testing.T) {
	later, never := epoch.Add(time.Second), time.Time{}
	if earliest(epoch, later) != epoch || earliest(later, epoch) != epoch || earliest(never, epoch) != epoch || earliest(epoch, never) != epoch || !earliest(never, never).IsZero() {
		t.Error("earliest")
	}
	if isDue(never, epoch) || isDue(later, epoch) || !isDue(epoch, epoch) || !isDue(epoch, later) {
		t.Error("isDue")
	}
}

// A flow that is lost in its first two minutes is a flapping server's: the pauses grow.
func TestLostFlows(t *testing.T) {
	r := newRegistration(time.Hour, BackOff{Base: 2 * time.Second, Cap: time.Minute})
	r.accept(epoch, time.Hour, 0)
	r.since = epoch
	now := epoch.Add(time.Hour / 2)
	r.lose(now, 1)
	if r.next != now {
		t.Errorf("a steady flow: register anew after %v, want at once", r.next.Sub(now))
	}
	for _, want := range []time.Duration{2e9, 4e9, 8e9} {
		now = now.Add(time.Second)
		r.lose(now, 1)
		if got := r.next.Sub(now); got != want {
			t.Errorf("lost again: after %v, want %v", got, want)
		}
	}
	now = now.Add(steady)
	r.lose(now, 1)
	if r.next != now {
		t.Error("two steady minutes make it new")
	}
}
