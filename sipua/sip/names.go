package sip

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

// fieldName is a canonical name with its kind.
type fieldName struct {
	name string
	kind kind
}

// compactNames holds the one-letter forms of the IANA registry, by letter from a to z.
var compactNames = [26]fieldName{
	'a' - 'a': {name: "Accept-Contact"}, 'b' - 'a': {name: "Referred-By"}, 'c' - 'a': {name: "Content-Type"},
	'd' - 'a': {name: "Request-Disposition"}, 'e' - 'a': {name: "Content-Encoding"}, 'f' - 'a': {"From", fromField},
	'i' - 'a': {"Call-ID", callIDField}, 'j' - 'a': {name: "Reject-Contact"}, 'k' - 'a': {name: "Supported"},
	'l' - 'a': {"Content-Length", lengthField}, 'm' - 'a': {name: "Contact"}, 'n' - 'a': {name: "Identity-Info"},
	'o' - 'a': {name: "Event"}, 'r' - 'a': {name: "Refer-To"}, 's' - 'a': {name: "Subject"},
	't' - 'a': {"To", toField}, 'u' - 'a': {name: "Allow-Events"}, 'v' - 'a': {"Via", viaField},
	'x' - 'a': {name: "Session-Expires"}, 'y' - 'a': {name: "Identity"},
}

// longNames holds the known names by first letter, the frequent ones first.
var longNames = [26][]fieldName{
	'a' - 'a': {{name: "Allow"}, {name: "Accept"}, {name: "Authorization"}, {name: "Allow-Events"}, {name: "Accept-Contact"},
		{name: "Accept-Encoding"}, {name: "Accept-Language"}, {name: "Alert-Info"}, {name: "Authentication-Info"}},
	'c' - 'a': {{"CSeq", cseqField}, {"Call-ID", callIDField}, {name: "Contact"}, {"Content-Length", lengthField},
		{name: "Content-Type"}, {name: "Call-Info"}, {name: "Content-Disposition"}, {name: "Content-Encoding"},
		{name: "Content-Language"}},
	'd' - 'a': {{name: "Date"}},
	'e' - 'a': {{name: "Expires"}, {name: "Event"}, {name: "Error-Info"}},
	'f' - 'a': {{"From", fromField}, {name: "Flow-Timer"}},
	'h' - 'a': {{name: "History-Info"}},
	'i' - 'a': {{name: "In-Reply-To"}, {name: "Info-Package"}, {name: "Identity"}, {name: "Identity-Info"}},
	'j' - 'a': {{name: "Join"}},
	'm' - 'a': {{"Max-Forwards", forwardsField}, {name: "MIME-Version"}, {name: "Min-Expires"}, {name: "Min-SE"}},
	'o' - 'a': {{name: "Organization"}},
	'p' - 'a': {{name: "Proxy-Authorization"}, {name: "Proxy-Authenticate"}, {name: "P-Asserted-Identity"}, {name: "Path"},
		{name: "P-Preferred-Identity"}, {name: "P-Associated-URI"}, {name: "P-Called-Party-ID"}, {name: "Priority"},
		{name: "Privacy"}, {name: "Proxy-Require"}},
	'r' - 'a': {{name: "Record-Route"}, {name: "Route"}, {name: "Require"}, {name: "Reason"}, {name: "RAck"}, {name: "RSeq"},
		{name: "Recv-Info"}, {name: "Refer-To"}, {name: "Refer-Sub"}, {name: "Referred-By"}, {name: "Replaces"},
		{name: "Reply-To"}, {name: "Retry-After"}, {name: "Reject-Contact"}, {name: "Remote-Party-ID"},
		{name: "Request-Disposition"}},
	's' - 'a': {{name: "Supported"}, {name: "Server"}, {name: "Session-Expires"}, {name: "Service-Route"}, {name: "Subject"},
		{name: "Subscription-State"}, {name: "SIP-ETag"}, {name: "SIP-If-Match"}},
	't' - 'a': {{"To", toField}, {name: "Timestamp"}, {name: "Target-Dialog"}},
	'u' - 'a': {{name: "User-Agent"}, {name: "Unsupported"}},
	'v' - 'a': {{"Via", viaField}},
	'w' - 'a': {{name: "WWW-Authenticate"}, {name: "Warning"}},
}

// canonical gives the long, well-cased form of a known name; an unknown one comes back as it is.
func canonical(name string) (field fieldName, known bool) {
	if name == "" {
		return fieldName{}, false
	}
	letter := name[0] | 0x20 - 'a'
	if letter >= 26 {
		return fieldName{name: name}, false
	}
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
