package pbx

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/sip"
)

// contactsOf is the Contact values of a 200 without order.
func contactsOf(m *sip.Message) []string {
	return slices.Sorted(m.Header.Values("Contact"))
}

func wantContacts(t *testing.T, m *sip.Message, want ...string) {
	t.Helper()
	if m.Status != 200 {
		t.Fatalf("%d %s, want 200", m.Status, m.Reason)
	}
	slices.Sort(want)
	if got := contactsOf(m); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("contacts\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRegister is RFC 3261 section 10.3, step 8: all bindings in the 200, each with what is left.
func TestRegister(t *testing.T) {
	b := newBench(t, nil)
	wantContacts(t, b.registers("kitchen", kitchen))
	b.wantEvents("a question changes nothing")
	r := b.registers("kitchen", kitchen, "Contact: <sip:kitchen@192.0.2.20>", "Expires: 600", "User-Agent: Phone 1")
	wantContacts(t, r, "<sip:kitchen@192.0.2.20>;expires=600")
	if r.Header.Get("Date") != "Fri, 02 Jan 2026 03:04:05 GMT" || r.To.Tag() == "" {
		t.Errorf("Date %q, To tag %q", r.Header.Get("Date"), r.To.Tag())
	}
	e := b.wantEvents("registered", Registered)[0]
	if e.Binding.User != "kitchen" || e.Binding.Contact != "sip:kitchen@192.0.2.20" || e.Binding.UserAgent != "Phone 1" ||
		e.Binding.Source.String() != kitchen || e.Binding.Transport != "UDP" || !e.Binding.Expires.Equal(start.Add(10*time.Minute)) {
		t.Errorf("event %+v", e)
	}
	b.runTo(100 * time.Second)
	wantContacts(t, b.registers("kitchen", study, "Contact: <sip:kitchen@192.0.2.30:5070>;q=0.5", "Expires: 60"),
		"<sip:kitchen@192.0.2.20>;expires=500", "<sip:kitchen@192.0.2.30:5070>;expires=60;q=0.5")
	b.wantEvents("second telephone", Registered)
	if list := b.core.bindings(b.now); len(list) != 2 || list[0].Contact != "sip:kitchen@192.0.2.20" {
		t.Errorf("bindings %+v", list)
	}
	b.runTo(160*time.Second - 1)
	b.wantEvents("not expired yet")
	b.runTo(160 * time.Second)
	b.wantEvents("the second telephone is gone", Expired)
	wantContacts(t, b.registers("kitchen", kitchen), "<sip:kitchen@192.0.2.20>;expires=440")
}

// TestExpiry is step 7: Contact's parameter before the header field, cut above, refused below.
func TestExpiry(t *testing.T) {
	rows := []struct {
		contact, expires string
		want             int // 0: removed, -1: 423
	}{
		{"", "", 3600}, {"", "600", 600}, {";expires=300", "600", 300}, {";expires=x", "600", 600}, {"", "99999999", 3600},
		{"", "60", 60}, {"", "59", -1}, {";expires=1", "600", -1}, {";expires=0", "600", 0}, {"", "0", 0}, {"", "garbage", 3600},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%q %q", row.contact, row.expires), func(t *testing.T) {
			b := newBench(t, nil)
			fields := []string{"Contact: <sip:kitchen@192.0.2.20>" + row.contact}
			if row.expires != "" {
				fields = append(fields, "Expires: "+row.expires)
			}
			r := b.registers("kitchen", kitchen, fields...)
			switch row.want {
			case -1:
				if r.Status != 423 || r.Header.Get("Min-Expires") != "60" {
					t.Errorf("%d, Min-Expires %q, want 423 and 60", r.Status, r.Header.Get("Min-Expires"))
				}
			case 0:
				wantContacts(t, r)
			default:
				wantContacts(t, r, fmt.Sprintf("<sip:kitchen@192.0.2.20>;expires=%d", row.want))
			}
		})
	}
}

func TestUnregister(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	b.registers("kitchen", study, "Contact: <sip:kitchen@192.0.2.30:5070>")
	b.wantEvents("second", Registered)
	wantContacts(t, b.registers("kitchen", study, "Contact: <sip:kitchen@192.0.2.30:5070>;expires=0"), "<sip:kitchen@192.0.2.20:5060>;expires=3600")
	b.wantEvents("removed", Unregistered)
	wantContacts(t, b.registers("kitchen", study, "Contact: <sip:kitchen@192.0.2.99>;expires=0"), "<sip:kitchen@192.0.2.20:5060>;expires=3600")
	b.wantEvents("what is not there is not removed")
}

