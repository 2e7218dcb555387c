package sip

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func FuzzMessage(f *testing.F) {
	for _, datagram := range corpus(f) {
		f.Add(datagram)
	}
	f.Add(crlf(plainInvite))
	f.Add(crlf(secretive))
	for _, name := range []string{"invite", "ok200", "fritz401", "wsinv"} {
		f.Add(sample(f, name))
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		kept := bytes.Clone(datagram)
		m, err := Parse(datagram)
		if !bytes.Equal(kept, datagram) {
			t.Fatal("the datagram was changed")
		}
		var bad *SyntaxError
		if err != nil && (!errors.As(err, &bad) || (m == nil) != (bad.Status == 0)) {
			t.Fatalf("message %v with error %v", m, err)
		}
		if m == nil {
			return
		}
		if err == nil {
			checkStable(t, datagram)
			checkFraming(t, datagram, m)
		} else if answer := NewResponse(m, bad.Status, "").Append(nil); bytes.Count(answer, []byte("\r\n\r\n")) != 1 {
			t.Fatalf("answer has not one header section: %q", answer)
		}
		_, _ = m.Contacts()
		m.Redacted().Append(nil)
	})
}

// checkFraming holds that a stream's reader finds the same body as Parse.
func checkFraming(t *testing.T, datagram []byte, m *Message) {
	t.Helper()
	wire := m.Append(nil)
	n, present, err := ContentLength(wire[:len(wire)-len(m.Body)])
	if err != nil || !present || n != len(m.Body) {
		t.Fatalf("framing of the printed form: %d, %v, %v; body %d", n, present, err, len(m.Body))
	}
	if n, present, err = ContentLength(datagram); err != nil || present && n != len(m.Body) {
		t.Fatalf("framing: %d, %v, %v; body %d", n, present, err, len(m.Body))
	}
}

func FuzzURI(f *testing.F) {
	for _, row := range uris {
		f.Add(row.in, row.out)
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		u, err := ParseURI(s)
		if err != nil {
			return
		}
		again, err := ParseURI(u.String())
		if err != nil || again != u {
			t.Fatalf("%q: %+v prints %q, reads %+v, %v", s, u, u.String(), again, err)
		}
		if !u.Equal(again) {
			t.Fatalf("%q does not equal itself", s)
		}
		if v, err := ParseURI(other); err == nil && u.Equal(v) != v.Equal(u) {
			t.Fatalf("%q and %q: equality is not symmetric", s, other)
		}
		u.HeaderValue("Replaces")
	})
}

func FuzzVia(f *testing.F) {
	for _, row := range vias {
		f.Add(row.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVia(s)
		if err != nil {
			return
		}
		again, err := ParseVia(v.String())
		if err != nil || again != v {
			t.Fatalf("%q: %+v prints %q, reads %+v, %v", s, v, v.String(), again, err)
		}
		v.Params = v.Params.With("received", "2001:db8::1").With("rport", "5060")
		if address, ok := v.Received(); !ok || address.String() != "2001:db8::1" {
			t.Fatalf("received %v of %q", address, v.String())
		}
		if again, err = ParseVia(v.String()); err != nil || again != v {
			t.Fatalf("%q with received: %q, %v", s, v.String(), err)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, row := range addresses {
		f.Add(row.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		again, err := ParseAddress(a.String())
		if err != nil || again.String() != a.String() || again.URI != a.URI || again.Params != a.Params {
			t.Fatalf("%q: %+v prints %q, reads %+v, %v", s, a, a.String(), again, err)
		}
		tagged := a
		tagged.Params = a.Params.Without("tag").With("tag", "x")
		if again, err = ParseAddress(tagged.String()); !a.IsWildcard() && (err != nil || again.Tag() != "x") {
			t.Fatalf("%q with tag: %q, %v", s, tagged.String(), err)
		}
	})
}

func FuzzFields(f *testing.F) {
	for _, seed := range []string{
		"1800;refresher=uac", "120 (in (a) \\) meeting);duration=3600", "776656 1 INVITE", `Q.850;cause=16;text="T"`,
		"12adf;to-tag=1;from-tag=2;early-only", `Digest realm="a,b", nonce="c", qop=auth`, `"a,b" <sip:x>, <sip:y,z>;p="q"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := ParseSessionExpires(s); err == nil {
			again, err := ParseSessionExpires(e.String())
			is(t, "Session-Expires", err, nil)
			is(t, "Session-Expires", again, e)
		}
		if r, err := ParseRAck(s); err == nil {
			again, err := ParseRAck(r.String())
			is(t, "RAck", err, nil)
			is(t, "RAck", again, r)
		}
		if r, err := ParseReason(s); err == nil && !strings.ContainsAny(r.Text, "\r\n") {
			again, err := ParseReason(r.String())
			is(t, "Reason", err, nil)
			is(t, "Reason", again, r)
		}
		_, _ = ParseRetryAfter(s)
		_, _ = ParseReplaces(s)
		h := Header{{"Authorization", s}, {"X-List", s}}
		_ = values(h, "X-List")
		(&Message{Header: h}).Redacted()
	})
}
