package pbx

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/sip"
)

// register is the registrar (RFC 3261 section 10.3).
func (c *core) register(now time.Time, s *transaction.Server) {
	m := s.Request()
	aor := m.To.URI
	switch {
	case m.Header.Has("Require"):
		c.refuse(now, s, 420, sip.Field{Name: "Unsupported", Value: m.Header.Get("Require")})
		return
	case !c.own.isOwn(aor) || aor.User == "" || !c.isUser(aor.User):
		// An unknown user is challenged like a known one, so that names cannot be told by asking.
		if c.digest == nil || c.authenticate(now, s, aor, registrarFields) {
			c.refuse(now, s, 404)
		}
		return
	case c.digest != nil && !c.authenticate(now, s, aor, registrarFields):
		return
	}
	changes, err := c.bind(now, s, aor.User)
	if err != nil {
		c.refuseBinding(now, s, err)
		return
	}
	c.report(now, changes, Unregistered)
	c.confirm(now, s, aor.User)
}

// isUser tells whether a name may have bindings. With IsOpen all but the groups may.
func (c *core) isUser(name string) bool {
	if c.cfg.IsOpen {
		_, isGroup := c.groups[name]
		return !isGroup
	}
	return c.users[name]
}

// bind applies the Contact header fields. Without any the REGISTER only asks (section 10.2.3).
func (c *core) bind(now time.Time, s *transaction.Server, user string) ([]change, error) {
	m := s.Request()
	contacts, err := m.Contacts()
	if err != nil {
		return nil, &refusal{400, "Contact: " + err.Error()}
	}
	wildcard, bindings, err := c.read(now, s, user, contacts)
	if err != nil {
		return nil, err
	}
	return c.location.register(now, user, bindings, wildcard)
}

// read turns Contact values into bindings. "*" must stand alone and with Expires: 0 (section 10.3,
// step 6).
func (c *core) read(now time.Time, s *transaction.Server, user string, contacts []sip.Address) (wildcard *binding, bindings []*binding, err error) {
	m := s.Request()
	for _, contact := range contacts {
		b := &binding{user: user, callID: strings.Clone(m.CallID), cseq: m.CSeq.Seq}
		if contact.IsWildcard() {
			seconds, ok := m.Expires()
			if len(contacts) > 1 || !ok || seconds != 0 {
				return nil, nil, &refusal{400, "Contact: * needs Expires: 0 and no other Contact"}
			}
			return b, nil, nil
		}
		if err := c.fill(now, b, s, contact); err != nil {
			return nil, nil, err
		}
		bindings = append(bindings, b)
	}
	return nil, bindings, nil
}

// errBrief asks for a 423.
var errBrief = errors.New("expiry is too brief")

// fill reads one contact. A contact that leads back here would make every call a loop.
func (c *core) fill(now time.Time, b *binding, s *transaction.Server, contact sip.Address) error {
	m := s.Request()
	if contact.URI.Scheme != "sip" || contact.URI.Host == "" {
		return &refusal{400, "Contact of scheme " + strconv.Quote(contact.URI.Scheme)}
	}
	if c.own.isOwn(contact.URI) {
		return &refusal{403, "Contact leads to the registrar itself"}
	}
	lifetime, err := c.grant(m, contact)
	if err != nil {
		return err
	}
	// Parsed messages share one string; a copy keeps the table from holding whole messages.
	uri, err := sip.ParseURI(strings.Clone(contact.URI.String()))
	if err != nil {
		return &refusal{400, "Contact: " + err.Error()}
	}
	b.uri, b.flow = uri, s.Flow()
	b.q = quality(contact)
	b.instance, b.regID = parameter(contact, "+sip.instance"), parameter(contact, "reg-id")
	b.renewed, b.expires = now, now.Add(lifetime)
	b.userAgent = clip(m.Header.Get("User-Agent"))
	return nil
}

// grant is the lifetime of a binding: what was asked for in Contact, else in Expires, else the most
// there is; cut to the most, refused below the least (section 10.3, step 7). Zero removes.
func (c *core) grant(m *sip.Message, contact sip.Address) (time.Duration, error) {
	seconds, ok := 0, false
	if text, has := contact.Params.Get("expires"); has {
		seconds, ok = sip.ParseSeconds(text)
	}
	if !ok {
		seconds, ok = m.Expires()
	}
	asked := time.Duration(seconds) * time.Second
	switch {
	case !ok || asked > c.cfg.MaxExpires:
		return c.cfg.MaxExpires, nil
	case asked == 0 || asked >= c.cfg.MinExpires:
		return asked, nil
	default:
		return 0, errBrief
	}
}

// quality is the q parameter in thousandths; what cannot be read counts as 1.
func quality(contact sip.Address) int {
	text, ok := contact.Params.Get("q")
	q, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil || !(q >= 0 && q <= 1) {
		return 1000
	}
	return int(q * 1000)
}

// parameter is a bounded copy of a Contact parameter that is kept.
func parameter(contact sip.Address, name string) string {
	value, _ := contact.Params.Get(name)
	return strings.Clone(clip(value))
}

// clip bounds what is kept of a peer's text.
func clip(s string) string { return s[:min(len(s), 128)] }

// refuseBinding answers a REGISTER whose contacts were not taken.
func (c *core) refuseBinding(now time.Time, s *transaction.Server, err error) {
	if errors.Is(err, errBrief) {
		least := strconv.Itoa(int(c.cfg.MinExpires / time.Second))
		c.refuse(now, s, 423, sip.Field{Name: "Min-Expires", Value: least})
		return
	}
	status := 500
	var r *refusal
	if errors.As(err, &r) {
		status = r.status
	}
	c.log.Info("registration refused", "status", status, "reason", err, "source", s.Flow().Remote)
	c.refuse(now, s, status)
}

// confirm is the 200: every binding of the user with what is left of it (section 10.3, step 8), and
// the time of day, which telephones set their clocks by.
func (c *core) confirm(now time.Time, s *transaction.Server, user string) {
	r := c.reply(s.Request(), 200)
	for _, b := range c.location.lookup(now, user) {
		left := int((b.expires.Sub(now) + time.Second - 1) / time.Second)
		contact := sip.Address{URI: b.uri}
		contact.Params = contact.Params.With("expires", strconv.Itoa(left))
		if b.q != 1000 {
			contact.Params = contact.Params.With("q", strconv.FormatFloat(float64(b.q)/1000, 'g', -1, 64))
		}
		if b.instance != "" {
			contact.Params = contact.Params.With("+sip.instance", b.instance)
		}
		if b.regID != "" {
			contact.Params = contact.Params.With("reg-id", b.regID)
		}
		r.Header.Add("Contact", contact.String())
	}
	r.Header.Add("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"))
	c.respond(now, s, r)
}