// TestWildcard is RFC 3261 section 10.2.2 and 10.3, step 6.
func TestWildcard(t *testing.T) {
	b := newBench(t, nil)
	b.bound("kitchen", kitchen)
	b.bound("study", study)
	for _, fields := range [][]string{
		{"Contact: *"}, {"Contact: *", "Expires: 1"}, {"Contact: *", "Contact: <sip:a@192.0.2.1>", "Expires: 0"},
	} {
		if r := b.registers("kitchen", kitchen, fields...); r.Status != 400 {
			t.Errorf("%v: %d, want 400", fields, r.Status)
		}
	}
	wantContacts(t, b.registers("kitchen", kitchen), "<sip:kitchen@192.0.2.20:5060>;expires=3600")
	wantContacts(t, b.registers("kitchen", kitchen, "Contact: *", "Expires: 0"))
	b.wantEvents("all of one user", Unregistered)
	if list := b.core.bindings(b.now); len(list) != 1 || list[0].User != "study" {
		t.Errorf("bindings %+v", list)
	}
}

// TestOrder: a REGISTER that was overtaken by a later one of the same Call-ID changes nothing.
func TestOrder(t *testing.T) {
	b := newBench(t, nil)
	contact := "Contact: <sip:kitchen@192.0.2.20>"
	wantContacts(t, b.registers("kitchen", kitchen, contact, "Call-ID: one", "CSeq: 5"), "<sip:kitchen@192.0.2.20>;expires=3600")
	for _, late := range [][]string{{contact, "Expires: 0"}, {"Contact: *", "Expires: 0"}, {"Contact: <sip:new@192.0.2.20>", contact}} {
		if r := b.registers("kitchen", kitchen, append(late, "Call-ID: one", "CSeq: 5")...); r.Status != 500 {
			t.Errorf("%v: %d, want 500", late, r.Status)
		}
	}
	wantContacts(t, b.registers("kitchen", kitchen), "<sip:kitchen@192.0.2.20>;expires=3600")
	wantContacts(t, b.registers("kitchen", kitchen, contact, "Expires: 100", "Call-ID: one", "CSeq: 6"), "<sip:kitchen@192.0.2.20>;expires=100")
	wantContacts(t, b.registers("kitchen", kitchen, contact, "Expires: 200", "Call-ID: two", "CSeq: 1"), "<sip:kitchen@192.0.2.20>;expires=200")
}

// TestInstance: a telephone that restarts on another port takes the place of its former self (RFC 5626 section 6).
func TestInstance(t *testing.T) {
	b := newBench(t, nil)
	instance := `;+sip.instance="<urn:uuid:1>"`
	b.registers("kitchen", kitchen, "Contact: <sip:kitchen@192.0.2.20:1111>"+instance)
	b.registers("kitchen", kitchen, "Contact: <sip:kitchen@192.0.2.20:4444>"+instance+";reg-id=2")
	r := b.registers("kitchen", kitchen, "Contact: <sip:kitchen@192.0.2.20:2222>"+instance)
	wantContacts(t, r, `<sip:kitchen@192.0.2.20:2222>;expires=3600;+sip.instance="<urn:uuid:1>"`,
		`<sip:kitchen@192.0.2.20:4444>;expires=3600;+sip.instance="<urn:uuid:1>";reg-id=2`)
}

// TestBindingsAreBounded: the binding that expires soonest makes room, and so many users and no more.
func TestBindingsAreBounded(t *testing.T) {
	b := newBench(t, func(c *Config) { c.MaxBindings, c.MaxUsers = 2, 2 })
	for i, expires := range []string{"600", "300", "900"} {
		b.registers("kitchen", kitchen, fmt.Sprintf("Contact: <sip:kitchen@192.0.2.20:%d>", 7000+i), "Expires: "+expires)
	}
	wantContacts(t, b.registers("kitchen", kitchen), "<sip:kitchen@192.0.2.20:7000>;expires=600", "<sip:kitchen@192.0.2.20:7002>;expires=900")
	b.wantEvents("the second went", Registered, Registered, Unregistered, Registered)
	b.bound("study", study)
	if r := b.registers("cellar", cellar, "Contact: <sip:cellar@192.0.2.40>"); r.Status != 503 {
		t.Errorf("third user: %d, want 503", r.Status)
	}
	if r := b.registers("cellar", cellar); r.Status != 200 {
		t.Errorf("a question of the third user: %d, want 200", r.Status)
	}
}

