package sipua

import (
	"net/netip"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// trusts tells whether a request may come from where it came. Names in a message are no proof of anything, only the
// address it came from is, and the identifiers of a dialog that only its peer can know.
//
//	source                       outside dialogs   in its dialog   in another   challenges answered
//	an account's server          yes               yes             yes          yes
//	Config.Peers, AllowDirect    yes               yes             yes          no
//	the peer of a call           silence           yes             silence      no
//	anybody else                 silence           silence         silence      no
func (a *Agent) trusts(f transport.Flow, m *sip.Message) bool {
	source := f.Remote.Addr().Unmap()
	if a.cfg.AllowDirect || a.isServer(source) || a.isPeer(source) {
		return true
	}
	d := a.findDialog(m)
	return d != nil && d.isUsedBy(source)
}

// isServer tells whether an address is one of an account's servers.
func (a *Agent) isServer(source netip.Addr) bool {
	for _, acc := range a.accounts {
		if acc.proxies[source] {
			return true
		}
	}
	return false
}

// isPeer tells whether an address is in one of the networks of Config.Peers.
func (a *Agent) isPeer(source netip.Addr) bool {
	for _, p := range a.cfg.Peers {
		if p.Contains(source) {
			return true
		}
	}
	return false
}

// isUsedBy tells whether the dialog has to do with an address: the peer was seen there, or our requests go there. It
// keeps somebody who overheard the tags from hanging up, unless he can forge addresses as well.
func (d *dialog) isUsedBy(source netip.Addr) bool {
	if d.peer.Remote.Addr().Unmap() == source || d.ackFlow.Remote.Addr().Unmap() == source {
		return true
	}
	for _, t := range d.hop.targets {
		if t.Addr.Addr().Unmap() == source {
			return true
		}
	}
	numeric, err := netip.ParseAddr(d.target.Host)
	return err == nil && numeric.Unmap() == source
}

// accountOf is the account a Request-URI is for, by our secret Contact user or the account's public one.
func (a *Agent) accountOf(u sip.URI) *account {
	for _, acc := range a.accounts {
		if u.User == acc.contactUser {
			return acc
		}
	}
	for _, acc := range a.accounts {
		if u.User == acc.aor.User {
			return acc
		}
	}
	return nil
}

// isOurs tells whether a Request-URI names somebody who lives here. A direct caller may use any name; the pings of PBXs
// often have none.
func (a *Agent) isOurs(m *sip.Message, source netip.Addr) bool {
	isPing := m.Method == sip.OPTIONS && m.URI.User == ""
	return a.accountOf(m.URI) != nil || isPing || a.cfg.AllowDirect || a.isPeer(source)
}
