package sipua

import (
	"strconv"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// advanceAccount does what is due for an account: begin to register, or to refresh.
func (a *Agent) advanceAccount(acc *account) {
	if isDue(acc.alive.due(), a.now) {
		a.advanceKeepAlive(acc)
	}
	if !isDue(acc.reg.next, a.now) {
		return
	}
	switch acc.reg.state {
	case regIdle, regActive:
		if a.closeBy.IsZero() {
			a.register(acc)
		}
	case regTrying, regRemoving:
		acc.reg.next = time.Time{} // an answer is awaited
	}
}

// register locates the servers and sends REGISTER to the first of them that works.
func (a *Agent) register(acc *account) {
	acc.reg.begin()
	round := acc.reg.round
	a.findTargets(acc.servers, func(list []target, err error) {
		if acc.reg.round != round || acc.reg.state != regTrying {
			return
		}
		acc.learn(list)
		if acc.cfg.NoRegister {
			acc.reg.setState(regActive, a.now.Add(trustFor))
			return
		}
		a.sendRegister(acc, list, err)
	})
}

// trustFor is how often the servers of an account without registration are located, to know who may call.
const trustFor = 5 * time.Minute

// sendRegister starts the errand. Without any target it fails for the reason why there is none.
func (a *Agent) sendRegister(acc *account, list []target, err error) {
	patience := 64*a.cfg.Timers.T1 + 5*time.Second // what a dead server may cost, without losing the binding meanwhile
	wantBetter := isDue(acc.reg.betterAt, a.now) && acc.reg.isRegistered(a.now.Add(patience))
	list = acc.order(list, wantBetter)
	if len(list) == 0 {
		a.registerFailed(acc, 0, 0, err)
		return
	}
	e := a.registerErrand(acc, acc.reg.asked)
	e.heard = func(m *sip.Message, err error) { a.registerHeard(acc, e, m, err) }
	acc.reg.errand = e
	a.start(e, list)
}

// registerErrand builds a REGISTER for our own binding (RFC 3261 section 10.2).
func (a *Agent) registerErrand(acc *account, lifetime time.Duration) *errand {
	r := &acc.reg
	r.seq++
	m := &sip.Message{
		Method: sip.REGISTER,
		URI:    acc.domain(),
		From:   acc.from(),
		To:     acc.from(),
		CallID: r.callID,
		CSeq:   sip.CSeq{Seq: r.seq, Method: sip.REGISTER},
	}
	m.From.Params = m.From.Params.With("tag", a.token())
	m.Header.Add("Max-Forwards", "70")
	a.addCapabilities(m)
	seconds := strconv.Itoa(int(lifetime / time.Second))
	e := &errand{account: acc, message: m, seq: &r.seq, secure: acc.secure()}
	e.prepare = func(m *sip.Message, f transport.Flow) {
		a.setRoute(m, acc.route(e.at))
		a.setBinding(acc, m, f, e.secure, seconds)
	}
	return e
}

// setBinding writes the Contact to bind. When our address has changed since the last grant, the old binding goes with
// the same request: nobody else would remove it.
func (a *Agent) setBinding(acc *account, m *sip.Message, f transport.Flow, secure bool, seconds string) {
	contact := sip.Address{URI: a.contactURI(acc, f, secure), Params: sip.Params(";expires=" + seconds)}
	m.Header.Set("Supported", m.Header.Get("Supported")+", path")
	if a.cfg.InstanceID != "" && !acc.isPlain {
		contact.Params += sip.Params(`;+sip.instance="<` + a.cfg.InstanceID + `>";reg-id=1`)
		m.Header.Set("Supported", m.Header.Get("Supported")+", outbound")
	}
	m.Header.Set("Contact", contact.String())
	m.Header.Set("Expires", seconds)
	if old := acc.contact; old.Host != "" && old != contact.URI {
		m.Header.Add("Contact", sip.Address{URI: old, Params: ";expires=0"}.String())
	}
}

// setRoute writes a route set of loose routers.
func (a *Agent) setRoute(m *sip.Message, routes []sip.Address) {
	m.Header.Del("Route")
	for _, r := range routes {
		m.Header.Add("Route", r.String())
	}
}

// unregister takes our own binding back, and nobody else's (RFC 3261 section 10.2.2). It is sent once: nobody waits.
func (a *Agent) unregister(acc *account) {
	r := &acc.reg
	r.round++
	standing := r.isRegistered(a.now)
	r.setState(regRemoving, time.Time{})
	r.errand = nil
	if !standing || !acc.hasPinned {
		return
	}
	e := a.registerErrand(acc, 0)
	e.heard = func(m *sip.Message, err error) {
		if m == nil || m.Status >= 200 {
			r.errand = nil
			r.expires = time.Time{}
			a.tell(Unregistered{Account: acc.cfg.AOR, Err: errGivenUp})
		}
	}
	r.errand = e
	a.start(e, []target{acc.pinned})
}
