package sip

import (
	"iter"
	"slices"
)

// Header is a list and no map: order matters for Route and Via, duplicates are normal, and twenty fields are found
// faster by walking than by hashing. Names in it are canonical, whoever put them in through Parse or the methods
// here; who appends a Field directly should use the long name in its usual case.

// index gives the position of the first field of that name from position start, -1 without one.
func (h Header) index(name string, start int) int {
	for i := start; i < len(h); i++ {
		if equalFold(h[i].Name, name) {
			return i
		}
	}
	return -1
}

// Get gives the whole value of the first field of that name, "" when there is none. The name is the long one, in
// any case.
func (h Header) Get(name string) string {
	if i := h.index(name, 0); i >= 0 {
		return h[i].Value
	}
	return ""
}

// Has tells whether there is a field of that name, be it empty.
func (h Header) Has(name string) bool { return h.index(name, 0) >= 0 }

// Values gives the values of all fields of that name in order, lists split at commas outside quotes and angle
// brackets, empty ones left out. Fields that are no lists, such as WWW-Authenticate or Date, give a value per line.
func (h Header) Values(name string) iter.Seq[string] {
	name = canonicalName(name) // once, so that "k" finds Supported
	whole := isSingle(name)
	return func(yield func(string) bool) {
		for i := h.index(name, 0); i >= 0; i = h.index(name, i+1) {
			value, rest, more := h[i].Value, "", false
			if !whole {
				value, rest, more = cutValue(value)
			}
			for {
				if value != "" && !yield(value) { // "a,,b" is common after careless editing by proxies
					return
				}
				if !more {
					break
				}
				value, rest, more = cutValue(rest)
			}
		}
	}
}

// HasToken tells whether a token stands in the lists of that name, such as "timer" in Supported or "UPDATE" in
// Allow. Case is ignored: option tags have none, and no two methods differ by it.
func (h Header) HasToken(name, token string) bool {
	for value := range h.Values(name) {
		if equalFold(value, token) {
			return true
		}
	}
	return false
}

// Add appends a field; a compact or odd-cased name is made canonical.
func (h *Header) Add(name, value string) {
	*h = append(*h, Field{canonicalName(name), value})
}

// Prepend puts a field before all others, as a Route or Record-Route must stand before those present.
func (h *Header) Prepend(name, value string) {
	*h = slices.Insert(*h, 0, Field{canonicalName(name), value})
}

// Set replaces the first field of that name and removes the others, or appends one.
func (h *Header) Set(name, value string) {
	name = canonicalName(name)
	i := h.index(name, 0)
	if i < 0 {
		h.Add(name, value)
		return
	}
	(*h)[i] = Field{name, value}
	// The first stays where it was, since order among Routes and Record-Routes has meaning.
	kept := slices.DeleteFunc((*h)[i+1:], func(f Field) bool { return equalFold(f.Name, name) })
	*h = (*h)[:i+1+len(kept)]
}

// Del removes all fields of that name.
func (h *Header) Del(name string) {
	name = canonicalName(name)
	*h = slices.DeleteFunc(*h, func(f Field) bool { return equalFold(f.Name, name) })
}

// Addresses parses all values of a field made of addresses: Contact, Route, P-Asserted-Identity, Refer-To and
// their like. More than MaxValues, or one that does not parse, is an error (*SyntaxError with Status 400).
//
// One bad value spoils the list: a Route left out would send the request another way.
func (h Header) Addresses(name string) ([]Address, error) {
	var list []Address
	var r scratch
	for value := range h.Values(name) {
		if len(list) == MaxValues {
			return nil, problem("too many values").err(name)
		}
		var a Address
		if p := a.parse(value, &r); p != "" {
			return nil, p.err(name)
		}
		list = append(list, a)
	}
	return list, nil
}

// Contacts parses the values of Contact; see Address.IsWildcard for "*".
func (m *Message) Contacts() ([]Address, error) { return m.Header.Addresses("Contact") }

// Routes parses the values of Route, topmost first.
func (m *Message) Routes() ([]Address, error) { return m.Header.Addresses("Route") }

// RecordRoutes parses the values of Record-Route, topmost first.
func (m *Message) RecordRoutes() ([]Address, error) { return m.Header.Addresses("Record-Route") }
