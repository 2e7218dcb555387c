package locate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"intercom/sipua/sip"
)

func TestReadServers(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"one", "nameserver 192.0.2.1\n", "192.0.2.1:53"},
		{"no final newline", "nameserver 192.0.2.1", "192.0.2.1:53"},
		{"IPv6 and a zone", "nameserver 2001:db8::1\nnameserver fe80::1%eth0", "[2001:db8::1]:53 [fe80::1%eth0]:53"},
		{"other lines", "# a comment\nsearch lan\noptions edns0\n\tnameserver\t192.0.2.1  trailing\n", "192.0.2.1:53"},
		{"at most three", "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
			"192.0.2.1:53 192.0.2.2:53 192.0.2.3:53"},
		{"no address", "nameserver dns.example.com\nnameserver\nnameserver 192.0.2.1\n", "192.0.2.1:53"},
		{"nothing", "", "127.0.0.1:53"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := ReadServers(strings.NewReader(row.text))
			if err != nil || strings.Join(got, " ") != row.want {
				t.Errorf("got %v, %v; want %s", got, err, row.want)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestReadServersError(t *testing.T) {
	if servers, err := ReadServers(brokenReader{}); err == nil {
		t.Errorf("got %v without an error", servers)
	}
	if _, err := readServersFile(t.TempDir()); err == nil {
		t.Error("a directory was read as a file")
	}
}

// TestResolvConfChanges: DHCP writes the file after the door station has started, and again later.
func TestResolvConfChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	withConfig(t, "a.example.com. 0 IN A 192.0.2.1", Config{}, func(r *rig) {
		r.wire.servers["127.0.0.1:53"] = r.wire.servers[secondServer]
		resolver, err := New(Config{ResolvConf: path, Dial: r.wire.Dial})
		if err != nil {
			t.Fatal(err)
		}
		r.resolver = resolver
		ask := func() {
			t.Helper()
			r.wantTargets(r.ask(Query{URI: parseURI(t, "sip:a.example.com:5060"), IPv4: true}), "UDP 192.0.2.1:5060")
		}
		ask()
		wantLog(t, r.second, "A a.example.com")
		if err := os.WriteFile(path, []byte("nameserver 192.0.2.53\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		ask()
		wantLog(t, r.second)
		r.wantQuestions("A a.example.com")
	})
}

func TestNewRejectsServers(t *testing.T) {
	for _, server := range []string{"", "dns.example.com", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:99999", "[2001:db8::1]"} {
		if _, err := New(Config{Servers: []string{server}}); err == nil || !strings.Contains(err.Error(), "name server") {
			t.Errorf("%q: error %v", server, err)
		}
	}
	resolver, err := New(Config{Servers: []string{"2001:db8::1", "192.0.2.1:5353", "[::1]:54"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(resolver.config.Servers, " "); got != "[2001:db8::1]:53 192.0.2.1:5353 [::1]:54" {
		t.Errorf("servers %s", got)
	}
	// The host's file is not read for a URI that asks nothing.
	resolver, err = New(Config{ResolvConf: "/nonexistent/resolv.conf"})
	if err != nil {
		t.Fatal(err)
	}
	result := resolver.Locate(t.Context(), start, Query{URI: sip.URI{Scheme: "sip", Host: "192.0.2.1"}})
	if result.Err != nil || len(result.Targets) != 1 {
		t.Errorf("%+v", result)
	}
}
