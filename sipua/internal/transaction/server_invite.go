package transaction

import "time"

// inviteAnswered is the INVITE server machine's reaction to a response of the user.
//
//	             | INVITE: up
//	             v
//	       +-----------+  200 ms without an answer: 100
//	       |  Trying   |
//	       +-----------+
//	             | 1xx from the user
//	             v
//	       +-----------+  INVITE again: last 1xx
//	       | Proceeding|
//	       +-----------+
//	      2xx |     | 300-699               (both also straight from Trying)
//	          v     v
//	+----------+   +-----------+  INVITE again or timer G (T1 doubling to T2, UDP): response
//	| Accepted |   | Completed |  timer H (64*T1): Failed
//	+----------+   +-----------+
//	 ACK: up;            | ACK
//	 timer L (64*T1):    v
//	 Ended         +-----------+  ACK is absorbed
//	               | Confirmed |  timer I (T4 UDP, 0 TCP): Ended
//	               +-----------+
//
// https://www.rfc-editor.org/rfc/rfc3261#section-17.2.1
// https://www.rfc-editor.org/rfc/rfc6026#section-7.1
func (t *Table) inviteAnswered(now time.Time, s *Server, status int) {
	switch {
	case status < 200:
		t.setServer(now, s, ServerProceeding, -1)
	case status < 300:
		if s.state != ServerAccepted { // repetitions do not prolong timer L
			t.setServer(now, s, ServerAccepted, 64*t.t1)
		}
	default:
		t.setServer(now, s, ServerCompleted, 64*t.t1)
		if !reliable(s.flow) {
			s.entry.timers.interval = t.t1
			s.entry.timers.again = now.Add(t.t1)
			t.agenda.set(&s.entry)
		}
	}
}

// inviteAcked is the ACK of a refused INVITE. It tells whether the ACK is for the user instead.
func (t *Table) inviteAcked(now time.Time, s *Server) (up bool) {
	switch s.state {
	case ServerCompleted:
		limit := t.t4
		if reliable(s.flow) {
			limit = 0
		}
		t.setServer(now, s, ServerConfirmed, limit)
	case ServerAccepted:
		return true
	case ServerTrying, ServerProceeding, ServerConfirmed, ServerTerminated:
		// Nothing waits for this ACK.
	}
	return false
}
