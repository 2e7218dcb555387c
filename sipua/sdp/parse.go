package sdp

import (
	"fmt"
	"strconv"
	"strings"
)

// Bounds of what is read: far above any telephone's description and far below what would cost
// memory.
const (
	maxBytes   = 65535
	maxLines   = 2048
	maxMedia   = 32
	maxFormats = 64
)

// SyntaxError tells why a description cannot be read.
type SyntaxError struct {
	Line   int // counted from 1; 0 for the whole
	Detail string
}

// Error implements error.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return "sdp: " + e.Detail
	}
	return fmt.Sprintf("sdp: line %d: %s", e.Line, e.Detail)
}

// Parse reads a description. It is liberal: lines may end in LF, CR or NUL alone, the last may end
// in nothing, order does not matter within a part, unknown lines are kept, lines that are none are
// dropped, and o=, s= and t= may be missing or short. It insists on v= as the first line and on
// readable m= lines. Nothing of the result refers to body. The error is a *SyntaxError.
func Parse(body []byte) (*Session, error) {
	if len(body) > maxBytes {
		return nil, &SyntaxError{Detail: fmt.Sprintf("%d bytes, at most %d are read", len(body), maxBytes)}
	}
	p := parser{session: &Session{}}
	for line := range strings.FieldsFuncSeq(string(body), func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }) {
		p.line++
		if p.line > maxLines {
			return nil, &SyntaxError{p.line, fmt.Sprintf("more than %d lines", maxLines)}
		}
		if err := p.read(strings.TrimLeft(line, " \t")); err != nil {
			return nil, err
		}
	}
	if !p.hasVersion {
		return nil, &SyntaxError{Detail: "no v= line; this is no session description"}
	}
	p.complete()
	return p.session, nil
}

// parser walks the lines; media is the current m= line's part, nil in the session part.
type parser struct {
	session    *Session
	media      *Media
	line       int
	hasVersion bool
}

// read takes one line. Blank ones and those without "=" in second place are dropped.
func (p *parser) read(line string) error {
	if len(line) < 2 || line[1] != '=' {
		return nil
	}
	kind, value := line[0], strings.TrimRight(line[2:], " \t")
	if !p.hasVersion && kind != 'v' {
		return &SyntaxError{p.line, "the first line is not v="}
	}
	switch kind {
	case 'v':
		p.hasVersion = true
	case 'm':
		return p.readMedia(value)
	case 'c':
		p.readConnection(value)
	case 'a':
		p.readAttribute(value)
	default:
		p.readOther(kind, value)
	}
	return nil
}

// readOther keeps o= and s= in their fields and all else as it is.
func (p *parser) readOther(kind byte, value string) {
	switch {
	case p.media != nil:
		p.media.Lines = append(p.media.Lines, Line{kind, value})
	case kind == 'o':
		p.session.Origin = parseOrigin(value)
	case kind == 's':
		p.session.Name = value
	default:
		p.session.Lines = append(p.session.Lines, Line{kind, value})
	}
}

// parseOrigin takes what is there; complete fills in the rest. Nothing in a call depends on a peer's
// o=, so that none is too odd to talk to.
func parseOrigin(value string) Origin {
	f := append(strings.Fields(value), make([]string, 6)...)
	return Origin{Username: f[0], ID: f[1], Version: f[2], Network: f[3], Family: f[4], Address: f[5]}
}

// readConnection takes a c= line; the last of a part holds. A line that is short counts as absent.
func (p *parser) readConnection(value string) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return
	}
	c := Connection{Network: f[0], Family: f[1], Address: f[2]}
	if p.media != nil {
		p.media.Connection = c
	} else {
		p.session.Connection = c
	}
}

// readAttribute splits at the first colon. Blanks around it are not in the grammar but on the wire.
func (p *parser) readAttribute(value string) {
	name, value, _ := strings.Cut(value, ":")
	a := Attribute{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
	switch {
	case a.Name == "":
	case p.media != nil:
		p.media.Attributes = append(p.media.Attributes, a)
	default:
		p.session.Attributes = append(p.session.Attributes, a)
	}
}

// readMedia takes an m= line: <media> <port>[/<number of ports>] <proto> <fmt> ... A medium without
// formats is read, because peers refuse media with "m=video 0 RTP/AVP".
func (p *parser) readMedia(value string) error {
	f := strings.Fields(value)
	if len(f) < 3 || len(f) > 3+maxFormats {
		return &SyntaxError{p.line, fmt.Sprintf("m= with %d fields, want media, port, protocol and 1 to %d formats", len(f), maxFormats)}
	}
	if len(p.session.Media) == maxMedia {
		return &SyntaxError{p.line, fmt.Sprintf("more than %d media", maxMedia)}
	}
	portText, countText, hasCount := strings.Cut(f[1], "/")
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return &SyntaxError{p.line, fmt.Sprintf("port %q of m=%s, want 0 to 65535", clip(portText), clip(f[0]))}
	}
	var count uint64
	if hasCount {
		if count, err = strconv.ParseUint(countText, 10, 16); err != nil {
			return &SyntaxError{p.line, fmt.Sprintf("number of ports %q of m=%s", clip(countText), clip(f[0]))}
		}
	}
	p.session.Media = append(p.session.Media, Media{
		Kind: f[0], Port: int(port), Ports: int(count), Protocol: f[2], Formats: f[3:],
	})
	p.media = &p.session.Media[len(p.session.Media)-1]
	return nil
}

// complete puts what every description must have where a peer left it out, so that printing gives a
// valid one.
func (p *parser) complete() {
	o := &p.session.Origin
	for _, field := range []struct {
		text  *string
		value string
	}{{&o.Username, "-"}, {&o.ID, "0"}, {&o.Version, "0"}, {&o.Network, "IN"}, {&o.Family, "IP4"}, {&o.Address, "0.0.0.0"}, {&p.session.Name, "-"}} {
		if *field.text == "" {
			*field.text = field.value
		}
	}
	for _, line := range p.session.Lines {
		if line.Type == 't' {
			return
		}
	}
	p.session.Lines = append(p.session.Lines, Line{'t', "0 0"})
}

// clip shortens a peer's text for an error message.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
