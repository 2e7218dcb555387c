package firmware

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"intercom/audio/resample"
	"intercom/audio/wav"
	"intercom/firmware/config"
	"intercom/hal"
	"intercom/hal/sim"
)

// recordAhead bounds what the loudspeaker's file may lag behind the card, in periods: about two seconds.
const recordAhead = 200

// simSound is a simulated board with its microphone and loudspeaker in files.
type simSound struct {
	hal.Board
	speaker *recording // nil: the loudspeaker is not recorded
}

// withSound gives a simulated board the files of the configuration. After an error the board is still the caller's.
func withSound(b *sim.Board, cfg *config.Config) (hal.Board, error) {
	var air sim.Acoustics
	s := simSound{Board: b}
	if path := cfg.Board.Microphone; path != "" {
		voice, err := openCarousel(path, cfg.Sound.Rate)
		if err != nil {
			return nil, fmt.Errorf("[board] microphone: %w", err)
		}
		air.Microphone = voice.fill
	}
	if path := cfg.Board.Loudspeaker; path != "" {
		var err error
		if s.speaker, err = newRecording(path, cfg.Sound.Rate); err != nil {
			return nil, fmt.Errorf("[board] loudspeaker: %w", err)
		}
		air.Speaker = s.speaker.hear
	}
	b.SetAcoustics(air)
	return s, nil
}

// Close implements hal.Board: the board first, for its card feeds the recording.
func (s simSound) Close() error {
	err := s.Board.Close()
	if s.speaker == nil {
		return err
	}
	return errors.Join(err, s.speaker.close())
}

// carousel is a clip that is heard again and again. It belongs to the card's goroutine.
type carousel struct {
	pcm  []float32
	rate int
	at   int
}

// openCarousel reads a clip and brings it to the card's rate in Hz.
func openCarousel(path string, rate int) (*carousel, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w; name a WAV file that may be read", err)
	}
	clip, err := wav.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	pcm := clip.Mono()
	if len(pcm) == 0 {
		return nil, fmt.Errorf("%s holds no sound; name a WAV file with at least one sample", path)
	}
	if clip.Rate != rate {
		if pcm, err = loopAt(pcm, clip.Rate, rate); err != nil {
			return nil, fmt.Errorf("%s: %w; convert it with: sox FILE -r %d OUT.wav", path, err, rate)
		}
	}
	return &carousel{pcm: pcm, rate: rate}, nil
}

// loopAt converts a clip that will be repeated: the filter hears it once before, so that the end runs into the
// beginning without a click.
func loopAt(pcm []float32, from, to int) ([]float32, error) {
	r, err := resample.New(from, to)
	if err != nil {
		return nil, err
	}
	out := make([]float32, r.Room(len(pcm)))
	r.Process(out, pcm)
	n := r.Process(out, pcm)
	return out[:max(n, 1)], nil
}

// fill implements the Microphone of sim.Acoustics. A card of another rate than the configuration's hears silence: the
// simulated one grants what it is asked for.
func (v *carousel) fill(pcm []float32, rate int) {
	if rate != v.rate {
		clear(pcm)
		return
	}
	for n := 0; n < len(pcm); {
		copied := copy(pcm[n:], v.pcm[v.at:])
		n += copied
		v.at = (v.at + copied) % len(v.pcm)
	}
}

// recording writes what the loudspeaker plays. The card must not wait for a disk: it hands blocks to a goroutine, and
// what finds no room is counted and reported at the end.
type recording struct {
	path   string
	file   *os.File
	growth *wav.Growing
	blocks chan []float32
	spare  chan []float32 // written blocks, to be filled again
	lost   int            // samples; the card's until done
	err    error          // the first of the disk; the writer's until ended
	ended  chan struct{}
	once   sync.Once
	fate   error // what close answers
}

func newRecording(path string, rate int) (*recording, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("%w; name a file in a folder that exists and may be written", err)
	}
	growth, err := wav.Grow(file, rate, 1)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	r := &recording{path: path, file: file, growth: growth, ended: make(chan struct{}),
		blocks: make(chan []float32, recordAhead), spare: make(chan []float32, recordAhead)}
	go r.write()
	return r, nil
}

// hear implements the Speaker of sim.Acoustics.
func (r *recording) hear(pcm []float32, _ int) {
	var block []float32
	select {
	case block = <-r.spare:
	default:
	}
	select {
	case r.blocks <- append(block[:0], pcm...):
	default:
		r.lost += len(pcm)
	}
}

// write ends when the recording is closed.
func (r *recording) write() {
	defer close(r.ended)
	for block := range r.blocks {
		if r.err == nil {
			r.err = r.growth.Write(block)
		}
		select {
		case r.spare <- block:
		default:
		}
	}
}

// close must come after the card's: hear is not called any more. A second call answers what the first did.
func (r *recording) close() error {
	r.once.Do(func() { r.fate = r.finish() })
	return r.fate
}

func (r *recording) finish() error {
	close(r.blocks)
	<-r.ended
	err := errors.Join(r.err, r.growth.Close(), r.file.Close())
	if r.lost > 0 {
		err = errors.Join(err, fmt.Errorf("%d samples are lost, for the disk was too slow", r.lost))
	}
	if err != nil {
		return fmt.Errorf("[board] loudspeaker: %s: %w", r.path, err)
	}
	return nil
}
