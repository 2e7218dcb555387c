package transaction

import (
	"cmp"
	"errors"
	"time"

	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// Sender transmits one message. It must not block; *transport.Layer is one.
type Sender interface {
	Send(f transport.Flow, packet []byte)
}

// Config are the settings of a Table. Zero values are those of RFC 3261 table 4.
type Config struct {
	Sender     Sender        // where packets go; required
	T1         time.Duration // estimate of the round trip; 0 is 500 ms
	T2         time.Duration // longest retransmission interval of a non-INVITE request; 0 is 4 s
	T4         time.Duration // longest life of a message in the network; 0 is 5 s
	MaxClients int           // bound of client transactions; 0 is 512
	MaxServers int           // bound of server transactions; 0 is 512
}

// Errors of the table.
var (
	// ErrFull says that the table has as many transactions as Config allows: the request is not sent.
	ErrFull = errors.New("transaction table is full")
	// ErrBranch says that a request has no usable topmost Via, or its branch is in use: give it a fresh one.
	ErrBranch = errors.New("request needs a fresh Via branch")
	// ErrState says that the transaction cannot send this response: it has a final one, or RFC 4320 forbids it.
	ErrState = errors.New("response does not fit the transaction")
	// ErrTimeout says that no final response came in 64*T1, or no ACK (RFC 3261 timers B, F, H).
	ErrTimeout = errors.New("transaction timed out")
)

// Kind tells what an Event means to the transaction user.
type Kind uint8

const (
	// None: nothing to do. The message was a retransmission or matched nothing.
	None Kind = iota
	// Request: a new request; Server waits for Respond. See also Event.Merged.
	Request
	// Ack: an ACK that belongs to a 2xx, or to nothing. Server is set when RFC 2543 matching found the INVITE.
	Ack
	// Cancel: a CANCEL. Server is its own transaction and wants 200 or 481; Invite is the one it asks to end, or nil.
	Cancel
	// Response: a response for Client, each once, but a 2xx to INVITE each time it is repeated (RFC 6026 section 7.2).
	Response
	// Failed: Client or Server ended without the message it waited for; Err says why.
	Failed
	// Ended: Client or Server has left the table in the normal way.
	Ended
	// Overload: a request found no room in the table; it has no transaction.
	Overload
)

// Event is what happened, for the transaction user.
type Event struct {
	Kind    Kind
	Client  *Client
	Server  *Server
	Invite  *Server        // of Cancel
	Merged  bool           // of Request: the same request runs already on another path (RFC 3261 section 8.2.2.2)
	Message *sip.Message   // the message received
	Flow    transport.Flow // where it came from
	Err     error          // of Failed
}

// Table owns transactions. It is not safe for concurrent use: one loop owns it.
type Table struct {
	send       Sender
	t1, t2, t4 time.Duration
	maxClients int
	maxServers int
	clients    map[clientKey]*Client
	servers    map[serverKey]*Server
	ongoing    map[mergeKey]*Server // requests outside dialogs, for the check of merged requests
	agenda     agenda
}

// NewTable makes an empty table.
func NewTable(cfg Config) *Table {
	return &Table{
		send:       cfg.Sender,
		t1:         cmp.Or(cfg.T1, 500*time.Millisecond),
		t2:         cmp.Or(cfg.T2, 4*time.Second),
		t4:         cmp.Or(cfg.T4, 5*time.Second),
		maxClients: cmp.Or(cfg.MaxClients, 512),
		maxServers: cmp.Or(cfg.MaxServers, 512),
		clients:    make(map[clientKey]*Client),
		servers:    make(map[serverKey]*Server),
		ongoing:    make(map[mergeKey]*Server),
	}
}

// Len counts the transactions in the table.
func (t *Table) Len() (clients, servers int) { return len(t.clients), len(t.servers) }

// Deadline is when Advance wants to be called next; zero when nothing is due ever.
func (t *Table) Deadline() time.Time {
	if len(t.agenda) == 0 {
		return time.Time{}
	}
	return t.agenda[0].timers.due()
}

// Advance does what is due at now and returns the first event that concerns the user. The user calls it again until
// ok is false.
func (t *Table) Advance(now time.Time) (e Event, ok bool) {
	for len(t.agenda) > 0 {
		first := t.agenda[0]
		if due := first.timers.due(); due.After(now) {
			break
		}
		if first.client != nil {
			e = t.advanceClient(now, first.client)
		} else {
			e = t.advanceServer(now, first.server)
		}
		if e.Kind != None {
			return e, true
		}
	}
	return Event{}, false
}

// Fail tells the table that a flow does not work: what waits for an answer on it fails in the next Advance. Responses
// whose connection has closed are sent once more to the address the client named (RFC 3261 section 18.2.2).
func (t *Table) Fail(now time.Time, flow transport.Flow, err error) {
	for _, c := range t.clients {
		if sameWay(c.flow, flow) {
			t.failClient(now, c, err)
		}
	}
	for _, s := range t.servers {
		if s.flow == flow {
			t.rerouteServer(s)
		}
	}
}

// sameWay tells whether a failure of flow b concerns what was sent on flow a. The local address of a UDP flow, or of
// a connection not yet made, may be unset in one of them.
func sameWay(a, b transport.Flow) bool {
	sameLocal := a.Local == b.Local || !a.Local.IsValid() || !b.Local.IsValid()
	return a.Transport == b.Transport && a.Remote == b.Remote && sameLocal
}

// reliable tells whether the transport repeats lost data itself, so that the machine need not.
func reliable(f transport.Flow) bool { return f.Transport != sip.UDP }
