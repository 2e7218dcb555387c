package sipua

import (
	"net/netip"
	"testing"

	"intercom/sipua/internal/transport"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

// TestTLSFlowIsKept: a proxy that proved to be house.example, and whose Record-Route holds its address, is met over the
// same connection; a Record-Route that leads elsewhere has to prove what it is called.
func TestTLSFlowIsKept(t *testing.T) {
	at := func(transport, addr, domain string) target {
		return target{Target: locate.Target{Transport: transport, Addr: netip.MustParseAddrPort(addr)}, domain: domain}
	}
	flow := transport.Flow{Transport: sip.TLS, Remote: netip.MustParseAddrPort("192.0.2.7:5061"), ServerName: "house.example"}
	accepted := transport.Flow{Transport: sip.TLS, Remote: netip.MustParseAddrPort("192.0.2.7:41000")}
	for _, row := range []struct {
		name  string
		flow  transport.Flow
		found target
		want  string
	}{
		{"the address of the flow", flow, at(sip.TLS, "192.0.2.7:5061", "192.0.2.7"), "house.example"},
		{"another port", flow, at(sip.TLS, "192.0.2.7:5062", "192.0.2.7"), "192.0.2.7"},
		{"another host", flow, at(sip.TLS, "192.0.2.8:5061", "192.0.2.8"), "192.0.2.8"},
		{"another transport", flow, at(sip.TCP, "192.0.2.7:5061", "192.0.2.7"), "192.0.2.7"},
		{"an accepted flow has proved nothing", accepted, at(sip.TLS, "192.0.2.7:41000", "192.0.2.7"), "192.0.2.7"},
	} {
		if got := preferFlow([]target{row.found}, row.flow)[0].domain; got != row.want {
			t.Errorf("%s: the certificate must name %q, want %q", row.name, got, row.want)
		}
	}
}
