package sim

import (
	"time"

	"intercom/hal"
)

// run is the card's crystal. A tick that comes late is made good by doing all periods due, as a DMA would have;
// after a stop of the whole process longer than the rings it starts to count anew.
func (s *sound) run() {
	defer close(s.stopped)
	period := s.granted.Period
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	leak := newDelayLine(s.granted.Rate, s.frames)
	mouth := make([]float32, s.frames)
	ear := make([]float32, s.frames)
	var base time.Time
	done := 0
	for {
		var now time.Time
		select {
		case now = <-ticker.C:
		case <-s.done:
			return
		}
		if base.IsZero() {
			base = now.Add(-period)
		}
		due := int((now.Sub(base) + period/2) / period)
		if due-done > 4*s.granted.Periods {
			base, done, due = now.Add(-period), 0, 1
		}
		for ; done < due; done++ {
			s.step(mouth, ear, leak)
		}
	}
}

// step is one period of the hardware.
func (s *sound) step(mouth, ear []float32, leak *delayLine) {
	s.mu.Lock()
	s.playPeriod(mouth)
	s.mu.Unlock()
	wake(s.room)

	for i, x := range mouth {
		mouth[i] = clip(x)
	}
	a := s.board.air.get()
	if a.Speaker != nil {
		a.Speaker(mouth, s.granted.Rate)
	}
	clear(ear)
	if a.Microphone != nil {
		a.Microphone(ear, s.granted.Rate)
	}
	leak.mix(ear, mouth, a.LeakGain, int(a.LeakDelay*time.Duration(s.granted.Rate)/time.Second))

	s.mu.Lock()
	s.capturePeriod(ear)
	s.mu.Unlock()
	wake(s.ready)
}

func wake(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// playPeriod takes one period out of the playback ring, or silence.
func (s *sound) playPeriod(mouth []float32) {
	switch p := &s.play; {
	case p.silence > 0:
		p.silence--
		clear(mouth)
	case p.pop(mouth):
	default:
		clear(mouth)
		if p.active {
			p.active = false
			s.stats.Underruns++
		}
	}
}

// capturePeriod puts one period into the capture ring. If the ring is full everything in it is lost, as after
// the restart of a real card.
func (s *sound) capturePeriod(ear []float32) {
	c := &s.capture
	if c.push(ear) {
		s.position += s.frames
		return
	}
	s.position += s.frames
	c.offset = s.position - c.count
	c.first, c.filled = 0, 0
	if c.active {
		c.active = false
		s.stats.Overruns++
	}
}

// Xrun makes the open card stumble as if the process had been away: both rings are lost. Without an open card it
// does nothing.
func (b *Board) Xrun() error {
	return b.do(func(time.Time) error {
		if b.sound != nil {
			b.sound.stumble()
		}
		return nil
	})
}

func (s *sound) stumble() {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, p := &s.capture, &s.play
	c.offset = s.position - c.count
	c.first, c.filled = 0, 0
	p.first, p.filled, p.silence = 0, 0, 0
	if c.active {
		s.stats.Overruns++
	}
	if p.active {
		s.stats.Underruns++
	}
	p.active = false
}

var _ hal.Granter = (*sound)(nil)
