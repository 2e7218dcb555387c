package pbx

import (
	"errors"
	"log/slog"
	"slices"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transaction"
	"intercom/sipua/sip"
)

// admit decides whether the sender of a request outside our dialogs may have it forwarded, and
// answers it if not. With digest everyone must be a user and call as himself; a BYE belongs to a
// dialog and cannot be asked again by all telephones, CANCEL and ACK never come here (RFC 3261
// section 22.1).
func (c *core) admit(now time.Time, s *transaction.Server) bool {
	m := s.Request()
	if m.Method == sip.SUBSCRIBE || m.Method == sip.PUBLISH {
		c.refuse(now, s, 489) // telephones ask for voice mail and presence; a call to themselves would be no answer
		return false
	}
	if c.digest == nil || c.cfg.HasFreeCalls || m.Method == sip.BYE {
		return true
	}
	return c.authenticate(now, s, m.From.URI, proxyFields)
}

// fields are the names a challenge and its answer go by.
type fields struct {
	status             int
	challenge, answers string
}

var (
	proxyFields     = fields{407, "Proxy-Authenticate", "Proxy-Authorization"}
	registrarFields = fields{401, "WWW-Authenticate", "Authorization"}
)

// authenticate checks that a request comes from the user of an address of record, and answers it if
// not: with a challenge, or with 403 when a user has proved to be another one.
func (c *core) authenticate(now time.Time, s *transaction.Server, aor sip.URI, f fields) bool {
	m := s.Request()
	request := digest.Request{Method: m.Method, URI: m.URI.String(), Body: m.Body}
	user, err := c.digest.Verify(now, request, slices.Collect(m.Header.Values(f.answers)))
	switch {
	case err == nil && c.own.isOwn(aor) && aor.User == user:
		return true
	case err == nil:
		c.log.Warn("user claims another address", "user", user, "method", m.Method, "source", s.Flow().Remote)
		c.refuse(now, s, 403)
	case errors.Is(err, digest.ErrSyntax):
		c.refuse(now, s, 400)
	default:
		c.challenge(now, s, f, err)
	}
	return false
}

// challenge answers 401 or 407. Only a wrong password is worth a line in the log: being asked first
// is the rule.
func (c *core) challenge(now time.Time, s *transaction.Server, f fields, reason error) {
	if errors.Is(reason, digest.ErrDenied) {
		c.log.Warn("wrong credentials", slog.Any("reason", reason), "method", s.Request().Method, "source", s.Flow().Remote)
	}
	values, err := c.digest.Challenges(now, errors.Is(reason, digest.ErrStale))
	if err != nil {
		c.refuse(now, s, 500)
		return
	}
	var challenges []sip.Field
	for _, value := range values {
		challenges = append(challenges, sip.Field{Name: f.challenge, Value: value})
	}
	c.refuse(now, s, f.status, challenges...)
}

// withoutOurs drops the credentials that were for us (RFC 3261 section 22.3), so that no telephone
// gets to see them.
func (c *core) withoutOurs(h sip.Header) sip.Header {
	return slices.DeleteFunc(h, func(f sip.Field) bool {
		if f.Name != proxyFields.answers || c.digest == nil {
			return false
		}
		credentials, err := digest.ParseCredentials(f.Value)
		return err == nil && credentials.Realm == c.cfg.Domain
	})
}
