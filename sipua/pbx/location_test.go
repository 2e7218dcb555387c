package pbx

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// at makes a binding of the user kitchen; options are applied in order.
func at(t *testing.T, uri string, lifetime time.Duration, options ...func(*binding)) *binding {
	t.Helper()
	u, err := sip.ParseURI(uri)
	if err != nil {
		t.Fatal(err)
	}
	b := &binding{user: "kitchen", uri: u, q: 1000, callID: "call", cseq: 1, renewed: start, expires: start.Add(lifetime)}
	for _, option := range options {
		option(b)
	}
	return b
}

func withCSeq(n uint32) func(*binding)    { return func(b *binding) { b.cseq = n } }
func withQ(q int) func(*binding)          { return func(b *binding) { b.q = q } }
func withCall(id string) func(*binding)   { return func(b *binding) { b.callID = id } }
func withUser(name string) func(*binding) { return func(b *binding) { b.user = name } }
func renewed(d time.Duration) func(*binding) {
	return func(b *binding) { b.renewed = start.Add(d) }
}

// urisOf is the contacts of a user in the order of lookup.
func urisOf(l *location, now time.Time, user string) string {
	var text string
	for _, b := range l.lookup(now, user) {
		text += b.uri.User + " "
	}
	return text
}

// mustRegister applies bindings one by one.
func mustRegister(t *testing.T, l *location, now time.Time, bindings ...*binding) {
	t.Helper()
	for _, b := range bindings {
		if _, err := l.register(now, b.user, []*binding{b}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLookupOrder: by q, then the freshest, and nothing that has expired.
func TestLookupOrder(t *testing.T) {
	l := newLocation(8, 8)
	mustRegister(t, l, start,
		at(t, "sip:low@a", time.Hour, withQ(100)), at(t, "sip:old@b", time.Hour), at(t, "sip:new@c", time.Hour, renewed(time.Second)),
		at(t, "sip:brief@d", time.Minute, withQ(1000), renewed(time.Minute)))
	if got := urisOf(l, start, "kitchen"); got != "brief new old low " {
		t.Errorf("order %q", got)
	}
	if got := urisOf(l, start.Add(time.Minute), "kitchen"); got != "new old low " {
		t.Errorf("after a minute %q", got)
	}
	if got := urisOf(l, start, "study"); got != "" {
		t.Errorf("another user's %q", got)
	}
	if got := urisOf(l, start, "KITCHEN"); got != "" {
		t.Errorf("user names have case (RFC 3261 section 19.1.4), got %q", got)
	}
}

// TestAllOrNone is RFC 3261 section 10.3 step 7: one contact that cannot be taken spoils the whole request.
func TestAllOrNone(t *testing.T) {
	l := newLocation(8, 8)
	mustRegister(t, l, start, at(t, "sip:one@a", time.Hour, withCSeq(5)))
	changes, err := l.register(start, "kitchen", []*binding{at(t, "sip:two@b", time.Hour), at(t, "sip:one@a", time.Hour, withCSeq(4))}, nil)
	var r *refusal
	if !errors.As(err, &r) || r.status != 500 || changes != nil {
		t.Fatalf("%v, %v, want 500", changes, err)
	}
	if got := urisOf(l, start, "kitchen"); got != "one " {
		t.Errorf("contacts %q after a refusal", got)
	}
	if r.Error() == "" {
		t.Error("a refusal without a reason")
	}
}

// TestSameContactTwice: the last of two equal contacts in one request does not trip over the first.
func TestSameContactTwice(t *testing.T) {
	l := newLocation(8, 8)
	_, err := l.register(start, "kitchen", []*binding{at(t, "sip:one@a", time.Hour), at(t, "sip:one@A", time.Hour, withCSeq(2))}, nil)
	if err != nil || urisOf(l, start, "kitchen") != "one " {
		t.Errorf("%v, contacts %q", err, urisOf(l, start, "kitchen"))
	}
}

// TestRemoval: a lifetime of zero, the wildcard, and order for both.
func TestRemoval(t *testing.T) {
	l := newLocation(8, 8)
	mustRegister(t, l, start, at(t, "sip:one@a", time.Hour), at(t, "sip:two@b", time.Hour), at(t, "sip:three@c", time.Hour, withCall("other")))
	changes, err := l.register(start, "kitchen", []*binding{at(t, "sip:two@b", 0, withCSeq(2))}, nil)
	if err != nil || len(changes) != 1 || changes[0].before == nil || changes[0].before.uri.User != "two" || changes[0].after != nil {
		t.Fatalf("%+v, %v", changes, err)
	}
	if _, err := l.register(start, "kitchen", nil, at(t, "sip:x@y", 0)); err == nil {
		t.Error("a wildcard of the same Call-ID and CSeq removes")
	}
	changes, err = l.register(start, "kitchen", nil, at(t, "sip:x@y", 0, withCSeq(3)))
	if err != nil || len(changes) != 2 || len(l.users) != 0 {
		t.Errorf("%+v, %v, %d users left", changes, err, len(l.users))
	}
	if changes, err := l.register(start, "kitchen", nil, at(t, "sip:x@y", 0)); err != nil || len(changes) != 0 {
		t.Errorf("a wildcard of nothing: %v, %v", changes, err)
	}
}

// TestDeadlines: the next expiry, and what it removes.
func TestDeadlines(t *testing.T) {
	l := newLocation(8, 8)
	if !l.deadline().IsZero() || l.expire(start) != nil {
		t.Error("an empty table has a deadline")
	}
	mustRegister(t, l, start, at(t, "sip:one@a", 3*time.Minute), at(t, "sip:two@b", time.Minute), at(t, "sip:s@c", 2*time.Minute, withUser("study")))
	for _, step := range []struct {
		after time.Duration
		gone  int
		next  time.Duration
	}{{0, 0, time.Minute}, {time.Minute - 1, 0, time.Minute}, {time.Minute, 1, 2 * time.Minute}, {5 * time.Minute, 2, 0}} {
		if gone := l.expire(start.Add(step.after)); len(gone) != step.gone {
			t.Errorf("after %v: %d gone, want %d", step.after, len(gone), step.gone)
		}
		if next := l.deadline(); step.next != 0 && !next.Equal(start.Add(step.next)) {
			t.Errorf("after %v: next at %v, want %v", step.after, next.Sub(start), step.next)
		}
	}
	if len(l.users) != 0 || !l.deadline().IsZero() {
		t.Errorf("%d users left", len(l.users))
	}
}

// TestFind: by contact for requests inside a call, by address for who may call out.
func TestFind(t *testing.T) {
	l := newLocation(8, 8)
	flow := transport.Flow{Transport: sip.TCP, Remote: netip.MustParseAddrPort("192.0.2.20:61000")}
	mustRegister(t, l, start, at(t, "sip:one@192.0.2.20:61000;transport=tcp", time.Hour, func(b *binding) { b.flow = flow }))
	u, _ := sip.ParseURI("sip:one@192.0.2.20:61000;transport=TCP")
	if b := l.find(start, u); b == nil || b.user != "kitchen" {
		t.Errorf("found %+v", b)
	}
	other, _ := sip.ParseURI("sip:one@192.0.2.20:61000")
	if b := l.find(start, other); b != nil {
		t.Errorf("found %+v without its transport (RFC 3261 section 19.1.4)", b)
	}
	if b := l.find(start.Add(time.Hour), u); b != nil {
		t.Errorf("found %+v after its time", b)
	}
	if !l.isKnown(start, flow.Remote.Addr()) || l.isKnown(start, netip.MustParseAddr("192.0.2.21")) || l.isKnown(start.Add(time.Hour), flow.Remote.Addr()) {
		t.Error("hosts are not told apart")
	}
	l.cut(transport.Flow{Transport: sip.TCP, Remote: netip.MustParseAddrPort("192.0.2.20:61001")})
	if b := l.find(start, u); b.isCut {
		t.Error("another connection's end cuts this one")
	}
	l.cut(flow)
	if b := l.find(start, u); !b.isCut {
		t.Error("the end of the connection is not noted")
	}
}

// TestRoom: the one that expires soonest goes, whichever it is.
func TestRoom(t *testing.T) {
	l := newLocation(3, 8)
	for i, lifetime := range []time.Duration{50, 20, 40, 30, 60, 10} {
		mustRegister(t, l, start, at(t, fmt.Sprintf("sip:%d@a", lifetime), lifetime*time.Minute, renewed(time.Duration(i))))
	}
	if got := urisOf(l, start, "kitchen"); got != "60 40 50 " {
		t.Errorf("kept %q", got)
	}
}

// TestAllIsSorted: observers see the same order each time.
func TestAllIsSorted(t *testing.T) {
	l := newLocation(8, 8)
	mustRegister(t, l, start, at(t, "sip:b@a", time.Hour, withUser("study")), at(t, "sip:d@a", time.Hour), at(t, "sip:c@a", time.Hour), at(t, "sip:a@a", time.Hour, withUser("cellar")))
	for range 5 {
		var text string
		for _, b := range l.all(start) {
			text += b.user + " " + b.uri.User + ", "
		}
		if text != "cellar a, kitchen c, kitchen d, study b, " {
			t.Errorf("order %q", text)
		}
	}
}

// TestRanks: the order of final responses, best first (RFC 3261 section 16.7, item 6).
func TestRanks(t *testing.T) {
	order := []int{603, 302, 407, 415, 486, 404, 487, 500}
	for i, better := range order {
		for _, worse := range order[i+1:] {
			if rank(better) >= rank(worse) {
				t.Errorf("%d is not better than %d", better, worse)
			}
		}
	}
	for _, pair := range [][2]int{{600, 606}, {401, 407}, {420, 484}, {403, 488}, {404, 480}, {500, 503}} {
		if rank(pair[0]) != rank(pair[1]) {
			t.Errorf("%d and %d are not equal", pair[0], pair[1])
		}
	}
}

// TestQuality: the q parameter, and what is not one.
func TestQuality(t *testing.T) {
	for text, want := range map[string]int{
		";q=0": 0, ";q=0.5": 500, ";q=1": 1000, ";q=1.0": 1000, ";q=0.123": 123, "": 1000, ";q=": 1000, ";q=2": 1000, ";q=-1": 1000, ";q=NaN": 1000, ";q=x": 1000,
	} {
		contact, err := sip.ParseAddress("<sip:a@b>" + text)
		if err != nil {
			t.Fatal(err)
		}
		if got := quality(contact); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}
