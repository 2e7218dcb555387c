package g711

import (
	"bytes"
	"slices"
	"testing"
)

// interval is one row of the recommendation's tables: magnitudes from low (in 16-bit units) up to the next
// row's are coded as code (before inversion, without sign) and decoded as value.
type interval struct {
	low, value int
	code       byte
}

// chords builds the 128 intervals from what G.711 prints: per chord the size of a step, 16 steps each. The
// first A-law chord is printed as 32 steps of the same size, which is two chords of 16.
func chords(steps [8]int, firstStep, scale int, value func(low, high int) int) []interval {
	var rows []interval
	low := 0
	for chord, size := range steps {
		for step := range 16 {
			width := size
			if chord == 0 && step == 0 {
				width = firstStep
			}
			rows = append(rows, interval{low * scale, value(low*scale, (low+width)*scale), byte(chord<<4 | step)})
			low += width
		}
	}
	return rows
}

func middle(low, high int) int { return (low + high) / 2 }

// aTable: Table 1a of G.711, in units of 1/4096 of full scale (13 bits with sign): steps of 2 up to 64, then
// doubling.
func aTable() []interval {
	return chords([8]int{2, 2, 4, 8, 16, 32, 64, 128}, 2, 8, middle)
}

// muTable: Table 2a, in units of 1/8192 (14 bits with sign): decision values 0, 1, 3, 5 ... 31, 35 ... The very
// first interval is one unit wide and decodes to 0.
func muTable() []interval {
	return chords([8]int{2, 4, 8, 16, 32, 64, 128, 256}, 1, 4, func(low, high int) int {
		if low == 0 {
			return 0
		}
		return middle(low, high)
	})
}

func find(rows []interval, magnitude int) interval {
	i := 0
	for i+1 < len(rows) && rows[i+1].low <= magnitude {
		i++
	}
	return rows[i]
}

func TestTablesMatchThePrintedOnes(t *testing.T) {
	// Decision and output values as the recommendation prints them, in its own units.
	a, mu := aTable(), muTable()
	tests := []struct {
		name      string
		rows      []interval
		row, want int // want: lower decision value in 16-bit units
	}{
		{"A: x(33)=64", a, 32, 64 * 8}, {"A: x(49)=128", a, 48, 128 * 8}, {"A: x(113)=2048", a, 112, 2048 * 8},
		{"A: x(128)=3968", a, 127, 3968 * 8},
		{"mu: x(2)=1", mu, 1, 4}, {"mu: x(17)=31", mu, 16, 31 * 4}, {"mu: x(33)=95", mu, 32, 95 * 4},
		{"mu: x(113)=4063", mu, 112, 4063 * 4}, {"mu: x(128)=7903", mu, 127, 7903 * 4},
	}
	for _, tt := range tests {
		if got := tt.rows[tt.row].low; got != tt.want {
			t.Errorf("%s: table has %d, want %d", tt.name, got, tt.want)
		}
	}
	if len(a) != 128 || len(mu) != 128 {
		t.Fatalf("tables have %d and %d rows, want 128", len(a), len(mu))
	}
}

func TestEncodeEverySample(t *testing.T) {
	a, mu := aTable(), muTable()
	for s := -32768; s <= 32767; s++ {
		magnitude, aSign, muSign := s, byte(0x80), byte(0x80)
		if s < 0 {
			magnitude, aSign, muSign = -s-1, 0, 0
		}
		if got, want := ToA(int16(s)), (find(a, magnitude).code|aSign)^0x55; got != want {
			t.Fatalf("ToA(%d) = %#02x, want %#02x", s, got, want)
		}
		if got, want := ToMu(int16(s)), find(mu, magnitude).code^0x7F|muSign; got != want {
			t.Fatalf("ToMu(%d) = %#02x, want %#02x", s, got, want)
		}
	}
}

func TestDecodeEveryCode(t *testing.T) {
	a, mu := aTable(), muTable()
	for _, row := range a {
		if got := FromA((row.code | 0x80) ^ 0x55); int(got) != row.value {
			t.Errorf("FromA(+%#02x) = %d, want %d", row.code, got, row.value)
		}
		if got := FromA(row.code ^ 0x55); int(got) != -row.value {
			t.Errorf("FromA(-%#02x) = %d, want %d", row.code, got, -row.value)
		}
	}
	for _, row := range mu {
		if got := FromMu(row.code ^ 0xFF); int(got) != row.value {
			t.Errorf("FromMu(+%#02x) = %d, want %d", row.code, got, row.value)
		}
		if got := FromMu(row.code ^ 0x7F); int(got) != -row.value {
			t.Errorf("FromMu(-%#02x) = %d, want %d", row.code, got, -row.value)
		}
	}
}

