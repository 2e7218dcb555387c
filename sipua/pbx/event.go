package pbx

import (
	"net/netip"
	"strconv"
	"time"
)

// Kind tells what an Event is about.
type Kind uint8

const (
	// Registered: a telephone has registered or renewed its registration.
	Registered Kind = iota
	// Unregistered: a telephone has removed its registration, or another of the same user took its
	// place.
	Unregistered
	// Expired: a registration was not renewed in time.
	Expired
	// Forwarded: a call goes to Targets telephones.
	Forwarded
	// Answered: a call was answered with Status 2xx.
	Answered
	// Refused: a call ended without an answer, with Status.
	Refused
)

var kindNames = [...]string{"registered", "unregistered", "expired", "forwarded", "answered", "refused"}

// String names the kind in lower case.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return "kind " + strconv.Itoa(int(k))
	}
	return kindNames[k]
}

// Event is what happened, for observers.
type Event struct {
	Kind    Kind
	At      time.Time
	Binding Binding // of Registered, Unregistered, Expired
	From    string  // of a call: the caller's URI as claimed
	To      string  // the URI called
	CallID  string
	Targets int // telephones of Forwarded
	Status  int // of Answered and Refused
}

// Binding is one registered telephone.
type Binding struct {
	User      string
	Contact   string // its URI
	Transport string
	Source    netip.AddrPort // where it registered from
	Expires   time.Time
	UserAgent string // as claimed
}
