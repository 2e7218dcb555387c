package sim

import (
	"sync"
	"time"

	"intercom/hal"
)

// Acoustics are what is before and behind the simulated card. Nil functions are silence and deaf.
type Acoustics struct {
	// Microphone fills pcm with what the microphone hears at this rate in Hz.
	Microphone func(pcm []float32, rate int)
	// Speaker is given what the loudspeaker plays; it must not keep pcm.
	Speaker func(pcm []float32, rate int)
	// LeakGain is how loud the loudspeaker is in the microphone (0 none, 1 as loud as played); LeakDelay how
	// much later, at most 500 ms.
	LeakGain  float32
	LeakDelay time.Duration
}

const maxLeak = 500 * time.Millisecond

// air holds the acoustics, which may change while sound runs.
type air struct {
	mu sync.Mutex
	a  Acoustics
}

func (r *air) set(a Acoustics) {
	a.LeakDelay = min(max(a.LeakDelay, 0), maxLeak)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.a = a
}

func (r *air) get() Acoustics {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.a
}

// SetAcoustics replaces microphone, loudspeaker and the path between them, also while sound runs.
func (b *Board) SetAcoustics(a Acoustics) { b.air.set(a) }

// A sound is the simulated card. Its goroutine is the hardware: at each tick it moves one period out of the
// playback ring and one into the capture ring, whether anybody cares or not.
//
//	positions in samples since the start, P = period
//	tick n:      plays and records (n-1)P .. nP
//	first Play:  is heard at (now + prefill); the silence before it is what keeps the ring from running dry
type sound struct {
	board   *Board
	granted hal.SoundConfig
	frames  int
	done    chan struct{}
	stopped chan struct{}
	ready   chan struct{} // a captured period has come
	room    chan struct{} // a played period has gone

	mu       sync.Mutex
	closed   bool
	position int // of the hardware, in samples
	stats    hal.SoundStats
	capture  ring
	play     ring
}

// A ring is the card's buffer of one direction. offset is the position in the hardware's count of the sample
// that the caller counts as its 0.
type ring struct {
	periods [][]float32
	first   int
	filled  int
	silence int // periods of silence to play before the ring's (playback only)
	count   int // samples the caller has taken or given
	offset  int
	active  bool // the caller takes part: from its first call to the next xrun
}

// OpenSound implements hal.Board.
func (b *Board) OpenSound(config hal.SoundConfig) (hal.Sound, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	s := newSound(b, config)
	err := b.do(func(time.Time) error {
		if b.sound != nil {
			return hal.ErrSoundBusy
		}
		b.sound = s
		return nil
	})
	if err != nil {
		return nil, err
	}
	go s.run()
	return s, nil
}

func newSound(b *Board, config hal.SoundConfig) *sound {
	g := config.Filled()
	if g.Rate == 0 {
		g.Rate = hal.DefaultRate
	}
	if g.Channels == 0 {
		g.Channels = 1
	}
	if g.Device == "" {
		g.Device = "simulated"
	}
	s := &sound{
		board:   b,
		granted: g,
		frames:  g.Frames(g.Rate),
		done:    make(chan struct{}),
		stopped: make(chan struct{}),
		ready:   make(chan struct{}, 1),
		room:    make(chan struct{}, 1),
	}
	s.capture.periods = makePeriods(g.Periods, s.frames)
	s.play.periods = makePeriods(g.Periods, s.frames)
	return s
}

func makePeriods(n, frames int) [][]float32 {
	periods := make([][]float32, n)
	for i := range periods {
		periods[i] = make([]float32, frames)
	}
	return periods
}

// Granted implements hal.Granter.
func (s *sound) Granted() hal.SoundConfig { return s.granted }

// Stats implements hal.Granter.
func (s *sound) Stats() hal.SoundStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Delay implements hal.Sound.
func (s *sound) Delay() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	play := s.play.offset
	if !s.play.active {
		play = s.nextPlay() - s.play.count
	}
	return play - s.capture.offset
}

// Capture implements hal.Sound.
func (s *sound) Capture(pcm []float32) error {
	if len(pcm) != s.frames {
		return hal.PeriodError("Capture", len(pcm), s.frames)
	}
	return s.await(s.ready, func() bool {
		s.capture.active = true
		if !s.capture.pop(pcm) {
			return false
		}
		s.capture.count += s.frames
		return true
	})
}

// Play implements hal.Sound.
func (s *sound) Play(pcm []float32) error {
	if len(pcm) != s.frames {
		return hal.PeriodError("Play", len(pcm), s.frames)
	}
	return s.await(s.room, func() bool {
		if !s.play.active {
			s.play.active = true
			s.play.silence = s.prefill()
			s.play.offset = s.nextPlay() - s.play.count
		}
		if !s.play.push(pcm) {
			return false
		}
		s.play.count += s.frames
		return true
	})
}

// prefill is the silence, in periods, before the first played period.
func (s *sound) prefill() int { return max(s.granted.Periods-2, 1) }

// nextPlay is the position at which a playback that starts now is heard.
func (s *sound) nextPlay() int { return s.position + s.prefill()*s.frames }

// await tries until it succeeds or the card is closed.
func (s *sound) await(signal <-chan struct{}, try func() bool) error {
	for {
		s.mu.Lock()
		closed := s.closed
		ok := !closed && try()
		s.mu.Unlock()
		if ok {
			return nil
		}
		if closed {
			return hal.ErrClosed
		}
		select {
		case <-signal:
		case <-s.done:
		}
	}
}

// Close implements hal.Sound.
func (s *sound) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.done)
	}
	<-s.stopped
	_ = s.board.do(func(time.Time) error { // a closed board has let go of it already
		if s.board.sound == s {
			s.board.sound = nil
		}
		return nil
	})
	return nil
}
