package jitter

import (
	"bufio"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	traceDir  = flag.String("traces", "", "also judge the jitter traces jit_*.txt of this folder: one transit in ms per 20 ms packet, -1 = lost")
	traceSeed = flag.Uint64("traceseed", 1, "seed of the generated traces")
)

// A trace is the one-way transit of each 20 ms packet in milliseconds; -1 is lost.
type trace []float64

const tracePackets = 15000 // 300 s

// fifo makes a trace monotone in arrival: a single queue cannot reorder.
func (t trace) fifo() trace {
	latest := math.Inf(-1)
	for i := range t {
		latest = max(latest, float64(i)*20+t[i])
		t[i] = latest - float64(i)*20
	}
	return t
}

// lose marks packets lost with a two-state model of the given rate and mean burst length.
func (t trace) lose(r *rand.Rand, rate, burst float64) trace {
	leave, enter, bad := 1/burst, rate/burst/(1-rate), false
	for i := range t {
		if bad {
			bad = r.Float64() >= leave
		} else {
			bad = r.Float64() < enter
		}
		if bad {
			t[i] = -1
		}
	}
	return t
}

// gamma draws from a gamma distribution as the sum of k exponentials (k halves: by squares of normals).
func gamma(r *rand.Rand, halves int, scale float64) float64 {
	sum := 0.0
	for range halves {
		n := r.NormFloat64()
		sum += n * n / 2
	}
	return sum * scale
}

func generate(each func(i int) float64) trace {
	t := make(trace, tracePackets)
	for i := range t {
		t[i] = each(i)
	}
	return t
}

// traces makes the kinds of network that a door station meets.
func traces(seed uint64) map[string]trace {
	r := rand.New(rand.NewPCG(seed, 77))
	return map[string]trace{
		"lan": generate(func(int) float64 { return 1 + math.Abs(r.NormFloat64())*.3 }).fifo(),
		"wifi": generate(func(int) float64 { // scans and retries: rare spikes
			v := 4 + gamma(r, 2, 2.5)
			if r.Float64() < .004 {
				v += 40 + 120*r.Float64()
			}
			return v
		}).fifo(),
		"wifi_powersave": generate(func(i int) float64 { // held until the next beacon
			v := 4 + gamma(r, 2, 4)
			if r.Float64() < .25 {
				v += .9 * (102.4 - math.Mod(float64(i)*20, 102.4))
			}
			return v
		}).fifo(),
		"lte": generate(func(i int) float64 { // a handover every 30 s
			v := 35 + gamma(r, 4, 8)
			if k := i%1500 - 300; k >= 0 && k < 25 {
				v += 180 * float64(24-k) / 24
			}
			return v
		}).fifo().lose(r, .005, 3),
		"step": generate(func(i int) float64 { // congestion in the middle third
			v := 20 + gamma(r, 3, 3)
			if i >= tracePackets/3 && i < 2*tracePackets/3 {
				v += 40 + gamma(r, 4, 12)
			}
			return v
		}).fifo().lose(r, .01, 1.5),
		"drift100ppm":  generate(func(i int) float64 { return 60 + math.Abs(r.NormFloat64()) - float64(i)*.002 }),
		"drift-100ppm": generate(func(i int) float64 { return 15 + math.Abs(r.NormFloat64()) + float64(i)*.002 }),
	}
}

func readTraces(t *testing.T, dir string) map[string]trace {
	files, err := filepath.Glob(filepath.Join(dir, "jit_*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no jit_*.txt in %s (%v)", dir, err)
	}
	all := map[string]trace{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var tr trace
		for s := bufio.NewScanner(f); s.Scan(); {
			v, err := strconv.ParseFloat(strings.TrimSpace(s.Text()), 64)
			if err != nil {
				t.Fatal(err)
			}
			tr = append(tr, v)
		}
		f.Close()
		all[strings.TrimSuffix(strings.TrimPrefix(filepath.Base(name), "jit_"), ".txt")] = tr
	}
	return all
}

// result is what a trace did to a buffer.
type result struct {
	target  float64 // mean, ms
	late    float64 // percent of packets that came after target: the policy alone
	delay   float64 // mean play-out delay that really was, ms
	missing float64 // percent of packets not lost that were not played in time: the whole machine
	growth  float64 // greatest play-out delay, ms
	count   Counters
}

