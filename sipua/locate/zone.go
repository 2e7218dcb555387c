package locate

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// maxQuestions bounds the log of a Zone.
const maxQuestions = 1000

// Zone is a little authoritative name server: for tests, for a demonstration and for a house without DNS. Its
// records can be changed and its manners spoilt while it serves. All methods may be called from any goroutine.
type Zone struct {
	mu        sync.Mutex // guards what follows; held for the time of composing one answer
	records   map[key][]dns.RR
	names     map[string]bool // the names that exist, with those between them and the root
	manners   []Manner
	questions []Question
}

// Question is one question that a Zone was asked.
type Question struct {
	Network string // "udp" or "tcp"
	Type    string // "NAPTR", "SRV", "A", "AAAA", ...
	Name    string // lower case, without the final dot
}

// String prints type and name, such as "SRV _sip._udp.example.com", with " over tcp" where it was.
func (q Question) String() string {
	if q.Network == "tcp" {
		return q.Type + " " + q.Name + " over tcp"
	}
	return q.Type + " " + q.Name
}

// Manner is a way to misbehave.
type Manner struct {
	Type    string // only questions of this type, such as "SRV"; "" means all
	Network string // only over "udp" or "tcp"; "" means both
	Times   int    // after so many questions the manner is over; 0 means never

	Dead         bool          // say nothing at all
	Delay        time.Duration // answer late
	WrongID      bool          // answer with another id than asked
	WrongName    bool          // answer another question than asked
	Truncate     bool          // over UDP: no records and the TC bit, as if the answer were too long
	NoAdditional bool          // leave the Additional section empty
	NoEDNS       bool          // answer FORMERR to a question with EDNS, as servers before RFC 2671 do
	Rcode        int           // answer with this response code (2 SERVFAIL, 5 REFUSED) and no records
	Raw          []byte        // answer these bytes; the first two are overwritten with the id asked
}

// NewZone reads zone text: resource records in the form of RFC 1035 section 5, full names or relative to an
// $ORIGIN. Without a TTL a record has 300 s.
func NewZone(text string) (*Zone, error) {
	z := new(Zone)
	return z, z.Set(text)
}

// Set replaces all records. On an error, which names the line, the old ones stay.
func (z *Zone) Set(text string) error {
	records, names := make(map[key][]dns.RR), make(map[string]bool)
	parser := dns.NewZoneParser(strings.NewReader(text), ".", "zone")
	parser.SetDefaultTTL(300)
	for record, ok := parser.Next(); ok; record, ok = parser.Next() {
		k := keyOf(record)
		records[k] = append(records[k], record)
		for name := k.name; name != "." && !names[name]; name = parent(name) {
			names[name] = true
		}
	}
	if err := parser.Err(); err != nil {
		return fmt.Errorf("zone text: %w", err)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	z.records, z.names = records, names
	return nil
}

// parent returns the name without its first label; "." at the end.
func parent(name string) string {
	offset, isEnd := dns.NextLabel(name, 0)
	if isEnd || offset >= len(name) {
		return "."
	}
	return name[offset:]
}

// Misbehave replaces the ways in which the server misbehaves; without arguments it behaves.
func (z *Zone) Misbehave(manners ...Manner) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.manners = append([]Manner(nil), manners...)
}

// Questions returns what was asked since the start or the last Forget, oldest first, at most the first 1000.
func (z *Zone) Questions() []Question {
	z.mu.Lock()
	defer z.mu.Unlock()
	return append([]Question(nil), z.questions...)
}

// Forget empties the log of questions.
func (z *Zone) Forget() {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.questions = nil
}
