package dtmf

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"testing"
)

// onTheWay is a packet with its arrival in ms.
type onTheWay struct {
	at     float64
	packet Packet
}

// overNetwork sends digits through a network of 20 ms +- jitter with independent loss and duplication, and returns what
// the receiver makes of them and how many digits lost every packet.
func overNetwork(r *rand.Rand, digits string, rate int, loss, jitter float64) (got string, gone int) {
	s := NewSender(SenderConfig{ClockRate: rate})
	if err := s.Push(digits); err != nil {
		panic("BUG: " + err.Error())
	}
	var way []onTheWay
	alive := map[uint32]bool{}
	base, seq := r.Uint32(), uint16(r.Uint32())
	for ms := 0; !s.Idle(); ms += 10 {
		out, due := s.Advance(base + uint32(ms*rate/1000))
		if !due {
			continue
		}
		seq++
		alive[out.Timestamp] = alive[out.Timestamp] || false
		for range 1 + r.IntN(10)/9 {
			if r.Float64() < loss {
				continue
			}
			alive[out.Timestamp] = true
			p := Packet{seq, out.Timestamp, out.Marker, out.Payload.Append(nil)}
			way = append(way, onTheWay{float64(ms) + jitter*r.Float64(), p})
		}
	}
	for _, survived := range alive {
		if !survived {
			gone++
		}
	}
	sort.SliceStable(way, func(i, k int) bool { return way[i].at < way[k].at })
	var receiver Receiver
	var heard []byte
	for _, w := range way {
		if d, isNew := receiver.Receive(w.packet); isNew {
			heard = append(heard, d)
		}
	}
	return string(heard), gone
}

func TestEveryDigitOnceOverBadNetworks(t *testing.T) {
	tests := []struct{ loss, jitter float64 }{{0, 0}, {0, 90}, {.05, 40}, {.2, 60}, {.4, 90}}
	for _, rate := range []int{8000, 16000, 48000} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%d Hz, %v lost, %v ms jitter", rate, tt.loss, tt.jitter), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(rate), uint64(tt.loss*100+tt.jitter)))
				for range 200 {
					digits := make([]byte, 1+r.IntN(12))
					for i := range digits {
						digits[i] = Digits[r.IntN(3)] // few different ones: repetitions are the hard case
					}
					got, gone := overNetwork(r, string(digits), rate, tt.loss, tt.jitter)
					if gone == 0 && got != string(digits) || len(got) != len(digits)-gone {
						t.Fatalf("sent %q, %d of them lost whole, got %q", digits, gone, got)
					}
				}
			})
		}
	}
}
