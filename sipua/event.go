package sipua

import (
	"time"

	"intercom/sipua/sip"
)

// CallID names a call between the Agent and its application. It is never used twice.
type CallID uint64

// Event is one of the types below, told to the application in the order in which things happened.
type Event interface{ isEvent() }

// Registered tells that an account's binding stands; again at each refresh.
type Registered struct {
	Account string        // its AOR
	Server  string        // transport and address of the registrar that granted it
	Granted time.Duration // lifetime granted
	Refresh time.Time     // when it will be refreshed
}

// Unregistered tells that an account's binding does not stand, or may not: calls to it may be lost.
type Unregistered struct {
	Account string
	Status  int       // of the refusing response; 0 when there was none
	Err     error     // the reason
	Retry   time.Time // when it will be tried again; zero when never
}

// Incoming asks the application what to do with a call: Ring, Answer, Reject or Hangup.
type Incoming struct {
	Call    CallID
	Account string      // the account called; empty for a direct call
	From    sip.Address // as claimed by the caller: nothing to trust
	To      sip.Address
	SDP     []byte // the caller's offer; empty asks for ours in Answer
	Header  sip.Header
	Flow    Flow

	// The following are believed, and set, only if an account's own server sent the call.

	Asserted   sip.Address   // who the server says it is (RFC 3325); zero when it says nothing
	AutoAnswer bool          // the call wants to be answered without anybody's help,
	After      time.Duration // after this time
	Replaces   CallID        // the call it takes the place of when answered (RFC 3891); 0 for none
}

// Ringing tells that a call placed by Dial got a provisional response above 100.
type Ringing struct {
	Call   CallID
	Status int    // 180 to 199
	SDP    []byte // answer for early media, if any; of the newest early dialog

	// WantsAnswer says that SDP is an offer, to be answered by Answer (RFC 3262 section 5).
	WantsAnswer bool
}

// Established tells that a call stands. SDP is the peer's session description, empty if it came earlier. WantsAnswer
// says that it is an offer, to be answered by Answer before the ACK can leave.
type Established struct {
	Call        CallID
	SDP         []byte
	WantsAnswer bool
	Remote      sip.Address
}

// Offered is a new offer of the peer in a standing call, to be met by Answer or Reject; with empty SDP the peer wants
// an offer in Answer, whose answer comes as Updated.
type Offered struct {
	Call CallID
	SDP  []byte
}

// Updated is the peer's answer to Offer, or to the offer in an Answer.
type Updated struct {
	Call CallID
	SDP  []byte
}

// Refused tells that the peer did not take an Offer; the session stays as it was.
type Refused struct {
	Call   CallID
	Status int // of the response; 0 when there was none
	Err    error
}

// Referred is the peer's wish to be connected with somebody else (RFC 3515), to be met within 10 s by Dial with the same
// To and with Invitation.Transfer set to Call. The peer is told how that goes and then hangs up.
type Referred struct {
	Call CallID
	To   string // SIP URI
}

// InfoReceived is an INFO of the peer, such as a DTMF digit (RFC 6086). It has been answered with 200.
type InfoReceived struct {
	Call        CallID
	ContentType string // media type without parameters, lower case
	Body        []byte
}

// Party tells who ended a call.
type Party uint8

// The parties.
const (
	Local   Party = iota // this side: Hangup, Reject, or a limit of Config
	Remote               // the peer: BYE, CANCEL or a refusing response
	Trouble              // neither: no answer, no route, a lost peer
)

// String is local, remote or trouble.
func (p Party) String() string { return [...]string{"local", "remote", "trouble"}[p] }

// Ended is the last event of a call.
type Ended struct {
	Call   CallID
	By     Party
	Status int    // final response to the INVITE, if that is how it ended
	Reason string // its phrase, or the Reason field of BYE or CANCEL
	Err    error  // of Trouble
}

// Traced is a message as sent or received, passwords, keys and door codes redacted.
type Traced struct {
	At      time.Time
	Sent    bool
	Flow    Flow
	Message *sip.Message
}

func (Registered) isEvent()   {}
func (Unregistered) isEvent() {}
func (Incoming) isEvent()     {}
func (Ringing) isEvent()      {}
func (Established) isEvent()  {}
func (Offered) isEvent()      {}
func (Updated) isEvent()      {}
func (Refused) isEvent()      {}
func (Referred) isEvent()     {}
func (InfoReceived) isEvent() {}
func (Ended) isEvent()        {}
func (Traced) isEvent()       {}
