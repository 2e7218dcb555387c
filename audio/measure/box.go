package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"intercom/audio/conceal"
	"intercom/audio/echo"
	"intercom/audio/g711"
	"intercom/audio/g722"
	"intercom/audio/gain"
	"intercom/audio/jitter"
	"intercom/audio/noise"
	"intercom/audio/opus"
	"intercom/audio/resample"
	"intercom/audio/timescale"
)

// box is a part of the sound path whose cost is counted. work makes it and answers what does 20 ms of sound.
type box struct {
	name  string
	share float64 // of a G.722 call with everything on that it makes up: how often it runs per 20 ms
	work  func(signal []float64) (func(), error)
}

// boxes are the parts of the path of a call between a card at 48 kHz and a phone that speaks G.722, and some that other
// calls have. The echo canceller's suppressor and package noise share their spectra in the station, so that the latter's
// cost is the difference of the two.
var boxes = []box{
	{"resample 48 to 16 kHz", 1, func(x []float64) (func(), error) { return resampleWork(x, 48000, 16000) }},
	{"high-pass", 1, highPassWork},
	{"echo", 0, func(x []float64) (func(), error) { return echoWork(x, false) }},
	{"echo with noise", 1, func(x []float64) (func(), error) { return echoWork(x, true) }},
	{"gain", 1, gainWork},
	{"G.722 encode", 1, g722EncodeWork},
	{"jitter buffer", 1, jitterWork},
	{"G.722 decode", 1, g722DecodeWork},
	{"conceal, nothing lost", 1, func(x []float64) (func(), error) { return concealWork(x, 0) }},
	{"conceal, every packet lost", 0.05, func(x []float64) (func(), error) { return concealWork(x, 1) }},
	{"time scaling", 0.1, scaleWork},
	{"resample 16 to 48 kHz", 1, func(x []float64) (func(), error) { return resampleWork(x, 16000, 48000) }},
	{"noise alone", 0, noiseWork},
	{"G.711 encode", 0, lawEncodeWork},
	{"G.711 decode", 0, lawDecodeWork},
	{"Opus encode", 0, opusEncodeWork},
	{"Opus decode", 0, opusDecodeWork},
	{"resample 16 to 8 kHz", 0, func(x []float64) (func(), error) { return resampleWork(x, 16000, 8000) }},
	{"resample 8 to 16 kHz", 0, func(x []float64) (func(), error) { return resampleWork(x, 8000, 16000) }},
}

// loop reads a signal round and round.
type loop struct {
	x  []float32
	at int
}

// next is the next n samples.
func (l *loop) next(n int) []float32 {
	if l.at+n > len(l.x) {
		l.at = 0
	}
	l.at += n
	return l.x[l.at-n : l.at]
}

func resampleWork(x []float64, from, to int) (func(), error) {
	r, err := resample.New(from, to)
	in, out := loop{x: toFloat32(x)}, make([]float32, to/100+1)
	return func() {
		r.Process(out, in.next(from/100))
		r.Process(out, in.next(from/100))
	}, err
}

func highPassWork(x []float64) (func(), error) {
	h, err := gain.NewHighPass(speechRate)
	in := loop{x: toFloat32(x)}
	return func() {
		h.Process(in.next(speechRate / 100))
		h.Process(in.next(speechRate / 100))
	}, err
}

// echoWork lets the loudspeaker say x, the microphone hear it from the room, and a visitor talk half of the time.
func echoWork(x []float64, withNoise bool) (func(), error) {
	c := echo.Config{Rate: speechRate}
	if withNoise {
		n, err := noise.New(noise.Config{Rate: speechRate})
		if err != nil {
			return nil, err
		}
		c.Background = n
	}
	canceller, err := echo.New(c)
	ref, n := loop{x: toFloat32(x)}, speechRate/100
	h := room(rand.New(rand.NewPCG(1, 1)), 0.1, -18)
	heard, visitor := convolved(x, h[:800]), delayed(x, len(x)/3)
	clear(visitor[:len(x)/2])
	mic, out := loop{x: toFloat32(sum(heard, visitor))}, make([]float32, n)
	return func() {
		canceller.Process(out, mic.next(n), ref.next(n))
		canceller.Process(out, mic.next(n), ref.next(n))
	}, err
}

func noiseWork(x []float64) (func(), error) {
	s, err := noise.New(noise.Config{Rate: speechRate})
	in := loop{x: toFloat32(x)}
	return func() {
		s.Process(in.next(speechRate / 100))
		s.Process(in.next(speechRate / 100))
	}, err
}

func gainWork(x []float64) (func(), error) {
	c, err := gain.NewControl(gain.Config{Rate: speechRate})
	in := loop{x: toFloat32(x)}
	return func() {
		c.Process(in.next(speechRate / 100))
		c.Process(in.next(speechRate / 100))
	}, err
}

func g722EncodeWork(x []float64) (func(), error) {
	pcm, octets, e, at := toInt16(x), make([]byte, 160), g722.NewEncoder(), 0
	return func() {
		e.Encode(octets, pcm[at:at+320])
		at = (at + 320) % (len(pcm) - 320)
	}, nil
}