func TestCodesSurviveDecodingAndCoding(t *testing.T) {
	for c := range 256 {
		if got := ToA(FromA(byte(c))); got != byte(c) {
			t.Errorf("A-law %#02x comes back as %#02x", c, got)
		}
		want := byte(c)
		if want == 0x7F {
			want = 0xFF // mu-law has two zeros; the positive one is sent
		}
		if got := ToMu(FromMu(byte(c))); got != want {
			t.Errorf("mu-law %#02x comes back as %#02x, want %#02x", c, got, want)
		}
	}
}

func TestSilenceAndFullScale(t *testing.T) {
	tests := []struct {
		sample int16
		a, mu  byte
	}{
		{0, 0xD5, 0xFF}, {-1, 0x55, 0x7F}, {32767, 0xAA, 0x80}, {-32768, 0x2A, 0x00},
	}
	for _, tt := range tests {
		if got := ToA(tt.sample); got != tt.a {
			t.Errorf("ToA(%d) = %#02x, want %#02x", tt.sample, got, tt.a)
		}
		if got := ToMu(tt.sample); got != tt.mu {
			t.Errorf("ToMu(%d) = %#02x, want %#02x", tt.sample, got, tt.mu)
		}
	}
}

func TestFramesEqualSamples(t *testing.T) {
	pcm := make([]int16, 0, 65536)
	var a, mu []byte
	for s := -32768; s <= 32767; s++ {
		pcm = append(pcm, int16(s))
		a, mu = append(a, ToA(int16(s))), append(mu, ToMu(int16(s)))
	}
	if got := AppendA([]byte{7}, pcm); got[0] != 7 || !bytes.Equal(got[1:], a) {
		t.Error("AppendA differs from ToA or does not append")
	}
	if got := AppendMu([]byte{7}, pcm); got[0] != 7 || !bytes.Equal(got[1:], mu) {
		t.Error("AppendMu differs from ToMu or does not append")
	}
	codes := make([]byte, 256)
	wantA, wantMu := []int16{9}, []int16{9}
	for c := range codes {
		codes[c] = byte(c)
		wantA, wantMu = append(wantA, FromA(byte(c))), append(wantMu, FromMu(byte(c)))
	}
	if !slices.Equal(DecodeA([]int16{9}, codes), wantA) || !slices.Equal(DecodeMu([]int16{9}, codes), wantMu) {
		t.Error("DecodeA or DecodeMu differs from FromA or FromMu, or does not append")
	}
}

func TestNothingIsAllocated(t *testing.T) {
	pcm, payload := make([]int16, 160), make([]byte, 0, 160)
	out := make([]int16, 0, 160)
	allocs := testing.AllocsPerRun(100, func() {
		payload = AppendA(payload[:0], pcm)
		out = DecodeA(out[:0], payload)
		payload = AppendMu(payload[:0], pcm)
		out = DecodeMu(out[:0], payload)
	})
	if allocs != 0 {
		t.Errorf("%v allocations per frame, want 0", allocs)
	}
}

func ramp() []int16 {
	pcm := make([]int16, 160) // 20 ms
	for i := range pcm {
		pcm[i] = int16(i * 409 % 65536)
	}
	return pcm
}

func BenchmarkEncodeA20ms(b *testing.B) {
	pcm, payload := ramp(), make([]byte, 0, 160)
	b.ReportAllocs()
	for b.Loop() {
		payload = AppendA(payload[:0], pcm)
	}
}

func BenchmarkEncodeMu20ms(b *testing.B) {
	pcm, payload := ramp(), make([]byte, 0, 160)
	b.ReportAllocs()
	for b.Loop() {
		payload = AppendMu(payload[:0], pcm)
	}
}

func BenchmarkDecodeA20ms(b *testing.B) {
	payload, pcm := AppendA(nil, ramp()), make([]int16, 0, 160)
	b.ReportAllocs()
	for b.Loop() {
		pcm = DecodeA(pcm[:0], payload)
	}
}
