package opus

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const rate = 16000

// voice is a vowel whose pitch and loudness move.
func voice(n int) []float32 {
	x := make([]float32, n)
	var phase float64
	for i := range x {
		t := float64(i) / rate
		pitch := 130 + 25*math.Sin(2*math.Pi*1.3*t)
		phase += 2 * math.Pi * pitch / rate
		var v float64
		for h := 1.0; h < 30; h++ {
			f := h * pitch
			v += math.Sin(phase*h) * (1/(1+(f-550)*(f-550)/40000) + 0.4/(1+(f-1700)*(f-1700)/90000))
		}
		x[i] = float32(0.1 * v * (0.7 + 0.3*math.Sin(2*math.Pi*4*t)))
	}
	return x
}

func level(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(2*sum/float64(max(len(x), 1))+1e-12)
}

func encoder(t testing.TB, c Config) *Encoder {
	t.Helper()
	e, err := NewEncoder(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func decoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder(rate)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// packets encodes x in packets of some ms.
func packets(t testing.TB, e *Encoder, x []float32, ms int) (list [][]byte) {
	t.Helper()
	n := rate * ms / 1000
	for ; len(x) >= n; x = x[n:] {
		p, err := e.Encode(nil, x[:n])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// likeness is the greatest normalised correlation of y with x, delayed by up to 15 ms.
func likeness(x, y []float32) (best float64) {
	for lag := range rate * 15 / 1000 {
		var xy, xx, yy float64
		for i := lag; i < min(len(x)+lag, len(y)); i++ {
			a, b := float64(x[i-lag]), float64(y[i])
			xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
		}
		best = max(best, xy/math.Sqrt(xx*yy+1e-20))
	}
	return best
}

// recorded is a line of testdata/libopus.txt.
type recorded struct {
	payload []byte
	level   float64
	before  float64 // of the packet before, recovered; NaN: not tried
}

func readRecorded(t testing.TB) map[string][]recorded {
	t.Helper()
	file, err := os.Open("testdata/libopus.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases, name := map[string][]recorded{}, ""
	for s := bufio.NewScanner(file); s.Scan(); {
		f := strings.Fields(s.Text())
		switch {
		case f[0] == "#":
		case f[0] == "case":
			name = f[1] + " " + f[2]
		default:
			cases[name] = append(cases[name], parseRecorded(t, f))
		}
	}
	if len(cases) < 6 {
		t.Fatalf("%d cases recorded, want 6", len(cases))
	}
	return cases
}

func parseRecorded(t testing.TB, f []string) recorded {
	t.Helper()
	r := recorded{before: math.NaN()}
	var err error
	if r.payload, err = hex.DecodeString(f[0]); err != nil {
		t.Fatal(err)
	}
	if r.level, err = strconv.ParseFloat(f[1], 64); err != nil {
		t.Fatal(err)
	}
	if len(f) > 2 {
		if r.before, err = strconv.ParseFloat(f[2], 64); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// What libopus has coded is decoded to what libopus decodes, in every mode, stereo included.
func TestDecodesLibopus(t *testing.T) {
	for name, list := range readRecorded(t) {
		_, ms, _ := strings.Cut(name, " ")
		length, _ := strconv.Atoi(ms)
		d := decoder(t)
		for i, p := range list {
			pcm, err := d.Decode(nil, p.payload)
			if err != nil {
				t.Fatalf("%s: packet %d: %v", name, i, err)
			}
			if len(pcm) != rate*length/1000 {
				t.Fatalf("%s: packet %d gave %d samples, want %d ms", name, i, len(pcm), length)
			}
			if l := level(pcm); math.Abs(l-p.level) > 0.1 {
				t.Errorf("%s: packet %d decodes at %.2f dBFS, libopus has %.2f", name, i, l, p.level)
			}
		}
	}
}

// Every second packet is lost; the packet after it gives it back as libopus would.
func TestRecoversAsLibopus(t *testing.T) {
	tried := 0
	for name, list := range readRecorded(t) {
		d := decoder(t)
		for i := 0; i < len(list) && !math.IsNaN(list[2].before); i += 2 {
			if i > 0 {
				pcm := make([]float32, len(d.pcm)/6)
				if strings.HasSuffix(name, "60") {
					pcm = make([]float32, len(d.pcm)/2)
				}
				d.Recover(pcm, list[i].payload)
				if l := level(pcm); math.Abs(l-list[i].before) > 0.1 {
					t.Errorf("%s: packet %d is recovered at %.2f dBFS, libopus has %.2f", name, i-1, l, list[i].before)
				}
				tried++
			}
			if _, err := d.Decode(nil, list[i].payload); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tried < 7 {
		t.Errorf("%d recoveries tried, want 7", tried)
	}
}

func TestRoundTrip(t *testing.T) {
	x := voice(2 * rate)
	for _, ms := range []int{10, 20, 40, 60} {
		for _, bits := range []int{16000, 24000} {
			e, d := encoder(t, Config{Bitrate: bits}), decoder(t)
			var y []float32
			size := 0
			for _, p := range packets(t, e, x, ms) {
				var err error
				if y, err = d.Decode(y, p); err != nil {
					t.Fatal(err)
				}
				size += len(p)
			}
			if want := len(x) / (rate * ms / 1000) * (rate * ms / 1000); len(y) != want {
				t.Fatalf("%d ms: %d samples came back of %d", ms, len(y), want)
			}
			if l := likeness(x[rate/2:], y[rate/2:]); l < 0.9 {
				t.Errorf("%d ms at %d bit/s: likeness %.2f, want 0.9", ms, bits, l)
			}
			if got := size * 8 / 2; got > bits*5/4 {
				t.Errorf("%d ms: %d bit/s were sent, %d allowed", ms, got, bits)
			}
		}
	}
}

func TestAppends(t *testing.T) {
	e, d := encoder(t, Config{}), decoder(t)
	p, err := e.Encode([]byte("head"), voice(320))
	if err != nil || string(p[:4]) != "head" || len(p) < 10 {
		t.Fatalf("Encode gave %q, %v", p, err)
	}
	pcm, err := d.Decode([]float32{7, 8}, p[4:])
	if err != nil || len(pcm) != 322 || pcm[0] != 7 || pcm[1] != 8 {
		t.Fatalf("Decode gave %d samples, %v", len(pcm), err)
	}
}

// With redundancy a lost packet comes back better than by guess; without it Recover is the guess.
func TestRecoverBeatsGuess(t *testing.T) {
	x := voice(2 * rate)
	for _, c := range []struct {
		none bool
		gain float64 // in likeness
	}{{false, 0.1}, {true, -0.05}} {
		list := packets(t, encoder(t, Config{NoRedundancy: c.none, ExpectedLoss: 20}), x, 20)
		guess, recovered := lose(t, list, false), lose(t, list, true)
		whole := lose(t, list, false, 1<<30)
		a, b := likenessOfLost(whole, guess), likenessOfLost(whole, recovered)
		if b-a < c.gain {
			t.Errorf("no redundancy %v: guessed packets are like the true ones to %.2f, recovered ones to %.2f", c.none, a, b)
		}
	}
}

// lose decodes list without every fifth packet (or every given one), by recovery or guess.
func lose(t *testing.T, list [][]byte, isRecovered bool, every ...int) (out []float32) {
	t.Helper()
	nth := 5
	if len(every) > 0 {
		nth = every[0]
	}
	d := decoder(t)
	for i, p := range list {
		var err error
		switch {
		case i%nth != nth-1 || i+1 == len(list):
			out, err = d.Decode(out, p)
		case isRecovered:
			pcm := make([]float32, 320)
			d.Recover(pcm, list[i+1])
			out = append(out, pcm...)
		default:
			pcm := make([]float32, 320)
			d.Lost(pcm[:160])
			d.Lost(pcm[160:])
			out = append(out, pcm...)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func likenessOfLost(whole, mended []float32) float64 {
	var a, b []float32
	for i := 4; (i+1)*320 < len(whole); i += 5 {
		a, b = append(a, whole[i*320:(i+1)*320]...), append(b, mended[i*320:(i+1)*320]...)
	}
	var xy, xx, yy float64
	for i := range a {
		xy, xx, yy = xy+float64(a[i]*b[i]), xx+float64(a[i]*a[i]), yy+float64(b[i]*b[i])
	}
	return xy / math.Sqrt(xx*yy+1e-20)
}

func TestLongGapFades(t *testing.T) {
	d := decoder(t)
	for _, p := range packets(t, encoder(t, Config{}), voice(rate), 20) {
		if _, err := d.Decode(nil, p); err != nil {
			t.Fatal(err)
		}
	}
	step := make([]float32, 160)
	d.Lost(step)
	if l := level(step); l < -40 {
		t.Errorf("the first 10 ms of a gap are at %.1f dBFS, want a voice", l)
	}
	for range 60 {
		d.Lost(step)
	}
	if l := level(step); l > -60 {
		t.Errorf("after 600 ms the guess is at %.1f dBFS, want silence", l)
	}
	pcm, err := d.Decode(nil, packets(t, encoder(t, Config{}), voice(rate), 20)[9])
	if err != nil || pcm[0] != 0 || level(pcm[160:]) < -40 {
		t.Errorf("after the gap the voice begins with %g and is at %.1f dBFS, %v", pcm[0], level(pcm[160:]), err)
	}
}

func TestLostBeforeAnythingIsSilent(t *testing.T) {
	for _, n := range []int{0, 1, 39, 40, 160, 333, 5000} {
		pcm := slices.Repeat([]float32{9}, n)
		decoder(t).Lost(pcm)
		if slices.ContainsFunc(pcm, func(v float32) bool { return v != 0 }) {
			t.Errorf("%d samples before the first packet are not silent", n)
		}
	}
}

// No payload whatever may panic or give more than 120 ms; a cut one is an error or decodes, and the next packet is heard.
func TestTruncatedAndDamaged(t *testing.T) {
	list := readRecorded(t)
	for name, packets := range list {
		d := decoder(t)
		for n := range packets[1].payload {
			pcm, err := d.Decode(nil, packets[1].payload[:n])
			if err == nil && len(pcm) == 0 || len(pcm) > rate*120/1000 {
				t.Errorf("%s: %d bytes gave %d samples, %v", name, n, len(pcm), err)
			}
			bad := slices.Clone(packets[1].payload)
			bad[n] ^= 0xA5
			if pcm, err := d.Decode(nil, bad); err == nil && len(pcm) > rate*120/1000 {
				t.Errorf("%s: byte %d damaged gave %d samples", name, n, len(pcm))
			}
		}
		if _, err := d.Decode(nil, packets[2].payload); err != nil {
			t.Errorf("%s: after damage a good packet fails: %v", name, err)
		}
	}
	if _, err := decoder(t).Decode(nil, nil); err == nil {
		t.Error("an empty payload was decoded")
	}
}

func FuzzDecode(f *testing.F) {
	for _, list := range readRecorded(f) {
		f.Add(list[0].payload)
		f.Add(list[1].payload)
	}
	d := decoder(f)
	f.Fuzz(func(t *testing.T, payload []byte) {
		pcm, err := d.Decode(nil, payload)
		if len(pcm) > rate*120/1000 || err != nil && len(pcm) > 0 {
			t.Fatalf("%d samples, %v", len(pcm), err)
		}
		for _, v := range pcm {
			if !(v >= -1 && v <= 1) {
				t.Fatalf("the decoder gives a sample of %g", v)
			}
		}
		d.Recover(make([]float32, 320), payload)
	})
}

func TestOddSignals(t *testing.T) {
	signals := map[string]func(i int) float32{
		"silence": func(int) float32 { return 0 }, "DC": func(int) float32 { return 0.9 }, "full scale": func(i int) float32 { return float32(1 - i/20%2*2) },
		"denormal": func(int) float32 { return 1e-41 }, "NaN": func(int) float32 { return float32(math.NaN()) }, "infinity": func(int) float32 { return float32(math.Inf(1)) },
		"huge": func(i int) float32 { return 1e30 },
	}
	for name, f := range signals {
		e, d := encoder(t, Config{}), decoder(t)
		x := make([]float32, rate/5)
		for i := range x {
			x[i] = f(i)
		}
		for _, p := range append(packets(t, e, x, 20), packets(t, e, voice(rate), 20)...) {
			y, err := d.Decode(nil, p)
			if err != nil || slices.ContainsFunc(y, func(v float32) bool { return !(math.Abs(float64(v)) < 1.5) }) {
				t.Fatalf("%s: %v or a sample out of range", name, err)
			}
			x = y
		}
		if l := level(x); l < -40 {
			t.Errorf("%s: the voice afterwards is at %.1f dBFS", name, l)
		}
	}
}

func TestSilenceSuppression(t *testing.T) {
	e := encoder(t, Config{SilenceSuppression: true})
	list := packets(t, e, make([]float32, 2*rate), 20)
	short := 0
	for _, p := range list {
		if len(p) <= 2 {
			short++
		}
	}
	if short < len(list)/2 {
		t.Errorf("%d of %d packets of silence are short", short, len(list))
	}
}

func TestConstantLength(t *testing.T) {
	list := packets(t, encoder(t, Config{Constant: true}), voice(rate), 20)
	for i, p := range list {
		if len(p) != len(list[0]) {
			t.Fatalf("packet %d has %d bytes, the first %d", i, len(p), len(list[0]))
		}
	}
}

func TestHeed(t *testing.T) {
	for fmtp, want := range map[string]Config{
		"":               {NoRedundancy: true},
		"useinbandfec=1": {},
		"useinbandfec=1; maxaveragebitrate=16000; cbr=1; stereo=1": {Bitrate: 16000, Constant: true},
		"minptime=10;useinbandfec=1":                               {},
		"useinbandfec=0; maxaveragebitrate=510000":                 {NoRedundancy: true, Bitrate: 24000},
		"maxaveragebitrate=12;;=;a=b; CBR = 1":                     {NoRedundancy: true, Constant: true},
	} {
		if got := (Config{}).Heed(fmtp); got != want {
			t.Errorf("%q: %+v, want %+v", fmtp, got, want)
		}
	}
	if c := (Config{SilenceSuppression: true}).Heed("usedtx=0"); c.SilenceSuppression {
		t.Error("usedtx=0 was not heeded")
	}
	if got, want := (Config{}).Heed(Config{}.Fmtp()), (Config{}); got != want {
		t.Errorf("our own fmtp makes %+v", got)
	}
}

func TestBadConfig(t *testing.T) {
	for _, c := range []Config{{Rate: 44100}, {Rate: -1}, {Bitrate: 1000}, {Bitrate: 1e6}, {ExpectedLoss: 60}, {ExpectedLoss: -3}, {Complexity: 11}, {Complexity: -1}} {
		if _, err := NewEncoder(c); err == nil || !strings.Contains(err.Error(), "choose") {
			t.Errorf("%+v: error %v, want one that names the cure", c, err)
		}
	}
	if _, err := NewDecoder(11025); err == nil || !strings.Contains(err.Error(), "choose") {
		t.Errorf("a decoder at 11025 Hz: %v", err)
	}
	for _, n := range []int{0, 1, 159, 161, 480, 1920} {
		if _, err := encoder(t, Config{}).Encode(nil, make([]float32, n)); err == nil || !strings.Contains(err.Error(), "give") {
			t.Errorf("%d samples: %v", n, err)
		}
	}
}

func TestResetForgets(t *testing.T) {
	list := packets(t, encoder(t, Config{}), voice(rate), 20)
	d := decoder(t)
	decode := func() (out []float32) {
		for _, p := range list[:10] {
			out, _ = d.Decode(out, p)
		}
		return out
	}
	first, second := decode(), decode()
	if slices.Equal(first, second) {
		t.Fatal("no state carried over: the test would prove nothing")
	}
	d.Reset()
	if !slices.Equal(first, decode()) {
		t.Error("after Reset the decoder is not as new")
	}
}

// Decoding allocates nothing. Redundancy and guesses cost a few small allocations inside the library, which are bounded
// here so that an update of it cannot change that unseen.
func TestAllocations(t *testing.T) {
	plain, safe, d := encoder(t, Config{NoRedundancy: true}), encoder(t, Config{}), decoder(t)
	x := voice(rate)
	list := packets(t, encoder(t, Config{}), x, 20)
	payload, pcm, i := make([]byte, 0, maxPacket), make([]float32, 0, 640), 0
	for name, c := range map[string]struct {
		most float64
		run  func()
	}{
		"encode":                 {0, func() { payload, _ = plain.Encode(payload[:0], x[i*320:(i+1)*320]) }},
		"encode with redundancy": {4, func() { payload, _ = safe.Encode(payload[:0], x[i*320:(i+1)*320]) }},
		"decode":                 {0, func() { pcm, _ = d.Decode(pcm[:0], list[i]) }},
		"lost":                   {6, func() { d.Lost(pcm[:160]) }},
		"recover":                {6, func() { d.Recover(pcm[:320], list[i]) }},
	} {
		run := func() {
			c.run()
			i = (i + 1) % len(list)
		}
		for range 100 {
			run()
		}
		if n := testing.AllocsPerRun(100, run); n > c.most {
			t.Errorf("%s: %g allocations a packet, want at most %g", name, n, c.most)
		}
	}
}

func BenchmarkOpus(b *testing.B) {
	x := voice(rate)
	for _, ms := range []int{20, 60} {
		list := packets(b, encoder(b, Config{}), x, ms)
		n := rate * ms / 1000
		b.Run(fmt.Sprintf("encode/%dms", ms), func(b *testing.B) {
			e, payload, i := encoder(b, Config{}), make([]byte, 0, maxPacket), 0
			b.ReportAllocs()
			for b.Loop() {
				payload, _ = e.Encode(payload[:0], x[i*n:(i+1)*n])
				i = (i + 1) % len(list)
			}
		})
		b.Run(fmt.Sprintf("decode/%dms", ms), func(b *testing.B) {
			d, pcm, i := decoder(b), make([]float32, 0, n), 0
			b.ReportAllocs()
			for b.Loop() {
				pcm, _ = d.Decode(pcm[:0], list[i])
				i = (i + 1) % len(list)
			}
		})
	}
}
