package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"intercom/audio/gain"
)

// The engine's frame: what the card is asked for and all boxes work on.
const (
	framesPerSecond = 100
	frameTime       = time.Second / framesPerSecond
)

const (
	defaultCardRate = 48000
	maxVoiceRate    = 16000
	maxStreams      = 4
)

// Card is the sound card: the clock of everything. A frame is 10 ms of mono samples at the card's rate, full scale 1.
// A Card that also has Delay() int (samples between a frame played and the same frame captured) lets the echo canceller
// know where to look.
type Card interface {
	Capture(pcm []float32) error // blocks until a frame has been captured
	Play(pcm []float32) error    // blocks until the frame is accepted
}

// Box changes one frame in place: a noise suppressor, a gain control.
type Box interface{ Process(pcm []float32) }

// EchoCanceller writes to out what is left of near without the echo of far. far is what the loudspeaker played at the
// time near was captured, as far as the card's Delay tells.
type EchoCanceller interface {
	Process(out, near, far []float32)
}

// VoiceSwitch lets one side through at a time, for enclosures that no canceller can help: it takes the levels of both and
// returns the gains of both for this frame.
type VoiceSwitch interface {
	Decide(far, near float64) (toSpeaker, toNetwork gain.Ramp)
}

// Resampler converts one frame of 10 ms: len(dst) and len(src) say the two rates.
type Resampler interface{ Resample(dst, src []float32) }

// Source is a tone or a prompt at the engine's rate. Fill returns fewer than len(pcm) samples once it has ended.
type Source interface{ Fill(pcm []float32) int }

// EngineConfig describes an Engine. The zero value is an engine without a sound card, for tests and for a board whose
// card is broken: RTP flows, silence is sent.
type EngineConfig struct {
	Card     Card // nil = silence, paced by a timer
	CardRate int  // of Card in Hz, a multiple of 100; 0 = 48000
	Rate     int  // at which the boxes work; 0 = 16000, or CardRate if that is less

	// NewHighPass makes the filter that comes first, one for the microphone and one for the canceller's reference, which
	// have to stay alike; nil = package gain's.
	NewHighPass func(rate int) (Box, error)
	// The rest of the chain, in this order; nil boxes are left out. A Gain that has FarTalks(bool) is told.
	Echo   EchoCanceller
	Noise  Box
	Switch VoiceSwitch
	Gain   Box

	NewResampler func(from, to int) (Resampler, error) // nil = package resample's
	NewConcealer func(rate int) Concealer              // nil = package conceal's
	Codecs       []CodecType                           // besides PCMA, PCMU, G722, opus and L16, or in their place

	// CardChanged is called when the card fails, with its error, and with nil when it works again. It runs between two
	// frames and must not block.
	CardChanged func(error)
	Logger      *slog.Logger // nil = silent
}

func (c EngineConfig) withDefaults() EngineConfig {
	if c.CardRate == 0 {
		c.CardRate = defaultCardRate
	}
	if c.Rate == 0 {
		c.Rate = min(maxVoiceRate, c.CardRate)
	}
	if c.NewHighPass == nil {
		c.NewHighPass = func(rate int) (Box, error) { return gain.NewHighPass(rate) }
	}
	if c.NewResampler == nil {
		c.NewResampler = newResampler
	}
	if c.NewConcealer == nil {
		c.NewConcealer = newConcealer
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Engine owns the sound card for the life of the program: calls come and go, tones can be played at any time, and the
// echo canceller keeps what it has learnt.
//
// One goroutine, that of Run, moves all sound. Between two frames it waits for the card with no lock held; while it works
// on a frame (well under a millisecond plus the boxes) it holds mu, which makes every exported method safe to call
// from any goroutine and never wait longer than that.
type Engine struct {
	config EngineConfig
	card   *guardedCard

	mu      sync.Mutex
	now     time.Time // of the last frame
	closed  bool
	streams []*Stream
	prompt  prompt
	history reference

	fromCard, toCard Resampler
	highPass         Box
	limiter          *gain.Limiter // of the loudspeaker
	mic, speaker     []float32     // one frame at the card's rate
	near, far, mix   []float32     // one frame at the engine's rate
	clean            []float32     // near without echo
}

// ErrClosed is returned once Run has ended.
var ErrClosed = errors.New("stream: the engine has been stopped")

// NewEngine checks the configuration and prepares everything that the running path will need.
func NewEngine(config EngineConfig) (*Engine, error) {
	c := config.withDefaults()
	for _, rate := range []int{c.CardRate, c.Rate} {
		if rate < 8000 || rate > 192000 || rate%framesPerSecond != 0 {
			return nil, fmt.Errorf("stream: rate of %d Hz, use 8000 to 192000 in multiples of 100", rate)
		}
	}
	cardFrame, frame := c.CardRate/framesPerSecond, c.Rate/framesPerSecond
	e := &Engine{
		config: c, card: newGuardedCard(c),
		mic: make([]float32, cardFrame), speaker: make([]float32, cardFrame),
		near: make([]float32, frame), far: make([]float32, frame), mix: make([]float32, frame), clean: make([]float32, frame),
		prompt: prompt{frame: make([]float32, frame)},
	}
	return e, e.makeBoxes()
}

// makeBoxes makes what the chain cannot do without.
func (e *Engine) makeBoxes() (err error) {
	c := e.config
	if e.fromCard, err = c.NewResampler(c.CardRate, c.Rate); err != nil {
		return fmt.Errorf("stream: from the card: %w", err)
	}
	if e.toCard, err = c.NewResampler(c.Rate, c.CardRate); err != nil {
		return fmt.Errorf("stream: to the card: %w", err)
	}
	if e.highPass, err = c.NewHighPass(c.Rate); err != nil {
		return fmt.Errorf("stream: high-pass: %w", err)
	}
	if e.history, err = newReference(c); err != nil {
		return fmt.Errorf("stream: high-pass: %w", err)
	}
	e.limiter, err = gain.NewLimiter(c.Rate)
	return err
}

// Rate is the rate in Hz at which sources for Play have to be made.
func (e *Engine) Rate() int { return e.config.Rate }

// Run moves sound until ctx ends, then closes all streams and returns nil. It must be called exactly once.
func (e *Engine) Run(ctx context.Context) error {
	defer e.shutDown()
	defer e.card.stop()
	for ctx.Err() == nil {
		e.card.capture(e.mic)
		e.frame(time.Now())
		e.card.play(e.speaker)
	}
	return nil
}

func (e *Engine) shutDown() {
	e.mu.Lock()
	open := append([]*Stream(nil), e.streams...)
	e.closed = true
	e.mu.Unlock()
	for _, s := range open {
		s.Close()
	}
}

// Play starts a tone or prompt, in place of the one that is playing; nil only ends that one, without a click. It is mixed
// with whatever is received.
func (e *Engine) Play(s Source) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.prompt.play(s)
}

// Playing tells whether a tone or prompt is being played.
func (e *Engine) Playing() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.prompt.now != nil
}
