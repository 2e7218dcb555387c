package sip

import "bytes"

// Continuation lines begin with a blank (RFC 3261 section 7.3.1) and are joined before anything is parsed:
//
//	Subject: I know you're there,CRLF
//	         pick up the phoneCRLF       ->  Subject: I know you're there, pick up the phone

// lines are the line ends of a header section, found in one pass: the parser's speed is that of this search.
type lines struct {
	ends    [MaxFields + 1]uint16 // index of each line's LF, the start line's first
	n       int                   // lines found
	body    int                   // index after the empty line, -1 when there is none
	folded  bool                  // some line continues the one before
	tooMany bool                  // more than MaxFields
	strayCR bool                  // a CR that ends no line
}

// find looks at line ends only, within the first MaxMessage octets. A bare LF ends a line as CRLF does; a
// lone CR is an error, since others may take it for a line's end and read another message than we do.
func (l *lines) find(b []byte) {
	l.body = -1
	pairs, start := 0, 0
	for {
		length := bytes.IndexByte(b[start:], '\n')
		if length < 0 {
			l.strayCR = bytes.Count(b[:start], []byte{'\r'}) != pairs
			return
		}
		end := start + length
		if length > 0 && b[end-1] == '\r' {
			pairs++
			length--
		}
		if length == 0 {
			l.body = end + 1
			l.strayCR = bytes.Count(b[:l.body], []byte{'\r'}) != pairs
			return
		}
		if l.n == len(l.ends) { // the body is not looked for any more: nobody will read it
			l.tooMany = true
			return
		}
		l.folded = l.folded || isBlank(b[start])
		l.ends[l.n] = uint16(end)
		l.n++
		start = end + 1
	}
}

// line cuts line i, with neither CR nor LF, out of b or of its copy.
func line[T string | []byte](l *lines, b T, i int) T {
	start := 0
	if i > 0 {
		start = int(l.ends[i-1]) + 1
	}
	return cutCR(b[start:l.ends[i]])
}

// cutCR takes one CR off; a second one has been found out as stray.
func cutCR[T string | []byte](s T) T {
	if len(s) > 0 && s[len(s)-1] == '\r' {
		return s[:len(s)-1]
	}
	return s
}

// text copies the lines into the one string all others are parts of; what had to be written anew may go into r.
func (l *lines) text(b []byte, r *scratch) string {
	switch { // the last line end is not needed, nor what follows it
	case l.n == 0:
		return ""
	case l.folded:
		return l.unfold(b, r)
	}
	return string(b[:l.ends[l.n-1]])
}

// unfold joins a line and its continuations, each line end with the blanks around it becoming one blank (RFC 3261
// section 7.3.1), and moves the line ends accordingly. A line of blanks only is a continuation as well, not the
// end of the header section. What lies between two folds is copied in one go.
func (l *lines) unfold(b []byte, out *scratch) string {
	last := int(l.ends[l.n-1])
	out.Grow(last + scratchSize) // whoever folds lines will have blanks in odd places as well
	n, copied := 0, 0
	for _, end := range l.ends[:l.n] {
		next := int(end) + 1
		if next > last || !isBlank(b[next]) {
			l.ends[n] = uint16(out.Len() + next - 1 - copied) // n never overtakes the loop
			n++
			continue
		}
		if text := trimRight(cutCR(b[copied:end])); len(text) > 0 {
			out.Write(text)
			out.WriteByte(' ')
		}
		for copied = next; isBlank(b[copied]); {
			copied++
		}
	}
	out.Write(b[copied:last])
	l.n = n
	return out.String()
}