func g722DecodeWork(x []float64) (func(), error) {
	octets, pcm, d, at := make([]byte, len(x)/2), make([]int16, 320), g722.NewDecoder(), 0
	g722.NewEncoder().Encode(octets, toInt16(x))
	return func() {
		d.Decode(pcm, octets[at:at+160])
		at = (at + 160) % (len(octets) - 160)
	}, nil
}

func lawEncodeWork(x []float64) (func(), error) {
	pcm, octets := toInt16(x)[:packet], make([]byte, packet)
	return func() {
		for i, v := range pcm {
			octets[i] = g711.ToA(v)
		}
	}, nil
}

func lawDecodeWork(x []float64) (func(), error) {
	pcm, octets := toInt16(x)[:packet], make([]byte, packet)
	for i, v := range pcm {
		octets[i] = g711.ToA(v)
	}
	return func() {
		for i, v := range octets {
			pcm[i] = g711.FromA(v)
		}
	}, nil
}

// opusPackets are the packets of x and what made them.
func opusPackets(x []float64) (e *opus.Encoder, in *loop, packets [][]byte, err error) {
	e, err = opus.NewEncoder(opus.Config{Rate: speechRate})
	in = &loop{x: toFloat32(x)}
	for range len(x) / 320 {
		if err != nil {
			break
		}
		var p []byte
		p, err = e.Encode(nil, in.next(320))
		packets = append(packets, p)
	}
	return e, in, packets, err
}

func opusEncodeWork(x []float64) (func(), error) {
	e, in, _, err := opusPackets(x[:speechRate])
	packet := make([]byte, 0, 1500)
	return func() {
		if _, err := e.Encode(packet, in.next(320)); err != nil {
			panic("BUG: " + err.Error())
		}
	}, err
}

func opusDecodeWork(x []float64) (func(), error) {
	_, _, packets, err := opusPackets(x[:speechRate])
	if err != nil {
		return nil, err
	}
	d, err := opus.NewDecoder(speechRate)
	pcm, i := make([]float32, 0, 2000), 0
	return func() {
		if _, err := d.Decode(pcm, packets[i%len(packets)]); err != nil {
			panic("BUG: " + err.Error())
		}
		i++
	}, err
}

func concealWork(x []float64, lost int) (func(), error) {
	c, err := conceal.New(speechRate)
	in := loop{x: toFloat32(x)}
	frame := make([]float32, speechRate/50)
	return func() {
		for range lost {
			c.Lost(frame[:len(frame)/2])
			c.Lost(frame[len(frame)/2:])
		}
		copy(frame, in.next(len(frame)))
		c.Heard(frame)
	}, err
}

// scaleWork shortens 40 ms once.
func scaleWork(x []float64) (func(), error) {
	s := timescale.New(speechRate)
	in, queue := loop{x: toFloat32(x)}, make([]float32, speechRate/25)
	return func() {
		copy(queue, in.next(len(queue)))
		s.Shorten(queue, speechRate/200, true)
	}, nil
}

// jitterWork pushes a packet and pulls twice, with the arrivals of a wireless network.
func jitterWork([]float64) (func(), error) {
	p := player{buffer: jitter.New(jitter.Config{}), start: time.Unix(1000, 0)}
	r, payload, i := rand.New(rand.NewPCG(1, 2)), make([]byte, 160), 0
	var f jitterFigures
	return func() {
		now := sendEvery * float64(i)
		p.buffer.Push(p.clock(now+4+3*r.Float64()), jitter.Packet{Seq: uint16(i), Timestamp: uint32(i * packetUnits), Payload: payload})
		p.pull(p.clock(now+8), &f)
		p.pull(p.clock(now+18), &f)
		i++
	}, nil
}

// hum is a sound that every box takes for a voice: harmonics of a gliding pitch in syllables, over a little noise.
func hum(n int) []float64 {
	x, phase, r := make([]float64, n), 0.0, rand.New(rand.NewPCG(1, 3))
	for i := range x {
		t := float64(i) / speechRate
		phase += 2 * math.Pi * (130 + 30*math.Sin(2*math.Pi*0.7*t)) / speechRate
		syllable := max(math.Sin(2*math.Pi*3*t), 0)
		for k := 1.0; k <= 20; k++ {
			x[i] += 0.1 * syllable * math.Sin(k*phase) / k
		}
		x[i] += 0.001 * r.NormFloat64()
	}
	return x
}

// runBox is the sub-command frames: it is what is counted, and does N times 20 ms of one box and nothing else.
func runBox(_ context.Context, o options) (bool, error) {
	if len(o.args) != 2 {
		return false, errors.New("frames needs a box and a number: measure frames \"G.722 encode\" 100")
	}
	n, err := strconv.Atoi(o.args[1])
	if err != nil || n < 0 {
		return false, fmt.Errorf("%q is no number of frames", o.args[1])
	}
	for _, b := range boxes {
		if b.name != o.args[0] {
			continue
		}
		work, err := b.work(hum(4 * speechRate))
		if err != nil {
			return false, err
		}
		for range n {
			work()
		}
		return true, nil
	}
	return false, fmt.Errorf("no box is called %q", o.args[0])
}
