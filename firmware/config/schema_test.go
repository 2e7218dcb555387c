package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tables lists every table of the schema by its path, with its defaults.
func tables() map[string]reflect.Value {
	all := map[string]reflect.Value{}
	var walk func(path string, t reflect.Value)
	walk = func(path string, t reflect.Value) {
		all[path] = t
		for _, f := range fieldsOf(t) {
			v := f.value
			if v.Kind() == reflect.Slice {
				v = reflect.New(v.Type().Elem()).Elem()
				if isTable(v) {
					setDefaults(v)
				}
			}
			if isTable(v) {
				walk(join(path, f.key), v)
			}
		}
	}
	c := Default()
	walk("", reflect.ValueOf(&c).Elem())
	return all
}

// settings calls do for every single setting and every list of single settings of the schema.
func settings(t *testing.T, do func(t *testing.T, table reflect.Value, f field)) {
	t.Helper()
	seen := 0
	for path, table := range tables() {
		for _, f := range fieldsOf(table) {
			if isSection(f.value) {
				continue
			}
			seen++
			t.Run(join(path, f.key), func(t *testing.T) { do(t, table, f) })
		}
	}
	if seen < 80 {
		t.Errorf("only %d settings seen", seen)
	}
}

// try gives a setting a value as the file would, and returns what is wrong with it.
func try(table reflect.Value, f field, src any) (reflect.Value, Problems) {
	fresh := reflect.New(table.Type()).Elem()
	setDefaults(fresh)
	d := decoder{file: "x"}
	for _, own := range fieldsOf(fresh) {
		if own.key == f.key {
			d.assign(f.key, own, src)
			return own.value, d.problems
		}
	}
	panic("no such field")
}

func TestEverySettingRefusesWrongTypes(t *testing.T) {
	wrongFor := map[reflect.Kind][]any{
		reflect.Bool:   {"true", int64(1), 1.5, []any{true}, map[string]any{}},
		reflect.Int:    {"1", true, 1.5, []any{int64(1)}, map[string]any{}},
		reflect.Int64:  {int64(3), 1.5, true, "3", "soon", []any{"3s"}, map[string]any{}},
		reflect.String: {int64(1), true, 1.5, []any{"a"}, map[string]any{}, time.Now(), "a\nb", strings.Repeat("x", 257)},
		reflect.Struct: {int64(1), true, 1.5, []any{"a"}, map[string]any{}, "a\x00b"},
		reflect.Slice:  {"a", int64(1), true, map[string]any{}, []any{map[string]any{}}, []any{[]any{}}, []any{1.5}},
	}
	settings(t, func(t *testing.T, table reflect.Value, f field) {
		for _, src := range wrongFor[f.value.Kind()] {
			after, problems := try(table, f, src)
			if len(problems) != 1 || problems[0].What == "" || problems[0].Cure == "" || !strings.HasPrefix(problems[0].Key, f.key) {
				t.Errorf("%#v gives %+v", src, problems)
			}
			if f.value.Kind() != reflect.Slice && !reflect.DeepEqual(after.Interface(), defaultOf(table, f.key)) {
				t.Errorf("%#v changed the value to %v", src, after)
			}
		}
	})
}

func defaultOf(table reflect.Value, key string) any {
	fresh := reflect.New(table.Type()).Elem()
	setDefaults(fresh)
	for _, f := range fieldsOf(fresh) {
		if f.key == key {
			return f.value.Interface()
		}
	}
	panic("no such field")
}

func TestEveryDefaultIsAllowed(t *testing.T) {
	settings(t, func(t *testing.T, _ reflect.Value, f field) {
		if _, has := f.tag.Lookup("default"); has && f.value.Kind() != reflect.Slice {
			if w := checkTags(f); w != nil {
				t.Errorf("the default %s", w.what)
			}
		}
	})
}

