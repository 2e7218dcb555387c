package sipua

import (
	"errors"
	"log/slog"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// receive is an event of the transport layer.
func (a *Agent) receive(e transport.Event) {
	switch e.Kind {
	case transport.Received:
		a.receiveMessage(e)
	case transport.Failed:
		a.log.Debug("flow failed", "error", e.Err)
		a.table.Fail(a.now, e.Flow, e.Err)
		a.flowFailed(e.Flow, e.Err)
	case transport.Pong:
		a.pong(e.Flow)
	case transport.Bound:
		a.bound(e.Flow, e.Binding)
	}
}

// receiveMessage hands a message to the transactions. A request from a stranger is dropped in silence before it costs
// anything: no answer tells a scanner that nobody is here. Responses need no check, they must know a branch of 128
// random bits.
func (a *Agent) receiveMessage(e transport.Event) {
	m := e.Message
	if m == nil {
		return
	}
	isTrusted := !m.IsRequest() || a.trusts(e.Flow, m)
	if a.cfg.Trace && isTrusted {
		a.trace(false, e.Flow, m)
	}
	switch {
	case !isTrusted:
		a.logStranger(e.Flow, m)
	case e.Err != nil:
		a.refuseMalformed(e)
	case !m.IsRequest() && len(m.Via) != 1:
		a.log.Debug("response with several Via is not for us", "from", e.Flow.Remote) // RFC 3261 section 8.1.3.3
	default:
		a.transactionEvent(a.table.Receive(a.now, e.Flow, m))
	}
}

// logStranger notes a dropped request for those who look for a misconfigured PBX; without debug logging it costs nothing,
// since this is what a flood meets.
func (a *Agent) logStranger(f transport.Flow, m *sip.Message) {
	if a.log.Enabled(a.ctx, slog.LevelDebug) {
		a.log.Debug("request of a stranger dropped", "method", m.Method, "from", f.Remote)
	}
}

// refuseMalformed answers a request that cannot be understood, without a transaction. An ACK is never answered, nor is
// a response.
func (a *Agent) refuseMalformed(e transport.Event) {
	m := e.Message
	var syntax *sip.SyntaxError
	if !errors.As(e.Err, &syntax) || syntax.Status == 0 || !m.IsRequest() || m.Method == sip.ACK || len(m.Via) == 0 {
		return
	}
	a.statelessly(e.Flow, m, syntax.Status)
}

// statelessly answers a request outside the transaction table.
func (a *Agent) statelessly(f transport.Flow, m *sip.Message, status int) {
	transaction.Stamp(f, &m.Via[0])
	response := sip.NewResponse(m, status, "")
	if response.To.Tag() == "" {
		response.To.Params = response.To.Params.With("tag", a.token())
	}
	a.Send(transaction.ReplyFlow(f, &m.Via[0]), response.Append(nil))
}

// transactionEvent is what a message or time means to us, by the table's judgement.
func (a *Agent) transactionEvent(e transaction.Event) {
	switch e.Kind {
	case transaction.None:
	case transaction.Request:
		a.serve(e)
	case transaction.Ack:
		if d := a.findDialog(e.Message); d != nil {
			a.serveAck(d, e.Message)
		}
	case transaction.Cancel:
		a.serveCancel(e.Server, e.Invite)
	case transaction.Response:
		if errand, ok := e.Client.Owner.(*errand); ok {
			a.response(errand, e.Client, e.Message)
		}
	case transaction.Failed:
		if errand, ok := clientOwner(e); ok {
			a.failed(errand, e.Client, e.Err)
		}
	case transaction.Ended:
	case transaction.Overload:
		if e.Message.Method != sip.ACK {
			a.statelessly(e.Flow, e.Message, 503)
		}
	}
}

// clientOwner is the errand of a failed client transaction. A server transaction that fails had a refusal whose ACK
// never came: nothing depends on it.
func clientOwner(e transaction.Event) (*errand, bool) {
	if e.Client == nil {
		return nil, false
	}
	owner, ok := e.Client.Owner.(*errand)
	return owner, ok
}
