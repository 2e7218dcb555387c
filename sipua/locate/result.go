package locate

import (
	"encoding/json"
	"net/netip"
)

// Target is one place to send a message to.
type Target struct {
	Transport string         `json:"transport"` // "UDP", "TCP", "TLS", "SCTP"
	Addr      netip.AddrPort `json:"address"`
	// Name is the host name the address came from, "" for a numeric host. It is never the name to check a TLS
	// certificate against: that is the domain of the URI (RFC 5922 section 7.3).
	Name     string `json:"name,omitempty"`
	Priority uint16 `json:"priority,omitempty"` // of the SRV record; 0 without one
	Weight   uint16 `json:"weight,omitempty"`   // of the SRV record; 0 without one
}

// Source tells where an answer came from.
type Source string

// The sources of an answer.
const (
	FromDNS        Source = "dns"        // a name server, just now
	FromCache      Source = "cache"      // an answer whose time to live has not passed
	FromAdditional Source = "additional" // the Additional section of another answer, still alive
	FromStale      Source = "stale"      // an expired answer, since DNS fails (RFC 8767)
	FromNowhere    Source = "failed"     // DNS fails and nothing was known before
)

// Step is one step of the reasoning: a rule that was followed, and the question it led to with its answers.
type Step struct {
	Rule    string   `json:"rule"`              // what was decided, and why
	Section string   `json:"section"`           // of which RFC
	Query   string   `json:"query,omitempty"`   // type and name asked, "" when the rule asks nothing
	Source  Source   `json:"source,omitempty"`  // of the answers
	Server  string   `json:"server,omitempty"`  // the name server that answered
	Answers []string `json:"answers,omitempty"` // records in zone file form; none: there are none
	Problem string   `json:"problem,omitempty"` // why DNS failed
}

// Result is what Locate found and how.
type Result struct {
	Subject string   // the URI, or the Via's sent-by
	Targets []Target // in the order in which to try them; empty when Err is set
	Steps   []Step   // the reasoning, also when Err is set
	Err     error    // wraps ErrDNS, ErrNotFound or ErrUnsupported
}

// MarshalJSON prints the result with its error as text.
func (r Result) MarshalJSON() ([]byte, error) {
	form := struct {
		Subject string   `json:"subject"`
		Targets []Target `json:"targets"`
		Steps   []Step   `json:"steps"`
		Error   string   `json:"error,omitempty"`
	}{Subject: r.Subject, Targets: r.Targets, Steps: r.Steps}
	if form.Targets == nil {
		form.Targets = []Target{}
	}
	if r.Err != nil {
		form.Error = r.Err.Error()
	}
	return json.Marshal(form)
}
