package firmware

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intercom/audio/wav"
	"intercom/firmware/config"
	"intercom/hal"
)

// soundConfig is a simulated board with a card of 16 kHz.
func soundConfig(t *testing.T, microphone, loudspeaker string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("sound.toml", fmt.Appendf(nil,
		"[sound]\nrate = 16000\n[board]\ntype = \"sim\"\nmicrophone = %q\nloudspeaker = %q\n", microphone, loudspeaker))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func writeClip(t *testing.T, clip wav.Clip) string {
	t.Helper()
	data, err := wav.Append(nil, clip, wav.Float32)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "clip.wav")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readClip(t *testing.T, path string) wav.Clip {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clip, err := wav.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

// TestSimulatedMicrophoneAndLoudspeaker: the card hears the file from the start, again and again, and what it plays
// can be read before the board is closed, and after.
func TestSimulatedMicrophoneAndLoudspeaker(t *testing.T) {
	clip := []float32{0.1, 0.2, 0.3} // no divisor of a period
	microphone := writeClip(t, wav.Clip{Rate: 16000, Channels: 1, PCM: clip})
	loudspeaker := filepath.Join(t.TempDir(), "out.wav")
	synctest.Test(t, func(t *testing.T) {
		board, control, err := OpenBoard(soundConfig(t, microphone, loudspeaker), nil)
		if err != nil {
			t.Fatal(err)
		}
		if control != nil {
			t.Error("a control socket that nobody asked for")
		}
		if got := readClip(t, loudspeaker); got.Rate != 16000 || len(got.PCM) != 0 {
			t.Errorf("before any sound: %+v", got)
		}
		sound, err := board.OpenSound(hal.SoundConfig{Rate: 16000, Period: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		heard := make([]float32, 0, 1600)
		for range 10 {
			ear, mouth := make([]float32, 160), make([]float32, 160)
			for i := range mouth {
				mouth[i] = 0.5
			}
			if err := sound.Play(mouth); err != nil {
				t.Fatal(err)
			}
			if err := sound.Capture(ear); err != nil {
				t.Fatal(err)
			}
			heard = append(heard, ear...)
		}
		for i, x := range heard {
			if x != clip[i%len(clip)] {
				t.Fatalf("sample %d is %v, want %v", i, x, clip[i%len(clip)])
			}
		}
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		if got := readClip(t, loudspeaker); !slices.Contains(got.PCM, 0.5) {
			t.Errorf("nothing of the sound in %d samples while the board is open", len(got.PCM))
		}
		for range 2 {
			if err := board.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
		}
	})
	got := readClip(t, loudspeaker)
	if n := len(slices.DeleteFunc(slices.Clone(got.PCM), func(x float32) bool { return x != 0.5 })); n < 1400 || n > 1600 {
		t.Errorf("%d of 1600 samples are in the file of %d", n, len(got.PCM))
	}
}

// TestVoiceOfAnotherRate: two channels at 44.1 kHz become one at the card's rate, and the loop has no seam.
func TestVoiceOfAnotherRate(t *testing.T) {
	const rate, seconds = 44100, 1
	var pcm []float32
	for i := range rate * seconds {
		x := float32(0.5 * math.Sin(2*math.Pi*440*float64(i)/rate))
		pcm = append(pcm, x, x)
	}
	v, err := openCarousel(writeClip(t, wav.Clip{Rate: rate, Channels: 2, PCM: pcm}), 16000)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.pcm) != 16000 {
		t.Fatalf("a second has %d samples", len(v.pcm))
	}
	twice := make([]float32, 32000)
	v.fill(twice[:100], 16000)
	v.fill(twice[100:], 16000)
	step := 2 * math.Pi * 440 / 16000 * 0.5 // the steepest a sine of this size can be
	for i := 1; i < len(twice); i++ {
		if d := math.Abs(float64(twice[i] - twice[i-1])); d > 1.02*step {
			t.Fatalf("a click of %.3f at sample %d", d, i)
		}
	}
	v.fill(twice, 48000)
	if slices.Max(twice) != 0 {
		t.Error("sound at a rate that the file was not converted to")
	}
}

func TestSimulatedSoundFilesThatCannotBe(t *testing.T) {
	good := writeClip(t, wav.Clip{Rate: 16000, Channels: 1, PCM: []float32{0.5}})
	empty := writeClip(t, wav.Clip{Rate: 16000, Channels: 1})
	odd := writeClip(t, wav.Clip{Rate: 1001, Channels: 1, PCM: []float32{0.5}})
	text := filepath.Join(t.TempDir(), "text.wav")
	if err := os.WriteFile(text, []byte("ring, ring, ring, ring"), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(t.TempDir(), "none", "x.wav")
	for _, row := range []struct{ name, microphone, loudspeaker, want, cure string }{
		{"no microphone file", nowhere, "", "[board] microphone: ", "name a WAV file that may be read"},
		{"no WAV", text, "", "[board] microphone: " + text, "convert it with"},
		{"no sound", empty, "", "holds no sound", "at least one sample"},
		{"a rate beyond reason", odd, "", "[board] microphone: " + odd, "sox FILE -r 16000"},
		{"no folder", good, nowhere, "[board] loudspeaker: ", "in a folder that exists"},
	} {
		t.Run(row.name, func(t *testing.T) {
			board, _, err := OpenBoard(soundConfig(t, row.microphone, row.loudspeaker), nil)
			if err == nil {
				t.Fatalf("opened: %v", board.Close())
			}
			if got := err.Error(); !strings.Contains(got, row.want) || !strings.Contains(got, row.cure) {
				t.Errorf("%q lacks %q or %q", got, row.want, row.cure)
			}
		})
	}
}

// TestSlowDisk: what the disk does not take in time is lost and told; the card never waits.
func TestSlowDisk(t *testing.T) {
	r, err := newRecording(filepath.Join(t.TempDir(), "out.wav"), 16000)
	if err != nil {
		t.Fatal(err)
	}
	stuck := r.blocks
	close(stuck)
	<-r.ended // the writer is away
	r.blocks, r.ended = make(chan []float32, recordAhead), make(chan struct{})
	for range recordAhead + 3 {
		r.hear(make([]float32, 160), 16000)
	}
	go r.write()
	if err := r.close(); err == nil || !strings.Contains(err.Error(), "480 samples are lost") {
		t.Errorf("closed with %v", err)
	}
}

// TestFullDisk: an error of the disk is told at the end, and the card does not notice.
func TestFullDisk(t *testing.T) {
	r, err := newRecording(filepath.Join(t.TempDir(), "out.wav"), 16000)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.file.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 * recordAhead {
		r.hear(make([]float32, 160), 16000)
	}
	if err := r.close(); err == nil || !strings.Contains(err.Error(), "loudspeaker: "+r.path) {
		t.Errorf("closed with %v", err)
	}
}
