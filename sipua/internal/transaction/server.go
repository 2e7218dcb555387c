package transaction

import (
	"fmt"
	"net/netip"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// ServerState is a state of the server machines.
type ServerState uint8

const (
	// ServerTrying has sent no response yet.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.2.2
	ServerTrying ServerState = iota
	// ServerProceeding has sent a 1xx and repeats it for each repetition of the request.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1
	ServerProceeding
	// ServerAccepted has sent a 2xx to an INVITE. It absorbs repetitions; the user repeats the 2xx until its ACK.
	//
	// https://www.rfc-editor.org/rfc/rfc6026#section-7.1
	ServerAccepted
	// ServerCompleted has sent its final response: a refused INVITE waits for ACK, others repeat the response on demand.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1
	ServerCompleted
	// ServerConfirmed has the ACK of a refused INVITE and absorbs further ones.
	//
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1
	ServerConfirmed
	// ServerTerminated has left the table.
	ServerTerminated
)

// String is the RFC's name of the state.
func (s ServerState) String() string {
	return [...]string{"Trying", "Proceeding", "Accepted", "Completed", "Confirmed", "Terminated"}[s]
}

// Server is one server transaction. The table changes it; the user reads it through its methods.
type Server struct {
	Owner any // the user's own, such as the call it belongs to

	entry    entry
	key      serverKey
	merge    mergeKey
	state    ServerState
	request  *sip.Message
	response []byte // the last response, as it is repeated
	toTag    string // To tag of the last response
	flow     transport.Flow
}

// Request is the request, its topmost Via completed with received and rport.
func (s *Server) Request() *sip.Message { return s.request }

// Flow is where responses go.
func (s *Server) Flow() transport.Flow { return s.flow }

// State is the state of the machine.
func (s *Server) State() ServerState { return s.state }

// invite tells the two server machines apart.
func (s *Server) invite() bool { return s.key.method == sip.INVITE }

// newServer starts the transaction of a request. An INVITE that the user does not answer within 200 ms gets 100 from
// here; another request only when its client has slowed down to T2, and only over UDP (RFC 4320 section 4.1).
func (t *Table) newServer(now time.Time, key serverKey, flow transport.Flow, m *sip.Message) *Server {
	s := &Server{key: key, request: m, flow: ReplyFlow(flow, &m.Via[0]), entry: entry{place: -1}}
	s.entry.server = s
	t.servers[key] = s
	switch {
	case s.invite():
		s.entry.timers.again = now.Add(200 * time.Millisecond)
	case !reliable(flow):
		s.entry.timers.again = now.Add(t.reachesT2())
	}
	if !s.invite() {
		s.entry.timers.end = now.Add(64 * t.t1)
	}
	t.agenda.set(&s.entry)
	return s
}

// reachesT2 is how long after its first sending a client's timer E is set to T2.
func (t *Table) reachesT2() time.Duration {
	sum := time.Duration(0)
	for e := t.t1; e < t.t2; e *= 2 {
		sum += e
	}
	return sum
}

// Respond sends a response of the user, which must have the request's Via list (sip.NewResponse). The error is
// ErrState when the transaction has a final response already, the 2xx to an INVITE excepted, which the user repeats
// itself, and for a 1xx other than 100 or a 408 to a non-INVITE request (RFC 4320).
func (t *Table) Respond(now time.Time, s *Server, m *sip.Message) error {
	if !s.admits(m.Status) {
		return fmt.Errorf("%s %d in state %v: %w", s.key.method, m.Status, s.state, ErrState)
	}
	s.response = m.Append(nil)
	s.toTag = m.To.Tag()
	t.send.Send(s.flow, s.response)
	if s.invite() {
		t.inviteAnswered(now, s, m.Status)
	} else {
		t.otherAnswered(now, s, m.Status)
	}
	return nil
}

// admits tells whether a response may be sent in the present state.
func (s *Server) admits(status int) bool {
	switch s.state {
	case ServerTrying, ServerProceeding:
		forbidden := status == 408 || status > 100 && status < 200
		return s.invite() || !forbidden
	case ServerAccepted:
		return status/100 == 2
	case ServerCompleted, ServerConfirmed, ServerTerminated:
	}
	return false
}

// setServer is the only writer of a server's state, apart from the end. The limit counts from now; negative is none.
func (t *Table) setServer(now time.Time, s *Server, state ServerState, limit time.Duration) {
	s.state = state
	s.entry.timers = timers{}
	if limit >= 0 {
		s.entry.timers.end = now.Add(limit)
	}
	t.agenda.set(&s.entry)
}

// endServer takes the transaction out of the table.
func (t *Table) endServer(s *Server) {
	s.state = ServerTerminated
	t.agenda.drop(&s.entry)
	delete(t.servers, s.key)
	if t.ongoing[s.merge] == s {
		delete(t.ongoing, s.merge)
	}
}

// advanceServer does what is due: the automatic 100, a repetition of the refusal, or the end.
func (t *Table) advanceServer(now time.Time, s *Server) Event {
	if end := s.entry.timers.end; !end.IsZero() && !end.After(now) {
		return t.expireServer(s)
	}
	if s.state == ServerTrying {
		t.sendTrying(s)
		return Event{}
	}
	t.send.Send(s.flow, s.response)
	s.entry.timers.interval = min(2*s.entry.timers.interval, t.t2)
	s.entry.timers.again = s.entry.timers.again.Add(s.entry.timers.interval)
	t.agenda.set(&s.entry)
	return Event{}
}

// sendTrying is the 100 that stops the client's repetitions while the user thinks. The limit of a
// non-INVITE stays.
func (t *Table) sendTrying(s *Server) {
	s.response = sip.NewResponse(s.request, 100, "").Append(nil)
	s.state = ServerProceeding
	s.entry.timers.again = time.Time{}
	t.agenda.set(&s.entry)
	t.send.Send(s.flow, s.response)
}

// expireServer is the end of a state's time. A refused INVITE whose ACK never came has failed (timer H); a request
// the user did not answer in time just goes, its client has given up (RFC 4320 section 4.2).
func (t *Table) expireServer(s *Server) Event {
	failed := s.invite() && s.state == ServerCompleted
	t.endServer(s)
	if failed {
		return Event{Kind: Failed, Server: s, Err: ErrTimeout}
	}
	return Event{Kind: Ended, Server: s}
}

// rerouteServer sends the last response to the address in the Via when the connection of the request has closed.
func (t *Table) rerouteServer(s *Server) {
	if !reliable(s.flow) || s.state == ServerConfirmed {
		return
	}
	port := sentByPort(&s.request.Via[0])
	if s.flow.Remote.Port() == port {
		return // this was the second way already
	}
	s.flow.Local = netip.AddrPort{} // a connection still to be made
	s.flow.Remote = withPort(s.flow.Remote, port)
	if s.response != nil {
		t.send.Send(s.flow, s.response)
	}
}
