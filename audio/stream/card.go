package stream

import (
	"log/slog"
	"time"
)

// A card that failed is tried again after 1 s, then after twice the time each, up to 32 s: long enough to cost nothing,
// short enough that a re-plugged USB card is back before anyone has found the ladder.
const (
	firstRetry = framesPerSecond
	lastRetry  = 32 * framesPerSecond
)

// guardedCard keeps the engine's clock going when there is no card or the card fails: digits still open the door, and the
// call still ends, with a broken loudspeaker.
type guardedCard struct {
	card    Card
	delayer interface{ Delay() int } // nil if the card cannot tell
	changed func(error)
	logger  *slog.Logger

	ticker *time.Ticker // the clock while the card is out; nil otherwise
	out    int          // frames until the card is tried again
	retry  int          // what out will be after the next failure
}

func newGuardedCard(c EngineConfig) *guardedCard {
	g := &guardedCard{card: c.Card, changed: c.CardChanged, logger: c.Logger, retry: firstRetry}
	g.delayer, _ = c.Card.(interface{ Delay() int })
	return g
}

// capture blocks for one frame, from the card or, without one, from the timer.
func (g *guardedCard) capture(pcm []float32) {
	if g.card == nil || g.out > 0 {
		g.wait(pcm)
		return
	}
	if err := g.card.Capture(pcm); err != nil {
		g.fail(err)
		g.wait(pcm)
		return
	}
	if g.ticker != nil {
		g.recovered()
	}
}

// wait is a frame without the card. Its last one leaves the card in again.
func (g *guardedCard) wait(pcm []float32) {
	if g.ticker == nil {
		g.ticker = time.NewTicker(frameTime)
	}
	<-g.ticker.C
	clear(pcm)
	g.out = max(g.out-1, 0)
}

func (g *guardedCard) play(pcm []float32) {
	if g.card == nil || g.out > 0 {
		return
	}
	if err := g.card.Play(pcm); err != nil {
		g.fail(err)
	}
}

func (g *guardedCard) fail(err error) {
	g.out = g.retry
	if g.retry == firstRetry {
		g.logger.Warn("sound card failed, going on without", "error", err, "retry", time.Duration(g.out)*frameTime)
		if g.changed != nil {
			g.changed(err)
		}
	}
	g.retry = min(2*g.retry, lastRetry)
}

func (g *guardedCard) recovered() {
	g.stop()
	g.retry = firstRetry
	g.logger.Info("sound card works again")
	if g.changed != nil {
		g.changed(nil)
	}
}

func (g *guardedCard) stop() {
	if g.ticker != nil {
		g.ticker.Stop()
		g.ticker = nil
	}
}

func (g *guardedCard) delay() int {
	if g.delayer == nil || g.out > 0 {
		return 0
	}
	return g.delayer.Delay()
}
