package jitter

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// bench drives a Buffer by hand: packets of 20 ms at 8 kHz, numbered from 0; time in ms since the first.
type bench struct {
	t *testing.T
	b *Buffer
}

var epoch = time.Unix(1000, 0)

func at(ms float64) time.Time { return epoch.Add(time.Duration(ms * 1e6)) }

func newBench(t *testing.T, c Config) *bench { return &bench{t, New(c)} }

func (x *bench) push(ms float64, numbers ...int) []Verdict {
	var got []Verdict
	for _, n := range numbers {
		got = append(got, x.b.Push(at(ms), packet(n)))
	}
	return got
}

// flow pushes packets at the times at which a network without delay would deliver them, each not before its predecessor.
func (x *bench) flow(numbers ...int) (got []Verdict) {
	ms := 0.0
	for _, n := range numbers {
		ms = max(ms, float64(n*20))
		got = append(got, x.b.Push(at(ms), packet(n)))
	}
	return got
}

func packet(n int) Packet {
	return Packet{Seq: uint16(n), Timestamp: uint32(n * 160), Type: 8, Payload: []byte{byte(n)}}
}

// pull asks every 20 ms of the given span, and writes down the number of each packet, c for a concealment, - for silence.
func (x *bench) pull(from, to float64) string {
	var out []string
	for ms := from; ms < to; ms += 20 {
		for queued := 0; queued < 160; {
			d := x.b.Next(at(ms), queued, 80)
			switch d.Action {
			case Play:
				x.b.Done(160)
				queued += 160
				out = append(out, fmt.Sprint(d.Packet.Payload[0]))
			case Conceal:
				queued += 80
				out = append(out, "c")
			case Wait:
				queued += 80
				out = append(out, "-")
			}
		}
	}
	return strings.Join(out, " ")
}

func (x *bench) want(what, got, want string) {
	x.t.Helper()
	if got != want {
		x.t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

var fixed40 = Config{Fixed: 40 * time.Millisecond}

func TestOrderIsRestored(t *testing.T) {
	x := newBench(t, fixed40)
	x.want("before any packet", x.pull(0, 20), "- -")
	x.flow(0, 2, 1, 4, 3)
	x.want("too early", x.pull(0, 20), "- -")
	x.want("due", x.pull(40, 140), "0 1 2 3 4")
	if c := x.b.Counters(); c.Reordered != 2 || c.Played != 5 || c.Lost != 0 {
		t.Errorf("%+v", c)
	}
}

func TestEarlierPacketBeforePlayingMovesTheStart(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 1)
	x.push(5, 0)
	x.want("both", x.pull(65, 105), "0 1")
}

func TestDuplicatesBeforeAndAfterPlaying(t *testing.T) {
	x := newBench(t, fixed40)
	if v := x.flow(0, 0, 1, 2); v[1] != Duplicate {
		t.Errorf("second copy: verdict %v", v[1])
	}
	x.want("once each", x.pull(40, 100), "0 1 2")
	if v := x.push(100, 0, 1, 2); v[0] != Duplicate || v[1] != Duplicate || v[2] != Duplicate {
		t.Errorf("copies of played packets: verdicts %v", v)
	}
	if c := x.b.Counters(); c.Duplicates != 4 || c.Late != 0 {
		t.Errorf("%+v", c)
	}
}

func TestLossIsConcealedAndTheLatecomerCounted(t *testing.T) {
	x := newBench(t, fixed40)
	x.flow(0, 2, 3)
	x.want("gap", x.pull(40, 100), "0 c c 2")
	if v := x.push(100, 1); v[0] != Late {
		t.Errorf("verdict %v, want Late", v[0])
	}
	x.want("after the gap", x.pull(100, 120), "3")
	if c := x.b.Counters(); c.Lost != 2 || c.Concealed != 2 || c.Late != 1 {
		t.Errorf("%+v", c)
	}
}

func TestEmptyBufferWaitsForTheLatePacket(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 0)
	x.want("runs dry", x.pull(40, 80), "0 c c")
	x.push(75, 1, 2)
	x.want("goes on where it stopped", x.pull(80, 120), "1 2")
	if c := x.b.Counters(); c.Lost != 0 || c.Late != 0 {
		t.Errorf("nothing was lost: %+v", c)
	}
}

func TestTimeConcealedCountsForLostPackets(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 0)
	x.want("runs dry", x.pull(40, 100), "0 c c c c")
	x.push(95, 3) // 1 and 2 never come, and 40 ms were concealed for them
	x.want("no second gap", x.pull(100, 120), "3")
}

func TestSilenceOfTheSenderIsNoLoss(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 0)
	x.want("first", x.pull(40, 60), "0")
	p := packet(1)
	p.Timestamp += 800 // 100 ms of silence, no packet missing
	p.Payload = []byte{9}
	x.b.Push(at(120), p)
	x.want("silence until it is due", x.pull(60, 180), "- - - - - - - - - - 9")
	if c := x.b.Counters(); c.Lost != 0 {
		t.Errorf("%+v", c)
	}
}

