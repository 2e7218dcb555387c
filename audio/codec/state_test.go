package codec

import (
	"math"
	"slices"
	"testing"
)

// The two directions of a codec do not touch each other: what is decoded is the same whether the codec encodes or not.
func TestDirectionsAreSeparate(t *testing.T) {
	each(t, func(t *testing.T, c Type) {
		n := c.Rate / 50
		x := voice(12*n, c.Rate)
		coder := build(t, c)
		alone, busy := build(t, c), build(t, c)
		for i := range 12 {
			p, err := coder.Encode(nil, x[i*n:(i+1)*n])
			if err != nil {
				t.Fatal(err)
			}
			a, err := alone.Decode(nil, p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := busy.Encode(nil, x[(11-i)*n:(12-i)*n]); err != nil {
				t.Fatal(err)
			}
			b, err := busy.Decode(nil, p)
			if err != nil || !slices.Equal(a, b) {
				t.Fatalf("packet %d differs, %v", i, err)
			}
			alone.Heard(a)
			busy.Heard(b)
		}
	})
}

// Payloads of any length and content are answered by samples or an error, and never by a panic.
func TestAnyPayload(t *testing.T) {
	each(t, func(t *testing.T, c Type) {
		k := build(t, c)
		good, err := k.Encode(nil, voice(c.Rate/50, c.Rate))
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(good) + 1 {
			pcm, err := k.Decode([]float32{3}, good[:n])
			if len(pcm) == 0 || pcm[0] != 3 || err != nil && len(pcm) != 1 {
				t.Errorf("%d octets gave %d samples, %v", n, len(pcm), err)
			}
			k.Heard(pcm[1:])
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(uint8(0), []byte{0x48, 0x84, 0x26, 0x99})
	f.Add(uint8(1), []byte{0xFA, 0x54, 0x92, 0x00})
	f.Add(uint8(2), []byte{0x7F, 0xFF, 0x80})
	f.Add(uint8(4), []byte{60, 100, 140})
	f.Fuzz(func(t *testing.T, which uint8, payload []byte) {
		c := Types()[int(which)%len(Types())]
		k := build(t, c)
		for range 2 {
			pcm, err := k.Decode(nil, payload)
			if err != nil && len(pcm) > 0 {
				t.Fatalf("%s: %d samples besides %v", c.Name, len(pcm), err)
			}
			k.Heard(pcm)
			lost := make([]float32, c.Rate/100)
			k.Lost(lost)
			for _, v := range append(pcm, lost...) {
				if !(math.Abs(float64(v)) < 3) {
					t.Fatalf("%s: a sample of %g", c.Name, v)
				}
			}
		}
	})
}

// The whole is better than its parts left alone: after a long gap, a decoder that was led through the guess comes back
// softer than one in which the voice before the gap still rings.
func TestG722IsLed(t *testing.T) {
	x := voice(16000, 16000)
	hush := make([]float32, 16000)
	for i := range hush {
		hush[i] = 0.01 * x[i]
	}
	coder, err := NewG722()
	if err != nil {
		t.Fatal(err)
	}
	loud, _ := coder.Encode(nil, x)
	soft, _ := coder.Encode(nil, hush)
	led, _ := NewG722()
	left, _ := NewG722()
	for _, g := range []*G722{led, left} {
		pcm, _ := g.Decode(nil, loud)
		g.Heard(pcm)
	}
	step := make([]float32, 160)
	for range 20 {
		led.Lost(step)
	}
	a, _ := led.Decode(nil, soft[4000:4160])
	b, _ := left.Decode(nil, soft[4000:4160])
	want := level(hush[8000:8320])
	if la, lb := level(a), level(b); la > want+10 || lb < la+6 {
		t.Errorf("a voice at %.1f dB comes back at %.1f, from a decoder left alone at %.1f", want, la, lb)
	}
}

func TestNoiseChangesGently(t *testing.T) {
	c := NewComfortNoise(8000)
	c.Set(Noise{Level: -30})
	x := make([]float32, 1600)
	c.Lost(x)
	if first, later := level(x[:20]), level(x[800:]); first > later-6 {
		t.Errorf("the noise begins at %.1f dB at once and stays at %.1f", first, later)
	}
	c.Set(Noise{Level: -60})
	c.Lost(x)
	if first, later := level(x[:40]), level(x[1200:]); first < -45 || math.Abs(later+60) > 3 {
		t.Errorf("the noise went from -30 to %.1f and %.1f dB", first, later)
	}
}
