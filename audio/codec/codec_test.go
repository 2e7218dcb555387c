package codec

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// voice is a vowel whose pitch and loudness move.
func voice(n, rate int) []float32 {
	x := make([]float32, n)
	var phase float64
	for i := range x {
		t := float64(i) / float64(rate)
		pitch := 130 + 10*math.Sin(2*math.Pi*1.3*t)
		phase += 2 * math.Pi * pitch / float64(rate)
		var v float64
		for h := 1.0; h < 24; h++ {
			v += math.Sin(phase*h+h*h) / (1 + sq((h*pitch-600)/250))
		}
		x[i] = float32(0.15 * v * (0.75 + 0.25*math.Sin(2*math.Pi*4*t)))
	}
	return x
}

func sq(v float64) float64 { return v * v }

func level(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += sq(float64(v))
	}
	return 10 * math.Log10(sum/float64(max(len(x), 1))+1e-13)
}

// snr compares y, late samples late, with x.
func snr(x, y []float32, late int) float64 {
	diff := make([]float32, len(y)-late)
	for i := range diff {
		diff[i] = y[i+late] - x[i]
	}
	return level(x[:len(diff)]) - level(diff)
}

func build(t testing.TB, c Type) Codec {
	t.Helper()
	k, err := c.New("useinbandfec=1")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func each(t *testing.T, f func(t *testing.T, c Type)) {
	for _, c := range Types() {
		t.Run(fmt.Sprintf("%s/%d", c.Name, c.Rate), func(t *testing.T) { f(t, c) })
	}
}

func TestTable(t *testing.T) {
	var names []string
	each(t, func(t *testing.T, c Type) {
		names = append(names, c.Name)
		if c.Rate%100 != 0 || c.ClockRate <= 0 || c.New == nil {
			t.Errorf("%+v is no codec", c)
		}
		k := build(t, c)
		payload, err := k.Encode([]byte{1, 2}, voice(c.Rate/50, c.Rate))
		if err != nil || len(payload) < 4 || payload[0] != 1 || payload[1] != 2 {
			t.Fatalf("Encode gave %d octets, %v", len(payload), err)
		}
		pcm, err := k.Decode([]float32{5}, payload[2:])
		if err != nil || pcm[0] != 5 || (len(pcm)-1)%(c.Rate/100) != 0 || len(pcm) < 2 {
			t.Fatalf("Decode gave %d samples, %v", len(pcm), err)
		}
	})
	if want := []string{"opus", "G722", "L16", "L16", "CN"}; !slices.Equal(names, want) {
		t.Errorf("the table is %v, want %v", names, want)
	}
}

// Every codec goes on by itself for a lost packet, fades in a long gap (noise alone does not), and comes back.
func TestGaps(t *testing.T) {
	each(t, func(t *testing.T, c Type) {
		k, step := build(t, c), c.Rate/100
		x := voice(c.Rate, c.Rate)
		var before float64
		for ; len(x) >= 2*step; x = x[2*step:] {
			p, err := k.Encode(nil, x[:2*step])
			if err != nil {
				t.Fatal(err)
			}
			pcm, err := k.Decode(nil, p)
			if err != nil {
				t.Fatal(err)
			}
			k.Heard(pcm)
			before = level(pcm)
		}
		lost := slices.Repeat([]float32{9}, step)
		k.Lost(lost)
		if l := level(lost); math.Abs(l-before) > 8 {
			t.Errorf("the first 10 ms of a gap are at %.1f dB, the packet before at %.1f", l, before)
		}
		for range 60 {
			k.Lost(lost)
		}
		if l := level(lost); (l > -60) != (c.Name == "CN") {
			t.Errorf("after 600 ms the guess is at %.1f dB", l)
		}
		var pcm []float32
		for i := range 10 {
			p, err := k.Encode(nil, voice(20*step, c.Rate)[2*step*i:][:2*step])
			if err != nil {
				t.Fatal(err)
			}
			if pcm, err = k.Decode(pcm[:0], p); err != nil {
				t.Fatal(err)
			}
			k.Heard(pcm)
		}
		if l := level(pcm); l < -40 {
			t.Errorf("200 ms after the gap the voice is at %.1f dB", l)
		}
	})
}

func TestOddSamples(t *testing.T) {
	each(t, func(t *testing.T, c Type) {
		k, step := build(t, c), c.Rate/100
		for name, v := range map[string]float64{"NaN": math.NaN(), "infinity": math.Inf(1), "huge": -1e30, "denormal": 1e-41, "full scale": 1} {
			x := slices.Repeat([]float32{float32(v)}, 2*step)
			for range 3 {
				p, err := k.Encode(nil, x)
				if err != nil {
					t.Fatal(err)
				}
				pcm, err := k.Decode(nil, p)
				if err != nil || slices.ContainsFunc(pcm, func(v float32) bool { return !(math.Abs(float64(v)) < 1.5) }) {
					t.Fatalf("%s: %v or a sample out of range", name, err)
				}
			}
			k.Heard(x)
			k.Lost(x)
			if slices.ContainsFunc(x, func(v float32) bool { return !(math.Abs(float64(v)) < 2.1) }) {
				t.Errorf("%s: the guess is out of range", name)
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	for _, c := range Types() {
		if c.Name == "opus" {
			continue // see package opus
		}
		k, x := build(t, c), voice(c.Rate/50, c.Rate)
		payload, pcm := make([]byte, 0, 1300), make([]float32, 0, 1920)
		run := func() {
			payload, _ = k.Encode(payload[:0], x)
			pcm, _ = k.Decode(pcm[:0], payload)
			k.Heard(pcm)
			k.Lost(x)
		}
		run()
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %g allocations a packet", c.Name, n)
		}
	}
}

func TestRefusals(t *testing.T) {
	g, err := NewG722()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Encode(nil, make([]float32, 161)); err == nil {
		t.Error("G.722 took 161 samples")
	}
	l, err := NewL16(16000)
	if err != nil {
		t.Fatal(err)
	}
	if pcm, err := l.Decode([]float32{1}, []byte{1, 2, 3}); err == nil || len(pcm) != 1 {
		t.Errorf("L16 made %d samples of 3 octets, %v", len(pcm), err)
	}
	if _, err := NewL16(44100); err == nil {
		t.Error("L16 at 44100 Hz cannot conceal")
	}
	o, err := NewOpus("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Encode(nil, make([]float32, 100)); err == nil {
		t.Error("Opus took 100 samples")
	}
}

func TestL16IsExact(t *testing.T) {
	l, err := NewL16(8000)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := l.Encode(nil, []float32{0, 1, -1, 0.5, 1.0 / 32767, 7})
	if want := []byte{0, 0, 0x7F, 0xFF, 0x80, 0x01, 0x40, 0, 0, 1, 0x7F, 0xFF}; !slices.Equal(payload, want) {
		t.Errorf("coded as % x, want % x", payload, want)
	}
	x := voice(160, 8000)
	payload, _ = l.Encode(nil, x)
	if y, _ := l.Decode(nil, payload); snr(x, y, 0) < 65 {
		t.Errorf("the voice comes back at %.0f dB", snr(x, y, 0))
	}
}

func TestG722RoundTrip(t *testing.T) {
	g, err := NewG722()
	if err != nil {
		t.Fatal(err)
	}
	x := voice(16000, 16000)
	payload, _ := g.Encode(nil, x)
	y, err := g.Decode(nil, payload)
	if err != nil || len(payload) != len(x)/2 || len(y) != len(x) {
		t.Fatalf("%d samples gave %d octets and %d samples, %v", len(x), len(payload), len(y), err)
	}
	if r := snr(x, y, filterDelay); r < 20 {
		t.Errorf("the voice comes back at %.1f dB with a delay of %d samples, want 20", r, filterDelay)
	}
	// An oversized packet costs an allocation, no more.
	if y, err := g.Decode(nil, make([]byte, 3000)); err != nil || len(y) != 6000 {
		t.Errorf("3000 octets gave %d samples, %v", len(y), err)
	}
	long := make([]float32, 5000)
	g.Lost(long)
}

// The decoder's error after a gap must die away, and while it does be no burst: nowhere 6 dB above the voice.
func TestG722ComesBackAfterAGap(t *testing.T) {
	x := voice(2*16000, 16000)
	coder, _ := NewG722()
	payload, _ := coder.Encode(nil, x)
	whole, _ := coder.Decode(nil, payload)
	for _, gap := range []int{1, 2, 5, 20} { // packets of 20 ms
		g, _ := NewG722()
		var y []float32
		for i := range len(x) / 320 {
			n := len(y)
			if i >= 30 && i < 30+gap {
				y = append(y, make([]float32, 320)...)
				g.Lost(y[n : n+160])
				g.Lost(y[n+160:])
				continue
			}
			y, _ = g.Decode(y, payload[i*160:(i+1)*160])
			g.Heard(y[n:])
		}
		end := (30 + gap) * 320
		for i := end; i < end+1600; i += 160 {
			if over := level(y[i:i+160]) - level(whole[i:i+160]); over > 6 {
				t.Errorf("gap of %d packets: %d ms after it the voice is %.1f dB too loud", gap, (i-end)/16, over)
			}
		}
		if r := snr(whole[end+3200:], y[end+3200:], 0); r < 25 {
			t.Errorf("gap of %d packets: 200 ms after it the decoder is right to %.1f dB only", gap, r)
		}
	}
}

func TestOpusRecovers(t *testing.T) {
	coder, err := NewOpus("useinbandfec=1")
	if err != nil {
		t.Fatal(err)
	}
	x := voice(16000, 16000)
	var list [][]byte
	for ; len(x) >= 320; x = x[320:] {
		p, err := coder.Encode(nil, x[:320])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	play := func(fill func(o *Opus, pcm []float32)) (out []float32) {
		o, err := NewOpus("")
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range list[:21] {
			if i == 20 {
				out = make([]float32, 320)
				fill(o, out)
			} else if out, err = o.Decode(out[:0], p); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	whole := play(func(o *Opus, pcm []float32) { _, _ = o.Decode(pcm[:0], list[20]) })
	guess := play(func(o *Opus, pcm []float32) { o.Lost(pcm) })
	mended := play(func(o *Opus, pcm []float32) { o.Recover(pcm, list[21]) })
	if a, b := snr(whole, guess, 0), snr(whole, mended, 0); b < a+3 {
		t.Errorf("the packet after the gap gives %.1f dB, a guess %.1f", b, a)
	}
}

func TestNoiseWire(t *testing.T) {
	for _, c := range []struct {
		payload []byte
		level   float64
		k       []float64
	}{
		{[]byte{0}, 0, nil},
		{[]byte{127}, -127, nil},
		{[]byte{0x80 | 60}, -60, nil}, // the reserved bit
		{[]byte{45, 127, 0, 254}, -45, []float64{0, -127 * noiseStep, 127 * noiseStep}},
		{[]byte{45, 255}, -45, []float64{mostReflection}},
	} {
		n, err := ParseNoise(c.payload)
		if err != nil || n.Level != c.level || n.Order != len(c.k) {
			t.Errorf("% x: %+v, %v", c.payload, n, err)
			continue
		}
		for i, k := range c.k {
			if math.Abs(n.Reflection[i]-k) > 1e-12 {
				t.Errorf("% x: coefficient %d is %g, want %g", c.payload, i, n.Reflection[i], k)
			}
		}
	}
	if _, err := ParseNoise(nil); !errors.Is(err, ErrNoise) {
		t.Errorf("an empty payload: %v", err)
	}
	if n, err := ParseNoise(make([]byte, 1400)); err != nil || n.Order != MaxOrder {
		t.Errorf("1400 octets: order %d, %v", n.Order, err)
	}
}

func FuzzNoise(f *testing.F) {
	f.Add([]byte{45, 127, 0, 254})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0x80 | 3, 255, 255})
	f.Fuzz(func(t *testing.T, payload []byte) {
		n, err := ParseNoise(payload)
		if err != nil {
			return
		}
		again, err := ParseNoise(n.Append(nil))
		if err != nil || again.Level != n.Level || again.Order != n.Order {
			t.Fatalf("%+v became %+v, %v", n, again, err)
		}
		c := NewComfortNoise(8000)
		pcm, err := c.Decode(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, make([]float32, 800)...)
		c.Lost(pcm[80:])
		for _, v := range pcm {
			if !(math.Abs(float64(v)) <= 1) {
				t.Fatalf("%+v gives a sample of %g", n, v)
			}
		}
	})
}

// Noise that was measured, sent and generated has the level and the colour that it had.
func TestNoiseIsRebuilt(t *testing.T) {
	for _, tilt := range []float64{0, 0.8, -0.6} {
		for _, db := range []float64{-30, -55, -70} {
			x := coloured(8000, tilt, db)
			coder, c := NewComfortNoise(8000), NewComfortNoise(8000)
			payload, err := coder.Encode(nil, x)
			if err != nil {
				t.Fatal(err)
			}
			y, err := c.Decode(nil, payload)
			if err != nil || len(y) != 80 {
				t.Fatalf("%d samples, %v", len(y), err)
			}
			y = append(y, make([]float32, 16000)...)
			c.Lost(y[80:])
			y = y[1000:]
			if d := level(y) - db; math.Abs(d) > 1.5 {
				t.Errorf("tilt %g: noise at %g dB came out %.1f dB off", tilt, db, d)
			}
			if a, b := neighbours(x), neighbours(y); math.Abs(a-b) > 0.08 {
				t.Errorf("noise whose neighbours correlate by %.2f came out with %.2f", a, b)
			}
		}
	}
}

// coloured is noise with a pole at tilt, at a level.
func coloured(n int, tilt, db float64) []float32 {
	r := rand.New(rand.NewPCG(3, 9))
	x := make([]float32, n)
	var old float64
	for i := range x {
		old = tilt*old + r.NormFloat64()*math.Sqrt(1-tilt*tilt)
		x[i] = float32(old * math.Pow(10, db/20))
	}
	return x
}

func neighbours(x []float32) float64 {
	var xy, xx float64
	for i := 1; i < len(x); i++ {
		xy += float64(x[i] * x[i-1])
		xx += float64(x[i] * x[i])
	}
	return xy / xx
}

func TestNoiseIsSilentAtFirstAndWhenTold(t *testing.T) {
	c := NewComfortNoise(8000)
	x := slices.Repeat([]float32{9}, 800)
	c.Lost(x)
	if level(x) > -120 {
		t.Errorf("before a description the noise is at %.1f dB", level(x))
	}
	c.Set(Noise{Level: -40})
	c.Lost(x)
	if l := level(x[400:]); math.Abs(l+40) > 2 {
		t.Errorf("noise at -40 dBov is at %.1f dB", l)
	}
	silence := MeasureNoise(make([]float32, 160))
	if silence.Level != leastNoise || silence.Order != 0 {
		t.Errorf("silence is described as %+v", silence)
	}
	c.Set(silence)
	for range 50 {
		c.Lost(x)
	}
	for _, v := range x {
		if v != 0 {
			t.Fatalf("after silence was described a sample is %g", v)
		}
	}
}

func BenchmarkCodec(b *testing.B) {
	for _, c := range Types() {
		k, x := build(b, c), voice(c.Rate/50, c.Rate)
		payload, err := k.Encode(nil, x)
		if err != nil {
			b.Fatal(err)
		}
		pcm := make([]float32, 0, 1920)
		for name, run := range map[string]func(){
			"encode": func() { payload, _ = k.Encode(payload[:0], x) },
			"decode": func() { pcm, _ = k.Decode(pcm[:0], payload); k.Heard(pcm) },
			"lost":   func() { pcm, _ = k.Decode(pcm[:0], payload); k.Heard(pcm); k.Lost(x[:c.Rate/100]) },
		} {
			b.Run(fmt.Sprintf("%s/%d/20ms/%s", c.Name, c.Rate, name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					run()
				}
			})
		}
	}
}