// TestRegisterRefusals: what the registrar does not take.
func TestRegisterRefusals(t *testing.T) {
	rows := []struct {
		rule   string
		fields []string
		want   int
	}{
		{"another domain (section 10.3, step 1)", []string{"To: <sip:kitchen@cellar.example>"}, 404},
		{"no user", []string{"To: <sip:house.example>"}, 404},
		{"a group's name", []string{"To: <sip:all@house.example>"}, 404},
		{"extension (section 8.2.2.3)", []string{"Require: gruu"}, 420},
		{"contact that leads here", []string{"Contact: <sip:x@192.0.2.1>"}, 403},
		{"contact that names the domain", []string{"Contact: <sip:x@HOUSE.example>"}, 403},
		{"contact without a host", []string{"Contact: <tel:123>"}, 400},
		{"secure contact", []string{"Contact: <sips:x@192.0.2.20>"}, 400},
		{"contact that is none", []string{"Contact: <sip:"}, 400},
	}
	for _, row := range rows {
		b := newBench(t, nil)
		if r := b.registers("kitchen", kitchen, row.fields...); r.Status != row.want {
			t.Errorf("%s: %d, want %d", row.rule, r.Status, row.want)
		}
		if list := b.core.bindings(b.now); len(list) != 0 {
			t.Errorf("%s: bindings %+v", row.rule, list)
		}
	}
}

// TestRegisterDigest: 401 first, the right password then, nobody for another.
func TestRegisterDigest(t *testing.T) {
	b := newBench(t, withUsers)
	register := func(name, aor string) *sip.Message {
		return b.request("REGISTER", name, kitchen, "sip:house.example", "To: <sip:"+aor+"@house.example>", "Contact: <sip:kitchen@192.0.2.20>")
	}
	answer := func(m *sip.Message) *sip.Message {
		t.Helper()
		b.arrive(b.flow(kitchen), m)
		got := b.take()
		if len(got) != 1 {
			t.Fatalf("%d packets", len(got))
		}
		return got[0].Message
	}
	first := register("kitchen", "kitchen")
	challenge := answer(first)
	if all := slices.Collect(challenge.Header.Values("WWW-Authenticate")); challenge.Status != 401 || len(all) != 1 || !strings.Contains(all[0], "algorithm=MD5,") {
		t.Fatalf("%d with %q, want 401 with MD5 alone, for old telephones", challenge.Status, all)
	}
	good := b.authorized(first, challenge, "kitchen", "kitchen!")
	wantContacts(t, answer(good), "<sip:kitchen@192.0.2.20>;expires=3600")
	// Each has a challenge of its own, since a nonce and count are good for one request.
	again := func(m *sip.Message, password digest.Secret) *sip.Message {
		return b.authorized(m, answer(m), "kitchen", password)
	}
	rows := []struct {
		rule   string
		answer *sip.Message
		want   int
	}{
		{"wrong password", again(register("kitchen", "kitchen"), "x"), 401},
		{"for another user", again(register("kitchen", "study"), "kitchen!"), 403},
		{"for another domain", again(register("kitchen", "kitchen@cellar.example;x="), "kitchen!"), 403},
		{"unknown user", register("cook", "cook"), 401},
		{"broken field", b.request("REGISTER", "kitchen", kitchen, "sip:house.example", "To: <sip:kitchen@house.example>", `Authorization: Digest realm="house.example"`), 400},
	}
	for _, row := range rows {
		if r := answer(row.answer); r.Status != row.want {
			t.Errorf("%s: %d, want %d", row.rule, r.Status, row.want)
		}
	}
	// The same credentials once more, in a new transaction: stale, not wrong.
	good.Via[0].Params = good.Via[0].Params.With("branch", "z9hG4bKreplay")
	if r := answer(good); r.Status != 401 || !strings.Contains(r.Header.Get("WWW-Authenticate"), "stale=true") {
		t.Errorf("replay: %d %q", r.Status, r.Header.Get("WWW-Authenticate"))
	}
}

// TestAlgorithms: those of Config are offered in their order (RFC 8760 section 2.4).
func TestAlgorithms(t *testing.T) {
	b := newBench(t, func(c *Config) {
		withUsers(c)
		c.Algorithms = []digest.Algorithm{digest.SHA256, digest.MD5}
	})
	r := b.registers("kitchen", kitchen)
	all := slices.Collect(r.Header.Values("WWW-Authenticate"))
	if len(all) != 2 || !strings.Contains(all[0], "SHA-256") || !strings.Contains(all[1], "MD5") {
		t.Errorf("challenges %q", all)
	}
}
