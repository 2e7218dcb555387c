package sipua

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"intercom/sipua/internal/transaction"
	"intercom/sipua/internal/transport"
	"intercom/sipua/locate"
	"intercom/sipua/sip"
)

// Probing is how Probe asks. URI must be set.
type Probing struct {
	URI     sip.URI       // whom the question is for: Request-URI and To, and the domain a TLS certificate must name
	Network Network       // nil is the host's
	TLS     TLS           // whom to trust
	Rand    io.Reader     // must not fail; nil is crypto/rand
	Timeout time.Duration // to wait for the answers, all together; 0 is 5 s
}

// Probed is what became of one question.
type Probed struct {
	Target    locate.Target
	Status    int           // of the answer, whichever: a server that refuses is a server that lives; 0 without one
	Reason    string        // its phrase
	Server    string        // what the server calls itself, if it does
	RoundTrip time.Duration // from the question to the final answer, repetitions and handshakes included
	Err       error         // why there is no answer
}

// ErrNoAnswer says that a server which could have answered has not.
var ErrNoAnswer = errors.New("no answer")

// Probe sends an OPTIONS to each target at once, without credentials, and waits for the answers (RFC 3261 section 11).
// The results stand in the order of the targets. The error is about our own sockets; the targets' are in the results.
func Probe(ctx context.Context, cfg Probing, targets []locate.Target) ([]Probed, error) {
	layer, err := transport.Open(transport.Config{
		Network: cfg.Network, TLS: cfg.TLS, Listen: []transport.Listen{{Transport: sip.UDP, Address: ":0"}},
	})
	if err != nil {
		return nil, fmt.Errorf("sipua: probe: %w", err)
	}
	defer layer.Close()
	p := newProbe(cfg, layer, targets)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for p.open > 0 {
		var arrival transport.Event
		select {
		case arrival = <-layer.Events():
		case <-timer.C:
		case <-ctx.Done():
			p.giveUp(ctx.Err())
			continue
		}
		now := time.Now()
		p.receive(now, arrival)
		p.advance(now)
		timer.Reset(p.deadline().Sub(now))
	}
	return p.results, nil
}

// probe is the machine behind Probe: each target is open until it has answered or failed.
type probe struct {
	cfg     Probing
	layer   *transport.Layer
	table   *transaction.Table
	results []Probed
	isDone  []bool
	open    int       // targets without a result
	began   time.Time // zero until the questions are sent
}

func newProbe(cfg Probing, layer *transport.Layer, targets []locate.Target) *probe {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Second)
	p := &probe{
		cfg: cfg, layer: layer, results: make([]Probed, len(targets)), isDone: make([]bool, len(targets)), open: len(targets),
		table: transaction.NewTable(transaction.Config{Sender: layer, MaxClients: max(1, len(targets))}),
	}
	for i, t := range targets {
		p.results[i].Target = t
	}
	return p
}

// receive takes what the sockets tell; requests of others are not answered.
func (p *probe) receive(now time.Time, e transport.Event) {
	switch {
	case e.Kind == transport.Failed:
		p.table.Fail(now, e.Flow, e.Err)
	case e.Message != nil && e.Err == nil && !e.Message.IsRequest():
		p.heard(now, p.table.Receive(now, e.Flow, e.Message))
	}
}

// advance sends the questions, the first time, and does what is due.
func (p *probe) advance(now time.Time) {
	if p.began.IsZero() {
		p.began = now
		for i := range p.results {
			p.ask(now, i)
		}
	}
	for e, ok := p.table.Advance(now); ok; e, ok = p.table.Advance(now) {
		p.heard(now, e)
	}
	if !now.Before(p.began.Add(p.cfg.Timeout)) {
		p.giveUp(fmt.Errorf("%w in %v", ErrNoAnswer, p.cfg.Timeout))
	}
}

// deadline is when advance has something to do.
func (p *probe) deadline() time.Time { return earliest(p.table.Deadline(), p.began.Add(p.cfg.Timeout)) }

// ask sends the question to a target.
func (p *probe) ask(now time.Time, i int) {
	t := p.results[i].Target
	flow := p.layer.FlowTo(t.Transport, t.Addr, p.cfg.URI.Host)
	source, err := p.layer.Source(t.Addr)
	if err != nil {
		p.finish(i, Probed{Err: err})
		return
	}
	c, err := p.table.Request(now, flow, p.options(t, source))
	if err != nil {
		p.finish(i, Probed{Err: err})
		return
	}
	c.Owner = i
}

// options is the question. What is not required is left out: an answer comes from the least of servers, and a scanner's
// look-alike would end on a block list.
func (p *probe) options(t locate.Target, source netip.Addr) *sip.Message {
	via := sip.Via{Transport: t.Transport, Host: source.Unmap().WithZone("").String(), Params: ";rport"}
	if local := p.layer.Local(sip.UDP); t.Transport == sip.UDP && len(local) > 0 {
		via.Port = int(local[0].Port())
	}
	via.Params = via.Params.With("branch", "z9hG4bK"+p.token())
	uri := p.cfg.URI
	uri.Headers = ""
	m := &sip.Message{
		Method: sip.OPTIONS,
		URI:    uri,
		Via:    []sip.Via{via},
		From:   sip.Address{URI: sip.URI{Scheme: uri.Scheme, User: "probe", Host: "anonymous.invalid"}},
		To:     sip.Address{URI: uri},
		CallID: p.token(),
		CSeq:   sip.CSeq{Seq: 1, Method: sip.OPTIONS},
	}
	m.From.Params = m.From.Params.With("tag", p.token())
	m.Header.Add("Max-Forwards", "70")
	m.Header.Add("Accept", typeSDP)
	return m
}

// token is a random word of 128 bits.
func (p *probe) token() string {
	var b [16]byte
	if _, err := io.ReadFull(p.cfg.Rand, b[:]); err != nil {
		panic("BUG: Probing.Rand failed: " + err.Error())
	}
	return fmt.Sprintf("%x", b)
}

// heard takes what the table makes of a message or of time.
func (p *probe) heard(now time.Time, e transaction.Event) {
	if e.Client == nil {
		return
	}
	i, _ := e.Client.Owner.(int)
	switch {
	case e.Kind == transaction.Failed:
		p.finish(i, Probed{Err: e.Err})
	case e.Kind == transaction.Response && e.Message.Status >= 200:
		p.finish(i, Probed{
			Status: e.Message.Status, Reason: e.Message.Reason, RoundTrip: now.Sub(p.began),
			Server: cmp.Or(e.Message.Header.Get("Server"), e.Message.Header.Get("User-Agent")),
		})
	}
}

// finish enters the first result of a target.
func (p *probe) finish(i int, r Probed) {
	if p.isDone[i] {
		return
	}
	r.Target = p.results[i].Target
	p.results[i] = r
	p.isDone[i] = true
	p.open--
}

// giveUp ends the wait for all that are open.
func (p *probe) giveUp(err error) {
	for i := range p.results {
		p.finish(i, Probed{Err: err})
	}
}
