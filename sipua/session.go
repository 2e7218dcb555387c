package sipua

import (
	"strconv"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// leastSession is the shortest session interval we agree to (RFC 4028 section 5 forbids to ask for less).
const leastSession = 90 * time.Second

// maxSession bounds an interval, so that a peer cannot make the arithmetic overflow.
const maxSession = 24 * time.Hour

// session is the timer of RFC 4028 that lets both sides notice that a call has died without BYE. It is passive.
//
//	time          0 ........ SE/2 ......... SE - min(32 s, SE/3) ... SE
//	refresher     |          refresh sent   BYE if none was answered
//	other side    |                         BYE if none came
type session struct {
	interval  time.Duration // 0 is no timer
	weRefresh bool
	refreshAt time.Time
	endAt     time.Time
}

// agree starts the interval anew with the terms of a 2xx.
func (s *session) agree(now time.Time, interval time.Duration, weRefresh bool) {
	*s = session{interval: interval, weRefresh: weRefresh}
	if interval == 0 {
		return
	}
	s.endAt = now.Add(interval - min(32*time.Second, interval/3)) // RFC 4028 section 10
	if weRefresh {
		s.refreshAt = now.Add(interval / 2)
	}
}

// due is when the timer wants attention.
func (s *session) due() time.Time { return earliest(s.refreshAt, s.endAt) }

// field is the Session-Expires of a request of ours.
func (s *session) field(asked time.Duration) string {
	if s.interval == 0 {
		return seconds(asked)
	}
	if s.weRefresh {
		return seconds(s.interval) + ";refresher=uac"
	}
	return seconds(s.interval) + ";refresher=uas"
}

// seconds writes delta-seconds.
func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// sessionTerms reads Session-Expires. refresher is "uac", "uas" or empty.
func sessionTerms(m *sip.Message) (interval time.Duration, refresher string, ok bool) {
	e, err := sip.ParseSessionExpires(m.Header.Get("Session-Expires"))
	if err != nil {
		return 0, "", false
	}
	return min(time.Duration(e.Seconds)*time.Second, maxSession), e.Refresher, true
}

// addSession asks for a session timer in a request that starts or refreshes a session.
func (a *Agent) addSession(c *call, m *sip.Message) {
	if a.cfg.SessionExpires < 0 {
		return
	}
	m.Header.Set("Session-Expires", c.session.field(max(a.cfg.SessionExpires, c.leastSE)))
	m.Header.Set("Min-SE", seconds(max(leastSession, c.leastSE)))
}

// sessionAnswered takes the terms of the peer's 2xx: we are the UAC of this exchange, whoever called whom.
func (a *Agent) sessionAnswered(c *call, m *sip.Message) {
	if m.Header.Has("Allow") {
		c.peerUpdates = m.Header.HasToken("Allow", sip.UPDATE)
	}
	interval, refresher, _ := sessionTerms(m)
	c.session.agree(a.now, interval, refresher != "uas")
}

// sessionAccepted gives the terms of our 2xx to the peer's request: we are the UAS. A peer without timers of its own
// cannot refresh, so we do (RFC 4028 section 9).
//
//	request                             our 2xx                             refreshes
//	no Session-Expires                  none                                nobody
//	SE;refresher=uac                    SE;refresher=uac, Require: timer    the peer
//	SE;refresher=uas                    SE;refresher=uas                    we
//	SE, Supported: timer                SE;refresher=uac, Require: timer    the peer
//	SE of a proxy, peer without timer   SE;refresher=uas                    we
func (a *Agent) sessionAccepted(c *call, request, response *sip.Message) {
	if request.Header.Has("Allow") {
		c.peerUpdates = request.Header.HasToken("Allow", sip.UPDATE)
	}
	interval, refresher, ok := sessionTerms(request)
	if !ok {
		c.session = session{}
		return
	}
	interval = max(interval, leastSession)
	peerKnows := request.Header.HasToken("Supported", "timer")
	weRefresh := refresher == "uas" || !peerKnows
	c.session.agree(a.now, interval, weRefresh)
	if weRefresh {
		response.Header.Set("Session-Expires", seconds(interval)+";refresher=uas")
		return
	}
	response.Header.Set("Session-Expires", seconds(interval)+";refresher=uac")
	response.Header.Add("Require", "timer")
}

// isTooBrief tells whether a request wants an interval we refuse with 422. A peer without timers would not understand
// that (RFC 4028 section 9); it gets a longer one.
func isTooBrief(m *sip.Message) bool {
	interval, _, ok := sessionTerms(m)
	return ok && interval < leastSession && m.Header.HasToken("Supported", "timer")
}

// adoptMinSE takes the Min-SE of a 422, a bounded number of times.
func (a *Agent) adoptMinSE(c *call, m *sip.Message) bool {
	n, err := sip.ParseMinSE(m.Header.Get("Min-SE"))
	least := time.Duration(n) * time.Second
	if err != nil || least <= c.leastSE || least > maxSession || c.tries422 >= 3 {
		return false
	}
	c.tries422++
	c.leastSE = least
	if c.session.interval != 0 {
		c.session.interval = max(c.session.interval, least)
	}
	return true
}

// retryWithSession sends an errand again after 422.
func (a *Agent) retryWithSession(c *call, e *errand) {
	a.addSession(c, e.message)
	a.sendAgain(e)
}

// sessionDue refreshes the session, or ends the call because nobody has.
func (a *Agent) sessionDue(c *call) {
	switch {
	case c.state != callEstablished:
		c.session = session{}
	case isDue(c.session.endAt, a.now):
		a.bye(c)
		a.end(c, Ended{By: Trouble, Reason: "session expired"})
	case c.offer.isPending() || c.accept.response != nil:
		c.session.refreshAt = a.now.Add(5 * time.Second)
	default:
		c.session.refreshAt = time.Time{}
		a.refreshSession(c)
	}
}

// refreshSession sends UPDATE without a body where the peer knows it, else a re-INVITE with the session as it is.
func (a *Agent) refreshSession(c *call) {
	if !c.peerUpdates {
		c.offer = negotiation{sdp: c.localSDP, isRefresh: true}
		a.sendOffer(c)
		return
	}
	d := c.dialog
	m := d.request(sip.UPDATE, d.nextSeq())
	a.addCapabilities(m)
	a.addSession(c, m)
	complete := func(m *sip.Message, f transport.Flow) { a.setContact(m, c.account, f, c.secure) }
	var e *errand
	e = a.sendInDialog(d, m, complete, func(m *sip.Message, err error) { a.refreshHeard(c, e, m) })
}

// refreshHeard is a response to our UPDATE. One that is refused for itself makes place for a re-INVITE; no answer at
// all leaves it to the end of the interval.
func (a *Agent) refreshHeard(c *call, e *errand, m *sip.Message) {
	switch {
	case m == nil || m.Status < 200 || c.isOver():
	case m.Status < 300:
		c.dialog.setTarget(m)
		a.sessionAnswered(c, m)
	case m.Status == 422 && a.adoptMinSE(c, m):
		a.retryWithSession(c, e)
	case m.Status == 405 || m.Status == 501 || m.Status == 415 || m.Status == 420:
		c.peerUpdates = false
		c.session.refreshAt = a.now
	default:
		c.session.refreshAt = a.now.Add(5 * time.Second)
	}
}
