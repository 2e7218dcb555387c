package sipua_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"intercom/sipua"
	"intercom/sipua/simnet"
	"intercom/sipua/siptest"
)

// torture is what the user agent does with the messages of RFC 4475 that are its business: the first response over UDP,
// 100 for one that became a call, 0 for silence.
var torture = map[string]int{
	"wsinv": 481, "intmeth": 501, "esc01": 100, "escnull": 405, "esc02": 501, "lwsdisp": 200, "longreq": 100, "dblreq": 405,
	"semiuri": 200, "transports": 200, "mpart01": 405, "unreason": 0, "noreason": 0, "badinv01": 0, "clerr": 400, "ncl": 400,
	"scalar02": 400, "scalarlg": 0, "quotbal": 400, "ltgtruri": 400, "lwsruri": 400, "lwsstart": 100, "trws": 200, "escruri": 400,
	"baddate": 100, "regbadct": 405, "badaspec": 200, "baddn": 200, "badvers": 505, "mismatch01": 400, "mismatch02": 501,
	"bigcode": 0, "badbranch": 400, "insuf": 400, "unkscm": 416, "novelsc": 416, "unksm2": 405, "bext01": 420, "invut": 415,
	"regaut01": 405, "multi01": 400, "mcl01": 400, "bcast": 0, "zeromf": 200, "cparam01": 405, "cparam02": 405, "regescrt": 405,
	"sdp01": 406, "inv2543": 100, "bare-ack": 0, "malformed-ack": 0, "no-via": 0, "response-no-via": 0, "http": 0, "keep-alive": 0,
	"long-cseq-method": 501, "many-fields": 513, "many-vias": 513, "long-field": 513,
}

func TestTorture(t *testing.T) {
	messages := tortureMessages(t)
	for name, want := range torture {
		if messages[name] == nil {
			t.Errorf("%s is not in the corpus", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, w *siptest.World) {
				door := w.Door(sipua.Config{AllowDirect: true})
				if got := reaction(w, messages[name]); got != want {
					t.Errorf("the first response is %d, want %d, to\n%s", got, want, messages[name])
				}
				stillAlive(t, w, door)
			})
		})
	}
}

// reaction sends one datagram to a door and returns the status of the first response, wherever that goes.
func reaction(w *siptest.World, datagram []byte) int {
	var mu sync.Mutex
	status := 0
	w.Net.SetTap(func(p simnet.Packet) {
		mu.Lock()
		defer mu.Unlock()
		text, isResponse := bytes.CutPrefix(p.Data, []byte("SIP/2.0 "))
		if status == 0 && isResponse && p.Src.Addr().String() == siptest.DoorAddress {
			status, _ = strconv.Atoi(string(text[:3]))
		}
	})
	sender := w.Peer("192.0.2.66")
	sender.SendRaw(datagram, siptest.DoorPort(), nil)
	time.Sleep(time.Second)
	w.Net.SetTap(nil)
	synctest.Wait()
	mu.Lock()
	defer mu.Unlock()
	return status
}

// stillAlive checks that the door takes a call after all it went through.
func stillAlive(t *testing.T, w *siptest.World, door *siptest.Door) {
	t.Helper()
	desk := w.Peer("192.0.2.67")
	desk.Call("OPTIONS", "sip:door@192.0.2.1:5070")
	desk.Want("the door is alive", "200 OPTIONS")
	door.Stop()
	door.Wait()
}

// Every message of the corpus, each cut off at every hundredth byte, to one and the same door: it stays alive.
func TestTortureTruncated(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		door := w.Door(sipua.Config{AllowDirect: true, Limits: sipua.Limits{SourceRate: -1, StrangerRate: 1e9}})
		sender := w.Peer("192.0.2.66")
		for _, m := range tortureMessages(t) {
			for n := 0; n < min(len(m), 65507); n += 100 {
				sender.SendRaw(m[:n], siptest.DoorPort(), nil)
			}
		}
		time.Sleep(5 * time.Minute)
		for {
			_, isOld := drainOne(door)
			if !isOld {
				break
			}
		}
		stillAlive(t, w, door)
	})
}

// drainOne takes an event that is waiting already.
func drainOne(door *siptest.Door) (sipua.Event, bool) {
	select {
	case e := <-door.Events():
		return e, true
	case <-time.After(time.Second):
		return nil, false
	}
}

// A flood of calls that are cancelled at once costs no memory and no calls of others.
func TestFloodOfCancelledCalls(t *testing.T) {
	run(t, func(t *testing.T, w *siptest.World) {
		peers := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		door := w.Door(sipua.Config{Peers: peers, Limits: sipua.Limits{SourceRate: -1}})
		desk := w.Peer("192.0.2.20")
		for i := range 500 {
			invite := desk.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
			in := siptest.Event[sipua.Incoming](door, fmt.Sprint("call ", i))
			cancel := invite.Clone()
			cancel.Method, cancel.CSeq.Method, cancel.Body = "CANCEL", "CANCEL", nil
			desk.SendTo(cancel, siptest.DoorPort(), nil)
			desk.Want("200", "200 CANCEL")
			desk.AckRefusal(invite, desk.Want("487", "487 INVITE"))
			if e := siptest.Event[sipua.Ended](door, "cancelled"); e.Call != in.Call {
				t.Fatalf("%+v", e)
			}
			time.Sleep(100 * time.Millisecond)
		}
		desk.Call("INVITE", "sip:door@192.0.2.1:5070", answerSDP)
		siptest.Event[sipua.Incoming](door, "the next call is taken")
	})
}

// tortureMessages reads the corpus of package sip, whose README tells the notation.
func tortureMessages(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("sip/testdata/torture/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	messages := make(map[string][]byte)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for section := range strings.SplitSeq("\n"+string(text), "\n=== ") {
			if name, body, ok := strings.Cut(section, "\n"); ok && name != "" {
				messages[name] = wireForm(body + "\n")
			}
		}
	}
	return messages
}

var (
	repeated = regexp.MustCompile(`\{(\d+)\*([^}]*)\}`)
	octets   = regexp.MustCompile(`\{(0x[0-9a-fx ]+)\}`)
)

// wireForm resolves the notation of the corpus.
func wireForm(s string) []byte {
	s = repeated.ReplaceAllStringFunc(s, func(m string) string {
		part := repeated.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[1])
		return strings.Repeat(part[2], n)
	})
	s = strings.ReplaceAll(strings.ReplaceAll(s, "{cut}\n", ""), "\n", "\r\n")
	s = strings.ReplaceAll(s, "{lf}", "\n")
	return octets.ReplaceAllFunc([]byte(s), func(m []byte) []byte {
		b, _ := hex.DecodeString(strings.NewReplacer("{", "", "}", "", "0x", "", " ", "").Replace(string(m)))
		return b
	})
}
