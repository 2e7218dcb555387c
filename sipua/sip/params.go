package sip

import "iter"

// Params stay as they are on the wire, so that a URI or Via is a comparable value without pointers, costs nothing to
// copy, and is passed on as it came. Looking one up means to walk the list, which is short:
//
//	;transport=tcp;lr;text="a;b"
//	^ cutParam: name "transport", value "tcp", rest ";lr;text=..."
//
// parseParams has brought a header field's parameters into this form: no blanks outside quotes, quotes closed.

// cutParam takes the first parameter off a list as on the wire, with its raw value.
func cutParam(s string) (name, value, rest string) {
	if s != "" && s[0] == ';' {
		s = s[1:]
	}
	equals := -1
	i := 0
scan:
	for i < len(s) {
		switch s[i] {
		case ';':
			break scan
		case '=':
			if equals < 0 {
				equals = i
			}
		case '"':
			end := quotedEnd(s[i:])
			if end < 0 {
				end = len(s) - i
			}
			i += end - 1
		}
		i++
	}
	if equals < 0 {
		return s[:i], "", s[i:]
	}
	return s[:equals], s[equals+1 : i], s[i:]
}

// find is shared by those who read a parameter and those who replace one.
//
// It gives a parameter's raw value and where it stands in p, from its semicolon to its end.
func (p Params) find(name string) (raw string, start, end int, ok bool) {
	for rest := string(p); rest != ""; {
		start = len(p) - len(rest)
		key, value, next := cutParam(rest)
		if equalFold(key, name) {
			return value, start, len(p) - len(next), true
		}
		rest = next
	}
	return "", 0, 0, false
}

// Get gives the value of the first parameter of that name, without its quotes; "" for one without a value.
// Escapes (%HH), which only URI parameters have, stay: URI.Param resolves them.
func (p Params) Get(name string) (value string, ok bool) {
	raw, _, _, ok := p.find(name)
	return unquoteParam(raw), ok
}

// Has tells whether there is a parameter of that name.
func (p Params) Has(name string) bool {
	_, _, _, ok := p.find(name)
	return ok
}

// All gives every parameter in order, its value without quotes.
func (p Params) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for rest := string(p); rest != ""; {
			name, raw, next := cutParam(rest)
			if name != "" && !yield(name, unquoteParam(raw)) {
				return
			}
			rest = next
		}
	}
}

// With gives the list with that parameter replaced, or added at its end. An empty value makes a parameter without
// a value, such as lr or rport; a value that is no token, host or address is quoted. A value meant for a
// URI, where quotes do not exist, must be escaped by the caller.
func (p Params) With(name, value string) Params {
	b := make([]byte, 0, len(p)+len(name)+len(value)+4)
	_, start, end, ok := p.find(name)
	if !ok {
		start, end = len(p), len(p)
	}
	b = append(b, p[:start]...)
	b = append(append(b, ';'), name...)
	if value != "" {
		b = appendParamValue(append(b, '='), value)
	}
	return Params(append(b, p[end:]...))
}

// Without gives the list without any parameter of that name.
func (p Params) Without(name string) Params {
	if !p.Has(name) {
		return p
	}
	b := make([]byte, 0, len(p))
	for rest := string(p); rest != ""; {
		key, _, next := cutParam(rest)
		if !equalFold(key, name) {
			b = append(b, rest[:len(rest)-len(next)]...)
		}
		rest = next
	}
	return Params(b)
}

// appendParamValue leaves an IPv6 address bare, as RFC 5118 section 4.5 wants it in received.
func appendParamValue(b []byte, value string) []byte {
	if plainChar.all(value) {
		return append(b, value...)
	}
	return appendQuoted(b, value)
}

// unquoteParam takes a value for quoted by both ends: parseParams let no half-open one through.
func unquoteParam(raw string) string {
	if len(raw) >= 2 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		return unquote(raw)
	}
	return raw
}

// parseParams checks header parameters, s being empty or starting with a semicolon, and brings them into the form
// without blanks. White space may stand around ';' and '=' (RFC 4475 section 3.1.1.1), not within a token. One
// last lone semicolon is forgiven, empty parameters between are not (RFC 4475 section 3.1.2.1).
func parseParams(s string) (Params, problem) { return new(scratch).parseParams(s) }

func (r *scratch) parseParams(s string) (Params, problem) {
	s = trim(s)
	if s == "" {
		return "", ""
	}
	if s[0] != ';' {
		return "", "text after the address where a parameter is due"
	}
	if last := len(s) - 1; s[last] == ';' { // field practice, seen in Contact
		s = trimRight(s[:last])
	}
	blanks, p := scanParams(s)
	if p != "" || !blanks {
		return Params(s), p
	}
	return r.squeezeParams(s)
}

// scanParams checks quotes, brackets and empty parameters, and tells whether there are blanks to take out.
func scanParams(s string) (blanks bool, p problem) {
	named := true // no ';' waits for a name
	for i := 0; i < len(s); i++ {
		// Most octets belong to names and values: this loop is where a message spends its time.
		if start := i; classes[s[i]]&paramChar != 0 {
			for i = start + 1; i < len(s) && classes[s[i]]&paramChar != 0; {
				i++
			}
			if named = true; i == len(s) {
				break
			}
		}
		switch c := s[i]; {
		case c == ';' && named:
			named = false
		case c == '=' && named:
		case c == '"':
			end := quotedEnd(s[i:])
			if end < 0 {
				return false, "quoted string has no end"
			}
			i += end - 1
			named = true
		case isBlank(c):
			blanks = true
		case c == ';' || c == '=':
			return false, "parameter has no name"
		default:
			return false, "character not allowed in a parameter"
		}
	}
	if !named {
		return false, "parameter has no name"
	}
	return blanks, ""
}

// squeezeParams takes the blanks out, all of which must be next to a separator.
func (r *scratch) squeezeParams(s string) (Params, problem) {
	start := r.begin(len(s))
	last := byte(';')
	for s != "" {
		end := wordEnd(s)
		if classes[s[0]]&classes[last]&paramChar != 0 {
			return "", "blank within a parameter"
		}
		r.WriteString(s[:end])
		last = s[end-1]
		s = trimLeft(s[end:])
	}
	return Params(r.String()[start:]), ""
}

// wordEnd gives the index of the first blank outside quotes, or the length.
func wordEnd(s string) int {
	i := 0
	for i < len(s) && !isBlank(s[i]) {
		if s[i] == '"' {
			i += quotedEnd(s[i:]) - 1
		}
		i++
	}
	return i
}
