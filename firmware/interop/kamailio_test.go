//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// domain is the house's. Nothing outside the tests resolves it (RFC 6761).
const domain = "house.test"

// users of the registrar, with their passwords.
var users = map[string]string{
	"door":  "Sesame-open-1",
	"alice": "wonderland",
	"bob":   "builder",
}

// registrar is a kamailio: registrar with digest, usrloc in memory, forking proxy with Record-Route.
type registrar struct {
	*program
	street *street
	addr   string
	socket string // of JSON-RPC
}

// registrarConfig is what tests vary.
type registrarConfig struct {
	Name        string // of its log; "" means kamailio
	MaxExpires  int    // of a binding, s; 0 means 3600
	NonceExpire int    // s; 0 means 300
	Answer503   bool   // say 503 to every REGISTER
	DropAuth    bool   // challenge every REGISTER, and say nothing to its answer
	Algorithm   string // of the digest; "" means MD5
	TLS         *keys  // listen on TLS too, with this certificate
}

const kamailioConfig = `#!KAMAILIO
debug=2
log_stderror=yes
children=2
tcp_children=2
disable_tcp=no
auto_aliases=no
dns=no
rev_dns=no
use_dns_cache=no
server_signature=no
listen=udp:@ADDR@:5060
listen=tcp:@ADDR@:5060
@LISTENTLS@
alias="@DOMAIN@"
mpath="@MODULES@"
@LOADTLS@
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "nathelper.so"
loadmodule "jsonrpcs.so"
modparam("jsonrpcs", "transport", 4)
modparam("jsonrpcs", "dgram_socket", "@SOCKET@")
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "timer_interval", 1)
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", @EXPIRES@)
modparam("registrar", "default_expires", @EXPIRES@)
modparam("registrar", "received_avp", "$avp(received)")
modparam("nathelper", "received_avp", "$avp(received)")
modparam("auth", "qop", "auth")
modparam("auth", "algorithm", "@ALGORITHM@")
modparam("auth", "nonce_expire", @NONCE@)
modparam("tm", "fr_timer", 8000)
modparam("tm", "fr_inv_timer", 60000)
modparam("rr", "enable_full_lr", 1)

request_route {
	xlog("L_NOTICE", "GOT $rm $ru from $si:$sp $proto cseq $cs auth $(hdr(Authorization){s.len})\n");
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	if (has_totag()) {
		if (loose_route()) {
			handle_ruri_alias();
			t_relay();
			exit;
		}
		if (is_method("ACK")) {
			if (t_check_trans()) t_relay();
			exit;
		}
		sl_send_reply("404", "Not Here");
		exit;
	}
	t_check_trans();
	if (is_method("OPTIONS") && uri == myself && $rU == $null) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (@ANSWER503@ && is_method("REGISTER")) {
		sl_send_reply("503", "Service Unavailable");
		exit;
	}
	$var(secret) = "";
@SECRETS@
	if (@DROPAUTH@ && is_method("REGISTER") && $au != $null) exit;
	if (is_method("REGISTER")) {
		if ($var(secret) == "" || !pv_auth_check("@DOMAIN@", "$var(secret)", "0", "0")) {
			www_challenge("@DOMAIN@", "1");
			exit;
		}
		if ($rU != $null) {
			sl_send_reply("400", "REGISTER with a user part");
			exit;
		}
		if (proto == TLS) fix_nated_register();
		save("location");
		exit;
	}
	if (is_method("INVITE") && from_uri == myself) {
		if ($var(secret) == "" || !pv_auth_check("@DOMAIN@", "$var(secret)", "0", "0")) {
			proxy_challenge("@DOMAIN@", "1");
			exit;
		}
		consume_credentials();
	}
	if (is_method("INVITE|SUBSCRIBE")) {
		record_route();
		if (proto == TLS) add_contact_alias();
	}
	if (uri == myself) {
		if (!lookup("location")) {
			sl_send_reply("404", "Not Found");
			exit;
		}
	}
	t_relay();
}

# Who came over TLS is reached over that connection only, as behind a NAT.
onreply_route {
	if (proto == TLS) add_contact_alias();
}
`

