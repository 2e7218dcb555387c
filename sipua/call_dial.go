package sipua

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// maxLegs bounds the branches of a forked call that are told apart.
const maxLegs = 16

// Reasons for which a call cannot be placed.
var (
	ErrTooManyCalls = errors.New("too many calls at once: see Config.MaxCalls")
	ErrNoAccount    = errors.New("no such account in Config.Accounts")
	ErrClosing      = errors.New("the agent is closing")
)

// Invitation is a call to be placed.
type Invitation struct {
	Account string        // AOR of the account to call by; empty calls a peer directly, without any server
	To      string        // "sip:desk@example.com", or with an account just the user part or number
	Display string        // From display name; empty is that of the account
	SDP     []byte        // the offer; empty leaves the offer to the peer
	Header  sip.Header    // further fields, such as Alert-Info
	Limit   time.Duration // how long it may ring; 0 is Config.MaxRing

	AutoAnswer bool   // ask the phone to answer by itself, for announcements
	Transfer   CallID // the call whose Referred event is carried out; 0 for none
}

// Dial places a call. What comes of it is told by Ringing, Established and Ended.
func (a *Agent) Dial(in Invitation) CallID {
	id := CallID(a.lastCall.Add(1))
	a.post(func(a *Agent) { a.dial(id, in) })
	return id
}

// dial starts a call or tells at once why not.
func (a *Agent) dial(id CallID, in Invitation) {
	c := &call{id: id, outgoing: outgoing{lateOffer: len(in.SDP) == 0, legs: make(map[string]*dialog)}}
	a.calls[id] = c
	limit := in.Limit
	if limit <= 0 {
		limit = a.cfg.MaxRing
	}
	c.setState(callStarting, a.now.Add(limit))
	uri, err := a.prepareCall(c, in)
	if err != nil {
		a.end(c, Ended{By: Local, Err: err})
		a.forget(c)
		return
	}
	c.secure = uri.Scheme == "sips"
	a.invite(c, in, uri)
}

// prepareCall finds the account and the Request-URI.
func (a *Agent) prepareCall(c *call, in Invitation) (sip.URI, error) {
	switch {
	case !a.closeBy.IsZero():
		return sip.URI{}, ErrClosing
	case a.running() > a.cfg.MaxCalls || len(a.calls) > a.cfg.MaxCalls+maxLingering:
		return sip.URI{}, ErrTooManyCalls
	}
	if in.Account != "" {
		if c.account = a.account(in.Account); c.account == nil {
			return sip.URI{}, fmt.Errorf("%q: %w", in.Account, ErrNoAccount)
		}
	}
	return destination(c.account, in.To)
}

// destination reads what was dialled: a URI, or with an account a user part in its domain.
func destination(acc *account, to string) (sip.URI, error) {
	lower := strings.ToLower(to)
	if strings.HasPrefix(lower, "sip:") || strings.HasPrefix(lower, "sips:") {
		u, err := parseSIP(to)
		if err != nil {
			return u, fmt.Errorf("cannot call %q: %w", to, err)
		}
		return u, nil
	}
	if acc == nil || to == "" || strings.ContainsAny(to, "@<>") {
		return sip.URI{}, fmt.Errorf("cannot call %q: write sip:user@host", to)
	}
	u := acc.domain()
	u.User = to
	return u, nil
}

// invite builds the INVITE, locates where it goes and sends it.
func (a *Agent) invite(c *call, in Invitation, uri sip.URI) {
	m := a.newInvite(c, in, uri)
	seq := new(uint32)
	*seq = m.CSeq.Seq
	e := &errand{account: c.account, message: m, seq: seq, secure: c.secure}
	e.prepare = func(m *sip.Message, f transport.Flow) {
		if c.account != nil {
			a.setRoute(m, c.account.callRoute(e.at))
		}
		a.fixFrom(e, m, f)
		a.setContact(m, c.account, f, c.secure)
	}
	e.heard = func(m *sip.Message, err error) { a.inviteHeard(c, m, err) }
	c.outgoing.invite = e
	a.locateCall(c, uri)
}

// locateCall finds where the INVITE goes: by an account its server, else where the URI leads.
func (a *Agent) locateCall(c *call, uri sip.URI) {
	where := []sip.URI{uri}
	if c.account != nil {
		where = c.account.nextHops()
	}
	a.findTargets(where, func(list []target, err error) {
		if c.state == callStarting {
			a.inviteLocated(c, list, err)
		}
	})
}

// inviteLocated sends the INVITE, by an account through its server.
func (a *Agent) inviteLocated(c *call, list []target, err error) {
	if c.account != nil {
		c.account.trust(list)
		list = c.account.order(list, false)
	}
	if len(list) == 0 {
		a.end(c, Ended{By: Trouble, Err: fmt.Errorf("%w: %w", errNoTarget, err)})
		a.forget(c)
		return
	}
	c.setState(callCalling, c.limit)
	a.start(c.outgoing.invite, list)
}

// newInvite builds the request as far as it does not depend on where it goes.
func (a *Agent) newInvite(c *call, in Invitation, uri sip.URI) *sip.Message {
	m := &sip.Message{
		Method: sip.INVITE,
		URI:    uri,
		From:   a.caller(c.account, in.Display),
		To:     sip.Address{URI: uri},
		CallID: a.token(),
		CSeq:   sip.CSeq{Seq: 1, Method: sip.INVITE},
	}
	m.To.URI.Params, m.To.URI.Headers = "", ""
	m.Header.Add("Max-Forwards", "70")
	a.addCapabilities(m)
	a.addSession(c, m)
	if in.AutoAnswer {
		addAutoAnswer(m)
	}
	a.carryOut(c, in.Transfer, m)
	m.Header = append(m.Header, in.Header...)
	setBody(m, in.SDP)
	c.localSDP = in.SDP
	return m
}

// caller is our From with a fresh tag. Without account and Config.Identity its host is filled in by fixFrom.
func (a *Agent) caller(acc *account, display string) sip.Address {
	from := sip.Address{URI: sip.URI{Scheme: "sip", User: "door"}}
	switch {
	case acc != nil:
		from = acc.from()
	case a.cfg.Identity != "":
		from.URI, _ = parseSIP(a.cfg.Identity) // checked by New
	}
	if display != "" {
		from.Display = display
	}
	from.Params = from.Params.With("tag", a.token())
	return from
}

// fixFrom completes a From without host by our address on the first flow; it must not change after that.
func (a *Agent) fixFrom(e *errand, m *sip.Message, f transport.Flow) {
	if e.message.From.URI.Host == "" {
		e.message.From.URI.Host = a.here(f).Addr().String()
	}
	m.From = e.message.From
}
