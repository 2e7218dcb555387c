package dtmf

import (
	"math/rand/v2"
	"testing"
)

// pkt is a line of a test's packet table.
type pkt struct {
	seq      uint16
	ts       uint32
	marker   bool
	digit    byte
	end      bool
	duration uint16
}

func (p pkt) packet() Packet {
	code, _ := Code(p.digit)
	return Packet{p.seq, p.ts, p.marker, Payload{code, p.end, 10, p.duration}.Append(nil)}
}

func receive(r *Receiver, packets []pkt) string {
	var got []byte
	for _, p := range packets {
		if d, ok := r.Receive(p.packet()); ok {
			got = append(got, d)
		}
	}
	return string(got)
}

// press is a whole event of 100 ms at 8 kHz as the sender's table has it.
func press(seq uint16, ts uint32, digit byte) []pkt {
	return []pkt{
		{seq, ts, true, digit, false, 400}, {seq + 1, ts, false, digit, true, 800},
		{seq + 2, ts, false, digit, true, 800}, {seq + 3, ts, false, digit, true, 800},
	}
}

func TestReceiver(t *testing.T) {
	one, again, two := press(1, 1000, '1'), press(5, 3000, '1'), press(9, 5000, '2')
	join := func(parts ...[]pkt) (all []pkt) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	tests := []struct {
		name    string
		packets []pkt
		want    string
	}{
		{"one press", one, "1"},
		{"same digit twice, then another", join(one, again, two), "112"},
		{"no marker", []pkt{{1, 1000, false, '#', false, 160}, {2, 1000, false, '#', false, 320}}, "#"},
		{"marker on every packet", []pkt{{1, 1000, true, '4', false, 160}, {2, 1000, true, '4', false, 320}, {3, 1000, true, '4', true, 480}}, "4"},
		{"start lost", one[1:], "1"},
		{"all but the last end packet lost", join(one[3:], again[3:], two[3:]), "112"},
		{"end lost", join(one[:1], again[:1], two[:1]), "112"},
		{"every packet twice", join(one[:1], one[:1], one[1:], one[1:]), "1"},
		{"start after end", []pkt{one[1], one[0], one[2], one[3]}, "1"},
		{"late end packets of the last digit", join(one[:2], again[:1], one[2:], again[1:]), "11"},
		{"late packets of the digit before the last", join(one[:2], again[:2], two[:1], one[2:], again[2:], two[1:]), "112"},
		{"timestamps wrap", join(press(65534, 0xFFFFFFF0, '7'), press(2, 0x800, '8')), "78"},
		{"same timestamp, other digit", []pkt{{1, 1000, true, '1', true, 800}, {2, 1000, true, '2', true, 800}}, "12"},
		{"long tone in segments", []pkt{
			{1, 0, true, '5', false, 0x8000}, {2, 0, false, '5', false, 0xFFFF}, {3, 0xFFFF, false, '5', false, 800},
			{4, 0xFFFF, false, '5', false, 0xFFFF}, {5, 0x1FFFE, false, '5', true, 100},
		}, "5"},
		{"long tone, last packet of a segment lost", []pkt{{1, 0, true, '5', false, 0xFF00}, {3, 0xFFFF, false, '5', false, 800}}, "5"},
		{"same digit right after the end of a maximal segment", []pkt{{1, 0, true, '5', true, 0xFFFF}, {2, 0xFFFF, true, '5', false, 400}}, "55"},
		{"timestamp moves with every packet", []pkt{
			{1, 1000, true, '9', false, 160}, {2, 1160, false, '9', false, 320}, {3, 1320, false, '9', false, 480},
			{4, 1480, false, '9', true, 640}, {5, 1640, false, '9', true, 640}, {6, 1800, false, '9', true, 640},
		}, "9"},
		{"timestamp never moves, three presses", []pkt{
			{1, 7, true, '3', false, 160}, {2, 7, false, '3', true, 800}, {3, 7, false, '3', true, 800},
			{4, 7, true, '3', false, 160}, {5, 7, false, '3', true, 800},
			{6, 7, true, '3', false, 160}, {7, 7, false, '3', true, 800},
		}, "333"},
		{"timestamp base jumps back, as after a transfer", join(one, press(900, 0x90000000, '1'), press(904, 0x90001000, '2')), "112"},
		{"48 kHz", []pkt{{1, 9000, true, '0', false, 2400}, {2, 9000, false, '0', true, 4800}, {3, 18600, true, '0', false, 2400}}, "00"},
		{"no digit: hook flash and others", []pkt{}, ""},
	}
	for _, tt := range tests {
		if got := receive(&Receiver{}, tt.packets); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReceiverIgnoresWhatIsNoDigit(t *testing.T) {
	for _, payload := range [][]byte{nil, {}, {1}, {1, 2}, {1, 0x8A, 3}, {16, 10, 0, 160}, {255, 10, 0, 160}} {
		var r Receiver
		if d, ok := r.Receive(Packet{Timestamp: 1, Marker: true, Payload: payload}); ok {
			t.Errorf("payload % x gave digit %q", payload, d)
		}
	}
	var r Receiver
	if d, ok := r.Receive(Packet{Payload: []byte{11, 0x0A, 0, 160, 99, 99}}); !ok || d != '#' {
		t.Errorf("padded payload gave %q, %v; want #", d, ok)
	}
}

func TestReceiverReset(t *testing.T) {
	var r Receiver
	one := press(1, 1000, '1')
	if got := receive(&r, one); got != "1" {
		t.Fatalf("got %q", got)
	}
	if got := receive(&r, one); got != "" {
		t.Fatalf("repeated packets gave %q", got)
	}
	r.Reset()
	if got := receive(&r, one); got != "1" {
		t.Errorf("after Reset got %q, want 1: another source may use the same timestamp", got)
	}
}

// Whatever subset of packets arrives, in whatever small disorder and multiplicity, each press with at least one
// surviving packet is one digit.
func TestReceiverAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		var packets []pkt
		var want []byte
		seq, ts := uint16(r.Uint32()), r.Uint32()
		for range 6 {
			digit := Digits[r.IntN(len(Digits))]
			before := len(packets)
			for i, p := range press(seq, ts, digit) {
				if r.IntN(10) < 4 && (i < 3 || len(packets) > before) {
					continue // lost, but never all four
				}
				for range 1 + r.IntN(2) {
					packets = append(packets, p)
				}
			}
			want = append(want, digit)
			seq, ts = seq+4, ts+1600
		}
		for i := 1; i < len(packets); i++ { // reorder within a digit
			if j := i - 1; packets[i].ts == packets[j].ts && r.IntN(4) == 0 {
				packets[i], packets[j] = packets[j], packets[i]
			}
		}
		if got := receive(&Receiver{}, packets); got != string(want) {
			t.Fatalf("round %d: got %q, want %q from %+v", round, got, want, packets)
		}
	}
}