// startRegistrar runs a kamailio on the address.
func (s *street) startRegistrar(addr string, c registrarConfig) *registrar {
	s.Helper()
	if c.Name == "" {
		c.Name = "kamailio"
	}
	if c.MaxExpires == 0 {
		c.MaxExpires = 3600
	}
	if c.NonceExpire == 0 {
		c.NonceExpire = 300
	}
	r := &registrar{street: s, addr: addr, socket: s.path(c.Name + ".rpc")}
	var secrets strings.Builder
	for user, password := range users {
		fmt.Fprintf(&secrets, "\tif ($au == %q) $var(secret) = %q;\n", user, password)
	}
	listen, load := s.kamailioTLS(addr, c)
	config := s.write(c.Name+"/kamailio.cfg", strings.NewReplacer(
		"@ADDR@", addr, "@DOMAIN@", domain, "@SOCKET@", r.socket, "@SECRETS@", secrets.String(), "@ANSWER503@", constant(c.Answer503),
		"@ALGORITHM@", c.Algorithm, "@DROPAUTH@", constant(c.DropAuth), "@LISTENTLS@", listen, "@LOADTLS@", load,
		"@EXPIRES@", fmt.Sprint(c.MaxExpires), "@NONCE@", fmt.Sprint(c.NonceExpire), "@MODULES@", s.modules(),
	).Replace(kamailioConfig))
	r.program = s.start(c.Name, "kamailio", "-f", config, "-DD", "-E", "-m", "64", "-M", "8",
		"-Y", filepath.Dir(config), "-P", s.path(c.Name+".pid"))
	s.running(r.program, func() bool {
		_, err := os.Stat(r.socket)
		return err == nil && r.call("core.version", nil) == nil
	})
	return r
}

// constant is a condition of kamailio's language.
func constant(value bool) string {
	if value {
		return "(1 == 1)"
	}
	return "(1 == 0)"
}

// kamailioTLS gives the lines for TLS; both are empty without.
func (s *street) kamailioTLS(addr string, c registrarConfig) (listen, load string) {
	s.Helper()
	if c.TLS == nil {
		return "", ""
	}
	certificate := s.write(c.Name+"/cert.pem", string(c.TLS.certificate))
	key := s.write(c.Name+"/key.pem", string(c.TLS.key))
	return "enable_tls=yes\nlisten=tls:" + addr + ":5061", fmt.Sprintf("loadmodule \"tls.so\"\nmodparam(\"tls\", \"certificate\", %q)\n"+
		"modparam(\"tls\", \"private_key\", %q)\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")", certificate, key)
}

// kill ends the registrar as a power cut would: without a word to anybody.
func (r *registrar) kill() {
	_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
	<-r.done
}

// modules finds the directory of kamailio's modules, which has the architecture in its name.
func (s *street) modules() string {
	s.Helper()
	found, err := filepath.Glob("/usr/lib/*/kamailio/modules/tm.so")
	if err != nil || len(found) == 0 {
		s.Fatalf("kamailio's modules are not to be found (%v); run packages.sh", err)
	}
	return filepath.Dir(found[0]) + "/"
}

// call runs a JSON-RPC command over kamailio's datagram socket.
func (r *registrar) call(method string, result any, params ...any) error {
	local := fmt.Sprintf("%s.%d", r.socket, time.Now().UnixNano())
	defer os.Remove(local)
	conn, err := net.DialUnix("unixgram", &net.UnixAddr{Name: local, Net: "unixgram"}, &net.UnixAddr{Name: r.socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()
	if params == nil {
		params = []any{}
	}
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": method, "params": params, "id": 1})
	if err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write(request); err != nil {
		return err
	}
	buffer := make([]byte, 1<<16)
	n, err := conn.Read(buffer)
	if err != nil {
		return err
	}
	return readResult(buffer[:n], result)
}

func readResult(response []byte, result any) error {
	var envelope struct {
		Result json.RawMessage
		Error  *struct {
			Code    int
			Message string
		}
	}
	if err := json.Unmarshal(response, &envelope); err != nil {
		return fmt.Errorf("%w in %s", err, response)
	}
	if envelope.Error != nil {
		return fmt.Errorf("kamailio says %d %s", envelope.Error.Code, envelope.Error.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(envelope.Result, result)
}

// binding is one contact of a user in the location table.
type binding struct {
	Address string
	Expires int // s from now
	CallID  string
	CSeq    int
}

// bindings reads the location table of a user. A user without bindings has none.
func (r *registrar) bindings(user string) []binding {
	var record struct {
		Contacts []struct {
			Contact struct {
				Address string
				Expires int
				CallID  string `json:"Call-ID"`
				CSeq    int
			}
		}
	}
	if err := r.call("ul.lookup", &record, "location", user); err != nil {
		return nil
	}
	var all []binding
	for _, entry := range record.Contacts {
		c := entry.Contact
		all = append(all, binding{c.Address, c.Expires, c.CallID, c.CSeq})
	}
	return all
}

// wantBindings waits until a user has n contacts, and returns them.
func (r *registrar) wantBindings(user string, n int) []binding {
	r.street.Helper()
	var all []binding
	r.street.eventually(patience, fmt.Sprintf("%s has %d bindings at %s", user, n, r.name), func() bool {
		all = r.bindings(user)
		return len(all) == n
	})
	return all
}

// requests counts the requests of a method that the registrar has got.
func (r *registrar) requests(method string) int { return strings.Count(r.text(), "GOT "+method+" ") }