// replay plays a trace through a Buffer pulled every 10 ms. Time scaling is a model: at most 5 ms in any 30 ms.
func replay(tr trace, c Config) result {
	const units, step = 160, 80
	start := time.Unix(1000, 0)
	b := New(c)
	arrivals := order(tr)
	var res result
	queued, rest, pulls, network, lost := 0, 0, 0, 0, 0
	for tick, next := 0, 0; tick < len(tr)*2; tick++ {
		now := start.Add(time.Duration(tick)*10*time.Millisecond + 3*time.Millisecond)
		for ; next < len(arrivals) && !start.Add(arrivals[next].at).After(now); next++ {
			i := arrivals[next].packet
			at := start.Add(arrivals[next].at)
			b.Push(at, Packet{Seq: uint16(i), Timestamp: uint32(i * units), Payload: []byte{1}})
			offset := b.offset(at, b.wrap.unwrap(uint32(i*units))) - b.delays.least()
			network++
			res.target += float64(b.Target()) / 1e6
			if offset > b.Target() {
				lost++
			}
		}
		for queued < step {
			d := b.Next(now, queued, step)
			if d.Action == Play {
				res.growth = max(res.growth, float64(b.Delay(now, queued))/1e6)
				b.Done(units)
				queued += units
			} else {
				queued += step
			}
		}
		if d := float64(b.Delay(now, queued)) / 1e6; b.playing {
			res.delay += d
			pulls++
		}
		if rest--; rest < 0 {
			if x := b.Correction(now, queued, step); x > 0 && queued >= 40 {
				queued, rest = queued-40, 2
			} else if x < 0 {
				queued, rest = queued+40, 2
			}
		}
		queued -= min(step, queued)
	}
	res.target /= float64(network)
	res.late = 100 * float64(lost) / float64(network)
	res.delay /= float64(pulls)
	res.count = b.Counters()
	res.missing = 100 * float64(network-res.count.Played) / float64(network)
	return res
}

type arrival struct {
	at     time.Duration
	packet int
}

// order sorts packets by arrival; those of a trace come nearly in order, so insertion is quick.
func order(tr trace) []arrival {
	var all []arrival
	for i, v := range tr {
		if v < 0 {
			continue
		}
		a := arrival{time.Duration((float64(i)*20 + v) * 1e6), i}
		k := len(all)
		for all = append(all, a); k > 0 && all[k-1].at > a.at; k-- {
			all[k] = all[k-1]
		}
		all[k] = a
	}
	return all
}

// limits are what a kind of trace may cost: the delay of NetEQ's policy on it (ms), packets later than the target and
// packets not lost but not played (percent).
var limits = map[string]struct{ delay, late, missing float64 }{
	"lan":            {15, 0, 0},
	"wifi":           {97, 1.5, .1},
	"wifi_powersave": {107, 1.5, .1},
	"lte":            {82, 1.5, .5},
	"step":           {75, 1.5, .1},
	"drift100ppm":    {15, 0, .02},
	"drift-100ppm":   {15, 0, .02},
}

// growthLimit is the greatest delay in ms at which anything may be played.
const growthLimit = 200

func TestTraces(t *testing.T) {
	sets := map[string]map[string]trace{"generated": traces(*traceSeed), "generated again": traces(*traceSeed + 1000)}
	if *traceDir != "" {
		sets["files"] = readTraces(t, *traceDir)
	}
	for set, all := range sets {
		for name, tr := range all {
			r, limit := replay(tr, Config{}), limits[name]
			t.Logf("%-9s %-15s target %5.1f ms, late %.2f %% | delay %5.1f ms, greatest %5.1f, missing %.2f %%, concealed %d steps of 10 ms",
				set, name, r.target, r.late, r.delay, r.growth, r.missing, r.count.Concealed-r.count.Lost)
			if r.target > limit.delay || r.late > limit.late || r.missing > limit.missing || r.growth > growthLimit {
				t.Errorf("%s %s: beyond %+v, growth %d", set, name, limit, growthLimit)
			}
		}
	}
}

// The same trace through a fixed buffer is the comparison that shows the adaptive one earns its code.
func TestFixedDelayIsWorse(t *testing.T) {
	tr := traces(*traceSeed)["wifi_powersave"]
	fixed, adaptive := replay(tr, Config{Fixed: 60 * time.Millisecond}), replay(tr, Config{})
	if fixed.target != 60 {
		t.Errorf("mean target %v ms, want the fixed 60", fixed.target)
	}
	if fixed.late < 5*adaptive.late {
		t.Errorf("fixed 60 ms: %.2f %% late, adaptive %.2f %%", fixed.late, adaptive.late)
	}
}

func TestDriftNeedsNoConcealment(t *testing.T) {
	for _, name := range []string{"drift100ppm", "drift-100ppm"} {
		tr := traces(*traceSeed)[name]
		if r := replay(tr, Config{}); r.count.Concealed > 5 || r.count.Resets > 0 { // the last packets of the trace
			t.Errorf("%s: %+v", name, r.count)
		}
	}
}
