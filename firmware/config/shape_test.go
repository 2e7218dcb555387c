package config

import "testing"

func TestShapes(t *testing.T) {
	for _, tt := range []struct {
		text                     string
		uri, aor, short, caller_ bool
	}{
		{"sip:11@example.org", true, true, false, true},
		{"SIP:11@example.org", true, true, false, true},
		{"sips:11@example.org", true, true, false, true},
		{"sip:*@example.org", true, true, false, true},
		{"sip:example.org", true, false, false, false},
		{"sip:11@example.org:5061", true, false, false, false},
		{"sip:11@[2001:db8::1]", true, false, false, false},
		{"sip:11@[2001:db8::1]:5060;transport=tcp", true, false, false, false},
		{"sip:11:pass@example.org", true, true, false, true},
		{"sip:a%23b@192.0.2.1", true, true, false, true},
		{"11", false, false, true, true},
		{"**621", false, false, true, true},
		{"#31#", false, false, true, true},
		{"reception", false, false, true, true},
		{"", false, false, false, false},
		{"sip:", false, false, false, false},
		{"sip:@example.org", false, false, false, false},
		{"sip:11@", false, false, false, false},
		{"sip:11@a@b", false, false, false, false},
		{"sip:11@exam ple.org", false, false, false, false},
		{"sip:11@example.org\r\nVia: x", false, false, false, false},
		{"sip:11@[2001:db8::1", false, false, false, false},
		{"sip:11@[]", false, false, false, false},
		{"sip:11@[::1]x", false, false, false, false},
		{"sip:11@example.org:", false, false, false, false},
		{"sip:11@example.org:70000000", false, false, false, false},
		{"sip:a#b@example.org", false, false, false, false},
		{"tel:+4930", false, false, false, false},
		{"tür", false, false, false, false},
		{"two words", false, false, false, false},
	} {
		if got := isURI(tt.text) && validURI(tt.text); got != tt.uri {
			t.Errorf("%q a URI: %v", tt.text, got)
		}
		if _, _, got := splitAOR(tt.text); got != tt.aor {
			t.Errorf("%q an address of record: %v", tt.text, got)
		}
		if got := validShort(tt.text); got != tt.short {
			t.Errorf("%q a number: %v", tt.text, got)
		}
		if got := validCaller(tt.text); got != tt.caller_ {
			t.Errorf("%q a caller: %v", tt.text, got)
		}
	}
}

func TestSuggest(t *testing.T) {
	keys := []string{"name", "line", "active_low", "debounce", "targets", "ring_timeout"}
	for _, tt := range []struct{ word, want string }{
		{"debounse", "debounce"}, {"deboucne", "debounce"}, {"Debounce", "debounce"}, {"active-low", "active_low"},
		{"target", "targets"}, {"lien", "line"}, {"nam", "name"}, {"ringtimeout", "ring_timeout"},
		{"x", ""}, {"volume", ""}, {"", ""}, {"colour", ""},
	} {
		if got := Suggest(tt.word, keys); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.word, got, tt.want)
		}
	}
}

func TestPositions(t *testing.T) {
	text := "a = 1\n[s]\n  b.c = [10,\n   20, # twenty\n  [30]]\n[[l]]\nx = {y = 1, z = [{w = 2}]}\n[[l]]\n[l.t]\nq = 1\n[[l.m]]\nr = 1\n"
	got := locate([]byte(text))
	for path, want := range map[string]position{
		"a": {1, 1}, "s": {2, 2}, "s.b": {3, 3}, "s.b.c": {3, 5}, "s.b.c[0]": {3, 10}, "s.b.c[1]": {4, 4},
		"s.b.c[2][0]": {5, 4}, "l[0]": {6, 3}, "l[0].x.y": {7, 6}, "l[0].x.z[0].w": {7, 19}, "l[1]": {8, 3}, "l[1].t": {9, 4},
		"l[1].t.q": {10, 1}, "l[1].m[0].r": {12, 1},
	} {
		if got.at(path) != want {
			t.Errorf("%s is at %v, want %v", path, got.at(path), want)
		}
	}
	if p := got.at("l[1].t.missing.part"); p != (position{9, 4}) {
		t.Errorf("a missing key is at %v, want its table's place", p)
	}
	if p := got.at("nowhere"); p != (position{}) {
		t.Errorf("a missing table is at %v", p)
	}
}
