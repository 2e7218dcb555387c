package alsa

import (
	"bytes"
	"math"
	"testing"
)

func named(t *testing.T, name string) *format {
	t.Helper()
	for i := range formats {
		if formats[i].name == name {
			return &formats[i]
		}
	}
	t.Fatalf("no format %s", name)
	return nil
}

// TestSamples: bytes on the wire against values, both ways.
func TestSamples(t *testing.T) {
	for _, test := range []struct {
		format string
		value  float32
		bytes  []byte
	}{
		{"S32_LE", 0, []byte{0, 0, 0, 0}},
		{"S32_LE", 0.5, []byte{0, 0, 0, 0x40}},
		{"S32_LE", -0.5, []byte{0, 0, 0, 0xc0}},
		{"S32_LE", -1, []byte{0, 0, 0, 0x80}},
		{"S32_LE", 1.0 / (1 << 31), []byte{1, 0, 0, 0}},
		{"S24_LE", 0.5, []byte{0, 0, 0x40, 0}},
		{"S24_LE", -1.0 / (1 << 23), []byte{0xff, 0xff, 0xff, 0xff}},
		{"S24_LE", -1, []byte{0, 0, 0x80, 0xff}},
		{"S24_3LE", 0.5, []byte{0, 0, 0x40}},
		{"S24_3LE", -1.0 / (1 << 23), []byte{0xff, 0xff, 0xff}},
		{"S24_3LE", -1, []byte{0, 0, 0x80}},
		{"S16_LE", 0.5, []byte{0, 0x40}},
		{"S16_LE", -1.0 / (1 << 15), []byte{0xff, 0xff}},
		{"S16_LE", -1, []byte{0, 0x80}},
	} {
		f := named(t, test.format)
		got := make([]byte, f.bytes)
		f.put(got, test.value)
		if !bytes.Equal(got, test.bytes) {
			t.Errorf("%s: %v is written %x, want %x", test.format, test.value, got, test.bytes)
		}
		if back := f.get(test.bytes); back != test.value {
			t.Errorf("%s: %x is read %v, want %v", test.format, test.bytes, back, test.value)
		}
	}
}

func TestClipping(t *testing.T) {
	nan := float32(math.NaN())
	inf := float32(math.Inf(1))
	for i := range formats {
		f := &formats[i]
		for _, test := range []struct {
			value float32
			want  int32
		}{{1, f.top}, {1.5, f.top}, {inf, f.top}, {-1, -f.top - 1}, {-7, -f.top - 1}, {-inf, -f.top - 1}, {nan, 0}} {
			if got := f.integer(test.value); got != test.want {
				t.Errorf("%s: %v becomes %d, want %d", f.name, test.value, got, test.want)
			}
		}
	}
}

func TestRounding(t *testing.T) {
	f := named(t, "S16_LE")
	for value, want := range map[float32]int32{1.4 / (1 << 15): 1, 1.6 / (1 << 15): 2, -1.4 / (1 << 15): -1, -1.6 / (1 << 15): -2, 0.5 / (1 << 15): 0} {
		if got := f.integer(value); got != want {
			t.Errorf("%v becomes %d, want %d", value*(1<<15), got, want)
		}
	}
}

// TestAllSixteenBits: every value survives the way there and back.
func TestAllSixteenBits(t *testing.T) {
	f := named(t, "S16_LE")
	var b [2]byte
	for v := math.MinInt16; v <= math.MaxInt16; v++ {
		b[0], b[1] = byte(v), byte(v>>8)
		if got := f.integer(f.get(b[:])); got != int32(v) {
			t.Fatalf("%d becomes %d", v, got)
		}
	}
}

func TestHighByteOfS24IsIgnored(t *testing.T) {
	f := named(t, "S24_LE")
	if got := f.get([]byte{0, 0, 0x40, 0xa5}); got != 0.5 {
		t.Errorf("%v, want 0.5 whatever is above the 24 bits", got)
	}
	if got := f.get([]byte{0, 0, 0xc0, 0x12}); got != -0.5 {
		t.Errorf("%v, want -0.5", got)
	}
}

func TestFrames(t *testing.T) {
	for i := range formats {
		f := &formats[i]
		for channels := 1; channels <= 2; channels++ {
			pcm := []float32{0.25, -0.5, 0.75}
			frames := make([]byte, 3*channels*f.bytes)
			f.spread(frames, pcm, channels)
			for channel := range channels {
				back := make([]float32, 3)
				f.collect(back, frames, channels, channel)
				for j := range pcm {
					if back[j] != pcm[j] {
						t.Errorf("%s, %d channels: %v came back as %v", f.name, channels, pcm, back)
					}
				}
			}
		}
	}
}

func FuzzSample(f *testing.F) {
	for _, v := range []float32{0, 1, -1, 0.3, 1e-9, 2, float32(math.NaN())} {
		f.Add(v, uint8(0))
	}
	f.Fuzz(func(t *testing.T, x float32, n uint8) {
		f := &formats[int(n)%len(formats)]
		b := make([]byte, f.bytes)
		f.put(b, x)
		y := f.get(b)
		if y < -1 || y > 1 || y != y {
			t.Fatalf("%s: %v became %v", f.name, x, y)
		}
		if x >= -1 && x < 1 && math.Abs(float64(x-y)) > 1/float64(f.scale)+1e-7 {
			t.Fatalf("%s: %v became %v", f.name, x, y)
		}
	})
}

func BenchmarkSpread(b *testing.B) {
	f := &formats[0]
	pcm, frames := make([]float32, 480), make([]byte, 480*8)
	b.ReportAllocs()
	for b.Loop() {
		f.spread(frames, pcm, 2)
	}
}

func BenchmarkCollect(b *testing.B) {
	f := &formats[0]
	pcm, frames := make([]float32, 480), make([]byte, 480*8)
	b.ReportAllocs()
	for b.Loop() {
		f.collect(pcm, frames, 2, 1)
	}
}