func TestNotedPacketsAreNoLoss(t *testing.T) {
	x := newBench(t, fixed40)
	x.flow(0, 1)
	for seq := range uint16(3) {
		x.b.Note(2 + seq)
	}
	x.push(100, 5)
	x.want("a digit took the place", x.pull(40, 160), "0 1 - - - - - - 5")
	if c := x.b.Counters(); c.Lost != 0 || c.Concealed != 0 {
		t.Errorf("%+v", c)
	}
}

func TestEmptyBufferDuringADigitIsNoLoss(t *testing.T) {
	x := newBench(t, fixed40)
	x.flow(0)
	x.want("audio", x.pull(40, 60), "0")
	x.b.Note(1)
	x.want("a digit is coming in", x.pull(60, 100), "- - - -")
	x.b.Note(3) // and one of its packets was lost
	x.want("which may have been audio", x.pull(100, 120), "c c")
}

func TestTimestampJump(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 0, 1)
	jumped := func(n int) Packet {
		p := packet(n)
		p.Timestamp += 0x40000000
		return p
	}
	if v := x.b.Push(at(20), jumped(2)); v != Suspect {
		t.Errorf("first packet of a jump: verdict %v, want Suspect", v)
	}
	x.want("old packets are still played", x.pull(40, 80), "0 1")
	if v := x.b.Push(at(40), jumped(3)); v != Stored {
		t.Errorf("second packet of a jump: verdict %v, want Stored", v)
	}
	x.b.Push(at(60), jumped(4))
	x.want("new time base", x.pull(80, 120), "3 4")
	if c := x.b.Counters(); c.Resets != 1 || c.Dropped != 1 {
		t.Errorf("%+v", c)
	}
}

func TestOneStrangePacketChangesNothing(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 0)
	strange := packet(1)
	strange.Timestamp = 0xABCDEF00
	x.b.Push(at(10), strange)
	x.push(20, 1)
	strange.Timestamp = 0x12345678
	x.b.Push(at(30), strange)
	x.push(40, 2)
	x.want("the stream", x.pull(40, 100), "0 1 2")
	if c := x.b.Counters(); c.Resets != 0 || c.Dropped != 2 {
		t.Errorf("%+v", c)
	}
}

func TestTimestampsWrap(t *testing.T) {
	x := newBench(t, fixed40)
	for n := range 4 {
		p := packet(n)
		p.Seq += 65534
		p.Timestamp += 0xFFFFFF00
		x.b.Push(at(0), p)
	}
	x.want("over the wrap", x.pull(40, 120), "0 1 2 3")
	if c := x.b.Counters(); c.Lost+c.Resets != 0 {
		t.Errorf("%+v", c)
	}
}

func TestBoundsOfSize(t *testing.T) {
	x := newBench(t, fixed40)
	if v := x.b.Push(at(0), Packet{Payload: make([]byte, maxPayload+1)}); v != Oversize {
		t.Errorf("huge payload: verdict %v", v)
	}
	if v := x.b.Push(at(0), Packet{Payload: make([]byte, maxPayload)}); v != Stored {
		t.Errorf("largest payload: verdict %v", v)
	}
	for n := 1; n < slots; n++ {
		x.push(0, n)
	}
	if v := x.push(0, slots); v[0] != Oversize {
		t.Errorf("one packet too many: verdict %v", v[0])
	}
}

// A burst after an outage of a second: the delay may not stay there.
func TestBurstAfterAnOutage(t *testing.T) {
	x := newBench(t, Config{})
	for n := range 20 {
		x.push(float64(n*20), n)
	}
	x.pull(40, 420)
	x.pull(420, 1420) // nothing comes
	for n := 20; n < 72; n++ {
		x.push(1425, n)
	}
	x.b.Next(at(1430), 0, 80)
	x.b.Done(160)
	if d := x.b.Delay(at(1430), 160); d > 200*time.Millisecond {
		t.Errorf("after a burst sound is played %v late", d)
	}
	if c := x.b.Counters(); c.Dropped < 40 {
		t.Errorf("%+v", c)
	}
}

// A network that has become slower for good must be followed.
func TestSlowerNetworkIsFollowed(t *testing.T) {
	x := newBench(t, Config{})
	next := 0
	for ms := 0.0; ms < 10000; ms += 20 {
		delay := 0.0
		if ms > 2000 {
			delay = 400
		}
		for ; float64(next*20)+delay <= ms; next++ {
			x.push(float64(next*20)+delay, next)
		}
		x.pull(ms, ms+20)
	}
	before := x.b.Counters()
	for ms := 10000.0; ms < 11000; ms += 20 {
		for ; float64(next*20)+400 <= ms; next++ {
			x.push(float64(next*20)+400, next)
		}
		x.pull(ms, ms+20)
	}
	after := x.b.Counters()
	if got := after.Played - before.Played; got < 49 {
		t.Errorf("%d of 50 packets played in the second after the change settled", got)
	}
}

