package stream

import (
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"
)

func TestWhereRTCPGoes(t *testing.T) {
	rtp, other := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.9:7")
	tests := []struct {
		name  string
		media Media
		want  netip.AddrPort
	}{
		{"the next port", Media{Remote: rtp}, netip.MustParseAddrPort("192.0.2.1:4001")},
		{"a=rtcp", Media{Remote: rtp, RemoteRTCP: other}, other},
		{"mux", Media{Remote: rtp, RemoteRTCP: other, Mux: true}, rtp},
		{"no address", Media{}, netip.AddrPort{}},
		{"no port", Media{Remote: netip.AddrPortFrom(rtp.Addr(), 0)}, netip.AddrPort{}},
		{"the last port", Media{Remote: netip.AddrPortFrom(rtp.Addr(), 65535)}, netip.AddrPort{}},
		{"IPv6", Media{Remote: netip.MustParseAddrPort("[2001:db8::1]:10")}, netip.MustParseAddrPort("[2001:db8::1]:11")},
	}
	for _, tt := range tests {
		if got := tt.media.rtcpAddr(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDirections(t *testing.T) {
	tests := []struct {
		d               Direction
		name            string
		sends, receives bool
	}{{SendRecv, "sendrecv", true, true}, {SendOnly, "sendonly", true, false}, {RecvOnly, "recvonly", false, true}, {Inactive, "inactive", false, false}}
	for _, tt := range tests {
		if tt.d.String() != tt.name || tt.d.sends() != tt.sends || tt.d.receives() != tt.receives {
			t.Errorf("%v: sends %v, receives %v", tt.d, tt.d.sends(), tt.d.receives())
		}
	}
}

func TestTableOfCodecs(t *testing.T) {
	mine := []CodecType{{Name: "pcma", ClockRate: 8000, Rate: 8000, New: func(Format) (Codec, error) { return l16{}, nil }}}
	tests := []struct {
		name  string
		types []CodecType
		f     Format
		rate  int // 0 = unknown
	}{
		{"PCMA", nil, Format{Name: "PCMA", ClockRate: 8000}, 8000},
		{"odd case", nil, Format{Name: "pCmU", ClockRate: 8000}, 8000},
		{"another clock", nil, Format{Name: "PCMA", ClockRate: 16000}, 0},
		{"G.722 samples twice as fast as its clock says", nil, Format{Name: "G722", ClockRate: 8000}, 16000},
		{"G.722 by the true rate, which nobody sends", nil, Format{Name: "G722", ClockRate: 16000}, 0},
		{"L16 at any rate", nil, Format{Name: "L16", ClockRate: 44100}, 44100},
		{"L16 at a rate that 10 ms do not divide", nil, Format{Name: "L16", ClockRate: 11025}, 0},
		{"unknown", nil, Format{Name: "opus2", ClockRate: 48000}, 0},
		{"replaced", mine, Format{Name: "PCMA", ClockRate: 8000}, 8000},
	}
	for _, tt := range tests {
		got, known := find(tt.types, tt.f)
		if known != (tt.rate > 0) || got.Rate != tt.rate {
			t.Errorf("%s: %v at %d Hz, want %d", tt.name, known, got.Rate, tt.rate)
		}
	}
	replaced, _ := find(mine, Format{Name: "PCMA", ClockRate: 8000})
	if c, _ := replaced.New(Format{}); c != (l16{}) {
		t.Error("a codec of the configuration does not come before the built-in one")
	}
}

func TestCodecsRoundTrip(t *testing.T) {
	pcm := make([]float32, 320)
	for i := range pcm {
		pcm[i] = .4 * float32(math.Sin(2*math.Pi*float64(i)/40))
	}
	tests := []struct {
		f    Format
		size int     // payload octets for 320 samples
		snr  float64 // dB, after the codec's own delay
		lag  int
	}{
		{Format{Name: "PCMA", ClockRate: 8000}, 320, 35, 0}, {Format{Name: "PCMU", ClockRate: 8000}, 320, 35, 0},
		{Format{Name: "L16", ClockRate: 16000}, 640, 80, 0}, {Format{Name: "G722", ClockRate: 8000}, 160, 18, 22},
	}
	for _, tt := range tests {
		kind, _ := find(nil, tt.f)
		c, err := kind.New(tt.f)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := c.Encode([]byte{1, 2}, pcm)
		if err != nil || len(payload) != tt.size+2 || payload[0] != 1 || payload[1] != 2 {
			t.Fatalf("%s: %d octets, %v", tt.f.Name, len(payload), err)
		}
		got, err := c.Decode([]float32{9}, payload[2:])
		if err != nil || len(got) != 321 || got[0] != 9 {
			t.Fatalf("%s: %d samples, %v", tt.f.Name, len(got), err)
		}
		if snr := snrOf(pcm[80:320-tt.lag], got[81+tt.lag:]); snr < tt.snr {
			t.Errorf("%s: SNR %.1f dB, want %v", tt.f.Name, snr, tt.snr)
		}
	}
}

func snrOf(want, got []float32) float64 {
	var signal, noise float64
	for i := range want {
		signal += float64(want[i]) * float64(want[i])
		d := float64(got[i] - want[i])
		noise += d * d
	}
	return 10 * math.Log10(signal/noise)
}

func TestSamplesAreClipped(t *testing.T) {
	for v, want := range map[float32]int16{0: 0, 1: 32767, -1: -32767, 7: 32767, -7: -32767, .5: 16384} {
		if got := sample16(v); got != want {
			t.Errorf("sample16(%v) = %d, want %d", v, got, want)
		}
	}
}

func TestL16RefusesHalfSamples(t *testing.T) {
	pcm, err := l16{}.Decode([]float32{1}, []byte{1, 2, 3})
	if err == nil || !slices.Equal(pcm, []float32{1}) {
		t.Errorf("%v, %v", pcm, err)
	}
}

func TestConcealersByRate(t *testing.T) {
	for rate, isReal := range map[int]bool{8000: true, 16000: true, 48000: true, 44100: false} {
		c := newConcealer(rate)
		heard := make([]float32, rate/50)
		for range 10 {
			for i := range heard {
				heard[i] = .5 * float32(math.Sin(2*math.Pi*float64(i)*200/float64(rate)))
			}
			c.Heard(heard)
		}
		gap := slices.Repeat([]float32{9}, rate/100)
		c.Lost(gap)
		if level := rms(gap); (level > .1) != isReal || !isReal && level != 0 {
			t.Errorf("%d Hz: a gap is filled with level %.2f", rate, level)
		}
	}
}

func rms(pcm []float32) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

func TestEventNames(t *testing.T) {
	want := []string{"first packet", "latched", "digit", "timeout", "goodbye", "secured", "insecure", "insecure"}
	for i, name := range want {
		if got := EventKind(i).String(); got != name {
			t.Errorf("kind %d is %q, want %q", i, got, name)
		}
	}
}

func TestPacketLengths(t *testing.T) {
	for _, d := range []time.Duration{0, 10 * time.Millisecond, 30 * time.Millisecond, 120 * time.Millisecond} {
		if err := (Media{PTime: d}).check(); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
	for _, d := range []time.Duration{-20 * time.Millisecond, 5 * time.Millisecond, 15 * time.Millisecond, 130 * time.Millisecond, time.Hour} {
		if err := (Media{PTime: d}).check(); err == nil {
			t.Errorf("%v was taken", d)
		}
	}
	if err := (Media{Receive: make([]Format, maxFormats+1)}).check(); err == nil {
		t.Error("too many formats were taken")
	}
}
