package transaction

import "time"

// otherAnswered is the server machine of every method but INVITE.
//
//	      | request: up
//	      v
//	+-----------+  UDP, 3.5 s without an answer: 100 (RFC 4320)
//	|  Trying   |  64*T1: Ended, the client has given up
//	+-----------+
//	      | 100
//	      v
//	+-----------+  request again: 100
//	| Proceeding|  64*T1: Ended
//	+-----------+
//	      | 200-699                   (also straight from Trying)
//	      v
//	+-----------+  request again: response
//	| Completed |  timer J (64*T1 UDP, 0 TCP): Ended
//	+-----------+
//
// https://www.rfc-editor.org/rfc/rfc3261#section-17.2.2
// https://www.rfc-editor.org/rfc/rfc4320#section-4
func (t *Table) otherAnswered(now time.Time, s *Server, status int) {
	if status < 200 {
		s.state = ServerProceeding
		s.entry.timers.again = time.Time{}
		t.agenda.set(&s.entry)
		return
	}
	limit := 64 * t.t1
	if reliable(s.flow) {
		limit = 0
	}
	t.setServer(now, s, ServerCompleted, limit)
}
