package pbx

import (
	"strconv"
	"strings"
	"time"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/sip"
)

// allowed are the methods the PBX itself answers, for its own Allow header field.
const allowed = "REGISTER, OPTIONS, INVITE, ACK, CANCEL, BYE"

// reply makes a response with a To tag of its own.
func (c *core) reply(request *sip.Message, status int) *sip.Message {
	r := sip.NewResponse(request, status, "")
	if r.To.Tag() == "" {
		r.To.Params = r.To.Params.With("tag", c.random())
	}
	return r
}

// respond answers a request from here. A transaction that has had its answer, or one whose client
// has given up, is left alone: that is what ErrState says, and there is nobody to tell.
func (c *core) respond(now time.Time, s *transaction.Server, r *sip.Message) {
	_ = c.table.Respond(now, s, r)
}

// refuse answers with a status and the given fields.
func (c *core) refuse(now time.Time, s *transaction.Server, status int, fields ...sip.Field) {
	r := c.reply(s.Request(), status)
	r.Header = append(r.Header, fields...)
	c.respond(now, s, r)
}

// request serves a new request in the order of RFC 3261 section 16.3: is it sound, is it looping,
// may its sender ask for this, and where does it go.
func (c *core) request(now time.Time, s *transaction.Server) {
	m := s.Request()
	r, status := c.preprocess(m)
	if status == 0 {
		status = c.validate(m)
	}
	isSelf := status == 0 && len(r.routes) == 0 && c.own.isOwn(r.uri) && r.uri.User == ""
	hops, hasHops := m.MaxForwards()
	switch {
	case status == 420:
		c.refuse(now, s, status, sip.Field{Name: "Unsupported", Value: m.Header.Get("Proxy-Require")})
	case status != 0:
		c.refuse(now, s, status)
	case m.Method == sip.REGISTER && len(r.routes) == 0 && c.own.isOwn(r.uri):
		c.register(now, s)
	case isSelf && m.Method == sip.OPTIONS:
		c.refuse(now, s, 200, sip.Field{Name: "Allow", Value: allowed}, sip.Field{Name: "Accept", Value: "application/sdp"})
	case isSelf:
		c.refuse(now, s, 405, sip.Field{Name: "Allow", Value: allowed})
	case hasHops && hops == 0:
		c.refuse(now, s, 483)
	case !r.isDialog && !c.admit(now, s):
		// admit has answered.
	default:
		c.route(now, s, r)
	}
}

// validate is RFC 3261 section 16.3 as far as the parser leaves it to do: scheme, loop,
// Proxy-Require.
func (c *core) validate(m *sip.Message) (status int) {
	switch {
	case m.URI.Scheme != "sip":
		return 416 // no TLS here, hence no sips (RFC 5630 section 3.3)
	case m.Header.Has("Proxy-Require"):
		return 420
	case c.isLooping(m):
		return 482
	}
	return 0
}

// loopMark sums up what decides where a request goes (RFC 3261 section 16.6 step 8 as corrected by
// RFC 5393 section 4.2): a request that comes back with the same sum loops, one with another is a
// spiral and goes on.
func (c *core) loopMark(m *sip.Message) string {
	parts := []string{
		m.URI.String(), m.From.Tag(), m.To.Tag(), m.CallID, strconv.FormatUint(uint64(m.CSeq.Seq), 10), m.CSeq.Method,
	}
	for _, name := range [...]string{"Route", "Proxy-Require", "Proxy-Authorization"} {
		for value := range m.Header.Values(name) {
			parts = append(parts, name, value)
		}
	}
	return c.mark(parts...)
}

// isLooping looks for a Via of ours with the mark this request would get again. The mark is keyed,
// so that it is enough to find it.
func (c *core) isLooping(m *sip.Message) bool {
	suffix := "." + c.loopMark(m)
	for _, via := range m.Via {
		if strings.HasSuffix(via.Branch(), suffix) {
			return true
		}
	}
	return false
}

// route finds the targets of a request and forwards it to all of them.
func (c *core) route(now time.Time, s *transaction.Server, r route) {
	targets, status := c.targets(now, s.Request(), s.Flow().Remote.Addr(), r)
	if status != 0 {
		c.refuse(now, s, status)
		return
	}
	breadth, status := maxBreadth(s.Request(), len(targets))
	if status != 0 {
		c.refuse(now, s, status)
		return
	}
	c.forward(now, s, r, targets, breadth)
}

// maxBreadth shares out how many branches a request may have in all (RFC 5393 section 5.3.3): each
// target gets its part, and 440 says that there are more targets than parts.
func maxBreadth(m *sip.Message, targets int) (each, status int) {
	breadth := 60
	if n, err := strconv.ParseUint(strings.TrimSpace(m.Header.Get("Max-Breadth")), 10, 16); err == nil {
		breadth = int(n)
	}
	if targets > breadth {
		return 0, 440
	}
	return breadth / targets, 0
}
