package sipua

import (
	"slices"
	"strings"

	"intercom/sipua/sip"
)

// typeSDP is the only body an INVITE may have here.
const typeSDP = "application/sdp"

// infoTypes are the bodies of INFO handed to the application: the spellings of DTMF in the field, and plain text.
var infoTypes = []string{
	"application/dtmf-relay", "application/dtmf", "application/vnd.nortelnetworks.digits", "audio/telephone-event", "text/plain",
}

// mediaType is a Content-Type without its parameters, in lower case.
func mediaType(value string) string {
	base, _, _ := strings.Cut(value, ";")
	return strings.ToLower(strings.TrimSpace(base))
}

// Info sends an INFO in an established call (RFC 6086), such as a DTMF digit. Whether it arrived is not told.
func (a *Agent) Info(id CallID, contentType string, body []byte) {
	a.post(func(a *Agent) {
		c := a.calls[id]
		if c == nil || c.state != callEstablished {
			return
		}
		m := c.dialog.request(sip.INFO, c.dialog.nextSeq())
		m.Body = body
		if len(body) > 0 {
			m.Header.Set("Content-Type", contentType)
		}
		a.sendInDialog(c.dialog, m, nil, func(m *sip.Message, err error) {
			if m == nil || m.Status >= 300 {
				a.log.Info("INFO was not taken", "call", id, "error", err)
			}
		})
	})
}

// serveInfo takes the peer's INFO. An empty one is a keep-alive of some peers: 200.
func (a *Agent) serveInfo(d *dialog, tx *serverTx) {
	m := tx.Request()
	kind := mediaType(m.Header.Get("Content-Type"))
	switch {
	case len(m.Body) == 0:
		a.reply(tx, 200)
	case !slices.Contains(infoTypes, kind):
		a.reply(tx, 415, sip.Field{Name: "Accept", Value: strings.Join(infoTypes, ", ")})
	default:
		a.reply(tx, 200)
		if c := d.call; c.dialog == d && !c.isOver() {
			a.tell(InfoReceived{Call: c.id, ContentType: kind, Body: m.Body})
		}
	}
}
