package transaction

import (
	"errors"
	"testing"
	"time"

	"intercom/sipua/sip"
)

// FuzzTable plays any order of messages, answers, failures and time against one table. It never breaks, its deadline
// never goes back, and an hour after the last event nothing is left but INVITEs that ring.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{20, 1, 40, 2, 60, 3, 80, 4, 100, 5})
	f.Add([]byte{0, 0, 0, 16, 16, 33, 33, 50, 50, 66, 66, 255})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 200 {
			return
		}
		p := &player{bench: newBench(t, Config{MaxClients: 8, MaxServers: 8})}
		for _, op := range script {
			p.play(op)
			p.check()
		}
		p.runTo(p.now.Sub(start) + time.Hour)
		p.checkRest()
	})
}

// player turns bytes into events: the high half is what, the low half with which transaction.
type player struct {
	*bench
	clients []*Client
	servers []*Server
}

func (p *player) play(op byte) {
	method := []string{"INVITE", "BYE", "OPTIONS", "CANCEL"}[op&3]
	branch := "z9hG4bK" + string('a'+rune(op&7))
	flow := udp
	if op&8 != 0 {
		flow = tcp
	}
	switch op >> 4 {
	case 0, 1:
		if c, err := p.table.Request(p.now, flow, newRequest(p.t, method, flow.Transport, branch)); err == nil {
			p.clients = append(p.clients, c)
		}
	case 2, 3, 4:
		e := p.receive(flow, newRequest(p.t, method, flow.Transport, branch))
		if e.Server != nil {
			p.servers = append(p.servers, e.Server)
		}
	case 5:
		p.receive(flow, newRequest(p.t, "ACK", flow.Transport, branch))
	case 6, 7, 8:
		p.answer(op, []int{100, 180, 200, 486}[op>>2&3])
	case 9, 10, 11:
		p.respondTo(op, []int{100, 183, 202, 408, 603}[int(op&15)%5])
	case 12:
		if c := pick(p.clients, op); c != nil {
			p.table.Cancel(p.now, c)
		}
	case 13:
		p.table.Fail(p.now, flow, errors.New("flow failed"))
		p.runTo(p.now.Sub(start))
	default:
		p.runTo(p.now.Sub(start) + time.Duration(op&15+1)*300*time.Millisecond)
	}
}

// answer brings a response to one of our requests.
func (p *player) answer(op byte, status int) {
	if c := pick(p.clients, op); c != nil {
		p.receive(c.Flow(), response(c.Request(), status))
	}
}

// respondTo answers one of the peer's requests; the table says no where that is out of place.
func (p *player) respondTo(op byte, status int) {
	if s := pick(p.servers, op); s != nil {
		err := p.table.Respond(p.now, s, response(s.Request(), status))
		if err != nil && !errors.Is(err, ErrState) {
			p.t.Fatal(err)
		}
	}
}

func pick[T any](list []*T, op byte) *T {
	if len(list) == 0 {
		return nil
	}
	return list[int(op&7)%len(list)]
}

// check is what always holds.
func (p *player) check() {
	clients, servers := p.table.Len()
	if clients > 8 || servers > 8 || len(p.table.agenda) > clients+servers || len(p.table.ongoing) > servers {
		p.t.Fatalf("%d clients, %d servers, %d on the agenda, %d ongoing", clients, servers, len(p.table.agenda), len(p.table.ongoing))
	}
	for i, e := range p.table.agenda {
		if e.place != i || e.timers.due().IsZero() {
			p.t.Fatalf("entry %d of the agenda says it is at %d, due %v", i, e.place, e.timers.due())
		}
		if parent := (i - 1) / 2; e.timers.due().Before(p.table.agenda[parent].timers.due()) {
			p.t.Fatalf("entry %d is due before its parent", i)
		}
	}
}

// checkRest is what may be left after an hour: INVITEs nobody has answered finally, on either side.
func (p *player) checkRest() {
	for _, c := range p.table.clients {
		if c.key.method != sip.INVITE || c.state != ClientProceeding || c.cancelled {
			p.t.Fatalf("client %v in %v is left", c.key, c.state)
		}
	}
	for _, s := range p.table.servers {
		if !s.invite() || s.state != ServerProceeding {
			p.t.Fatalf("server %v in %v is left", s.key, s.state)
		}
	}
	if !p.table.Deadline().IsZero() {
		p.t.Fatalf("something is due at %v", p.table.Deadline().Sub(start))
	}
}
