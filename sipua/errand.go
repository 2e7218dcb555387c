package sipua

import (
	"errors"
	"fmt"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

type (
	clientTx = transaction.Client
	serverTx = transaction.Server
)

// Reasons for which a request gets no response at all.
var (
	errNoTarget = errors.New("no server to send to")
	errGivenUp  = errors.New("given up")
)

// errand is one request on its way to a final response: it outlives the transactions that carry it, because a server
// may fail (RFC 3263 section 4.3: the next one, a new branch, otherwise identical) or ask for credentials (RFC 3261
// section 22.2: the same server, a new branch, the next CSeq).
//
//	targets -> send --- 1xx ----------------------------> heard
//	            ^  |--- 401, 407, credentials known --> send again
//	            |  |--- 503, no answer, unreachable --> next target, or heard(nil)
//	            +--+--- any other final response -------> heard
type errand struct {
	account *account // whose credentials may be used; nil for none
	message *sip.Message
	seq     *uint32  // CSeq counter of the dialog or registration
	targets []target // still to be tried
	at      target   // where it is now
	attempt digest.Attempt
	tx      *clientTx
	secure  bool // Contact must be sips
	isOver  bool // the final response was heard, or that there is none

	// prepare completes a copy of the message for the flow it leaves on, such as Contact.
	prepare func(m *sip.Message, f transport.Flow)
	// heard gets each response; m is nil when the last target has failed with err.
	heard func(m *sip.Message, err error)
}

// start sends the errand to the first of its targets.
func (a *Agent) start(e *errand, targets []target) {
	e.targets = targets
	a.tryNext(e, errNoTarget)
}

// tryNext sends the errand to its next target; with none left it reports why the last one failed.
func (a *Agent) tryNext(e *errand, reason error) {
	if len(e.targets) == 0 {
		e.finish(nil, reason)
		return
	}
	if e.at.Addr.IsValid() { // a server that fails quietly, by its certificate say, would be noticed when the next one fails
		a.log.Warn("server failed, taking the next one", "method", e.message.Method, "server", e.at.Addr, "next", e.targets[0].Addr, "error", reason)
	}
	e.at, e.targets = e.targets[0], e.targets[1:]
	e.attempt = digest.Attempt{} // another server has nonces of its own
	a.dispatch(e)
}

// dispatch starts a transaction for the errand at its present target.
func (a *Agent) dispatch(e *errand) {
	m := a.compose(e)
	flow := a.flowTo(e.at)
	m.Via = []sip.Via{a.via(flow)}
	if e.at.Transport == sip.UDP && !e.at.isLast && len(m.Append(nil)) > mtuLimit {
		flow = a.switchToTCP(e)
		m.Via = []sip.Via{a.via(flow)}
	}
	tx, err := a.table.Request(a.now, flow, m)
	if err != nil {
		a.tryNext(e, fmt.Errorf("%s to %v: %w", m.Method, e.at.Addr, err))
		return
	}
	tx.Owner = e
	e.tx = tx
}

// compose completes a copy of the errand's message, all but Via. What it says of us, such as Contact, is for the
// transport of the target, also when only this one request is too large for that.
func (a *Agent) compose(e *errand) *sip.Message {
	m := e.message.Clone()
	if e.prepare != nil {
		usual := e.at
		if usual.isSwitched {
			usual.Transport = sip.UDP
		}
		e.prepare(m, a.flowTo(usual))
	}
	if a.cfg.UserAgent != "" {
		m.Header.Add("User-Agent", a.cfg.UserAgent)
	}
	if e.mayAuthenticate() {
		for _, f := range e.account.digest.Authorize(&e.attempt, digest.Request{Method: m.Method, URI: m.URI.String(), Body: m.Body}) {
			m.Header.Add(f.Name, f.Value)
		}
	}
	return m
}

// mtuLimit is the size above which a request goes by TCP (RFC 3261 section 18.1.1).
const mtuLimit = 1300

// switchToTCP moves the errand to TCP at the same address for this request, with UDP as the next target should that
// fail: many servers do not listen on TCP.
func (a *Agent) switchToTCP(e *errand) transport.Flow {
	last := e.at
	last.isLast = true
	e.targets = append([]target{last}, e.targets...)
	e.at.Transport, e.at.flow, e.at.isSwitched = sip.TCP, transport.Flow{}, true
	return a.flowTo(e.at)
}

// mayAuthenticate keeps the password's digest from everybody but the account's own servers: a caller who answers our
// BYE with 407 would else collect material for guessing it.
func (e *errand) mayAuthenticate() bool {
	return e.account != nil && e.account.proxies[e.at.Addr.Addr().Unmap()]
}

// response is a response for the errand's present transaction.
func (a *Agent) response(e *errand, tx *clientTx, m *sip.Message) {
	if e.tx != tx {
		return // of a transaction given up
	}
	switch {
	case m.Status == 503 && !tx.Cancelled() && len(e.targets) > 0:
		a.tryNext(e, fmt.Errorf("%v answered 503", e.at.Addr))
	case (m.Status == 401 || m.Status == 407) && e.mayAuthenticate() && !tx.Cancelled():
		a.challenged(e, m)
	default:
		if m.Status >= 200 && e.mayAuthenticate() {
			_ = e.account.digest.Accepted(&e.attempt, m.Header.Get("Authentication-Info")) // advice only
		}
		e.finish(m, nil)
	}
}

// finish hands a response, or the lack of one, to the errand's owner. A 2xx to INVITE may come several times.
func (e *errand) finish(m *sip.Message, err error) {
	if m == nil {
		e.tx = nil
	}
	e.isOver = e.isOver || m == nil || m.Status >= 200
	e.heard(m, err)
}

// isPending tells whether an errand still waits for its final response; a nil one does not.
func (e *errand) isPending() bool { return e != nil && !e.isOver }

// challenged answers a challenge, or reports it when it cannot be answered: the error says why.
func (a *Agent) challenged(e *errand, m *sip.Message) {
	name := "WWW-Authenticate"
	if m.Status == 407 {
		name = "Proxy-Authenticate"
	}
	if err := e.account.digest.Challenged(&e.attempt, m.Status, lines(m, name)); err != nil {
		e.finish(m, err)
		return
	}
	a.sendAgain(e)
}

// sendAgain sends the errand to the same server as a new request: next CSeq, new branch.
func (a *Agent) sendAgain(e *errand) {
	*e.seq++
	e.message.CSeq.Seq = *e.seq
	e.isOver = false
	a.dispatch(e)
}

// failed is a transaction that ended without a final response. Only a server that said nothing at all is passed over.
func (a *Agent) failed(e *errand, tx *clientTx, err error) {
	if e.tx != tx {
		return
	}
	err = fmt.Errorf("%s %v: %w", e.at.Transport, e.at.Addr, err)
	a.suspect(e, err)
	if tx.Answered() || tx.Cancelled() {
		e.finish(nil, err)
		return
	}
	a.tryNext(e, err)
}

// suspect lets a registration move when a call finds that its server is silent: the next visitor should not wait for the
// same timer again.
func (a *Agent) suspect(e *errand, err error) {
	acc := e.account
	isSilent := !e.tx.Answered() && errors.Is(err, transaction.ErrTimeout)
	if acc != nil && isSilent && acc.hasPinned && e.at.same(acc.pinned) {
		a.flowLost(acc, err)
	}
}

// lines are the values of a field, one for each line: challenges contain commas of their own.
func lines(m *sip.Message, name string) []string {
	var list []string
	for _, f := range m.Header {
		if f.Name == name {
			list = append(list, f.Value)
		}
	}
	return list
}
