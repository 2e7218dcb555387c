package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"intercom/sipua"
	"intercom/sipua/pbx"
	"intercom/sipua/sip"
)

// Where the house lives.
const (
	exchangeAddr = "127.0.0.2"
	doorAddr     = "127.0.0.3"
	deskAddr     = "127.0.0.4"
)

// patience is how long anything may take before the measurement is given up.
const patience = 20 * time.Second

// party is an agent with the events it has told.
type party struct {
	agent  *sipua.Agent
	aor    string
	events chan sipua.Event
}

// house is an exchange with two telephones. Its desk answers every call at once.
type house struct {
	door, desk party
	sound      *sound
	stop       context.CancelFunc
	all        sync.WaitGroup
}

func openHouse(ctx context.Context, doorLimits sipua.Limits) (*house, error) {
	ctx, stop := context.WithCancel(ctx)
	h := &house{stop: stop}
	exchange, err := h.openExchange(ctx)
	if err != nil {
		stop()
		return nil, err
	}
	for _, open := range []func() error{
		func() error { return h.openParty(ctx, &h.door, "door", doorAddr, exchange, doorLimits) },
		func() error { return h.openParty(ctx, &h.desk, "desk", deskAddr, exchange, sipua.Limits{}) },
		func() (err error) { h.sound, err = openSound(ctx, &h.all); return err },
	} {
		if err := open(); err != nil {
			h.close()
			return nil, err
		}
	}
	h.all.Go(func() { h.desk.answer() })
	return h, nil
}

func (h *house) close() {
	h.stop()
	h.all.Wait()
}

// freePort finds a port nobody has a moment before the exchange takes it.
func freePort(addr string) (string, error) {
	c, err := net.ListenPacket("udp", addr+":0")
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.LocalAddr().String(), nil
}

func (h *house) openExchange(ctx context.Context) (string, error) {
	addr, err := freePort(exchangeAddr)
	if err != nil {
		return "", err
	}
	p, err := pbx.New(pbx.Config{
		Domain: addr, Listen: []pbx.Listen{{Transport: sip.UDP, Address: addr}},
		Users: []pbx.User{{Name: "door", Password: "a"}, {Name: "desk", Password: "a"}},
	})
	if err != nil {
		return "", err
	}
	h.all.Go(func() { p.Run(ctx) })
	return addr, nil
}

// openParty starts an agent and waits until it is registered.
func (h *house) openParty(ctx context.Context, p *party, name, addr, exchange string, limits sipua.Limits) error {
	p.aor = "sip:" + name + "@" + exchange
	p.events = make(chan sipua.Event, 64)
	var err error
	p.agent, err = sipua.New(sipua.Config{
		Listen: []sipua.Listen{{Transport: sip.UDP, Address: addr + ":0"}}, Limits: limits,
		Accounts: []sipua.Account{{AOR: p.aor, Password: "a"}},
	})
	if err != nil {
		return err
	}
	h.all.Go(func() { p.agent.Run(ctx) })
	h.all.Go(p.pass)
	if _, err := await[sipua.Registered](p); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// pass hands on the events, so that waiting for one can be given up.
func (p *party) pass() {
	defer close(p.events)
	for e := range p.agent.Events() {
		p.events <- e
	}
}

// answer is the desk's whole day.
func (p *party) answer() {
	for e := range p.events {
		switch e := e.(type) {
		case sipua.Incoming:
			p.agent.Ring(e.Call)
			p.agent.Answer(e.Call, []byte(answerSDP))
		case sipua.Offered:
			p.agent.Answer(e.Call, []byte(answerSDP))
		}
	}
}

// await waits for an event of a type; refreshes of the registration are passed over.
func await[E sipua.Event](p *party) (found E, err error) {
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		select {
		case e, open := <-p.events:
			if !open {
				return found, errors.New("the agent has ended")
			}
			switch e := e.(type) {
			case E:
				return e, nil
			case sipua.Registered:
			default:
				return found, fmt.Errorf("%T %+v in place of %T", e, e, found)
			}
		case <-limit.C:
			return found, fmt.Errorf("no %T within %v", found, patience)
		}
	}
}

// The descriptions nobody reads.
const (
	offerSDP  = "v=0\r\no=- 1 1 IN IP4 127.0.0.3\r\ns=-\r\nc=IN IP4 127.0.0.3\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
	answerSDP = "v=0\r\no=- 2 2 IN IP4 127.0.0.4\r\ns=-\r\nc=IN IP4 127.0.0.4\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
)
