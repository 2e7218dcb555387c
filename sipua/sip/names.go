package sip

import "strings"

// kind tells the fields which Parse takes apart itself from those it leaves in Header.
type kind uint8

const (
	otherField kind = iota
	viaField
	fromField
	toField
	callIDField
	cseqField
	lengthField
	forwardsField
)

// Field names are case-insensitive and twenty of them have a short form (RFC 3261 section 7.3.3). Both are undone once, in
// Parse and in Header's methods, so that all other code compares one spelling.

// fieldName is a canonical name with its kind.
type fieldName struct {
	name string
	kind kind
}

// compactNames holds the one-letter forms of the IANA registry, by letter from a to z.
// A letter's index is its low five bits, the same for both cases.
var compactNames = [32]fieldName{
	'a' & 31: {name: "Accept-Contact"}, 'b' & 31: {name: "Referred-By"}, 'c' & 31: {name: "Content-Type"},
	'd' & 31: {name: "Request-Disposition"}, 'e' & 31: {name: "Content-Encoding"}, 'f' & 31: {"From", fromField},
	'i' & 31: {"Call-ID", callIDField}, 'j' & 31: {name: "Reject-Contact"}, 'k' & 31: {name: "Supported"},
	'l' & 31: {"Content-Length", lengthField}, 'm' & 31: {name: "Contact"}, 'n' & 31: {name: "Identity-Info"},
	'o' & 31: {name: "Event"}, 'r' & 31: {name: "Refer-To"}, 's' & 31: {name: "Subject"},
	't' & 31: {"To", toField}, 'u' & 31: {name: "Allow-Events"}, 'v' & 31: {"Via", viaField},
	'x' & 31: {name: "Session-Expires"}, 'y' & 31: {name: "Identity"},
}

// longNames holds the known names by first letter, the frequent ones first.
//
// A table by letter beats a map here: most names are found at the first or second comparison, which is of two strings
// of equal length, and nothing has to be folded to lower case for the look-up.
var longNames = [32][]fieldName{
	'a' & 31: {{name: "Allow"}, {name: "Accept"}, {name: "Authorization"}, {name: "Allow-Events"}, {name: "Accept-Contact"},
		{name: "Accept-Encoding"}, {name: "Accept-Language"}, {name: "Alert-Info"}, {name: "Authentication-Info"}},
	'c' & 31: {{"CSeq", cseqField}, {"Call-ID", callIDField}, {name: "Contact"}, {"Content-Length", lengthField},
		{name: "Content-Type"}, {name: "Call-Info"}, {name: "Content-Disposition"}, {name: "Content-Encoding"},
		{name: "Content-Language"}},
	'd' & 31: {{name: "Date"}},
	'e' & 31: {{name: "Expires"}, {name: "Event"}, {name: "Error-Info"}},
	'f' & 31: {{"From", fromField}, {name: "Flow-Timer"}},
	'h' & 31: {{name: "History-Info"}},
	'i' & 31: {{name: "In-Reply-To"}, {name: "Info-Package"}, {name: "Identity"}, {name: "Identity-Info"}},
	'j' & 31: {{name: "Join"}},
	'm' & 31: {{"Max-Forwards", forwardsField}, {name: "MIME-Version"}, {name: "Min-Expires"}, {name: "Min-SE"}},
	'o' & 31: {{name: "Organization"}},
	'p' & 31: {{name: "Proxy-Authorization"}, {name: "Proxy-Authenticate"}, {name: "P-Asserted-Identity"}, {name: "Path"},
		{name: "P-Preferred-Identity"}, {name: "P-Associated-URI"}, {name: "P-Called-Party-ID"}, {name: "Priority"},
		{name: "Privacy"}, {name: "Proxy-Require"}},
	'r' & 31: {{name: "Record-Route"}, {name: "Route"}, {name: "Require"}, {name: "Reason"}, {name: "RAck"}, {name: "RSeq"},
		{name: "Recv-Info"}, {name: "Refer-To"}, {name: "Refer-Sub"}, {name: "Referred-By"}, {name: "Replaces"},
		{name: "Reply-To"}, {name: "Retry-After"}, {name: "Reject-Contact"}, {name: "Remote-Party-ID"},
		{name: "Request-Disposition"}},
	's' & 31: {{name: "Supported"}, {name: "Server"}, {name: "Session-Expires"}, {name: "Service-Route"}, {name: "Subject"},
		{name: "Subscription-State"}, {name: "SIP-ETag"}, {name: "SIP-If-Match"}},
	't' & 31: {{"To", toField}, {name: "Timestamp"}, {name: "Target-Dialog"}},
	'u' & 31: {{name: "User-Agent"}, {name: "Unsupported"}},
	'v' & 31: {{"Via", viaField}},
	'w' & 31: {{name: "WWW-Authenticate"}, {name: "Warning"}},
}

// canonical is asked once per header field line, and by all who add or look up a field; so "M", "CONTACT" and
// "Contact" are one name for everybody else.
//
// It gives the long, well-cased form of a known name; an unknown one comes back as it is.
func canonical(name string) (field fieldName, known bool) {
	if name == "" {
		return fieldName{}, false
	}
	if first := name[0] | 0x20; first < 'a' || 'z' < first {
		return fieldName{name: name}, false
	}
	letter := name[0] & 31
	if len(name) == 1 {
		if field = compactNames[letter]; field.name != "" {
			return field, true
		}
	}
	for i := range longNames[letter] {
		if known := &longNames[letter][i]; known.name == name || equalFold(known.name, name) {
			return *known, true
		}
	}
	return fieldName{name: name}, false
}

// usualField knows by their first octets the fields of every message in the spelling of nearly every peer, and where the
// value starts; 0 for any other. It spares them the search for the colon and the look-up.
func usualField(line string) (field fieldName, end int) {
	switch line[0] {
	case 'V':
		if strings.HasPrefix(line, "Via:") {
			return fieldName{"Via", viaField}, len("Via:")
		}
	case 'F':
		if strings.HasPrefix(line, "From:") {
			return fieldName{"From", fromField}, len("From:")
		}
	case 'T':
		if strings.HasPrefix(line, "To:") {
			return fieldName{"To", toField}, len("To:")
		}
	case 'C':
		switch {
		case strings.HasPrefix(line, "CSeq:"):
			return fieldName{"CSeq", cseqField}, len("CSeq:")
		case strings.HasPrefix(line, "Call-ID:"):
			return fieldName{"Call-ID", callIDField}, len("Call-ID:")
		case strings.HasPrefix(line, "Contact:"):
			return fieldName{name: "Contact"}, len("Contact:")
		case strings.HasPrefix(line, "Content-Length:"):
			return fieldName{"Content-Length", lengthField}, len("Content-Length:")
		}
	case 'M':
		if strings.HasPrefix(line, "Max-Forwards:") {
			return fieldName{"Max-Forwards", forwardsField}, len("Max-Forwards:")
		}
	}
	return fieldName{}, 0
}

// canonicalName is for those who look a field up by name.
func canonicalName(name string) string {
	field, _ := canonical(name)
	return field.name
}

// isSingle tells the fields whose value may hold commas that separate nothing (RFC 3261 section 7.3.1 names
// the four of authentication), so that a line is one value.
func isSingle(name string) bool {
	switch name {
	case "WWW-Authenticate", "Authorization", "Proxy-Authenticate", "Proxy-Authorization", "Authentication-Info",
		"Date", "Subject", "User-Agent", "Server", "Organization", "Retry-After", "Content-Type", "Timestamp",
		"Replaces", "Refer-To", "Referred-By", "Identity":
		return true
	}
	return false
}
