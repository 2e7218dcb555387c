package sipua

import (
	"slices"
	"strings"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/sip"
)

// known are methods with a specification: one we do not serve gets 405, an invented one 501.
var known = []string{
	sip.INVITE, sip.ACK, sip.BYE, sip.CANCEL, sip.REGISTER, sip.OPTIONS, sip.INFO, sip.UPDATE, sip.PRACK, sip.REFER,
	sip.NOTIFY, sip.SUBSCRIBE, sip.MESSAGE, sip.PUBLISH,
}

// serve is a new request: the checks of RFC 3261 section 8.2 in their order, then its method.
func (a *Agent) serve(e transaction.Event) {
	m, tx := e.Message, e.Server
	if status, fields := a.inspect(e); status != 0 {
		a.reply(tx, status, fields...)
		return
	}
	if m.To.Tag() != "" {
		a.serveInDialog(e)
		return
	}
	switch m.Method {
	case sip.INVITE:
		a.serveInvite(tx, e.Flow)
	case sip.OPTIONS:
		a.serveOptions(tx)
	default: // BYE, INFO, PRACK, UPDATE, REFER: only in a dialog
		a.reply(tx, 481)
	}
}

// inspect finds the reason to refuse a request, with the fields that go with it; 0 means there is none.
//
//	status  reason                                              RFC 3261 section
//	501     a method nobody has specified                       8.2.1
//	405     one we do not serve, with Allow                     8.2.1
//	416     a Request-URI that is no SIP URI                    8.2.2.1
//	482     the same request runs on another path               8.2.2.2
//	404     nobody of that name here                            8.2.2.1
//	420     Require with an unknown tag, with Unsupported       8.2.2.3
//	422     a session interval below 90 s, with Min-SE          RFC 4028 section 9
//	406     the caller does not take session descriptions       21.4.7
//	415     a body we cannot read, with Accept                  8.2.3
//	481     a dialog or transaction we do not know              12.2.2
//	500     a CSeq lower than the last                          12.2.2
func (a *Agent) inspect(e transaction.Event) (status int, fields []sip.Field) {
	m := e.Message
	switch {
	case !slices.Contains(known, m.Method):
		return 501, []sip.Field{{Name: "Allow", Value: a.allowed()}}
	case !a.serves(m.Method):
		return a.refuseMethod(m)
	case !m.URI.IsSIP():
		return 416, nil
	case e.Merged:
		return 482, nil
	case m.To.Tag() == "" && !a.isOurs(m, e.Flow.Remote.Addr().Unmap()):
		return 404, nil
	}
	if bad := a.unsupported(m); bad != "" {
		return 420, []sip.Field{{Name: "Unsupported", Value: bad}}
	}
	if isTooBrief(m) {
		return 422, []sip.Field{{Name: "Min-SE", Value: seconds(leastSession)}}
	}
	return inspectBody(m)
}

// serves tells whether the method is in Allow.
func (a *Agent) serves(method string) bool {
	return slices.Contains(strings.Split(a.allowed(), ", "), method)
}

// refuseMethod is 405, except that a stray NOTIFY learns that its subscription does not exist.
func (a *Agent) refuseMethod(m *sip.Message) (int, []sip.Field) {
	if m.Method == sip.NOTIFY {
		return 481, nil
	}
	return 405, []sip.Field{{Name: "Allow", Value: a.allowed()}}
}

// unsupported lists the tags of Require we do not understand (RFC 3261 section 8.2.2.3). Proxy-Require is for proxies.
func (a *Agent) unsupported(m *sip.Message) string {
	supported := a.supported()
	var bad []string
	for tag := range m.Header.Values("Require") {
		if !slices.Contains(supported, strings.ToLower(tag)) {
			bad = append(bad, tag)
		}
	}
	return strings.Join(bad, ", ")
}

// inspectBody checks what section 8.2.3 asks, and that the caller can read our session description. A body that may be
// ignored does not matter.
func inspectBody(m *sip.Message) (status int, fields []sip.Field) {
	if m.Method == sip.INVITE && m.Header.Has("Accept") && !accepts(m, typeSDP) {
		return 406, nil
	}
	if len(m.Body) == 0 || m.Method == sip.INFO || isOptional(m) {
		return 0, nil
	}
	if c := m.Header.Get("Content-Encoding"); c != "" && !strings.EqualFold(c, "identity") {
		return 415, []sip.Field{{Name: "Accept-Encoding", Value: "identity"}}
	}
	if carriesSDP(m.Method) && mediaType(m.Header.Get("Content-Type")) != typeSDP {
		return 415, []sip.Field{{Name: "Accept", Value: typeSDP}}
	}
	return 0, nil
}

// carriesSDP tells whether the only body a method may have here is a session description.
func carriesSDP(method string) bool {
	return method == sip.INVITE || method == sip.UPDATE || method == sip.PRACK
}

// isOptional tells whether the sender lets us ignore the body (RFC 3261 section 20.11).
func isOptional(m *sip.Message) bool {
	return strings.Contains(strings.ToLower(m.Header.Get("Content-Disposition")), "handling=optional")
}

// accepts tells whether a media type is among those of the Accept field.
func accepts(m *sip.Message, kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	for v := range m.Header.Values("Accept") {
		switch mediaType(v) {
		case kind, family + "/*", "*/*":
			return true
		}
	}
	return false
}

// serveOptions answers as an INVITE would be (RFC 3261 section 11.2).
func (a *Agent) serveOptions(tx *serverTx) {
	status := 200
	if a.isFull() && tx.Request().To.Tag() == "" {
		status = 486
	}
	a.reply(tx, status,
		sip.Field{Name: "Allow", Value: a.allowed()},
		sip.Field{Name: "Accept", Value: typeSDP},
		sip.Field{Name: "Accept-Encoding", Value: "identity"},
		sip.Field{Name: "Accept-Language", Value: "en"},
		sip.Field{Name: "Supported", Value: strings.Join(a.supported(), ", ")},
	)
}

// serveInDialog serves a request with a To tag: it must belong to a dialog and be in order.
func (a *Agent) serveInDialog(e transaction.Event) {
	tx := e.Server
	d := a.findDialog(e.Message)
	switch {
	case d == nil:
		a.reply(tx, 481)
	case !d.isOrdered(e.Message):
		a.reply(tx, 500)
	default:
		d.peer = e.Flow
		a.serveMethod(d, tx)
	}
}

// serveMethod serves a request in its dialog.
func (a *Agent) serveMethod(d *dialog, tx *serverTx) {
	switch tx.Request().Method {
	case sip.INVITE:
		a.serveReinvite(d, tx)
	case sip.BYE:
		a.serveBye(d, tx)
	case sip.UPDATE:
		a.serveUpdate(d, tx)
	case sip.PRACK:
		a.servePrack(d, tx)
	case sip.REFER:
		a.serveRefer(d, tx)
	case sip.INFO:
		a.serveInfo(d, tx)
	case sip.OPTIONS:
		a.serveOptions(tx)
	default:
		panic("BUG: a method in Allow is not served: " + tx.Request().Method)
	}
}
