package g722

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"testing"
)

// The oracle is spandsp 0.0.6: testdata/oracle.g722 is what it makes of speechlike(), and the two digests are of what
// it makes of that file and of noise(), with zero where the output is clipped: that version wraps there instead of
// limiting as the Recommendation asks.
const (
	wantSpeech = "7f3ba3da15049b9dfb3a1c8443e665eca729f780e5f44b513094ba32240e8043"
	wantNoise  = "f44f31c571a70fd19be36d4a2d9d00f571585982495f16f6ed25cffd7bda6362"
)

// lcg is a generator of test noise that any language can write in one line.
type lcg uint32

func (g *lcg) next() uint32 {
	*g = *g*1664525 + 1013904223
	return uint32(*g >> 16)
}

// speechlike is four seconds of 16 kHz sound that reaches every part of the codec: a chirp, noise of changing level,
// silence after full scale, and a square wave that saturates.
func speechlike() []int16 {
	pcm := make([]int16, 4*Rate)
	g := lcg(1)
	for i := range pcm {
		n := i % Rate
		switch i / Rate {
		case 0:
			pcm[i] = int16((n * n / 64) % 65536)
		case 1:
			pcm[i] = int16(int32(int16(g.next())) * int32(n) / Rate)
		case 2:
			if n < 200 {
				pcm[i] = 32767
			}
		case 3:
			pcm[i] = 32767
			if n/40%2 == 1 {
				pcm[i] = -32768
			}
		}
	}
	return pcm
}

// noise is a second of octets in which every code word occurs, legal from an encoder or not.
func noise() []byte {
	octets := make([]byte, Rate/2)
	g := lcg(7)
	for i := range octets {
		octets[i] = byte(g.next())
	}
	return octets
}

