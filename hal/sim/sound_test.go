package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"intercom/hal"
)

func openSound(t *testing.T, b *Board, config hal.SoundConfig) *sound {
	t.Helper()
	s, err := b.OpenSound(config)
	check(t, err)
	return s.(*sound)
}

func TestSoundGranted(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		g := openSound(t, b, hal.SoundConfig{Period: 20 * time.Millisecond}).Granted()
		if g.Rate != 48000 || g.Period != 20*time.Millisecond || g.Periods != 4 || g.Channels != 1 || g.Device != "simulated" {
			t.Errorf("granted %+v", g)
		}
	})
}

func TestSoundFunctions(t *testing.T) {
	heard := make(chan float32, 1000)
	n := float32(0)
	a := Acoustics{
		Microphone: func(pcm []float32, rate int) {
			n++
			for i := range pcm {
				pcm[i] = n / 1000
			}
			if rate != 8000 {
				t.Errorf("rate %d", rate)
			}
		},
		Speaker: func(pcm []float32, _ int) { heard <- pcm[len(pcm)-1] },
	}
	bubble(t, Config{Acoustics: a}, func(t *testing.T, b *Board) {
		s := openSound(t, b, hal.SoundConfig{Rate: 8000})
		in, out := make([]float32, 80), make([]float32, 80)
		for i := range 10 {
			check(t, s.Capture(in))
			if want := float32(i+1) / 1000; in[0] != want || in[79] != want {
				t.Errorf("captured %v, want %v", in[0], want)
			}
			out[79] = float32(i) + 0.5 // the later ones are too loud and clipped
			check(t, s.Play(out))
		}
		time.Sleep(100 * time.Millisecond)
		check(t, s.Close())
		wanted := []float32{0, 0, 0, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0} // one period to be captured, two of prefill
		for i, want := range wanted {
			if got := <-heard; got != want {
				t.Errorf("period %d: heard %v, want %v", i, got, want)
			}
		}
	})
}

func TestSoundSilenceForEver(t *testing.T) {
	periods := 0
	a := Acoustics{Speaker: func([]float32, int) { periods++ }}
	bubble(t, Config{Acoustics: a}, func(t *testing.T, b *Board) {
		s := openSound(t, b, hal.SoundConfig{})
		time.Sleep(time.Minute)
		synctest.Wait()
		check(t, s.Close())
		if periods != 6000 {
			t.Errorf("%d periods in a minute without a caller, want 6000", periods)
		}
		if st := s.Stats(); st != (hal.SoundStats{}) {
			t.Errorf("%+v: nobody took part, so nothing was lost", st)
		}
	})
}

func TestSoundXrunsAreCounted(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		s := openSound(t, b, hal.SoundConfig{})
		pcm := make([]float32, 480)
		for range 5 {
			check(t, s.Capture(pcm))
			check(t, s.Play(pcm))
		}
		before := s.Delay()
		time.Sleep(time.Second)
		if st := s.Stats(); st.Underruns != 1 || st.Overruns != 1 {
			t.Errorf("%+v after a pause, want one of each", st)
		}
		for range 5 {
			check(t, s.Capture(pcm))
			check(t, s.Play(pcm))
		}
		if st := s.Stats(); st.Underruns != 1 || st.Overruns != 1 {
			t.Errorf("%+v after going on, want one of each still", st)
		}
		if after := s.Delay(); after > before+4*480 {
			t.Errorf("delay %d after the pause, %d before: it must not pile up", after, before)
		}
		check(t, b.Xrun())
		if st := s.Stats(); st.Underruns != 2 || st.Overruns != 2 {
			t.Errorf("%+v after Xrun, want two of each", st)
		}
	})
}

func TestXrunWithoutSound(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) { check(t, b.Xrun()) })
}

func TestAcousticsChange(t *testing.T) {
	bubble(t, Config{}, func(t *testing.T, b *Board) {
		s := openSound(t, b, hal.SoundConfig{})
		pcm := make([]float32, 480)
		check(t, s.Capture(pcm))
		if pcm[0] != 0 {
			t.Errorf("heard %v of nothing", pcm[0])
		}
		b.SetAcoustics(Acoustics{Microphone: func(pcm []float32, _ int) { pcm[0] = 0.25 }, LeakDelay: time.Hour})
		check(t, s.Capture(pcm))
		if pcm[0] != 0.25 {
			t.Errorf("heard %v, want the new microphone", pcm[0])
		}
	})
}

func TestDelayLine(t *testing.T) {
	for _, delay := range []int{0, 1, 7, 8, 9, 4000} {
		d := newDelayLine(8000, 8)
		mouth, ear := make([]float32, 8), make([]float32, 8)
		mouth[3] = 1
		found := -1
		for block := 0; block < 600; block++ {
			clear(ear)
			d.mix(ear, mouth, 0.5, delay)
			clear(mouth)
			for i, x := range ear {
				if x == 0.5 {
					if found >= 0 {
						t.Errorf("delay %d: heard twice", delay)
					}
					found = block*8 + i
				}
			}
		}
		if found != 3+delay {
			t.Errorf("delay %d: heard at %d, want %d", delay, found, 3+delay)
		}
	}
}

func BenchmarkCaptureStep(b *testing.B) {
	board := new(Board)
	s := newSound(board, hal.SoundConfig{})
	leak := newDelayLine(48000, 480)
	mouth, ear := make([]float32, 480), make([]float32, 480)
	b.ReportAllocs()
	for b.Loop() {
		s.step(mouth, ear, leak)
	}
}
