package trace

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// The ladder of a call. A row is number, seconds since the first message, arrow, transport and the start of the
// Call-ID; +SDP marks a session description. Columns stand in the order in which hosts appear:
//
//	#      time  door                                192.0.2.10:5060
//	1     0.000  |--------- INVITE (1) +SDP -------->|  UDP  4b1c7f02
//	2     0.011  |<-- 401 Unauthorized (1 INVITE) ---|  UDP  4b1c7f02
const (
	columnWidth = 36
	maxColumns  = 6 // further hosts share the last column: a scanner's thousand addresses are one neighbour
	indent      = 15
	idLength    = 8
)

// ladder makes the text of records one by one.
type ladder struct {
	columns []column
	start   time.Time
	count   int
}

// column is one host.
type column struct {
	label string
	who   string           // of a party on this side
	addrs []netip.AddrPort // where a party was seen, or the one address of a remote host
}

// others is the label of the last column when hosts are too many.
const others = "others"

// record appends a row, and before it a heading if a host is new.
func (l *ladder) record(b []byte, r Record) []byte {
	known := len(l.columns)
	local := l.localColumn(r)
	remote := l.remoteColumn(r)
	if l.count == 0 {
		l.start = r.At
		b = fmt.Appendf(b, "SIP messages since %s\n", r.At.UTC().Format("2006-01-02 15:04:05.000 MST"))
	}
	if len(l.columns) > known {
		b = l.appendHeading(b)
	}
	l.count++
	from, to := remote, local
	if r.Sent {
		from, to = local, remote
	}
	b = fmt.Appendf(b, "%4d %9.3f  ", l.count, r.At.Sub(l.start).Seconds())
	head, tail := l.title(r, remote)
	b = append(b, l.row(from, to, head, tail)...)
	return fmt.Appendf(b, "  %s  %s\n", printable(r.Transport), printable(r.CallID[:min(len(r.CallID), idLength)]))
}

// localColumn finds the party on this side.
func (l *ladder) localColumn(r Record) int {
	name := r.Who
	if name == "" {
		name = "here"
	}
	for i, c := range l.columns {
		if c.who == name {
			l.columns[i].see(r.Local)
			return i
		}
	}
	c := column{label: name, who: name}
	c.see(r.Local)
	return l.open(c)
}

// remoteColumn finds the far end. It may be a party too: two of them that call each other are seen from both sides.
func (l *ladder) remoteColumn(r Record) int {
	for i, c := range l.columns {
		for _, a := range c.addrs {
			if a == r.Remote {
				return i
			}
		}
	}
	return l.open(column{label: r.Remote.String(), addrs: []netip.AddrPort{r.Remote}})
}

// maxSeen bounds the addresses of one party.
const maxSeen = 8

// see remembers an address a party answers at.
func (c *column) see(a netip.AddrPort) {
	if isUnknown(a.Addr()) || a.Port() == 0 || len(c.addrs) == maxSeen {
		return
	}
	for _, known := range c.addrs {
		if known == a {
			return
		}
	}
	c.addrs = append(c.addrs, a)
}

// open adds a column, or leads to the one for all others.
func (l *ladder) open(c column) int {
	switch {
	case len(l.columns) < maxColumns-1:
		l.columns = append(l.columns, c)
	case len(l.columns) == maxColumns-1:
		l.columns = append(l.columns, column{label: others})
	}
	return len(l.columns) - 1
}

func (l *ladder) appendHeading(b []byte) []byte {
	b = fmt.Appendf(b, "\n%4s %9s  ", "#", "time")
	for i, c := range l.columns {
		label := short(printable(c.label), columnWidth-2)
		b = append(b, label...)
		if i < len(l.columns)-1 {
			b = append(b, strings.Repeat(" ", columnWidth-utf8.RuneCountInString(label))...)
		}
	}
	return append(b, '\n')
}

// title is what stands on the arrow: a head that may be cut short, and a tail that may not.
func (l *ladder) title(r Record, remote int) (head, tail string) {
	head, tail = r.Title, fmt.Sprintf(" (%d)", r.CSeq.Seq)
	if r.Title != r.CSeq.Method {
		tail = fmt.Sprintf(" (%d %s)", r.CSeq.Seq, short(r.CSeq.Method, idLength))
	}
	if r.HasSDP {
		tail += " +SDP"
	}
	if l.columns[remote].label == others {
		head = r.Remote.String() + " " + head
	}
	return printable(head), printable(tail)
}

// row draws the lifelines and an arrow from one column to another.
func (l *ladder) row(from, to int, head, tail string) string {
	line := []rune(strings.Repeat(" ", columnWidth*(len(l.columns)-1)+1))
	for i := range l.columns {
		line[i*columnWidth] = '|'
	}
	if from == to {
		return string(line) + "  to itself: " + short(head, columnWidth) + tail
	}
	left, right := min(from, to)*columnWidth+1, max(from, to)*columnWidth-1
	for i := left; i <= right; i++ {
		line[i] = '-'
	}
	if to > from {
		line[right] = '>'
	} else {
		line[left] = '<'
	}
	label := []rune(" " + short(head, right-left-3-utf8.RuneCountInString(tail)) + tail + " ")
	copy(line[left+(right-left+1-len(label))/2:], label)
	return string(line)
}

// short cuts a text to a number of runes.
func short(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// printable keeps what a peer sends from moving the cursor of the reader's terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '.'
		}
		return r
	}, s)
}