func TestEveryRangeHasItsEnds(t *testing.T) {
	ranges := 0
	settings(t, func(t *testing.T, table reflect.Value, f field) {
		text, ok := f.tag.Lookup("range")
		if !ok {
			return
		}
		ranges++
		low, high, _ := strings.Cut(text, "..")
		least, most := tagNumber(f.value, low), tagNumber(f.value, high)
		if least >= most {
			t.Errorf("the range %s is empty", text)
		}
		for _, tt := range []struct {
			n  int64
			ok bool
		}{{least, true}, {most, true}, {least - 1, false}, {most + 1, false}, {-most, false}} {
			if tt.n == -most && least <= -most {
				continue
			}
			_, problems := try(table, f, asSource(f.value, tt.n))
			if got := len(problems) == 0; got != tt.ok {
				t.Errorf("%d allowed: %v (%v)", tt.n, got, problems)
			}
			if !tt.ok && !strings.Contains(problems.Error(), "write a value from "+low+" to "+high) {
				t.Errorf("%d gives %v", tt.n, problems)
			}
		}
	})
	if ranges < 20 {
		t.Errorf("only %d ranges seen", ranges)
	}
}

// asSource is what the TOML parser would give for a number or a duration.
func asSource(v reflect.Value, n int64) any {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return time.Duration(n).String()
	}
	return n
}

func TestEveryWordIsAllowedAndNoOther(t *testing.T) {
	words := 0
	settings(t, func(t *testing.T, table reflect.Value, f field) {
		proto := f.value
		list := proto.Kind() == reflect.Slice
		if list {
			proto = reflect.New(proto.Type().Elem()).Elem()
		}
		e, ok := proto.Interface().(enum)
		if !ok {
			return
		}
		words++
		source := func(w string) any {
			if list {
				return []any{w}
			}
			return w
		}
		for _, w := range e.values() {
			after, problems := try(table, f, source(w))
			if len(problems) != 0 || !strings.Contains(fmt.Sprint(after), w) {
				t.Errorf("%q gives %v, %v", w, after, problems)
			}
			if _, problems = try(table, f, source(strings.ToTitle(w[:1])+"x"+w[1:])); len(problems) != 1 {
				t.Errorf("a word like %q is allowed", w)
			}
		}
		if _, problems := try(table, f, source("")); len(problems) != 1 {
			t.Error("the empty word is allowed")
		}
	})
	if words < 12 {
		t.Errorf("only %d choices seen", words)
	}
}

func TestEveryChoiceOfNumbers(t *testing.T) {
	settings(t, func(t *testing.T, table reflect.Value, f field) {
		text, ok := f.tag.Lookup("oneof")
		if !ok {
			return
		}
		for choice := range strings.FieldsSeq(text) {
			n := tagNumber(f.value, choice)
			if _, problems := try(table, f, asSource(f.value, n)); len(problems) != 0 {
				t.Errorf("%s is refused: %v", choice, problems)
			}
			if _, problems := try(table, f, asSource(f.value, n+1)); len(problems) != 1 {
				t.Errorf("%d is allowed", n+1)
			}
		}
	})
}

// TestEveryListIsBounded: a file must not be able to fill the memory.
func TestEveryListIsBounded(t *testing.T) {
	for path, table := range tables() {
		for _, f := range fieldsOf(table) {
			if f.value.Kind() == reflect.Slice && f.tag.Get("max") == "" {
				t.Errorf("%s has no bound", join(path, f.key))
			}
		}
	}
}

func TestTooManyParts(t *testing.T) {
	var text strings.Builder
	for i := range 9 {
		fmt.Fprintf(&text, "[[relay]]\nname = \"r%d\"\nline = %d\n", i, i)
	}
	_, err := Parse("door.toml", []byte(text.String()))
	wantProblems(t, err, []string{`1:3: relay: has 9 entries; write at most 8`})
}

// TestKeysAreOfOneManner: lower case with underscores, so that nobody has to guess.
func TestKeysAreOfOneManner(t *testing.T) {
	manner := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	for path, table := range tables() {
		seen := map[string]bool{}
		for _, f := range fieldsOf(table) {
			if !manner.MatchString(f.key) || seen[f.key] {
				t.Errorf("the key %q in %q", f.key, path)
			}
			seen[f.key] = true
		}
	}
}

// TestSecretsAreSecrets: whatever is called a password or digits has the type that does not print.
func TestSecretsAreSecrets(t *testing.T) {
	settings(t, func(t *testing.T, _ reflect.Value, f field) {
		named := f.key == "password" || f.key == "digits"
		_, typed := f.value.Interface().(Secret)
		if named != typed {
			t.Errorf("named a secret %v, typed a secret %v", named, typed)
		}
	})
}

func TestDurationsArePrintedAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{"0s", "1ns", "20ms", "1.5s", "3s", "59s", "1m", "1m30s", "3m", "1h", "1h30m", "1h0m1s", "24h", "-1s"} {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatDuration(d); got != text {
			t.Errorf("%q is printed as %q", text, got)
		}
		if again, err := time.ParseDuration(formatDuration(d)); err != nil || again != d {
			t.Errorf("%q is read back as %v, %v", text, again, err)
		}
	}
}

func TestValuesWriteWhatTheyRead(t *testing.T) {
	for _, tt := range []struct{ text, again string }{
		{"udp:0.0.0.0:5060", ""}, {"TCP:[::]:0", "tcp:[::]:0"}, {"tcp:[fe80::1%eth0]:5060", ""}, {"TLS:0.0.0.0:5061", "tls:0.0.0.0:5061"},
	} {
		var l Listen
		if err := l.UnmarshalText([]byte(tt.text)); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		checkText(t, l, tt.text, tt.again)
	}
	for _, tt := range []struct{ text, again string }{
		{"192.0.2.7", ""}, {"192.0.2.0/24", ""}, {"192.0.2.7/24", "192.0.2.0/24"}, {"2001:db8::1", ""}, {"::/0", ""}, {"192.0.2.7/32", "192.0.2.7"},
	} {
		var p Peer
		if err := p.UnmarshalText([]byte(tt.text)); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		checkText(t, p, tt.text, tt.again)
	}
	for _, tt := range []struct{ text, again string }{{"16384-16583", ""}, {"1024 - 1027", "1024-1027"}, {"1024-65535", ""}} {
		var r PortRange
		if err := r.UnmarshalText([]byte(tt.text)); err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		checkText(t, r, tt.text, tt.again)
	}
}

func checkText(t *testing.T, v interface{ MarshalText() ([]byte, error) }, text, again string) {
	t.Helper()
	if again == "" {
		again = text
	}
	if got, err := v.MarshalText(); err != nil || string(got) != again {
		t.Errorf("%s is written as %s, %v", text, got, err)
	}
}

func TestValuesRefuse(t *testing.T) {
	for _, text := range []string{"", ":", "udp", "udp:", "udp::5060", "udp:host:5060", "udp:0.0.0.0:65536", "sctp:0.0.0.0:5060", "udp:0.0.0.0:5060x"} {
		if err := new(Listen).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "; write") {
			t.Errorf("%q as an address to listen at: %v", text, err)
		}
	}
	for _, text := range []string{"", "/", "192.0.2.0/33", "192.0.2", "fritz.box", "192.0.2.1:5060", "::/129"} {
		if err := new(Peer).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "; write") {
			t.Errorf("%q as a peer: %v", text, err)
		}
	}
	for _, text := range []string{"", "-", "5000", "80-90", "5000-5002", "5003-5000", "5000-65536", "5000-5010-5020", "a-b", "-1-5"} {
		if err := new(PortRange).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "; write") {
			t.Errorf("%q as ports: %v", text, err)
		}
	}
}

func TestRejectionsHaveTheirStatus(t *testing.T) {
	for r, want := range map[Rejection]int{Decline: 603, Busy: 486, Unavailable: 480, Forbidden: 403} {
		if got := r.Status(); got != want {
			t.Errorf("%s: %d, want %d", r, got, want)
		}
	}
}

func TestLookups(t *testing.T) {
	c := mustParse(t, good)
	if r, ok := c.Relay("strike"); !ok || r.Line != 27 {
		t.Errorf("relay %+v, %v", r, ok)
	}
	if _, ok := c.Relay(""); ok {
		t.Error("there is a relay without a name")
	}
	if a, ok := c.Account("main"); !ok || a.User != "door" {
		t.Errorf("account %+v, %v", a, ok)
	}
	if _, ok := c.Account("none"); ok {
		t.Error("there is an account that nobody wrote")
	}
}

func BenchmarkParse(b *testing.B) {
	data := []byte(full)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("bench.toml", data); err != nil {
			b.Fatal(err)
		}
	}
}
