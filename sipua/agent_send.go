package sipua

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"strings"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// allowed lists the methods this agent serves, as in its Allow field.
func (a *Agent) allowed() string {
	if a.cfg.AllowTransfer {
		return "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER"
	}
	return "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE"
}

// supported are the extensions we understand, in Require as well.
func (a *Agent) supported() []string {
	if a.cfg.AllowTransfer {
		return []string{"100rel", "timer", "replaces", "norefersub"}
	}
	return []string{"100rel", "timer"}
}

// Send transmits a packet for the transaction table and shows it to the trace.
func (a *Agent) Send(f transport.Flow, packet []byte) {
	if a.cfg.Trace {
		if m, err := sip.Parse(packet); err == nil {
			a.trace(true, f, m)
		}
	}
	a.layer.Send(f, packet)
}

// token is a random identifier of 128 bits: unguessable, hence nobody can answer, end or redirect what he has not
// seen (RFC 3261 section 19.3 asks for 32 bits at least).
func (a *Agent) token() string {
	var b [16]byte
	a.random(b[:])
	return hex.EncodeToString(b[:])
}

// fraction is a random number from 0 up to but not including 1.
func (a *Agent) fraction() float64 {
	var b [8]byte
	a.random(b[:])
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53)
}

// random fills b from Config.Rand.
func (a *Agent) random(b []byte) {
	if _, err := io.ReadFull(a.cfg.Rand, b); err != nil {
		panic("BUG: Config.Rand must not fail: " + err.Error())
	}
}

// between is a random time from low to high.
func (a *Agent) between(low, high time.Duration) time.Duration {
	return low + time.Duration(a.fraction()*float64(high-low))
}

// here is the local address for Via and Contact on a flow: that of the socket, or, when the socket is bound to all
// addresses or not open yet, the one the host would use towards the peer, with the port we listen on.
func (a *Agent) here(f transport.Flow) netip.AddrPort {
	local := f.Local
	if !local.IsValid() || f.Transport != sip.UDP {
		local = a.listening(f)
	}
	if local.IsValid() && !local.Addr().IsUnspecified() {
		return local
	}
	addr, err := a.layer.Source(f.Remote)
	if err != nil {
		a.log.Debug("no local address", "remote", f.Remote, "error", err)
		addr = local.Addr()
	}
	return netip.AddrPortFrom(addr.Unmap(), local.Port())
}

// listening is the socket of the flow's transport and address family, if there is one: where a peer may call back.
func (a *Agent) listening(f transport.Flow) netip.AddrPort {
	var other netip.AddrPort
	for _, l := range a.layer.Local(f.Transport) {
		if l.Addr().Is4() == f.Remote.Addr().Unmap().Is4() {
			return l
		}
		if l.Addr().Is6() && l.Addr().IsUnspecified() { // a socket for both families
			other = l
		}
	}
	return other
}

// via is a topmost Via with a fresh branch. rport is always asked for (RFC 3581 section 3).
func (a *Agent) via(f transport.Flow) sip.Via {
	here := a.here(f)
	return sip.Via{
		Transport: f.Transport,
		Host:      here.Addr().String(),
		Port:      int(here.Port()),
		Params:    sip.Params(";rport;branch=z9hG4bK" + a.token()),
	}
}

// contactURI is where the peer reaches us, by the account's secret user name (or the agent's, without account).
func (a *Agent) contactURI(acc *account, f transport.Flow, secure bool) sip.URI {
	here := a.here(f)
	if acc != nil && acc.public.IsValid() && acc.pinned.Transport == f.Transport && acc.pinned.Addr == f.Remote {
		here = acc.public
	}
	u := sip.URI{Scheme: "sip", User: a.contactUser(acc), Host: here.Addr().String(), Port: int(here.Port())}
	switch {
	case secure:
		u.Scheme = "sips" // RFC 3261 section 8.1.1.8
	case f.Transport == sip.TLS:
		u.Params = ";transport=tls" // deprecated by RFC 5630 section 3.1.4 and understood everywhere
	case f.Transport != sip.UDP:
		u.Params = u.Params.With("transport", lowerTransport(f.Transport))
	}
	return u
}

// lowerTransport is the URI parameter's spelling.
func lowerTransport(t string) string {
	switch t {
	case sip.TCP:
		return "tcp"
	case sip.SCTP:
		return "sctp"
	}
	return "udp"
}

// setContact puts our Contact into a message that creates or refreshes a dialog.
func (a *Agent) setContact(m *sip.Message, acc *account, f transport.Flow, secure bool) {
	m.Header.Set("Contact", sip.Address{URI: a.contactURI(acc, f, secure)}.String())
}

// addCapabilities writes what we can do: methods and extensions (RFC 3261 sections 20.5 and 20.37).
func (a *Agent) addCapabilities(m *sip.Message) {
	m.Header.Set("Allow", a.allowed())
	m.Header.Set("Supported", strings.Join(a.supported(), ", "))
}

// respond answers a request; an error of the table means that the transaction has gone, which loses nothing.
func (a *Agent) respond(tx *serverTx, m *sip.Message) {
	if a.cfg.UserAgent != "" {
		m.Header.Set("Server", a.cfg.UserAgent)
	}
	if err := a.table.Respond(a.now, tx, m); err != nil {
		a.log.Debug("response not sent", "status", m.Status, "error", err)
	}
}

// reply answers a request outside our dialogs with a status and extra fields. All but 100 carry a To tag (RFC 3261
// section 8.2.6.2).
func (a *Agent) reply(tx *serverTx, status int, fields ...sip.Field) {
	m := sip.NewResponse(tx.Request(), status, "")
	if m.To.Tag() == "" && status > 100 {
		m.To.Params = m.To.Params.With("tag", a.token())
	}
	m.Header = append(m.Header, fields...)
	a.respond(tx, m)
}