func digest(pcm []int16) string {
	h := sha256.New()
	if err := binary.Write(h, binary.LittleEndian, pcm); err != nil {
		panic(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// maskClipped zeroes the samples at either limit and counts them.
func maskClipped(pcm []int16) (n int) {
	for i, x := range pcm {
		if x == math.MaxInt16 || x == math.MinInt16 {
			pcm[i] = 0
			n++
		}
	}
	return n
}

func oracle(t *testing.T) []byte {
	t.Helper()
	want, err := os.ReadFile("testdata/oracle.g722")
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func TestEncodeMatchesOracle(t *testing.T) {
	want, pcm := oracle(t), speechlike()
	got := make([]byte, len(pcm)/2)
	if n := NewEncoder().Encode(got, pcm); n != len(want) {
		t.Fatalf("wrote %d octets, the oracle %d", n, len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("octet %d is %#02x, the oracle's %#02x", i, got[i], want[i])
		}
	}
}

func TestDecodeMatchesOracle(t *testing.T) {
	for _, c := range []struct {
		name    string
		octets  []byte
		want    string
		clipped int
	}{{"the oracle's own octets", oracle(t), wantSpeech, 4191}, {"octets at random", noise(), wantNoise, 55}} {
		pcm := make([]int16, 2*len(c.octets))
		NewDecoder().Decode(pcm, c.octets)
		if n := maskClipped(pcm); n != c.clipped {
			t.Errorf("%s: %d samples clipped, want %d", c.name, n, c.clipped)
		}
		if got := digest(pcm); got != c.want {
			t.Errorf("%s: decoded to digest %s, the oracle's is %s", c.name, got, c.want)
		}
	}
}

// Frames of any size must give what one long call gives: the state alone carries over.
func TestFramesJoin(t *testing.T) {
	pcm := speechlike()
	whole := make([]byte, len(pcm)/2)
	NewEncoder().Encode(whole, pcm)
	for _, frame := range []int{2, 160, 320, 322, 960} {
		e, d := NewEncoder(), NewDecoder()
		var octets []byte
		buf, out := make([]byte, frame/2), make([]int16, frame)
		for rest := pcm; len(rest) >= frame; rest = rest[frame:] {
			n := e.Encode(buf, rest[:frame])
			octets = append(octets, buf[:n]...)
			if got := d.Decode(out, buf[:n]); got != frame {
				t.Fatalf("frame of %d samples decoded to %d", frame, got)
			}
		}
		if !bytes.Equal(octets, whole[:len(octets)]) {
			t.Errorf("frames of %d samples give other octets than one call", frame)
		}
	}
}

func TestOddSampleIsLeftOut(t *testing.T) {
	if n := NewEncoder().Encode(make([]byte, 2), make([]int16, 5)); n != 2 {
		t.Errorf("5 samples gave %d octets, want 2", n)
	}
	if n := NewEncoder().Encode(nil, nil); n != 0 {
		t.Errorf("no samples gave %d octets", n)
	}
}

func TestResetForgets(t *testing.T) {
	pcm := speechlike()[:Rate]
	e, first, second := NewEncoder(), make([]byte, Rate/2), make([]byte, Rate/2)
	e.Encode(first, pcm)
	e.Encode(second, pcm)
	if bytes.Equal(first, second) {
		t.Fatal("the state did not carry over: the test would prove nothing")
	}
	e.Reset()
	e.Encode(second, pcm)
	if !bytes.Equal(first, second) {
		t.Error("after Reset the encoder is not as new")
	}
	d, a, b := NewDecoder(), make([]int16, Rate), make([]int16, Rate)
	d.Decode(a, first)
	d.Reset()
	d.Decode(b, first)
	if digest(a) != digest(b) {
		t.Error("after Reset the decoder is not as new")
	}
}

// A tone must come through at its level: 24 samples of filter delay, well above 30 dB of signal to noise.
func TestToneQuality(t *testing.T) {
	for _, hz := range []float64{300, 1000, 3400, 6000} {
		pcm := make([]int16, Rate)
		for i := range pcm {
			pcm[i] = int16(10000 * math.Sin(2*math.Pi*hz*float64(i)/Rate))
		}
		octets, out := make([]byte, Rate/2), make([]int16, Rate)
		NewEncoder().Encode(octets, pcm)
		NewDecoder().Decode(out, octets)
		if snr := bestSNR(pcm, out); snr < 20 {
			t.Errorf("%g Hz: signal to noise is %.1f dB, want at least 20", hz, snr)
		}
	}
}

// bestSNR compares out with pcm at the codec's delay of 22 samples, after the predictors have settled.
func bestSNR(pcm, out []int16) float64 {
	const delay = 22
	var signal, fault float64
	for i := Rate / 2; i < Rate; i++ {
		s, o := float64(pcm[i-delay]), float64(out[i])
		signal += s * s
		fault += (s - o) * (s - o)
	}
	return 10 * math.Log10(signal/fault)
}

// The predictor must stay bounded whatever octets arrive, and fall silent on what an encoder sends for silence.
func TestSilenceAfterNoise(t *testing.T) {
	e, d := NewEncoder(), NewDecoder()
	out := make([]int16, Rate)
	d.Decode(out, noise())
	octets := make([]byte, Rate/2)
	e.Encode(octets, make([]int16, Rate))
	d.Decode(out, octets)
	d.Decode(out, octets)
	for _, x := range out[Rate/2:] {
		if x > 64 || x < -64 {
			t.Fatalf("a sample of %d a second after the noise", x)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	e, d := NewEncoder(), NewDecoder()
	pcm, octets := make([]int16, 320), make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() { e.Encode(octets, pcm); d.Decode(pcm, octets) }); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 255, 17})
	f.Fuzz(func(t *testing.T, octets []byte) {
		pcm := make([]int16, 2*len(octets))
		NewDecoder().Decode(pcm, octets)
		back := make([]byte, len(octets))
		NewEncoder().Encode(back, pcm)
	})
}

func BenchmarkEncode(b *testing.B) {
	e, pcm, octets := NewEncoder(), speechlike()[Rate+8000:Rate+8320], make([]byte, 160)
	b.ReportAllocs()
	for b.Loop() {
		e.Encode(octets, pcm)
	}
}

func BenchmarkDecode(b *testing.B) {
	d, pcm, octets := NewDecoder(), make([]int16, 320), noise()[:160]
	b.ReportAllocs()
	for b.Loop() {
		d.Decode(pcm, octets)
	}
}