func TestCorrection(t *testing.T) {
	x := newBench(t, fixed40)
	if c := x.b.Correction(at(0), 0, 80); c != 0 {
		t.Errorf("correction %v before any packet", c)
	}
	x.flow(0, 1, 2, 3)
	x.b.Next(at(100), 0, 80) // played 100 ms late
	x.b.Done(160)
	if c := x.b.Correction(at(100), 160, 80); c != 60*time.Millisecond {
		t.Errorf("correction %v, want 60 ms", c)
	}
	if c := x.b.Correction(at(100), 80, 80); c != 50*time.Millisecond {
		t.Errorf("correction %v with less queued, want 50 ms", c)
	}
	if c := x.b.Correction(at(35), 160, 80); c != -5*time.Millisecond {
		t.Errorf("correction %v, want -5 ms", c)
	}
	if c := x.b.Correction(at(45), 160, 80); c != 0 {
		t.Errorf("correction %v within the tolerance", c)
	}
}

func TestReserve(t *testing.T) {
	x := newBench(t, Config{})
	before := x.b.Target()
	x.b.Reserve(20 * time.Millisecond)
	if got := x.b.Target() - before; got != 20*time.Millisecond {
		t.Errorf("target moved by %v", got)
	}
	x.b.Reserve(time.Hour)
	if got := x.b.Target(); got != 200*time.Millisecond-headroom {
		t.Errorf("target %v, want the greatest", got)
	}
	x.b.Reserve(0)
	if got := x.b.Target(); got != before {
		t.Errorf("target %v, want %v again", got, before)
	}
}

func TestConcealmentShowsTheNextPacket(t *testing.T) {
	x := newBench(t, fixed40)
	x.flow(0, 2)
	x.want("first", x.pull(40, 60), "0")
	d := x.b.Next(at(60), 0, 80)
	if d.Action != Conceal || d.Missing != 80 || len(d.Packet.Payload) != 1 || d.Packet.Payload[0] != 2 {
		t.Fatalf("%+v", d)
	}
	x.b.Done(d.Missing) // filled from packet 2
	if d := x.b.Next(at(60), 160, 80); d.Action != Play || d.Packet.Payload[0] != 2 {
		t.Errorf("%+v", d)
	}
	x = newBench(t, fixed40)
	x.flow(0)
	x.pull(40, 60)
	if d := x.b.Next(at(60), 0, 80); d.Action != Conceal || d.Packet.Payload != nil || d.Missing != 0 {
		t.Errorf("nothing is there: %+v", d)
	}
}

func TestResetKeepsTheCounters(t *testing.T) {
	x := newBench(t, fixed40)
	x.push(0, 0, 1)
	x.want("first source", x.pull(40, 60), "0")
	x.b.Reset()
	x.want("empty", x.pull(60, 80), "- -")
	if c := x.b.Counters(); c.Played != 1 {
		t.Errorf("%+v", c)
	}
	p := packet(0)
	p.Timestamp = 0xDEAD0000
	x.b.Push(at(80), p)
	x.want("second source", x.pull(120, 140), "0")
}

func TestAllocatesNothing(t *testing.T) {
	b := New(Config{})
	n := 0
	allocs := testing.AllocsPerRun(500, func() {
		b.Push(at(float64(n*20)), packet(n))
		if d := b.Next(at(float64(n*20)+15), 0, 80); d.Action == Play {
			b.Done(160)
		}
		b.Correction(at(float64(n*20)+15), 160, 80)
		n++
	})
	if allocs > 1 { // the payload that packet makes
		t.Errorf("%v allocations per packet", allocs)
	}
}

func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 0, 20, 1, 1, 20, 3, 2, 10, 2, 3, 1, 200, 200, 200})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := New(Config{})
		ms, queued := 0.0, 0
		for ; len(data) >= 3; data = data[3:] {
			ms += float64(data[2])
			p := Packet{Seq: uint16(data[0]), Timestamp: uint32(data[0])*160 + uint32(data[1]&0xF0)<<20, Payload: data[:1]}
			b.Push(at(ms), p)
			for range data[1] & 0x0F {
				if d := b.Next(at(ms), queued, 80); d.Action == Play {
					b.Done(160)
				}
				b.Correction(at(ms), queued, 80)
			}
			if len(b.order)+len(b.free) != slots {
				t.Fatalf("%d slots in use, %d free", len(b.order), len(b.free))
			}
			for i := 1; i < len(b.order); i++ {
				if b.order[i-1].at >= b.order[i].at {
					t.Fatal("packets out of order")
				}
			}
			if target := b.Target(); target < bucket || target > 200*time.Millisecond {
				t.Fatalf("target %v", target)
			}
		}
	})
}

func BenchmarkPushNext(b *testing.B) {
	buf, p, n := New(Config{}), packet(0), 0
	p.Payload = make([]byte, 160)
	b.ReportAllocs()
	for b.Loop() {
		p.Seq, p.Timestamp = uint16(n), uint32(n*160)
		now := at(float64(n * 20))
		buf.Push(now, p)
		if d := buf.Next(now.Add(15*time.Millisecond), 0, 80); d.Action == Play {
			buf.Done(160)
		}
		n++
	}
}