func TestPayload(t *testing.T) {
	// RFC 4733 section 5, the dialling example: digit 9, volume 7, durations in 8 kHz units.
	b := []byte{9, 0x87, 0x06, 0x40}
	p, err := ParsePayload(b)
	if want := (Payload{9, true, 7, 1600}); err != nil || p != want {
		t.Errorf("got %+v, %v; want %+v", p, err, want)
	}
	if got := p.Append(nil); string(got) != string(b) {
		t.Errorf("comes back as % x", got)
	}
	for n := range b {
		if _, err := ParsePayload(b[:n]); err == nil {
			t.Errorf("%d bytes were taken", n)
		}
	}
	for _, tt := range []struct {
		b    []byte
		want bool
	}{{b, true}, {b[:3], false}, {append(b, 0), false}, {[]byte{16, 10, 0, 1}, false}, {[]byte{1, 0x4A, 0, 1}, false}} {
		if got := Plausible(tt.b); got != tt.want {
			t.Errorf("Plausible(% x) = %v", tt.b, got)
		}
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 9, 1, 9, 0x87, 6, 0x40, 0, 2, 0, 0, 0, 9, 0, 9, 0x87, 6, 0x40})
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Receiver
		digits, packets := 0, 0
		for ; len(data) >= 11; data = data[11:] {
			ts := uint32(data[2])<<24 | uint32(data[3])<<16 | uint32(data[4])<<8 | uint32(data[5])
			p := Packet{uint16(data[0])<<8 | uint16(data[1]), ts, data[6]&1 != 0, data[7:11]}
			packets++
			if _, ok := r.Receive(p); ok {
				digits++
			}
			if d, ok := r.Receive(p); ok {
				t.Fatalf("the same packet again gave %q", d)
			}
		}
		if digits > packets {
			t.Fatalf("%d digits from %d packets", digits, packets)
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	packets := press(1, 1000, '1')
	var r Receiver
	p := packets[0].packet()
	b.ReportAllocs()
	for b.Loop() {
		p.Timestamp += 1600
		r.Receive(p)
	}
}
