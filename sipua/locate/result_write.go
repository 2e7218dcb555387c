package locate

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// WriteText prints the reasoning and the targets for a reader at a terminal:
//
//	sip:example.com
//	  1. no transport, no port and a name: ask NAPTR (RFC 3263 section 4.1)
//	       NAPTR example.com.  [dns 192.0.2.53:53]
//	         example.com. 300 IN NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp.example.com.
//	...
//	  1  UDP 192.0.2.1:5060  pbx.example.com  priority 10 weight 60
//
// It returns the writer's error.
func (r Result) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, r.Subject)
	for i, step := range r.Steps {
		step.writeText(&b, i+1)
	}
	if r.Err != nil {
		fmt.Fprintf(&b, "error: %v\n", r.Err)
	}
	for i, target := range r.Targets {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, target)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// writeText prints a step in one line, or with its question and answers in several. "none" is an answer, too.
func (s Step) writeText(b *bytes.Buffer, number int) {
	fmt.Fprintf(b, "%3d. %s (%s)\n", number, s.Rule, s.Section)
	if s.Query == "" {
		return
	}
	fmt.Fprintf(b, "       %s  [%s]\n", s.Query, strings.TrimSpace(string(s.Source)+" "+s.Server))
	for _, answer := range s.Answers {
		fmt.Fprintf(b, "         %s\n", answer)
	}
	switch {
	case s.Problem != "":
		fmt.Fprintf(b, "         failed: %s\n", s.Problem)
	case len(s.Answers) == 0:
		fmt.Fprintln(b, "         none")
	}
}

// String prints transport, address, name and, of an SRV record, priority and weight.
func (t Target) String() string {
	text := t.Transport + " " + t.Addr.String()
	if t.Name != "" {
		text += "  " + t.Name
	}
	if t.Priority != 0 || t.Weight != 0 {
		text += fmt.Sprintf("  priority %d weight %d", t.Priority, t.Weight)
	}
	return text
}
