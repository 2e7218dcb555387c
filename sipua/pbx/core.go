package pbx

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"intercom/sipua/digest"
	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
	"intercom/sipua/sip"
)

// network is what the core needs of the transport layer.
type network interface {
	Send(f transport.Flow, packet []byte)
	FlowTo(transport string, remote netip.AddrPort, serverName string) transport.Flow
	Local(transport string) []netip.AddrPort
	Source(remote netip.AddrPort) (netip.Addr, error)
}

// core is the proxy and registrar without clock and sockets: messages and the time go in, packets
// come out.
//
//	transport event -> receive -> transaction table -> handle -+-> request  -> register | admit, route, forward
//	                                                           +-> response -> pass | best
//	time            -> advance -> table, timer C, expiry ------+-> cancel, acknowledge, failed
type core struct {
	cfg      Config
	network  network
	observe  func(Event)
	log      *slog.Logger
	digest   *digest.Server // nil when everything is open
	location *location
	table    *transaction.Table
	own      addresses
	groups   map[string][]string
	users    map[string]bool
	calls    map[*call]bool // those with a branch that has no final response
	key      [32]byte       // of the marks in branches and Record-Routes
}

// newCore makes the core of a checked Config with its defaults filled in.
func newCore(cfg Config, n network, observe func(Event)) (*core, error) {
	c := &core{
		cfg: cfg, network: n, observe: observe, log: cfg.Logger.With("component", "pbx"),
		location: newLocation(cfg.MaxBindings, max(cfg.MaxUsers, len(cfg.Users))),
		table: transaction.NewTable(transaction.Config{
			Sender: n, MaxClients: cfg.MaxTransaction, MaxServers: cfg.MaxTransaction,
		}),
		groups: make(map[string][]string), users: make(map[string]bool), calls: make(map[*call]bool),
	}
	c.own = newAddresses(&cfg, n)
	for _, u := range cfg.Users {
		c.users[u.Name] = true
	}
	for _, g := range cfg.Groups {
		c.groups[g.Name] = g.Members
	}
	if _, err := io.ReadFull(cfg.Rand, c.key[:]); err != nil {
		return nil, fmt.Errorf("pbx: no random bytes: %w", err)
	}
	return c, c.makeDigest()
}

// makeDigest hands the passwords to the digest server, the only one who needs them.
func (c *core) makeDigest() (err error) {
	if c.cfg.IsOpen {
		return nil
	}
	users := make([]digest.User, len(c.cfg.Users))
	for i, u := range c.cfg.Users {
		users[i] = digest.User{Name: u.Name, Password: u.Password}
	}
	c.digest, err = digest.NewServer(digest.ServerConfig{
		Realm: c.cfg.Domain, Users: users, Algorithms: c.cfg.Algorithms, Rand: c.cfg.Rand,
	})
	return err
}

// receive takes one event of the transport layer.
func (c *core) receive(now time.Time, e transport.Event) {
	c.own.refresh(now)
	switch e.Kind {
	case transport.Received:
		c.own.learn(e.Local)
		if e.Err != nil {
			c.malformed(e)
			return
		}
		if e.Message.IsRequest() {
			c.own.of(e.Flow) // the address the sender knows us by
		}
		c.handle(now, c.table.Receive(now, e.Flow, e.Message))
	case transport.Failed:
		c.location.cut(e.Flow)
		c.table.Fail(now, e.Flow, e.Err)
	case transport.Pong, transport.Bound:
		// Telephones keep their own flows alive; the layer answers them.
	}
}

// handle does what a transaction event asks for.
func (c *core) handle(now time.Time, e transaction.Event) {
	switch e.Kind {
	case transaction.None:
	case transaction.Request:
		c.request(now, e.Server)
	case transaction.Ack:
		c.acknowledge(now, e.Message)
	case transaction.Cancel:
		c.cancel(now, e)
	case transaction.Response:
		if b, ok := e.Client.Owner.(*branch); ok {
			c.response(now, b, e.Message)
		}
	case transaction.Failed:
		if e.Client == nil {
			return // an ACK that never came: nothing hangs on it
		}
		if b, ok := e.Client.Owner.(*branch); ok {
			c.failed(now, b, e.Err)
		}
	case transaction.Ended:
	case transaction.Overload:
		c.overload(e)
	}
}

// advance does what is due.
func (c *core) advance(now time.Time) {
	for e, ok := c.table.Advance(now); ok; e, ok = c.table.Advance(now) {
		c.handle(now, e)
	}
	for call := range c.calls {
		c.advanceCall(now, call)
	}
	c.report(now, c.location.expire(now), Expired)
}

// wait is how long nothing is due, at most an hour.
func (c *core) wait(now time.Time) time.Duration {
	next := now.Add(time.Hour)
	consider := func(at time.Time) {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	consider(c.table.Deadline())
	consider(c.location.deadline())
	for call := range c.calls {
		consider(call.deadline())
	}
	return max(next.Sub(now), 0)
}

// shutdown ends what is ringing.
func (c *core) shutdown(now time.Time) {
	for call := range c.calls {
		c.cancelBranches(now, call)
		c.refuse(now, call.server, 503)
	}
}

// bindings is the whole location table for observers.
func (c *core) bindings(now time.Time) []Binding {
	var list []Binding
	for _, b := range c.location.all(now) {
		list = append(list, b.view())
	}
	return list
}

// view is the binding as observers see it.
func (b *binding) view() Binding {
	return Binding{
		User: b.user, Contact: b.uri.String(), Transport: b.flow.Transport, Source: b.flow.Remote,
		Expires: b.expires, UserAgent: b.userAgent,
	}
}

// report tells observers what became of bindings; gone is the Kind of those that are no more.
func (c *core) report(now time.Time, changes []change, gone Kind) {
	for _, ch := range changes {
		switch {
		case ch.after != nil:
			c.observe(Event{Kind: Registered, At: now, Binding: ch.after.view()})
		case ch.before != nil:
			c.observe(Event{Kind: gone, At: now, Binding: ch.before.view()})
		}
	}
}

// mark is a short proof that this PBX wrote something, over the given parts.
func (c *core) mark(parts ...string) string {
	mac := hmac.New(sha256.New, c.key[:])
	for _, part := range parts {
		fmt.Fprintf(mac, "%d ", len(part))
		mac.Write([]byte(part))
	}
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// random is 128 random bits in hexadecimal, for branches and tags. A source that fails is an
// impossible state for crypto/rand, and for any other the fault of the test that made it.
func (c *core) random() string {
	var b [16]byte
	if _, err := io.ReadFull(c.cfg.Rand, b[:]); err != nil {
		panic("BUG: the random source has run dry: " + err.Error())
	}
	return hex.EncodeToString(b[:])
}

// malformed answers a request that could not be read whole, without a transaction.
func (c *core) malformed(e transport.Event) {
	var syntax *sip.SyntaxError
	m := e.Message
	if m == nil || !m.IsRequest() || m.Method == sip.ACK || len(m.Via) == 0 || !errors.As(e.Err, &syntax) || syntax.Status == 0 {
		return
	}
	transaction.Stamp(e.Flow, &m.Via[0])
	c.network.Send(transaction.ReplyFlow(e.Flow, &m.Via[0]), c.reply(m, syntax.Status).Append(nil))
}

// overload answers a request the table has no room for.
func (c *core) overload(e transaction.Event) {
	if e.Message.Method == sip.ACK {
		return
	}
	r := c.reply(e.Message, 503)
	r.Header.Set("Retry-After", "10")
	c.network.Send(transaction.ReplyFlow(e.Flow, &e.Message.Via[0]), r.Append(nil))
}
