package firmware

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/firmware/config"
	"intercom/sipua"
	"intercom/sipua/locate"
	"intercom/sipua/simnet"
)

// questioned is a resolver that remembers what it was asked and knows one answer.
type questioned struct {
	asked []locate.Query
	leads locate.Target
}

func (q *questioned) Locate(_ context.Context, _ time.Time, query locate.Query) locate.Result {
	q.asked = append(q.asked, query)
	return locate.Result{Targets: []locate.Target{q.leads}}
}

// appHouse is a door in a network in memory, in which nobody else lives.
type appHouse struct {
	log bytes.Buffer
	dns questioned
}

const appPassword = "open-sesame-9"

// live runs a door of a configuration for a while and closes it.
func (h *appHouse) live(t *testing.T, text string, watch func(Watched)) {
	t.Helper()
	cfg, err := config.Parse("app.toml", fmt.Appendf(nil,
		"[board]\ntype = \"sim\"\n[[account]]\naor = \"sip:door@house.example\"\npassword = %q\n%s", appPassword, text))
	if err != nil {
		t.Fatal(err)
	}
	h.dns.leads = locate.Target{Transport: "UDP", Addr: netip.MustParseAddrPort("192.0.2.9:5060"), Name: "pbx"}
	synctest.Test(t, func(t *testing.T) {
		board, _, err := OpenBoard(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		network := sipua.Network(simnet.New(simnet.Config{Seed: 1}).Host(netip.MustParseAddr("192.0.2.1")))
		door, err := New(Parts{Config: cfg, Board: board, Network: network, DNS: &h.dns, Watch: watch,
			Logger: slog.New(slog.NewTextHandler(&h.log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if err := door.Run(ctx); err != nil {
			t.Errorf("the door ended with %v", err)
		}
	})
}

// TestTrace: messages are in the log if and only if the configuration wants them there, and no secret is.
func TestTrace(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		t.Run(fmt.Sprint(wanted), func(t *testing.T) {
			var h appHouse
			watched := 0
			h.live(t, fmt.Sprintf("[log]\ntrace = %v\n", wanted), func(w Watched) {
				if _, ok := w.(sipua.Traced); ok {
					watched++
				}
			})
			if watched == 0 {
				t.Error("who watches the door sees no messages")
			}
			logged := strings.Contains(h.log.String(), `msg=sent transport=UDP peer=192.0.2.9:5060 message="REGISTER sip:house.example SIP/2.0\r\n`)
			if logged != wanted {
				t.Errorf("logged: %v\n%s", logged, h.log.String())
			}
			if strings.Contains(h.log.String(), appPassword) {
				t.Error("the password is in the log")
			}
		})
	}
}

// TestAddressFamilies: what the configuration switches off is not asked for.
func TestAddressFamilies(t *testing.T) {
	for _, row := range []struct {
		text       string
		ipv4, ipv6 bool
	}{
		{"", true, true},
		{"[network]\nipv6 = false\n", true, false},
		{"[network]\nipv4 = false\n", false, true},
	} {
		var h appHouse
		h.live(t, row.text, nil)
		if len(h.dns.asked) == 0 {
			t.Fatal("nothing was asked")
		}
		for _, q := range h.dns.asked {
			if q.IPv4 != row.ipv4 || q.IPv6 != row.ipv6 {
				t.Errorf("%q: asked for IPv4 %v and IPv6 %v", row.text, q.IPv4, q.IPv6)
			}
		}
	}
}
