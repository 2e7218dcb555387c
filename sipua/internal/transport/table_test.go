package transport

import (
	"net/netip"
	"slices"
	"testing"

	"intercom/sipua/sip"
)

// tableConn is a connection for the table only.
func tableConn(transport, local, remote string) *conn {
	f := Flow{Transport: transport, Remote: netip.MustParseAddrPort(remote)}
	if local != "" {
		f.Local = netip.MustParseAddrPort(local)
	}
	return &conn{flow: f}
}

func TestTableFindsByFlow(t *testing.T) {
	tab := newTable(Limits{}.withDefaults())
	accepted := tableConn(sip.TCP, "192.0.2.2:5060", "192.0.2.1:40000")
	secure := tableConn(sip.TLS, "192.0.2.2:5061", "192.0.2.1:40001")
	dialled := tableConn(sip.TCP, "", "192.0.2.9:5060")
	if tab.find(dialled.flow) != nil {
		t.Error("found in an empty table")
	}
	if !tab.addAccepted(accepted) || !tab.addAccepted(secure) || !tab.addDialled(dialled) {
		t.Fatal("an empty table is full")
	}
	other := dialled.flow
	other.Remote = netip.MustParseAddrPort("192.0.2.9:5070")
	tests := []struct {
		name string
		flow Flow
		want *conn
	}{
		{"dialled", dialled.flow, dialled},
		{"another port", other, nil},
		{"accepted", accepted.flow, accepted},
		{"accepted by its remote", accepted.flow.dialled(), accepted},
		{"accepted TLS", secure.flow, secure},
		{"accepted TLS by its remote", secure.flow.dialled(), nil},
	}
	for _, test := range tests {
		if got := tab.find(test.flow); got != test.want {
			t.Errorf("%s: found %v", test.name, got)
		}
	}
	if got := tab.remove(accepted); !slices.Equal(got, []Flow{accepted.flow, accepted.flow.dialled()}) {
		t.Errorf("used under %v", got)
	}
	if got := tab.remove(accepted); got != nil {
		t.Errorf("removed twice: %v", got)
	}
	if got := tab.remove(secure); !slices.Equal(got, []Flow{secure.flow}) {
		t.Errorf("used under %v", got)
	}
	if tab.accepted != 0 || len(tab.perSource) != 0 || len(tab.reusable) != 0 {
		t.Errorf("left behind: %+v", tab)
	}
}

func TestTableRemovesOnlyTheOneMeant(t *testing.T) {
	tab := newTable(Limits{}.withDefaults())
	old, young := tableConn(sip.TCP, "", "192.0.2.9:5060"), tableConn(sip.TCP, "", "192.0.2.9:5060")
	tab.addDialled(old)
	tab.remove(old)
	tab.addDialled(young)
	if got := tab.remove(old); got != nil || tab.find(young.flow) != young || tab.dialled != 1 {
		t.Errorf("the old one took %v along", got)
	}
}

func TestTableCountsIPv6SourcesByTheirNetwork(t *testing.T) {
	tab := newTable(Limits{ConnectionsPerSource: 1}.withDefaults())
	local := "[2001:db8::2]:5060"
	if !tab.addAccepted(tableConn(sip.TCP, local, "[2001:db8:1::1]:40000")) {
		t.Fatal("an empty table is full")
	}
	if tab.addAccepted(tableConn(sip.TCP, local, "[2001:db8:1::2]:40000")) {
		t.Error("a neighbour in the same /64 counts as another source")
	}
	if !tab.addAccepted(tableConn(sip.TCP, local, "[2001:db8:2::1]:40000")) {
		t.Error("another network was refused")
	}
}
