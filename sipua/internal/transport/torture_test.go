package transport

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"intercom/sipua/sip"
)

// torture reads the corpus of package sip: messages made after RFC 4475, RFC 5118 and known attacks.
func torture(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../sip/testdata/torture/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	messages := make(map[string]string)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for section := range strings.SplitSeq("\n"+string(text), "\n=== ") {
			if name, body, ok := strings.Cut(section, "\n"); ok && name != "" {
				messages[name] = onTheWire(body + "\n")
			}
		}
	}
	return messages
}

// onTheWire reads the corpus's notation; its README tells it.
func onTheWire(s string) string {
	repeated := regexp.MustCompile(`\{(\d+)\*([^}]*)\}`)
	octets := regexp.MustCompile(`\{0x[0-9a-fx ]+\}`)
	s = repeated.ReplaceAllStringFunc(s, func(m string) string {
		part := repeated.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[1])
		return strings.Repeat(part[2], n)
	})
	s = strings.NewReplacer("{cut}\n", "", "\n", "\r\n", "{lf}", "\n").Replace(s)
	return octets.ReplaceAllStringFunc(s, func(m string) string {
		b, _ := hex.DecodeString(strings.NewReplacer("{", "", "}", "", "0x", "", " ", "").Replace(m))
		return string(b)
	})
}

// status is the answer an error asks for; 0 for none.
func status(err error) int {
	var syntax *sip.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Status
	}
	return 0
}

// TestTortureOverUDP holds that the Layer passes on what the parser can use, and nothing else: the cheap look
// before it must not drop what deserves an answer.
func TestTortureOverUDP(t *testing.T) {
	inMemory(t, func(w *world) {
		door, desk := w.pair(sip.UDP, Limits{SourceRate: -1})
		for name, packet := range torture(w.T) {
			if len(packet) > 65507 {
				continue // no datagram can be so long
			}
			want, wantErr := sip.Parse([]byte(packet))
			if name == "folded-start-line" || name == "http-with-via" {
				want = nil // answered by the parser's measure, junk by ours
			}
			door.Send(door.flowTo(sip.UDP, desk), []byte(packet))
			if want == nil {
				desk.wantQuiet(name, time.Second)
				continue
			}
			got := desk.want(name, Received)
			if got.Message.String() != want.String() || status(got.Err) != status(wantErr) || got.IsClosing {
				w.Errorf("%s: got %v, %v, want %v, %v", name, got.Message, got.Err, want, wantErr)
			}
		}
	})
}

// closing are the messages after which nobody knows where the next one starts, with the status of the answer; 0
// for none. All others must leave the connection usable.
var closing = map[string]int{
	"ncl":               400,
	"mcl01":             400,
	"length-twice-same": 400,
	"length-list":       400,
	"length-huge":       513,
	"long-message":      513,
	"many-fields":       400, // its length stands behind the last line the parser looks at
	"clerr":             0,   // waits for the rest of the body, which swallows the probe, until the deadline
	"clerr-response":    0,
}

func TestTortureOverTCP(t *testing.T) {
	for name, packet := range torture(t) {
		t.Run(name, func(t *testing.T) {
			if _, isPresent, err := sip.ContentLength([]byte(packet)); !isPresent && err == nil {
				packet = withLength(packet)
			}
			inMemory(t, func(w *world) { tortureTCP(w, name, packet) })
		})
	}
}

// withLength gives a message the length a stream needs.
func withLength(packet string) string {
	head, body, found := strings.Cut(strings.TrimLeft(packet, "\r\n"), "\r\n\r\n")
	if !found {
		return packet
	}
	return head + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

func tortureTCP(w *world, name, packet string) {
	desk, dial := w.accepting(Limits{})
	c := dial()
	c.Write([]byte(packet))
	c.Write(request("probe", 0))
	answer, isOpen := afterTorture(desk)
	want, mustClose := closing[name]
	switch {
	case isOpen == mustClose:
		w.Errorf("open is %v, answer %d", isOpen, answer)
	case mustClose && answer != want:
		w.Errorf("answered by %d, want %d", answer, want)
	}
}

// afterTorture reads events until the probe arrives or the connection ends.
func afterTorture(desk *end) (answer int, isOpen bool) {
	for e := range desk.Events() {
		switch {
		case e.Kind == Failed:
			return answer, false
		case e.IsClosing:
			answer = status(e.Err)
		case e.Message.CallID == "probe":
			return 0, true
		}
	}
	return 0, false
}

// isFolded tells a first line which goes on in the next. RFC 3261 section 7.1 allows none; the parser is liberal, the
// cheap look is not.
func isFolded(p []byte) bool {
	p = bytes.TrimLeft(p, "\r\n")
	i := bytes.IndexByte(p, '\n')
	return i >= 0 && i+1 < len(p) && (p[i+1] == ' ' || p[i+1] == '\t')
}

// FuzzClassify holds that the cheap look lets pass whatever the parser can use.
func FuzzClassify(f *testing.F) {
	for _, m := range torture(f) {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		m, err := sip.Parse(p)
		if m == nil || err != nil || isFolded(p) {
			return
		}
		class := Classify(p)
		if m.IsRequest() && class != Request || !m.IsRequest() && class != Response {
			t.Fatalf("class %d of %q", class, p)
		}
	})
}
