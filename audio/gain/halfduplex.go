package gain

import "fmt"

// HalfDuplexConfig describes a voice switch. The zero value works.
type HalfDuplexConfig struct {
	// Loss is what the two directions are lowered by together, in dB, 6 to 60; 0 means 40. It must exceed the loop gain
	// from the loudspeaker through the microphone and back.
	Loss float64
	// Coupling is how loud the far voice is in the near signal, against the far signal itself, in dB, -60 to 30. After
	// an echo canceller that does anything at all it is negative.
	Coupling float64
}

// Check names the first field that is out of range.
func (c HalfDuplexConfig) Check() error {
	switch {
	case c.Loss != 0 && (c.Loss < 6 || c.Loss > 60):
		return fmt.Errorf("gain: a loss of %g dB is out of range: choose 6 to 60", c.Loss)
	case c.Coupling < -60 || c.Coupling > 30:
		return fmt.Errorf("gain: a coupling of %g dB is out of range: choose -60 to 30", c.Coupling)
	}
	return nil
}

func (c HalfDuplexConfig) loss() float64 {
	if c.Loss == 0 {
		return 40
	}
	return c.Loss
}

// Line says who has the line.
type Line uint8

// The states of the voice switch.
//
//	              far speaks                      near speaks
//	  +--------------------------- Nobody ---------------------------+
//	  |                            ^    ^                            |
//	  v    silent for hangTime     |    |     silent for hangTime    v
//	Far ---------------------------+    +------------------------- Near
//	  |      near speaks for breakIn, far has been silent for short    ^
//	  +---------------------------------------------------------------+
//	  ^      far speaks for breakIn, near has been silent for short    |
//	  +---------------------------------------------------------------+
const (
	// Nobody has the line: each direction carries half of the loss, so that both hear that the other is there.
	Nobody Line = iota
	// Far has the line: the loudspeaker is open, the microphone carries the loss.
	Far
	// Near has the line: the microphone is open, the loudspeaker carries the loss.
	Near
)

// String is the state's name.
func (l Line) String() string { return [...]string{"nobody", "far", "near"}[min(l, Near)] }

// Times in frames of 10 ms, levels in dB.
const (
	hangFrames    = 25 // a pause between words does not give the line up,
	yieldFrames   = 6  // but one as long as this gives it to the other who speaks
	breakInFrames = 3  // who speaks this long is no knock
	overFloor     = 9.0
	overEcho      = 6.0  // near must exceed the expected echo by this to be a voice
	leastVoice    = -58  // dBFS
	echoDecay     = 1.0  // dB per frame: how fast a room forgets
	keepBonus     = 3.0  // who has the line keeps it at a level this much lower: the hysteresis
	rampStep      = 12.0 // dB per frame
	half          = 0.5  // share of the loss when nobody has the line
)

// HalfDuplex gives the line to who talks. The gains of the two directions in dB add up to the loss at the end of every
// frame, and to 4 dB of it in between, also while the line changes hands, so that the loop never closes.
type HalfDuplex struct {
	loss, coupling float64
	line           Line
	far, near      talker
	echo           float64 // level at which the far voice may still ring in the microphone
	share          float64 // of the loss that the loudspeaker carries, 0 to 1
}

// talker is one side of the line.
type talker struct {
	floor  floor
	spoken int // frames of speech in a row
	paused int // frames of silence in a row
}

func (t *talker) reset() {
	*t = talker{paused: hangFrames}
	t.floor.reset()
}

// NewHalfDuplex answers a voice switch; errors name the field that is out of range.
func NewHalfDuplex(c HalfDuplexConfig) (*HalfDuplex, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	h := &HalfDuplex{loss: c.loss(), coupling: c.Coupling}
	h.Reset()
	return h, nil
}

// Reset takes the line from everybody.
func (h *HalfDuplex) Reset() {
	h.line, h.echo, h.share = Nobody, silent, half
	h.far.reset()
	h.near.reset()
}

// Line tells who has the line.
func (h *HalfDuplex) Line() Line { return h.line }

// Decide takes the levels of one frame of 10 ms in dBFS, far before the loudspeaker's gain and near before the
// microphone's, and answers the gains of both directions over the next frame.
func (h *HalfDuplex) Decide(far, near float64) (toSpeaker, toNetwork Ramp) {
	h.listen(level(far), level(near))
	h.setLine(h.next())
	toSpeaker.From, toNetwork.From = h.gains()
	h.move()
	toSpeaker.To, toNetwork.To = h.gains()
	return toSpeaker, toNetwork
}

// level makes a number of what a caller may give.
func level(db float64) float64 {
	if !(db > silent) {
		return silent
	}
	return min(db, 20)
}

// listen decides who speaks in this frame.
func (h *HalfDuplex) listen(far, near float64) {
	h.echo = max(h.echo-echoDecay, far+h.coupling-h.loss*h.share)
	h.far.listen(far, leastVoice-h.bonus(Far))
	h.near.listen(near, max(leastVoice, h.echo+overEcho)-h.bonus(Near))
}

// bonus is how much lower the level may be at which who has the line still counts as speaking.
func (h *HalfDuplex) bonus(l Line) float64 {
	if h.line == l {
		return keepBonus
	}
	return 0
}

func (t *talker) listen(level, least float64) {
	t.floor.learn(level, 0.01)
	if level > max(t.floor.level+overFloor, least) {
		t.spoken, t.paused = min(t.spoken+1, breakInFrames), 0
		return
	}
	t.spoken, t.paused = 0, min(t.paused+1, hangFrames)
}

// next is the state that follows from who speaks. Far wins a tie, for of the two it is the one that cannot be an echo.
func (h *HalfDuplex) next() Line {
	far, near := h.far.spoken >= breakInFrames, h.near.spoken >= breakInFrames
	switch h.line {
	case Far:
		return keep(Far, &h.far, Near, near)
	case Near:
		return keep(Near, &h.near, Far, far)
	}
	switch {
	case far:
		return Far
	case near:
		return Near
	}
	return Nobody
}

// keep is the state after one in which holder has the line and the other side wants it or not.
func keep(line Line, holder *talker, other Line, isWanted bool) Line {
	switch {
	case isWanted && holder.paused >= yieldFrames:
		return other
	case holder.paused >= hangFrames:
		return Nobody
	}
	return line
}

func (h *HalfDuplex) setLine(l Line) { h.line = l }

// move takes the share one frame nearer to where the state wants it.
func (h *HalfDuplex) move() {
	want := [...]float64{Nobody: half, Far: 0, Near: 1}[h.line]
	step := rampStep / h.loss
	h.share += min(max(want-h.share, -step), step)
}

func (h *HalfDuplex) gains() (toSpeaker, toNetwork float32) {
	return float32(amplitude(-h.loss * h.share)), float32(amplitude(-h.loss * (1 - h.share)))
}
